//! What a reader of a tree finds wrong, and where.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::tree::Step;

/// What is wrong with a value, by its path.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) what: What,
    /// `None` until a reader that knows it has seen it.
    pub(super) path: Option<Vec<Step>>,
    /// The path may end before the place: what is wrong is there or in it.
    pub(super) vague: bool,
}

/// What can be wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum What {
    /// A key that nothing reads; these would be.
    Unknown(String, &'static [&'static str]),
    /// A word or a key for a choice that is not there; these are.
    Choice(String, &'static [&'static str]),
    /// A key that must be there.
    Missing(String),
    /// Something else is due.
    Due(String),
    /// What a value's own reader says of it.
    Said(String),
    /// What is so, and what to do.
    Fact(String, String),
}

impl Fault {
    fn new(what: What) -> Self {
        Self { what, path: None, vague: false }
    }

    /// A fact about what stands at the end of a path.
    pub(super) fn fact(path: &[Step], reason: impl ToString, remedy: impl ToString) -> Self {
        let what = What::Fact(reason.to_string(), remedy.to_string());
        Self { what, path: Some(path.to_vec()), vague: false }
    }

    /// Says where it is, unless that is known.
    pub(super) fn at(mut self, path: &[Step], vague: bool) -> Self {
        if self.path.is_none() {
            self.path = Some(path.to_vec());
            self.vague = vague;
        }
        self
    }
}

impl Error for Fault {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(What::Said(reason.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, due: &dyn Expected) -> Self {
        Self::new(What::Due(due.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, due: &dyn Expected) -> Self {
        Self::new(What::Due(due.to_string()))
    }

    fn invalid_length(_: usize, due: &dyn Expected) -> Self {
        Self::new(What::Due(due.to_string()))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Choice(found.to_owned(), known))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Unknown(found.to_owned(), known))
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(What::Missing(key.to_owned()))
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}
