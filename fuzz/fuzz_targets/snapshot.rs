//! See `amm_fuzz::snapshot`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::snapshot(data));
