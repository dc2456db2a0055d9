//! Keys of a party and the sealed package: age, tar, Frictionless Data Package, minisign.
//!
//! * [`party`]: a party's own keys; [`Card`]: its public half; [`Trust`]: the cards it has confirmed.
//! * [`package`]: what one party sends to another. Writing: `Draft` → `Signed` → file; reading:
//!   `Sealed` → `Authentic` → `Opened`. Each step consumes the one before.
//! * [`scratch`], [`safe`] and [`blocks`]: the only ways to put a person's data on disk before it is sealed
//!   for somebody else.
//! * [`vault`]: the keys of the files a study keeps, and the catalogue of those files.
//! * [`key_token`]: a key in a PKCS#11 token, for what shall not open by passphrase alone.
//! * [`proof`]: the key under which the rows of a party's state are proven.
//! * [`sign_in`]: secrets of people and terminals, and what is kept of them.
//! * [`statement`]: a small document that is signed and not sealed, because nothing in it is about a person.
//! * [`backup`]: a party's directory, sealed by the party for itself.
//! * [`log`]: the signed log of what a party did, and what checks a copy of it.
//! * [`durable`]: files that appear whole or not at all, and files that are gone.

pub mod backup;
pub mod blocks;
pub mod card;
pub mod durable;
pub mod key_token;
pub mod log;
pub mod package;
pub mod party;
pub mod passphrase;
pub mod proof;
pub mod safe;
pub mod scratch;
pub mod sign_in;
mod signature;
pub mod statement;
mod stream;
pub mod trust;
pub mod vault;

pub use card::{Card, Fingerprint, Role};
pub use party::PartyKeys;
pub use passphrase::Passphrase;
pub use proof::{ProofKey, ProvingFailed};
pub use signature::SigningFailed;
pub use trust::Trust;

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        passphrase::PassphraseError::CODES,
        card::CardError::CODES,
        card::FingerprintError::CODES,
        party::CreateError::CODES,
        party::OpenError::CODES,
        trust::TrustError::CODES,
        safe::SafeError::CODES,
        key_token::KeyTokenError::CODES,
        backup::BackupError::CODES,
        statement::StatementError::CODES,
        package::WriteError::CODES,
        package::OpenError::CODES,
        vault::VaultError::CODES,
        log::LogFault::CODES,
        log::WitnessError::CODES,
    ]
    .into_iter()
    .flatten()
}
