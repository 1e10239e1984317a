//! druva-codegen
