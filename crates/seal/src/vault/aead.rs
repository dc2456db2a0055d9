//! AES-256-GCM (NIST SP 800-38D) with a fresh 96-bit nonce, and keys that leave the memory when dropped.
//!
//! With random nonces a key may seal 2^32 times (SP 800-38D, 8.3). A study's key wraps one key per file.

use std::fmt;

use data_encoding::BASE64;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::VaultError;

/// Bytes of a key.
pub(crate) const KEY: usize = 32;
const TAG: usize = 16;
const WRAPPED: usize = NONCE_LEN + KEY + TAG;

/// 32 bytes nobody sees. On the heap, so that moving it leaves no copy behind.
pub(crate) struct Secret(Box<Zeroizing<[u8; KEY]>>);

impl Secret {
    pub(crate) fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY])))
    }

    pub(crate) fn random() -> Result<Self, VaultError> {
        let mut secret = Self::zero();
        random(secret.bytes_mut())?;
        Ok(secret)
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; KEY] {
        &mut self.0
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        UnboundKey::new(&AES_256_GCM, self.bytes()).map(LessSafeKey::new)
    }
}

pub(crate) fn random(into: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(into).map_err(|_| VaultError::Random)
}

/// Nonce, ciphertext and tag, one after the other. `too_long` is the refusal of more than AES-GCM can seal.
pub(crate) fn seal(
    key: &Secret,
    aad: &[u8],
    content: &[u8],
    too_long: impl FnOnce() -> VaultError,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LEN];
    random(&mut nonce)?;
    let overhead = NONCE_LEN.saturating_add(TAG);
    let mut sealed = Vec::with_capacity(content.len().saturating_add(overhead));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(content);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.cipher().and_then(|cipher| {
        let in_out = sealed.get_mut(NONCE_LEN..).unwrap_or_default();
        cipher.seal_in_place_separate_tag(nonce, Aad::from(aad), in_out)
    });
    let Ok(tag) = tag else {
        // What was to be sealed still stands in it.
        drop(Zeroizing::new(sealed));
        return Err(too_long());
    };
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// What [`seal`] sealed with this key and this data; `None` for anything else.
pub(crate) fn open(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut content = Zeroizing::new(sealed.to_owned());
    let length = key
        .cipher()
        .ok()?
        .open_in_place(nonce, Aad::from(aad), &mut content)
        .ok()?
        .len();
    content.truncate(length);
    Some(content)
}

/// A key sealed by the key above it. Public: without that key it says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped([u8; WRAPPED]);

impl Wrapped {
    /// As the state keeps it: 80 characters.
    pub fn to_base64(&self) -> String {
        BASE64.encode(&self.0)
    }

    /// Reads back what [`to_base64`](Self::to_base64) wrote; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Wraps `secret`; `refusal` can't happen, 32 bytes are never too long.
    pub(crate) fn wrap(
        by: &Secret,
        aad: &[u8],
        secret: &Secret,
        refusal: impl Fn() -> VaultError,
    ) -> Result<Self, VaultError> {
        let sealed = seal(by, aad, secret.bytes(), &refusal)?;
        Ok(Self(sealed.try_into().map_err(|_| refusal())?))
    }

    /// The key inside; `None` under any other key or for another name.
    pub(crate) fn unwrap_with(&self, by: &Secret, aad: &[u8]) -> Option<Secret> {
        let opened = open(by, aad, &self.0)?;
        let mut secret = Secret::zero();
        if opened.len() != KEY {
            return None;
        }
        secret.bytes_mut().copy_from_slice(&opened);
        Some(secret)
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wrapped").field(&self.to_base64()).finish()
    }
}

impl Serialize for Wrapped {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Wrapped {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a wrapped key"))
    }
}
