//! Tokens in Redis, for processes on several machines. A small client: five commands, one connection for each fetch.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::transport::tls;
use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a lock holds when nobody frees it. A fetch that takes longer may find itself beside another one.
const LEASE: Duration = Duration::from_secs(10);

/// How long Redis may take for anything: it is to save time.
const PATIENCE: Duration = Duration::from_secs(2);

/// No token is longer.
const LONGEST: usize = 64 * 1024;

/// Stores a token if the lock still is the caller's.
const STORE: &str = "if redis.call('get',KEYS[2])==ARGV[1] then redis.call('set',KEYS[1],ARGV[2],'PX',ARGV[3]) \
    end return 0";

/// Deletes what still is as the caller knows it.
const DELETE: &str = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0";

#[derive(Debug)]
pub(crate) struct RedisStore {
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    /// `AUTH` and `SELECT`, as the address asks for them.
    greetings: Vec<Vec<Secret>>,
}

impl RedisStore {
    /// Reads the address; nothing is sent before the first token is needed.
    pub(super) fn open(url: &str, config: &Config) -> Result<RedisStore> {
        // It is not shown: it may hold a password.
        let refused = || {
            Error::config("token_store is no URL of a Redis")
                .hint("It looks like rediss://user:password@host:6379/0, what is special in user and password percent-encoded.")
        };
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let authority = uri.authority().ok_or_else(refused)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let mut greetings = Vec::new();
        if let Some((user, _)) = authority.as_str().rsplit_once('@') {
            let (user, password) = user.split_once(':').unwrap_or(("", user));
            let mut auth = vec![Secret::new("AUTH")];
            for part in [user, password].into_iter().filter(|part| !part.is_empty()) {
                auth.push(Secret::new(decoded(part).ok_or_else(refused)?));
            }
            greetings.push(auth);
        }
        let database = uri.path().trim_matches('/');
        if !database.is_empty() {
            let number: u32 = database.parse().map_err(|_| refused())?;
            greetings.push(vec![Secret::new("SELECT"), Secret::new(number.to_string())]);
        }
        let tls = match uri.scheme_str() {
            Some("rediss") => {
                let mut tls = ClientConfig::clone(&*tls::client_config(config)?);
                tls.alpn_protocols.clear();
                Some(Arc::new(tls))
            }
            Some("redis") => None,
            _ => return Err(refused()),
        };
        Ok(RedisStore { host, port: authority.port_u16().unwrap_or(6379), tls, greetings })
    }

    pub(super) async fn connect(&self) -> io::Result<Connection> {
        let connect = async {
            let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
            tcp.set_nodelay(true)?;
            let stream: Box<dyn Stream> = match &self.tls {
                None => Box::new(tcp),
                Some(tls) => {
                    let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                    Box::new(TlsConnector::from(tls.clone()).connect(name, tcp).await?)
                }
            };
            let mut connection = Connection { stream: BufReader::new(stream), broken: false };
            for greeting in &self.greetings {
                let words: Vec<&[u8]> = greeting.iter().map(|word| word.expose().as_bytes()).collect();
                connection.exchange(&words).await?;
            }
            Ok(connection)
        };
        tokio::time::timeout(PATIENCE, connect).await.unwrap_or_else(|_| Err(slow()))
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// After an error a connection is of no further use.
pub(super) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    /// An answer is still to come, or has been given up: the next would be taken for another's.
    broken: bool,
}

impl Connection {
    pub(super) async fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.command(&[b"GET", key(name).as_bytes()]).await
    }

    /// What frees the lock; `None` while another process has it.
    pub(super) async fn try_lock(&mut self, name: &str) -> io::Result<Option<String>> {
        // Random, so that whoever comes after the lease has ended does not free another one's.
        let mine = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let lease = LEASE.as_millis().to_string();
        let command: [&[u8]; 6] = [b"SET", &lock_key(name), mine.as_bytes(), b"NX", b"PX", lease.as_bytes()];
        Ok(self.command(&command).await?.map(|_| mine))
    }

    pub(super) async fn unlock(&mut self, name: &str, lock: &str) -> io::Result<()> {
        self.command(&[b"EVAL", DELETE.as_bytes(), b"1", &lock_key(name), lock.as_bytes()]).await.map(drop)
    }

    /// Deletes a token that is still the given one.
    pub(super) async fn remove(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.command(&[b"EVAL", DELETE.as_bytes(), b"1", key(name).as_bytes(), content]).await.map(drop)
    }

    /// Stores a token for as long as it is good, unless the lock has gone to another. Without a lock it is stored as well: it is fresh.
    pub(super) async fn write(
        &mut self,
        name: &str,
        content: &[u8],
        life: Duration,
        lock: Option<&str>,
    ) -> io::Result<()> {
        let (key, life) = (key(name), life.as_millis().max(1).to_string());
        let (key, life) = (key.as_bytes(), life.as_bytes());
        match lock {
            None => self.command(&[b"SET", key, content, b"PX", life]).await,
            Some(lock) => {
                let lock_key = lock_key(name);
                self.command(&[b"EVAL", STORE.as_bytes(), b"2", key, &lock_key, lock.as_bytes(), content, life]).await
            }
        }
        .map(drop)
    }

    async fn command(&mut self, words: &[&[u8]]) -> io::Result<Option<Vec<u8>>> {
        if self.broken {
            return Err(io::Error::from(io::ErrorKind::NotConnected));
        }
        self.broken = true;
        let answer = tokio::time::timeout(PATIENCE, self.exchange(words)).await.map_err(|_| slow())??;
        self.broken = false;
        Ok(answer)
    }

    async fn exchange(&mut self, words: &[&[u8]]) -> io::Result<Option<Vec<u8>>> {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend(format!("${}\r\n", word.len()).into_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        self.stream.write_all(&request).await?;
        self.stream.flush().await?;
        reply(&mut self.stream).await
    }
}

/// Reads the answer to one command.
pub(crate) async fn reply(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let garbage = || io::Error::other("it answers something that is not Redis's");
    let mut line = Vec::new();
    (&mut *stream).take(1024).read_until(b'\n', &mut line).await?;
    let line = line.strip_suffix(b"\r\n").and_then(|line| str::from_utf8(line).ok()).ok_or_else(garbage)?;
    match (line.get(..1), line.get(1..)) {
        (Some("+" | ":"), Some(text)) => Ok(Some(text.as_bytes().to_vec())),
        // The first word says what is wrong, in capitals; anything else may quote the command.
        (Some("-"), Some(text)) => {
            let code = text.split(' ').next().filter(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()));
            Err(io::Error::other(format!("it refuses: {}", code.unwrap_or("it does not say why"))))
        }
        (Some("$"), Some("-1")) => Ok(None),
        (Some("$"), Some(length)) => {
            let length: usize = length.parse().ok().filter(|length| *length <= LONGEST).ok_or_else(garbage)?;
            let mut content = vec![0; length + 2];
            stream.read_exact(&mut content).await?;
            content.truncate(length);
            Ok(Some(content))
        }
        _ => Err(garbage()),
    }
}

/// In braces is what a cluster goes by: token and lock have to be in one place.
fn key(name: &str) -> String {
    format!("druva:{{{name}}}")
}

fn lock_key(name: &str) -> Vec<u8> {
    format!("druva:{{{name}}}:lock").into_bytes()
}

fn slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("it has not answered within {PATIENCE:?}"))
}

/// Percent-decoded.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
