//! How a producer's certificate becomes known: its card vouches for it, and the authority trusts the card.

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use jiff::Timestamp;
use rcgen::{KeyPair, SigningKey as _};
use renketsu_seal::statement::{self, StatementError, StatementKind};
use renketsu_seal::{Fingerprint, Trust};
use renketsu_store::{EnrolledCertificate, Event, Store, StoreError};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use webpki::EndEntityCert;

use crate::tls::certificate_sha256;

/// What a producer's card says. Nothing of it is secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vouched {
    certificate: String,
    possession: String,
}

/// Sets the signature below apart from every other that a TLS key makes.
const POSSESSION: &[u8] = b"renketsu/tls-possession/1\0";

/// What the certificate's key signs: for which card, and which certificate.
fn possession(card: &Fingerprint, certificate: &[u8]) -> Vec<u8> {
    let parts = [card.to_hex(), certificate_sha256(certificate)];
    [POSSESSION, parts.concat().as_bytes()].concat()
}

impl Vouched {
    /// The card's word for a certificate, with that of the certificate's key for the card: a certificate is public, so that
    /// anybody's card could vouch for another's.
    pub(crate) fn of(
        card: &Fingerprint,
        certificate: &[u8],
        key: &KeyPair,
    ) -> Result<Self, rcgen::Error> {
        Ok(Self {
            certificate: BASE64.encode(certificate),
            possession: BASE64.encode(&key.sign(&possession(card, certificate))?),
        })
    }

    /// The certificate, if its key signed that it is for this card.
    fn proven(&self, card: &Fingerprint, file: &Path) -> Result<Vec<u8>, EnrolError> {
        let file = || file.to_owned();
        let form = || EnrolError::Form { file: file() };
        let decoded = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| form());
        let der = decoded(&self.certificate)?;
        let signature = decoded(&self.possession)?;
        let certificate = CertificateDer::from(der.as_slice());
        let parsed = EndEntityCert::try_from(&certificate).map_err(|_| form())?;
        parsed
            .verify_signature(
                webpki::ring::ECDSA_P256_SHA256,
                &possession(card, &der),
                &signature,
            )
            .map_err(|_| EnrolError::Possession { file: file() })?;
        Ok(der)
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
    /// The certificate's key did not sign that it is this card's.
    #[error("`{file}` does not prove that its sender has the key of the certificate")]
    Possession {
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
    pub const CODES: &[(&str, &[&str])] = &[
        ("service.enrol.form", &["file"]),
        ("service.enrol.possession", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "service.enrol.form",
            Self::Possession { .. } => "service.enrol.possession",
            Self::Statement(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Form { file } | Self::Possession { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::Statement(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Form { .. } => 2,
            Self::Possession { .. } => 1,
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
    let (vouched, card) =
        statement::read::<Vouched>(file, StatementKind::ClientCertificate, trust)?;
    let producer = card.fingerprint();
    let certificate = vouched.proven(&producer, file)?;
    let enrolled = Enrolled {
        producer,
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
