//! Secrets of people and terminals: what they show is never kept, only what it can be recognised by.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::proof::{ProofKey, ProvingFailed};

const SALT: usize = 16;
const OUTPUT: usize = 32;
const SEED: &str = "totp";

/// The system gave no randomness, or no memory for a password's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness or no memory")]
pub struct SecretFailed;

/// A secret of 256 random bits that somebody else shows again: a session's cookie, a terminal's.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Bearer([u8; 32]);

impl Bearer {
    /// A new one.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn random() -> Result<Self, SecretFailed> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| SecretFailed)?;
        Ok(Self(bytes))
    }

    /// Reads what [`Bearer::reveal`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        Some(Self(bytes.as_slice().try_into().ok()?))
    }

    /// The form in a cookie.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0))
    }

    /// What is kept of it: SHA-256 in hexadecimal. Nobody guesses 256 bits, so no slow hash is needed.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.0))
    }

    /// A second secret that who has the first can show, and who has only this one can't turn back into the first: what a form
    /// carries beside the cookie.
    pub fn for_forms(&self) -> String {
        let digest = Sha256::new_with_prefix(b"renketsu/form/1\0").chain_update(self.0);
        BASE64URL_NOPAD.encode(&digest.finalize())
    }

    /// Whether a form carries the secret of this session.
    pub fn is_of_form(&self, shown: &str) -> bool {
        self.for_forms().as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

/// A code that a person types once: 100 random bits in 20 letters and digits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    const LENGTH: usize = 20;

    /// A new one.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn random() -> Result<Self, SecretFailed> {
        let mut bytes = Zeroizing::new([0; 13]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| SecretFailed)?;
        let mut text = BASE32_NOPAD.encode(bytes.as_slice());
        text.truncate(Self::LENGTH);
        Ok(Self(text))
    }

    /// Reads a code, or two halves of one, as people type it: spaces and hyphens between groups, small letters, 0 for O and 1 for I.
    pub fn parse(text: &str) -> Option<Self> {
        let mut code = String::with_capacity(Self::LENGTH);
        for letter in text.chars() {
            match letter.to_ascii_uppercase() {
                ' ' | '-' | '\u{3000}' => {}
                '0' => code.push('O'),
                '1' => code.push('I'),
                letter @ ('A'..='Z' | '2'..='7') => code.push(letter),
                _ => {
                    code.zeroize();
                    return None;
                }
            }
        }
        [Self::LENGTH, 2 * Self::LENGTH]
            .contains(&code.len())
            .then_some(Self(code))
    }

    /// In groups of five, for paper and screen.
    pub fn reveal(&self) -> Zeroizing<String> {
        let groups: Vec<&str> = [0, 5, 10, 15]
            .into_iter()
            .filter_map(|from: usize| self.0.get(from..from.saturating_add(5)))
            .collect();
        Zeroizing::new(groups.join("-"))
    }

    /// What is kept of it: SHA-256 in hexadecimal; of two halves one after the other, [`joined`](Self::joined).
    pub fn digest(&self) -> String {
        let half = |letters: &str| HEXLOWER.encode(&Sha256::digest(letters.as_bytes()));
        match self.0.split_at_checked(Self::LENGTH) {
            Some((first, second)) if !second.is_empty() => joined(&half(first), &half(second)),
            _ => half(&self.0),
        }
    }

    /// What is kept of a code of two halves by whoever has the digest of the first one and the second one: so that two people
    /// give one half each, and neither has the code.
    pub fn joined(first_sha256: &str, second: &Self) -> String {
        joined(first_sha256, &second.digest())
    }
}

fn joined(first_sha256: &str, second_sha256: &str) -> String {
    let both = Sha256::new_with_prefix(b"renketsu/code-of-two/1\0")
        .chain_update(first_sha256)
        .chain_update(second_sha256);
    HEXLOWER.encode(&both.finalize())
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimeCode").finish_non_exhaustive()
    }
}

/// The price of guessing one password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCost {
    /// Argon2id, 64 MiB, three passes (RFC 9106's second recommendation with one lane): a quarter of a second.
    Standard,
    /// For demos and tests only.
    Light,
}

impl PasswordCost {
    fn parameters(self) -> [u32; 3] {
        match self {
            Self::Standard => [64 * 1024, 3, 1],
            Self::Light => [64, 1, 1],
        }
    }

    fn of(parameters: [u32; 3]) -> Option<Self> {
        [Self::Standard, Self::Light]
            .into_iter()
            .find(|cost| cost.parameters() == parameters)
    }
}

/// A password's hash in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with a new salt.
    ///
    /// # Errors
    /// If the system gives no randomness or no memory.
    pub fn of(password: &[u8], cost: PasswordCost) -> Result<Self, SecretFailed> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(|_| SecretFailed)?;
        let output = derive(password, &salt, cost)?;
        let [memory, passes, lanes] = cost.parameters();
        let base64 = data_encoding::BASE64_NOPAD;
        Ok(Self(format!(
            "$argon2id$v=19$m={memory},t={passes},p={lanes}${}${}",
            base64.encode(&salt),
            base64.encode(output.as_slice())
        )))
    }

    /// Reads a hash as it was kept.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = Self(text.to_owned());
        hash.parts().is_some().then_some(hash)
    }

    /// The form in the state.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the password.
    ///
    /// # Errors
    /// If the system gives no memory.
    pub fn is_of(&self, password: &[u8]) -> Result<bool, SecretFailed> {
        let (cost, salt, kept) = self.parts().ok_or(SecretFailed)?;
        let output = derive(password, &salt, cost)?;
        Ok(output.as_slice().ct_eq(&kept).into())
    }

    /// As much work as looking at a password, for a person whom nobody knows: so that the time doesn't tell.
    ///
    /// # Errors
    /// If the system gives no memory.
    pub fn of_nobody(password: &[u8], cost: PasswordCost) -> Result<(), SecretFailed> {
        derive(password, &[0; SALT], cost).map(drop)
    }

    /// Nothing but what [`PasswordHash::of`] writes, so that an edited hash asks for no other memory.
    fn parts(&self) -> Option<(PasswordCost, Vec<u8>, Vec<u8>)> {
        let rest = self.0.strip_prefix("$argon2id$v=19$m=")?;
        let (parameters, rest) = rest.split_once('$')?;
        let (salt, output) = rest.split_once('$')?;
        let (memory, parameters) = parameters.split_once(",t=")?;
        let (passes, lanes) = parameters.split_once(",p=")?;
        let cost = PasswordCost::of([
            memory.parse().ok()?,
            passes.parse().ok()?,
            lanes.parse().ok()?,
        ])?;
        let base64 = data_encoding::BASE64_NOPAD;
        let salt = base64.decode(salt.as_bytes()).ok()?;
        let output = base64.decode(output.as_bytes()).ok()?;
        (salt.len() == SALT && output.len() == OUTPUT).then_some((cost, salt, output))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").finish_non_exhaustive()
    }
}

fn derive(
    password: &[u8],
    salt: &[u8],
    cost: PasswordCost,
) -> Result<Zeroizing<[u8; OUTPUT]>, SecretFailed> {
    let [memory, passes, lanes] = cost.parameters();
    let mut output = Zeroizing::new([0; OUTPUT]);
    Params::new(memory, passes, lanes, Some(OUTPUT))
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                password,
                salt,
                output.as_mut_slice(),
            )
        })
        .map_err(|_| SecretFailed)?;
    Ok(output)
}

/// The seed of a person's one-time passwords (RFC 6238): 160 bits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct TotpSeed([u8; 20]);

impl TotpSeed {
    /// A new one.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn random() -> Result<Self, SecretFailed> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).map_err(|_| SecretFailed)?;
        Ok(Self(bytes))
    }

    /// A copy of its bytes, cleared when it is dropped.
    pub fn bytes(&self) -> Zeroizing<[u8; 20]> {
        Zeroizing::new(self.0)
    }

    /// Seals it for the state: who copies the state can't make the codes.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn seal(&self, key: &ProofKey) -> Result<String, ProvingFailed> {
        key.seal_secret(SEED, &self.0)
    }

    /// Opens what [`TotpSeed::seal`] made.
    pub fn open(sealed: &str, key: &ProofKey) -> Option<Self> {
        let bytes = key.open_secret(SEED, sealed)?;
        Some(Self(bytes.as_slice().try_into().ok()?))
    }
}

impl fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpSeed").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = OneTimeCode::random().unwrap();
        let shown = code.reveal();
        assert_eq!(shown.len(), 23);
        let typed = format!(
            " {} ",
            shown.to_lowercase().replace('o', "0").replace('i', "1")
        );
        assert_eq!(OneTimeCode::parse(&typed).unwrap().digest(), code.digest());
        assert!(OneTimeCode::parse("ABC").is_none());
        assert!(OneTimeCode::parse(&format!("{}9", shown.as_str())).is_none());
    }

    #[test]
    fn a_code_of_two_halves_is_both_in_their_order() {
        let [first, second] = [(); 2].map(|()| OneTimeCode::random().unwrap());
        let kept = OneTimeCode::joined(&first.digest(), &second);
        let typed = |one: &OneTimeCode, other: &OneTimeCode| {
            let both = format!("{} {}", one.reveal().as_str(), other.reveal().as_str());
            OneTimeCode::parse(&both).unwrap().digest()
        };
        assert_eq!(typed(&first, &second), kept);
        assert_ne!(typed(&second, &first), kept);
        assert_ne!(first.digest(), kept);
        assert_ne!(second.digest(), kept);
    }

    #[test]
    fn a_hash_knows_its_password_and_no_other() {
        let hash = PasswordHash::of("正しい馬 1!".as_bytes(), PasswordCost::Light).unwrap();
        let hash = PasswordHash::parse(hash.as_str()).unwrap();
        assert!(hash.is_of("正しい馬 1!".as_bytes()).unwrap());
        assert!(!hash.is_of("正しい馬 1".as_bytes()).unwrap());
        let dear = hash.as_str().replace("m=64,", "m=4194304,");
        assert_eq!(PasswordHash::parse(&dear), None);
    }

    #[test]
    fn equal_passwords_have_different_hashes() {
        let one = PasswordHash::of(b"x", PasswordCost::Light).unwrap();
        assert_ne!(one, PasswordHash::of(b"x", PasswordCost::Light).unwrap());
    }

    #[test]
    fn a_form_shows_the_secret_of_its_session_alone() {
        let one = Bearer::random().unwrap();
        let same = Bearer::parse(&one.reveal()).unwrap();
        assert_eq!(one.digest(), same.digest());
        assert!(same.is_of_form(&one.for_forms()));
        let other = Bearer::random().unwrap();
        assert!(!other.is_of_form(&one.for_forms()));
        assert!(!one.is_of_form(&one.reveal()));
    }
}
