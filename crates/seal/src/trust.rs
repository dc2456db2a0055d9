//! The cards this party has confirmed by another channel.
//!
//! They are kept as one text that the party signs: who doesn't know its passphrase can't add a card, nor take one away.
//! Where the text lies is not known here (`renketsu_store`).

use serde::{Deserialize, Serialize};

use crate::card::{Card, CardError, Fingerprint};
use crate::party::PartyKeys;
use crate::signature::{Detached, SigningFailed, Verifier};

const FORMAT: &str = "renketsu.trust/2";
/// Of before lists had serials.
const FORMER: &str = "renketsu.trust/1";

/// The confirmed cards of a party. Nothing else is ever believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    cards: Vec<Card>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    format: String,
    /// The JSON text that was signed, byte for byte.
    signed: String,
    /// A minisign signature file.
    signature: String,
}

/// What is signed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// One more than that of the list before; the first has 1.
    serial: u64,
    cards: Vec<Card>,
}

impl Sealed {
    fn listed(&self) -> Option<Listed> {
        match self.format.as_str() {
            FORMAT => serde_json::from_str(&self.signed).ok(),
            FORMER => Some(Listed {
                serial: 0,
                cards: serde_json::from_str(&self.signed).ok()?,
            }),
            _ => None,
        }
    }
}

impl Trust {
    /// Reads what [`seal`](Self::seal) of this party wrote; none is an empty one.
    ///
    /// # Errors
    /// [`TrustError::Forged`] for any other text: somebody changed it.
    pub fn open(sealed: Option<&str>, keys: &PartyKeys) -> Result<Self, TrustError> {
        Self::of(sealed, keys.card())
    }

    /// As [`open`](Self::open), for somebody who has only the card that lies in the party's directory: as good as that card.
    /// For lists, never for a decision.
    pub fn listed(sealed: Option<&str>, own: &Card) -> Result<Self, TrustError> {
        Self::of(sealed, own)
    }

    fn of(sealed: Option<&str>, own: &Card) -> Result<Self, TrustError> {
        let Some(sealed) = sealed else {
            return Ok(Self::default());
        };
        let read = || {
            let sealed: Sealed = serde_json::from_str(sealed).ok()?;
            let signature = Detached::parse(sealed.signature.as_bytes())?;
            let proven = signature.trusted_comment == sealed.format
                && Verifier::parse(&own.verifier)?.verify(sealed.signed.as_bytes(), &signature);
            if !proven {
                return None;
            }
            Some(sealed.listed()?.cards)
        };
        let cards = read().ok_or(TrustError::Forged)?;
        cards.iter().try_for_each(Card::check)?;
        Ok(Self { cards })
    }

    /// What number a text says it is, which nobody has proven: who keeps the text holds it against what was recorded of it.
    /// 0 for one of before there were numbers; `None` for what is no list.
    pub fn serial(sealed: &str) -> Option<u64> {
        let sealed: Sealed = serde_json::from_str(sealed).ok()?;
        Some(sealed.listed()?.serial)
    }

    /// The text to keep in the place of `before`, numbered after it.
    pub fn seal(&self, before: Option<&str>, keys: &PartyKeys) -> Result<String, TrustError> {
        let before = match before {
            Some(before) => Self::serial(before).ok_or(TrustError::Forged)?,
            None => 0,
        };
        let listed = Listed {
            serial: before.checked_add(1).ok_or(SigningFailed)?,
            cards: self.cards.clone(),
        };
        let signed = serde_json::to_string(&listed).map_err(|_| SigningFailed)?;
        let signature = keys.signer.sign(signed.as_bytes(), FORMAT)?;
        let sealed = Sealed {
            format: FORMAT.to_owned(),
            signed,
            signature,
        };
        Ok(serde_json::to_string(&sealed).map_err(|_| SigningFailed)?)
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
        let place = self.cards.partition_point(|known| known.name < card.name);
        self.cards.insert(place, card.clone());
        Ok(())
    }

    /// Trusts a card no longer, and returns it; `None` if it was not trusted.
    pub fn remove(&mut self, fingerprint: &Fingerprint) -> Option<Card> {
        let found = |card: &Card| card.fingerprint() == *fingerprint;
        let place = self.cards.iter().position(found)?;
        Some(self.cards.remove(place))
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
    /// The fingerprint that was confirmed is another one.
    #[error("the confirmed fingerprint is not the one of the card of `{name}`")]
    Fingerprint {
        /// Name on the card.
        name: String,
    },
    /// The card itself is not well-formed.
    #[error(transparent)]
    Form(#[from] CardError),
    /// The list isn't what this party signed.
    #[error("the list of trusted cards isn't what this party signed")]
    Forged,
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
    /// The list could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl TrustError {
    /// Every code with the names of its details; those of [`CardError`] are listed there.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.trust.fingerprint", &["name"]),
        ("seal.trust.forged", &[]),
        ("seal.trust.key", &["name"]),
        ("seal.trust.name", &["name", "fingerprint"]),
        ("seal.trust.signing", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fingerprint { .. } => "seal.trust.fingerprint",
            Self::Form(error) => error.code(),
            Self::Forged => "seal.trust.forged",
            Self::Key { .. } => "seal.trust.key",
            Self::Name { .. } => "seal.trust.name",
            Self::Signing(_) => "seal.trust.signing",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Fingerprint { name } | Self::Key { name } => vec![("name", name.clone())],
            Self::Form(error) => error.details(),
            Self::Forged | Self::Signing(_) => Vec::new(),
            Self::Name { name, fingerprint } => vec![
                ("name", name.clone()),
                ("fingerprint", fingerprint.to_string()),
            ],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Fingerprint { .. } | Self::Forged | Self::Key { .. } | Self::Name { .. } => 1,
            Self::Form(error) => error.exit(),
            Self::Signing(_) => 3,
        }
    }
}
