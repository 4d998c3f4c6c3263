//! See `amm_fuzz::engine`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::engine(data));
