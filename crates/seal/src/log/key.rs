//! The key that signs the heads of a party's log.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use ring::hkdf;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use super::checkpoint::Checkpoint;
use super::fault::LogFault;
use super::note::{Kind, Note, Verifier, cosigned_message};
use crate::card::{Card, Fingerprint};
use crate::durable;
use crate::party::PartyKeys;
use crate::signature::Verifier as CardVerifier;
use crate::signature::{Detached, MAX_SIGNATURE_FILE, SigningFailed};

const LABEL: &[u8] = b"renketsu/log-key/1";
/// The trusted comment of the signature with which a card vouches for the key of its log.
const COMMENT: &str = "renketsu.log/1";
const UNTRUSTED: &[u8] = b"untrusted comment: renketsu signature\n";
/// The files of a voucher.
pub(super) const VOUCHER: [&str; 2] = ["verifier", "verifier.minisig"];

/// The seed of an Ed25519 key. ring's own type doesn't clear its memory, so it exists only while a signature is made.
pub(super) struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    pub(super) fn random() -> Result<Self, SigningFailed> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| SigningFailed)?;
        Ok(Self(bytes))
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        if bytes.len() != seed.len() {
            return None;
        }
        seed.copy_from_slice(bytes);
        Some(Self(seed))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn pair(&self) -> Result<Ed25519KeyPair, SigningFailed> {
        Ed25519KeyPair::from_seed_unchecked(self.0.as_slice()).map_err(|_| SigningFailed)
    }

    pub(super) fn verifier(&self, name: &str, kind: Kind) -> Result<Verifier, SigningFailed> {
        let public = self.pair()?.public_key().as_ref().try_into();
        let public = public.map_err(|_| SigningFailed)?;
        Verifier::new(name, kind, public).ok_or(SigningFailed)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        Ok(self.pair()?.sign(message).as_ref().to_vec())
    }

    /// Adds a cosignature to a note.
    pub(super) fn cosign(
        &self,
        verifier: &Verifier,
        note: &mut Note,
        now: Timestamp,
    ) -> Result<(), SigningFailed> {
        let seconds = u64::try_from(now.as_second()).map_err(|_| SigningFailed)?;
        let signature = self.sign(&cosigned_message(note.text(), seconds))?;
        note.add(verifier.line(&[seconds.to_be_bytes().as_slice(), &signature].concat()));
        Ok(())
    }
}

/// The name of a party's log: its origin line and the name of its key.
pub(super) fn origin(party: &Fingerprint) -> String {
    format!("renketsu/{}", party.to_hex())
}

/// Signs the heads of one party's log, and nothing else. Derived from the party's signing key (HKDF-SHA256), from which it
/// can be made again, and which can't be found from it: a server can hold this one alone.
///
/// ```compile_fail
/// fn copied(key: &renketsu_seal::log::LogKey) -> renketsu_seal::log::LogKey {
///     key.clone()
/// }
/// ```
pub struct LogKey {
    seed: Seed,
    verifier: Verifier,
}

impl LogKey {
    /// The key of a party's log.
    pub fn of(keys: &PartyKeys) -> Result<Self, SigningFailed> {
        let origin = origin(&keys.card().fingerprint());
        let mut seed = Zeroizing::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, LABEL)
            .extract(keys.signer.secret()?)
            .expand(&[origin.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|key| key.fill(seed.as_mut()))
            .map_err(|_| SigningFailed)?;
        let seed = Seed(seed);
        let verifier = seed.verifier(&origin, Kind::Log)?;
        Ok(Self { seed, verifier })
    }

    /// What verifies its signatures.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a head. Whoever calls this has checked that it follows from every head signed before.
    pub fn sign(&self, size: u64, root: super::Hash) -> Result<Note, SigningFailed> {
        let head = Checkpoint {
            origin: self.verifier.name().to_owned(),
            size,
            root,
        };
        let text = head.to_string();
        let signature = self.seed.sign(text.as_bytes())?;
        Ok(Note::new(text, self.verifier.line(&signature)))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

/// With what a card vouches for the key of its party's log: two files that the program `minisign` verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// Name and content of each file.
    pub files: [(&'static str, String); 2],
}

impl Voucher {
    /// Vouches for the key.
    pub fn new(keys: &PartyKeys, key: &LogKey) -> Result<Self, SigningFailed> {
        let text = format!("{}\n", key.verifier);
        let signature = keys.signer.sign(text.as_bytes(), COMMENT)?;
        let [verifier, minisig] = VOUCHER;
        Ok(Self {
            files: [(verifier, text), (minisig, signature)],
        })
    }

    /// The key below `dir` for which the card vouches.
    pub(super) fn read(dir: &Path, card: &Card) -> Result<Verifier, LogFault> {
        let [file, minisig] = VOUCHER.map(|name| dir.join(name));
        let read = |file: &Path| small(file, MAX_SIGNATURE_FILE);
        let (text, signature) = (read(&file)?, read(&minisig)?);
        vouched(&text, &signature, card).ok_or(LogFault::Voucher { file })
    }
}

/// The key that this text names, if the card vouches for it as the key of its party's log.
pub(super) fn vouched(text: &[u8], signature: &[u8], card: &Card) -> Option<Verifier> {
    let key = std::str::from_utf8(text)
        .ok()
        .and_then(|text| Verifier::parse(text.strip_suffix('\n')?))
        .filter(|key| key.kind() == Kind::Log && key.name() == origin(&card.fingerprint()));
    let vouched = CardVerifier::parse(&card.verifier)
        .zip(Detached::parse(signature))
        .is_some_and(|(card, signature)| {
            signature.trusted_comment == COMMENT && card.verify(text, &signature)
        })
        // The first line of a signature file is signed by nobody.
        && signature.starts_with(UNTRUSTED);
    key.filter(|_| vouched)
}

/// All of a file that has at most so many bytes.
pub(super) fn small(file: &Path, most: u64) -> Result<Vec<u8>, LogFault> {
    let io = |source| LogFault::io(file, source);
    if durable::open_file(file)
        .and_then(|file| file.metadata())
        .map_err(io)?
        .len()
        > most
    {
        return Err(LogFault::Form {
            file: file.to_owned(),
        });
    }
    durable::read_file(file).map_err(io)
}
