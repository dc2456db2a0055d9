//! A head that a party gives away with a package: an anchor of its log in the hands of whoever receives it.

use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::key::{LogKey, Voucher, vouched};
use super::note::Note;
use super::tree::Frontier;
use crate::card::Card;
use crate::party::PartyKeys;
use crate::signature::SigningFailed;

/// What a package carries of its sender's log. Nothing in it is believed before [`GivenHead::check`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenHead {
    /// The signed head, as in the file `checkpoint` of the log.
    checkpoint: String,
    /// The file `verifier` of the log.
    verifier: String,
    /// The file `verifier.minisig` of the log.
    voucher: String,
}

impl GivenHead {
    /// The signed head in `note`, with what the card vouches for its key by.
    pub fn new(keys: &PartyKeys, note: &Note) -> Result<Self, SigningFailed> {
        let [(_, verifier), (_, voucher)] = Voucher::new(keys, &LogKey::of(keys)?)?.files;
        Ok(Self {
            checkpoint: note.to_string(),
            verifier,
            voucher,
        })
    }

    /// The head of the log of a party that has recorded nothing. It holds nobody to anything, and is true.
    pub fn of_nothing(keys: &PartyKeys) -> Result<Self, SigningFailed> {
        let empty = Frontier::default();
        Self::new(keys, &LogKey::of(keys)?.sign(empty.size(), empty.root())?)
    }

    /// The head, if the log of the party with this card signed it.
    pub fn check(&self, sender: &Card) -> Option<TakenHead> {
        let key = vouched(self.verifier.as_bytes(), self.voucher.as_bytes(), sender)?;
        let note = Note::parse(self.checkpoint.as_bytes())?;
        let head = Checkpoint::read(&note, &key)?;
        Some(TakenHead {
            head,
            checkpoint: self.checkpoint.clone(),
            party: sender.fingerprint().to_hex(),
        })
    }
}

/// A head that its log signed, as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenHead {
    /// What it says.
    pub head: Checkpoint,
    /// The file that `renketsu-verify log --earlier` takes.
    pub checkpoint: String,
    party: String,
}

impl TakenHead {
    /// Fingerprint of the party whose log it is, 64 hexadecimal digits.
    pub fn party(&self) -> &str {
        &self.party
    }
}
