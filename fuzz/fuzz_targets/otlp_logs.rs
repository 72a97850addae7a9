#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::otlp_logs(bytes));
