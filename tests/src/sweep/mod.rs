//! Every operation through the typed surface of a language, and every model with odd values in every field.
//!
//! The emulator says with which arguments an operation can be called, and refuses what the model does not allow; the model
//! says what of an answer must be read as what. So a language is held to both without a line about any one operation.

pub mod calls;
pub mod lenient;
pub mod reading;
pub mod sent;
