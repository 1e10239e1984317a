//! A server with TLS that wants a certificate of its clients: `openssl`, where that is installed.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server. Dropping it ends the process.
pub(super) struct Tls {
    child: Child,
    /// `https://localhost:port`: no proxy is asked for it.
    pub(super) url: String,
    /// Its certificate, also the client's.
    pub(super) certificate: PathBuf,
    /// The key of both.
    pub(super) key: PathBuf,
}

impl Tls {
    /// Starts it with a key and a certificate made in that folder; `None` without `openssl`.
    pub(super) fn start(folder: &Path) -> std::io::Result<Option<Tls>> {
        let (certificate, key) = (folder.join("tls.pem"), folder.join("tls-key.pem"));
        let mut request = Command::new("openssl");
        request.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(' '));
        request
            .args("-subj /CN=canary -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE".split(' '));
        request.arg("-keyout").arg(&key).arg("-out").arg(&certificate).stdout(Stdio::null()).stderr(Stdio::null());
        if !request.status().is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut server = Command::new("openssl");
        server.args(["s_server", "-quiet", "-www", "-Verify", "1", "-accept", &address.to_string()]);
        server.arg("-cert").arg(&certificate).arg("-key").arg(&key).arg("-CAfile").arg(&certificate);
        let child = server.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        for _ in 0..200 {
            if TcpStream::connect(address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(Tls { child, url: format!("https://localhost:{}", address.port()), certificate, key }))
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        // Killing is harmless when it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
