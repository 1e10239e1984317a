//! druva-node
