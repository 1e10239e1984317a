//! druva-conformance
