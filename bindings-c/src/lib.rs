//! druva-c
