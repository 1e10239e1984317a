//! A Redis that does everything wrong, and quotes what it was told.

use std::io::{Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Listens for the rest of the process, each connection with the next answer.
pub(super) fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().flatten().enumerate() {
            // A client that goes away is no news.
            let _ = answer(turn, stream);
        }
    });
    Ok(address)
}

fn answer(turn: usize, mut stream: TcpStream) -> Result<()> {
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer)?;
    let said = String::from_utf8_lossy(&buffer[..length]).split_whitespace().rev().collect::<Vec<_>>().join(" ");
    let reply = match turn % super::proxy::ANSWERS {
        0 => format!("-ERR invalid password {said}\r\n"),
        1 => format!("-{said}\r\n"),
        2 => format!("+{said}\r\n-{said}\r\n"),
        3 => format!("{said}\r\n"),
        4 => format!("+OK\r\n${}\r\n{said}\r\n-{said}\r\n", said.len()),
        _ => String::new(),
    };
    stream.write_all(reply.as_bytes())?;
    // Until the client has said all: closing earlier could lose the answer.
    stream.shutdown(std::net::Shutdown::Write)?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
}
