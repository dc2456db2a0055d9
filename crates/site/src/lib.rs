//! Certificates of a site: its own root, what its server shows, and what a client of another site shows.

mod seats;
mod stop;

use std::fmt;
use std::fs::DirBuilder;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use renketsu_seal::PartyKeys;
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::safe::{self, SafeError};
use renketsu_store::{Event, Store, StoreError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

pub use seats::{Seat, Seats};
pub use stop::Stop;

/// A site's root is renewed by hand; ten years.
const ROOT_DAYS: i64 = 3650;
/// The server makes itself a certificate at each start; a year and a month.
const LEAF_DAYS: i64 = 398;
/// Clocks of two parties differ.
const EARLIER: SignedDuration = SignedDuration::from_hours(1);
/// A private key in PKCS #8 is far shorter.
const LONGEST: u64 = 4096;

/// Why a certificate was not made, or not found.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The site has a root already.
    #[error("`{file}` exists: the site has a root already")]
    Exists {
        /// The file that is there.
        file: PathBuf,
    },
    /// There is no root yet.
    #[error("`{file}` is missing: the site has no root")]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// What is there is not what was written.
    #[error("`{file}` is damaged")]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// A name that no server has.
    #[error("`{host}` is no host name or address")]
    Host {
        /// The name.
        host: String,
    },
    /// A certificate could not be made.
    #[error("the certificate could not be made")]
    Make(#[source] rcgen::Error),
    /// A file could not be read or written.
    #[error("`{file}` cannot be read or written")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A private key could not be kept or opened.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SiteError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("service.site.exists", &["file"]),
        ("service.site.missing", &["file"]),
        ("service.site.damaged", &["file"]),
        ("service.site.host", &["host"]),
        ("service.site.make", &[]),
        ("service.site.io", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "service.site.exists",
            Self::Missing { .. } => "service.site.missing",
            Self::Damaged { .. } => "service.site.damaged",
            Self::Host { .. } => "service.site.host",
            Self::Make(_) => "service.site.make",
            Self::Io { .. } => "service.site.io",
            Self::Safe(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Exists { file }
            | Self::Missing { file }
            | Self::Damaged { file }
            | Self::Io { file, .. } => vec![("file", file.display().to_string())],
            Self::Host { host } => vec![("host", host.clone())],
            Self::Make(_) => Vec::new(),
            Self::Safe(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. } | Self::Damaged { .. } => 1,
            Self::Missing { .. } | Self::Host { .. } => 2,
            Self::Make(_) | Self::Io { .. } => 3,
            Self::Safe(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }

    fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}

/// What is public of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Site {
    hosts: Vec<String>,
    name: String,
    root: String,
}

/// What a server shows.
pub struct Leaf {
    /// The certificate in DER.
    pub certificate: Vec<u8>,
    /// Its private key in PKCS #8.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Leaf").finish_non_exhaustive()
    }
}

/// Where what concerns the service of a directory lies.
pub fn root(dir: &Path) -> PathBuf {
    dir.join("service")
}

/// Makes a directory that its owner alone can enter.
pub fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn site_file(dir: &Path) -> PathBuf {
    root(dir).join("site.json")
}

fn root_key_file(dir: &Path) -> PathBuf {
    root(dir).join("root-private")
}

fn instant(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn params(name: &str, now: Timestamp, days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    let later = SignedDuration::from_hours(days.saturating_mul(24));
    params.not_before = instant(now.checked_sub(EARLIER).unwrap_or(now));
    params.not_after = instant(now.checked_add(later).unwrap_or(Timestamp::MAX));
    params
}

fn root_params(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = params(name, now, ROOT_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Keeps a private key behind the party's keys.
pub fn keep_key(path: &Path, keys: &PartyKeys, key: &KeyPair) -> Result<(), SiteError> {
    let der = Zeroizing::new(key.serialize_der());
    let mut writer = safe::create(path, keys)?;
    writer.write_all(&der).map_err(SiteError::io(path))?;
    Ok(writer.commit()?)
}

/// Opens a private key that [`keep_key`] kept.
pub fn open_key(path: &Path, keys: &PartyKeys) -> Result<Zeroizing<Vec<u8>>, SiteError> {
    let reader = safe::open(path, keys)?;
    if reader.len() > LONGEST {
        let file = path.to_owned();
        return Err(SiteError::Damaged { file });
    }
    let mut der = Zeroizing::new(Vec::with_capacity(4096));
    reader
        .take(LONGEST)
        .read_to_end(&mut der)
        .map_err(SiteError::io(path))?;
    Ok(der)
}

/// Makes the root of a site for these host names and returns it in PEM. Its private key stays sealed in the directory.
pub fn init(
    dir: &Path,
    keys: &PartyKeys,
    store: &mut Store,
    hosts: &[String],
    now: Timestamp,
) -> Result<String, SiteError> {
    let file = site_file(dir);
    if file.symlink_metadata().is_ok() {
        return Err(SiteError::Exists { file });
    }
    for host in hosts {
        if rustls::pki_types::ServerName::try_from(host.as_str()).is_err() {
            return Err(SiteError::Host { host: host.clone() });
        }
    }
    private_directory(&root(dir)).map_err(SiteError::io(&file))?;
    let fingerprint = keys.card().fingerprint().to_hex();
    // Names of people and offices stay out of what everybody on the network sees.
    let name = format!("renketsu {}", fingerprint.get(..16).unwrap_or_default());
    let key = KeyPair::generate().map_err(SiteError::Make)?;
    let pem = root_params(&name, now)
        .self_signed(&key)
        .map_err(SiteError::Make)?
        .pem();
    // What an interrupted run left; without its site it was never shown to anybody.
    match safe::destroy(&root_key_file(dir)) {
        Ok(_) | Err(SafeError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    keep_key(&root_key_file(dir), keys, &key)?;
    let site = Site {
        hosts: hosts.to_vec(),
        name,
        root: pem.clone(),
    };
    let event = Event::new("service.site", &keys.card().name, now).with("hosts", hosts.to_vec());
    let written = || -> io::Result<NewFile> {
        let mut new = NewFile::create(&file)?;
        new.write_all(&serde_json::to_vec_pretty(&site).map_err(io::Error::other)?)?;
        Ok(new)
    };
    let new = written().map_err(SiteError::io(&file))?;
    store.begin()?.commit(&event)?;
    new.commit().map_err(SiteError::io(&file))?;
    Ok(pem)
}

/// The names of a site's server, the first of them its own; and the root in PEM.
pub fn names(dir: &Path) -> Result<(Vec<String>, String), SiteError> {
    let site = read(dir)?;
    Ok((site.hosts, site.root))
}

fn read(dir: &Path) -> Result<Site, SiteError> {
    let file = site_file(dir);
    let bytes = durable::read_file(&file).map_err(|source| {
        let file = file.clone();
        if source.kind() == io::ErrorKind::NotFound {
            SiteError::Missing { file }
        } else {
            SiteError::Io { file, source }
        }
    })?;
    serde_json::from_slice(&bytes).map_err(|_| SiteError::Damaged { file })
}

/// A certificate for the server, from the root of the site; made at each start and never written down.
pub fn leaf(dir: &Path, keys: &PartyKeys, now: Timestamp) -> Result<Leaf, SiteError> {
    let site = read(dir)?;
    let damaged = || SiteError::Damaged {
        file: root_key_file(dir),
    };
    let der = open_key(&root_key_file(dir), keys)?;
    let root_key = KeyPair::try_from(der.as_slice()).map_err(|_| damaged())?;
    let issuer = Issuer::new(root_params(&site.name, now), root_key);
    // Another name than the root's: by the names, a certificate that signed itself is told from one that did not.
    let mut params = params("renketsu service", now, LEAF_DAYS);
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = CertificateParams::new(site.hosts)
        .map_err(SiteError::Make)?
        .subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().map_err(SiteError::Make)?;
    let certificate = params.signed_by(&key, &issuer).map_err(SiteError::Make)?;
    Ok(Leaf {
        certificate: certificate.der().to_vec(),
        key: Zeroizing::new(key.serialize_der()),
    })
}

/// A certificate for a producer's client, signed by itself.
pub fn client(
    keys: &PartyKeys,
    now: Timestamp,
    days: u16,
) -> Result<(KeyPair, Vec<u8>), SiteError> {
    let mut params = params(&keys.card().fingerprint().to_hex(), now, i64::from(days));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().map_err(SiteError::Make)?;
    let der = params
        .self_signed(&key)
        .map_err(SiteError::Make)?
        .der()
        .to_vec();
    Ok((key, der))
}

/// The one certificate of a PEM file.
pub fn one_certificate(pem: &[u8]) -> Option<Vec<u8>> {
    let mut found = CertificateDer::pem_slice_iter(pem);
    let one = found.next()?.ok()?;
    found.next().is_none().then(|| one.to_vec())
}
