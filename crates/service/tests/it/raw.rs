//! Requests byte by byte, as no client of ours would send them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use renketsu_seal::safe;
use renketsu_testkit::Party;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

use crate::site::Site;

/// A response, whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}

#[derive(Debug)]
struct Fixed(u64);

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            self.0,
        )))
    }
}

pub(crate) type Connection = StreamOwned<ClientConnection, TcpStream>;

/// A connection as `producer`; without one, no certificate is shown.
pub(crate) fn connect(site: &Site, producer: Option<&Party>) -> Connection {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(&site.root).unwrap())
        .unwrap();
    let seconds = site.hand.clock().now().as_second().unsigned_abs();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(Fixed(seconds)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let config = match producer {
        None => builder.with_no_client_auth(),
        Some(producer) => {
            let link = producer.path().join("link");
            let mut key = Vec::new();
            safe::open(&link.join("private"), &producer.keys)
                .unwrap()
                .read_to_end(&mut key)
                .unwrap();
            let certificate = std::fs::read(link.join("certificate.der")).unwrap();
            builder
                .with_client_auth_cert(
                    vec![CertificateDer::from(certificate)],
                    PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)),
                )
                .unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(
        client,
        TcpStream::connect(site.listening().service).unwrap(),
    )
}

/// One exchange; `head` is method, path and further header lines.
pub(crate) fn ask(site: &Site, producer: &Party, head: &str, body: &[u8]) -> Said {
    let mut connection = connect(site, Some(producer));
    say(&mut connection, head, body, "close");
    let mut bytes = Vec::new();
    // A server that closes without a word of TLS has said all that it had to say.
    let _end = connection.read_to_end(&mut bytes);
    read(&bytes)
}

/// JSON to a path.
pub(crate) fn post(site: &Site, producer: &Party, path: &str, body: &Value) -> Said {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
    ask(site, producer, &head, body.to_string().as_bytes())
}

pub(crate) fn get(site: &Site, producer: &Party, path: &str) -> Said {
    ask(site, producer, &format!("GET {path} HTTP/1.1"), b"")
}

/// Without TLS, as operators ask.
pub(crate) fn operator(at: SocketAddr, path: &str) -> Said {
    let mut stream = TcpStream::connect(at).unwrap();
    say(&mut stream, &format!("GET {path} HTTP/1.1"), b"", "close");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    read(&bytes)
}

pub(crate) fn say(stream: &mut impl std::io::Write, head: &str, body: &[u8], connection: &str) {
    let length = body.len();
    let head = format!(
        "{head}\r\nHost: localhost\r\nConnection: {connection}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The other side may have heard enough.
    let _heard = stream.write_all(body).and_then(|()| stream.flush());
}

/// One response of a connection that stays open.
pub(crate) fn hear(connection: &mut Connection) -> Said {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0; 1];
        connection.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
        if bytes.ends_with(b"\r\n\r\n") {
            let length = read(&bytes).headers.get("content-length").cloned();
            let mut body = vec![0; length.map_or(0, |text| text.parse().unwrap())];
            connection.read_exact(&mut body).unwrap();
            bytes.extend(body);
            return read(&bytes);
        }
    }
}

fn read(bytes: &[u8]) -> Said {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no response: {:?}", String::from_utf8_lossy(bytes)));
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    Said {
        status: status.parse().unwrap(),
        headers: lines
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_ascii_lowercase(), value.to_owned())
            })
            .collect(),
        body: bytes[end + 4..].to_vec(),
    }
}
