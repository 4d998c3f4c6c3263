//! What is measured is in `benches/`, what measures it in `rig/`.
//!
//! This package has no tests, so `cargo test` does not build the peers, which only benches need.
