//! The faults, as commands of the emulator.

use super::cells::Place;
use serde_json::{Value, json};

/// Something that goes wrong with an answer.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its row in the table.
    pub name: &'static str,
    /// The emulator's command, but for the operation and the count.
    pub command: Value,
    /// Where it can happen.
    pub places: &'static [Place],
    /// Whether the answer is a success of other content, which a client need not see through.
    pub other_data: bool,
}

fn everywhere(name: &'static str, command: Value) -> Fault {
    Fault { name, command, places: &Place::ALL, other_data: false }
}

/// An answer of status 200 that is not what was asked for.
fn odd(name: &'static str, body: Value, places: &'static [Place]) -> Fault {
    Fault { name, command: json!({"status": 200, "body": body}), places, other_data: true }
}

fn html(name: &'static str, status: u16) -> Fault {
    let body = "<html><body><h1>Error</h1></body></html>";
    everywhere(name, json!({"status": status, "body": body, "headers": {"content-type": "text/html"}}))
}

fn said(name: &'static str, status: u16, message: &str) -> Fault {
    everywhere(name, json!({"status": status, "body": {"message": message}}))
}

fn limited(name: &'static str, wish: &str) -> Fault {
    everywhere(name, json!({"status": 429, "body": {"message": "slow down"}, "headers": {"retry-after": wish}}))
}

fn raw(name: &'static str, bytes: &str) -> Fault {
    everywhere(name, json!({ "raw": bytes }))
}

/// All of them, in the order of the table.
pub fn all() -> Vec<Fault> {
    let deny = "User is not authorized to access this resource with an explicit deny";
    let many: String = (0..200).map(|at| format!("x-{at}: 1\r\n")).collect();
    let pages = &[Place::First, Place::Middle, Place::Last];
    let mut faults = vec![
        everywhere("nothing wrong", json!({})),
        everywhere("connection reset", json!({"drop": "reset"})),
        everywhere("closed without an answer", json!({"drop": "before"})),
        everywhere("done, closed without an answer", json!({"drop": "after"})),
        everywhere("closed in the head", json!({"drop": "headers"})),
        everywhere("closed in the body", json!({"drop": "body"})),
        everywhere("garbage", json!({"garbage": true})),
        everywhere("one byte at a time", json!({"drip": true})),
        everywhere("no answer in time", json!({"delay": 20.0})),
        everywhere("answered, closed late", json!({"linger": 20.0, "headers": {"connection": "close"}})),
        everywhere("answered, then deaf", json!({"linger": 20.0})),
        everywhere("no length, closed at once", json!({"unsized_body": true})),
        everywhere("no length, closed after 0.05 s", json!({"unsized_body": true, "linger": 0.05})),
        everywhere("no length, closed late", json!({"unsized_body": true, "linger": 20.0})),
        raw("chunk of no length", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        raw("chunks that end early", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{\"a\""),
        raw(
            "truncated gzip, unasked",
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 40\r\n\r\n\u{1f}\u{8b}\u{8}\u{0}",
        ),
        raw("content-length too long", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}"),
        raw("content-length no number", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}"),
        raw("two content-lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
        raw("only interim answers", &"HTTP/1.1 102 Processing\r\n\r\n".repeat(50)),
        raw("200 headers", &format!("HTTP/1.1 200 OK\r\n{many}content-length: 2\r\n\r\n{{}}")),
        raw("a header of 1 MiB", &format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1 << 20))),
        raw("503 as HTTP/1.0", "HTTP/1.0 503 Busy\r\n\r\nbusy"),
        raw("status of no meaning", "HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n"),
        said("400", 400, "wrong"),
        said("401", 401, "Unauthorized"),
        said("403, not allowed", 403, "Forbidden"),
        said("403, explicit deny", 403, deny),
        said("403, no such path", 403, "Missing Authentication Token"),
        said("404", 404, "not found"),
        said("408", 408, "request timeout"),
        said("409", 409, "conflict"),
        said("413", 413, "too large"),
        said("425", 425, "too early"),
        said("429", 429, "slow down"),
        limited("429, after 0.05 s", "0.05"),
        limited("429, after a date that is over", "Wed, 21 Oct 2015 07:28:00 GMT"),
        limited("429, after 3000 years", "99999999999"),
        limited("429, after garbage", "soon"),
        limited("429, after less than nothing", "-5"),
        limited("429, after a date far ahead", "Tue, 31 Dec 2999 23:59:59 GMT"),
        limited("429, after more than a number holds", "99999999999999999999999"),
        said("500", 500, "oops"),
        everywhere("500, retryable", json!({"status": 500, "body": {"message": "oops", "retryable": true}})),
        everywhere("500, not retryable", json!({"status": 500, "body": {"message": "oops", "retryable": false}})),
        everywhere("500, done", json!({"status": 500, "body": {"message": "oops"}, "apply": true})),
        said("502", 502, "bad gateway"),
        html("502 in HTML", 502),
        said("503", 503, "busy"),
        html("503 in HTML", 503),
        said("504", 504, "timeout"),
        html("504 in HTML", 504),
        said("501", 501, "not implemented"),
        everywhere("redirect to another host", json!({"status": 302, "headers": {"location": "http://127.0.0.2:1/"}})),
        everywhere("redirect to itself", json!({"status": 307, "headers": {"location": "/"}})),
        raw("200 as HTTP/1.0, half of it", "HTTP/1.0 200 OK\r\ncontent-length: 40\r\n\r\n{"),
        html("200 in HTML", 200),
        odd("200 in HTML, said to be text", json!("<html>welcome</html>"), &Place::ALL),
        odd("200 with half an object", json!("{\"a\": "), &Place::ALL),
        odd("200 with a JSON list", json!([1]), &Place::ALL),
        odd("200 with null", Value::Null, &Place::ALL),
        odd("200 with an empty text", json!(""), &Place::ALL),
        odd("page whose rows are no list", json!({"devices": 7, "nextPageToken": ""}), pages),
        odd("page without anything of a page", json!({"access_token": "x", "expires_in": 1}), pages),
        odd("page token that is a list", json!({"devices": [], "nextPageToken": [1]}), pages),
        odd("no token in it", json!({"expires_in": 1800}), &[Place::Token]),
        odd("token that is a number", json!({"access_token": 7, "expires_in": 1800}), &[Place::Token]),
        odd("token that no header can carry", json!({"access_token": "a\nb", "expires_in": 1800}), &[Place::Token]),
        odd("life that is a word", json!({"access_token": "x", "expires_in": "long"}), &[Place::Token]),
    ];
    faults.push(Fault {
        name: "page token that has expired",
        command: json!({"status": 400, "body": {"message": "Invalid pageToken", "retryable": false}}),
        places: pages,
        other_data: false,
    });
    faults
}
