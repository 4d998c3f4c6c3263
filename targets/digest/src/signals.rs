//! `amm_core::signals`.

use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use amm_core::num::{Amount, OutOfRange, Real, Seconds, Size, Timestamp};
use amm_core::quote::Desk;
use amm_core::signals::{
    Book, Greeks, Realised, SignalError, band, ladder, loop_gain, share, vol_multiplier,
};

/// Realised variance, and figures that need no book.
pub(crate) fn estimates(random: &mut Random, fold: &mut Fold) {
    let (mut realised, mut now) = (Realised::default(), 0);
    let (mut price, half_life) = (market::price(random), random.magnitude(24) as u64);
    let half_life = Seconds::new(half_life).unwrap_or(Seconds::MAX);
    for _ in 0..4 {
        now += random.magnitude(20) as u64;
        price = market::price_near(price, random);
        realised = realised.after(Timestamp::new(now), price, half_life);
        fold.add(realised.variance());
    }
    fold.word(band(random.real()) as u64);
    let size = Size::from_atoms(random.integer() >> random.below(100));
    let amount = Amount::of(size, random.real()).unwrap_or(Amount::ZERO);
    let of = Real::from_bits(random.magnitude(120) as i128 + 1);
    fold.add(loop_gain(amount, of, random.real()));
    fold.add([vol_multiplier(random.real()), share(amount, of)]);
    match ladder(price, random.between(-Real::DELTA, Real::ONE), random.below(9) as u16) {
        Ok(levels) => levels.for_each(|level| fold.add(level)),
        Err(error) => fold.add(error),
    }
}

/// Why there are no Greeks.
#[derive(Debug)]
enum Refused {
    #[expect(dead_code, reason = "shown")]
    Range(OutOfRange),
    #[expect(dead_code, reason = "shown")]
    Signal(SignalError),
}

impl From<OutOfRange> for Refused {
    fn from(error: OutOfRange) -> Self {
        Self::Range(error)
    }
}

impl From<SignalError> for Refused {
    fn from(error: SignalError) -> Self {
        Self::Signal(error)
    }
}

/// What a book is exposed to.
pub(crate) fn exposures(book: &Book<'_>, desk: &Desk, random: &mut Random, fold: &mut Fold) {
    fold.shown(book.exposure());
    let level = market::price_near(book.spot, random);
    let vol = |row: usize, _| Ok::<_, Refused>(desk.board.rows[row].lines[0].vol);
    fold.shown(book.greeks_at(level, vol));
    fold.shown(book.profile([level, book.spot], 1, vol));
    let chains = book.inventory.chains();
    for (row, chain) in desk.board.rows.iter().zip(chains) {
        for (line, holding) in row.lines.iter().zip(&chain.holdings) {
            let greeks = Greeks::of(row, line, holding, book.spot).unwrap_or(Greeks::ZERO);
            fold.shown((greeks.gex(), greeks.checked_add(greeks)));
        }
    }
}
