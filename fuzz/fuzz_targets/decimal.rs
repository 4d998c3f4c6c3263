//! See `amm_fuzz::decimal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::decimal(data));
