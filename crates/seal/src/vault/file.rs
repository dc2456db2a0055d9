//! `DIR/vault/vault.json`: the vault key behind a passphrase.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::aead::{KEY, Secret, Wrapped, random};
use super::error::VaultError;
use super::keys::VaultKey;
use super::name::Parts;
use crate::durable::{self, NewFile};
use crate::passphrase::Passphrase;

const FORMAT: &str = "renketsu.vault/1";
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
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    key: Wrapped,
}

/// How a passphrase becomes the key that opens the vault key.
struct Derivation {
    cost: VaultCost,
    salt: [u8; SALT],
}

impl Derivation {
    /// Nothing but what `create` writes, so that an edited file can neither ask for all memory nor for less.
    fn of(stored: &Stored) -> Option<Self> {
        let parameters = [stored.memory_kib, stored.passes, stored.lanes];
        let cost = [VaultCost::Standard, VaultCost::Light]
            .into_iter()
            .find(|cost| cost.parameters() == parameters)?;
        let salt = BASE64.decode(stored.salt.as_bytes()).ok()?;
        let ours = stored.format == FORMAT && stored.kdf == KDF;
        let salt = salt.try_into().ok()?;
        ours.then_some(Self { cost, salt })
    }

    fn derive(&self, passphrase: &Passphrase) -> Result<Secret, VaultError> {
        let [memory, passes, lanes] = self.cost.parameters();
        let mut secret = Secret::zero();
        Params::new(memory, passes, lanes, Some(KEY))
            .and_then(|params| {
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                    passphrase.bytes(),
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
        let mut parts = Parts::new(WRAP);
        parts.bytes(FORMAT.as_bytes());
        parts.bytes(KDF.as_bytes());
        for parameter in self.cost.parameters() {
            parts.number(u64::from(parameter));
        }
        parts.bytes(&self.salt);
        parts.finish()
    }
}

/// The vault file of a directory.
#[derive(Debug)]
pub struct Vault;

impl Vault {
    /// Whether a vault can be made with a passphrase, before anything is.
    ///
    /// # Errors
    /// [`VaultError::PassphraseShort`].
    pub fn fits(passphrase: &Passphrase) -> Result<(), VaultError> {
        let characters = passphrase.characters();
        if characters < Passphrase::MINIMUM {
            return Err(VaultError::PassphraseShort {
                characters,
                minimum: Passphrase::MINIMUM,
            });
        }
        Ok(())
    }

    /// Makes the vault of `dir`, which is created if missing, and opens it.
    ///
    /// # Errors
    /// [`VaultError::Exists`]: a vault is never overwritten; [`VaultError::PassphraseShort`].
    pub fn create(
        dir: &Path,
        passphrase: &Passphrase,
        cost: VaultCost,
    ) -> Result<VaultKey, VaultError> {
        Self::fits(passphrase)?;
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

        let mut salt = [0; SALT];
        random(&mut salt)?;
        let derivation = Derivation { cost, salt };
        let secret = Secret::random()?;
        let by = derivation.derive(passphrase)?;
        let refusal = || VaultError::Damaged { file: path.clone() };
        let key = Wrapped::wrap(&by, &derivation.aad(), &secret, refusal)?;
        let [memory_kib, passes, lanes] = cost.parameters();
        let mut text = serde_json::to_string_pretty(&Stored {
            format: FORMAT.to_owned(),
            kdf: KDF.to_owned(),
            memory_kib,
            passes,
            lanes,
            salt: BASE64.encode(&salt),
            key,
        })
        .map_err(|error| io(error.into()))?;
        text.push('\n');
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
    /// [`VaultError::Passphrase`] also if the wrapped key in the file was changed: the two can't be told apart.
    pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<VaultKey, VaultError> {
        let path = vault_path(dir);
        let io = |source| VaultError::io(path.clone(), source);
        let mut text = Vec::new();
        durable::open_file(&path)
            .map_err(io)?
            .take(MAX_FILE.saturating_add(1))
            .read_to_end(&mut text)
            .map_err(io)?;
        let stored = (text.len() as u64 <= MAX_FILE)
            .then(|| serde_json::from_slice::<Stored>(&text).ok())
            .flatten();
        let (stored, derivation) = stored
            .and_then(|stored| Derivation::of(&stored).map(|derivation| (stored, derivation)))
            .ok_or_else(|| VaultError::Damaged { file: path.clone() })?;
        let by = derivation.derive(passphrase)?;
        stored
            .key
            .unwrap_with(&by, &derivation.aad())
            .map(VaultKey::new)
            .ok_or(VaultError::Passphrase { file: path })
    }

    /// Whether `dir` has a vault; true also for one that can't be opened.
    pub fn exists(dir: &Path) -> bool {
        vault_path(dir).symlink_metadata().is_ok()
    }
}

fn vault_path(dir: &Path) -> PathBuf {
    dir.join("vault").join("vault.json")
}
