//! Error answers in the envelopes that Druva's products use.

use crate::http::Reply;
use serde_json::json;

/// Why an operation was not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// The documents do not allow the request, as against a request that is fine and fails.
    pub(crate) violation: bool,
}

impl Refusal {
    /// The documents do not allow this request.
    pub(crate) fn violation(message: impl Into<String>) -> Refusal {
        Refusal { status: 400, message: message.into(), violation: true }
    }

    pub(crate) fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into(), violation: false }
    }

    pub(crate) fn not_found() -> Refusal {
        Refusal::new(404, "The requested resource was not found.")
    }

    /// The answer, in the envelope of the service that the path belongs to.
    pub(crate) fn reply(&self, path: &str) -> Reply {
        let product = path.split('/').nth(1).unwrap_or("");
        let service = path.split('/').nth(2).unwrap_or("");
        if service == "sdg" || ["awsnative", "202004"].contains(&product) {
            return Reply::json(self.status, &json!({ "message": self.message }));
        }
        if product == "msp" {
            return Reply::json(self.status, &json!({ "code": self.status, "message": self.message }));
        }
        let code = match service {
            "legalholds" => format!("inSyncLegalholds-{}", 4_294_967_089 + u64::from(self.status)),
            "search" => format!("MDS-{}", 1000 + self.status % 100),
            _ => format!("{}-{}", family(service), 1000 + self.status % 100),
        };
        let retryable = self.status >= 500;
        Reply::json(self.status, &json!({ "code": code, "message": self.message, "data": {}, "retryable": retryable }))
    }
}

fn family(service: &str) -> &'static str {
    match service {
        "endpoints" => "InsyncEndpoints",
        "usermanagement" => "InsyncUsermanagement",
        "profilemanagement" => "InsyncProfilemanagement",
        "storagemanagement" => "InsyncStoragemanagement",
        "eventmanagement" => "EventManagement",
        "reporting" => "Reporting",
        "console" => "Console",
        _ => "InsyncCappmaster",
    }
}

/// The gateway's answer to a path that it does not route.
pub(crate) fn unrouted() -> Reply {
    Reply::json(403, &json!({ "message": "Missing Authentication Token" }))
}
