//! The ways in which the parts of a system act on each other.

use serde::{Deserialize, Serialize};

/// A part of the system that has owners who can lose.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// The perpetuals' venue: its traders and its insurance fund.
    Perp,
    /// The lending protocol: its suppliers, its cover and its borrowers.
    Lending,
    /// The options pool: those who have its shares.
    Options,
    /// The stablecoin: its issuer, its pool and its holders.
    Stable,
}

impl Protocol {
    /// All, in the order of a matrix.
    pub const ALL: [Self; 4] = [Self::Perp, Self::Lending, Self::Options, Self::Stable];

    /// Its row.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word by which a scenario calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Perp => "perp",
            Self::Lending => "lending",
            Self::Options => "options",
            Self::Stable => "stable",
        }
    }
}

impl core::fmt::Display for Protocol {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which channels of feedback are open. Through a channel that is cut nothing acts back: what goes
/// through it is decided and booked as ever, and has no effect on anybody else.
///
/// ```
/// use amm_loop::system::Channels;
///
/// assert_eq!(Channels::of_mask(0b11111), Some(Channels::ALL));
/// assert_eq!(Channels::of_mask(0b00010).unwrap().mask(), 0b00010);
/// assert_eq!(Channels::NAMES[1], "liquidation");
/// assert_eq!(Channels::of_mask(32), None);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// The options pool's hedges move spot.
    pub gamma: bool,
    /// Forced sales of traders', borrowers' and deleveraged traders' positions move spot.
    pub liquidation: bool,
    /// Maintenance margin of positions that stand follows volatility, gain and stress. Cut, it stays
    /// where it began.
    pub margin: bool,
    /// The stablecoin's price counts where it is margin, and its issuer's sales move spot. Cut, margin
    /// counts it at par.
    pub stable: bool,
    /// Borrowers count the options pool's shares at what they are worth, traders who are also
    /// borrowers borrow to add margin, and claims between protocols are paid as far as there is
    /// something to pay with. Cut, shares count at what they were worth at first, nobody borrows for
    /// margin, and claims are good.
    pub cross: bool,
}

impl Channels {
    /// Everything acts.
    pub const ALL: Self =
        Self { gamma: true, liquidation: true, margin: true, stable: true, cross: true };

    /// Nothing does: the open loop.
    pub const NONE: Self =
        Self { gamma: false, liquidation: false, margin: false, stable: false, cross: false };

    /// Their names, in the order of a mask's bits from the lowest.
    pub const NAMES: [&'static str; 5] = ["gamma", "liquidation", "margin", "stable", "cross"];

    /// With those open whose bit is set; `None` from 32 on.
    pub const fn of_mask(mask: u32) -> Option<Self> {
        if mask >= 32 {
            return None;
        }
        Some(Self {
            gamma: mask & 1 != 0,
            liquidation: mask & 2 != 0,
            margin: mask & 4 != 0,
            stable: mask & 8 != 0,
            cross: mask & 16 != 0,
        })
    }

    /// The bits of those that are open.
    pub const fn mask(self) -> u32 {
        self.gamma as u32
            | (self.liquidation as u32) << 1
            | (self.margin as u32) << 2
            | (self.stable as u32) << 3
            | (self.cross as u32) << 4
    }
}

impl Default for Channels {
    fn default() -> Self {
        Self::ALL
    }
}
