//! Those who must trade spot: liquidated longs, portfolio insurers, leveraged products.

use amm_core::math::{exp, norm_cdf};
use amm_core::num::Real;
use amm_loop::world::{Setting, World};

use crate::{bought, jump, near, open, quiet, real, static_pool, until};

const CROWD: &str = r#"
[[agents]]
kind = "leveraged_trader"
units = "100000"
positions = 1000
top_up = "0.3"
return_days = "1000"
"#;

#[test]
fn a_fall_sells_those_whose_levels_it_passes() {
    let mut scenario = quiet(CROWD);
    jump(&mut scenario, 3, "-0.3566749439387324"); // to 0.7
    let (design, setting) = (static_pool(), open());
    let mut sold = Real::ZERO;
    for path in 0..10 {
        let mut world = World::new(&scenario, &design, &setting, path).unwrap();
        until(&mut world, 2);
        assert_eq!(bought(&world, 0), Real::ZERO);
        until(&mut world, 3);
        sold -= bought(&world, 0) / 1_000_000;
        assert_eq!(world.venue().displacement(), Real::ZERO, "an open loop");
        // Nobody is left to sell at this price.
        let now = bought(&world, 0);
        until(&mut world, 4);
        assert_eq!(bought(&world, 0), now);
    }
    // Health below 1/0.7, a buffer below 0.42857: N(ln(0.42857/0.4)/0.6) = N(0.11499), of which 0.7 do
    // not top up. Ten thousand of them: an error of 0.005.
    let want = norm_cdf(real("0.11499")) * real("0.7");
    assert!(sold.abs_diff(want) < real("0.015"), "{sold} is not {want}");
}

#[test]
fn what_a_crowd_would_sell_is_what_it_sells() {
    let mut scenario =
        quiet(&CROWD.replace("top_up = \"0.3\"", "top_up = \"0\"\nbuffer = \"0.1\""));
    scenario.market.depth.base = real("50000000");
    jump(&mut scenario, 3, "-0.034");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 2);
    let gain = world.forced_gain().unwrap();
    assert!(gain > 0);
    let spot = world.spot().get();
    until(&mut world, 3);
    // gain·L·r is worth so many units; one position of a hundred may lie between 0.0340 and 0.03402.
    let want = gain * real("50000000") * real("0.0340226") / spot;
    let sold = -bought(&world, 0);
    assert!(sold.abs_diff(want) < real("100.1"), "{sold} is not {want}");
    near(world.tape().liquidated, sold * world.spot().get(), "0.000001");
}

/// Sales of a level push spot to the next: in a market of half the depth of all that is for sale a
/// small fall goes far.
#[test]
fn liquidations_cascade() {
    let fall = |setting: Setting, units: &str| {
        let mut scenario = quiet(&CROWD.replace("100000", units));
        jump(&mut scenario, 3, "-0.15");
        let (design, mut least) = (static_pool(), Real::MAX);
        let mut world = World::new(&scenario, &design, &setting, 1).unwrap();
        while world.step().unwrap() {
            least = least.min(world.spot().get());
        }
        least
    };
    let alone = fall(open(), "500000");
    let (few, many) = (fall(Setting::default(), "50000"), fall(Setting::default(), "500000"));
    assert!(few < alone, "{few} {alone}");
    assert!(alone - many > 20 * (alone - few), "{alone} {few} {many}");
}

#[test]
fn those_who_were_sold_come_back() {
    let mut scenario = quiet(&CROWD.replace("\"1000\"", "\"0.5\""));
    jump(&mut scenario, 3, "-0.35");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 3);
    let sold = bought(&world, 0);
    until(&mut world, 15);
    // Half a day of a mean of half a day: 1 − 1/e are back.
    near(bought(&world, 0), sold * exp(-Real::ONE).unwrap(), "0.1");
}

#[test]
fn constant_proportion_sells_its_multiple_less_one() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "100000000"
        by = { proportion = { multiple = "3", floor = "0.8" } }
        "#,
    );
    jump(&mut scenario, 5, "-0.1");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 4);
    let before = bought(&world, 0);
    assert!(before.abs() < real("5"), "nothing has happened: {before}");
    // Exposure is 60 million: (m − 1)·60 million over a depth of a thousand million.
    near(world.forced_gain().unwrap(), real("0.12"), "0.001");
    until(&mut world, 5);
    // r = e^−0.1 − 1 = −0.095163; wealth falls by 5.7098 million, exposure should by three times that
    // and has by once: 2·60 million·r at a spot of 1809.67.
    near(bought(&world, 0), real("-6310.3"), "0.001");
}

#[test]
fn constant_proportion_keeps_its_floor() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "100000000"
        by = { proportion = { multiple = "4", floor = "0.9" } }
        "#,
    );
    for block in 5..15 {
        jump(&mut scenario, block, "-0.1");
    }
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.run().unwrap();
    // It has sold nearly all of its 40 million's worth, 20,000 units, at falling prices.
    let purse = world.purse(0).unwrap();
    assert!(bought(&world, 0) < real("-19000"));
    let cash = crate::cash(purse.cash);
    let wealth = real("60000000") + cash + (real("20000") + bought(&world, 0)) * world.spot().get();
    assert!(wealth > real("90000000") && wealth < real("91000000"), "{wealth}");
}

/// Three times half of its wealth is more than it has: it is all in spot, and no loop.
#[test]
fn a_portfolio_that_is_all_in_spot_has_no_gain() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "100000000"
        by = { proportion = { multiple = "3", floor = "0.5" } }
        "#,
    );
    jump(&mut scenario, 5, "-0.02");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 6);
    assert!(bought(&world, 0).abs() < real("0.001"));
    assert_eq!(world.forced_gain().unwrap(), Real::ZERO);
}

#[test]
fn insurers_trade_when_they_do_and_begin_another_put() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "100000000"
        every = 4
        by = { put = { strike = "1", hours = 12 } }
        "#,
    );
    jump(&mut scenario, 5, "-0.05");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    let mut path = vec![];
    for block in 1..=16 {
        until(&mut world, block);
        path.push(bought(&world, 0));
    }
    for (at, pair) in path.windows(2).enumerate() {
        // path[n] is after block n + 1.
        assert_eq!(pair[0] != pair[1], (at + 2) % 4 == 0, "{at}: {path:?}");
    }
    // All is sold while the put is deep in the money.
    near(path[11], real("-25240"), "0.001");
    // It began with 50,000·N(0.01203) = 25,240 units and lost 97.54 on each: 97.538 million are worth
    // 51,269 units at 1902.46, and it holds as many of these again: 25,880.
    near(path[15], real("640"), "0.01");
}

#[test]
fn a_replicated_put_holds_its_delta() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "100000000"
        by = { put = { strike = "1", hours = 240 } }
        "#,
    );
    jump(&mut scenario, 25, "-0.05");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    // N(d₁) with d₁ = ln(S/K)/(σ√T) + σ√T/2; it began after an hour with 240 to run, at d₁ = σ√T/2.
    let holds = |hours: &str, away: &str| {
        let years = real(hours) / 8760;
        let deviation = real("0.65") * amm_core::math::sqrt(years).unwrap();
        norm_cdf(real(away) / deviation + deviation / 2) * 50_000
    };
    until(&mut world, 25);
    near(bought(&world, 0), holds("216", "-0.05") - holds("240", "0"), "0.01");
    // S²Γ: 90.5 million·φ(d₁)/(σ√T), over the depth.
    let gain = world.forced_gain().unwrap();
    assert!(gain > real("0.25") && gain < real("0.4"), "{gain}");
}

#[test]
fn leveraged_products_trade_their_square_less_themselves_at_the_close() {
    for (leverage, factor) in [("-1", "2"), ("3", "6"), ("1", "0")] {
        let mut scenario = quiet(&format!(
            r#"
            [[agents]]
            kind = "inverse_product"
            assets = "10000000"
            leverage = "{leverage}"
            "#
        ));
        jump(&mut scenario, 5, "-0.05");
        let (design, setting) = (static_pool(), open());
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        near(world.forced_gain().unwrap(), Real::ZERO, "0");
        // The first close, with two blocks of nearly nothing behind it; the next is 24 hours on.
        until(&mut world, 25);
        let before = bought(&world, 0);
        assert!(before.abs() < 5, "{before}");
        near(world.forced_gain().unwrap(), real(factor) / 100, "0.001");
        until(&mut world, 26);
        // A·(ℓ² − ℓ)·(e^−0.05 − 1) at e^−0.05·2000.
        let r = exp(real("-0.05")).unwrap() - Real::ONE;
        let want = real("10000000") * real(factor) * r / (2000 * (Real::ONE + r));
        assert!((bought(&world, 0) - want).abs() <= want.abs() / 200 + real("5"), "{leverage}");
        until(&mut world, 30);
        assert!((bought(&world, 0) - want).abs() <= want.abs() / 200 + real("5"), "once");
    }
}

#[test]
fn a_product_that_has_lost_everything_closes() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "inverse_product"
        assets = "10000000"
        leverage = "3"
        "#,
    );
    scenario.blocks = 72;
    jump(&mut scenario, 5, "-0.5");
    jump(&mut scenario, 30, "-0.1");
    let (design, setting) = (static_pool(), open());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    until(&mut world, 26);
    // All of 15,000 units.
    near(bought(&world, 0), real("-15000"), "0.001");
    world.run().unwrap();
    near(bought(&world, 0), real("-15000"), "0.001");
    assert_eq!(world.forced_gain().unwrap(), Real::ZERO);
}

/// A rise of spot that forced buying makes is a loop too, and an open loop has none of it.
#[test]
fn forced_flow_moves_spot_only_in_a_closed_loop() {
    let mut scenario = quiet(
        r#"
        [[agents]]
        kind = "portfolio_insurer"
        wealth = "1000000000"
        by = { proportion = { multiple = "2", floor = "0.7" } }
        "#,
    );
    jump(&mut scenario, 5, "0.02");
    let design = static_pool();
    let run = |setting: &Setting| {
        let mut world = World::new(&scenario, &design, setting, 0).unwrap();
        world.run().unwrap();
        (world.venue().displacement(), world.tape().liquidated)
    };
    let ((none, booked), (some, _)) = (run(&open()), run(&Setting::default()));
    assert_eq!(none, Real::ZERO);
    assert!(booked > 0);
    // Gain 0.6 over a depth of a thousand million: a shock of 0.02 becomes 0.02/(1 − 0.6), less what
    // the gain falls by on the way as the portfolio is all in spot.
    assert!(some > real("0.015") && some < real("0.04"), "{some}");
}
