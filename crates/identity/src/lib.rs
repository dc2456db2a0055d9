//! Identifiers of one person, their canonical forms, and the derivation of provision IDs (提供用ID). No I/O, clock or randomness.
//!
//! Text enters through a `parse` of the canonical-form types (profile [`PROFILE`]) and is rejected there with a named
//! [`Reject`]; what has been parsed can be derived. Keys go through typed stages, so that no step can be left out:
//!
//! ```text
//! RootKey + Epoch ───────────────────────────────▶ SubjectKey<K>   .subject(&person) ─▶ Subject<K>
//! ProvisionRoot + ProvisionSalt + ProvisionCode ─▶ ProvisionKey<K> .id(&subject) ─────▶ ProvisionId<K>
//! ```
//!
//! `K` is [`ByNumber`] (規則28条二号, from the first insured number) or [`ByKana`] (一号, from kana name, birth date and
//! sex). The two never mix: every stage carries its kind in its type and in the bytes it hashes.
//!
//! ```
//! use renketsu_identity::*;
//!
//! let root = RootKey::from_bytes(&mut [7; 32])?;
//! let provision_root = ProvisionRoot::from_bytes(&mut [8; 32])?;
//! let salt = ProvisionSalt::from_bytes(&mut [9; 32])?;
//! let code = ProvisionCode::parse("P-2026-0001")?;
//!
//! let person = InsuredNumber {
//!     insurer: Insurer::parse("０６１３２０１３")?,
//!     symbol: Symbol::parse("１２－３４")?,
//!     number: Number::parse("0007")?,
//!     branch: Branch::parse("")?,
//! };
//! let subject = SubjectKey::<ByNumber>::derive(&root, Epoch(1))?.subject(&person);
//! let id: NumberId = ProvisionKey::derive(&provision_root, &salt, &code)?.id(&subject);
//! assert_eq!(id.to_hex().len(), 64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod conformance;
mod date;
mod derivation;
mod era;
pub mod identifying;
mod insured;
mod kana;
mod lanes;
mod locked;
mod message;
mod midstate;
mod noise;
mod oblivious;
mod parts;
mod person;
mod profile;
mod provision;
mod redacted;
mod reject;
mod secret;
mod service;
mod sex;
mod text_form;
mod verifiable;

pub use date::BirthDate;
pub use derivation::{
    AT_ONCE, ByKana, ByNumber, Gathered, KanaId, Kind, NumberId, ProvisionId, ProvisionKey,
    Subject, SubjectKey,
};
pub use era::{Era, JapaneseDate, in_english, in_japanese};
pub use insured::{Branch, Insurer, Loose, Number, Symbol};
pub use kana::Kana;
pub use locked::{Locked, NotLocked};
pub use noise::NoiseKey;
pub use parts::{NumberParts, TripleParts};
pub use person::{InsuredNumber, Triple};
pub use profile::is_blank;
pub use provision::{Epoch, KeyCheckValue, KeyCheckValues, ProvisionCode};
pub use reject::Reject;
pub use secret::{ProvisionRoot, ProvisionSalt, RootKey};
pub use service::ServicePeriod;
pub use sex::Sex;
pub use text_form::FormError;
pub use verifiable::{
    Blinded, Evaluation, KanaInput, KanaMode, KanaPublicKey, NotProven, PROOF_BYTES, PROOF_ROWS,
    Row as ProvenRow, VerifiableKey,
};

/// Name of the canonical forms this crate implements; stands in every manifest, and files of another profile never join.
pub const PROFILE: &str = "jp-1";
