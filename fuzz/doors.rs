//! The fuzzer of the door that `DRUVA_DOOR` names.

#![no_main]

use std::sync::LazyLock;

static DOOR: LazyLock<fn(&[u8]) -> bool> = LazyLock::new(|| {
    let name = std::env::var("DRUVA_DOOR").expect("DRUVA_DOOR names a door");
    let mut doors = druva::fuzzing::DOORS.into_iter().chain(druva_c::fuzzing::DOORS);
    doors.find(|(door, _)| *door == name).unwrap_or_else(|| panic!("there is no door {name}")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    DOOR(data);
});
