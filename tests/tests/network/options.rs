//! The options of TLS: whom to trust, and who the client is.

use super::authority::{Identity, intermediate, leaf, root};
use super::servers::{Server, settings};
use super::{client, emulator, read};
use druva::{Applied, Client};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use rustls::RootCertStore;
use rustls::version::{TLS12, TLS13};
use std::path::{Path, PathBuf};

/// The files of a client certificate.
fn files(folder: &Path, name: &str, identity: &Identity) -> (PathBuf, PathBuf) {
    let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    let mut text = String::new();
    for certificate in &identity.chain {
        text += "-----BEGIN CERTIFICATE-----\n";
        text += &base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate);
        text += "\n-----END CERTIFICATE-----\n";
    }
    std::fs::write(&chain, text).unwrap();
    std::fs::write(&key, identity.key.serialize_pem()).unwrap();
    (chain, key)
}

fn client_certificate(issuer: &super::authority::Issuer) -> Identity {
    leaf(issuer, &["reporter"], |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_it() {
    let (emulator, folder, root) = (emulator(), tempfile::tempdir().unwrap(), root("root"));
    let middle = intermediate(&root, |_| ());
    let ca_file = folder.path().join("trusted.pem");
    std::fs::write(&ca_file, root.pem()).unwrap();
    let good = files(folder.path(), "good", &client_certificate(&middle).through(&[&middle]));
    let strange = files(folder.path(), "strange", &client_certificate(&super::authority::root("stranger")));
    for versions in [&[&TLS12], &[&TLS13]] {
        let mut wanted = RootCertStore::empty();
        wanted.add(root.der().clone()).unwrap();
        let server =
            Server::start(settings(&leaf(&root, &["localhost"], |_| ()), versions, Some(wanted)), &emulator.url())
                .await;
        let open =
            || client(&emulator).base_url(format!("https://localhost:{}", server.address.port())).ca_file(&ca_file);
        for client in [open().build().unwrap(), open().client_certificate(&strange.0, &strange.1).build().unwrap()] {
            let error = read(&client).await.unwrap_err();
            assert_eq!((error.class(), error.may_have_been_applied()), ("ConnectionError", Applied::No), "{error}");
            assert!(error.message().contains("client certificate"), "{error}");
            assert!(error.advice().is_some_and(|advice| advice.contains("client_cert_file")), "{error}");
            assert_eq!(server.heard(), 0);
        }
        read(&open().client_certificate(&good.0, &good.1).build().unwrap()).await.unwrap();
        assert!(server.heard() > 0);
    }
}

#[test]
fn files_that_are_of_no_use_are_told_when_the_client_is_opened() {
    let (folder, root) = (tempfile::tempdir().unwrap(), root("root"));
    let (chain, key) = files(folder.path(), "good", &client_certificate(&root));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let missing = folder.path().join("missing.pem");
    let empty = file("empty.pem", "");
    let broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    let nonsense = file("nonsense.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let other_key = file("other.key", &KeyPair::generate().unwrap().serialize_pem());
    let open = || Client::builder().client_id("id").client_secret("secret");
    let mut table = Vec::new();
    for path in [&missing, &empty, &broken, &nonsense, &key] {
        table.push(("ca_file", path, open().ca_file(path)));
    }
    for path in [&missing, &empty, &broken, &nonsense] {
        table.push(("client", path, open().client_certificate(path, &key)));
    }
    for path in [&missing, &empty, &chain, &other_key] {
        table.push(("client", path, open().client_certificate(&chain, path)));
    }
    for (says, path, builder) in table {
        let error = builder.build().expect_err(&path.display().to_string());
        assert_eq!(error.class(), "ConfigError", "{}: {error}", path.display());
        assert!(error.message().contains(says), "{}: {error}", path.display());
    }
    open().ca_file(&chain).client_certificate(&chain, &key).build().unwrap();
}
