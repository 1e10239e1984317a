//! The fault matrix: each fault at each place of a conversation, and what comes of it.

pub mod cells;
pub mod list;
