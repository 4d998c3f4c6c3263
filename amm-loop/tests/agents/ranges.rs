//! Every agent refuses what is out of its range, by its own words, and what it does not know.

use amm_loop::agent::Agent;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

use crate::{quiet, static_pool};

/// A rule with what it must say, and numbers that it refuses.
const RULES: [(&str, &str, &[&str]); 11] = [
    (
        "call_speculator",
        "per_day = \"1\"\ncontracts = \"1\"\nhours = 1",
        &[
            "half_life_s = 0",
            "elasticity = \"51\"",
            "delta_least = \"0.4\"",
            "delta_most = \"1.1\"",
        ],
    ),
    (
        "yield_seller",
        "per_day = \"1\"\ncontracts = \"1\"\nhours = 1",
        &[
            "delta = \"-0.1\"",
            "dispersion = \"2.1\"",
            "elasticity = \"-1\"",
            "margin = { coins = \"-1\", leverage = \"2\" }",
            "margin = { coins = \"1\", leverage = \"101\" }",
        ],
    ),
    (
        "vault",
        "contracts = \"1\"",
        &[
            "delta = \"1.1\"",
            "discount = \"-0.1\"",
            "margin = { coins = \"10000001\", leverage = \"2\" }",
        ],
    ),
    ("keeper", "capital = \"1\"", &["profit = \"1.1\"", "profit = \"-0.1\""]),
    (
        "surface_arbitrageur",
        "per_day = \"1\"",
        &["margin = \"1.1\"", "latency = 0", "latency = 101"],
    ),
    (
        "gamma_squeezer",
        "start = 1\nbudget = \"1\"\npush = \"0\"\nhours = 1",
        &["gain = \"11\"", "strike = \"0\"", "buy_blocks = 0", "unwind_blocks = 0"],
    ),
    (
        "leveraged_trader",
        "units = \"1\"",
        &["positions = 0", "buffer = \"0\"", "top_up = \"1.1\"", "return_days = \"0\""],
    ),
    (
        "liquidity_provider",
        "",
        &["leaves = \"1.1\"", "drawdown = \"-0.1\"", "volatility = \"1001\""],
    ),
    (
        "portfolio_insurer",
        "wealth = \"1\"\nby = { proportion = { multiple = \"2\", floor = \"0.5\" } }",
        &["every = 0"],
    ),
    ("inverse_product", "assets = \"1\"", &["leverage = \"11\"", "close_s = 86400"]),
    ("recorded_flow", "prints = []", &["factor = \"0\"", "tolerance = \"11\""]),
];

fn refusal(scenario: &Scenario) -> Option<String> {
    let (design, setting) = (static_pool(), Setting::default());
    World::new(scenario, &design, &setting, 0).err().map(|error| error.to_string())
}

#[test]
fn ranges_are_held() {
    for (kind, must, wrong) in RULES {
        let agent = format!("[[agents]]\nkind = \"{kind}\"\n{must}");
        assert_eq!(refusal(&quiet(&agent)), None, "{kind}");
        for wrong in wrong {
            let text = refusal(&quiet(&format!("{agent}\n{wrong}"))).unwrap_or_default();
            let name = kind.replace('_', " ");
            assert!(text.contains(&name) && text.contains("out of range"), "{wrong}: {text}");
        }
        let unknown = format!("{agent}\nnobody_knows = 1");
        let text = toml::from_str::<Agents>(&unknown).unwrap_err().to_string();
        assert!(text.contains("nobody_knows"), "{kind}: {text}");
    }
}

#[derive(Debug, serde::Deserialize)]
struct Agents {
    #[serde(rename = "agents")]
    _agents: Vec<Agent>,
}

#[test]
fn insurers_ranges_are_held() {
    for wrong in [
        "{ proportion = { multiple = \"0.5\", floor = \"0.5\" } }",
        "{ proportion = { multiple = \"2\", floor = \"1.5\" } }",
        "{ put = { strike = \"0\", hours = 1 } }",
        "{ put = { strike = \"1\", hours = 0 } }",
    ] {
        let agent =
            format!("[[agents]]\nkind = \"portfolio_insurer\"\nwealth = \"1\"\nby = {wrong}");
        assert!(refusal(&quiet(&agent)).is_some(), "{wrong}");
    }
}
