//! A server with TLS in front of the emulator, and a proxy.

use super::authority::Identity;
use rustls::crypto::ring;
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, SupportedProtocolVersion};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Takes TLS off and passes on to the emulator.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heard: Arc<AtomicUsize>,
}

/// What a server shows and wants.
pub(crate) fn settings(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<RootCertStore>,
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let key = provider.key_provider.load_private_key(identity.private_key()).unwrap();
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        ),
    };
    // Not looked at: some of what is served here does not fit together.
    let shown = CertifiedKey::new(identity.chain.clone(), key);
    builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))
}

impl Server {
    pub(crate) async fn start(settings: ServerConfig, emulator: &str) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let (emulator, count) = (emulator.trim_start_matches("http://").to_owned(), heard.clone());
        let acceptor = TlsAcceptor::from(Arc::new(settings));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, emulator.clone(), count.clone()));
            }
        });
        Server { address, heard }
    }

    /// How many bytes of requests have arrived.
    pub(crate) fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, emulator: String, heard: Arc<AtomicUsize>) {
    let stream = match acceptor.accept(stream).into_fallible().await {
        Ok(stream) => stream,
        Err((_, mut stream)) => {
            // Read to the end, so that the client gets to see the alert instead of a reset.
            let mut buffer = [0; 4096];
            while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
            return;
        }
    };
    let upstream = TcpStream::connect(emulator).await.unwrap();
    let (mut from_client, mut to_client) = tokio::io::split(stream);
    let (mut from_emulator, mut to_emulator) = upstream.into_split();
    let up = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            heard.fetch_add(count, Ordering::SeqCst);
            if to_emulator.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    };
    // Whoever ends first ends both.
    tokio::select! {
        () = up => {}
        _ = tokio::io::copy(&mut from_emulator, &mut to_client) => {}
    }
}

/// A proxy that leads every CONNECT to one place, whatever host it names.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

/// What a proxy does with a CONNECT.
#[derive(Clone, Copy)]
enum Way {
    To(SocketAddr),
    Answer(&'static [u8]),
    Silence,
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Proxy {
        Proxy::start(Way::To(target)).await
    }

    /// One that says this and closes.
    pub(crate) async fn answering(answer: &'static [u8]) -> Proxy {
        Proxy::start(Way::Answer(answer)).await
    }

    /// One that never says anything.
    pub(crate) async fn silent() -> Proxy {
        Proxy::start(Way::Silence).await
    }

    async fn start(way: Way) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let list = heads.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, way, list.clone()));
            }
        });
        Proxy { address, heads }
    }

    /// What it was asked.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn connect(mut client: TcpStream, way: Way, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    heads.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    // A side that goes away is no news.
    match way {
        Way::To(target) => {
            let mut upstream = TcpStream::connect(target).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        }
        Way::Answer(answer) => {
            let _ = client.write_all(answer).await;
        }
        Way::Silence => {
            let _ = client.read_u8().await;
        }
    }
}
