//! A secret that opens with passphrase and key token together.
//!
//! The safe holds `format || secret XOR mask || wrapped mask`, where the mask is 32 random bytes made for this secret, and the
//! token wraps the mask, bound to whose secret it is, its name, and the masked secret. So the secret itself is never in the token's module, in what it
//! sends to the token, or in the unlocked memory it answers in: what is there says nothing without the safe, nor the safe
//! without it.

use renketsu_identity::Locked;
use renketsu_seal::key_token::{KeyToken, OVERHEAD, Place};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Name, SecretError, Secrets};

const FORMAT: &[u8; 21] = b"renketsu.wrapped/1\0\0\0";
const SECRET: usize = 32;
const LENGTH: usize = FORMAT.len() + SECRET + SECRET + OVERHEAD;

/// Which key token wraps the secrets of a directory, in a safe: nobody else can name another library to load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    pub(super) format: String,
    pub(super) place: Place,
    /// Something the key wrapped when it came into use: another key of the same name does not open it.
    pub(super) check: String,
}

impl Secrets<'_> {
    /// What the token's wrapping is bound to: no secret opens in the place of another, or altered.
    fn purpose(&self, name: &Name, masked: &[u8]) -> Vec<u8> {
        let party = self.keys.card().fingerprint().to_hex();
        let custodian = name.custodian.as_str();
        let whose = format!("renketsu/v1/wrapped\0{party}\0{custodian}\0{}\0", name.name);
        [whose.as_bytes(), masked].concat()
    }

    /// The token in use, opened.
    pub(super) fn token(&self) -> Result<&KeyToken, SecretError> {
        let recorded = self.in_use()?.ok_or_else(|| self.unrecorded())?;
        let door = self.door.ok_or_else(|| SecretError::Pin {
            token: recorded.place.token.clone(),
        })?;
        let token = door.token(&recorded.place)?;
        self.check(token, &recorded)?;
        Ok(token)
    }

    pub(super) fn write_wrapped(&self, name: &Name, secret: &Locked) -> Result<(), SecretError> {
        let token = self.token()?;
        self.write_wrapped_by(token, name, secret)
    }

    pub(super) fn write_wrapped_by(
        &self,
        token: &KeyToken,
        name: &Name,
        secret: &Locked,
    ) -> Result<(), SecretError> {
        let mut mask = Zeroizing::new([0; SECRET]);
        getrandom::fill(mask.as_mut_slice()).map_err(|_| SecretError::Entropy)?;
        let mut masked = [0; SECRET];
        masked.copy_from_slice(mask.as_slice());
        xor(&mut masked, secret.expose());
        let wrapped = token.wrap(mask.as_slice(), &self.purpose(name, &masked))?;
        let content = [FORMAT.as_slice(), &masked, &wrapped].concat();
        self.write(&self.wrapped(name), &content)
    }

    pub(super) fn read_wrapped(&self, name: &Name, secret: &mut [u8]) -> Result<(), SecretError> {
        let token = self.token()?;
        self.read_wrapped_by(token, name, secret)
    }

    pub(super) fn read_wrapped_by(
        &self,
        token: &KeyToken,
        name: &Name,
        secret: &mut [u8],
    ) -> Result<(), SecretError> {
        let path = self.wrapped(name);
        let mut content = [0; LENGTH];
        self.content(&path, &mut content)?;
        let form = || SecretError::Form { file: path.clone() };
        let rest = content.strip_prefix(FORMAT).ok_or_else(form)?;
        let (masked, wrapped) = rest.split_at_checked(SECRET).ok_or_else(form)?;
        let mask = token.unwrap(wrapped, &self.purpose(name, masked))?;
        if mask.len() != SECRET || secret.len() != SECRET {
            return Err(form());
        }
        secret.copy_from_slice(masked);
        xor(secret, &mask);
        Ok(())
    }
}

fn xor(bytes: &mut [u8], mask: &[u8]) {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}
