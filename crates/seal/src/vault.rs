//! The vault: who may read the files of a study, and whether they are still the files that were written.
//!
//! `DIR/vault/vault.json` holds the vault key, wrapped by what the passphrase gives. Under it one random key
//! per study, under that one per file. Every wrap is AES-256-GCM over the name of what it wraps, so that a
//! key moved to another file, version or study opens nothing. What is wrapped lies in the party's state; the
//! [`Catalogue`] of a study there is authenticated by a [`Mac`], and an [`OpenStudy`] exists only after that
//! was checked.
//!
//! ```text
//! passphrase, or two parts ─Argon2id→ VaultKey → StudyKey → FileKey → Parquet, bitmaps
//!                                                       └─HMAC→ catalogue of the study
//! ```
//!
//! Not noticed here: somebody who puts back a whole older state, its catalogue and its MAC together. The
//! chained record of events, and a copy of its head outside, are against that.

pub(crate) mod aead;
mod catalogue;
mod error;
mod file;
mod keys;
mod name;
mod words;

pub use aead::Wrapped;
pub use catalogue::{Catalogue, Entry, Mac, OpenStudy, Said};
pub use error::VaultError;
pub use file::{ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_PASSES, Rewrap, Vault, VaultCost};
pub use keys::{FileKey, StudyKey, VaultKey};
pub use name::FileName;
pub use words::{Custodians, Words};
