//! See `bridge_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bridge_fuzz::check("template", data));
