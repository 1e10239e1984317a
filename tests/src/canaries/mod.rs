//! Secrets that must be seen nowhere: planted, carried through everything that can go wrong, and searched for in
//! everything that can be read afterwards.

pub mod command;
pub mod control;
pub mod faults;
mod openings;
pub mod planted;
pub mod proxy;
mod redis;
pub mod run;
pub mod search;
mod stage;
mod tls;
