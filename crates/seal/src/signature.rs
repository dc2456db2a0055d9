//! minisign signatures: prehashed Ed25519 (`ED`), as the programs `minisign -S` and `-V` write and read them.

use std::hint::black_box;
use std::io::Cursor;
use std::ops::Range;

use data_encoding::BASE64;
use zeroize::Zeroizing;

/// Bytes of `PublicKey` (algorithm, key number, key) and of the two parts of a signature file.
const PUBLIC_BYTES: usize = 42;
const SECRET_BYTES: usize = 158;
/// Where the key stands in a secret key: after the names of three algorithms, salt, two limits and key number.
const SECRET_KEY: Range<usize> = 62..126;
const SIGNATURE_BYTES: usize = 74;
const GLOBAL_BYTES: usize = 64;
/// A signature file has four lines; ours is under 400 bytes.
pub(crate) const MAX_SIGNATURE_FILE: u64 = 4096;

/// The minisign crate failed where it can't: an invariant of ours, or no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made")]
pub struct SigningFailed;

/// The signing key. The minisign crate's own type neither clears its memory nor hides itself from
/// `Debug`, so it exists only while a signature is made.
pub(crate) struct Signer(Zeroizing<Vec<u8>>);

impl Signer {
    pub(crate) fn generate() -> Result<Self, SigningFailed> {
        let mut pair =
            minisign::KeyPair::generate_unencrypted_keypair().map_err(|_| SigningFailed)?;
        let signer = Self(Zeroizing::new(pair.sk.to_bytes()));
        overwrite(&mut pair.sk);
        Ok(signer)
    }

    /// The line of base64 that stands in an unencrypted minisign secret key file.
    pub(crate) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&self.0))
    }

    /// The Ed25519 key itself, from which another key of the party is derived.
    pub(crate) fn secret(&self) -> Result<&[u8], SigningFailed> {
        self.0.get(SECRET_KEY).ok_or(SigningFailed)
    }

    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new(vec![0_u8; BASE64.decode_len(text.len()).ok()?]);
        let length = BASE64.decode_mut(text.as_bytes(), &mut bytes).ok()?;
        bytes.truncate(length);
        (length == SECRET_BYTES).then_some(Self(bytes))
    }

    pub(crate) fn verifier(&self) -> Result<String, SigningFailed> {
        self.with_key(|key| Ok(minisign::PublicKey::from_secret_key(key)?.to_base64()))
    }

    /// The text of a signature file. `trusted_comment` is signed as well.
    pub(crate) fn sign(&self, data: &[u8], trusted_comment: &str) -> Result<String, SigningFailed> {
        self.with_key(|key| {
            let public = minisign::PublicKey::from_secret_key(key)?;
            let comment = "renketsu signature";
            Ok(minisign::sign(
                Some(&public),
                key,
                Cursor::new(data),
                Some(trusted_comment),
                Some(comment),
            )?
            .into_string())
        })
    }

    fn with_key<T>(
        &self,
        work: impl FnOnce(&minisign::SecretKey) -> minisign::Result<T>,
    ) -> Result<T, SigningFailed> {
        let mut key = minisign::SecretKey::from_bytes(&self.0).map_err(|_| SigningFailed)?;
        let done = work(&key);
        overwrite(&mut key);
        done.map_err(|_| SigningFailed)
    }
}

fn overwrite(key: &mut minisign::SecretKey) {
    if let Ok(blank) = minisign::SecretKey::from_bytes(&[0; SECRET_BYTES]) {
        *key = blank;
    }
    // Keeps the compiler from dropping a store nobody reads.
    black_box(key);
}

/// A public key in the form of `minisign -P`.
pub(crate) struct Verifier(minisign::PublicKey);

impl Verifier {
    /// Only the one spelling that `minisign` writes is accepted.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text.as_bytes()).ok()?;
        if bytes.len() != PUBLIC_BYTES || !bytes.starts_with(b"Ed") {
            return None;
        }
        minisign::PublicKey::from_bytes(&bytes).ok().map(Self)
    }

    pub(crate) fn key_number(&self) -> [u8; 8] {
        self.0.keynum().try_into().unwrap_or_default()
    }

    /// Both signatures: over the data, and over that signature with the trusted comment.
    pub(crate) fn verify(&self, data: &[u8], signature: &Detached) -> bool {
        minisign::verify(
            &self.0,
            &signature.parsed,
            Cursor::new(data),
            true,
            false,
            false,
        )
        .is_ok()
    }
}

/// A signature file whose form is exactly minisign's.
pub(crate) struct Detached {
    parsed: minisign::SignatureBox,
    pub(crate) trusted_comment: String,
}

impl Detached {
    /// Lengths are checked here because `minisign` 0.10 indexes into them unchecked.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.lines();
        let _untrusted = lines.next()?.strip_prefix("untrusted comment: ")?;
        let signature = BASE64.decode(lines.next()?.as_bytes()).ok()?;
        let trusted_comment = lines.next()?.strip_prefix("trusted comment: ")?.to_owned();
        let global = BASE64.decode(lines.next()?.as_bytes()).ok()?;
        if lines.next().is_some()
            || !signature.starts_with(b"ED")
            || signature.len() != SIGNATURE_BYTES
            || global.len() != GLOBAL_BYTES
        {
            return None;
        }
        let parsed = minisign::SignatureBox::from_string(text).ok()?;
        // No second spelling of the same signature.
        (parsed.to_string().as_bytes() == bytes).then_some(Self {
            parsed,
            trusted_comment,
        })
    }

    pub(crate) fn key_number(&self) -> [u8; 8] {
        self.parsed.keynum().try_into().unwrap_or_default()
    }
}

/// The key number as `minisign` prints it.
pub(crate) fn printed_key_number(number: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(number))
}
