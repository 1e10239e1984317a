//! druva-emulator
