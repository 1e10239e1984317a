//! Through a proxy, and past it.

use super::authority::{leaf, root};
use super::servers::{Proxy, Server, settings};
use super::{client, emulator, read};
use druva::{Applied, Error};
use druva_conformance::counterparts::left_out;
use druva_conformance::languages;
use druva_conformance::runner::Runner;
use druva_emulator::Emulator;
use rustls::ALL_VERSIONS;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Druva behind TLS, with a certificate for these names.
async fn druva(emulator: &Emulator, folder: &Path) -> (Server, PathBuf) {
    let root = root("root");
    let ca_file = folder.join("trusted.pem");
    std::fs::write(&ca_file, root.pem()).unwrap();
    let identity = leaf(&root, &["localhost", "127.0.0.1", "api.druva.test"], |_| ());
    (Server::start(settings(&identity, ALL_VERSIONS, None), &emulator.url()).await, ca_file)
}

struct Tinyproxy {
    child: Child,
    address: SocketAddr,
}

impl Tinyproxy {
    /// `None` where it is not installed.
    fn start(folder: &Path) -> Option<Tinyproxy> {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = format!(
            "Port {}\nListen 127.0.0.1\nTimeout 20\nLogFile \"{}\"\nBasicAuth user p-a-s-s\n",
            address.port(),
            folder.join("tinyproxy.log").display()
        );
        std::fs::write(folder.join("tinyproxy.conf"), text).unwrap();
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(folder.join("tinyproxy.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().ok()?;
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Tinyproxy { child, address })
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        // Killing is harmless when it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain(kind: &str, error: &Error, says: &str) {
    assert_eq!((error.class(), error.may_have_been_applied()), ("ConnectionError", Applied::No), "{kind}: {error}");
    assert!(error.to_string().contains(says), "{kind}: {error}");
    assert!(!format!("{error} {error:?}").contains("p-a-s-s"), "{kind}: {error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tinyproxy_lets_through_who_knows_its_password() {
    let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
    let (server, ca_file) = druva(&emulator, folder.path()).await;
    let Some(proxy) = Tinyproxy::start(folder.path()) else {
        left_out("a real proxy", "tinyproxy").unwrap();
        return;
    };
    let with = |credentials: &str| {
        let client = client(&emulator).base_url(format!("https://localhost:{}", server.address.port()));
        client.ca_file(&ca_file).proxy(format!("http://{credentials}{}", proxy.address)).build().unwrap()
    };
    plain("none", &read(&with("")).await.unwrap_err(), "407");
    plain("wrong", &read(&with("user:p-a-s-s-no@")).await.unwrap_err(), "did not open a tunnel");
    assert_eq!(server.heard(), 0);
    read(&with("user:p-a-s-s@")).await.unwrap();
    assert!(server.heard() > 0);
}

#[tokio::test]
async fn a_proxy_that_does_not_work_is_an_error_in_time() {
    let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
    let (server, ca_file) = druva(&emulator, folder.path()).await;
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (kind, address, says) in [
        ("away", away, "refused"),
        ("garbage", Proxy::answering(b"\x16\x03\x01 what?\r\n\r\n").await.address, "did not open a tunnel"),
        ("an error page", Proxy::answering(b"HTTP/1.1 502 no\r\n\r\n<html>").await.address, "did not open a tunnel"),
        ("no password", Proxy::answering(b"HTTP/1.1 407 no\r\n\r\n").await.address, "407"),
        ("silence", Proxy::silent().await.address, "not connected within 200ms"),
        (
            "no tunnel behind the yes",
            Proxy::answering(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 no\r\n\r\n").await.address,
            "",
        ),
    ] {
        let client = client(&emulator).base_url(format!("https://localhost:{}", server.address.port()));
        let client = client.ca_file(&ca_file).connect_timeout(Duration::from_millis(200));
        let client = client.proxy(format!("http://user:p-a-s-s@{address}")).build().unwrap();
        plain(kind, &read(&client).await.expect_err(kind), says);
    }
    assert_eq!(server.heard(), 0);
}

#[tokio::test]
async fn a_proxy_learns_no_secret_of_druvas() {
    let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
    let (server, ca_file) = druva(&emulator, folder.path()).await;
    let proxy = Proxy::to(server.address).await;
    let client = client(&emulator).base_url("https://api.druva.test").ca_file(&ca_file);
    let client = client.proxy(format!("http://user:p-a-s-s@{}", proxy.address)).build().unwrap();
    read(&client).await.unwrap();
    let heads = proxy.heads();
    assert!(heads.iter().all(|head| head.starts_with("CONNECT api.druva.test:443 HTTP/1.1\r\n")), "{heads:?}");
    let lines: Vec<String> = heads.iter().flat_map(|head| head.lines()).map(str::to_ascii_lowercase).collect();
    assert!(lines.iter().any(|line| line.starts_with("proxy-authorization: basic ")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("authorization") || line.contains("bearer")), "{lines:?}");
}

#[test]
fn a_proxy_that_is_none_is_refused_before_the_network() {
    let rust = [env!("CARGO_BIN_EXE_runner").to_owned()];
    for none in [
        "no url: p-a-s-s",
        "socks5://user:p-a-s-s@127.0.0.1:1080",
        "https://user:p-a-s-s@127.0.0.1:3128",
        "http://user:12/p-a-s-s@127.0.0.1:3128",
        "http://user:12?p-a-s-s@127.0.0.1:3128",
        "http://user:12#p-a-s-s@127.0.0.1:3128",
        "http://user:p-a-s-s@more@127.0.0.1:3128",
        "http://user:p-a-s-s@127.0.0.1:port",
        "http://user:p-a-s-s@:3128",
        "http://user:p-a-s-s@",
        "http://",
        "user:p-a-s-s@127.0.0.1:99999",
    ] {
        for name in ["proxy", "DRUVA_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let mut options = json!({"client_id": "id", "client_secret": "secret", "base_url": "https://localhost:9"});
            let mut environment = json!({});
            match name {
                "proxy" => options[name] = json!(none),
                name => environment[name] = json!(none),
            }
            let home = tempfile::tempdir().unwrap();
            let environment = environment.as_object().unwrap();
            let mut runner = Runner::start(&rust, &languages::repository(), home.path(), environment).unwrap();
            let opened = runner.ask(&json!({"do": "open", "client": "a", "options": options, "show": true})).unwrap();
            assert_eq!(opened["error"]["class"], "ConfigError", "{name} {none}: {opened}");
            let names = if name == "DRUVA_PROXY" { "proxy" } else { name };
            assert!(opened["error"]["message"].as_str().unwrap().contains(names), "{name} {none}: {opened}");
            assert!(!opened.to_string().contains("p-a-s-s"), "{name} {none}: {opened}");
        }
    }
}

/// What one reading comes to in a program of that language with that environment.
fn run(command: &[String], options: &Value, environment: &Value) -> Value {
    let home = tempfile::tempdir().unwrap();
    let mut runner =
        Runner::start(command, &languages::repository(), home.path(), environment.as_object().unwrap()).unwrap();
    let opened = runner.ask(&json!({"do": "open", "client": "a", "options": options})).unwrap();
    assert_eq!(opened, json!({"ok": null}));
    runner.ask(&json!({"do": "call", "client": "a", "operation": "insync.devices.list", "arguments": {}})).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_says_which_proxy_and_for_whom() {
    let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
    let (server, ca_file) = druva(&emulator, folder.path()).await;
    let (proxy, other) = (Proxy::to(server.address).await, Proxy::to(server.address).await);
    let (url, port) = (format!("http://user:p-a-s-s@{}", proxy.address), server.address.port());
    let rust = vec![env!("CARGO_BIN_EXE_runner").to_owned()];
    let by_name = format!("https://localhost:{port}");
    let by_address = format!("https://127.0.0.1:{port}");
    let in_the_clear = emulator.url();
    // Base URL, environment, and: through the proxy, past it, or not at all.
    let table = [
        (&*by_name, json!({}), "past"),
        (&by_name, json!({"HTTPS_PROXY": url}), "through"),
        (&by_name, json!({"https_proxy": url}), "through"),
        (&by_name, json!({"ALL_PROXY": url}), "through"),
        (&by_name, json!({"all_proxy": url}), "through"),
        (&by_name, json!({"HTTP_PROXY": url}), "past"),
        (&by_name, json!({"HTTPS_PROXY": url, "ALL_PROXY": "http://127.0.0.1:1"}), "through"),
        (&by_name, json!({"HTTPS_PROXY": url, "NO_PROXY": "elsewhere.example, localhost"}), "past"),
        (&by_name, json!({"HTTPS_PROXY": url, "no_proxy": "localhost"}), "past"),
        (&by_name, json!({"HTTPS_PROXY": url, "NO_PROXY": "*"}), "past"),
        (&by_name, json!({"HTTPS_PROXY": url, "NO_PROXY": "ocalhost"}), "through"),
        (&by_address, json!({"HTTPS_PROXY": url, "NO_PROXY": "127.0.0.1"}), "past"),
        (&by_address, json!({"HTTPS_PROXY": url, "NO_PROXY": "127.0.0.0/8"}), "past"),
        (&by_address, json!({"HTTPS_PROXY": url, "NO_PROXY": "10.0.0.0/8"}), "through"),
        ("https://api.druva.test", json!({"HTTPS_PROXY": url}), "through"),
        ("https://api.druva.test", json!({"HTTPS_PROXY": url, "NO_PROXY": "druva.test"}), "nowhere"),
        ("https://api.druva.test", json!({"HTTPS_PROXY": url, "NO_PROXY": ".druva.test"}), "nowhere"),
        (&in_the_clear, json!({"HTTP_PROXY": url, "HTTPS_PROXY": url, "ALL_PROXY": url}), "past"),
        (&by_name, json!({"HTTPS_PROXY": format!("user:p-a-s-s@{}/", proxy.address)}), "through"),
        (&by_name, json!({"HTTPS_PROXY": "", "https_proxy": "", "ALL_PROXY": "", "all_proxy": url}), "through"),
        // What cannot be used stands in nobody's way who would not use it.
        (&by_name, json!({"HTTPS_PROXY": "no proxy", "NO_PROXY": "localhost"}), "past"),
        (&by_name, json!({"HTTPS_PROXY": "no proxy", "NO_PROXY": "*"}), "past"),
        (&in_the_clear, json!({"HTTPS_PROXY": "no proxy"}), "past"),
    ];
    for (base_url, environment, way) in table {
        let before = proxy.heads().len();
        let options = json!({
            "client_id": emulator.client_id(), "client_secret": emulator.client_secret(), "base_url": base_url,
            "ca_file": ca_file, "max_attempts": 1,
        });
        let answer = run(&rust, &options, &environment);
        let through = proxy.heads().len() > before;
        let seen = match (answer["ok"]["status"] == 200, through) {
            (true, true) => "through",
            (true, false) => "past",
            (false, false) => "nowhere",
            (false, true) => "failed in the proxy",
        };
        assert_eq!(seen, way, "{base_url} {environment}: {answer}");
        assert!(!answer.to_string().contains("p-a-s-s"), "{answer}");
    }
    // The option goes before the environment, in a binding as well: the core decides.
    let mut programs = vec![rust];
    let loaded = languages::load().unwrap();
    let python = loaded.iter().find(|language| language.name == "python").unwrap();
    let mut import = Command::new(languages::repository().join(&python.runner[0]));
    import.args(["-c", "import druva"]).stderr(Stdio::null());
    if import.status().is_ok_and(|status| status.success()) {
        programs.push(python.runner.clone());
    } else {
        left_out("proxy and ca_file through Python", "its package").unwrap();
    }
    for program in programs {
        let before = (proxy.heads().len(), other.heads().len());
        let options = json!({
            "client_id": emulator.client_id(), "client_secret": emulator.client_secret(), "base_url": by_name,
            "ca_file": ca_file, "proxy": format!("http://{}", other.address),
        });
        let answer = run(&program, &options, &json!({"HTTPS_PROXY": url}));
        assert_eq!(answer["ok"]["status"], 200, "{program:?}: {answer}");
        assert_eq!(proxy.heads().len(), before.0, "{program:?}: the environment's");
        assert!(other.heads().len() > before.1, "{program:?}: the option's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_authorities_are_trusted() {
    let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
    let (server, roots) = druva(&emulator, folder.path()).await;
    let rust = [env!("CARGO_BIN_EXE_runner").to_owned()];
    let options = json!({
        "client_id": emulator.client_id(), "client_secret": emulator.client_secret(),
        "base_url": format!("https://localhost:{}", server.address.port()),
    });
    let answer = run(&rust, &options, &json!({}));
    assert_eq!(answer["error"]["class"], "ConnectionError", "{answer}");
    assert_eq!(server.heard(), 0);
    let answer = run(&rust, &options, &json!({"SSL_CERT_FILE": roots}));
    assert_eq!(answer["ok"]["status"], 200, "{answer}");
}
