//! druva-python
