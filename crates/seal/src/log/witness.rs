//! A second person who keeps the largest head they saw of a log, and signs that the next one follows from it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::copy::{Copy, Examined};
use super::fault::LogFault;
use super::key::{Seed, small};
use super::note::{Kind, MAX_NOTE, Note, Verifier};
use crate::card::Fingerprint;
use crate::durable::{self, NewFile};
use crate::party::{self, Cost, CreateError, OpenError};
use crate::passphrase::Passphrase;
use crate::signature::SigningFailed;

const PRIVATE_FORMAT: &str = "renketsu.witness/1";
const PRIVATE: &str = "private.age";
const PUBLIC: &str = "verifier";
const SEEN: &str = "seen";

/// The opened key of a witness. It signs what it has checked, and nothing else.
pub struct Witness {
    dir: PathBuf,
    seed: Seed,
    verifier: Verifier,
}

/// A head with the witness's signature, and what it was checked against.
#[derive(Debug)]
pub struct Cosigned {
    /// The head with its signatures.
    pub note: Note,
    /// What was found in the copy.
    pub examined: Examined,
    /// The size of the head that was remembered; `None` the first time.
    pub before: Option<u64>,
    /// Whose log it is.
    pub party: Fingerprint,
}

impl Witness {
    /// Makes the key of a new witness in `dir`.
    pub fn create(
        dir: &Path,
        name: &str,
        passphrase: &Passphrase,
        cost: Cost,
    ) -> Result<Verifier, WitnessError> {
        let seed = Seed::random().map_err(CreateError::from)?;
        let verifier = seed
            .verifier(name, Kind::Cosigner)
            .map_err(|_| WitnessError::Name)?;
        party::long_enough(passphrase)?;
        let failed = |file: &Path| {
            let file = file.to_owned();
            |source| CreateError::file(file, source)
        };
        durable::private_directory(dir).map_err(failed(dir))?;
        let seen = dir.join(SEEN);
        durable::private_directory(&seen).map_err(failed(&seen))?;
        let [private, public] = [PRIVATE, PUBLIC].map(|name| dir.join(name));
        let mut private_file = NewFile::create(&private).map_err(failed(&private))?;
        let mut public_file = NewFile::create(&public).map_err(failed(&public))?;
        let mut secret = Zeroizing::new(format!("{PRIVATE_FORMAT}\n{verifier}\n"));
        let hex = Zeroizing::new(HEXLOWER.encode(seed.bytes()));
        secret.push_str(&hex);
        secret.push('\n');
        party::lock(&mut private_file, &secret, passphrase, cost)?;
        io::Write::write_all(&mut public_file, format!("{verifier}\n").as_bytes())
            .map_err(failed(&public))?;
        // The public half last: a directory with one is a witness.
        private_file.commit().map_err(failed(&private))?;
        public_file.commit().map_err(failed(&public))?;
        Ok(verifier)
    }

    /// The public half, without the passphrase.
    pub fn verifier(dir: &Path) -> Result<Verifier, WitnessError> {
        let file = dir.join(PUBLIC);
        let text = small(&file, MAX_NOTE as u64)?;
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| Verifier::parse(text.strip_suffix('\n')?))
            .filter(|key| key.kind() == Kind::Cosigner)
            .ok_or_else(|| LogFault::Form { file }.into())
    }

    /// Opens the key.
    pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<Self, WitnessError> {
        let verifier = Self::verifier(dir)?;
        let file = dir.join(PRIVATE);
        let bytes = party::unlock(&file, passphrase)?;
        let seed = seed(&bytes, &verifier).ok_or(OpenError::Damaged { file })?;
        Ok(Self {
            dir: dir.to_owned(),
            seed,
            verifier,
        })
    }

    /// Checks all of the copy of a log in `copy`, that its head follows from the one remembered, remembers it, and signs it.
    /// The first time nothing is remembered: then the party's fingerprint must be given, as it was told by another channel.
    pub fn cosign(
        &self,
        copy: &Path,
        expected: Option<&Fingerprint>,
        now: Timestamp,
    ) -> Result<Cosigned, WitnessError> {
        let copy = Copy::open(copy, expected)?;
        let party = copy.card().fingerprint();
        let seen = self.dir.join(SEEN);
        let io = |file: &Path| {
            let file = file.to_owned();
            |source| LogFault::Io { file, source }
        };
        let _alone = durable::lock(&seen).map_err(io(&seen))?;
        let memory = seen.join(party.to_hex());
        let remembered = match copy.anchor(&memory) {
            Ok(anchor) => Some(anchor),
            Err(LogFault::Missing { .. }) => None,
            Err(fault) => return Err(fault.into()),
        };
        if remembered.is_none() && expected.is_none() {
            return Err(WitnessError::Stranger { fingerprint: party });
        }
        let examined = copy.examine(remembered.as_slice(), &mut |_, _| {})?;
        let mut note = examined.head.note.clone();
        // Remembered before it is signed: what was signed is never forgotten.
        durable::replace(&memory, note.to_string().as_bytes()).map_err(io(&memory))?;
        self.seed.cosign(&self.verifier, &mut note, now)?;
        Ok(Cosigned {
            note,
            examined,
            before: remembered.map(|anchor| anchor.head.size),
            party,
        })
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

fn seed(bytes: &[u8], verifier: &Verifier) -> Option<Seed> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    if lines.next()? != PRIVATE_FORMAT || lines.next()? != verifier.to_string() {
        return None;
    }
    let seed = Zeroizing::new(HEXLOWER.decode(lines.next()?.as_bytes()).ok()?);
    let seed = Seed::from_slice(&seed)?;
    let same = seed.verifier(verifier.name(), Kind::Cosigner).ok()? == *verifier;
    (same && lines.next().is_none()).then_some(seed)
}

/// Why a witness signs nothing.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Its key could not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The copy is not believed, or doesn't follow from what was seen before.
    #[error(transparent)]
    Log(#[from] LogFault),
    /// The name can't stand in a signature.
    #[error("the name of the witness is empty, or holds a space or a plus sign")]
    Name,
    /// Its key could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The signature could not be made.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// Nothing was seen of this log before, and nobody says whose it is.
    #[error("nothing of the log of `{fingerprint}` was seen before")]
    Stranger {
        /// The fingerprint on the card in the copy.
        fingerprint: Fingerprint,
    },
}

impl WitnessError {
    /// Every code of its own with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.witness.name", &[]),
        ("seal.witness.signing", &[]),
        ("seal.witness.stranger", &["fingerprint"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Create(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Name => "seal.witness.name",
            Self::Open(error) => error.code(),
            Self::Signing(_) => "seal.witness.signing",
            Self::Stranger { .. } => "seal.witness.stranger",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Create(error) => error.details(),
            Self::Log(error) => error.details(),
            Self::Name | Self::Signing(_) => Vec::new(),
            Self::Open(error) => error.details(),
            Self::Stranger { fingerprint } => vec![("fingerprint", fingerprint.to_string())],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Create(error) => error.exit(),
            Self::Log(error) => error.exit(),
            Self::Name => 2,
            Self::Open(error) => error.exit(),
            Self::Signing(_) => 3,
            Self::Stranger { .. } => 1,
        }
    }
}
