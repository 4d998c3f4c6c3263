//! Parameter sets: Derive's, and ours.

use crate::num::{Real, Seconds};
use crate::risk::margin::{
    Basis, Carry, Doubt, Fixed, MarginParams, Peg, Portfolio, Rule, Scan, ScanRange, Scenario,
    Scenarios, Standard, VolMove, VolScan,
};

use VolMove::{Down, None as Still, Up};

const fn real(decimal: &str) -> Real {
    Real::lit(decimal)
}

const fn seconds(count: u64) -> Seconds {
    match Seconds::new(count) {
        Ok(seconds) => seconds,
        Err(_) => Seconds::MAX,
    }
}

const DAY: u64 = 86_400;

/// A move and where volatility goes.
const fn to(spot: &str, vol: VolMove) -> Scenario {
    Scenario::new(real(spot), vol)
}

/// A far move, of which 35 % counts.
const fn far(spot: &str, vol: VolMove) -> Scenario {
    Scenario { weight: real("0.35"), ..Scenario::new(real(spot), vol) }
}

/// v2-core d69b557, scripts/config-mainnet.sol, `getDefaultScenarios`.
const DERIVE_23: [Scenario; 23] = [
    to("0.20", Up),
    to("0.15", Up),
    to("0.15", Still),
    to("0.15", Down),
    to("0.10", Up),
    to("0.10", Still),
    to("0.10", Down),
    to("0.05", Up),
    to("0.05", Still),
    to("0.05", Down),
    to("0", Up),
    to("0", Still),
    to("0", Down),
    to("-0.05", Up),
    to("-0.05", Still),
    to("-0.05", Down),
    to("-0.10", Up),
    to("-0.10", Still),
    to("-0.10", Down),
    to("-0.15", Up),
    to("-0.15", Still),
    to("-0.15", Down),
    to("-0.20", Up),
];

/// v2-core d69b557, test/config-test.sol, `getDefaultScenarios`.
const DERIVE_21: [Scenario; 21] = [
    to("0.15", Up),
    to("0.15", Still),
    to("0.15", Down),
    to("0.10", Up),
    to("0.10", Still),
    to("0.10", Down),
    to("0.05", Up),
    to("0.05", Still),
    to("0.05", Down),
    to("0", Up),
    to("0", Still),
    to("0", Down),
    to("-0.05", Up),
    to("-0.05", Still),
    to("-0.05", Down),
    to("-0.10", Up),
    to("-0.10", Still),
    to("-0.10", Down),
    to("-0.15", Up),
    to("-0.15", Still),
    to("-0.15", Down),
];

/// In units of the scan range: volatility falls only where spot does not.
const DYNAMIC: [Scenario; 22] = [
    far("2", Up),
    far("2", Still),
    to("1", Up),
    to("1", Still),
    to("1", Down),
    to("0.666666666666666667", Up),
    to("0.666666666666666667", Still),
    to("0.666666666666666667", Down),
    to("0.333333333333333333", Up),
    to("0.333333333333333333", Still),
    to("0.333333333333333333", Down),
    to("0", Up),
    to("0", Still),
    to("0", Down),
    to("-0.333333333333333333", Up),
    to("-0.333333333333333333", Still),
    to("-0.666666666666666667", Up),
    to("-0.666666666666666667", Still),
    to("-1", Up),
    to("-1", Still),
    far("-2", Up),
    far("-2", Still),
];

impl MarginParams {
    /// Derive's portfolio margin on mainnet: 23 scenarios, of spot by up to 20 % and of volatility.
    ///
    /// v2-core d69b557, scripts/config-mainnet.sol. The age at which inputs are worth less is ours:
    /// there a feed states its confidence and refuses to answer when old.
    pub const fn derive_portfolio() -> Self {
        let rule = Portfolio {
            scan: Scan::Fixed,
            scenarios: Scenarios::of(&DERIVE_23),
            vol: VolScan { up: real("0.6"), ..VOL },
            basis: Basis { share: Real::ONE, share_per_year: real("1.2"), ..BASIS },
            carry: Carry { share: real("0.95"), rate_times: Real::ONE, rate_plus: real("0.12") },
            fixed: Fixed { option: real("0.02"), base: real("0.03") },
            initial: real("1.25"),
        };
        Self {
            rule: Rule::Portfolio(rule),
            doubt: Doubt { threshold: real("0.55"), share: Real::ONE, ..DOUBT },
            peg: Peg { threshold: real("0.99"), times: real("4") },
            rise_per_second: Real::ZERO,
        }
    }

    /// The portfolio margin of Derive's tests: 21 scenarios, of spot by up to 15 % and of volatility.
    ///
    /// v2-core d69b557, test/config-test.sol.
    pub const fn derive_portfolio_21() -> Self {
        let rule = Portfolio {
            scan: Scan::Fixed,
            scenarios: Scenarios::of(&DERIVE_21),
            vol: VOL,
            basis: BASIS,
            carry: Carry { share: real("0.95"), rate_times: real("4"), rate_plus: real("0.05") },
            fixed: Fixed { option: real("0.01"), base: real("0.02") },
            initial: real("1.3"),
        };
        Self {
            rule: Rule::Portfolio(rule),
            doubt: Doubt { threshold: real("0.6"), share: real("0.5"), ..DOUBT },
            peg: Peg { threshold: real("0.98"), times: real("2") },
            rise_per_second: Real::ZERO,
        }
    }

    /// Derive's standard margin on mainnet, for options on ETH.
    ///
    /// v2-core d69b557, scripts/config-mainnet.sol.
    pub const fn derive_standard() -> Self {
        let rule = Standard {
            initial_most: real("0.15"),
            initial_least: real("0.13"),
            call: real("0.09"),
            put: real("0.09"),
            put_value: real("0.09"),
            base: real("0.2"),
            base_initial: real("0.25"),
            naked_initial: real("1.2"),
            naked: real("1.1"),
            put_initial: real("1.05"),
        };
        Self {
            rule: Rule::Standard(rule),
            doubt: Doubt { threshold: real("0.55"), share: Real::ONE, ..DOUBT },
            peg: Peg { threshold: real("0.99"), times: real("2") },
            rise_per_second: Real::ZERO,
        }
    }

    /// The standard margin of Derive's tests.
    ///
    /// v2-core d69b557, test/config-test.sol, with the peg of `TestStandardManager_Portfolio_Cases.t.sol`.
    pub const fn derive_standard_test() -> Self {
        let rule = Standard {
            initial_most: real("0.15"),
            initial_least: real("0.1"),
            call: real("0.075"),
            put: real("0.075"),
            put_value: real("0.075"),
            base: real("0.2"),
            base_initial: real("0.2"),
            naked_initial: real("1.2"),
            naked: real("1.1"),
            put_initial: real("1.05"),
        };
        Self {
            rule: Rule::Standard(rule),
            doubt: Doubt { threshold: real("0.4"), share: real("0.4"), ..DOUBT },
            peg: Peg { threshold: real("0.98"), times: real("1.2") },
            rise_per_second: Real::ZERO,
        }
    }

    /// Ours: the scan range follows the market.
    ///
    /// 3.5 deviations of a day, at least 12 % of spot and at most 45 %; moves of a third, two thirds and
    /// the whole of the range, and twice the range with 35 % of the loss; volatility up by 60 % at thirty
    /// days and by 1.6 points a point of fall, down by 30 % only where spot does not fall; half the range
    /// more if all collateral is pledged elsewhere; for standing positions the range rises by at most
    /// five points an hour.
    pub const fn dynamic() -> Self {
        let scan = ScanRange {
            z: real("3.5"),
            period: seconds(DAY),
            floor: real("0.12"),
            most: real("0.45"),
            pledged: real("0.5"),
        };
        let rule = Portfolio {
            scan: Scan::Dynamic(scan),
            scenarios: Scenarios::of(&DYNAMIC),
            vol: VolScan { up: real("0.6"), slope_down: real("1.6"), slope_up: real("0.2"), ..VOL },
            basis: Basis { share: Real::ONE, share_per_year: real("1.2"), ..BASIS },
            carry: Carry { share: real("0.95"), rate_times: Real::ONE, rate_plus: real("0.12") },
            fixed: Fixed { option: real("0.02"), base: real("0.03") },
            initial: real("1.25"),
        };
        Self {
            rule: Rule::Portfolio(rule),
            doubt: Doubt { threshold: real("0.55"), share: Real::ONE, ..DOUBT },
            peg: Peg { threshold: real("0.99"), times: real("4") },
            rise_per_second: real("0.000013888888888889"),
        }
    }
}

const VOL: VolScan = VolScan {
    up: real("0.45"),
    down: real("0.3"),
    near: real("0.3"),
    far: real("0.13"),
    floor: seconds(DAY),
    slope_down: Real::ZERO,
    slope_up: Real::ZERO,
};

const BASIS: Basis = Basis {
    up: real("0.05"),
    down: real("0.05"),
    share: real("0.25"),
    share_per_year: real("0.01"),
};

const DOUBT: Doubt =
    Doubt { threshold: Real::ZERO, share: Real::ZERO, fresh: seconds(60), dead: seconds(600) };

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets to be run as they stand are within their own ranges.
    #[test]
    fn sets_are_in_range() {
        for set in [
            MarginParams::derive_portfolio(),
            MarginParams::derive_portfolio_21(),
            MarginParams::derive_standard(),
            MarginParams::derive_standard_test(),
            MarginParams::dynamic(),
        ] {
            set.check().unwrap();
            let json = serde_json::to_string(&set).unwrap();
            assert_eq!(serde_json::from_str::<MarginParams>(&json).unwrap(), set);
        }
    }

    #[test]
    fn what_a_set_may_not_say() {
        let portfolio = |change: fn(&mut Portfolio)| {
            let mut set = MarginParams::dynamic();
            let Rule::Portfolio(rule) = &mut set.rule else { panic!("scenarios") };
            change(rule);
            set.check()
        };
        assert!(portfolio(|_| ()).is_ok());
        let dynamic = |change: fn(&mut ScanRange)| {
            let mut set = MarginParams::dynamic();
            let Rule::Portfolio(Portfolio { scan: Scan::Dynamic(scan), .. }) = &mut set.rule else {
                panic!("dynamic")
            };
            change(scan);
            set.check()
        };
        // Twice 0.5 takes spot to zero; a floor above the range has no meaning.
        assert!(dynamic(|scan| scan.most = real("0.5")).is_err());
        assert!(dynamic(|scan| scan.floor = real("0.46")).is_err());
        assert!(dynamic(|scan| scan.period = seconds(31 * DAY)).is_err());
        // More of the underlying would raise the requirement by more than its value.
        assert!(portfolio(|rule| rule.fixed.base = real("0.6")).is_err());
        assert!(portfolio(|rule| rule.initial = real("0.99")).is_err());
        assert!(portfolio(|rule| rule.vol.near = real("0.51")).is_err());
        let mut standard = MarginParams::derive_standard();
        let Rule::Standard(rule) = &mut standard.rule else { panic!("standard") };
        rule.naked = real("1.3");
        assert!(standard.check().is_err(), "maintenance margin above initial");
    }
}
