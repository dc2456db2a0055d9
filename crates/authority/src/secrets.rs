//! The authority's secrets at rest, each in its own safe, in the key store of its custodian: `D/secrets/resolver` has a
//! root per epoch, `D/secrets/issuer` a root per epoch and a salt per provision. A directory has the stores of the
//! custodians it holds (`docs/decisions/0020-two-custodians.md`).

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use renketsu_identity::{Epoch, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe::{self, Destroyed, SafeError};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::custody::Custodian;

/// Why a secret could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// The directory of the secrets cannot be made.
    #[error("the directory `{path}` cannot be made")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key store is another custodian's.
    #[error("the key store of the {custodian} is not in this directory")]
    Elsewhere {
        /// Whose it is.
        custodian: &'static str,
    },
    /// The safe of a secret holds something else.
    #[error("the safe `{file}` does not hold a secret")]
    Form {
        /// The safe.
        file: PathBuf,
    },
    /// The safe could not be read or written.
    #[error("the safe `{file}` cannot be read or written")]
    Io {
        /// The safe.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The safe itself failed.
    #[error(transparent)]
    Safe(#[from] SafeError),
}

impl SecretError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.secret.entropy", &[]),
        ("authority.secret.directory", &["path"]),
        ("authority.secret.elsewhere", &["custodian"]),
        ("authority.secret.form", &["file"]),
        ("authority.secret.io", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entropy => "authority.secret.entropy",
            Self::Directory { .. } => "authority.secret.directory",
            Self::Elsewhere { .. } => "authority.secret.elsewhere",
            Self::Form { .. } => "authority.secret.form",
            Self::Io { .. } => "authority.secret.io",
            Self::Safe(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Entropy => Vec::new(),
            Self::Directory { path, .. } => vec![("path", path.display().to_string())],
            Self::Elsewhere { custodian } => vec![("custodian", (*custodian).to_owned())],
            Self::Form { file } | Self::Io { file, .. } => {
                vec![("file", file.display().to_string())]
            }
            Self::Safe(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Entropy | Self::Directory { .. } | Self::Form { .. } | Self::Io { .. } => 3,
            Self::Elsewhere { .. } => 1,
            Self::Safe(error) => error.exit(),
        }
    }
}

/// Where the secrets of a party lie.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    dir: &'a Path,
    keys: &'a PartyKeys,
}

impl<'a> Secrets<'a> {
    pub(crate) fn of(dir: &'a Path, keys: &'a PartyKeys) -> Self {
        Self { dir, keys }
    }

    fn store_of(&self, custodian: Custodian) -> PathBuf {
        self.dir.join("secrets").join(custodian.as_str())
    }

    fn root_path(&self, custodian: Custodian, epoch: Epoch) -> PathBuf {
        self.store_of(custodian).join(format!("root-{epoch}"))
    }

    /// The code's alphabet is safe in a file name.
    fn salt_path(&self, provision: &ProvisionCode) -> PathBuf {
        self.store_of(Custodian::Issuer)
            .join(format!("salt-{}", provision.as_str()))
    }

    /// Whether this directory has the key store of a custodian.
    pub(crate) fn has(&self, custodian: Custodian) -> bool {
        self.store_of(custodian).exists()
    }

    /// Whether the root of an epoch is there.
    pub(crate) fn has_root(&self, custodian: Custodian, epoch: Epoch) -> bool {
        self.root_path(custodian, epoch).exists()
    }

    /// Makes the root of an epoch if it is missing; one that is there is never replaced.
    pub(crate) fn make_root(&self, custodian: Custodian, epoch: Epoch) -> Result<(), SecretError> {
        self.make(&self.root_path(custodian, epoch))
    }

    /// Makes the salt of a provision. One left by an opening that was interrupted before it was recorded is used:
    /// nothing was ever issued under it.
    pub(crate) fn make_salt(&self, provision: &ProvisionCode) -> Result<(), SecretError> {
        self.held(Custodian::Issuer)?;
        self.make(&self.salt_path(provision))
    }

    /// SHA-256 of a sealed salt, in hexadecimal; `None` if it is gone.
    pub(crate) fn salt_digest(
        &self,
        provision: &ProvisionCode,
    ) -> Result<Option<String>, SecretError> {
        let path = self.salt_path(provision);
        match std::fs::read(&path) {
            Ok(sealed) => Ok(Some(HEXLOWER.encode(&Sha256::digest(sealed)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SecretError::Io { file: path, source }),
        }
    }

    /// Destroys the salt of a provision: the key that seals it, then the sealed salt. `None` if nothing of it is here.
    pub(crate) fn destroy_salt(
        &self,
        provision: &ProvisionCode,
    ) -> Result<Option<Destroyed>, SecretError> {
        self.destroy(Custodian::Issuer, &self.salt_path(provision))
    }

    /// Destroys the root of an epoch. `None` if nothing of it is here.
    pub(crate) fn destroy_root(
        &self,
        custodian: Custodian,
        epoch: Epoch,
    ) -> Result<Option<Destroyed>, SecretError> {
        self.destroy(custodian, &self.root_path(custodian, epoch))
    }

    fn destroy(&self, custodian: Custodian, path: &Path) -> Result<Option<Destroyed>, SecretError> {
        if !self.has(custodian) {
            return Ok(None);
        }
        match safe::destroy(path) {
            Ok(destroyed) => Ok(Some(destroyed)),
            Err(SafeError::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn held(&self, custodian: Custodian) -> Result<(), SecretError> {
        if self.has(custodian) {
            return Ok(());
        }
        Err(SecretError::Elsewhere {
            custodian: custodian.as_str(),
        })
    }

    fn make(&self, path: &Path) -> Result<(), SecretError> {
        private_directory(path.parent().unwrap_or(self.dir))?;
        if path.exists() {
            return Ok(());
        }
        let mut secret = Zeroizing::new([0_u8; 32]);
        getrandom::fill(secret.as_mut_slice()).map_err(|_| SecretError::Entropy)?;
        let mut writer = safe::create(path, self.keys)?;
        writer
            .write_all(secret.as_slice())
            .map_err(|source| SecretError::Io {
                file: path.to_owned(),
                source,
            })?;
        Ok(writer.commit()?)
    }

    pub(crate) fn resolver_root(&self, epoch: Epoch) -> Result<RootKey, SecretError> {
        self.root(Custodian::Resolver, epoch)
            .map(|mut secret| RootKey::from_bytes(&mut secret))
    }

    pub(crate) fn issuer_root(&self, epoch: Epoch) -> Result<ProvisionRoot, SecretError> {
        self.root(Custodian::Issuer, epoch)
            .map(|mut secret| ProvisionRoot::from_bytes(&mut secret))
    }

    fn root(&self, custodian: Custodian, epoch: Epoch) -> Result<Zeroizing<[u8; 32]>, SecretError> {
        self.held(custodian)?;
        self.read(&self.root_path(custodian, epoch))
    }

    pub(crate) fn salt(&self, provision: &ProvisionCode) -> Result<ProvisionSalt, SecretError> {
        self.held(Custodian::Issuer)?;
        self.read(&self.salt_path(provision))
            .map(|mut secret| ProvisionSalt::from_bytes(&mut secret))
    }

    fn read(&self, path: &Path) -> Result<Zeroizing<[u8; 32]>, SecretError> {
        let mut reader = safe::open(path, self.keys)?;
        if reader.len() != 32 {
            return Err(SecretError::Form {
                file: path.to_owned(),
            });
        }
        let mut secret = Zeroizing::new([0_u8; 32]);
        reader
            .read_exact(secret.as_mut_slice())
            .map_err(|source| SecretError::Io {
                file: path.to_owned(),
                source,
            })?;
        Ok(secret)
    }
}

/// Makes a directory that only its owner may enter; one that exists is left as it is.
pub(crate) fn private_directory(path: &Path) -> Result<(), SecretError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| SecretError::Directory {
            path: path.to_owned(),
            source,
        })
}
