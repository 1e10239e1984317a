//! Good certificates are accepted, bad ones refused before a byte of a request is sent.

use super::authority::{Identity, Issuer, intermediate, leaf, params, root, with_key};
use super::servers::{Proxy, Server, settings};
use super::{client, emulator, openssl, read};
use druva::{Applied, Error};
use druva_conformance::counterparts::left_out;
use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, NameConstraints,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd,
};
use rustls::ALL_VERSIONS;
use rustls::version::{TLS12, TLS13};
use std::path::Path;

/// Trusts this root only in addition to the system's.
fn trusted(folder: &Path, root: &Issuer) -> std::path::PathBuf {
    let path = folder.join("trusted.pem");
    std::fs::write(&path, root.pem()).unwrap();
    path
}

fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
}

fn refused(kind: &str, error: &Error, what: &str, advice: &str) {
    let (message, hint) = (error.message(), error.advice().unwrap_or_default());
    assert_eq!(error.class(), "ConnectionError", "{kind}: {error}");
    assert!(message.contains(what) && message.contains("nothing was sent"), "{kind}: {message}");
    assert!(hint.contains(advice), "{kind}: {hint}");
    assert_eq!((error.may_have_been_applied(), error.attempts()), (Applied::No, 1), "{kind}");
    assert!(!error.retryable(), "{kind}");
}

type Bad = (&'static str, Identity, &'static str, &'static str);

/// What to say of each kind, and what to do about it.
fn bad(root: &Issuer) -> Vec<Bad> {
    let here: &[&str] = &["localhost"];
    let middle = intermediate(root, |_| ());
    let no_authority = intermediate(root, |params| params.is_ca = IsCa::ExplicitNoCa);
    let old = intermediate(root, expired);
    let elsewhere = intermediate(root, |params| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("elsewhere.example".to_owned())];
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    });
    let own_key = KeyPair::generate().unwrap();
    let own = params(here, |_| ()).self_signed(&own_key).unwrap();
    let mut forged = leaf(root, here, |_| ());
    let mut bytes = forged.chain[0].to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.chain[0] = bytes.into();
    let mut reversed = leaf(&middle, here, |_| ()).through(&[&middle]);
    reversed.chain.reverse();
    let (stranger, namesake) = (super::authority::root("stranger"), super::authority::root("root"));
    vec![
        ("expired", leaf(root, here, expired), "has expired", "clock"),
        (
            "not yet valid",
            leaf(root, here, |params| params.not_before = date_time_ymd(2900, 1, 1)),
            "not valid yet",
            "clock",
        ),
        ("another host", leaf(root, &["apis.druva.com"], |_| ()), "for another host", "base_url"),
        ("another address", leaf(root, &["127.0.0.2"], |_| ()), "for another host", "base_url"),
        ("a name in the subject alone", leaf(root, &[], |_| ()), "for another host", "base_url"),
        ("self-signed", Identity { chain: vec![own.der().clone()], key: own_key }, "no authority", "ca_file"),
        ("an unknown root", leaf(&stranger, here, |_| ()), "no authority", "ca_file"),
        ("another root of the same name", leaf(&namesake, here, |_| ()), "signature by the server is wrong", ""),
        ("without its intermediate", leaf(&middle, here, |_| ()), "no authority", "intermediate"),
        (
            "for clients only",
            leaf(root, here, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "not meant for servers",
            "rules allow",
        ),
        (
            "an intermediate that is no authority",
            leaf(&no_authority, here, |_| ()).through(&[&no_authority]),
            "no authority's",
            "rules allow",
        ),
        ("an expired intermediate", leaf(&old, here, |_| ()).through(&[&old]), "has expired", "clock"),
        (
            "an authority for other names",
            leaf(&elsewhere, here, |_| ()).through(&[&elsewhere]),
            "may not speak for this host",
            "rules allow",
        ),
        ("a wrong signature", forged, "signature by the server is wrong", "rules allow"),
        ("the wrong order", reversed, "an authority's certificate as its own", "rules allow"),
        (
            "a critical extension that nobody knows",
            leaf(root, here, |params| {
                let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
                unknown.set_criticality(true);
                params.custom_extensions.push(unknown);
            }),
            "breaks the rules",
            "rules allow",
        ),
    ]
}

#[tokio::test]
async fn a_bad_certificate_is_refused_before_anything_is_sent() {
    let (emulator, root, folder) = (emulator(), root("root"), tempfile::tempdir().unwrap());
    let ca_file = trusted(folder.path(), &root);
    for (kind, identity, what, advice) in bad(&root) {
        for versions in [&[&TLS12], &[&TLS13]] {
            let server = Server::start(settings(&identity, versions, None), &emulator.url()).await;
            let url = format!("https://localhost:{}", server.address.port());
            let client = client(&emulator).base_url(url).ca_file(&ca_file).build().unwrap();
            refused(kind, &read(&client).await.expect_err(kind), what, advice);
            assert_eq!(server.heard(), 0, "{kind}: bytes of requests");
        }
    }
}

#[tokio::test]
async fn through_a_proxy_the_certificate_must_be_the_targets() {
    let (emulator, root, folder) = (emulator(), root("root"), tempfile::tempdir().unwrap());
    let ca_file = trusted(folder.path(), &root);
    let identity = leaf(&root, &["*.druva.test", "127.0.0.1", "localhost"], |_| ());
    let server = Server::start(settings(&identity, ALL_VERSIONS, None), &emulator.url()).await;
    let proxy = Proxy::to(server.address).await;
    let to = |host: &str| {
        let client = client(&emulator).base_url(format!("https://{host}")).ca_file(&ca_file);
        client.proxy(format!("http://{}", proxy.address)).build().unwrap()
    };
    // The wildcard stands for one label, and the proxy's own name does not count.
    for host in ["too.deep.druva.test", "druva.test", "apis.druva.com"] {
        refused(host, &read(&to(host)).await.expect_err(host), "for another host", "base_url");
        assert_eq!(server.heard(), 0, "{host}: bytes of requests");
    }
    read(&to("api.druva.test")).await.unwrap();
    assert!(server.heard() > 0);
}

#[tokio::test]
async fn good_certificates_are_accepted() {
    let (emulator, root, folder) = (emulator(), root("root"), tempfile::tempdir().unwrap());
    let ca_file = trusted(folder.path(), &root);
    let middle = intermediate(&root, |_| ());
    let here = || params(&["localhost"], |_| ());
    let generate = |algorithm| KeyPair::generate_for(algorithm).unwrap();
    let mut good = vec![
        ("an exact name", "localhost", leaf(&root, &["localhost"], |_| ())),
        ("an address", "127.0.0.1", leaf(&root, &["127.0.0.1"], |_| ())),
        ("through an intermediate", "localhost", leaf(&middle, &["localhost"], |_| ()).through(&[&middle])),
        ("P-384", "localhost", with_key(&root, &here(), generate(&PKCS_ECDSA_P384_SHA384))),
        ("Ed25519", "localhost", with_key(&root, &here(), generate(&PKCS_ED25519))),
    ];
    if openssl::installed() {
        let key = KeyPair::from_pem(&openssl::rsa(folder.path())).unwrap();
        good.push(("RSA", "localhost", with_key(&root, &here(), key)));
    } else {
        left_out("a server with an RSA key", "openssl").unwrap();
    }
    for (kind, host, identity) in good {
        for versions in [&[&TLS12], &[&TLS13]] {
            let server = Server::start(settings(&identity, versions, None), &emulator.url()).await;
            let url = format!("https://{host}:{}", server.address.port());
            let client = client(&emulator).base_url(url).ca_file(&ca_file).build().unwrap();
            read(&client).await.expect(kind);
            assert!(server.heard() > 0, "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_safe_is_refused() {
    if !openssl::installed() {
        left_out("SHA-1, a small key and TLS 1.1", "openssl").unwrap();
        return;
    }
    let (emulator, root, folder) = (emulator(), root("root"), tempfile::tempdir().unwrap());
    let ca_file = trusted(folder.path(), &root);
    let lax = "-cipher DEFAULT@SECLEVEL=0";
    for (kind, key, digest, options, what) in [
        ("SHA-1", "rsa:2048", "sha1", lax, "no longer safe"),
        ("a small key", "rsa:1024", "sha256", lax, "a key that is too small"),
        ("TLS 1.1", "rsa:2048", "sha256", "-tls1_1 -cipher DEFAULT@SECLEVEL=0", "neither TLS 1.2 nor TLS 1.3"),
    ] {
        let server = openssl::Server::start(folder.path(), &root, key, digest, options);
        let url = format!("https://localhost:{}", server.address.port());
        let client = client(&emulator).base_url(url).ca_file(&ca_file).build().unwrap();
        refused(kind, &read(&client).await.expect_err(kind), what, "");
        assert_eq!(server.heard(), "", "{kind}");
    }
    // The same server with nothing wrong hears the request: the check above can fail.
    let server = openssl::Server::start(folder.path(), &root, "rsa:2048", "sha256", "-tls1_2");
    let url = format!("https://localhost:{}", server.address.port());
    let client = client(&emulator).base_url(url).ca_file(&ca_file);
    let client = client.timeout(std::time::Duration::from_millis(500)).build().unwrap();
    assert_eq!(read(&client).await.unwrap_err().class(), "TimeoutError");
    assert!(server.heard().starts_with("POST /token"));
}
