//! What stands between a client and Druva, in plain words.

mod diagnosis;

pub use diagnosis::{Diagnosis, Finding, FindingState};

use crate::call::operation::Realm;
use crate::client::Client;
use crate::cloud::Cloud;
use crate::error::{Error, Kind, Result};
use crate::transport::http::Stage;
use crate::{Call, Response};
use http::Uri;
use std::time::{Duration, SystemTime};

/// A clock that is wrong by less is not worth a word.
const CLOCK_MAY_DIFFER: Duration = Duration::from_secs(60);

/// Of each product a read that changes nothing, needs no argument and costs little.
const READS: [&str; 6] = [
    "insync.profiles.list",
    "phoenix.organizations.list",
    "platform.admins.list",
    "realize.events.list",
    "aws_native.organizations.list",
    "msp.customers.list",
];

impl Client {
    /// Looks for what stands between this client and Druva: its configuration, name resolution, proxy, connection, TLS,
    /// credential, permissions, clock. It gets a token if the client has none, and reads a little of each product
    /// (`GET /insync/profilemanagement/v1/profiles` and the like). What it finds is a report, not an error; each request has the
    /// client's own deadlines. Credentials go nowhere but to the client's own host.
    ///
    /// ```no_run
    /// # async fn doctor(client: druva::Client) {
    /// let report = client.doctor().await;
    /// println!("{report}");
    /// std::process::exit(if report.ok() { 0 } else { 1 });
    /// # }
    /// ```
    pub async fn doctor(&self) -> Diagnosis {
        let mut found = Diagnosis::new();
        found.find("configuration", FindingState::Ok, format!("cloud {}, {}", self.cloud(), self.base_url()));
        let Ok(uri) = self.base_url().parse::<Uri>() else { return found };
        let road = Road { proxy: self.0.pipeline.http.proxy(&uri), secure: uri.scheme_str() == Some("https") };
        if road.proxy.is_none() && !self.look_up(&uri, &mut found).await {
            return found;
        }
        let realm = match self.token_for_anything().await {
            Ok((realm, life)) => {
                let whose = if realm == Realm::Msp { "a managed-service provider's" } else { "a" };
                found.find("token", FindingState::Ok, format!("{whose} token, good for another {} s", life.as_secs()));
                realm
            }
            Err(error) => {
                if road.passed(Some(&error), &mut found) {
                    self.judge_refusal(&error, &mut found);
                }
                return found;
            }
        };
        let (mut answered, mut refused) = (Vec::new(), Vec::new());
        for id in READS {
            // Products can be left out of a build.
            let Ok(call) = Call::by_id(id) else { continue };
            let operation = call.operation;
            let possible = operation.realm == realm && operation.clouds.contains(&self.cloud());
            if !possible || (self.customer_id().is_some() && realm == Realm::Msp) {
                continue;
            }
            match self.execute(&call).await {
                Ok(answer) => answered.push((operation.product(), answer)),
                Err(error) => refused.push((operation.product(), error)),
            }
        }
        // The token may have been there before, here or in a store: only what was answered now shows that the way is free.
        let stopped = refused.first().map(|(_, error)| error).filter(|_| answered.is_empty());
        if answered.is_empty() && refused.is_empty() || road.passed(stopped, &mut found) {
            judge_reads(&answered, &refused, &mut found);
        }
        if let Some((_, answer)) = answered.first() {
            compare_clocks(answer, &mut found);
        }
        found
    }

    async fn look_up(&self, uri: &Uri, found: &mut Diagnosis) -> bool {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let answer = tokio::time::timeout(self.0.config.connect_timeout, tokio::net::lookup_host((host, port))).await;
        let (why, hint) = match answer.map(|answer| answer.map(|addresses| addresses.count())) {
            Ok(Ok(count)) if count > 0 => {
                let addresses = if count == 1 { "1 address".to_owned() } else { format!("{count} addresses") };
                found.find("dns", FindingState::Ok, format!("{host} has {addresses}"));
                return true;
            }
            Ok(Ok(_)) => ("it has no address".to_owned(), "Check base_url."),
            Ok(Err(error)) => (error.to_string(), DNS),
            Err(_) => (format!("no answer within {:?}", self.0.config.connect_timeout), DNS),
        };
        found.set("dns", FindingState::Failed, format!("{host} cannot be looked up: {why}"), Some(hint.to_owned()));
        false
    }

    /// The token of the cloud, or of the provider where the credential is a provider's.
    async fn token_for_anything(&self) -> Result<(Realm, Duration)> {
        let error = match self.authenticate().await {
            Ok(life) => return Ok((Realm::Cloud, life)),
            Err(error) => error,
        };
        match &self.0.pipeline.tokens.msp {
            Some(provider) if error.is(Kind::InvalidCredentials) => {
                let token = tokio::time::timeout(self.0.config.timeout, provider.get()).await;
                match token {
                    Ok(Ok(token)) => Ok((Realm::Msp, self.0.clock.now().until(token.mandatory))),
                    _ => Err(error),
                }
            }
            _ => Err(error),
        }
    }

    fn judge_refusal(&self, error: &Error, found: &mut Diagnosis) {
        found.failed("token", error, "Check base_url and proxy: this may not be Druva that answers.");
        let own = self.0.config.cloud;
        if error.is(Kind::InvalidCredentials) && own != Cloud::Cloudranger && self.customer_id().is_none() {
            let others: Vec<&str> = [Cloud::Public, Cloud::InsyncGov, Cloud::Gov]
                .into_iter()
                .filter(|cloud| *cloud != own)
                .map(Cloud::name)
                .collect();
            let hint = error.advice().unwrap_or_default();
            let hint = format!("{hint} This client asks the cloud {own}; the others are {}.", others.join(" and "));
            found.set("token", FindingState::Failed, error.message().to_owned(), Some(hint));
        }
    }
}

const DNS: &str =
    "Check base_url and this machine's DNS. Where only a proxy reaches the internet, name it in proxy or HTTPS_PROXY.";

/// The way to the server.
struct Road {
    proxy: Option<String>,
    secure: bool,
}

impl Road {
    /// Sorts out how far an error shows that the network lets us through; true when it did.
    fn passed(&self, error: Option<&Error>, found: &mut Diagnosis) -> bool {
        // The client's own deadline came first, wherever the time went; or nothing was sent, for want of a credential.
        if error.is_some_and(|error| error.stage().is_none() && error.status().is_none()) {
            return true;
        }
        let mut stages = vec![match &self.proxy {
            Some(proxy) => ("proxy", Stage::Proxy, format!("{proxy} lets us through")),
            None => ("connect", Stage::Connect, "the server accepts connections".to_owned()),
        }];
        if self.secure {
            stages.push(("tls", Stage::Tls, "the server's certificate is good".to_owned()));
        }
        if let Some(proxy) = &self.proxy {
            found.find("dns", FindingState::Skipped, format!("the proxy {proxy} looks names up"));
            found.find("connect", FindingState::Skipped, "the proxy connects");
        } else {
            found.find("proxy", FindingState::Skipped, "there is none");
        }
        for (name, stage, good) in stages {
            if let Some(error) = error.filter(|error| error.stage() == Some(stage)) {
                found.failed(name, error, match stage {
                    Stage::Proxy => "Check the proxy's address, and that it may reach this host.",
                    Stage::Tls => "Something that is not Druva may answer there: check base_url and the proxy.",
                    _ => "Check base_url and the firewall. Where only a proxy reaches the internet, name it in proxy or HTTPS_PROXY.",
                });
                if error.message().contains("expired") || error.message().contains("not valid yet") {
                    let now = httpdate::fmt_http_date(SystemTime::now());
                    found.find(
                        "clock",
                        FindingState::Warning,
                        format!("this machine's says {now}, by which certificates are judged"),
                    );
                }
                return false;
            }
            found.find(name, FindingState::Ok, good);
        }
        true
    }
}

fn judge_reads(answered: &[(&str, Response)], refused: &[(&str, Error)], found: &mut Diagnosis) {
    let names = |products: Vec<&str>| products.join(", ");
    let good = names(answered.iter().map(|(product, _)| *product).collect());
    let Some((product, error)) = refused.first() else {
        match answered.is_empty() {
            true => found.find("call", FindingState::Skipped, "there is nothing harmless to read"),
            false => found.find("call", FindingState::Ok, format!("{good} can be read")),
        }
        return;
    };
    let said = format!("{product}: {}", error.message());
    if !answered.is_empty() {
        let message = format!(
            "{good} can be read; {} cannot ({said})",
            names(refused.iter().map(|(product, _)| *product).collect())
        );
        return found.set("call", FindingState::Warning, message, error.advice().map(str::to_owned));
    }
    found.failed(
        "call",
        error,
        match error.status() {
            Some(_) => "Check the credential's role, and whether it is limited to other IP addresses.",
            None => "Check the network: the token was good, but no answer came.",
        },
    );
}

fn compare_clocks(answer: &Response, found: &mut Diagnosis) {
    let Some(theirs) = answer.header("date").and_then(|date| httpdate::parse_http_date(&date).ok()) else {
        return found.find("clock", FindingState::Skipped, "the server does not say what time it has");
    };
    let ours = SystemTime::now();
    let (differ, how) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if differ < CLOCK_MAY_DIFFER {
        return found.find("clock", FindingState::Ok, "less than a minute from the server's");
    }
    let message = format!("this machine's is {} s {how} the server's", differ.as_secs());
    let hint = "Set it, by NTP. Certificates are judged by it, and programs ask for the wrong times.";
    found.set("clock", FindingState::Warning, message, Some(hint.to_owned()));
}

/// How the language bindings ask for [`Client::doctor`]: as for an operation, whose answer is [`Diagnosis::to_json`].
#[cfg(feature = "embed")]
pub(crate) static OPERATION: crate::Operation = crate::Operation {
    id: "doctor",
    method: "GET",
    path: "/",
    routes: &[],
    summary: "Looks for what stands between the client and Druva.",
    params: &[],
    form: false,
    answer: crate::Answer::Json(crate::Type::Json),
    pages: None,
    waiter: None,
    retry: crate::Retry::Safe,
    realm: Realm::Cloud,
    clouds: &Cloud::ALL,
    documents: &[],
    deprecated: None,
};
