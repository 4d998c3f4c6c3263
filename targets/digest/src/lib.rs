//! One digest of every public function of `amm-core`, and of whole worlds and systems of `amm-loop`, to
//! compare targets by.
//!
//! Each [section](SECTIONS) draws inputs from a seeded integer generator, calls the core and folds
//! every number of the answer, or of the error, into 64 bits. The same row gives the same bits on
//! any machine, whatever its word size, byte order or optimiser, or the core is not deterministic.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod book;
mod breaker;
mod decimal;
mod engine;
mod fold;
mod funding;
mod grid;
mod liquidation;
mod margin;
mod market;
mod math;
mod num;
mod prediction;
mod pricing;
mod protocols;
mod quote;
mod random;
mod risk;
mod serial;
mod session;
mod signals;
mod surface;
mod systems;
mod worlds;

use core::fmt;
use fold::Fold;
use random::Random;

/// Computes one row of a section.
type Row = fn(&mut Random, &mut Fold);

/// The sections by name, in the order they are reported, and of how many rows one is computed: what
/// takes long is computed less often.
#[rustfmt::skip] // a table
const SECTIONS: &[(&str, Row, u32)] = &[
    ("num.quantity", num::quantity, 1),
    ("num.ledger", num::ledger, 1),
    ("num.time", num::time, 1),
    ("num.text", num::texts, 1),
    ("num.decimal.read", decimal::read, 1),
    ("num.decimal.print", decimal::print, 1),
    ("num.serde", serial::num, 1),
    ("math", math::kernels, 1),
    ("pricing.black", pricing::black, 1),
    ("pricing.grid", grid::grids, 1),
    ("pricing.implied", pricing::implied, 1),
    ("pricing.serde", serial::pricing, 1),
    ("surface", surface::slices, 10),
    ("book", book::holdings, 10),
    ("risk", risk::ledger, 10),
    ("risk.margin", margin::accounts, 10),
    ("risk.margin.assets", margin::assets, 10),
    ("risk.liquidation", liquidation::parts, 10),
    ("risk.auction", liquidation::auction, 10),
    ("risk.breaker", breaker::breaker, 10),
    ("risk.funding", funding::funding, 10),
    ("risk.governor", funding::governor, 10),
    ("signals", signals::estimates, 10),
    ("signals.range", prediction::ranges, 10),
    ("signals.flow", prediction::flows, 10),
    ("signals.predictor", prediction::predictor, 10),
    ("quote", quote::desk, 10),
    ("engine", engine::life, 10),
    ("loop.world", worlds::world, 40),
    ("loop.light", worlds::light, 40),
    ("loop.system", systems::system, 50),
    ("loop.linear", systems::linear, 10),
];

/// Rows after which each section is reported: a slow target stops early, and is still compared.
const CHECKPOINTS: [u32; 5] = [10, 100, 1_000, 10_000, 100_000];

/// Computes up to `rows` rows of each section and writes a line `section rows digest` at every
/// checkpoint on the way.
///
/// # Errors
///
/// Only those of `out`.
pub fn report(rows: u32, out: &mut impl fmt::Write) -> fmt::Result {
    for &(name, compute, every) in SECTIONS {
        let mut fold = Fold::new();
        let mut row = 0;
        for checkpoint in CHECKPOINTS.into_iter().take_while(|&checkpoint| checkpoint <= rows) {
            for index in (row..checkpoint).filter(|index| index % every == 0) {
                compute(&mut Random::seeded(name, index), &mut fold);
            }
            row = checkpoint;
            writeln!(out, "{name} {checkpoint} {:016x}", fold.digest())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    fn lines(rows: u32) -> String {
        let mut text = String::new();
        super::report(rows, &mut text).unwrap();
        text
    }

    #[test]
    fn fewer_rows_give_a_part_of_the_lines() {
        let (few, more) = (lines(10), lines(100));
        assert_eq!(few.lines().count(), super::SECTIONS.len());
        assert!(few.lines().all(|line| more.lines().any(|other| other == line)));
    }

    #[test]
    fn no_two_digests_are_equal() {
        let text = lines(100);
        let digest = |line: &'static str| line.rsplit(' ').next().unwrap();
        let mut digests: alloc::vec::Vec<_> = String::leak(text).lines().map(digest).collect();
        digests.sort_unstable();
        assert!(digests.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
