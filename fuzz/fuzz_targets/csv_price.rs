//! See `amm_fuzz::csv_price`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::csv_price(data));
