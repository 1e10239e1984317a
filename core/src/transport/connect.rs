//! Connections: direct or through a proxy, in TLS unless on loopback.

use crate::config::{Config, names_host};
use crate::error::{Error, Result};
use crate::transport::http::Stage;
use crate::transport::refusal::Refusal;
use crate::transport::{root_cause, tls, to_the_millisecond};
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

/// Opens connections for the pool, which clones it for each request.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Means>);

struct Means {
    tcp: HttpConnector,
    config: Arc<Config>,
    /// Read from disk by the first connection that needs it: a client on loopback never pays for it.
    tls: OnceLock<Result<Arc<ClientConfig>>>,
    proxy: Matcher,
    timeout: Duration,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The proxy's URL may hold a password.
        f.debug_struct("Connector").field("timeout", &self.0.timeout).finish_non_exhaustive()
    }
}

impl Connector {
    pub(crate) fn new(config: &Arc<Config>) -> Result<Connector> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        // Divided among a host's addresses, so that one that is dead leaves time for the next. A little more than it has
        // altogether: of a single address nothing ends before that.
        tcp.set_connect_timeout(Some(config.connect_timeout.mul_f64(1.1)));
        let no = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
        let proxy = match &config.proxy {
            Some(url) => matcher("proxy", url.expose(), no)?,
            None => of_environment(&config.base_url, no)?,
        };
        let (config, timeout) = (config.clone(), config.connect_timeout);
        let connector = Connector(Arc::new(Means { tcp, config, tls: OnceLock::new(), proxy, timeout }));
        // Files that were named are checked at once, not with the first call.
        let Config { ca_file, client_cert_file, client_key_file, .. } = &*connector.0.config;
        if ca_file.is_some() || client_cert_file.is_some() || client_key_file.is_some() {
            connector.tls()?;
        }
        Ok(connector)
    }

    fn tls(&self) -> Result<Arc<ClientConfig>> {
        self.0.tls.get_or_init(|| tls::client_config(&self.0.config)).clone()
    }

    /// Host and port of the proxy that stands before this host.
    pub(crate) fn proxy(&self, uri: &Uri) -> Option<String> {
        let proxy = (uri.scheme_str() != Some("http")).then(|| self.0.proxy.intercept(uri)).flatten()?;
        // Without a user and password.
        let authority = proxy.uri().authority()?.as_str();
        Some(authority.rsplit('@').next().unwrap_or(authority).to_owned())
    }

    async fn connect(&self, uri: Uri, stage: &mut Stage) -> io::Result<Stream> {
        #[cfg(feature = "simulation")]
        if let Some(dialed) = crate::simulation::dial(&uri) {
            return Ok(Stream::Simulated(TokioIo::new(dialed.await?)));
        }
        let mut tcp = self.0.tcp.clone();
        if uri.scheme_str() == Some("http") {
            return Ok(Stream::Plain(tcp.call(uri).await.map_err(io::Error::other)?));
        }
        let tcp = match self.0.proxy.intercept(&uri) {
            None => tcp.call(uri.clone()).await.map_err(io::Error::other)?,
            Some(proxy) => {
                *stage = Stage::Proxy;
                tunnel(tcp, proxy, uri.clone()).await?
            }
        };
        *stage = Stage::Tls;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        // Whatever else could be wrong with it was found when the client was made.
        let tls = self.tls().map_err(|_| io::Error::other(Refusal::NO_AUTHORITIES))?;
        let stream = TlsConnector::from(tls).connect(name, tcp.into_inner()).await?;
        Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let timeout = connector.0.timeout;
            let mut stage = Stage::Connect;
            let error = match tokio::time::timeout(timeout, connector.connect(uri, &mut stage)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => error,
                Err(_) => {
                    let said = format!("not connected within {:?}", to_the_millisecond(timeout));
                    io::Error::new(io::ErrorKind::TimedOut, said)
                }
            };
            Err(io::Error::other(Stopped { stage, error }))
        })
    }
}

/// Why there is no connection, and how far it came.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) stage: Stage,
    error: io::Error,
}

impl Stopped {
    /// Looks for one among the causes of an error.
    pub(crate) fn of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Stopped> {
        let mut next = Some(error);
        while let Some(cause) = next {
            let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(stopped) = inner.and_then(|inner| inner.downcast_ref()) {
                return Some(stopped);
            }
            next = cause.source();
        }
        None
    }
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Stopped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// What goes through the proxy of the environment. One that cannot be used is an error only where it stands in the way.
fn of_environment(base_url: &str, no: String) -> Result<Matcher> {
    let set = |name| std::env::var_os(name).filter(|url| !url.is_empty()).map(|url| (name, url));
    let Some((name, url)) = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find_map(set) else {
        return Ok(Matcher::builder().build());
    };
    let any = matcher(name, "http://proxy", no.clone())?;
    if !base_url.parse().is_ok_and(|uri: Uri| uri.scheme_str() == Some("https") && any.intercept(&uri).is_some()) {
        return Ok(Matcher::builder().build());
    }
    let url = url.to_string_lossy();
    matcher(name, &if url.contains("://") { url.into_owned() } else { format!("http://{url}") }, no)
}

/// What goes through the proxy at this URL, which stands in the option or variable of this name: all but the hosts in `no`.
pub(crate) fn matcher(name: &str, url: &str, no: String) -> Result<Matcher> {
    // A `/`, `?` or `#` in a password would make a host of the user's name, and of the password a port.
    let good = url.parse::<Uri>().is_ok_and(|uri| {
        let (_, written) = url.split_once("://").unwrap_or_default();
        uri.scheme_str() == Some("http")
            && uri.authority().is_some_and(|authority| {
                names_host(authority)
                    && authority.as_str().matches('@').count() < 2
                    && written.trim_end_matches('/') == authority.as_str()
            })
    });
    if !good {
        // It is not shown: it may hold a password.
        return Err(Error::config(format!("{name} is not an http:// URL of a proxy"))
            .hint("It looks like http://user:password@host:3128, with a / in the password written as %2F."));
    }
    Ok(match is_everything(&no) {
        true => Matcher::builder().build(),
        false => Matcher::builder().all(url.to_owned()).no(no).build(),
    })
}

/// The matcher takes `*` for every name, but for no address.
fn is_everything(no: &str) -> bool {
    no.split(',').any(|host| host.trim() == "*")
}

async fn tunnel(tcp: HttpConnector, proxy: Intercept, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
    let address = proxy.uri().authority().map_or("", |authority| authority.as_str());
    let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
    if let Some(authorization) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(authorization.clone());
    }
    tunnel.call(uri).await.map_err(|error| {
        let cause = root_cause(&error);
        // The error's type is not public; its text is all there is.
        match cause.contains("authorization required") {
            true => io::Error::other(Refusal::OF_PROXY),
            false => io::Error::other(format!("the proxy {address} did not open a tunnel: {cause}")),
        }
    })
}

/// A connection.
pub(crate) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
    #[cfg(feature = "simulation")]
    Simulated(TokioIo<tokio::io::DuplexStream>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            #[cfg(feature = "simulation")]
            Stream::Simulated(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
