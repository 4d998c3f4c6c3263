//! The message: everything that is shown at one moment.
//!
//! A frame is the whole state, so a reader who has missed some has missed nothing. Signs are the
//! pool's, as everywhere: a gamma below zero is short, and its hedging goes with the move.

use super::Number;
use serde::Serialize;

/// What a monitor shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Frame {
    /// Of the message: it rises when a field changes its meaning.
    pub version: u32,
    /// Counts frames.
    pub number: u64,
    /// What is followed.
    pub source: Source,
    /// The time of the state, in seconds since 1970.
    pub time_s: u64,
    /// The most serious of the warnings.
    pub level: Level,
    /// What holds now, the most serious first.
    pub warnings: Vec<Warning>,
    /// What has changed, the last first.
    pub changes: Vec<Change>,
    /// Spot and the inputs' ages; none before the first market update, as all that follows from it.
    pub market: Option<Market>,
    /// The pool's net Greeks.
    pub greeks: Option<Greeks>,
    /// What hedging does to spot.
    pub loop_gain: Option<LoopGain>,
    /// Where gamma is.
    pub gamma: Option<Gamma>,
    /// What is quoted and what has been seen.
    pub volatility: Option<Volatility>,
    /// What trades have paid for the loop.
    pub reserves: Reserves,
    /// What stands around the price.
    #[serde(flatten)]
    pub around: Around,
    /// The run so far.
    pub history: History,
}

impl Frame {
    /// The present version of the message.
    pub const VERSION: u32 = 1;
}

/// What is followed, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source {
    /// A scenario's title or a log's file.
    pub title: String,
    /// What the scenario is to show.
    pub why: String,
    /// The design of a simulated pool.
    pub design: Option<String>,
    /// Whether it goes on.
    pub state: SourceState,
    /// Why it does not.
    pub failure: Option<String>,
    /// Blocks that are past, and all, of a simulation.
    pub blocks: Option<[u32; 2]>,
    /// Events of a log: read, accepted, and since the last digest that was compared.
    pub events: Option<[u64; 3]>,
    /// Market updates that the pool of a simulation has refused.
    pub refused_updates: Option<u32>,
    /// SHA-256 of the state: a simulation's at its end, a log's engine's while nothing new comes.
    pub digest: Option<String>,
}

/// Whether what is followed goes on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// There is nothing yet.
    #[default]
    Waiting,
    /// It goes on.
    Running,
    /// Somebody at the terminal has stopped it.
    Paused,
    /// All that is there has been read, and more may come.
    Idle,
    /// It has come to its end.
    Finished,
    /// It cannot go on.
    Failed,
}

/// How serious a warning is.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing is wrong.
    #[default]
    Calm,
    /// Somebody should look.
    Watch,
    /// Somebody should act.
    Warning,
    /// It is happening.
    Alarm,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The loop gain where spot is.
    LoopGain,
    /// The loop gain where spot may go.
    LoopGainAhead,
    /// Realised above quoted volatility.
    Realised,
    /// One-sided trading at the end of what the charge answers.
    Flow,
    /// Inputs that are old.
    Stale,
    /// The breaker is not closed.
    Breaker,
    /// Accounts below their maintenance margin.
    Margin,
    /// What is foreseen.
    Stress,
    /// What is followed has stopped.
    Source,
}

/// What is wrong, and why that is said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Warning {
    /// About what.
    pub topic: Topic,
    /// How serious.
    pub level: Level,
    /// The reason, with its numbers.
    pub reason: String,
    /// The number that is judged.
    pub value: Number,
    /// The threshold that it has passed.
    pub threshold: Number,
    /// The time since which this topic has been at this level or above.
    pub since_s: u64,
}

/// A topic has come to another level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// When.
    pub time_s: u64,
    /// What.
    pub topic: Topic,
    /// From.
    pub from: Level,
    /// To.
    pub to: Level,
    /// Why; empty if it is calm.
    pub reason: String,
}

/// Spot and how old the inputs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Market {
    /// The underlying's price.
    pub spot: Number,
    /// Cash that moves spot by 100 %, of the nearest expiry.
    pub depth: Option<Number>,
    /// Seconds since prices, surface and depth were seen.
    pub ages_s: [u64; 3],
    /// The greatest age at which positions may be opened, and closed.
    pub ages_most_s: [u64; 2],
}

/// Net Greeks of the pool's options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Greeks {
    /// Units of the underlying.
    pub delta: Number,
    /// The hedge, in units of the underlying.
    pub hedge: Number,
    /// Cash that hedging trades for a move of 1 %.
    pub gex: Number,
    /// Cash for a point of volatility.
    pub vega: Number,
    /// Cash a day.
    pub theta: Number,
}

/// What hedging does to spot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoopGain {
    /// The greatest of all buckets, where spot is.
    pub now: Number,
    /// The greatest of all buckets and bands of spot.
    pub ahead: Number,
    /// Of all hedgers, the pool's and others; known in a simulation.
    pub everyone: Option<Number>,
    /// From which on there are watch, warning and alarm.
    pub thresholds: [Number; 3],
    /// By expiry, the nearest first.
    pub buckets: Vec<Bucket>,
}

/// The time up to an expiry, since the one before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Bucket {
    /// In seconds since 1970.
    pub expiry_s: u64,
    /// To the expiry.
    pub days: Number,
    /// Where spot is.
    pub gain: Number,
    /// By how much hedging at that gain multiplies volatility; none where it feeds on itself.
    pub vol_multiplier: Option<Number>,
    /// In bands of spot, from the lowest: what it becomes if spot goes there.
    pub bands: Vec<Number>,
    /// Half of the dollar gamma sold of late, in cash.
    pub flow: Number,
    /// The same over the flow at which the charge bends.
    pub flow_relative: Number,
}

/// Where gamma is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gamma {
    /// Expiries of the columns of `by_strike`, in days.
    pub days: Vec<Number>,
    /// By strike, ascending.
    pub by_strike: Vec<StrikeGex>,
    /// By level of spot, ascending.
    pub profile: Vec<GammaLevel>,
    /// Where gamma changes its sign, ascending.
    pub flips: Vec<Flip>,
    /// Levels at which gamma stands out, the greatest first.
    pub walls: Vec<GammaLevel>,
}

/// Cash that hedging trades for a move of 1 %, of a strike's options.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StrikeGex {
    /// The strike.
    pub strike: Number,
    /// By expiry, the nearest first.
    pub gex: Vec<Number>,
}

/// Gamma if spot stood here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct GammaLevel {
    /// Spot.
    pub spot: Number,
    /// Cash that hedging would trade for a move of 1 %.
    pub gex: Number,
    /// The loop gain, with the depth of now.
    pub gain: Option<Number>,
}

/// Where gamma changes its sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Flip {
    /// The level.
    pub spot: Number,
    /// Whether the pool is long gamma above it and short below, or the other way round.
    pub long_above: bool,
}

/// Volatility, annualised; 0.65 is 65 %.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Volatility {
    /// Of spot, as the engine's estimator has it.
    pub realised: Number,
    /// Quoted at the money in the nearest expiry that has an hour left.
    pub quoted: Option<Number>,
    /// The same on the base surface.
    pub base: Option<Number>,
    /// What is quoted, by expiry and strike.
    pub surface: Vec<Smile>,
}

/// One expiry's volatilities.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Smile {
    /// In seconds since 1970.
    pub expiry_s: u64,
    /// To the expiry.
    pub days: Number,
    /// What the underlying is worth then.
    pub forward: Number,
    /// By strike, ascending.
    pub lines: Vec<Quoted>,
}

/// One strike's volatilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quoted {
    /// The strike.
    pub strike: Number,
    /// Of the middle of the pool's quotes; none for a price that no volatility gives.
    pub quoted: Option<Number>,
    /// On the base surface.
    pub base: Number,
}

/// What trades have paid for the loop, and what backs the pool; in cash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Reserves {
    /// Paid for loop gain so far.
    pub skew_paid: Number,
    /// What of it revaluations have released.
    pub skew_reserve: Number,
    /// Paid for flow so far.
    pub flow_paid: Number,
    /// What of it time has released.
    pub flow_reserve: Number,
    /// The insurance fund.
    pub insurance: Number,
    /// Owed to accounts from settlements.
    pub owed: Number,
    /// The pool's worth to those who leave it; none before the first market update.
    pub worth: Option<Number>,
}

/// What stands around the price, where there is such a thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Around {
    /// What is seen ahead. Where an engine has no predictor the monitor has its own.
    pub forecast: Option<Forecast>,
    /// None without a breaker.
    pub breaker: Option<Breaker>,
    /// None where accounts are fully collateralised.
    pub margin: Option<Margin>,
    /// None without liquidations.
    pub liquidation: Option<Liquidation>,
    /// None without funding.
    pub carry: Option<Carry>,
}

/// What a predictor sees ahead.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forecast {
    /// How far it looks.
    pub horizon_s: u64,
    /// Realised volatility over the horizon, annualised; none until enough has been seen.
    pub realised: Option<Number>,
    /// Volatility of late by the range of prices, annualised.
    pub range: Option<Number>,
    /// What all that is foreseen comes to: 0 is calm, 1 is the most.
    pub stress: Option<Number>,
    /// What most of the stress is for.
    pub cause: Option<String>,
}

/// The circuit breaker.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Breaker {
    /// `normal`, `widened`, `reduce_only`, `halted` or `reopening`.
    pub state: String,
    /// Since when, in seconds since 1970.
    pub since_s: u64,
    /// What has triggered it.
    pub reason: String,
    /// What multiple of the spread is asked of what passes by auction only; none where nothing does.
    pub auction: Option<Number>,
}

/// What holding costs, by the year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Carry {
    /// Funding that a long pays, or gets if negative: 0.1 is 10 %.
    pub funding: Number,
    /// How far the first forward is above spot, in simple interest; none where nothing is quoted.
    pub basis: Option<Number>,
}

/// Accounts on margin, in cash.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Margin {
    /// Accounts with positions.
    pub accounts: u64,
    /// What they have.
    pub equity: Number,
    /// What they need to open.
    pub initial: Number,
    /// What they need to keep.
    pub maintenance: Number,
    /// Those nearest to liquidation, the nearest first.
    pub nearest: Vec<AccountMargin>,
}

/// One account on margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AccountMargin {
    /// Its number.
    pub account: u64,
    /// What it has.
    pub equity: Number,
    /// What it needs to keep.
    pub maintenance: Number,
}

/// Liquidations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Liquidation {
    /// Accounts for sale, the longest first.
    pub queue: Vec<AccountMargin>,
    /// What was last liquidated at one time, in units of the underlying.
    pub units: Number,
    /// Drawn from the insurance fund of late, in cash.
    pub insurance_drawn: Number,
}

/// The run so far, in columns; a long one is thinned.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct History {
    /// In seconds since 1970.
    pub time_s: Vec<u64>,
    /// The underlying's price.
    pub spot: Vec<Number>,
    /// [`LoopGain::now`].
    pub gain: Vec<Number>,
    /// [`LoopGain::ahead`].
    pub ahead: Vec<Number>,
    /// [`LoopGain::everyone`].
    pub everyone: Vec<Option<Number>>,
    /// [`Volatility::realised`].
    pub realised: Vec<Number>,
    /// [`Volatility::quoted`].
    pub quoted: Vec<Option<Number>>,
    /// [`Bucket::flow_relative`], the furthest from zero of all buckets.
    pub flow: Vec<Number>,
    /// [`Reserves::skew_reserve`].
    pub skew_reserve: Vec<Number>,
}
