//! What an emulator is started with.

use serde::Deserialize;

/// Settings of an emulator; all have defaults. From JSON: `serde_json::from_str`, with the same names.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Port on loopback; 0, the default, takes any free one.
    pub port: u16,
    /// All data derives from it; default 1.
    pub seed: u64,
    /// Devices of inSync; default 10,000.
    pub devices: usize,
    /// Users of inSync; by default two for every five devices.
    pub users: Option<usize>,
    /// Customers of a provider; default 25.
    pub customers: usize,
    /// The only client id that is accepted. By default one with `/`, `+` and `=`, as Druva's have.
    pub client_id: Option<String>,
    /// Its secret; likewise.
    pub client_secret: Option<String>,
    /// The only key of CloudRanger that is accepted; made up by default.
    pub api_key: Option<String>,
    /// Seconds for which a token is good; by default 900 on `insync-gov` and for providers, 1800 elsewhere.
    pub token_ttl: Option<f64>,
    /// Most records in one answer; default 4,097.
    pub page_size: usize,
    /// The cloud it plays: `public` (default), `insync-gov`, `gov` or `cloudranger`. Other clouds' operations are not routed.
    pub cloud: String,
    /// Status for an expired, revoked or missing token: 401 (default) or 403.
    pub expired_status: u16,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            seed: 1,
            devices: 10_000,
            users: None,
            customers: 25,
            client_id: None,
            client_secret: None,
            api_key: None,
            token_ttl: None,
            page_size: 4_097,
            cloud: "public".to_owned(),
            expired_status: 401,
        }
    }
}

impl Options {
    /// Reads a JSON object of settings; `{}` and `""` mean the defaults.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(json: &str) -> Result<Options, String> {
        let options: Options = serde_json::from_str(if json.trim().is_empty() { "{}" } else { json })
            .map_err(|error| error.to_string())?;
        options.check()
    }

    pub(crate) fn check(self) -> Result<Options, String> {
        if !["public", "insync-gov", "gov", "cloudranger"].contains(&self.cloud.as_str()) {
            return Err(format!("no cloud is called {:?}: use public, insync-gov, gov or cloudranger", self.cloud));
        }
        if ![401, 403].contains(&self.expired_status) {
            return Err("expired_status is 401 or 403".into());
        }
        if self.page_size == 0 {
            return Err("page_size must be at least 1".into());
        }
        Ok(self)
    }

    pub(crate) fn user_count(&self) -> usize {
        self.users.unwrap_or(self.devices * 2 / 5).max(1)
    }
}
