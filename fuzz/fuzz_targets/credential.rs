#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| _ = druva::fuzzing::credential(data));
