//! A browser as far as the server can tell: TLS with the site's root, cookies, a connection that is kept.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The name in the site's certificate.
pub(crate) const HOST: &str = "localhost";

/// What came back.
pub(crate) struct Page {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Page {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Where the browser is sent, or nothing.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The value of the first hidden field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split_once('"')?.0)
    }
}

/// Where the server is and how it is believed.
#[derive(Clone)]
pub(crate) struct Site {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

impl Site {
    pub(crate) fn new(address: SocketAddr, root: Vec<u8>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address,
            tls: Arc::new(tls),
        })
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

pub(crate) struct Browser {
    site: Site,
    kept: Option<Stream>,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(site: &Site) -> Self {
        Self {
            site: site.clone(),
            kept: None,
            cookies: BTreeMap::new(),
        }
    }

    /// Another browser with the same cookies and a connection of its own.
    pub(crate) fn beside(&self) -> Self {
        Self {
            site: self.site.clone(),
            kept: None,
            cookies: self.cookies.clone(),
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Page> {
        self.send("GET", path, "")
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send("POST", path, &form.finish())
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Page> {
        let host = format!("{HOST}:{}", self.site.address.port());
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        if method != "GET" {
            let length = body.len().to_string();
            request.extend([
                "Origin: https://",
                &host,
                "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
                &length,
                "\r\n",
            ]);
        }
        let pairs = self.cookies.iter().map(|(name, value)| [name, "=", value]);
        let pairs: Vec<String> = pairs.map(|pair| pair.concat()).collect();
        if !pairs.is_empty() {
            request.extend(["Cookie: ", &pairs.join("; "), "\r\n"]);
        }
        request.extend(["\r\n", body]);
        let mut stream = match self.kept.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        stream.write_all(request.as_bytes())?;
        stream.flush()?;
        let page = read(&mut stream).with_context(|| format!("{method} {path}"))?;
        if page.header("connection") != Some("close") {
            self.kept = Some(stream);
        }
        let set = page.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, line) in set {
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie")?;
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(page)
    }

    fn connect(&self) -> Result<Stream> {
        let name = ServerName::try_from(HOST)?;
        let tls = ClientConnection::new(Arc::clone(&self.site.tls), name)?;
        let stream = TcpStream::connect(self.site.address)?;
        stream.set_nodelay(true)?;
        Ok(StreamOwned::new(tls, stream))
    }
}

fn read(stream: &mut Stream) -> Result<Page> {
    let mut answer = Vec::new();
    let end = loop {
        if let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(stream, &mut answer)?;
    };
    let mut body = answer.split_off(end.saturating_add(4));
    let head = String::from_utf8(answer)?;
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.context("a status")?.parse()?;
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').context("a header")?;
        Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let mut page = Page {
        status,
        headers: headers.collect::<Result<_>>()?,
        body: String::new(),
    };
    if page.header("transfer-encoding").is_some() {
        bail!("pages have a length");
    }
    // An answer without a length has no body.
    let length: usize = page.header("content-length").unwrap_or("0").parse()?;
    while body.len() < length {
        more(stream, &mut body)?;
    }
    page.body = String::from_utf8(body)?;
    Ok(page)
}

fn more(stream: &mut Stream, answer: &mut Vec<u8>) -> Result<()> {
    let mut part = [0; 16 << 10];
    let read = stream.read(&mut part)?;
    if read == 0 {
        bail!("the server hung up");
    }
    answer.extend_from_slice(part.get(..read).unwrap_or_default());
    Ok(())
}
