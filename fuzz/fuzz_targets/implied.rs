//! See `amm_fuzz::implied`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::implied(data));
