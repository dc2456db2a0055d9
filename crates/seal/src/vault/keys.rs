//! The three keys, each opened by the one above it.

use std::fmt;

use ring::hmac;
use zeroize::Zeroizing;

use super::aead::{self, KEY, Secret, Wrapped};
use super::catalogue::{Catalogue, Mac};
use super::error::VaultError;
use super::name::{FileName, study_aad};

const MAC_KEY: &[u8] = b"renketsu/vault-catalogue-key/1";
const SHOWN_KEY: &[u8] = b"renketsu/vault-shown-key/1";

/// The key of an opened vault. Can't be printed, copied or stored; cleared when dropped.
///
/// ```compile_fail
/// fn copied(key: &renketsu_seal::vault::VaultKey) -> renketsu_seal::vault::VaultKey {
///     key.clone()
/// }
/// ```
pub struct VaultKey(Secret);

impl VaultKey {
    pub(super) fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Makes the key of a new study, and what the state keeps of it.
    pub fn new_study(&self, study: &str) -> Result<(StudyKey, Wrapped), VaultError> {
        let secret = Secret::random()?;
        let wrapped = Wrapped::wrap(&self.0, &study_aad(study), &secret, || wrap(study))?;
        Ok((StudyKey::new(study, secret), wrapped))
    }

    /// Opens the key of a study.
    ///
    /// # Errors
    /// [`VaultError::Wrap`] if it was made for another study, by another vault, or changed.
    pub fn open_study(&self, study: &str, wrapped: &Wrapped) -> Result<StudyKey, VaultError> {
        wrapped
            .unwrap_with(&self.0, &study_aad(study))
            .map(|secret| StudyKey::new(study, secret))
            .ok_or_else(|| wrap(study))
    }
}

/// The key of one study. Can't be printed, copied or stored; cleared when dropped.
///
/// ```compile_fail
/// fn copied(key: &renketsu_seal::vault::StudyKey) -> renketsu_seal::vault::StudyKey {
///     key.clone()
/// }
/// ```
pub struct StudyKey {
    study: String,
    secret: Secret,
}

impl StudyKey {
    fn new(study: &str, secret: Secret) -> Self {
        Self {
            study: study.to_owned(),
            secret,
        }
    }

    /// The study it belongs to.
    pub fn study(&self) -> &str {
        &self.study
    }

    /// Makes the key of a new file, and what its [`Entry`](super::Entry) keeps of it.
    ///
    /// # Errors
    /// [`VaultError::Wrap`] for a file of another study.
    pub fn new_file(&self, name: &FileName) -> Result<(FileKey, Wrapped), VaultError> {
        self.own(name)?;
        let key = FileKey::new(name, Secret::random()?);
        let wrapped = Wrapped::wrap(&self.secret, &key.aad, &key.secret, || wrap(name))?;
        Ok((key, wrapped))
    }

    /// Opens the key of a file.
    ///
    /// # Errors
    /// [`VaultError::Wrap`] if it was made for another file or version, in another study, or changed.
    pub fn open_file(&self, name: &FileName, wrapped: &Wrapped) -> Result<FileKey, VaultError> {
        self.own(name)?;
        wrapped
            .unwrap_with(&self.secret, &name.aad())
            .map(|secret| FileKey::new(name, secret))
            .ok_or_else(|| wrap(name))
    }

    /// What proves that this catalogue is the study's.
    pub fn mac(&self, catalogue: &Catalogue) -> Mac {
        Mac::of(&self.mac_key(), catalogue)
    }

    /// The digest by which the record names what a report shows: HMAC-SHA-256 in hexadecimal. A plain digest of a few small
    /// figures tells them to whoever tries them all; of this one nobody can who doesn't have the vault.
    pub fn digest(&self, shown: &[u8]) -> String {
        data_encoding::HEXLOWER.encode(hmac::sign(&self.derived(SHOWN_KEY), shown).as_ref())
    }

    /// Checks in constant time that the catalogue is the one `mac` was made for, with every row where it
    /// says it is.
    ///
    /// # Errors
    /// [`VaultError::Catalogue`]
    pub fn check(&self, catalogue: &Catalogue, mac: &Mac) -> Result<(), VaultError> {
        if catalogue.belongs_to(&self.study) && mac.verifies(&self.mac_key(), catalogue) {
            Ok(())
        } else {
            Err(VaultError::Catalogue {
                study: self.study.clone(),
            })
        }
    }

    fn own(&self, name: &FileName) -> Result<(), VaultError> {
        if name.study == self.study {
            Ok(())
        } else {
            Err(wrap(name))
        }
    }

    fn mac_key(&self) -> hmac::Key {
        self.derived(MAC_KEY)
    }

    /// HMAC as a key derivation function (NIST SP 800-108r1), so that one key doesn't serve two purposes.
    fn derived(&self, purpose: &[u8]) -> hmac::Key {
        let own = hmac::Key::new(hmac::HMAC_SHA256, self.secret.bytes());
        let derived = hmac::sign(&own, purpose);
        hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
    }
}

/// The key of one file. Can't be printed, copied or stored; cleared when dropped.
///
/// ```compile_fail
/// fn copied(key: &renketsu_seal::vault::FileKey) -> renketsu_seal::vault::FileKey {
///     key.clone()
/// }
/// ```
pub struct FileKey {
    name: FileName,
    aad: Vec<u8>,
    secret: Secret,
}

impl FileKey {
    fn new(name: &FileName, secret: Secret) -> Self {
        Self {
            name: name.clone(),
            aad: name.aad(),
            secret,
        }
    }

    /// The file it belongs to.
    pub fn name(&self) -> &FileName {
        &self.name
    }

    /// The key itself, for the Parquet library. Only what writes and reads table files calls this.
    pub fn secret(&self) -> &[u8; KEY] {
        self.secret.bytes()
    }

    /// The AAD prefix of the Parquet file, which doesn't store it.
    pub fn aad(&self) -> &[u8] {
        &self.aad
    }

    /// Seals a small file as a whole: nonce, ciphertext, tag.
    ///
    /// # Errors
    /// [`VaultError::Content`] for more than AES-GCM can seal, 64 GiB; [`VaultError::Random`].
    pub fn seal(&self, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        aead::seal(&self.secret, &self.aad, content, || self.content())
    }

    /// Opens what [`seal`](Self::seal) gave.
    ///
    /// # Errors
    /// [`VaultError::Content`] if it was changed or is another file.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        aead::open(&self.secret, &self.aad, sealed).ok_or_else(|| self.content())
    }

    fn content(&self) -> VaultError {
        VaultError::Content {
            name: self.name.to_string(),
        }
    }
}

fn wrap(name: impl fmt::Display) -> VaultError {
    VaultError::Wrap {
        name: name.to_string(),
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for StudyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StudyKey")
            .field("study", &self.study)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
