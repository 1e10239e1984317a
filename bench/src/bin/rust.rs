//! The Rust clients: `rust PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in `BENCH_URL`.
//!
//! Every answer is looked at: its status, and the device or the number of devices in it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use std::io::{Read as _, Write as _};
use std::time::Instant;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T = ()> = Result<T, Failure>;

const BEARER: &str = "Bearer bench-access-token-0123456789abcdef0123456789abcdef";
const PAGE_DEVICES: usize = 4_097;
const CUSTOMERS: usize = 2_000;

fn main() -> Outcome {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [peer, shape, calls, width, warmup] = given.as_slice() else {
        return Err("rust PEER SHAPE CALLS WIDTH WARMUP".into());
    };
    let (calls, width, warmup): (usize, usize, usize) = (calls.parse()?, width.parse()?, warmup.parse()?);
    // The next page of a list is fetched by a task of its own.
    let runtime = if shape.starts_with("list-") {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?
    } else {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?
    };
    let client = Client::new(peer)?;
    runtime.block_on(client.settle(shape))?;
    let idle = memory_kb("VmRSS")?;
    runtime.block_on(client.run(shape, warmup, width))?;
    let (cpu, begun) = (cpu_us(), Instant::now());
    runtime.block_on(client.run(shape, calls, width))?;
    let (wall, cpu) = (begun.elapsed().as_nanos(), cpu_us() - cpu);
    println!(
        "{{\"name\":\"{peer}\",\"calls\":{calls},\"wall_ns\":{wall},\"cpu_us\":{cpu},\"memory_kb\":{}}}",
        memory_kb("VmHWM")? - idle
    );
    Ok(())
}

#[derive(Clone)]
enum Client {
    Druva(druva::Client),
    Hyper(Pool<HttpConnector, Full<Bytes>>, String),
    Reqwest(reqwest::Client, String),
    Raw(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    devices: Vec<Device>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what a user would declare, whether or not it is looked at")]
struct Device {
    #[serde(rename = "deviceID")]
    id: i64,
    #[serde(rename = "deviceName")]
    name: Option<String>,
    #[serde(rename = "deviceOS")]
    os: Option<String>,
    #[serde(rename = "deviceOSVersion")]
    os_version: Option<String>,
    #[serde(rename = "clientVersion")]
    client_version: Option<String>,
    #[serde(rename = "userID")]
    user: Option<i64>,
    #[serde(rename = "deviceStatus")]
    status: Option<String>,
    #[serde(rename = "addedOn")]
    added_on: Option<String>,
    #[serde(rename = "upgradeState")]
    upgrade_state: Option<String>,
}

impl Client {
    fn new(peer: &str) -> Outcome<Client> {
        let url = std::env::var("BENCH_URL")?;
        Ok(match peer {
            "druva" => Client::Druva(
                druva::Client::builder().client_id("bench").client_secret("bench-secret").base_url(url).build()?,
            ),
            "hyper-util" => {
                let mut tcp = HttpConnector::new();
                tcp.set_nodelay(true);
                Client::Hyper(Pool::builder(TokioExecutor::new()).build(tcp), url)
            }
            "reqwest" => Client::Reqwest(reqwest::Client::new(), url),
            "raw-socket" => Client::Raw(url),
            _ => return Err(format!("no peer {peer}").into()),
        })
    }

    async fn run(&self, shape: &str, calls: usize, width: usize) -> Outcome {
        match shape {
            _ if calls == 0 => Ok(()),
            "fetch" | "decode" => self.pages(shape, calls).await,
            _ if shape.starts_with("list-") => {
                let pages: usize = shape["list-".len()..].parse()?;
                for _ in 0..calls / pages {
                    self.list(pages).await?;
                }
                Ok(())
            }
            "msp" => self.msp(width).await,
            _ if width == 1 => {
                if let Client::Raw(url) = self {
                    return raw(url, calls);
                }
                for _ in 0..calls {
                    self.one(shape).await?;
                }
                Ok(())
            }
            _ => {
                let workers = (0..width).map(|_| {
                    let (client, shape) = (self.clone(), shape.to_owned());
                    tokio::spawn(async move {
                        for _ in 0..calls / width {
                            client.one(&shape).await?;
                        }
                        Ok(())
                    })
                });
                all(workers.collect()).await
            }
        }
    }

    async fn one(&self, shape: &str) -> Outcome {
        match (self, shape) {
            (Client::Druva(client), "device") => same(client.insync().devices().get(7).await?.device_id(), Some(7)),
            (Client::Druva(client), "page") => {
                let page = client.insync().devices().list().pages().next().await.ok_or("no page")??;
                same(page.devices().map(|device| usize::from(device.device_id() > Some(0))).sum(), PAGE_DEVICES)
            }
            (Client::Druva(client), "bytes") => {
                let mut pages = client.pages(druva::Call::by_id("insync.devices.list")?)?;
                let page = pages.next().await?.ok_or("no page")?;
                same(page.body.len() > 1_000_000, true)
            }
            (Client::Hyper(..), "device") => same(self.fetch("/insync/endpoints/v2/devices/7").await?.len(), 221),
            (Client::Hyper(..), "bytes") => {
                same(self.fetch("/insync/endpoints/v2/devices").await?.len() > 1_000_000, true)
            }
            (Client::Reqwest(client, url), "device") => {
                let request =
                    client.get(format!("{url}/insync/endpoints/v2/devices/7")).header("authorization", BEARER);
                same(request.send().await?.error_for_status()?.json::<Device>().await?.id, 7)
            }
            (Client::Reqwest(client, url), "page") => {
                let request = client.get(format!("{url}/insync/endpoints/v2/devices")).header("authorization", BEARER);
                let page = request.send().await?.error_for_status()?.json::<Page>().await?;
                same(page.devices.len(), PAGE_DEVICES)
            }
            _ => Err(format!("this peer has no {shape}").into()),
        }
    }

    async fn fetch(&self, path: &str) -> Outcome<Bytes> {
        self.send(hyper::Method::GET, path, "").await
    }

    async fn send(&self, method: hyper::Method, path: &str, body: &'static str) -> Outcome<Bytes> {
        let Client::Hyper(pool, url) = self else { return Err("not hyper-util".into()) };
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("{url}{path}"))
            .header("authorization", BEARER)
            .body(Full::new(Bytes::from_static(body.as_bytes())))?;
        let answer = pool.request(request).await?;
        same(answer.status().as_u16(), 200)?;
        Ok(answer.into_body().collect().await?.to_bytes())
    }

    /// What a list needs is loaded before its memory is looked at: a device, and a list of none.
    async fn settle(&self, shape: &str) -> Outcome {
        if shape.starts_with("list-") {
            self.one("device").await?;
            self.list(0).await?;
        }
        Ok(())
    }

    /// The devices of a list of so many pages.
    async fn list(&self, pages: usize) -> Outcome {
        let Client::Druva(client) = self else { return Err("this peer has no lists".into()) };
        let mut devices = client.insync().devices().list().user_id(pages as i64).items();
        let mut seen = 0;
        while let Some(device) = devices.next().await {
            seen += usize::from(device?.device_id() > Some(0));
        }
        same(seen, pages * PAGE_DEVICES)
    }

    /// The two halves of a list: so many pages as bytes alone, or one page's bytes read again and again.
    async fn pages(&self, shape: &str, pages: usize) -> Outcome {
        let Client::Druva(client) = self else { return Err(format!("this peer has no {shape}").into()) };
        let call = druva::Call::by_id("insync.devices.list")?.arg("userID", pages as i64);
        let mut raw = client.pages(call)?;
        if shape == "fetch" {
            let mut seen = 0;
            while let Some(page) = raw.next().await? {
                seen += usize::from(page.body.len() > 1_000_000);
            }
            return same(seen, pages);
        }
        let page = raw.next().await?.ok_or("no page")?;
        let mut seen = 0;
        for _ in 0..pages {
            let page = <druva::api::insync::DeviceList as druva::FromAnswer>::from_answer(page.clone())?;
            seen += page.devices().map(|device| usize::from(device.device_id() > Some(0))).sum::<usize>();
        }
        same(seen, pages * PAGE_DEVICES)
    }

    /// A token and a list for each of the provider's customers, `width` at a time.
    async fn msp(&self, width: usize) -> Outcome {
        match self {
            Client::Druva(client) => {
                let count = async |its: druva::Client, _| {
                    let mut users = its.insync().users().list().items();
                    let mut seen = 0;
                    while let Some(user) = users.next().await {
                        seen += usize::from(user?.user_id() == Some(1));
                    }
                    Ok(seen)
                };
                let work =
                    move |its, customer| -> std::pin::Pin<Box<dyn Future<Output = druva::Result<usize>> + Send>> {
                        Box::pin(count(its, customer))
                    };
                let outcomes = client.msp().for_each_customer(width, work).await?;
                let mut seen = 0;
                for outcome in outcomes {
                    seen += outcome.result?;
                }
                same(seen, CUSTOMERS)
            }
            Client::Hyper(..) => {
                let workers = (0..width).map(|worker| {
                    let client = self.clone();
                    tokio::spawn(async move {
                        for customer in (worker..CUSTOMERS).step_by(width) {
                            let path = format!("/msp/v2/customers/c{customer}/token");
                            client.send(hyper::Method::POST, &path, "grant_type=client_credentials").await?;
                            same(client.fetch("/insync/usermanagement/v1/users").await?.is_empty(), false)?;
                        }
                        Ok(())
                    })
                });
                all(workers.collect()).await
            }
            _ => Err("this peer has no msp".into()),
        }
    }
}

/// A page of bytes by a blocking socket, into one buffer of the right size each.
fn raw(url: &str, calls: usize) -> Outcome {
    let address = url.strip_prefix("http://").ok_or("not http")?;
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    for _ in 0..calls {
        let request =
            format!("GET /insync/endpoints/v2/devices HTTP/1.1\r\nhost: {address}\r\nauthorization: {BEARER}\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut head = [0; 4096];
        let mut read = 0;
        let end = loop {
            let more = stream.read(&mut head[read..])?;
            same(more > 0, true)?;
            read += more;
            if let Some(at) = head[..read].windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&head[..end])?;
        same(text.starts_with("HTTP/1.1 200"), true)?;
        let length =
            text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).ok_or("no length")?;
        let length: usize = length.parse()?;
        let mut body = Vec::with_capacity(length);
        body.extend_from_slice(&head[end..read]);
        (&stream).take((length - body.len()) as u64).read_to_end(&mut body)?;
        same(body.len(), length)?;
        same(length > 1_000_000, true)?;
    }
    Ok(())
}

async fn all(workers: Vec<tokio::task::JoinHandle<Outcome>>) -> Outcome {
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(got: T, wanted: T) -> Outcome {
    if got == wanted { Ok(()) } else { Err(format!("an answer gave {got:?}, not {wanted:?}").into()) }
}

/// `VmRSS`: what is held now; `VmHWM`: the most that was ever held. The peak that getrusage tells is that of the program
/// before `exec` as well.
fn memory_kb(name: &str) -> Outcome<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    Ok(line.trim_start_matches(':').trim_end_matches("kB").trim().parse()?)
}

fn cpu_us() -> i64 {
    // SAFETY: the call fills the whole of the struct, which has no invalid values.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    [usage.ru_utime, usage.ru_stime].iter().map(|time| time.tv_sec * 1_000_000 + time.tv_usec).sum()
}
