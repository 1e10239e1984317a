//! `druva-seeds`: what the emulator answers and what callers write, as the seeds of the fuzzers.

use base64::Engine as _;
use druva::{Call, Client, Cursor, Operation, Paging};
use druva_conformance::languages::repository;
use druva_conformance::server::Server;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

/// Texts that no server answers, and that have few forms: `door/name`, and what is in it.
const WRITTEN: &[(&str, &str)] = &[
    ("retry_after/seconds", "120"),
    ("retry_after/fraction", "1.5"),
    ("retry_after/date", "Fri, 31 Dec 2100 23:59:59 GMT"),
    ("retry_after/long", "99999999999999999999999"),
    (
        "options/pair",
        "{\"client_id\":\"id/+=\",\"client_secret\":\"a+/=\",\"cloud\":\"gov\",\"timeout\":30,\"max_attempts\":\"5\"}\0",
    ),
    (
        "options/profile",
        "{\"profile\":\"two\",\"proxy\":null}\0[default]\nclient_id = \"id\"\n[two]\nclient_id = \"two\"\nclient_secret_file = \"secret\"\nbackoff = 0.5\n",
    ),
    (
        "options/base_url",
        "{\"client_secret_command\":\"pass druva\",\"base_url\":\"https://gateway.example:8443/druva/\",\"user_agent\":\"ours/1\"}\0",
    ),
    (
        "options/redis",
        "{\"client_secret_command\":\"pass\",\"token_store\":\"redis://user:p%2Fw@[::1]:6380/2\",\"max_retry_after\":1e1}\0",
    ),
    ("options/key", "{\"api_key\":\"k\",\"cloud\":\"cloudranger\",\"base_url\":\"http://127.0.0.1:9\"}\0"),
    ("proxy/password", "http://user:p%40ss@proxy.example:3128\0.internal,10.0.0.0/8, localhost\0apis.druva.com"),
    (
        "c_options/pair",
        "{\"client_id\":\"id/+=\",\"client_secret\":\"a+/=\",\"cloud\":\"gov\",\"timeout\":30,\"proxy\":\"http://u:p@proxy:3128\"}",
    ),
    ("c_options/key", "{\"api_key\":\"k\",\"cloud\":\"cloudranger\",\"max_attempts\":\"5\",\"user_agent\":\"ours/1\"}"),
    ("proxy/none", "http://[::1]:3128\0*\0apis.druva.com"),
    ("proxy/address", "http://proxy\0fe80::/10,192.168.1.7\x00192.168.1.7:8443"),
    ("redis/answers", "+OK\r\n:1\r\n$-1\r\n$5\r\nab\r\nc\r\n-ERR no\r\n"),
    ("redis/empty", "$0\r\n\r\n+\r\n"),
    (
        "redact/token",
        "tok+en/\"<1\\234>==\0got Bearer tok%2Ben%2f%22%3C1%5c234%3e%3D%3D, sorry tok+en/\\\"\\u003c1&#92;",
    ),
    ("redact/hex", "secret-of-many\x007365637265742d6f662d6d616e79 c2VjcmV0LW9mLW1hbnk="),
    ("credential/alone", " the secret\n"),
    ("credential/pair", "{\"client_id\":\"id\",\"client_secret\":\"a+/=\"}"),
    ("credential/key", "{\"api_key\":\"key\",\"client_secret\":null}"),
    (
        "json/escapes",
        "[\"\\u00e9\\ud83d\\ude00\\\\\\\"\\/\",-0,1.50,1e400,123456789012345678901234567890,\"12\",\" 7 \",[],{}]",
    ),
    ("json/lone", "[\"\\ud800\"]"),
];

fn main() -> ExitCode {
    druva_conformance::ended("druva-seeds", run().map(|()| true))
}

fn run() -> Result<(), String> {
    for (name, text) in WRITTEN {
        write(name, text.as_bytes())?;
    }
    write("json/tower", "[".repeat(2_000).as_bytes())?;
    let header = b"Bearer a+/=";
    // One of the year 2100 is not believed, one of 1970 is over, unless it lives long.
    for (name, minted, life) in
        [("early", 4_102_444_800_000_u64, 1_800_000_u64), ("old", 0, 1_800_000), ("long", 1, u64::MAX)]
    {
        write(&format!("stored/{name}"), &[&minted.to_be_bytes()[..], &life.to_be_bytes(), &[0], header].concat())?;
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(answers())
}

/// Tokens, pages of each family, errors of each product, and arguments of each shape.
async fn answers() -> Result<(), String> {
    let options = json!({"devices": 5, "page_size": 2});
    let server = Server::start(options.as_object().cloned().unwrap_or_default())?;
    write("token/cloud", &token(&server)?)?;
    write("token/text", br#"{"access_token":"a+/=","token_type":"Bearer","expires_in":"1799.5"}"#)?;
    let text = |error: druva::Error| error.to_string();
    let client =
        Client::builder().base_url(server.url()).client_id(server.client_id()).client_secret(server.client_secret());
    let client = client.max_attempts(1).build().map_err(text)?;
    let (mut families, mut shapes, mut products) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for operation in druva::api::operations() {
        if shapes.insert(shape(operation)) {
            let arguments = server.control(&json!({"do": "example", "operation": operation.id, "all": true}))?;
            let seed = format!("{}\n{arguments}", operation.id);
            write(&format!("arguments/{}", operation.id), seed.as_bytes())?;
            let seed = [&30_f64.to_le_bytes(), seed.as_bytes()].concat();
            write(&format!("c_call/{}", operation.id), &seed)?;
        }
        if !operation.clouds.contains(&client.cloud()) {
            continue;
        }
        if operation.pages.is_some_and(|pages| families.insert(family(pages))) {
            let mut arguments = server.control(&json!({"do": "example", "operation": operation.id}))?;
            if let Some(Paging { cursor: Cursor::Number { size, .. } | Cursor::Offset { size, .. }, .. }) =
                operation.pages
            {
                arguments[size] = json!(2);
            }
            let arguments = arguments.to_string();
            let mut seed = format!("{}\n{arguments}", operation.id).into_bytes();
            let mut pages =
                client.pages(Call::new(operation).args(arguments.as_bytes()).map_err(text)?).map_err(text)?;
            let mut count = 0;
            while let Some(page) = pages.next().await.map_err(text)?.filter(|_| count < 3) {
                count += 1;
                seed.extend([b"\n", &*page.body].concat());
                if count == 1 {
                    write(&format!("json/{}", operation.id), &page.body)?;
                    write(&format!("c_document/{}", operation.id), &page.body)?;
                }
            }
            write(&format!("pages/{}", operation.id), &seed)?;
        }
        // Something that is not there.
        let path = operation.params.iter().any(|param| param.place == druva::Place::Path);
        if path && operation.method == "GET" && !products.contains(operation.product()) {
            let mut arguments = server.control(&json!({"do": "example", "operation": operation.id}))?;
            for value in arguments.as_object_mut().map(Map::values_mut).into_iter().flatten() {
                *value = if value.is_number() { json!(999_999_999) } else { Value::from("nothing") };
            }
            let call = Call::new(operation).args(arguments.to_string().as_bytes()).map_err(text)?;
            if let Err(error) = client.execute(&call).await
                && let (Some(status), Some(body)) = (error.status(), error.body())
            {
                products.insert(operation.product());
                let status = u8::try_from(status - 300).map_err(|error| error.to_string())?;
                write(&format!("answer/{}", operation.product()), &[&[status], &body[..]].concat())?;
            }
        }
    }
    Ok(())
}

/// The body of a token's answer, which no client shows.
fn token(server: &Server) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let host = server.url().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).map_err(failed)?;
    let pair = format!("{}:{}", server.client_id(), server.client_secret());
    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
    let body = "grant_type=client_credentials&scope=read";
    let length = body.len();
    write!(
        stream,
        "POST /token HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {pair}\r\nconnection: close\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.as_bytes().to_vec()).ok_or_else(|| "no answer".to_owned())
}

/// What makes lists go on differently.
fn family(pages: Paging) -> String {
    match pages.cursor {
        Cursor::Token { .. } => "token".to_owned(),
        Cursor::Tracker { more, .. } => format!("tracker {}", more.is_some()),
        Cursor::Number { .. } => "number".to_owned(),
        Cursor::Offset { total, pages, .. } => format!("offset {} {pages}", total.is_some()),
        _ => "other".to_owned(),
    }
}

/// What makes arguments travel differently.
fn shape(operation: &Operation) -> BTreeSet<String> {
    let params = operation.params.iter();
    params.map(|param| format!("{:?} {:?} {}", param.place, param.list, param.write.is_some())).collect()
}

fn write(name: &str, seed: &[u8]) -> Result<(), String> {
    let path = repository().join("fuzz/seeds").join(name);
    let folder = path.parent().map_or_else(|| Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(&path, seed)).map_err(|error| format!("{}: {error}", path.display()))
}
