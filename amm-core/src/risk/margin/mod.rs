//! Margin: what short options need instead of full collateral.
//!
//! An account holds cash, other assets, units of the underlying and options, all in one sum. It may open
//! while
//!
//! > cash + assets after haircuts + value of options and underlying ≥ initial margin
//!
//! and is to be liquidated once that falls below maintenance margin. [`MarginParams`] is the rule. At a
//! market update [`Margins`] values everything listed once under every scenario; from then on an account's
//! [`requirement`](Margins::requirement) is sums of products. [`Exposure::what_if`] says what an order
//! would make of it, [`admits`] whether it may be, and [`Watch`] which accounts a market update cannot have
//! taken below maintenance margin. [`Assets`] values what stands as collateral beside cash and the
//! underlying. All functions are pure. Requirements are rounded up and values down.
//!
//! ```
//! use amm_core::book::Series;
//! use amm_core::num::{Discount, OutOfRange, Seconds, Size, Timestamp};
//! use amm_core::pricing::{Expiry, Kind};
//! use amm_core::risk::margin::{
//!     Conditions, Funds, MarginParams, Margins, RowConditions, StandingRange, Worst, admits,
//! };
//! use amm_core::surface::{Board, Row};
//!
//! // A month of options on a market at 2,000 with a flat volatility of 60 %.
//! let (now, stamp) = (Timestamp::new(1_700_000_000), Timestamp::new(1_702_592_000));
//! let month = Expiry::new("2000".parse()?, Seconds::new(2_592_000)?, Discount::MAX)?;
//! let strikes = ["1800".parse()?, "2200".parse()?];
//! let row = Row::new(stamp, month, strikes.into_iter(), |_| Ok::<_, OutOfRange>("0.6".parse().unwrap()))?;
//! let rows = [RowConditions::of(&row)];
//! let board = Board { rows: vec![row] };
//!
//! let params = MarginParams::dynamic();
//! let conditions = Conditions::calm("2000".parse()?, "0.6".parse()?);
//! let range = params.range(&conditions)?; // its floor: 12 %
//! let standing = StandingRange::default().after(now, range, params.rise_per_second);
//! let margins = Margins::new(&params, &conditions, &standing, &board, &rows)?;
//!
//! // A strangle is sold.
//! let series = |strike, kind| Series { expiry: stamp, strike, kind };
//! let size: Size = "-1".parse()?;
//! let sold = [(series(strikes[0], Kind::Put), size), (series(strikes[1], Kind::Call), size)];
//! let need = margins.requirement(&sold, Size::ZERO)?;
//! assert_eq!(need.floor.to_string(), "80"); // 2 % of spot for each
//! assert!(matches!(need.worst, Worst::Scenario(_)));
//! let funds = Funds { cash: "700".parse()?, ..Funds::default() };
//! assert!(admits(&need, &funds).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Portfolio margin
//!
//! With v the mark to market of an expiry's options, v_s the same in scenario s, b the underlying and S
//! its price:
//!
//! > loss = max over s of weight_s·(Σ (v − carried(v_s)) + b·(S − S_s)), and Σ k_T·(v − min(v₊, v₋))⁺
//! > maintenance = loss⁺ + `fixed.option`·S·naked shorts + `fixed.base`·S·b
//! > initial = maintenance·(`initial` + peg) + doubt
//!
//! * A scenario moves spot by a multiple of the scan range ([`Scan`]), every forward by the same
//!   factor, and each volatility by its expiry's scan, near ones further than far ones ([`VolScan`]).
//! * carried(x) is x where it is negative and `share`·e^(−T(r·`rate_times` + `rate_plus`))·x where not: the
//!   forward contingency ([`Carry`]).
//! * v₊ and v₋ are v with the forward alone moved up and down: the basis contingency ([`Basis`]), with k_T
//!   = `share` + `share_per_year`·T.
//! * Naked shorts are those of a strike and expiry net of what is long there, calls and puts together:
//!   the static floor ([`Fixed`]).
//! * Doubt is for options, long or short, and units whose inputs are uncertain or old ([`Doubt`]).
//! * Options long are assets: v counts whole, whatever they offset.
//!
//! # The scan range
//!
//! [`ScanRange`] follows quoted volatility, the loop gain, the share of collateral pledged elsewhere and
//! predicted stress, with a floor that holds through the cycle. New positions pay it at once. For those that
//! stand it rises no faster than a rate ([`StandingRange`]): maintenance margin is the least of that at
//! the market's range and at the one in force.
//!
//! # Laws
//!
//! Of any rule, for any account in one market state:
//!
//! * floor ≤ maintenance ≤ initial, and the floor is never negative;
//! * what an order would need, asked before it is sent, is to the atom what is needed after it;
//! * the requirement does not depend on cash or other assets, and more of any of them is never worth less:
//!   a haircut that widens with what is held is the mean over the units, not the last one's for all;
//! * more of the underlying never leaves less over *maintenance* margin, but for two atoms of rounding
//!   ([`MarginParams::check`] sees to it). Over initial margin it may, while its price is in doubt;
//! * an account passed by at a market update ([`Watch`]) is above maintenance margin.
//!
//! Of portfolio margin, at one scan range:
//!
//! * two accounts in one need at most the sum of what each needs by itself;
//! * half of every position needs at most half, and an atom.
//!
//! What does not hold:
//!
//! * *Closing may need more.* A leg of a hedge closed leaves the other bare. So an order that takes every
//!   position it touches towards zero is admitted by rule, and margin is not asked.
//! * Maintenance margin while two ranges are in force, and standard margin at any time, may be more for two
//!   accounts in one than for each: an expiry, or the account, takes the less of two measures as a whole.
//!
//! # Derive's rules
//!
//! Derive (v2-core d69b557, October 2024) has two risk managers. [`MarginParams::derive_portfolio`] and
//! [`MarginParams::derive_standard`] are their settings on mainnet,
//! [`MarginParams::derive_portfolio_21`] and [`MarginParams::derive_standard_test`] those of its tests,
//! against whose published cases they are held: to two atoms where a case gives eighteen places, and to
//! the unit where it gives units. There net margin is one signed number; here it is
//! [`Requirement::free`] and [`Requirement::cushion`].
//!
//! | there | here |
//! |---|---|
//! | `PMRMLib`: `Scenario.spotShock` 1.15, `volShock` Up, None, Down | [`Scenario`] of 0.15 with [`Scan::Fixed`], [`VolMove`] |
//! | dampening of a scenario (from `PMRM_2` on) | [`Scenario::weight`] |
//! | `VolShockParameters`: `volRangeUp`, `volRangeDown`, `shortTermPower`, `longTermPower`, `dteFloor` | [`VolScan`] without slopes |
//! | `BasisContingencyParameters` | [`Basis`] |
//! | `MarginParameters`: `baseStaticDiscount`, `rateMultScale`, `rateAddScale`; `imFactor` | [`Carry`]; [`Portfolio::initial`] |
//! | `OtherContingencyParameters`: `optionPercent`, `basePercent`; `confThreshold`, `confMargin`; `pegLossThreshold`, `pegLossFactor` | [`Fixed`]; [`Doubt`]; [`Peg`] |
//! | base asset in the portfolio, shocked with spot | units of the underlying: `Account.base` |
//! | `StandardManager`: `maxSpotReq`, `minSpotReq`, `mmCallSpotReq`, `mmPutSpotReq`, `MMPutMtMReq`, `unpairedIMScale`, `unpairedMMScale`, `mmOffsetScale` | [`Standard`], in this order |
//! | `BaseMarginParams`: `marginFactor`, `IMScale` | 1 − [`Standard::base`]; their product is 1 − [`Standard::base_initial`] |
//! | `OracleContingencyParams`, `DepegParams` | [`Doubt`], [`Peg`]: one threshold for options and the underlying |
//! | fixed and variable portion of a forward that is being averaged | [`RowConditions::fixed`] |
//! | a feed's confidence | [`RowConditions::confidence`]; of an input's age by [`Doubt::of_age`] |
//! | `worstScenario` = number of scenarios | [`Worst::Basis`] |
//!
//! Standard margin gives nothing for what is long but the loss it bounds, so its requirement is the value of
//! options plus what the shorts need: free = cash − need, as there.
//!
//! What does not map: perpetuals (there are none here; the underlying held is delta one, and never
//! short); accounts over several markets (an engine is one market; Derive adds markets up without offset);
//! prices without a discount factor and rates from a feed (here options are worth their discounted price,
//! and the rate is the discount factor's unless [`RowConditions::rate`] says otherwise); other base assets as
//! collateral shocked with the scenarios (`PMRM_2`), which are [`Assets`] here; skew shocks (`PMRM_2`); the
//! bypass of trusted assessors and of orders that only add risk-free assets. A
//! trade that lowers risk while margin is short is admitted by [`relieves`], which is the standard
//! manager's test.

mod asset_error;
mod assets;
#[cfg(test)]
mod cases;
mod column;
mod conditions;
mod derive;
mod error;
mod exposure;
mod grid;
mod level;
mod list;
mod params;
mod part;
mod requirement;
mod scenario;
mod seize;
mod watch;

pub use asset_error::AssetError;
pub use assets::{AssetFeed, AssetParams, Assets, Backing, Crowd};
pub(crate) use conditions::admit_peg;
pub use conditions::{Conditions, RowConditions};
pub use error::MarginError;
pub use exposure::Exposure;
pub use grid::Grid;
pub use level::{Scan, ScanRange, StandingRange};
pub use list::AssetList;
pub use params::{Basis, Carry, Doubt, Fixed, MarginParams, Peg, Portfolio, Rule, Standard};
pub use requirement::{Funds, Margins, Requirement, Worst, admits, relieves};
pub use scenario::{SCENARIOS_MAX, Scenario, Scenarios, VolMove, VolScan};
pub use seize::Seized;
pub use watch::{Shift, Watch};
