//! What a replay's figures prove and what they do not.

use super::Terms;

pub(super) fn notes(mut found: Vec<String>, terms: &Terms) -> Vec<String> {
    let guesses =
        if terms.guesses { "" } else { " Trades whose side the quotes do not tell are left out." };
    found.push(format!(
        "One stretch of history is one path: intervals are over pieces of {} minutes of it, paired \
         between designs, and say nothing about another week.",
        terms.piece_s / 60
    ));
    found.push(format!(
        "Fill rule: a recorded trade is done with the pool at its quote for all of it if that is at \
         most {} of volatility worse than the outside surface; else the leakage's share goes to the \
         outside dealer and the rest does not happen. Recorded traders answered the exchange's \
         prices, not the pool's: nobody here trades because the pool pays well.{guesses}",
        terms.tolerance
    ));
    found.push(format!(
        "Depth is an assumption, not data: {} of cash moves spot by 100 % (linear, permanent). The \
         index is taken as what spot would have done without the pool.",
        terms.depth
    ));
    found.push(match terms.naked {
        true => {
            "Options change hands without their delta: what reaches spot is the pressure of the \
                 flow along with the loop, and amplification measures both."
                .to_owned()
        }
        false => "Options change hands with their delta, at spot, as block trades do: only the \
                  hedging that spot's moves cause reaches the market."
            .to_owned(),
    });
    found.push(
        "The pool starts without a position, and derived flow is a lower bound of what was traded, \
         with sides guessed from quotes."
            .to_owned(),
    );
    found
}
