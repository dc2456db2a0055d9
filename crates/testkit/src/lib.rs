//! Builders and fixtures for the tests of the other crates.

mod insured;
mod process;
mod stata;
mod vault;
mod xport;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use renketsu_seal::log::GivenHead;
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Card, PartyKeys, Passphrase, ProofKey, Role, Trust};
use tempfile::TempDir;

pub use insured::{Characters, Insured, wide};
pub use process::{peak_kib, processor_seconds};
pub use stata::{StataCodes, StataColumn, stata};
pub use vault::{TestVault, file_key_hex, vault};
pub use xport::{XportColumn, xport};

/// The passphrase of every test party.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// The instant at which tests happen: 2026-11-22T03:00:00Z, noon in Japan.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a constant")]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_316_400).expect("an instant of this century")
}

/// The day in Japan at [`now`].
pub fn today() -> Date {
    date(2026, 11, 22)
}

/// [`PASSPHRASE`] as the keys take it.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a constant")]
pub fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned()).expect("a passphrase")
}

/// A party with keys in a directory that goes away with it.
#[derive(Debug)]
pub struct Party {
    /// Its directory.
    pub dir: TempDir,
    /// Its opened keys.
    pub keys: PartyKeys,
    /// Its card.
    pub card: Card,
    trust: Mutex<Trust>,
}

impl Party {
    /// Makes a party within milliseconds: its passphrase costs almost nothing to guess.
    ///
    /// # Panics
    /// If the temporary directory or the keys can't be made: a test without its fixture must stop.
    #[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
    pub fn new(role: Role, name: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let keys = party::create_opened(dir.path(), name, role, &passphrase(), now(), Cost::Light)
            .expect("keys");
        let card = keys.card().clone();
        let trust = Mutex::default();
        Self {
            dir,
            keys,
            card,
            trust,
        }
    }

    /// The party's directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The cards it trusts at this moment. A test whose commands read them from the state puts them there.
    pub fn trust(&self) -> Trust {
        self.trust
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The key under which its state is proven.
    pub fn proof(&self) -> ProofKey {
        self.keys.proof()
    }
}

/// What a package carries of the log of a party that has recorded nothing.
///
/// # Panics
/// If the key gives no signature.
#[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
pub fn given(keys: &PartyKeys) -> GivenHead {
    GivenHead::of_nothing(keys).expect("a head")
}

/// Lets two parties trust each other.
///
/// # Panics
/// If a card is none to trust.
#[expect(clippy::expect_used, reason = "a test without its fixture must stop")]
pub fn introduce(one: &Party, other: &Party) {
    for (party, card) in [(one, &other.card), (other, &one.card)] {
        party
            .trust
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(card, &card.fingerprint())
            .expect("a trusted card");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_the_instant_the_documentation_names() {
        assert_eq!(now().to_string(), "2026-11-22T03:00:00Z");
    }

    #[test]
    fn introduced_parties_trust_each_other_and_nobody_else() {
        let (a, b, c) = (
            Party::new(Role::Authority, "大臣"),
            Party::new(Role::Producer, "認定"),
            Party::new(Role::Workspace, "大学"),
        );
        introduce(&a, &b);
        assert_eq!(a.trust().list(), std::slice::from_ref(&b.card));
        assert_eq!(b.trust().list(), std::slice::from_ref(&a.card));
        assert!(c.trust().list().is_empty());
    }
}
