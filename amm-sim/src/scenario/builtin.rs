//! Scenarios that come with the program.

use std::sync::LazyLock;

use super::tree::Node;

/// A scenario of this program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// By which commands call it.
    pub name: &'static str,
    /// TOML.
    pub text: &'static str,
}

macro_rules! builtin {
    ($($name:literal,)+) => {
        [$(Builtin {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        },)+]
    };
}

/// All of them; the first is what the bare command runs.
pub const BUILTIN: [Builtin; 6] = builtin! {
    "stress",
    "benign",
    "depth-collapse",
    "call-squeeze",
    "vault-auction",
    "pin",
};

/// The one of a name.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|known| known.name == name)
}

/// A file in which every key is explained.
pub const EXAMPLE: &str = include_str!("../../scenarios/example.toml");

/// The built-in scenarios and the example as trees: what messages take their examples from.
pub(super) fn examples() -> &'static [Node] {
    static TREES: LazyLock<Vec<Node>> = LazyLock::new(|| {
        let texts = BUILTIN.iter().map(|known| known.text).chain([EXAMPLE]);
        texts.filter_map(|text| Node::file(text).ok()).collect()
    });
    &TREES
}
