//! A proxy that does everything wrong, and quotes what it was told.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// How often to ask for each of its answers to have been given.
pub const ANSWERS: usize = 6;

/// Listens for the rest of the process, each connection with the next answer.
///
/// # Errors
/// No port on loopback.
pub fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().flatten().enumerate() {
            // A client that goes away is no news.
            let _ = answer(turn % ANSWERS, stream);
        }
    });
    Ok(address)
}

fn answer(turn: usize, mut stream: TcpStream) -> Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => break,
            count => head.extend_from_slice(&buffer[..count]),
        }
    }
    let head = String::from_utf8_lossy(&head);
    let said = head.lines().find(|line| line.to_ascii_lowercase().starts_with("proxy-auth")).unwrap_or_default();
    let reply = match turn {
        0 => format!(
            "HTTP/1.1 407 no {said}\r\nproxy-authenticate: Basic realm=\"{said}\"\r\ncontent-length: {}\r\n\r\n{said}",
            said.len()
        ),
        1 => format!("HTTP/1.1 502 {said}\r\ncontent-length: 0\r\n\r\n"),
        2 => format!("HTTP/1.1 302 {said}\r\nlocation: http://{said}\r\n\r\n"),
        3 => format!("{said}\r\n\r\n"),
        4 => format!("HTTP/1.1 200 Connected\r\n\r\n{said} and no TLS"),
        _ => String::new(),
    };
    stream.write_all(reply.as_bytes())
}
