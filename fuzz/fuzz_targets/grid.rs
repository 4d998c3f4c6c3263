//! See `amm_fuzz::grid`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::grid(data));
