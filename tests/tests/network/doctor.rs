//! What the doctor says of a network that does not let the client through.

use super::authority::{leaf, root};
use super::servers::{Proxy, Server, settings};
use super::{client, emulator};
use druva::{Builder, Diagnosis, FindingState};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::ALL_VERSIONS;
use std::net::TcpListener;
use std::time::Duration;

/// The one thing that stands in the way; what comes after it must not have been looked at.
async fn culprit(builder: Builder) -> (Diagnosis, &'static str, String) {
    let client = builder.max_attempts(1).connect_timeout(Duration::from_secs(2)).build().unwrap();
    let diagnosis = client.doctor().await;
    let failed: Vec<_> =
        diagnosis.findings.iter().filter(|finding| finding.state == FindingState::Failed).cloned().collect();
    let [finding] = failed.as_slice() else { panic!("{diagnosis}") };
    let after = diagnosis.findings.iter().skip_while(|other| other.name != finding.name).skip(1);
    for other in after.filter(|other| other.name != "clock") {
        assert_eq!(other.state, FindingState::Skipped, "{diagnosis}");
    }
    assert!(!diagnosis.ok() && finding.hint.is_some(), "{diagnosis}");
    assert!(!format!("{diagnosis} {diagnosis:?}").contains("p-a-s-s"), "{diagnosis}");
    let (name, message) = (finding.name, finding.message.clone());
    (diagnosis, name, message)
}

#[tokio::test]
async fn what_stands_in_the_way_is_named() {
    let (emulator, folder, root) = (emulator(), tempfile::tempdir().unwrap(), root("root"));
    let ca_file = folder.path().join("trusted.pem");
    std::fs::write(&ca_file, root.pem()).unwrap();
    let server = async |change: fn(&mut CertificateParams)| {
        let identity = leaf(&root, &["localhost"], change);
        Server::start(settings(&identity, ALL_VERSIONS, None), &emulator.url()).await
    };
    let good = server(|_| ()).await;
    let expired = server(|params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    })
    .await;
    let at = |server: &Server| client(&emulator).base_url(format!("https://localhost:{}", server.address.port()));
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let locked = Proxy::answering(b"HTTP/1.1 407 no\r\n\r\n").await.address;
    let silent = Proxy::silent().await.address;

    let (_, name, message) = culprit(client(&emulator).base_url("https://druva.invalid")).await;
    assert!(name == "dns" && message.contains("druva.invalid cannot be looked up"), "{name}: {message}");
    let (_, name, message) = culprit(client(&emulator).base_url(format!("https://{away}"))).await;
    assert!(name == "connect" && message.contains("refused"), "{name}: {message}");
    for (proxy, says) in [(away, "refused"), (locked, "407"), (silent, "not connected within")] {
        let proxied = at(&good).ca_file(&ca_file).proxy(format!("http://user:p-a-s-s@{proxy}"));
        let (_, name, message) = culprit(proxied).await;
        assert!(name == "proxy" && message.contains(says), "{name}: {message}");
    }
    let (_, name, message) = culprit(at(&good)).await;
    assert!(name == "tls" && message.contains("no authority"), "{name}: {message}");
    let (diagnosis, name, message) = culprit(at(&expired).ca_file(&ca_file)).await;
    assert!(name == "tls" && message.contains("expired"), "{name}: {message}");
    assert!(diagnosis.to_string().contains("warning  clock          this machine's says"), "{diagnosis}");
    assert_eq!(expired.heard(), 0);

    let through = Proxy::to(good.address).await;
    let proxied = at(&good).ca_file(&ca_file).proxy(format!("http://user:p-a-s-s@{}", through.address));
    let diagnosis = proxied.build().unwrap().doctor().await;
    assert!(diagnosis.ok() && !diagnosis.to_string().contains("p-a-s-s"), "{diagnosis}");
    assert_eq!(diagnosis.findings.iter().filter(|finding| finding.state == FindingState::Ok).count(), 6, "{diagnosis}");
}
