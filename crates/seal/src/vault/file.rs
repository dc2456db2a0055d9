//! `DIR/vault/vault.json`: the vault key behind a passphrase, or behind the parts of two custodians.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::aead::{KEY, Secret, Wrapped, random};
use super::error::VaultError;
use super::keys::VaultKey;
use super::name::Parts;
use super::words::{Custodians, Words};
use crate::durable::{self, DirectoryLock, NewFile, Replacement};

/// A vault of one custodian.
const FORMAT: &str = "renketsu.vault/1";
/// A vault of two; the file has the field `custodians`.
const FORMAT_OF_TWO: &str = "renketsu.vault/2";
const KDF: &str = "argon2id-1.3";
const WRAP: &[u8] = b"renketsu/vault-key/1";
/// The file is under 500 bytes.
const MAX_FILE: u64 = 4096;
/// RFC 9106, 3.1: "16 bytes is RECOMMENDED for password hashing".
const SALT: usize = 16;

/// Memory of [`VaultCost::Standard`]: 64 MiB, with [`ARGON2_PASSES`] the second recommended option of
/// RFC 9106, section 4 ("t=3 iterations, […] m=2^(16) (64 MiB of RAM)").
///
/// Fixed instead of measured, as for a party's keys, so that a vault made on a slow machine is not weaker.
pub const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
/// Passes of [`VaultCost::Standard`] (RFC 9106, section 4).
pub const ARGON2_PASSES: u32 = 3;
/// One lane where RFC 9106 has four: this implementation fills lanes one after the other, so that more of
/// them would cost the owner time and the guesser, who has the cores, none. OWASP's Password Storage Cheat
/// Sheet asks for p = 1 as well, with less memory and fewer passes than here.
pub const ARGON2_LANES: u32 = 1;

/// What guessing one passphrase of a new vault costs: Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultCost {
    /// The least there is: 8 KiB, one pass. For vaults of tests and of the demo, which protect nothing.
    Light,
    /// [`ARGON2_MEMORY_KIB`], [`ARGON2_PASSES`], [`ARGON2_LANES`].
    Standard,
}

impl VaultCost {
    /// Memory in KiB, passes, lanes.
    fn parameters(self) -> [u32; 3] {
        match self {
            Self::Light => [Params::MIN_M_COST, 1, 1],
            Self::Standard => [ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES],
        }
    }
}

/// The file, field for field.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    custodians: Option<u8>,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    key: Wrapped,
}

/// How a passphrase, or two parts, become the key that opens the vault key.
struct Derivation {
    custodians: Custodians,
    cost: VaultCost,
    salt: [u8; SALT],
}

impl Derivation {
    fn new(custodians: Custodians, cost: VaultCost) -> Result<Self, VaultError> {
        let mut salt = [0; SALT];
        random(&mut salt)?;
        Ok(Self {
            custodians,
            cost,
            salt,
        })
    }

    /// Nothing but what `create` writes, so that an edited file can neither ask for all memory nor for less.
    fn of(stored: &Stored) -> Option<Self> {
        let parameters = [stored.memory_kib, stored.passes, stored.lanes];
        let cost = [VaultCost::Standard, VaultCost::Light]
            .into_iter()
            .find(|cost| cost.parameters() == parameters)?;
        let custodians = [Custodians::One, Custodians::Two]
            .into_iter()
            .find(|custodians| {
                (stored.format.as_str(), stored.custodians) == format(*custodians)
            })?;
        let salt = BASE64.decode(stored.salt.as_bytes()).ok()?;
        let salt = salt.try_into().ok()?;
        (stored.kdf == KDF).then_some(Self {
            custodians,
            cost,
            salt,
        })
    }

    fn derive(&self, words: Words<'_>) -> Result<Secret, VaultError> {
        let [memory, passes, lanes] = self.cost.parameters();
        let mut secret = Secret::zero();
        Params::new(memory, passes, lanes, Some(KEY))
            .and_then(|params| {
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                    &words.secret(),
                    &self.salt,
                    secret.bytes_mut(),
                )
            })
            // With parameters, salt and length of ours nothing else can go wrong.
            .map_err(|_| VaultError::Memory {
                mebibytes: memory.div_ceil(1024),
            })?;
        Ok(secret)
    }

    /// What the wrap of the vault key is bound to: everything else in the file.
    fn aad(&self) -> Vec<u8> {
        let (format, custodians) = format(self.custodians);
        let mut parts = Parts::new(WRAP);
        parts.bytes(format.as_bytes());
        if let Some(custodians) = custodians {
            parts.number(u64::from(custodians));
        }
        parts.bytes(KDF.as_bytes());
        for parameter in self.cost.parameters() {
            parts.number(u64::from(parameter));
        }
        parts.bytes(&self.salt);
        parts.finish()
    }

    /// The content of the vault file at `path` that holds `secret` behind these words.
    fn wrap(&self, path: &Path, words: Words<'_>, secret: &Secret) -> Result<String, VaultError> {
        let by = self.derive(words)?;
        let refusal = || VaultError::Damaged {
            file: path.to_owned(),
        };
        let key = Wrapped::wrap(&by, &self.aad(), secret, refusal)?;
        let [memory_kib, passes, lanes] = self.cost.parameters();
        let (format, custodians) = format(self.custodians);
        let mut text = serde_json::to_string_pretty(&Stored {
            format: format.to_owned(),
            custodians,
            kdf: KDF.to_owned(),
            memory_kib,
            passes,
            lanes,
            salt: BASE64.encode(&self.salt),
            key,
        })
        .map_err(|error| VaultError::io(path.to_owned(), error.into()))?;
        text.push('\n');
        Ok(text)
    }
}

/// How the file says how many custodians there are.
fn format(custodians: Custodians) -> (&'static str, Option<u8>) {
    match custodians {
        Custodians::One => (FORMAT, None),
        Custodians::Two => (FORMAT_OF_TWO, Some(custodians.count())),
    }
}

/// The vault file of a directory.
#[derive(Debug)]
pub struct Vault;

impl Vault {
    /// Makes the vault of `dir`, which is created if missing, and opens it.
    ///
    /// # Errors
    /// [`VaultError::Exists`]: a vault is never overwritten; what [`Words::fit`] says.
    pub fn create<'a>(
        dir: &Path,
        words: impl Into<Words<'a>>,
        cost: VaultCost,
    ) -> Result<VaultKey, VaultError> {
        let words = words.into();
        words.fit()?;
        let path = vault_path(dir);
        let vault = dir.join("vault");
        for directory in [dir, &vault] {
            durable::private_directory(directory).map_err(|source| VaultError::Io {
                file: directory.to_owned(),
                source,
            })?;
        }
        let io = |source| VaultError::io(path.clone(), source);
        let mut file = NewFile::create(&path).map_err(io)?;
        let secret = Secret::random()?;
        let text = Derivation::new(words.custodians(), cost)?.wrap(&path, words, &secret)?;
        file.write_all(text.as_bytes()).map_err(io)?;
        file.commit().map_err(io)?;
        // The new directory has a name in `dir`; without it the vault, and all it opens, would be gone.
        File::open(dir)
            .and_then(|dir| dir.sync_all())
            .map_err(|source| VaultError::Io {
                file: dir.to_owned(),
                source,
            })?;
        Ok(VaultKey::new(secret))
    }

    /// Opens the vault of `dir`. Takes about a fifth of a second and 64 MiB.
    ///
    /// # Errors
    /// [`VaultError::Passphrase`] also for one part of two, for two in the other order, and if the wrapped key in the file
    /// was changed: these can't be told apart.
    pub fn open<'a>(dir: &Path, words: impl Into<Words<'a>>) -> Result<VaultKey, VaultError> {
        secret(dir, words.into()).map(VaultKey::new)
    }

    /// Wraps the key of the vault of `dir` under other words; what lies in the vault stays as it is. The vault file is
    /// another one only once [`Rewrap::put`] was called.
    ///
    /// # Errors
    /// As [`open`](Self::open) for the words of now, and what [`Words::fit`] says of those to come.
    pub fn rewrap(
        dir: &Path,
        now: Words<'_>,
        then: Words<'_>,
        cost: VaultCost,
    ) -> Result<Rewrap, VaultError> {
        then.fit()?;
        let path = vault_path(dir);
        let secret = secret(dir, now)?;
        let io = |source| VaultError::io(path.clone(), source);
        let lock = durable::lock_directory(&path).map_err(io)?;
        sweep(dir).map_err(io)?;
        let text = Derivation::new(then.custodians(), cost)?.wrap(&path, then, &secret)?;
        let digest = HEXLOWER.encode(&Sha256::digest(&text));
        let replacement = Replacement::write(&path, text.as_bytes()).map_err(io)?;
        Ok(Rewrap {
            path,
            digest,
            replacement,
            lock,
        })
    }

    /// How many custodians open the vault of `dir`, as its file says. Whoever edits that opens nothing with it.
    pub fn custodians(dir: &Path) -> Result<Custodians, VaultError> {
        Ok(stored(&vault_path(dir))?.1.custodians)
    }

    /// SHA-256 of the vault file of `dir`, in hexadecimal.
    pub fn digest(dir: &Path) -> Result<String, VaultError> {
        let path = vault_path(dir);
        durable::digest(&path).map_err(|source| VaultError::io(path, source))
    }

    /// Whether `dir` has a vault; true also for one that can't be opened.
    pub fn exists(dir: &Path) -> bool {
        vault_path(dir).symlink_metadata().is_ok()
    }
}

/// A vault's key under other words: on disk, and not yet the vault file. Dropped, it is gone.
#[derive(Debug)]
#[must_use = "the vault is as it was until this is put"]
pub struct Rewrap {
    path: PathBuf,
    digest: String,
    replacement: Replacement,
    lock: DirectoryLock,
}

impl Rewrap {
    /// SHA-256 of the file to come, in hexadecimal, as [`Vault::digest`] will say: for the record, before the file is put.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Puts it in the place of the vault file.
    pub fn put(self) -> Result<(), VaultError> {
        let Self {
            path,
            digest: _,
            replacement,
            lock: _held,
        } = self;
        replacement
            .put()
            .map_err(|source| VaultError::io(path, source))
    }
}

/// Removes what killed rewraps left: the vault's key behind words that nobody was told of.
fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir.join("vault"))? {
        let entry = entry?;
        if entry
            .file_name()
            .to_str()
            .is_some_and(durable::is_unfinished)
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The vault file, and how its words become a key.
fn stored(path: &Path) -> Result<(Stored, Derivation), VaultError> {
    let io = |source| VaultError::io(path.to_owned(), source);
    let mut text = Vec::new();
    durable::open_file(path)
        .map_err(io)?
        .take(MAX_FILE.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(io)?;
    let stored = (text.len() as u64 <= MAX_FILE)
        .then(|| serde_json::from_slice::<Stored>(&text).ok())
        .flatten();
    stored
        .and_then(|stored| Derivation::of(&stored).map(|derivation| (stored, derivation)))
        .ok_or_else(|| VaultError::Damaged {
            file: path.to_owned(),
        })
}

/// The vault key.
fn secret(dir: &Path, words: Words<'_>) -> Result<Secret, VaultError> {
    let path = vault_path(dir);
    let (stored, derivation) = stored(&path)?;
    let by = derivation.derive(words)?;
    stored
        .key
        .unwrap_with(&by, &derivation.aad())
        .ok_or(VaultError::Passphrase { file: path })
}

fn vault_path(dir: &Path) -> PathBuf {
    dir.join("vault").join("vault.json")
}
