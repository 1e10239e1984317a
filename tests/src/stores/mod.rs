//! One token for many processes: runners of every language over one store, counted at the emulator.

pub mod crowd;
pub mod holders;
pub mod redis;
