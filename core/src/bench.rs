//! A door for `bench/`: what the hot path does for its token, without the rest of a call.

use crate::{Client, Result};
use http::HeaderValue;

/// The header's value that a call would carry now.
///
/// # Errors
/// `AuthError`.
pub async fn token(client: &Client) -> Result<HeaderValue> {
    Ok(client.0.pipeline.tokens.cloud.get().await?.header.clone())
}
