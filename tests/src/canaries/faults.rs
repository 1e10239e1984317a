//! What goes wrong while canaries are about: above all, servers that quote what they were sent.

use super::planted;
use super::search::Form;
use serde_json::{Value, json};

/// Something that goes wrong with one request or several.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The name in reports.
    pub name: String,
    /// The emulator's command, but for the operation; none for no fault.
    pub command: Option<Value>,
    /// Seconds that the caller has; only where that is the fault.
    pub timeout: Option<f64>,
}

impl Fault {
    fn new(name: impl Into<String>, command: Value) -> Fault {
        Fault { name: name.into(), command: Some(command), timeout: None }
    }
}

/// What a cloud is shown.
fn credential(cloud: &str) -> &'static str {
    if cloud == "cloudranger" { planted::API_KEY } else { planted::CLIENT_SECRET }
}

/// Everything of a request that a server could quote, and the credential in every form.
fn quotation(credential: &str) -> String {
    let credential = planted::text(credential);
    // Bytes with blanks between are how languages print them; no server writes so.
    let forms = Form::ALL.iter().filter(|form| !form.write(b"ab").contains(' '));
    let forms: Vec<String> = forms.map(|form| form.write(credential.as_bytes())).collect();
    let sent = "{authorization}, {credentials}, {pair}, {x-api-key}, {target}, {body}";
    format!("{sent}, {}", forms.join(", "))
}

fn broken() -> Vec<Fault> {
    vec![
        Fault::new("no answer", json!({"drop": "before"})),
        Fault::new("no answer after it was done", json!({"drop": "after"})),
        Fault::new("half a head", json!({"drop": "headers"})),
        Fault::new("half a body", json!({"drop": "body"})),
        Fault::new("ten bytes of a body", json!({"truncate": 10})),
        Fault::new("garbage", json!({"garbage": true})),
        Fault { timeout: Some(0.04), ..Fault::new("an answer that comes too late", json!({"delay": 0.2})) },
    ]
}

/// Servers that quote what they were sent with that credential.
pub fn quoting(credential: &str) -> Vec<Fault> {
    quoted(&quotation(credential))
}

fn quoted(said: &str) -> Vec<Fault> {
    let html = format!("<html><body><h1>Error</h1><pre>{said}</pre></body></html>");
    // Not 429: its body is read like the others', but the client would then take turns of up to a second.
    let mut faults: Vec<Fault> = [400, 401, 403, 404, 409, 413, 418, 422, 500, 502, 503, 504]
        .into_iter()
        .map(|status| {
            let envelope = match status % 3 {
                0 => json!({"message": said, "code": "{credentials}", "retryable": false}),
                1 => json!({"error": "{pair}{credentials}", "error_description": said}),
                _ => json!({"errorCode": "{x-api-key}", "message": said, "data": {"deep": [said]}}),
            };
            let command = json!({"status": status, "body": envelope, "headers": {"retry-after": "0"}, "count": null});
            Fault::new(format!("{status} that quotes"), command)
        })
        .collect();
    faults.extend([400, 403, 407, 502].map(|status| {
        let command = json!({"status": status, "body": html, "headers": {"content-type": "text/html"}, "count": null});
        Fault::new(format!("{status} in HTML that quotes"), command)
    }));
    // Where a message of 500 characters ends in the middle of what is quoted.
    faults.extend((0..3).map(|at| {
        let said = format!("{}{{credentials}} {{x-api-key}} {{pair}}", ".".repeat(440 + 12 * at));
        Fault::new(format!("a long message that quotes, cut {at}"), json!({"status": 400, "body": {"message": said}}))
    }));
    faults.push(Fault::new("one 401 that quotes", json!({"status": 401, "body": {"message": said}})));
    faults
}

/// What happens to calls.
pub fn of_calls(cloud: &str) -> Vec<Fault> {
    let said = quotation(credential(cloud));
    let answer = planted::text(planted::ANSWER);
    let broken_answer = planted::text(planted::BROKEN_ANSWER);
    let location = format!("http://127.0.0.1:1/?t={}&q={{credentials}}", planted::text(planted::LOCATION));
    let cookie = format!("session{}; Path=/", planted::text(planted::COOKIE));
    let mut faults = vec![Fault { name: "nothing wrong".to_owned(), command: None, timeout: None }];
    faults.extend(quoted(&said));
    faults.extend(broken());
    faults.extend([
        Fault::new("302", json!({"status": 302, "headers": {"location": location}})),
        Fault::new(
            "a cookie, and headers that quote",
            json!({"headers": {"set-cookie": cookie, "x-seen": "{authorization} {x-api-key}"}}),
        ),
        Fault::new("200 with secrets", json!({"status": 200, "body": {"password": answer, "access_token": answer}})),
        Fault::new("200 with JSON of another kind", json!({"status": 200, "body": [answer, said]})),
        Fault::new(
            "200 in HTML that quotes",
            json!({"status": 200, "body": format!("<html>{said} {broken_answer}</html>")}),
        ),
        Fault::new(
            "200 with half an object",
            json!({"status": 200, "body": format!("{{\"{broken_answer}\":\"{said}")}),
        ),
        Fault::new(
            "200 with JSON that has a tail",
            json!({"status": 200, "body": format!("{{}} {broken_answer} {said}")}),
        ),
        Fault::new("200 with nothing", json!({"status": 200})),
    ]);
    faults
}

/// What happens to requests for tokens.
pub fn of_tokens(cloud: &str) -> Vec<Fault> {
    let said = quotation(credential(cloud));
    let unusable = planted::text(planted::UNUSABLE_TOKEN);
    let mut faults = quoted(&said);
    faults.extend(broken());
    faults.extend([
        Fault::new("a token that no header can carry", json!({"status": 200, "body": {"access_token": unusable, "token": unusable, "expires_in": 1800}})),
        Fault::new("a token in another member", json!({"status": 200, "body": {"id_token": unusable, "said": said}})),
        Fault::new("a life that is no number", json!({"status": 200, "body": {"access_token": "x", "token": "x", "expires_in": unusable}})),
        Fault::new("a token that is no JSON", json!({"status": 200, "body": format!("access_token={unusable}&said={said}")})),
        Fault::new("302 of the token endpoint", json!({"status": 302, "headers": {"location": format!("http://127.0.0.1:1/?t={}", planted::text(planted::LOCATION))}})),
    ]);
    faults
}
