//! Market files: what they may say, and what is said about mistakes.

use amm_sim::market::Market;
use proptest::prelude::*;

const MARKET: &str = include_str!("markets/two_expiries.toml");

#[test]
fn numbers_need_no_quotes() {
    let bare: String = MARKET
        .replace('"', "")
        .lines()
        .map(|line| {
            // Names keep theirs.
            match line.strip_prefix("name = ") {
                Some(name) => format!("name = \"{name}\"\n"),
                None => format!("{line}\n"),
            }
        })
        .collect();
    let (bare, quoted) = (Market::read(&bare, "").unwrap(), Market::read(MARKET, "").unwrap());
    assert_eq!(bare.engine().state(), quoted.engine().state());
}

/// Each mistake in a market file: what is replaced by what, and what is said about it.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("depth =", "depht =", "2:1: depht: there is no such key", "did you mean `depth`?"),
    (
        "fee_bps",
        "flow_scael",
        "5:1: params.flow_scael: there is no such key",
        "did you mean `flow_scale`?",
    ),
    (
        "fee_bps",
        "colour",
        "5:1: params.colour: there is no such key",
        "the keys here are theta, x_min",
    ),
    ("[params]", "[parms]", "4:2: parms: there is no such key", "did you mean `params`?"),
    (
        "depth = ",
        "# ",
        "7:1: expiry[0].depth: is missing",
        "write one depth for all above [params]",
    ),
    (
        "\"1_000_000_000\"",
        "\"1,000\"",
        "2:9: depth: `1,000` is no number here: unexpected `,` at byte 1",
        "write the cash",
    ),
    (
        "\"1_000_000_000\"",
        "0.5",
        "2:9: depth: depth must lie in 1..=100000000000000, got 0.5",
        "write the cash",
    ),
    (
        "\"1_000_000_000\"",
        "0x10",
        "2:9: depth: `0x10` is no number here: unexpected `x`",
        "write the cash",
    ),
    (
        "\"1_000_000_000\"",
        "inf",
        "2:9: depth: `inf` is no number here: unexpected `i`",
        "write the cash",
    ),
    ("\"1_000_000_000\"", "true", "2:9: depth: a number is due, not a boolean", "write a decimal"),
    ("time_s = 1_700_000_000\n", "", "1:1: time_s: is missing", "time_s = 1700000000"),
    (
        "\"30\"",
        "\"30000\"",
        "5:11: params.fee_bps: fee in bps must lie in 0..=10000, got 30000",
        "in that range",
    ),
    (
        "fee_bps = \"30\"",
        "bands = 4",
        "5:9: params.bands: there are 1, 3 or 5 bands, not 4",
        "write 1, 3 or 5",
    ),
    (
        "fee_bps",
        "x_max",
        "5:9: params.x_max: greatest gain x_max must lie in 0..=0.4",
        "in that range",
    ),
    (
        "fee_bps = \"30\"",
        "theta = \"3\"\ntaper = \"0.2\"",
        "6:9: params.taper: theta, x_min and the flow's strength could",
        "raise taper",
    ),
    (
        "fee_bps = \"30\"",
        "flow_half_life_s = 0",
        "5:20: params.flow_half_life_s: half-life of the flow must",
        "in that range",
    ),
    (
        "name = \"week\"",
        "name = 7",
        "8:8: expiry[0].name: a string is due, not an integer",
        "quotes",
    ),
    (
        "name = \"week\"",
        "name = \"month\"",
        "15:8: expiry[1].name: `month` is the name of another expiry",
        "its own",
    ),
    ("604_800", "0", "9:13: expiry[0].t_seconds: no time is left", "at least 1"),
    (
        "604_800",
        "2_592_000",
        "16:13: expiry[1].t_seconds: expiry `week` has the same time",
        "one expiry",
    ),
    (
        "604_800",
        "604800.5",
        "9:13: expiry[0].t_seconds: `604800.5` is no number here: too fine",
        "whole seconds",
    ),
    ("\"30000\"\nvol", "\"0\"\nvol", "10:11: expiry[0].forward: is 0", "above 0"),
    ("forward = \"30000\"\n", "", "7:1: expiry[0].forward: is missing", "write a price"),
    (
        "vol = \"0.6\"",
        "vol = \"60\"",
        "11:7: expiry[0].vol: volatility (other than 0) must lie in",
        "65 %",
    ),
    ("vol = \"0.6\"\n", "", "7:1: expiry[0].vol: is missing", "write vol = "),
    (
        "vol = \"0.6\"",
        "vol = 0.6\nsvi = {}",
        "12:7: expiry[0].svi: is a second surface",
        "write vol = ",
    ),
    (
        "rho = \"-0.3\", ",
        "",
        "19:7: expiry[1].svi.rho: is missing",
        "svi = { a, b, rho, m, sigma }",
    ),
    (
        "rho = \"-0.3\", ",
        "rhp = 0, ",
        "19:33: expiry[1].svi.rhp: there is no such key",
        "did you mean `rho`?",
    ),
    (
        "b = \"0.08\"",
        "b = \"1.9\"",
        "19:7: expiry[1].svi: the left wing rises by 2.470000000",
        "change its parameters",
    ),
    ("\"0.6\"", "\"2.6\"", "19:7: expiry[1].svi: calendar arbitrage", "change its parameters"),
    (
        "[\"26000\", \"28000\", \"30000\", \"32000\", \"34000\"]",
        "[]",
        "12:11: expiry[0].strikes: there are 0 strikes",
        "write some",
    ),
    ("\"28000\"", "\"26000.0\"", "12:21: expiry[0].strikes[1]: 26000 stands twice", "keep one"),
    (
        "\"28000\"",
        "\"-1\"",
        "12:21: expiry[0].strikes[1]: price must lie in 0..=1000000000000, got -1",
        "above 0",
    ),
    ("[[expiry]]\nname = \"week\"", "[expiry]\nname = \"week\"", "14:3: ", "https://toml.io"),
    ("fee_bps = \"30\"", "fee_bps = ", "5:11: ", "https://toml.io"),
    (
        "depth = \"1_000_000_000\"",
        "depth = \"1\"",
        "2:9: depth: one contract at strike",
        "the cash that moves spot",
    ),
];

#[test]
fn the_taper_is_raised_to_what_the_others_need_if_the_file_names_none() {
    let market = MARKET.replacen("fee_bps", "theta = \"2\"\nfee_bps", 1);
    let market = Market::read(&market, "m.toml").unwrap();
    let gain = market.engine().state().params().gain;
    assert!(gain.taper > amm_core::num::Real::lit("0.21"));
}

#[test]
fn mistakes_in_a_market_file_are_named_with_their_place() {
    for (from, to, want, help) in MISTAKES {
        let market = MARKET.replacen(from, to, 1);
        assert_ne!(market, MARKET, "{from}");
        let error = Market::read(&market, "m.toml").unwrap_err();
        assert!(error.to_string().starts_with(&format!("m.toml:{want}")), "{from} → {to}: {error}");
        assert!(error.remedy.contains(help), "{from} → {to}: {}", error.remedy);
    }
}

#[test]
fn depth_may_stand_in_one_place_or_with_each_expiry() {
    let in_params = MARKET
        .replace("depth = \"1_000_000_000\"\n", "")
        .replace("fee_bps", "depth = 1e9\nfee_bps");
    let each = MARKET
        .replace("depth = \"1_000_000_000\"\n", "")
        .replace("forward =", "depth = 1000000000\noutside_gain = 0\nforward =");
    let state = |text: &str| Market::read(text, "").unwrap().engine().state().clone();
    assert_eq!(state(&in_params), state(MARKET));
    assert_eq!(state(&each), state(MARKET));
    let twice = MARKET.replace("fee_bps", "depth = 1e9\nfee_bps");
    assert_eq!(
        Market::read(&twice, "m").unwrap_err().to_string(),
        "m:5:9: params.depth: is said twice"
    );
}

proptest! {
    /// No text makes reading a market panic.
    #[test]
    fn any_text_is_read_or_refused(at in 0..MARKET.len(), cut in 0_usize..12, put in "[-0-9a-z\"\\[\\]{}=.\n ]{0,6}") {
        let end = (at + cut).min(MARKET.len());
        let text = format!("{}{put}{}", &MARKET[..at], &MARKET[end..]);
        if let Err(error) = Market::read(&text, "m") {
            prop_assert!(!error.reason.is_empty() && !error.remedy.is_empty());
            prop_assert!(error.line <= text.lines().count() + 1, "{error}");
        }
    }
}
