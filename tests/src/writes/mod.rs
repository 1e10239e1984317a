//! Many writes under many faults: what callers were told against what was really done.

pub mod callers;
pub mod plan;
pub mod relay;
pub mod round;
