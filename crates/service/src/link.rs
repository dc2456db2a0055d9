//! What a producer's directory knows of the authority's service: its address and root, and the certificate it shows there.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::safe::{self, SafeError};
use renketsu_seal::statement::{PreparedStatement, StatementError, StatementKind};
use renketsu_seal::{Card, PartyKeys, Role};
use renketsu_site::{self as site, SiteError, private_directory};
use renketsu_store::{Event, Store, StoreError};
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::enrolment::Vouched;
use crate::spool::remove;
use crate::tls::certificate_sha256;

/// Why a directory has no way to the authority.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Only a producer connects out.
    #[error("a {role} does not connect to the authority")]
    Role {
        /// The role of the directory.
        role: &'static str,
    },
    /// The address is none we connect to.
    #[error("`{url}` is not an address of the form https://HOST[:PORT]")]
    Url {
        /// The address.
        url: String,
    },
    /// The root is no certificate.
    #[error("`{file}` does not hold one certificate in PEM")]
    Root {
        /// The file.
        file: PathBuf,
    },
    /// No address was set.
    #[error("no address of the authority is set")]
    Unset,
    /// No certificate was made.
    #[error("there is no certificate to show")]
    NoCertificate,
    /// There is a certificate, or a key, and it was not said that it goes.
    #[error("`{file}` is there: this producer has a certificate")]
    HasCertificate {
        /// What is there.
        file: PathBuf,
    },
    /// What is there is not what was written.
    #[error("`{file}` is damaged")]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// A file could not be read or written.
    #[error("`{file}` cannot be read or written")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What the card says could not be written.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The certificate or its key could not be made or opened.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The key could not be kept.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LinkError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("service.link.role", &["role"]),
        ("service.link.url", &["url"]),
        ("service.link.root", &["file"]),
        ("service.link.unset", &[]),
        ("service.link.no_certificate", &[]),
        ("service.link.has_certificate", &["file"]),
        ("service.link.damaged", &["file"]),
        ("service.link.io", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Role { .. } => "service.link.role",
            Self::Url { .. } => "service.link.url",
            Self::Root { .. } => "service.link.root",
            Self::Unset => "service.link.unset",
            Self::NoCertificate => "service.link.no_certificate",
            Self::HasCertificate { .. } => "service.link.has_certificate",
            Self::Damaged { .. } => "service.link.damaged",
            Self::Io { .. } => "service.link.io",
            Self::Statement(error) => error.code(),
            Self::Site(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Role { role } => vec![("role", (*role).to_owned())],
            Self::Url { url } => vec![("url", url.clone())],
            Self::Root { file }
            | Self::HasCertificate { file }
            | Self::Damaged { file }
            | Self::Io { file, .. } => {
                vec![("file", file.display().to_string())]
            }
            Self::Unset | Self::NoCertificate => Vec::new(),
            Self::Statement(error) => error.details(),
            Self::Site(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Role { .. } | Self::HasCertificate { .. } | Self::Damaged { .. } => 1,
            Self::Url { .. } | Self::Root { .. } | Self::Unset | Self::NoCertificate => 2,
            Self::Io { .. } => 3,
            Self::Statement(error) => error.exit(),
            Self::Site(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }

    fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}

/// Where the authority's service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    host: String,
    port: u16,
    root: String,
}

/// The way to the authority, ready to be used.
pub struct Link {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) root: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Link")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

fn place(dir: &Path, name: &str) -> PathBuf {
    dir.join("link").join(name)
}

/// The workspace never connects out, and the authority has nobody to connect to.
fn producers_only(card: &Card) -> Result<(), LinkError> {
    match card.role {
        Role::Producer => Ok(()),
        role @ (Role::Authority | Role::Issuer | Role::Workspace) => Err(LinkError::Role {
            role: role.as_str(),
        }),
    }
}

/// `https://HOST[:PORT]`, and nothing behind it.
fn parse(url: &str) -> Option<(String, u16)> {
    let rest = url.strip_prefix("https://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let uri: hyper::Uri = format!("https://{rest}/").parse().ok()?;
    let host = uri.host()?;
    let whole = match uri.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    if whole != rest {
        return None;
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host).ok()?;
    Some((host.to_owned(), uri.port_u16().unwrap_or(443)))
}

fn replace(file: &Path, bytes: &[u8]) -> Result<(), LinkError> {
    let write = || {
        private_directory(file.parent().unwrap_or(file))?;
        remove(file)?;
        let mut new = NewFile::create(file)?;
        new.write_all(bytes)?;
        new.commit()
    };
    write().map_err(LinkError::io(file))
}

/// Sets where the authority's service is and which root it is believed by; in place of what was set before.
pub fn set_authority(
    dir: &Path,
    card: &Card,
    store: &mut Store,
    url: &str,
    root: &Path,
    now: Timestamp,
) -> Result<(), LinkError> {
    producers_only(card)?;
    let (host, port) = parse(url).ok_or_else(|| LinkError::Url {
        url: url.to_owned(),
    })?;
    let pem = durable::read_file(root).map_err(LinkError::io(root))?;
    let not_one = || LinkError::Root {
        file: root.to_owned(),
    };
    let der = site::one_certificate(&pem).ok_or_else(not_one)?;
    let address = Address {
        host,
        port,
        root: String::from_utf8(pem).map_err(|_| not_one())?,
    };
    let event = Event::new("service.authority_set", &address.host, now)
        .with("port", address.port)
        .with("root_sha256", certificate_sha256(&der));
    // A struct of texts can't fail to serialise.
    let json = serde_json::to_vec_pretty(&address).unwrap_or_default();
    replace(&place(dir, "authority.json"), &json)?;
    Ok(store.begin()?.commit(&event)?)
}

/// What `producer tls new` is told.
#[derive(Clone, Debug)]
pub struct CertificateOrder {
    /// Days until the certificate expires.
    pub days: u16,
    /// Whether the certificate and the key before go.
    pub replace: bool,
    /// A new file for what the authority needs to enrol it.
    pub out: PathBuf,
}

/// Makes the key and the certificate that this producer shows, and writes what the authority needs to enrol it. The key stays
/// here; an earlier one goes only where that was said, because nobody connects with it any more.
pub fn new_certificate(
    dir: &Path,
    keys: &PartyKeys,
    store: &mut Store,
    order: &CertificateOrder,
    now: Timestamp,
) -> Result<(), LinkError> {
    producers_only(keys.card())?;
    let [key_file, certificate_file] = ["private", "certificate.der"].map(|name| place(dir, name));
    let there = [&certificate_file, &key_file]
        .into_iter()
        .find(|file| file.symlink_metadata().is_ok());
    if let Some(file) = there
        && !order.replace
    {
        let file = file.clone();
        return Err(LinkError::HasCertificate { file });
    }
    let (key, certificate) = site::client(keys, now, order.days)?;
    let vouched = Vouched::of(&keys.card().fingerprint(), &certificate, &key)
        .map_err(|error| LinkError::Site(SiteError::Make(error)))?;
    let statement =
        PreparedStatement::new(&order.out, StatementKind::ClientCertificate, &vouched, keys)?;
    let mut event = Event::new("service.certificate_made", &keys.card().name, now)
        .with("certificate_sha256", certificate_sha256(&certificate));
    if there.is_some() {
        let before = match durable::read_file(&certificate_file) {
            Ok(before) => certificate_sha256(&before).into(),
            Err(_) => serde_json::Value::Null,
        };
        event = event.with("replaces_sha256", before);
    }
    // On record before a key is destroyed: what a kill leaves is made again with the same command.
    store.begin()?.commit(&event)?;
    private_directory(&dir.join("link")).map_err(LinkError::io(&key_file))?;
    match safe::destroy(&key_file) {
        Ok(_) | Err(SafeError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    site::keep_key(&key_file, keys, &key)?;
    replace(&certificate_file, &certificate)?;
    Ok(statement.publish()?)
}

impl Link {
    /// Opens what [`set_authority`] and [`new_certificate`] left.
    pub fn open(dir: &Path, keys: &PartyKeys) -> Result<Self, LinkError> {
        producers_only(keys.card())?;
        let file = place(dir, "authority.json");
        let bytes = read(&file, LinkError::Unset)?;
        let damaged = || LinkError::Damaged { file: file.clone() };
        let address: Address = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        let root = site::one_certificate(address.root.as_bytes()).ok_or_else(damaged)?;
        let certificate = read(&place(dir, "certificate.der"), LinkError::NoCertificate)?;
        Ok(Self {
            host: address.host,
            port: address.port,
            root,
            certificate,
            key: site::open_key(&place(dir, "private"), keys)?,
        })
    }
}

fn read(file: &Path, missing: LinkError) -> Result<Vec<u8>, LinkError> {
    durable::read_file(file).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            missing
        } else {
            LinkError::Io {
                file: file.to_owned(),
                source,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_over_https() {
        for (url, host, port) in [
            ("https://authority.example", "authority.example", 443),
            ("https://authority.example:8443/", "authority.example", 8443),
            ("https://192.0.2.7:8443", "192.0.2.7", 8443),
            ("https://[2001:db8::7]:8443", "2001:db8::7", 8443),
        ] {
            assert_eq!(parse(url), Some((host.to_owned(), port)), "{url}");
        }
        for url in [
            "http://authority.example",
            "authority.example",
            "https://",
            "https://authority.example/path",
            "https://authority.example?x",
            "https://user@authority.example",
            "https://authority.example:99999",
        ] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}
