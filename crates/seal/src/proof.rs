//! The key under which a party's state is proven (`docs/decisions/0022-the-state-is-proven.md`).
//!
//! It is derived from the party's private key, so it exists where that was opened with its passphrase, and nowhere else;
//! no file of its own can be lost or put back. What is proven, and when, is the state's to say (`renketsu_store`).

use std::fmt;
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use data_encoding::BASE64;
use ring::hmac;
use zeroize::Zeroizing;

use crate::party::PartyKeys;
use crate::vault::VaultError;
use crate::vault::aead::{self, Secret};

const DOMAIN: &[u8] = b"renketsu/state-proof/1";
const ROWS: &[u8] = b"rows";
const SEAL: &[u8] = b"seal";
const DRAW: &[u8] = b"draw";

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof of the state could not be made")]
pub struct ProvingFailed;

/// Makes and opens the proof of one party's state. Cleared when the last handle is dropped.
#[derive(Clone)]
pub struct ProofKey(Arc<Keys>);

struct Keys {
    rows: Secret,
    seal: Secret,
    draw: Secret,
}

impl PartyKeys {
    /// The key for the proof of this party's state: HKDF-SHA256 (RFC 5869) of the private age key, one block for each use.
    pub fn proof(&self) -> ProofKey {
        let private = self.identity.to_string();
        derived(private.expose_secret().as_bytes())
    }
}

fn derived(private: &[u8]) -> ProofKey {
    let hmac = |key: &[u8], text: &[u8]| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
        let mut secret = Secret::zero();
        for (to, from) in secret.bytes_mut().iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        secret
    };
    let extracted = hmac(DOMAIN, private);
    let expand = |what: &[u8]| hmac(extracted.bytes(), &[what, &[1]].concat());
    ProofKey(Arc::new(Keys {
        rows: expand(ROWS),
        seal: expand(SEAL),
        draw: expand(DRAW),
    }))
}

impl ProofKey {
    /// HMAC-SHA256 of one row. Who hasn't the key can neither make one nor tell which rows add up to what a proof holds.
    pub fn row(&self, row: &[u8]) -> [u8; 32] {
        mac(&self.0.rows, row)
    }

    /// The lot of a candidate in a draw: as good as random to anybody else, and the same whenever this party draws again.
    pub fn lot(&self, draw: &[u8; 32], candidate: &[u8; 16]) -> [u8; 32] {
        let mut text = [0; 48];
        for (to, from) in text.iter_mut().zip(draw.iter().chain(candidate)) {
            *to = *from;
        }
        mac(&self.0.draw, &text)
    }

    /// Seals the content of a proof (AES-256-GCM): nobody else can read or make it.
    pub fn seal(&self, content: &[u8]) -> Result<String, ProvingFailed> {
        aead::seal(&self.0.seal, DOMAIN, content, || VaultError::Random)
            .map(|sealed| BASE64.encode(&sealed))
            .map_err(|_| ProvingFailed)
    }

    /// What [`seal`](Self::seal) of this party sealed; `None` for anything else.
    pub fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let sealed = BASE64.decode(sealed.as_bytes()).ok()?;
        aead::open(&self.0.seal, DOMAIN, &sealed).map(|content| content.to_vec())
    }

    /// Seals a small secret that the state keeps, for one purpose: opened for another, it is none.
    pub fn seal_secret(&self, purpose: &str, content: &[u8]) -> Result<String, ProvingFailed> {
        let bound = [DOMAIN, b"\0", purpose.as_bytes()].concat();
        aead::seal(&self.0.seal, &bound, content, || VaultError::Random)
            .map(|sealed| BASE64.encode(&sealed))
            .map_err(|_| ProvingFailed)
    }

    /// Opens what [`ProofKey::seal_secret`] made for this purpose.
    pub fn open_secret(&self, purpose: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bound = [DOMAIN, b"\0", purpose.as_bytes()].concat();
        aead::open(
            &self.0.seal,
            &bound,
            &BASE64.decode(sealed.as_bytes()).ok()?,
        )
    }
}

fn mac(key: &Secret, text: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()), text);
    let mut mac = [0; 32];
    for (to, from) in mac.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    mac
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofKey")
    }
}

#[cfg(test)]
mod tests {
    use ring::hkdf;

    use super::*;

    #[test]
    fn the_keys_are_those_of_hkdf() {
        let keys = derived(b"AGE-SECRET-KEY-1").0;
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, DOMAIN).extract(b"AGE-SECRET-KEY-1");
        for (what, key) in [(ROWS, &keys.rows), (SEAL, &keys.seal), (DRAW, &keys.draw)] {
            let mut expected = [0; 32];
            prk.expand(&[what], hkdf::HKDF_SHA256)
                .unwrap()
                .fill(&mut expected)
                .unwrap();
            assert_eq!(key.bytes(), &expected);
        }
    }

    #[test]
    fn only_the_key_that_sealed_opens() {
        let (mine, other) = (derived(b"mine"), derived(b"other"));
        let sealed = mine.seal(b"content").unwrap();
        assert_eq!(mine.open(&sealed).as_deref(), Some(&b"content"[..]));
        assert_eq!(other.open(&sealed), None);
        assert_eq!(mine.open(""), None);
        assert_eq!(mine.open(&sealed.replacen(|c| c != 'A', "A", 1)), None);
        assert_ne!(mine.seal(b"content").unwrap(), sealed);
        assert_ne!(mine.row(b"row"), other.row(b"row"));
    }
}
