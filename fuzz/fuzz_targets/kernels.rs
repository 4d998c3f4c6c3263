//! See `amm_fuzz::kernels`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| amm_fuzz::kernels(data));
