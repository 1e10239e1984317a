//! Tokens: fetched once for everybody, kept while they live, replaced when they are refused.

pub(crate) mod cache;
pub(crate) mod credential;
pub(crate) mod exchange;
pub(crate) mod grant;
pub(crate) mod provider;
pub(crate) mod store;
pub(crate) mod token;
