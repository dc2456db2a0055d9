//! A signed statement (`renketsu.statement/1`): a small JSON document of one party that holds nothing about a person, and
//! so is signed and not encrypted. `docs/formats/statement.md` describes it for other implementations.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::card::{Card, Fingerprint, Role};
use crate::durable::{self, NewFile};
use crate::package::PackageId;
use crate::party::PartyKeys;
use crate::signature::{Detached, SigningFailed};
use crate::trust::Trust;

const FORMAT: &str = "renketsu.statement/1";
/// A statement has under 10 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// What a statement says; each kind is one party's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// Authority → producer: a fee notice in the place of another.
    FeeCorrection,
    /// Producer → authority: the certificate that the producer shows to the authority's service.
    ClientCertificate,
    /// Producer → authority: which sealed delivery is to be passed on, and to whom.
    DeliveryCover,
}

impl StatementKind {
    /// The word in files: `fee_correction`, `client_certificate`, `delivery_cover`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FeeCorrection => "fee_correction",
            Self::ClientCertificate => "client_certificate",
            Self::DeliveryCover => "delivery_cover",
        }
    }

    fn signer(self) -> Role {
        match self {
            Self::FeeCorrection => Role::Authority,
            Self::ClientCertificate | Self::DeliveryCover => Role::Producer,
        }
    }

    /// The trusted comment of the signature.
    fn comment(self) -> String {
        format!("{FORMAT} {}", self.as_str())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementFile {
    format: String,
    kind: StatementKind,
    /// The JSON text that was signed, byte for byte.
    signed: String,
    /// A minisign signature file.
    signature: String,
}

/// What a [`StatementKind::DeliveryCover`] says: which sealed delivery is to be passed on, and for whom it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryCover {
    /// SHA-256 of the sealed file.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Its package id.
    pub package: PackageId,
    /// The provision.
    pub provision: String,
    /// Name of the recipient.
    pub recipient: String,
    /// Fingerprint of the recipient's card.
    pub fingerprint: Fingerprint,
}

/// Why a statement is not written or not believed.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Something has that name.
    #[error("`{}` exists", file.display())]
    Exists {
        /// The name.
        file: PathBuf,
    },
    /// Not of the form of a statement.
    #[error("`{}` is no statement", file.display())]
    Form {
        /// The file.
        file: PathBuf,
    },
    /// The file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It says something else than is asked for here.
    #[error("`{}` is a statement of another kind", file.display())]
    Kind {
        /// The file.
        file: PathBuf,
    },
    /// No trusted party signed it, or it was changed.
    #[error("`{}` has no valid signature of a trusted party", file.display())]
    Signature {
        /// The file.
        file: PathBuf,
    },
    /// Signed by a party that this is not for to say.
    #[error("`{}` is signed by `{name}`, whose part it is not", file.display())]
    Signer {
        /// The file.
        file: PathBuf,
        /// Name on the card.
        name: String,
    },
    /// Our fault, or no randomness.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl StatementError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("seal.statement.exists", &["file"]),
        ("seal.statement.form", &["file"]),
        ("seal.statement.io", &["file"]),
        ("seal.statement.kind", &["file"]),
        ("seal.statement.signature", &["file"]),
        ("seal.statement.signer", &["file", "name"]),
        ("seal.statement.signing", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "seal.statement.exists",
            Self::Form { .. } => "seal.statement.form",
            Self::Io { .. } => "seal.statement.io",
            Self::Kind { .. } => "seal.statement.kind",
            Self::Signature { .. } => "seal.statement.signature",
            Self::Signer { .. } => "seal.statement.signer",
            Self::Signing(_) => "seal.statement.signing",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Exists { file }
            | Self::Form { file }
            | Self::Io { file, .. }
            | Self::Kind { file }
            | Self::Signature { file } => vec![("file", file.display().to_string())],
            Self::Signer { file, name } => {
                vec![("file", file.display().to_string()), ("name", name.clone())]
            }
            Self::Signing(_) => Vec::new(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. } | Self::Signature { .. } | Self::Signer { .. } => 1,
            Self::Form { .. } | Self::Kind { .. } => 2,
            Self::Io { .. } => 3,
            Self::Signing(_) => 70,
        }
    }
}

/// A statement on disk that has no name yet. Dropped, it is gone.
#[must_use = "a statement that is not published is gone"]
#[derive(Debug)]
pub struct PreparedStatement {
    file: NewFile,
    sha256: String,
}

impl PreparedStatement {
    /// Signs `body` and writes it without a name, so that it can be recorded before anybody can have it.
    pub fn new<T: Serialize>(
        out: &Path,
        kind: StatementKind,
        body: &T,
        keys: &PartyKeys,
    ) -> Result<Self, StatementError> {
        if keys.card().role != kind.signer() {
            return Err(StatementError::Signer {
                file: out.to_owned(),
                name: keys.card().name.clone(),
            });
        }
        let signed = serde_json::to_string(body).map_err(|_| SigningFailed)?;
        let signature = keys.signer.sign(signed.as_bytes(), &kind.comment())?;
        let file = StatementFile {
            format: FORMAT.to_owned(),
            kind,
            signed,
            signature,
        };
        let mut bytes = serde_json::to_vec_pretty(&file).map_err(|_| SigningFailed)?;
        bytes.push(b'\n');
        let write = || {
            let mut file = NewFile::create(out)?;
            file.write_all(&bytes)?;
            file.sync()?;
            Ok(file)
        };
        Ok(Self {
            file: write().map_err(|source| failed(out, source))?,
            sha256: HEXLOWER.encode(&Sha256::digest(&bytes)),
        })
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Gives it its name.
    pub fn publish(self) -> Result<(), StatementError> {
        let path = self.file.path().to_owned();
        self.file.commit().map_err(|source| failed(&path, source))
    }
}

fn failed(file: &Path, source: io::Error) -> StatementError {
    let file = file.to_owned();
    if source.kind() == io::ErrorKind::AlreadyExists {
        StatementError::Exists { file }
    } else {
        StatementError::Io { file, source }
    }
}

/// Reads a statement of this kind and says whose it is: nothing in it is looked at before a trusted signature holds.
pub fn read<T: DeserializeOwned>(
    path: &Path,
    kind: StatementKind,
    trust: &Trust,
) -> Result<(T, Card), StatementError> {
    let file = || path.to_owned();
    let io = |source| StatementError::Io {
        file: file(),
        source,
    };
    let mut bytes = Vec::new();
    let taken = durable::open_file(path)
        .map_err(io)?
        .take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    let form = || StatementError::Form { file: file() };
    if taken as u64 == MAX_FILE {
        return Err(form());
    }
    let found: StatementFile = serde_json::from_slice(&bytes).map_err(|_| form())?;
    if found.format != FORMAT {
        return Err(form());
    }
    if found.kind != kind {
        return Err(StatementError::Kind { file: file() });
    }
    let unsigned = || StatementError::Signature { file: file() };
    let signature = Detached::parse(found.signature.as_bytes()).ok_or_else(unsigned)?;
    let (signer, _) = trust
        .by_key_number(signature.key_number())
        .find(|(_, verifier)| verifier.verify(found.signed.as_bytes(), &signature))
        .ok_or_else(unsigned)?;
    if signature.trusted_comment != kind.comment() {
        return Err(unsigned());
    }
    if signer.role != kind.signer() {
        return Err(StatementError::Signer {
            file: file(),
            name: signer.name.clone(),
        });
    }
    let body = serde_json::from_str(&found.signed).map_err(|_| form())?;
    Ok((body, signer.clone()))
}
