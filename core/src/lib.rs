//! Druva's REST APIs from Rust: backup, cyber resilience and device management.
//!
//! Give a client id and a secret; the client gets tokens and keeps them fresh, sends each call to the right host, pages,
//! retries only what is safe, and returns typed answers.
//!
//! ```no_run
//! # async fn devices() -> druva::Result<()> {
//! let client = druva::Client::from_env()?;
//! let mut devices = client.insync().devices().list().platform_os("win32").items();
//! while let Some(device) = devices.next().await {
//!     let device = device?;
//!     println!("{:?} {:?}", device.device_id(), device.device_name());
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
// A slice that fails panics with the text itself, which may hold a secret.
#![warn(clippy::string_slice)]

pub mod api;
mod auth;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod call;
mod cancel;
mod client;
mod clock;
mod cloud;
mod config;
#[cfg(feature = "msp")]
mod customers;
mod doctor;
#[cfg(feature = "embed")]
pub mod embed;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod generated;
mod json;
mod redact;
mod scan;
mod secret;
#[cfg(feature = "simulation")]
#[doc(hidden)]
pub mod simulation;
mod transport;

pub use auth::credential::Credential;
pub use call::operation::{Answer, Cursor, ListStyle, Operation, Paging, Param, Place, Realm, Retry, Type, Waiter};
pub use call::pages::Pages;
pub use call::typed::{FromAnswer, Items, List, PageStream, Request};
pub use call::wait::Wait;
pub use call::{Call, Response};
pub use cancel::Cancel;
pub use client::{Builder, Client};
pub use cloud::Cloud;
#[cfg(feature = "msp")]
pub use customers::ForCustomer;
pub use doctor::{Diagnosis, Finding, FindingState};
pub use error::{Applied, Error, Kind, Result};
pub use json::{FromJson, Json};
pub use secret::Secret;
