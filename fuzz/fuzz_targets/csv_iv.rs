//! See `amm_fuzz::csv_iv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::csv_iv(data));
