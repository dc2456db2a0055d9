//! The public half of a party.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::durable;
use crate::signature::Verifier;

/// What a card says it is.
const SCHEMA: &str = "renketsu.card/1";
/// A card is under 1 KiB.
const MAX_FILE: u64 = 64 * 1024;

/// Which of the parties: three in law, of which the authority may be two custodians.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 大臣等・支払基金: takes requests, holds the registry, and issues IDs or lets the [`Issuer`](Role::Issuer) do so.
    Authority,
    /// The authority's second custodian: holds the provision keys and sees neither identifiers nor row references.
    Issuer,
    /// 認定作成事業者: asks for IDs and delivers anonymized data.
    Producer,
    /// 利用者: links and analyses.
    Workspace,
}

impl Role {
    /// The word in files: `authority`, `issuer`, `producer`, `workspace`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Issuer => "issuer",
            Self::Producer => "producer",
            Self::Workspace => "workspace",
        }
    }

    /// The role that [`Role::as_str`] writes as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Authority,
            Self::Issuer,
            Self::Producer,
            Self::Workspace,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The public half of a party: hand it to the others, and confirm its [`Fingerprint`] by another channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CardFile", into = "CardFile")]
pub struct Card {
    /// Name of the party: 1–100 characters without control or direction characters.
    pub name: String,
    /// Which of the parties.
    pub role: Role,
    /// Where to encrypt to: `age -r`.
    pub recipient: String,
    /// What verifies its signatures: `minisign -P`.
    pub verifier: String,
    /// When its keys were made.
    pub created: Timestamp,
}

impl Card {
    /// Reads the JSON of a card.
    ///
    /// # Errors
    /// [`CardError`] for everything that isn't a whole, well-formed card.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let file: CardFile = serde_json::from_str(text).map_err(|error| CardError::Json {
            line: error.line(),
            column: error.column(),
        })?;
        Self::try_from(file)
    }

    /// Reads a card from a file.
    pub fn read(path: &Path) -> Result<Self, CardError> {
        let io = |source| CardError::Io {
            file: path.to_owned(),
            source,
        };
        let file = durable::open_file(path).map_err(io)?;
        if file.metadata().map_err(io)?.len() > MAX_FILE {
            return Err(CardError::TooLong);
        }
        let mut text = String::new();
        file.take(MAX_FILE).read_to_string(&mut text).map_err(io)?;
        Self::parse(&text)
    }

    /// The JSON of the card, ending in a line break.
    pub fn to_json(&self) -> String {
        // A struct of strings can't fail to serialise.
        let mut text =
            serde_json::to_string_pretty(&CardFile::from(self.clone())).unwrap_or_default();
        text.push('\n');
        text
    }

    /// SHA-256 over `renketsu.card/1`, name, role, recipient, verifier and time of creation, each preceded
    /// by its length in bytes as u32 big endian.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [
            SCHEMA,
            &self.name,
            self.role.as_str(),
            &self.recipient,
            &self.verifier,
            &self.created.to_string(),
        ] {
            // A part is at most some hundred bytes; a longer one would still hash to something else.
            hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Fingerprint(hash.finalize().into())
    }

    /// Checks what a card made by hand may break.
    pub(crate) fn check(&self) -> Result<(), CardError> {
        check_name(&self.name)?;
        let recipient =
            age::x25519::Recipient::from_str(&self.recipient).map_err(|_| CardError::Recipient)?;
        if recipient.to_string() != self.recipient {
            return Err(CardError::Recipient);
        }
        Verifier::parse(&self.verifier)
            .map(drop)
            .ok_or(CardError::Verifier)
    }
}

pub(crate) fn check_name(name: &str) -> Result<(), CardError> {
    let misleading = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let length = name.chars().count();
    if length == 0 || length > 100 || name.trim() != name || name.chars().any(misleading) {
        return Err(CardError::Name);
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    schema: String,
    name: String,
    role: Role,
    recipient: String,
    verifier: String,
    created: Timestamp,
}

impl From<Card> for CardFile {
    fn from(card: Card) -> Self {
        let Card {
            name,
            role,
            recipient,
            verifier,
            created,
        } = card;
        Self {
            schema: SCHEMA.to_owned(),
            name,
            role,
            recipient,
            verifier,
            created,
        }
    }
}

impl TryFrom<CardFile> for Card {
    type Error = CardError;

    fn try_from(file: CardFile) -> Result<Self, CardError> {
        let CardFile {
            schema,
            name,
            role,
            recipient,
            verifier,
            created,
        } = file;
        if schema != SCHEMA {
            return Err(CardError::Schema);
        }
        let card = Self {
            name,
            role,
            recipient,
            verifier,
            created,
        };
        card.check()?;
        Ok(card)
    }
}

/// What two people read to each other: 16 groups of 4 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads 64 hexadecimal digits; case, white space and hyphens don't matter.
    ///
    /// # Errors
    /// [`FingerprintError`] for anything else, a shortened one too.
    pub fn parse(text: &str) -> Result<Self, FingerprintError> {
        let digits: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let bytes = HEXLOWER
            .decode(digits.as_bytes())
            .map_err(|_| FingerprintError)?;
        Ok(Self(bytes.try_into().map_err(|_| FingerprintError)?))
    }

    /// 64 lower-case digits without spaces: the form in files and file names.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.0.chunks_exact(2).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&HEXLOWER.encode(pair))?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        Self::parse(text)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint of 64 hexadecimal digits")]
pub struct FingerprintError;

impl FingerprintError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] =
        &[("seal.fingerprint.form", &[])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        "seal.fingerprint.form"
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        2
    }
}

/// Why something is no card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The file can't be read.
    #[error("the card `{}` can't be read", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Not JSON, or a field is missing, unknown or of another type.
    #[error("not a card: line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The name is empty, too long, or could deceive the eye.
    #[error("the card's name is empty, too long, or holds control characters")]
    Name,
    /// The key to encrypt to is none.
    #[error("the card's recipient is no age X25519 recipient")]
    Recipient,
    /// Another kind of file, or a later version.
    #[error("the file doesn't say it is a card of version 1")]
    Schema,
    /// Far longer than a card.
    #[error("the file is far longer than a card")]
    TooLong,
    /// The key to verify with is none.
    #[error("the card's verifier is no minisign public key")]
    Verifier,
}

impl CardError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.card.io", &["file", "reason"]),
        ("seal.card.json", &["line", "column"]),
        ("seal.card.name", &[]),
        ("seal.card.recipient", &[]),
        ("seal.card.schema", &[]),
        ("seal.card.too_long", &[]),
        ("seal.card.verifier", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "seal.card.io",
            Self::Json { .. } => "seal.card.json",
            Self::Name => "seal.card.name",
            Self::Recipient => "seal.card.recipient",
            Self::Schema => "seal.card.schema",
            Self::TooLong => "seal.card.too_long",
            Self::Verifier => "seal.card.verifier",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Json { line, column } => {
                vec![("line", line.to_string()), ("column", column.to_string())]
            }
            Self::Name | Self::Recipient | Self::Schema | Self::TooLong | Self::Verifier => {
                Vec::new()
            }
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::Json { .. }
            | Self::Name
            | Self::Recipient
            | Self::Schema
            | Self::TooLong
            | Self::Verifier => 2,
        }
    }
}
