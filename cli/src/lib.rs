//! druva-cli
