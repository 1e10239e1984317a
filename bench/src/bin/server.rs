//! The server that every client is measured against: one thread, answers made before the first request.
//!
//! It prints `{"url", "mark"}` and ends when its input does. `GET /mark` answers the mark: whoever got the URL can see that
//! the port is this server's and not somebody else's.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::process;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Length of one device's answer.
const DEVICE_BYTES: usize = 221;
/// Devices of a page: at 256 bytes each, a page is 1 MB.
const PAGE_DEVICES: usize = 4_097;
/// Customers of the provider, and how many come at a time.
const CUSTOMERS: usize = 2_000;
const CUSTOMERS_PAGE: usize = 100;

fn main() -> io::Result<()> {
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    let mark = format!("{{\"mark\":\"{}-{now}\"}}", process::id());
    println!("{{\"url\":\"http://{}\",{}", listener.local_addr()?, &mark[1..]);
    io::stdout().flush()?;
    let answers = Rc::new(Answers::new(mark));
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                // A client that goes away takes only its own connection along.
                tokio::task::spawn_local(connection(stream, answers.clone()));
            }
        })
        .await
}

struct Answers {
    mark: String,
    device: String,
    /// The devices of a page and what closes it; what precedes them depends on the page.
    devices: String,
    users: String,
    customers: Vec<String>,
}

impl Answers {
    fn new(mark: String) -> Answers {
        let devices: Vec<String> = (1..=PAGE_DEVICES).map(|id| device(id, 255)).collect();
        let customers = (0..CUSTOMERS / CUSTOMERS_PAGE).map(|page| {
            let first = page * CUSTOMERS_PAGE;
            let these: Vec<String> = (first..first + CUSTOMERS_PAGE)
                .map(|id| format!("{{\"id\":\"c{id}\",\"customerName\":\"Customer {id}\"}}"))
                .collect();
            let next = if first + CUSTOMERS_PAGE < CUSTOMERS { (page + 1).to_string() } else { String::new() };
            format!("{{\"nextPageToken\":\"{next}\",\"customers\":[{}]}}", these.join(","))
        });
        Answers {
            mark,
            device: device(7, DEVICE_BYTES),
            devices: format!("{}]}}", devices.join(",")),
            users:
                r#"{"nextPageToken":"","users":[{"userID":1,"emailID":"a@example.com","userName":"A","profileID":1}]}"#
                    .into(),
            customers: customers.collect(),
        }
    }

    /// What precedes the body's shared part, and that part. None: no such path.
    fn of(&self, method: &str, target: &str) -> Option<(String, &str)> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let argument = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
        };
        let token = || r#"{"access_token":"bench-access-token-0123456789abcdef0123456789abcdef","token_type":"Bearer","expires_in":1800}"#;
        Some(match (method, path) {
            ("GET", "/mark") => (String::new(), &self.mark),
            ("POST", "/token" | "/msp/auth/v1/token") => (String::new(), token()),
            ("POST", _) if path.starts_with("/msp/v2/customers/") => (String::new(), token()),
            ("GET", "/insync/endpoints/v2/devices/7") => (String::new(), &self.device),
            ("GET", "/insync/endpoints/v2/devices") => {
                // A token says how many pages there are and which comes now; without one, `userID` says how many.
                let (pages, page) = match argument("pageToken").and_then(|token| token.split_once('-')) {
                    Some((pages, page)) => (pages.parse().ok()?, page.parse().ok()?),
                    None => (argument("userID").map_or(Some(2), |pages| pages.parse().ok())?, 1),
                };
                let (pages, page): (usize, usize) = (pages, page);
                if pages == 0 {
                    return Some((String::new(), r#"{"nextPageToken":"","devices":[]}"#));
                }
                let next = if page < pages { format!("{pages:03}-{:03}", page + 1) } else { String::new() };
                (format!("{{\"nextPageToken\":\"{next}\",\"devices\":["), &self.devices)
            }
            ("GET", "/insync/usermanagement/v1/users") => (String::new(), &self.users),
            ("GET", "/msp/v3/customers") => {
                let page: usize = argument("pageToken").unwrap_or("0").parse().ok()?;
                (String::new(), self.customers.get(page)?)
            }
            _ => return None,
        })
    }
}

/// A device of exactly `length` bytes of JSON.
fn device(id: usize, length: usize) -> String {
    let of = |name: &str| {
        format!(
            r#"{{"deviceID":{id},"deviceName":"{name}","deviceOS":"win32","deviceOSVersion":"10.0.19045","clientVersion":"7.5.0","userID":{},"deviceStatus":"enabled","addedOn":"2026-01-02T03:04:05Z","upgradeState":"UPTODATE"}}"#,
            id + 100_000
        )
    };
    let text = of(&"n".repeat(length.saturating_sub(of("").len())));
    assert_eq!(text.len(), length, "a device has no room for its name");
    text
}

async fn connection(mut stream: TcpStream, answers: Rc<Answers>) {
    let mut buffer = Vec::with_capacity(4096);
    while let Ok(Some(())) = exchange(&mut stream, &mut buffer, &answers).await {}
}

/// Reads one request and answers it. None at the end of the connection.
async fn exchange(stream: &mut TcpStream, buffer: &mut Vec<u8>, answers: &Answers) -> io::Result<Option<()>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let head = match request.parse(buffer).map_err(io::Error::other)? {
            httparse::Status::Complete(head) => head,
            httparse::Status::Partial => {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
                continue;
            }
        };
        let of = |name: &str| request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        let length =
            of("content-length").and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
        let whole = head + length.unwrap_or(0);
        let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
        let allowed = target == "/mark" || of("authorization").is_some();
        let (status, (first, rest)) = match answers.of(method, target) {
            _ if !allowed => ("401 Unauthorized", (String::new(), "{}")),
            Some(parts) => ("200 OK", parts),
            None => ("404 Not Found", (String::new(), "{}")),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
            first.len() + rest.len()
        );
        while buffer.len() < whole {
            if stream.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
        }
        buffer.drain(..whole);
        let written = stream.write_vectored(&[IoSlice::new(head.as_bytes()), IoSlice::new(rest.as_bytes())]).await?;
        if written < head.len() {
            stream.write_all(&head.as_bytes()[written..]).await?;
        }
        stream.write_all(&rest.as_bytes()[written.saturating_sub(head.len())..]).await?;
        return Ok(Some(()));
    }
}
