//! A party's own keys.
//!
//! `D/keys/card.json` is public. `D/keys/private.age` holds both private keys behind a passphrase; the
//! program `age -d` opens it too, so that keys outlive this one.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::DecryptError;
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::card::{Card, CardError, Fingerprint, Role, check_name};
use crate::durable::{self, NewFile};
use crate::passphrase::Passphrase;
use crate::signature::{Signer, SigningFailed};
use crate::stream::{HeadFault, Source};

/// First line of the private file's content.
const PRIVATE_FORMAT: &str = "renketsu.private/2";
/// The same of parties made before states were proven.
const PRIVATE_FORMAT_UNPROVEN: &str = "renketsu.private/1";
/// The content is under 500 bytes.
const MAX_PRIVATE: usize = 4096;

/// What guessing one passphrase costs: scrypt with N = 2^17, r = 8, p = 1 (128 MiB).
///
/// The least the OWASP Password Storage Cheat Sheet gives for scrypt ("a minimum CPU/memory cost parameter
/// of (2^17), a minimum block size of 8 (1024 bytes), and a parallelization parameter of 1"). Fixed instead
/// of measured, as age would do, so that keys made on a slow or busy machine are not weaker.
pub const LOG_N: u8 = 17;
/// scrypt cost of parties that live for seconds.
const LOG_N_LIGHT: u8 = 8;

/// The scrypt cost of a new private file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// N = 2^8: for parties of tests and of the demo, whose keys protect nothing. Never for real ones.
    Light,
    /// N = 2^[`LOG_N`].
    Standard,
}

impl Cost {
    fn log_n(self) -> u8 {
        match self {
            Self::Light => LOG_N_LIGHT,
            Self::Standard => LOG_N,
        }
    }
}

/// Makes the keys of a new party in `dir`, which is created if missing, and returns its card.
pub fn create(
    dir: &Path,
    name: &str,
    role: Role,
    passphrase: &Passphrase,
    now: Timestamp,
) -> Result<Card, CreateError> {
    create_with_cost(dir, name, role, passphrase, now, Cost::Standard)
}

/// As [`create`], with another price of guessing the passphrase. Only [`Cost::Standard`] is fit for keys
/// that protect anything.
pub fn create_with_cost(
    dir: &Path,
    name: &str,
    role: Role,
    passphrase: &Passphrase,
    now: Timestamp,
    cost: Cost,
) -> Result<Card, CreateError> {
    create_opened(dir, name, role, passphrase, now, cost).map(|keys| keys.card)
}

/// As [`create_with_cost`], and leaves the keys open, for what is to be proven from the first moment on.
pub fn create_opened(
    dir: &Path,
    name: &str,
    role: Role,
    passphrase: &Passphrase,
    now: Timestamp,
    cost: Cost,
) -> Result<PartyKeys, CreateError> {
    check_name(name).map_err(|_| CreateError::Name)?;
    long_enough(passphrase)?;
    durable::private_directory(dir).map_err(|source| CreateError::Io {
        file: dir.to_owned(),
        source,
    })?;
    let keys = dir.join("keys");
    durable::private_directory(&keys).map_err(|source| CreateError::Io {
        file: keys.clone(),
        source,
    })?;
    let start =
        |file: PathBuf| NewFile::create(&file).map_err(|source| CreateError::file(file, source));
    let mut private_file = start(private_path(dir))?;
    let mut card_file = start(card_path(dir))?;

    let identity = Identity::generate();
    let signer = Signer::generate()?;
    let card = Card {
        name: name.to_owned(),
        role,
        recipient: identity.to_public().to_string(),
        verifier: signer.verifier()?,
        created: now,
    };
    let secret = Zeroizing::new(format!(
        "{PRIVATE_FORMAT}\n{}\n{}\n{}\n",
        card.fingerprint().to_hex(),
        identity.to_string().expose_secret(),
        signer.to_base64().as_str(),
    ));
    lock(&mut private_file, &secret, passphrase, cost)?;
    card_file
        .write_all(card.to_json().as_bytes())
        .map_err(|source| CreateError::file(card_path(dir), source))?;
    // The card last: a directory with a card is a party.
    private_file
        .commit()
        .map_err(|source| CreateError::file(private_path(dir), source))?;
    card_file
        .commit()
        .map_err(|source| CreateError::file(card_path(dir), source))?;
    Ok(PartyKeys {
        card,
        identity,
        signer,
        proven_from_birth: true,
    })
}

/// Refuses a passphrase with which no keys are made.
pub(crate) fn long_enough(passphrase: &Passphrase) -> Result<(), CreateError> {
    let characters = passphrase.characters();
    if characters < Passphrase::MINIMUM {
        return Err(CreateError::PassphraseShort {
            characters,
            minimum: Passphrase::MINIMUM,
        });
    }
    Ok(())
}

/// Writes private keys behind a passphrase.
pub(crate) fn lock(
    file: &mut NewFile,
    secret: &str,
    passphrase: &Passphrase,
    cost: Cost,
) -> Result<(), CreateError> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.secret());
    recipient.set_work_factor(cost.log_n());
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
        .map_err(|_| CreateError::Signing(SigningFailed))?;
    let written = (|| {
        let mut writer = encryptor.wrap_output(&mut *file)?;
        writer.write_all(secret.as_bytes())?;
        writer.finish()?;
        Ok(())
    })();
    written.map_err(|source| CreateError::file(file.path().to_owned(), source))
}

/// The party's own card, without its passphrase.
pub fn card(dir: &Path) -> Result<Card, CardError> {
    Card::read(&card_path(dir))
}

/// Opens the private keys. Takes about half a second and 128 MiB.
pub fn open(dir: &Path, passphrase: &Passphrase) -> Result<PartyKeys, OpenError> {
    let card = card(dir)?;
    let file = private_path(dir);
    let bytes = unlock(&file, passphrase)?;
    let private = parse_private(&bytes).ok_or_else(|| OpenError::Damaged { file: file.clone() })?;
    let derived = private
        .signer
        .verifier()
        .map_err(|_| OpenError::Damaged { file: file.clone() })?;
    let same = private.fingerprint == card.fingerprint()
        && private.identity.to_public().to_string() == card.recipient
        && derived == card.verifier;
    if !same {
        return Err(OpenError::Mismatch {
            file: card_path(dir),
        });
    }
    Ok(PartyKeys {
        card,
        identity: private.identity,
        signer: private.signer,
        proven_from_birth: private.proven_from_birth,
    })
}

/// Private keys that [`lock`] wrote. Takes about half a second and 128 MiB.
pub(crate) fn unlock(
    file: &Path,
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let file = file.to_owned();
    let io = |source: io::Error| {
        let file = file.clone();
        if source.kind() == io::ErrorKind::NotFound {
            OpenError::Missing { file }
        } else {
            OpenError::Io { file, source }
        }
    };
    let source =
        Source::read_head(durable::open_file(&file).map_err(io)?).map_err(|fault| match fault {
            HeadFault::Io(source) => OpenError::Io {
                file: file.clone(),
                source,
            },
            HeadFault::NotAge | HeadFault::TooLong | HeadFault::Truncated => {
                OpenError::Damaged { file: file.clone() }
            }
        })?;
    let mut identity = age::scrypt::Identity::new(passphrase.secret());
    identity.set_max_work_factor(LOG_N);
    let mut stream = source
        .decrypt(&identity)
        .map_err(|error| refusal(&file, error))?;

    let mut bytes = Zeroizing::new(vec![0_u8; MAX_PRIVATE]);
    let mut filled = 0_usize;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        match stream
            .read(free)
            .map_err(|_| OpenError::Damaged { file: file.clone() })?
        {
            0 => break,
            read => filled = filled.saturating_add(read),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The opened keys of this party. Can't be printed, copied or stored; cleared when dropped.
///
/// ```compile_fail
/// fn copied(keys: &renketsu_seal::PartyKeys) -> renketsu_seal::PartyKeys {
///     keys.clone()
/// }
/// ```
pub struct PartyKeys {
    card: Card,
    pub(crate) identity: Identity,
    pub(crate) signer: Signer,
    proven_from_birth: bool,
}

impl PartyKeys {
    /// The public half.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Whether the state beside these keys was proven from its first entry on. Stands behind the passphrase, so that
    /// nobody who edited a state can make it look like one from before.
    pub fn proven_from_birth(&self) -> bool {
        self.proven_from_birth
    }
}

impl fmt::Debug for PartyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartyKeys")
            .field("name", &self.card.name)
            .finish_non_exhaustive()
    }
}

fn card_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("card.json")
}

fn private_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("private.age")
}

struct Private {
    fingerprint: Fingerprint,
    identity: Identity,
    signer: Signer,
    proven_from_birth: bool,
}

fn parse_private(bytes: &[u8]) -> Option<Private> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    let proven_from_birth = match lines.next()? {
        PRIVATE_FORMAT => true,
        PRIVATE_FORMAT_UNPROVEN => false,
        _ => return None,
    };
    let fingerprint = Fingerprint::parse(lines.next()?).ok()?;
    let identity = Identity::from_str(lines.next()?).ok()?;
    let signer = Signer::from_base64(lines.next()?)?;
    lines.next().is_none().then_some(Private {
        fingerprint,
        identity,
        signer,
        proven_from_birth,
    })
}

fn refusal(file: &Path, error: DecryptError) -> OpenError {
    let file = file.to_owned();
    if let DecryptError::Io(source) = error {
        OpenError::Io { file, source }
    } else if matches!(
        error,
        DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed
    ) {
        OpenError::Passphrase { file }
    } else {
        // Another header than the one `create` writes.
        OpenError::Damaged { file }
    }
}

/// Why keys could not be made. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The directory has keys already.
    #[error("`{}` exists: the directory has keys already", file.display())]
    Exists {
        /// The file that is there.
        file: PathBuf,
    },
    /// A file can't be written.
    #[error("`{}` can't be written", file.display())]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The name is empty, too long, or could deceive the eye.
    #[error("the party's name is empty, too long, or holds control characters")]
    Name,
    /// The passphrase is too short.
    #[error("the passphrase has {characters} characters, fewer than {minimum}")]
    PassphraseShort {
        /// How many it has.
        characters: usize,
        /// How many it needs.
        minimum: usize,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl CreateError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.keys.exists", &["file"]),
        ("seal.keys.create_io", &["file", "reason"]),
        ("seal.keys.name", &[]),
        ("seal.keys.passphrase_short", &["characters", "minimum"]),
        ("seal.keys.generate", &[]),
    ];

    pub(crate) fn file(file: PathBuf, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { file }
        } else {
            Self::Io { file, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "seal.keys.exists",
            Self::Io { .. } => "seal.keys.create_io",
            Self::Name => "seal.keys.name",
            Self::PassphraseShort { .. } => "seal.keys.passphrase_short",
            Self::Signing(_) => "seal.keys.generate",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Exists { file } => vec![("file", file.display().to_string())],
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Name | Self::Signing(_) => Vec::new(),
            Self::PassphraseShort {
                characters,
                minimum,
            } => {
                vec![
                    ("characters", characters.to_string()),
                    ("minimum", minimum.to_string()),
                ]
            }
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. } | Self::PassphraseShort { .. } => 1,
            Self::Name => 2,
            Self::Io { .. } | Self::Signing(_) => 3,
        }
    }
}

/// Why keys could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The card beside them is missing or no card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The private file is not what `create` wrote.
    #[error("`{}` is damaged", file.display())]
    Damaged {
        /// The private file.
        file: PathBuf,
    },
    /// The private file can't be read.
    #[error("`{}` can't be read", file.display())]
    Io {
        /// The private file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The card beside the keys was changed or belongs to other keys.
    #[error("`{}` is not the card of these keys", file.display())]
    Mismatch {
        /// The card.
        file: PathBuf,
    },
    /// There is no private file.
    #[error("`{}` is missing", file.display())]
    Missing {
        /// The private file.
        file: PathBuf,
    },
    /// The passphrase doesn't open it.
    #[error("the passphrase doesn't open `{}`", file.display())]
    Passphrase {
        /// The private file.
        file: PathBuf,
    },
}

impl OpenError {
    /// Every code with the names of its details; those of [`CardError`] are listed there.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.keys.damaged", &["file"]),
        ("seal.keys.open_io", &["file", "reason"]),
        ("seal.keys.mismatch", &["file"]),
        ("seal.keys.missing", &["file"]),
        ("seal.keys.passphrase", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Damaged { .. } => "seal.keys.damaged",
            Self::Io { .. } => "seal.keys.open_io",
            Self::Mismatch { .. } => "seal.keys.mismatch",
            Self::Missing { .. } => "seal.keys.missing",
            Self::Passphrase { .. } => "seal.keys.passphrase",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Card(error) => error.details(),
            Self::Damaged { file }
            | Self::Mismatch { file }
            | Self::Missing { file }
            | Self::Passphrase { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Card(error) => error.exit(),
            Self::Damaged { .. } | Self::Mismatch { .. } | Self::Passphrase { .. } => 1,
            Self::Missing { .. } => 2,
            Self::Io { .. } => 3,
        }
    }
}
