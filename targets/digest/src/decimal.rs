//! `amm_core::num::decimal`, and the texts numbers are read from and printed as.

use crate::{fold::Fold, random::Random};
use amm_core::num::decimal::{Decimal, Digits, shortest, text};

/// Texts: most are decimals, some are spoilt.
pub(crate) struct Written {
    bytes: [u8; 64],
    len: usize,
}

impl Written {
    pub(crate) fn random(random: &mut Random) -> Self {
        let mut written = Self { bytes: [b'0'; 64], len: 0 };
        let mut digits = |written: &mut Self, most: u32| {
            for _ in 0..random.below(most + 1) {
                written.push(b'0' + random.pick([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]));
            }
        };
        digits(&mut written, 3);
        let whole = written.len;
        digits(&mut written, 22);
        written.push(b'.');
        digits(&mut written, 22);
        written.push(b'e');
        let exponent = written.len;
        digits(&mut written, 3);
        match random.below(4) {
            0 => written.bytes[exponent] = b'-',
            1 => written.len = exponent - 1,
            _ => {}
        }
        match random.below(8) {
            0 => written.bytes[whole] = random.pick(*b"-+_.eE x"),
            1 | 2 => written.bytes[0] = random.pick(*b"-+"),
            _ => {}
        }
        written
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }
}

/// Reading: values, refusals, roundings.
pub(crate) fn read(random: &mut Random, fold: &mut Fold) {
    let written = Written::random(random);
    let shift10 = random.pick([0, 0, -9, 9, 18, -18, i32::MIN, i32::MAX]);
    let decimal = Decimal::parse(written.bytes());
    if let Ok(decimal) = decimal {
        fold.add([decimal.is_negative(), decimal.is_zero()]);
        fold.add(decimal.leading_exponent());
        let (digits, exponent) = decimal.parts().unzip();
        fold.add(digits);
        fold.add(exponent);
        fold.add([decimal.to_real(0), decimal.to_real(shift10)]);
        fold.add([decimal.to_atoms(), decimal.to_integer(0), decimal.to_integer(shift10)]);
    }
    fold.add(decimal.map(drop));
}

/// Printing: exact, cut and rounded.
pub(crate) fn print(random: &mut Random, fold: &mut Fold) {
    let value = random.real();
    let n = random.below(40);
    fold.text(shortest(value));
    let shift10 = random.pick([0, 0, 0, 10, -10, 300, i32::MIN, i32::MAX]);
    for digits in [
        Digits::Exact,
        Digits::Significant(n),
        Digits::Places(n as i32 - 20),
        random.pick([Digits::Significant(u32::MAX), Digits::Places(i32::MIN)]),
    ] {
        let printed = text(value, shift10, digits);
        fold.text(printed);
        fold.text(printed.as_str());
        fold.word(printed.as_bytes().len() as u64);
        fold.add(Decimal::parse(printed.as_str()).map(|decimal| decimal.leading_exponent()));
    }
}
