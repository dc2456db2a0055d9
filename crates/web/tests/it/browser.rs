//! A browser as far as the server can tell: TLS with the site's root, cookies, forms of its own origin.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::site::HOST;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Where the browser is sent, or nothing.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The value of the first hidden field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let at = text.find(&format!("name=\"{name}\" value=\""))?;
        let rest = &text[at..];
        let value = rest.split_once("value=\"")?.1.split_once('"')?.0;
        Some(value.to_owned())
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A connection that may be used again; a copy of a browser has one of its own.
#[derive(Debug, Default)]
struct Kept(Option<Stream>);

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self(None)
    }
}

/// A browser with its cookies.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    kept: Kept,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it says of where a form stands; `None`: nothing.
    pub(crate) origin: Option<String>,
    pub(crate) host: String,
    /// How many pages another connection fetches after the head of a request, before its body is sent.
    pub(crate) dawdles: usize,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr, root: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let host = format!("{HOST}:{}", address.port());
        Self {
            kept: Kept::default(),
            address,
            tls: Arc::new(tls),
            cookies: BTreeMap::new(),
            origin: Some(format!("https://{host}")),
            host,
            dawdles: 0,
        }
    }

    /// Whether the last answer left the connection for another request.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.0.is_some()
    }

    pub(crate) fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, &[], b"")
    }

    /// Sends a form; the secret of the session's forms goes with it if the browser has seen one.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let body = form.finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &kind, body.as_bytes())
    }

    /// Sends a form of an open session, with what its pages carry.
    pub(crate) fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let home = self.get("/");
        let form = home.field("form").expect("an open session");
        let mut all = vec![("form", form.as_str())];
        all.extend(fields);
        self.post(path, &all)
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Page {
        self.try_send(method, path, headers, body)
            .unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    /// The same; nothing where the server hung up before it answered, or is gone.
    pub(crate) fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Page> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        if let Some(origin) = &self.origin
            && method != "GET"
        {
            write!(head, "Origin: {origin}\r\n").unwrap();
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            write!(head, "Cookie: {}\r\n", pairs.join("; ")).unwrap();
        }
        if method != "GET" {
            write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        head.push_str("\r\n");
        let mut other = self.clone();
        let dawdles = std::mem::take(&mut other.dawdles);
        let mut meanwhile = || {
            for _ in 0..dawdles {
                other.get("/terminal");
            }
        };
        // A kept connection may have been closed meanwhile.
        if let Some(stream) = self.kept.0.take()
            && let Some((page, stream)) = exchange(stream, &head, &mut meanwhile, body)
        {
            self.kept.0 = stream;
            self.keep(&page);
            return Some(page);
        }
        let name = ServerName::try_from(HOST).unwrap();
        let tls = ClientConnection::new(Arc::clone(&self.tls), name).unwrap();
        let stream = TcpStream::connect(self.address).ok()?;
        stream.set_nodelay(true).ok()?;
        let (page, stream) = exchange(StreamOwned::new(tls, stream), &head, &mut meanwhile, body)?;
        self.kept.0 = stream;
        self.keep(&page);
        Some(page)
    }

    fn keep(&mut self, page: &Page) {
        for (name, line) in &page.headers {
            if name != "set-cookie" {
                continue;
            }
            assert!(
                line.starts_with("__Host-")
                    && line.contains("; Path=/; Secure; HttpOnly; SameSite=Strict"),
                "{line}"
            );
            let (pair, _) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Sends a request and reads its answer; the connection comes back where another request can follow.
fn exchange(
    mut stream: Stream,
    head: &str,
    meanwhile: &mut dyn FnMut(),
    body: &[u8],
) -> Option<(Page, Option<Stream>)> {
    stream.write_all(head.as_bytes()).ok()?;
    stream.flush().ok()?;
    meanwhile();
    // A server that refuses a body may close before it has read it; its answer counts.
    let whole = stream.write_all(body).is_ok() && stream.flush().is_ok();
    let mut answer = Vec::new();
    let end = loop {
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(&mut stream, &mut answer)?;
    };
    let text = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let mut page = Page {
        status: status.parse().unwrap(),
        headers,
        body: Vec::new(),
    };
    let chunked = page.header("transfer-encoding") == Some("chunked");
    if chunked {
        while !answer.ends_with(b"0\r\n\r\n") {
            more(&mut stream, &mut answer)?;
        }
        page.body = unchunk(&answer[end + 4..]);
    } else {
        // An answer without a length has no body.
        let length = page.header("content-length");
        let length = length.map_or(0, |length| length.parse().unwrap());
        while answer.len() < end + 4 + length {
            more(&mut stream, &mut answer)?;
        }
        page.body = answer[end + 4..].to_vec();
        assert_eq!(page.body.len(), length, "{text}");
    }
    let goes_on = whole && page.header("connection") != Some("close");
    Some((page, goes_on.then_some(stream)))
}

fn more(stream: &mut Stream, answer: &mut Vec<u8>) -> Option<()> {
    let mut part = [0; 16 << 10];
    let read = stream.read(&mut part).ok()?;
    answer.extend_from_slice(&part[..read]);
    (read > 0).then_some(())
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        rest = &rest[end + 2..];
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}
