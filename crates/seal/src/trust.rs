//! The cards this party has confirmed by another channel.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::card::{Card, CardError, Fingerprint};
use crate::durable::{self, NewFile};
use crate::signature::Verifier;

/// The confirmed cards of a party: `D/trust/<fingerprint>.json`. Nothing else is ever believed.
#[derive(Debug)]
pub struct Trust {
    dir: PathBuf,
    cards: Vec<Card>,
}

impl Trust {
    /// Reads the cards in `dir`'s `trust` directory; a missing one is an empty one.
    ///
    /// # Errors
    /// A file whose content is no card or not the card its name says: somebody changed it.
    pub fn open(dir: &Path) -> Result<Self, TrustError> {
        let trust = dir.join("trust");
        let io = |source| TrustError::Io {
            file: trust.clone(),
            source,
        };
        let mut cards = Vec::new();
        let entries = match fs::read_dir(&trust) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { dir: trust, cards });
            }
            Err(error) => return Err(io(error)),
        };
        for entry in entries {
            let path = entry.map_err(io)?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let card = Card::read(&path).map_err(|source| TrustError::Card {
                file: path.clone(),
                source,
            })?;
            if path
                .file_stem()
                .is_none_or(|stem| stem != card.fingerprint().to_hex().as_str())
            {
                return Err(TrustError::Renamed { file: path });
            }
            cards.push(card);
        }
        cards.sort_by(|a, b| (&a.name, a.fingerprint()).cmp(&(&b.name, b.fingerprint())));
        Ok(Self { dir: trust, cards })
    }

    /// Trusts a card whose fingerprint was read out by its owner. A card already trusted stays as it is.
    pub fn add(&mut self, card: &Card, confirmed: &Fingerprint) -> Result<(), TrustError> {
        card.check()?;
        let fingerprint = card.fingerprint();
        if fingerprint != *confirmed {
            return Err(TrustError::Fingerprint {
                name: card.name.clone(),
            });
        }
        if self.by_fingerprint(&fingerprint).is_some() {
            return Ok(());
        }
        if let Some(other) = self.by_name(&card.name) {
            return Err(TrustError::Name {
                name: card.name.clone(),
                fingerprint: other.fingerprint(),
            });
        }
        // Two cards with one key would make every package of the one look like the other's.
        let shares =
            |known: &&Card| known.verifier == card.verifier || known.recipient == card.recipient;
        if let Some(other) = self.cards.iter().find(shares) {
            return Err(TrustError::Key {
                name: other.name.clone(),
            });
        }
        durable::private_directory(&self.dir).map_err(|source| TrustError::Io {
            file: self.dir.clone(),
            source,
        })?;
        let file = self.dir.join(format!("{}.json", fingerprint.to_hex()));
        let written = NewFile::create(&file).and_then(|mut new| {
            new.write_all(card.to_json().as_bytes())?;
            new.commit()
        });
        written.map_err(|source| TrustError::Io { file, source })?;
        let place = self.cards.partition_point(|known| known.name < card.name);
        self.cards.insert(place, card.clone());
        Ok(())
    }

    /// Trusts a card no longer, and returns it; `None` if it was not trusted.
    pub fn remove(&mut self, fingerprint: &Fingerprint) -> Result<Option<Card>, TrustError> {
        let found = |card: &Card| card.fingerprint() == *fingerprint;
        let Some(place) = self.cards.iter().position(found) else {
            return Ok(None);
        };
        let file = self.dir.join(format!("{}.json", fingerprint.to_hex()));
        durable::erase(&file).map_err(|source| TrustError::Io { file, source })?;
        Ok(Some(self.cards.remove(place)))
    }

    /// All trusted cards, by name.
    pub fn list(&self) -> &[Card] {
        &self.cards
    }

    /// The trusted card with this fingerprint.
    pub fn by_fingerprint(&self, fingerprint: &Fingerprint) -> Option<&Card> {
        self.cards
            .iter()
            .find(|card| card.fingerprint() == *fingerprint)
    }

    /// The trusted card with exactly this name.
    pub fn by_name(&self, name: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.name == name)
    }

    /// The trusted cards whose signing key has this number; a number can be forged, a signature can't.
    pub(crate) fn by_key_number(&self, number: [u8; 8]) -> impl Iterator<Item = (&Card, Verifier)> {
        self.cards.iter().filter_map(move |card| {
            let verifier = Verifier::parse(&card.verifier)?;
            (verifier.key_number() == number).then_some((card, verifier))
        })
    }
}

/// Why a card is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file among the trusted cards is no card.
    #[error("`{}` among the trusted cards is no card", file.display())]
    Card {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: CardError,
    },
    /// The fingerprint that was confirmed is another one.
    #[error("the confirmed fingerprint is not the one of the card of `{name}`")]
    Fingerprint {
        /// Name on the card.
        name: String,
    },
    /// The card itself is not well-formed.
    #[error(transparent)]
    Form(#[from] CardError),
    /// A file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Another card of that name is trusted.
    #[error("another card of the name `{name}` is trusted")]
    Name {
        /// The name.
        name: String,
        /// Fingerprint of the card that has it.
        fingerprint: Fingerprint,
    },
    /// A trusted card has one of its keys.
    #[error("the trusted card of `{name}` has one of its keys")]
    Key {
        /// The name on that card.
        name: String,
    },
    /// A trusted card was changed, or its file renamed.
    #[error("`{}` holds another card than its name says", file.display())]
    Renamed {
        /// The file.
        file: PathBuf,
    },
}

impl TrustError {
    /// Every code with the names of its details; those of [`CardError`] are listed there.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.trust.card", &["file"]),
        ("seal.trust.fingerprint", &["name"]),
        ("seal.trust.io", &["file", "reason"]),
        ("seal.trust.key", &["name"]),
        ("seal.trust.name", &["name", "fingerprint"]),
        ("seal.trust.renamed", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Card { .. } => "seal.trust.card",
            Self::Fingerprint { .. } => "seal.trust.fingerprint",
            Self::Form(error) => error.code(),
            Self::Io { .. } => "seal.trust.io",
            Self::Key { .. } => "seal.trust.key",
            Self::Name { .. } => "seal.trust.name",
            Self::Renamed { .. } => "seal.trust.renamed",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Card { file, .. } | Self::Renamed { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::Fingerprint { name } | Self::Key { name } => vec![("name", name.clone())],
            Self::Form(error) => error.details(),
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Name { name, fingerprint } => vec![
                ("name", name.clone()),
                ("fingerprint", fingerprint.to_string()),
            ],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Card { .. }
            | Self::Fingerprint { .. }
            | Self::Key { .. }
            | Self::Name { .. }
            | Self::Renamed { .. } => 1,
            Self::Form(error) => error.exit(),
            Self::Io { .. } => 3,
        }
    }
}
