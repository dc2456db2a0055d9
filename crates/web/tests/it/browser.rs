//! A browser as far as the server can tell: TLS with the site's root, cookies, forms of its own origin.

use std::collections::BTreeMap;
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

/// A browser with its cookies.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it says of where a form stands; `None`: nothing.
    pub(crate) origin: Option<String>,
    pub(crate) host: String,
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
            address,
            tls: Arc::new(tls),
            cookies: BTreeMap::new(),
            origin: Some(format!("https://{host}")),
            host,
        }
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

    /// The same; nothing where the server hung up while the body was still being sent.
    pub(crate) fn try_send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Page> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.host
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(origin) = &self.origin
            && method != "GET"
        {
            head.push_str(&format!("Origin: {origin}\r\n"));
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            head.push_str(&format!("Cookie: {}\r\n", pairs.join("; ")));
        }
        if method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let name = ServerName::try_from(HOST).unwrap();
        let tls = ClientConnection::new(Arc::clone(&self.tls), name).unwrap();
        let stream = TcpStream::connect(self.address).unwrap();
        let mut stream = StreamOwned::new(tls, stream);
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses a body may close before it has read it; its answer counts.
        let _refused = stream.write_all(body);
        let _refused = stream.flush();
        let mut answer = Vec::new();
        // The end of the connection may come without TLS saying so; the length says whether the answer is whole.
        let _unclean = stream.read_to_end(&mut answer);
        let page = parse(&answer)?;
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

fn parse(answer: &[u8]) -> Option<Page> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let mut body = answer[end + 4..].to_vec();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    if chunked {
        body = unchunk(&body);
    } else if let Some((_, length)) = headers.iter().find(|(name, _)| name == "content-length") {
        assert_eq!(body.len(), length.parse::<usize>().unwrap(), "{head}");
    }
    Some(Page {
        status: status.parse().unwrap(),
        headers,
        body,
    })
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
