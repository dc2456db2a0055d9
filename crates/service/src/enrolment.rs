//! How a producer's certificate becomes known: its card vouches for it, and the authority trusts the card.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use jiff::Timestamp;
use renketsu_seal::statement::{self, StatementError, StatementKind};
use renketsu_seal::{Fingerprint, Trust};
use renketsu_store::{EnrolledCertificate, Event, Store, StoreError};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::tls::certificate_sha256;

/// What a producer's card says. Nothing of it is secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vouched {
    certificate: String,
}

impl Vouched {
    pub(crate) fn of(certificate: &[u8]) -> Self {
        Self {
            certificate: BASE64.encode(certificate),
        }
    }
}

/// Why a certificate is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// A trusted producer signed something that is no certificate.
    #[error("`{file}` holds no certificate")]
    Form {
        /// The file.
        file: PathBuf,
    },
    /// No producer that is trusted signed it.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The state could not be changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EnrolError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[("service.enrol.form", &["file"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "service.enrol.form",
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Form { file } => vec![("file", file.display().to_string())],
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Form { .. } => 2,
            Self::Statement(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}

/// A certificate as it was enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enrolled {
    /// Name on the producer's card.
    pub name: String,
    /// Fingerprint of the card.
    pub producer: Fingerprint,
    /// SHA-256 of the certificate, in hexadecimal.
    pub certificate: String,
}

/// Enrols the certificate of a file that `producer tls new` wrote.
pub fn enrol(
    trust: &Trust,
    store: &mut Store,
    file: &Path,
    now: Timestamp,
) -> Result<Enrolled, EnrolError> {
    let form = || EnrolError::Form {
        file: file.to_owned(),
    };
    let (vouched, card) =
        statement::read::<Vouched>(file, StatementKind::ClientCertificate, trust)?;
    let certificate = BASE64
        .decode(vouched.certificate.as_bytes())
        .map_err(|_| form())?;
    let parses = RootCertStore::empty().add(CertificateDer::from(certificate.as_slice()));
    parses.map_err(|_| form())?;
    let enrolled = Enrolled {
        producer: card.fingerprint(),
        name: card.name,
        certificate: certificate_sha256(&certificate),
    };
    let event = Event::new("service.enrolled", &enrolled.name, now)
        .with("producer", enrolled.producer.to_hex())
        .with("certificate_sha256", enrolled.certificate.as_str());
    let transaction = store.begin()?;
    transaction.enrol_certificate(&EnrolledCertificate {
        sha256: enrolled.certificate.clone(),
        certificate,
        producer: enrolled.producer.to_hex(),
        enrolled_at: now,
        revoked_at: None,
    })?;
    transaction.commit(&event)?;
    Ok(enrolled)
}

/// Accepts a certificate no longer.
pub fn revoke(store: &mut Store, certificate: &str, now: Timestamp) -> Result<(), StoreError> {
    let event = Event::new("service.revoked", certificate, now);
    let transaction = store.begin()?;
    transaction.revoke_certificate(certificate, now)?;
    transaction.commit(&event)
}
