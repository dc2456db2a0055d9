//! The files of a study, and the proof that nobody changed, removed or added one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use data_encoding::HEXLOWER;
use ring::hmac;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::aead::Wrapped;
use super::error::VaultError;
use super::keys::{FileKey, StudyKey, VaultKey};
use super::name::{FileName, Parts};

const CATALOGUE: &[u8] = b"renketsu/vault-catalogue/2";
const MAC: usize = 32;

/// One file of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: FileName,
    /// Where it lies, below the party's directory.
    pub path: String,
    /// Its length as it lies there.
    pub bytes: u64,
    /// SHA-256 of it as it lies there, in hexadecimal.
    pub sha256: String,
    /// Its key.
    pub key: Wrapped,
}

/// What else the state says of a study, as one digest: whoever changes a row of it changes this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said(pub [u8; 32]);

/// Every file of a study, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// The study.
    pub study: String,
    /// How many changes led here: 0 for a new study.
    pub sequence: u64,
    /// What the state said of the study besides.
    pub said: Said,
    /// The files by name.
    pub entries: BTreeMap<FileName, Entry>,
}

impl Catalogue {
    /// The catalogue of a new study.
    pub fn empty(study: &str, said: Said) -> Self {
        Self {
            study: study.to_owned(),
            sequence: 0,
            said,
            entries: BTreeMap::new(),
        }
    }

    /// The catalogue one change later. A name in both lists is replaced.
    #[must_use]
    pub fn next(&self, add: &[Entry], remove: &[FileName], said: Said) -> Self {
        let gone: BTreeSet<&FileName> = remove.iter().collect();
        let kept = self
            .entries
            .values()
            .filter(|entry| !gone.contains(&entry.name));
        Self {
            study: self.study.clone(),
            sequence: self.sequence.saturating_add(1),
            said,
            entries: kept
                .chain(add)
                .map(|entry| (entry.name.clone(), entry.clone()))
                .collect(),
        }
    }

    pub(super) fn belongs_to(&self, study: &str) -> bool {
        self.study == study
            && self
                .entries
                .iter()
                .all(|(name, entry)| name == &entry.name && name.study == study)
    }

    /// Every field with its length; the files are sorted because the map is.
    fn canonical(&self) -> Vec<u8> {
        let mut parts = Parts::new(CATALOGUE);
        parts.bytes(self.study.as_bytes());
        parts.number(self.sequence);
        parts.bytes(&self.said.0);
        parts.number(self.entries.len() as u64);
        for entry in self.entries.values() {
            let Entry {
                name,
                path,
                bytes,
                sha256,
                key,
            } = entry;
            parts.file(name);
            parts.bytes(path.as_bytes());
            parts.number(*bytes);
            parts.bytes(sha256.as_bytes());
            parts.bytes(key.bytes());
        }
        parts.finish()
    }
}

/// HMAC-SHA256 (RFC 2104) of a [`Catalogue`] under a key derived from its study's.
#[derive(Clone, PartialEq, Eq)]
pub struct Mac([u8; MAC]);

impl Mac {
    /// As the state keeps it: 64 digits.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Reads back what [`to_hex`](Self::to_hex) wrote; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub(super) fn of(key: &hmac::Key, catalogue: &Catalogue) -> Self {
        let tag = hmac::sign(key, &catalogue.canonical());
        let mut mac = [0; MAC];
        for (to, from) in mac.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Self(mac)
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, key: &hmac::Key, catalogue: &Catalogue) -> bool {
        hmac::verify(key, &catalogue.canonical(), &self.0).is_ok()
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mac").field(&self.to_hex()).finish()
    }
}

impl Serialize for Mac {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a MAC of 64 hexadecimal digits"))
    }
}

/// A study whose catalogue was checked: the only way to its files' keys.
#[derive(Debug)]
pub struct OpenStudy {
    key: StudyKey,
    catalogue: Catalogue,
}

impl VaultKey {
    /// Opens a study and checks its catalogue.
    ///
    /// # Errors
    /// [`VaultError::Wrap`] if the key isn't this study's; [`VaultError::Catalogue`] if a row was changed.
    pub fn open_catalogue(
        &self,
        study: &str,
        wrapped: &Wrapped,
        catalogue: Catalogue,
        mac: &Mac,
    ) -> Result<OpenStudy, VaultError> {
        let key = self.open_study(study, wrapped)?;
        key.check(&catalogue, mac)?;
        Ok(OpenStudy { key, catalogue })
    }
}

impl OpenStudy {
    /// A file of the study.
    pub fn entry(&self, name: &FileName) -> Option<&Entry> {
        self.catalogue.entries.get(name)
    }

    /// The key of a file of the study.
    ///
    /// # Errors
    /// [`VaultError::UnknownFile`] if the catalogue has no such file; [`VaultError::Wrap`].
    pub fn key(&self, name: &FileName) -> Result<FileKey, VaultError> {
        let entry = self.entry(name).ok_or_else(|| VaultError::UnknownFile {
            name: name.to_string(),
        })?;
        self.key.open_file(name, &entry.key)
    }

    /// The key of the study, to make keys of new files.
    pub fn study_key(&self) -> &StudyKey {
        &self.key
    }

    /// Every file of the study.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The catalogue one change later and its MAC, for the state to keep.
    ///
    /// # Errors
    /// [`VaultError::Wrap`] if a file isn't this study's, or has a key that isn't its own.
    pub fn next(
        &self,
        add: &[Entry],
        remove: &[FileName],
        said: Said,
    ) -> Result<(Catalogue, Mac), VaultError> {
        for entry in add {
            // An entry whose key doesn't open would be proven by the MAC and be lost all the same.
            self.key.open_file(&entry.name, &entry.key)?;
        }
        let catalogue = self.catalogue.next(add, remove, said);
        let mac = self.key.mac(&catalogue);
        Ok((catalogue, mac))
    }

    /// Takes over what [`next`](Self::next) gave, once the state keeps it.
    ///
    /// # Errors
    /// [`VaultError::Catalogue`] if it isn't the catalogue that follows this one.
    pub fn advance(&mut self, catalogue: Catalogue, mac: &Mac) -> Result<(), VaultError> {
        self.key.check(&catalogue, mac)?;
        if self.catalogue.sequence.checked_add(1) != Some(catalogue.sequence) {
            return Err(VaultError::Catalogue {
                study: self.key.study().to_owned(),
            });
        }
        self.catalogue = catalogue;
        Ok(())
    }
}
