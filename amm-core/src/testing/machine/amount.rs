//! Amounts out of bytes.

use crate::num::{Cash, Size};

/// All of it, parts of it, nothing, an atom, too much, or something negative.
pub(super) fn part(held: i128, part: u8) -> i128 {
    match part {
        0..=63 => held / 64 * i128::from(part),
        64..=200 => held / 2,
        201..=240 => held,
        241..=244 => 1,
        245..=247 => held.saturating_add(1),
        248 => -1,
        249 => i128::MAX,
        250 => i128::MIN,
        _ => 0,
    }
}

pub(super) fn money(code: u8) -> Cash {
    let units = match code {
        0..=99 => i128::from(code) * 10_000,
        100..=199 => i128::from(code) * 1_000_000,
        200..=239 => i128::from(code),
        240 => return Cash::from_atoms(1),
        241 => return Cash::from_atoms(-1),
        242 => return Cash::from_atoms(i128::MAX),
        243 => return Cash::from_atoms(i128::MIN),
        _ => i128::from(code) * 100,
    };
    Cash::from_atoms(units * Cash::SCALE)
}

pub(super) fn size(code: u8) -> Size {
    let (kind, digits) = (code / 16, i128::from(code % 16) + 1);
    Size::from_atoms(match kind {
        0 => digits,
        1 => digits * Size::SCALE / 100,
        2..=8 => digits * Size::SCALE,
        9..=12 => digits * 20 * Size::SCALE,
        13 => digits * 500 * Size::SCALE,
        14 => digits * 100_000_000 * Size::SCALE,
        _ if !code.is_multiple_of(4) => digits * Size::SCALE * 2,
        _ => [0, -1, i128::MIN, i128::MAX][code as usize / 4 % 4],
    })
}
