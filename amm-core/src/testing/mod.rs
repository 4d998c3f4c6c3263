//! Laws that property tests and fuzzing share: each takes any input and panics if it is broken.

pub mod num;
