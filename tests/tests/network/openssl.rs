//! What rustls and rcgen refuse to do wrong, `openssl` does.

use super::authority::Issuer;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) fn installed() -> bool {
    Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn run(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A private key in PEM.
pub(crate) fn rsa(folder: &Path) -> String {
    run(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    std::fs::read_to_string(folder.join("rsa.pem")).unwrap()
}

/// A server for `localhost` that writes down what it receives.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// `key` and `digest` as `openssl req` knows them, `options` as `openssl s_server` does.
    pub(crate) fn start(folder: &Path, root: &Issuer, key: &str, digest: &str, options: &str) -> Server {
        std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
        std::fs::write(folder.join("root.key"), root.key().serialize_pem()).unwrap();
        run(
            folder,
            &format!(
                "req -x509 -newkey {key} -{digest} -nodes -days 2 -subj /CN=localhost -CA root.pem -CAkey root.key \
                 -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE -keyout key.pem -out leaf.pem"
            ),
        );
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-cert", "leaf.pem", "-key", "key.pem", "-accept", &address.to_string()])
            .args(options.split(' '))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Server { child, address }
    }

    /// Ends it and says what it has received.
    pub(crate) fn heard(mut self) -> String {
        self.child.kill().unwrap();
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing is harmless when it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
