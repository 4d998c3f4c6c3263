//! The arms of a study: each differs in one thing from one before it.

use amm_core::engine::MarginRule;
use amm_core::num::{Real, Seconds, Size};
use amm_core::risk::HedgePolicy;
use amm_core::risk::breaker::BreakerParams;
use amm_core::risk::governor::GovernorParams;
use amm_core::risk::liquidation::{Budget, Curve};
use amm_core::risk::margin::{MarginParams, Rule, Scan, Scenario as Shock, Scenarios};
use amm_core::signals::PredictorParams;
use amm_loop::agent::{Agent, Backing};
use amm_loop::pool::{BuyBack, Design};
use amm_loop::scenario::Scenario;
use serde::{Deserialize, Serialize};

/// What is studied.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// How the pool follows its delta and its gamma, under transient and under permanent impact.
    Hedging,
    /// What stands behind options that others are short of.
    Margin,
}

/// A design and what it is held against.
#[derive(Clone, Debug)]
pub struct Arm {
    /// In tables.
    pub name: &'static str,
    /// What it differs in.
    pub what: &'static str,
    /// The arm before it that it differs from in one thing.
    pub against: Option<usize>,
    /// The pool.
    pub design: Design,
    /// The arm before it whose stress scores it gets, shifted, in place of its own.
    pub scores_of: Option<usize>,
}

fn real(text: &'static str) -> Real {
    text.parse().unwrap_or(Real::ZERO)
}

fn size(text: &'static str) -> Size {
    text.parse().unwrap_or(Size::ZERO)
}

fn seconds(count: u64) -> Seconds {
    Seconds::new(count).unwrap_or(Seconds::MAX)
}

impl Of {
    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hedging => "hedging",
            Self::Margin => "margin",
        }
    }

    /// The markets in which a scenario is studied.
    pub fn markets(self, scenario: &Scenario) -> Vec<Scenario> {
        match self {
            Self::Hedging => [("permanent", "1", "0"), ("transient", "0", "24")]
                .map(|(name, permanent, resilience)| {
                    let mut market = scenario.clone();
                    market.title = format!("{}, {name} impact", scenario.title);
                    market.market.impact.permanent = real(permanent);
                    market.market.impact.resilience_per_day = real(resilience);
                    market
                })
                .to_vec(),
            Self::Margin => {
                let market = on_margin(scenario);
                let mut harsh = market.clone();
                harsh.title = format!("{}, its shocks tripled", scenario.title);
                for shock in &mut harsh.market.shocks {
                    shock.ln = shock.ln.saturating_mul_int(3);
                }
                if harsh.market.shocks.is_empty() { vec![market] } else { vec![market, harsh] }
            }
        }
    }

    /// The arms, the plain one first.
    pub fn arms(self) -> Vec<Arm> {
        match self {
            Self::Hedging => hedging(),
            Self::Margin => margin(),
        }
    }
}

/// The scenario with sellers on margin and a keeper; its vaults bring a quarter of their coins.
fn on_margin(scenario: &Scenario) -> Scenario {
    #[derive(Deserialize)]
    struct Added {
        agents: Vec<Agent>,
    }
    const ADDED: &str = include_str!("../../scenarios/on-margin.toml");
    let mut scenario = scenario.clone();
    for agent in &mut scenario.agents {
        if let Agent::Vault(vault) = agent {
            let (coins, leverage) = (vault.contracts / Real::from_num(4), real("4"));
            vault.margin.get_or_insert(Backing { coins, leverage });
        }
    }
    let added = toml::from_str::<Added>(ADDED).map_or_else(|_| Vec::new(), |added| added.agents);
    scenario.agents.extend(added);
    scenario
}

/// Every means of following the book alone on a pool that charges nothing for its gain; then skew, and on
/// top of it the auction, which pays by its potential.
fn hedging() -> Vec<Arm> {
    let change = |of: &Design, change: fn(&mut Design)| {
        let mut design = of.clone();
        change(&mut design);
        design
    };
    let none = Design::static_pool();
    let governed = |design: &mut Design| {
        let governor = GovernorParams { gain_max: real("0.2"), ..GovernorParams::default() };
        design.hedge.governor = Some(governor);
    };
    let buys_back = |design: &mut Design| {
        let curve = Curve { fast: seconds(600), slow: seconds(3_000), ..Curve::default() };
        design.buy_back = Some(BuyBack { above: real("0.02"), curve });
    };
    let band = change(&none, |design| {
        design.hedge.policy = HedgePolicy::Band { width: size("100") };
    });
    let buffer = change(&none, |design| {
        design.hedge.policy = HedgePolicy::Buffered { per_second: size("0.1") };
    });
    let skew = Design::dynamic();
    let bought = change(&skew, buys_back);
    let all = change(&change(&bought, governed), |design| design.netting = true);
    let arm = |name, what, against, design| Arm { name, what, against, design, scores_of: None };
    vec![
        arm("none", "static quotes, the whole gap hedged in every block", None, none.clone()),
        arm("band", "no hedge within 100 units of the target", Some(0), band),
        arm("governor", "speed held to a peak gain of 0.2", Some(0), change(&none, governed)),
        arm("buffer", "at most a tenth of a unit a second", Some(0), buffer),
        arm(
            "netting",
            "liquidations and hedges meet before spot",
            Some(0),
            change(&none, |design| design.netting = true),
        ),
        arm("skew", "dynamic skew", Some(0), skew),
        arm("buy-back", "skew, and gamma bought by auction above a gain of 0.02", Some(5), bought),
        arm("all", "buy-back, governor and netting", Some(5), all),
    ]
}

/// Full collateral, margin, and what reacts, each held against the arm without it.
fn margin() -> Vec<Arm> {
    let charged = |mut design: Design| {
        // A fee, half of which is the fund's: without one there is nothing to draw on.
        design.params.fees.fee_bps = real("100");
        design.params.fees.insurance_bps = 5_000;
        design
    };
    let on = |design: &Design, rule: MarginParams| {
        let mut design = design.clone();
        design.params.risk.margin = MarginRule::Margin(rule);
        design
    };
    let plain = charged(Design::static_pool());
    let fixed = on(&plain, fixed_range());
    let range = on(&plain, MarginParams::dynamic());
    let mut at_once = range.clone();
    at_once.params.risk.auction.buffer_bps = 100_000;
    at_once.params.risk.budget = Budget { move_bps: 1_000, least: size("1000000000") };
    let mut breaker = range.clone();
    breaker.params.risk.breaker = Some(BreakerParams::default());
    let skew = on(&charged(Design::dynamic()), MarginParams::dynamic());
    let mut ahead = skew.clone();
    ahead.params.risk.prediction = Some(PredictorParams::default());
    let mut all = ahead.clone();
    all.params.risk.breaker = Some(BreakerParams::default());
    let arm = |name, what, against, design| Arm { name, what, against, design, scores_of: None };
    vec![
        arm("full", "static quotes, full collateral", None, plain),
        arm("fixed", "margin of a fixed range, gradual liquidation", Some(0), fixed),
        arm("range", "margin that follows volatility and loop gain", Some(1), range),
        arm("at once", "all of an account, without a budget", Some(2), at_once),
        arm("breaker", "range, and a breaker", Some(2), breaker),
        arm("skew", "range, and dynamic skew", Some(2), skew.clone()),
        arm("ahead", "skew, raised ahead by the stress score", Some(5), ahead),
        Arm {
            scores_of: Some(6),
            ..arm("shuffled", "the placebo of ahead: the same score, later by a day", Some(6), skew)
        },
        arm("all", "ahead, and a breaker", Some(6), all),
    ]
}

/// Margin that follows nothing: a range of 12 % whatever the market, volatility shocks as they are.
fn fixed_range() -> MarginParams {
    let mut params = MarginParams::dynamic();
    if let Rule::Portfolio(rule) = &mut params.rule
        && let Scan::Dynamic(scan) = rule.scan
    {
        let scaled = |shock: &Shock| Shock { spot: shock.spot * scan.floor, ..*shock };
        let shocks: Vec<Shock> = rule.scenarios.as_slice().iter().map(scaled).collect();
        if let Ok(scenarios) = Scenarios::new(&shocks) {
            (rule.scan, rule.scenarios) = (Scan::Fixed, scenarios);
        }
    }
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_can_be_run_and_differs_from_one_before_it() {
        for of in [Of::Hedging, Of::Margin] {
            for (place, arm) in of.arms().iter().enumerate() {
                arm.design.check().unwrap();
                arm.design.params.check().unwrap();
                assert_eq!(arm.against.is_none(), place == 0);
                assert!(arm.against.into_iter().chain(arm.scores_of).all(|other| other < place));
            }
        }
        let MarginRule::Margin(fixed) = margin()[1].design.params.risk.margin else { panic!() };
        let Rule::Portfolio(rule) = fixed.rule else { panic!() };
        assert_eq!(rule.scan, Scan::Fixed);
        let furthest = rule.scenarios.as_slice().iter().map(|shock| shock.spot.abs()).max();
        assert_eq!(furthest.unwrap(), real("0.24"));
    }

    #[test]
    fn sellers_on_margin_and_a_keeper_come_on_top() {
        let known = crate::scenario::builtin("vault-auction").unwrap();
        let source = crate::scenario::Source::read(known.text, known.name).unwrap();
        let scenario = source.scenario().unwrap();
        let more = on_margin(&scenario);
        assert_eq!(more.agents.len(), scenario.agents.len() + 3);
        let backed =
            |agent: &&Agent| matches!(agent, Agent::Vault(vault) if vault.margin.is_some());
        assert_eq!(more.agents.iter().filter(backed).count(), 1);
    }
}
