//! See `amm_fuzz::risk`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::risk(data));
