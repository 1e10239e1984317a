//! A small Druva: tokens, one list, one write.

use crate::world::{LIFE, World};
use druva::simulation::wall;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

/// The list: so many pages of so many devices.
pub(crate) const PAGES: u64 = 3;
pub(crate) const ROWS: u64 = 4;

/// Serves a connection until it ends, or the server of this number crashes.
pub(crate) async fn converse(world: World, host: usize, number: u64, mut stream: DuplexStream) {
    let mut buffer = Vec::new();
    while let Ok(Some(request)) = read(&mut stream, &mut buffer).await {
        world.pass(20).await;
        if world.lock().hosts[host].weather.number != number {
            return;
        }
        if world.strikes(40) {
            world.note(format_args!("{host} says nothing"));
            return std::future::pending().await;
        }
        let (status, body) = answer(&world, host, &request);
        world.note(format_args!("{host} {} {status}", request.lines().next().unwrap_or_default()));
        let again = if status == 429 { wish(&world, host, &request) } else { String::new() };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\n{again}content-length: {length}\r\n\r\n{body}"
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Asks to wait, in seconds or until a date.
fn wish(world: &World, host: usize, head: &str) -> String {
    let wait = Duration::from_secs(world.number(6));
    let (wait, text) = match world.number(2) {
        0 => (wait, wait.as_secs().to_string()),
        _ => {
            // A date has whole seconds.
            let (wall, text) = (wall(), httpdate::fmt_http_date(wall() + wait));
            let date = httpdate::parse_http_date(&text).unwrap_or(wall);
            (date.duration_since(wall).unwrap_or_default(), text)
        }
    };
    if let Some(id) = written(head) {
        world.lock().hosts[host].wishes.insert(id, Instant::now() + wait);
    }
    format!("retry-after: {text}\r\n")
}

/// What a request writes.
fn written(head: &str) -> Option<u64> {
    let path = head.split(' ').nth(1)?.strip_suffix("/decommission")?;
    path.rsplit('/').next()?.parse().ok()
}

/// Reads one request; `None` when there are no more.
async fn read(stream: &mut DuplexStream, buffer: &mut Vec<u8>) -> io::Result<Option<String>> {
    loop {
        let text = String::from_utf8_lossy(buffer).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if rest.len() >= length {
                buffer.drain(..head.len() + 4 + length);
                return Ok(Some(head.to_owned()));
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn answer(world: &World, host: usize, head: &str) -> (u16, String) {
    let written = written(head);
    let wished = written.and_then(|id| world.lock().hosts[host].wishes.remove(&id));
    if wished.is_some_and(|time| Instant::now() < time) {
        world.broken(format_args!("write {written:?} came again before its time"));
    }
    if world.strikes(25) {
        return ([429, 500, 503][world.number(3) as usize], "{}".into());
    }
    let now = Instant::now();
    let target = head.split(' ').nth(1).unwrap_or_default();
    if target == "/token" {
        let mut state = world.lock();
        let at = &mut state.hosts[host];
        at.minted += 1;
        let token = format!("token-{host}-{}", at.minted);
        at.tokens.insert(token.clone(), now + LIFE);
        return (200, format!(r#"{{"access_token":"{token}","expires_in":{}}}"#, LIFE.as_secs()));
    }
    let token = header(head, "authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let mut state = world.lock();
    let at = &mut state.hosts[host];
    if at.tokens.get(token).is_none_or(|end| *end < now) {
        at.refused = Some(now);
        return (401, "{}".into());
    }
    if let Some(id) = written {
        *at.written.entry(id).or_default() += 1;
        drop(state);
        // It was done, and then something failed.
        return (if world.strikes(20) { 500 } else { 200 }, "{}".into());
    }
    let page: u64 = target.split_once("pageToken=").and_then(|(_, page)| page.parse().ok()).unwrap_or(0);
    let rows: Vec<_> = (0..ROWS).map(|row| format!(r#"{{"deviceID":{}}}"#, page * ROWS + row)).collect();
    let next = if page + 1 < PAGES { format!(r#""{}""#, page + 1) } else { "null".into() };
    (200, format!(r#"{{"devices":[{}],"nextPageToken":{next}}}"#, rows.join(",")))
}

/// So long that whatever was under way is over, and every token too.
pub(crate) const QUIET: Duration = Duration::from_secs(200);
