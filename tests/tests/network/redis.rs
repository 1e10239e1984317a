//! A Redis with TLS: tokens are shared through one whose certificate is good; no other hears a byte.

use super::authority::{leaf, params, root};
use super::servers::{Server, settings};
use super::{client, emulator, read};
use druva_conformance::stores::redis::{Redis, free_port};
use rcgen::{KeyPair, date_time_ymd};
use rustls::ALL_VERSIONS;
use std::path::{Path, PathBuf};

fn written(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// How many tokens two newcomers need who know nothing of each other.
async fn minted_for_two(ca_file: &Path, port: u16) -> f64 {
    let emulator = emulator();
    for _ in 0..2 {
        let store = Redis::address("rediss", "localhost", port);
        let client = client(&emulator).base_url(emulator.url()).ca_file(ca_file).token_store(store).build().unwrap();
        read(&client).await.unwrap();
    }
    let log = emulator.control(r#"{"do":"log"}"#).unwrap();
    druva::Json::parse(log.as_bytes()).unwrap().get("tokens_minted").and_then(|count| count.as_f64()).unwrap()
}

#[tokio::test]
async fn a_redis_with_tls_keeps_tokens() {
    let (folder, root, key) = (tempfile::tempdir().unwrap(), root("root"), KeyPair::generate().unwrap());
    let ca_file = written(folder.path(), "trusted.pem", &root.pem());
    let shown = params(&["localhost"], |_| ()).signed_by(&key, &root).unwrap();
    let shown = written(folder.path(), "shown.pem", &shown.pem());
    let key = written(folder.path(), "key.pem", &key.serialize_pem());
    let (shown, key, port) = (shown.to_str().unwrap(), key.to_str().unwrap(), free_port().unwrap());
    let port_named = port.to_string();
    let tls = ["--tls-port", &port_named, "--tls-cert-file", shown, "--tls-key-file", key, "--tls-auth-clients", "no"];
    let Some(redis) = Redis::start(&tls).unwrap() else { return };
    assert_eq!(minted_for_two(&ca_file, port).await, 1.0);
    assert_eq!(redis.ask(&["DBSIZE"]).unwrap(), "1");
}

#[tokio::test]
async fn behind_a_bad_certificate_nothing_is_heard() {
    let Some(redis) = Redis::start(&[]).unwrap() else { return };
    let (folder, trusted) = (tempfile::tempdir().unwrap(), root("root"));
    let ca_file = written(folder.path(), "trusted.pem", &trusted.pem());
    let old = |params: &mut rcgen::CertificateParams| params.not_after = date_time_ymd(2002, 1, 1);
    for (kind, identity, good) in [
        ("of a stranger", leaf(&root("stranger"), &["localhost"], |_| ()), false),
        ("of another host", leaf(&trusted, &["elsewhere.example"], |_| ()), false),
        ("expired", leaf(&trusted, &["localhost"], old), false),
        ("good", leaf(&trusted, &["localhost"], |_| ()), true),
    ] {
        let plain = format!("127.0.0.1:{}", redis.port());
        let server = Server::start(settings(&identity, ALL_VERSIONS, None), &plain).await;
        let minted = minted_for_two(&ca_file, server.address.port()).await;
        assert_eq!((minted, server.heard() > 0), if good { (1.0, true) } else { (2.0, false) }, "{kind}");
    }
}
