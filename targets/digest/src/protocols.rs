//! The scenarios of protocols that `amm-sim` comes with. They are not read from a file: a reader of tagged data
//! knows floats.

use alloc::string::String;
use alloc::vec::Vec;

use amm_core::num::{Cash, Price, Real, Seconds, Size, Vol};
use amm_loop::scenario::Shock;
use amm_loop::spot::{Depth, Impact, Process, Shape};
use amm_loop::system::{
    Buffers, ChainRule, Claim, CrowdRule, KeeperRule, LendingRule, MarketRule, OptionsRule,
    OracleRule, Outage, PerpRule, Protocol, Rung, Scenario, StableRule, Withdrawal,
};

/// How many there are.
pub(crate) const COUNT: u32 = 5;

fn real(text: &str) -> Real {
    text.parse().unwrap_or_default()
}

fn cash(whole: i128) -> Cash {
    Cash::from_atoms(whole * Cash::SCALE)
}

fn price(text: &str) -> Price {
    text.parse().unwrap_or(Price::MIN)
}

fn shock(block: u32, blocks: u32, ln: &str) -> Shock {
    Shock { block, blocks, ln: real(ln) }
}

fn profile(millions: [i128; 4]) -> Vec<Rung> {
    let edges = ["-5", "-0.25", "-0.05", "0.05"];
    let rung = |(edge, millions): (&str, i128)| Rung {
        from: real(edge),
        dollar_gamma: Real::from_num(millions) * 1_000_000,
    };
    edges.into_iter().zip(millions).map(rung).collect()
}

fn spread(median: &str, sd: &str) -> Buffers {
    Buffers::Lognormal { median: real(median), sd: real(sd) }
}

fn volatile(market: &mut MarketRule, vol: &str) {
    let vol = vol.parse().unwrap_or(Vol::MIN);
    market.process = Process::Lognormal { vol };
    market.depth.sigma0 = vol;
}

/// A fall of 8 % in an hour goes round.
fn contagion() -> Scenario {
    let vol = "0.7".parse().unwrap_or(Vol::MIN);
    Scenario {
        title: String::new(),
        why: String::new(),
        seed: 15,
        block_s: 60,
        blocks: 720,
        market: MarketRule {
            spot: price("2000"),
            process: Process::Lognormal { vol },
            shocks: Vec::from([shock(61, 60, "-0.08")]),
            impact: Impact {
                shape: Shape::Linear,
                permanent: real("0.6"),
                resilience_per_day: real("12"),
            },
            depth: Depth {
                base: real("800000000"),
                sigma0: vol,
                psi: Real::ONE,
                floor: real("0.05"),
                half_life: Seconds::new(21_600).unwrap_or(Seconds::MAX),
            },
            withdrawals: Vec::new(),
            spread_bps: real("2"),
            fast_s: 3_600,
            slow_s: 86_400,
        },
        oracle: OracleRule { deviation: real("0.005"), heartbeat: 60, delay: 1 },
        chain: ChainRule {
            capacity: real("100"),
            demand: real("50"),
            per_deviation: real("10"),
            per_call: Real::ONE,
            half_life_s: 1_800,
            least: real("0.05"),
            gas: cash(2),
        },
        keepers: KeeperRule {
            count: 5,
            capital: cash(4_000_000),
            latency: 1,
            venue: 1,
            profit: cash(1),
            outages: Vec::new(),
        },
        perp: perpetuals(),
        crowd: CrowdRule {
            units: real("2000"),
            scale: real("10000"),
            response: real("10"),
            margin: cash(20_000_000),
        },
        lending: lending(),
        options: OptionsRule { cash: cash(20_000_000), profile: profile([10, 40, 60, 30]) },
        stable: StableRule {
            coins: cash(100_000_000),
            reserve: cash(50_000_000),
            reserve_units: Size::from_atoms(27_500 * Size::SCALE),
            pool: cash(10_000_000),
            depth: cash(60_000_000),
            capacity: cash(1_000_000),
            fee: real("0.002"),
            run: real("0.02"),
        },
        claims: Vec::from([
            Claim { from: Protocol::Lending, to: Protocol::Perp, amount: cash(1_000_000) },
            Claim { from: Protocol::Stable, to: Protocol::Lending, amount: cash(5_000_000) },
            Claim { from: Protocol::Options, to: Protocol::Stable, amount: cash(3_000_000) },
        ]),
    }
}

fn perpetuals() -> PerpRule {
    PerpRule {
        units: real("60000"),
        longs: 120,
        buffers: spread("0.2", "0.6"),
        shorts: 40,
        short_buffers: spread("0.8", "0.4"),
        hedged: real("0.5"),
        maintenance: real("0.05"),
        fee: real("0.01"),
        reward: real("0.2"),
        coins: real("0.5"),
        fund: cash(1_500_000),
        dust: cash(500),
        top_up: real("0.1"),
        paired: 30,
        rush: Real::ZERO,
    }
}

fn lending() -> LendingRule {
    LendingRule {
        units: real("60000"),
        borrowers: 120,
        buffers: spread("0.3", "0.6"),
        pledged: real("0.4"),
        threshold_bps: 8_000,
        bonus_bps: 500,
        cash: cash(20_000_000),
        cover: cash(500_000),
        dust: cash(1_000),
        health_min: real("1.25"),
    }
}

/// Full blocks, a late oracle, keepers who are down and short of capital.
fn congestion() -> Scenario {
    let mut scenario = contagion();
    scenario.seed = 14;
    scenario.market.shocks = Vec::from([shock(61, 60, "-0.12")]);
    scenario.oracle.delay = 5;
    let chain = &mut scenario.chain;
    (chain.demand, chain.per_deviation, chain.per_call) = (real("80"), real("80"), real("4"));
    scenario.keepers = KeeperRule {
        count: 5,
        capital: cash(250_000),
        latency: 2,
        venue: 2,
        profit: cash(50),
        outages: Vec::from([Outage { block: 95, blocks: 10 }]),
    };
    scenario
}

/// 28 hours, three falls, prices that come an hour late, keepers without money.
fn march_2020() -> Scenario {
    let mut scenario = contagion();
    (scenario.seed, scenario.blocks) = (3, 1_680);
    let market = &mut scenario.market;
    market.spot = price("194.6");
    volatile(market, "0.9");
    market.shocks = Vec::from([
        shock(1, 600, "-0.08"),
        shock(601, 60, "-0.18"),
        shock(1_381, 60, "-0.14"),
        shock(1_501, 60, "-0.19"),
    ]);
    scenario.oracle = OracleRule { deviation: real("0.01"), heartbeat: 60, delay: 60 };
    (scenario.chain.demand, scenario.chain.per_deviation) = (real("80"), real("60"));
    (scenario.keepers.count, scenario.keepers.capital) = (3, cash(1_000_000));
    scenario.perp.units = real("600000");
    (scenario.crowd.units, scenario.crowd.scale) = (real("20000"), real("100000"));
    scenario.lending.units = real("900000");
    scenario.stable.reserve_units = Size::from_atoms(283_000 * Size::SCALE);
    scenario
}

/// A fall by a third in eight hours, a tenth of the market.
fn may_2021() -> Scenario {
    let mut scenario = contagion();
    scenario.seed = 4;
    let market = &mut scenario.market;
    market.spot = price("3400");
    volatile(market, "1.1");
    market.shocks = Vec::from([shock(61, 420, "-0.2"), shock(481, 60, "-0.2")]);
    market.depth.base = real("4000000000");
    (scenario.chain.demand, scenario.chain.per_deviation) = (real("70"), real("30"));
    scenario.keepers.capital = cash(20_000_000);
    scenario.perp.units = real("250000");
    scenario.perp.buffers = spread("0.18", "0.6");
    scenario.perp.fund = cash(10_000_000);
    scenario.lending.units = real("150000");
    scenario.lending.buffers = spread("0.5", "0.6");
    scenario.options = OptionsRule { cash: cash(60_000_000), profile: profile([30, 90, 150, 80]) };
    let stable = &mut scenario.stable;
    (stable.coins, stable.reserve) = (cash(300_000_000), cash(180_000_000));
    stable.reserve_units = Size::from_atoms(38_000 * Size::SCALE);
    scenario
}

/// Depth that goes as it is needed, hedged shorts who are deleveraged.
fn october_2025() -> Scenario {
    let mut scenario = contagion();
    scenario.seed = 7;
    let market = &mut scenario.market;
    market.spot = price("4531");
    volatile(market, "0.6");
    market.shocks = Vec::from([shock(61, 300, "-0.06"), shock(376, 15, "-0.03")]);
    market.withdrawals = Vec::from([
        Withdrawal { block: 370, blocks: 60, left: real("0.1") },
        Withdrawal { block: 376, blocks: 10, left: real("0.4") },
    ]);
    (market.impact.permanent, market.impact.resilience_per_day) = (real("0.4"), real("48"));
    market.depth.base = real("16000000000");
    scenario.keepers.capital = cash(40_000_000);
    scenario.perp.units = real("200000");
    (scenario.perp.hedged, scenario.perp.fund) = (real("0.8"), cash(8_000_000));
    scenario.lending.units = real("150000");
    scenario.lending.buffers = spread("0.5", "0.6");
    scenario.options = OptionsRule { cash: cash(60_000_000), profile: profile([10, 20, 40, 20]) };
    let stable = &mut scenario.stable;
    (stable.coins, stable.reserve) = (cash(400_000_000), cash(300_000_000));
    stable.reserve_units = Size::from_atoms(24_000 * Size::SCALE);
    (stable.pool, stable.depth) = (cash(20_000_000), cash(80_000_000));
    scenario
}

/// The one of a number.
fn whole(number: u32) -> Scenario {
    match number {
        0 => contagion(),
        1 => march_2020(),
        2 => may_2021(),
        3 => october_2025(),
        _ => congestion(),
    }
}

/// The one of a number in fewer blocks, each so many times as long: all lasts as many seconds as it did.
pub(crate) fn coarse(number: u32, times: u32) -> Scenario {
    let times = times.max(1);
    let first = |block: u32| 1 + (block - 1) / times;
    let fewer = |blocks: u32| blocks.div_ceil(times);
    let mut scenario = whole(number);
    scenario.block_s *= times;
    scenario.blocks = fewer(scenario.blocks);
    let market = &mut scenario.market;
    for shock in &mut market.shocks {
        (shock.block, shock.blocks) = (first(shock.block), fewer(shock.blocks));
    }
    for withdrawal in &mut market.withdrawals {
        (withdrawal.block, withdrawal.blocks) = (first(withdrawal.block), fewer(withdrawal.blocks));
    }
    for outage in &mut scenario.keepers.outages {
        (outage.block, outage.blocks) = (first(outage.block), fewer(outage.blocks));
    }
    let oracle = &mut scenario.oracle;
    (oracle.heartbeat, oracle.delay) = (fewer(oracle.heartbeat), fewer(oracle.delay));
    scenario
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::fs;
    use std::string::ToString as _;

    /// What is compared is what `amm-sim` runs.
    #[test]
    fn scenarios_are_those_of_the_files() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../amm-sim/scenarios/system/");
        let names = ["contagion", "march-2020", "may-2021", "october-2025", "congestion"];
        assert_eq!(fs::read_dir(folder).unwrap().count(), names.len());
        for (number, name) in (0..COUNT).zip(names) {
            let text = fs::read_to_string(folder.to_string() + name + ".toml").unwrap();
            let mut read: Scenario = toml::from_str(&text).unwrap();
            (read.title, read.why) = (String::new(), String::new());
            let bytes = |scenario| postcard::to_allocvec(&scenario).unwrap();
            assert_eq!(std::format!("{:?}", whole(number)), std::format!("{read:?}"), "{name}");
            assert_eq!(bytes(whole(number)), bytes(read), "{name}");
            assert_eq!(bytes(coarse(number, 1)), bytes(whole(number)), "{name}");
        }
    }
}
