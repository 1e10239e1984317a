//! Sockets: reads requests, writes answers, and breaks them off where a fault says so.
//!
//! Written by hand over the socket, because an HTTP library would not let a fault end an answer in the middle of its head.

use crate::faults::Wound;
use crate::http::{Reply, Request};
use crate::state::{Exchange, State};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MAX_BODY: usize = 64 << 20;

/// Accepts connections until it is dropped.
pub(crate) async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    // A client that goes away is no news.
                    let _ = converse(stream, state).await;
                });
            }
            // Out of file descriptors: a moment later there may be some again.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(mut stream: TcpStream, state: Arc<Mutex<State>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    while let Some(request) = read(&mut stream, &mut buffer).await? {
        let exchange = state.lock().unwrap_or_else(PoisonError::into_inner).serve(&request);
        let last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let go_on = answer(&mut stream, exchange).await?;
        if last || !go_on {
            break;
        }
    }
    stream.shutdown().await
}

/// Writes an answer; `false` when the connection ends with it.
async fn answer(stream: &mut TcpStream, exchange: Exchange) -> io::Result<bool> {
    let Exchange { reply, delay, wound, linger } = exchange;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let head = reply.head(wound != Wound::Unsized);
    let Reply { body, .. } = reply;
    let (bytes, go_on) = match wound {
        Wound::None => ([head, body].concat(), true),
        Wound::Silence => (Vec::new(), false),
        Wound::Head => (head[..head.len() / 2].to_vec(), false),
        Wound::Body(kept) => {
            let kept = kept.unwrap_or(body.len() / 2).min(body.len());
            ([&head, &body[..kept]].concat(), false)
        }
        Wound::Reset => {
            stream.set_zero_linger()?;
            // Without a shutdown before it, closing resets.
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Wound::Raw(bytes) => (bytes, false),
        Wound::Unsized => ([head, body].concat(), false),
        Wound::Drip => {
            for byte in [head, body].concat() {
                stream.write_all(&[byte]).await?;
                tokio::task::yield_now().await;
            }
            (Vec::new(), true)
        }
        Wound::Garbage => (b"\x16\x03\x01\x00\xff\x00 this is not HTTP\r\n\xfe\xfd\r\n\r\n".to_vec(), false),
    };
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    if !linger.is_zero() {
        // Until the client goes away, or for so long.
        let _ = tokio::time::timeout(linger, tokio::io::copy(stream, &mut tokio::io::sink())).await;
        return Ok(false);
    }
    Ok(go_on)
}

/// Reads one request; `None` when the client has closed the connection.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let (mut request, head_length) = loop {
        if let Some(head) = parse_head(buffer)? {
            break head;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    buffer.drain(..head_length);
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    if request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        read_chunks(stream, buffer, &mut request.body).await?;
    } else {
        let length =
            request.header("content-length").map_or(Ok(0), str::parse).map_err(|_| invalid("content-length"))?;
        request.body = take(stream, buffer, length).await?;
    }
    Ok(Some(request))
}

fn parse_head(buffer: &[u8]) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(buffer).map_err(|_| invalid("head"))? {
        httparse::Status::Partial => Ok(None),
        httparse::Status::Complete(length) => {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            let mut request = Request {
                method: parsed.method.unwrap_or("").to_owned(),
                headers: parsed
                    .headers
                    .iter()
                    .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
                    .collect(),
                ..Request::default()
            };
            request.set_target(parsed.path.unwrap_or("/"));
            Ok(Some((request, length)))
        }
    }
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let (length, size) = loop {
            match httparse::parse_chunk_size(buffer).map_err(|_| invalid("chunk"))? {
                httparse::Status::Complete(found) => break found,
                httparse::Status::Partial if stream.read_buf(buffer).await? == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                httparse::Status::Partial => {}
            }
        };
        buffer.drain(..length);
        let size = usize::try_from(size).map_err(|_| invalid("chunk"))?;
        body.extend(take(stream, buffer, size).await?);
        take(stream, buffer, 2).await?;
        if size == 0 {
            return Ok(());
        }
        if body.len() > MAX_BODY {
            return Err(invalid("body"));
        }
    }
}

async fn take(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(invalid("body"));
    }
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unusable {what} of a request"))
}
