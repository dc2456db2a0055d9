//! The authority's secrets at rest, each in its own safe, in the key store of its custodian: `D/secrets/resolver` has a
//! root per epoch, `D/secrets/issuer` a root per epoch and a salt per provision. A directory has the stores of the
//! custodians it holds (`docs/decisions/0020-two-custodians.md`).
//!
//! Where a key token is in use, `NAME.wrapped` stands in the place of `NAME` (`docs/decisions/0024-tokens-and-locked-memory.md`).

pub mod door;
mod fault;
mod wrapped;
mod wrapping;

use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use renketsu_identity::{Epoch, Locked, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe::{self, Destroyed, SafeError};
use sha2::{Digest as _, Sha256};

pub use door::Door;
pub use fault::SecretError;
pub use wrapping::{Held, Taken, UseToken, leave_token, open_token, use_token};
pub(crate) use wrapping::{holdings, token_in_use};

use crate::custody::Custodian;

/// Where the secrets of a party lie.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    dir: &'a Path,
    keys: &'a PartyKeys,
    door: Option<&'a Door<'a>>,
}

/// One secret: whose, and its name in that key store.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    custodian: Custodian,
    name: String,
}

impl Name {
    fn root(custodian: Custodian, epoch: Epoch) -> Self {
        let name = format!("root-{epoch}");
        Self { custodian, name }
    }

    /// The code's alphabet is safe in a file name.
    fn salt(provision: &ProvisionCode) -> Self {
        Self {
            custodian: Custodian::Issuer,
            name: format!("salt-{}", provision.as_str()),
        }
    }
}

impl<'a> Secrets<'a> {
    pub(crate) fn of(dir: &'a Path, keys: &'a PartyKeys, door: Option<&'a Door<'a>>) -> Self {
        Self { dir, keys, door }
    }

    fn store_of(&self, custodian: Custodian) -> PathBuf {
        self.dir.join("secrets").join(custodian.as_str())
    }

    /// The safe that the passphrase opens.
    fn plain(&self, name: &Name) -> PathBuf {
        self.store_of(name.custodian).join(&name.name)
    }

    /// The safe whose content the key token opens.
    fn wrapped(&self, name: &Name) -> PathBuf {
        self.store_of(name.custodian)
            .join(format!("{}.wrapped", name.name))
    }

    /// Whether this directory has the key store of a custodian.
    pub(crate) fn has(&self, custodian: Custodian) -> bool {
        self.store_of(custodian).exists()
    }

    /// Whether the root of an epoch is there.
    pub(crate) fn has_root(&self, custodian: Custodian, epoch: Epoch) -> bool {
        self.exists(&Name::root(custodian, epoch))
    }

    fn exists(&self, name: &Name) -> bool {
        self.plain(name).exists() || self.wrapped(name).exists()
    }

    /// Makes the root of an epoch if it is missing; one that is there is never replaced.
    pub(crate) fn make_root(&self, custodian: Custodian, epoch: Epoch) -> Result<(), SecretError> {
        self.make(&Name::root(custodian, epoch))
    }

    /// Makes the salt of a provision. One left by an opening that was interrupted before it was recorded is used:
    /// nothing was ever issued under it.
    pub(crate) fn make_salt(&self, provision: &ProvisionCode) -> Result<(), SecretError> {
        self.held(Custodian::Issuer)?;
        self.make(&Name::salt(provision))
    }

    /// SHA-256 of a sealed salt, in hexadecimal; `None` if it is gone.
    pub(crate) fn salt_digest(
        &self,
        provision: &ProvisionCode,
    ) -> Result<Option<String>, SecretError> {
        let name = Name::salt(provision);
        for path in [self.wrapped(&name), self.plain(&name)] {
            match std::fs::read(&path) {
                Ok(sealed) => return Ok(Some(HEXLOWER.encode(&Sha256::digest(sealed)))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(SecretError::Io { file: path, source }),
            }
        }
        Ok(None)
    }

    /// Destroys the salt of a provision: the key that seals it, then the sealed salt. `None` if nothing of it is here.
    pub(crate) fn destroy_salt(
        &self,
        provision: &ProvisionCode,
    ) -> Result<Option<Destroyed>, SecretError> {
        self.destroy(&Name::salt(provision))
    }

    /// Destroys the root of an epoch. `None` if nothing of it is here.
    pub(crate) fn destroy_root(
        &self,
        custodian: Custodian,
        epoch: Epoch,
    ) -> Result<Option<Destroyed>, SecretError> {
        self.destroy(&Name::root(custodian, epoch))
    }

    /// In both of its forms: an interrupted change of form leaves both.
    fn destroy(&self, name: &Name) -> Result<Option<Destroyed>, SecretError> {
        if !self.has(name.custodian) {
            return Ok(None);
        }
        let mut gone: Option<Destroyed> = None;
        for path in [self.plain(name), self.wrapped(name)] {
            let destroyed = match safe::destroy(&path) {
                Ok(destroyed) => destroyed,
                Err(SafeError::Missing { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            gone = Some(match gone {
                None => destroyed,
                Some(before) => Destroyed {
                    path: before.path,
                    bytes: before.bytes.saturating_add(destroyed.bytes),
                    key_erased: before.key_erased || destroyed.key_erased,
                },
            });
        }
        Ok(gone)
    }

    fn held(&self, custodian: Custodian) -> Result<(), SecretError> {
        if self.has(custodian) {
            return Ok(());
        }
        Err(SecretError::Elsewhere {
            custodian: custodian.as_str(),
        })
    }

    fn make(&self, name: &Name) -> Result<(), SecretError> {
        private_directory(&self.store_of(name.custodian))?;
        if self.exists(name) {
            return Ok(());
        }
        let secret = Locked::filled(32, |secret| {
            getrandom::fill(secret).map_err(|_| SecretError::Entropy)
        })?;
        if self.in_use()?.is_some() {
            self.write_wrapped(name, &secret)
        } else {
            self.write_plain(name, &secret)
        }
    }

    fn write_plain(&self, name: &Name, secret: &Locked) -> Result<(), SecretError> {
        self.write(&self.plain(name), secret.expose())
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), SecretError> {
        let mut writer = safe::create(path, self.keys)?;
        writer
            .write_all(content)
            .map_err(|source| SecretError::Io {
                file: path.to_owned(),
                source,
            })?;
        Ok(writer.commit()?)
    }

    pub(crate) fn resolver_root(&self, epoch: Epoch) -> Result<RootKey, SecretError> {
        let name = Name::root(Custodian::Resolver, epoch);
        RootKey::filled(|secret| self.read(&name, secret))
    }

    pub(crate) fn issuer_root(&self, epoch: Epoch) -> Result<ProvisionRoot, SecretError> {
        let name = Name::root(Custodian::Issuer, epoch);
        ProvisionRoot::filled(|secret| self.read(&name, secret))
    }

    pub(crate) fn salt(&self, provision: &ProvisionCode) -> Result<ProvisionSalt, SecretError> {
        let name = Name::salt(provision);
        ProvisionSalt::filled(|secret| self.read(&name, secret))
    }

    /// Opens a secret straight into locked memory.
    fn read(&self, name: &Name, secret: &mut [u8]) -> Result<(), SecretError> {
        self.held(name.custodian)?;
        if self.wrapped(name).exists() {
            self.read_wrapped(name, secret)
        } else {
            self.read_plain(name, secret)
        }
    }

    fn read_plain(&self, name: &Name, secret: &mut [u8]) -> Result<(), SecretError> {
        self.content(&self.plain(name), secret)
    }

    /// The content of a safe, which must be as long as the room for it.
    fn content(&self, path: &Path, room: &mut [u8]) -> Result<(), SecretError> {
        let mut reader = safe::open(path, self.keys)?;
        if usize::try_from(reader.len()) != Ok(room.len()) {
            return Err(SecretError::Form {
                file: path.to_owned(),
            });
        }
        reader.read_exact(room).map_err(|source| SecretError::Io {
            file: path.to_owned(),
            source,
        })
    }

    /// The secrets of this directory, in the order of their names, with the forms they are in.
    fn names(&self) -> Result<Vec<(Name, Forms)>, SecretError> {
        let mut found = Vec::new();
        for custodian in Custodian::ALL.into_iter().filter(|held| self.has(*held)) {
            let store = self.store_of(custodian);
            let io = |source| SecretError::Io {
                file: store.clone(),
                source,
            };
            let mut names: Vec<String> = Vec::new();
            for entry in std::fs::read_dir(&store).map_err(io)? {
                let file = PathBuf::from(entry.map_err(io)?.file_name());
                let form = file.extension();
                let stem = file.file_stem().and_then(OsStr::to_str);
                if let Some(stem) = stem.filter(|_| form.is_none_or(|form| form == "wrapped"))
                    && (stem.starts_with("root-") || stem.starts_with("salt-"))
                {
                    names.push(stem.to_owned());
                }
            }
            names.sort();
            names.dedup();
            found.extend(names.into_iter().map(|name| {
                let name = Name { custodian, name };
                let forms = Forms {
                    plain: self.plain(&name).exists(),
                    wrapped: self.wrapped(&name).exists(),
                };
                (name, forms)
            }));
        }
        Ok(found)
    }
}

/// The forms that a secret is in: both only where a change was interrupted.
#[derive(Clone, Copy, Debug)]
struct Forms {
    plain: bool,
    wrapped: bool,
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
