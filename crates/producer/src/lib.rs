//! The certified producer: requests from claims and tables, attaching provision IDs, delivery.
//!
//! [`request`]: sources → a sealed request for the authority and a map that stays here. [`attach`]: its answer and the map →
//! tables with IDs, and the map destroyed. [`deliver`]: those tables → a package for the recipient the authority named.
//! [`remove`]: persons who leave, asked for among others, as a package of their IDs alone.
//! No report, error or log of this crate carries a value of a person's record.

pub mod attach;
pub mod certification;
pub mod cover;
pub mod deliver;
pub mod fee;
pub mod intake;
pub mod judgement;
pub mod listing;
mod map;
pub mod remove;
pub mod request;
pub mod sources;

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::Store;

pub use map::MapError;

/// The certified producer (認定作成事業者) at work: its directory, keys and state, and the moment.
#[derive(Debug)]
pub struct Producer<'a> {
    /// Its directory.
    pub dir: &'a Path,
    /// Its opened keys.
    pub keys: &'a PartyKeys,
    /// The cards it trusts.
    pub trust: &'a Trust,
    /// Its state.
    pub store: &'a mut Store,
    /// The moment of the command.
    pub now: Timestamp,
    /// The day in Japan at that moment; a later birth date is rejected.
    pub today: Date,
}

const MAPS: &str = "maps";
const ATTACHED: &str = "attached";
const REMOVALS: &str = "removals";
const SCRATCH: &str = "tmp";

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        sources::archive::ArchiveError::CODES,
        sources::care::CareError::CODES,
        sources::fhir::FhirError::CODES,
        sources::input::InputError::CODES,
        sources::markup::MarkupError::CODES,
        sources::uke::UkeError::CODES,
        certification::CertificationError::CODES,
        MapError::CODES,
        request::RequestError::CODES,
        attach::AttachError::CODES,
        deliver::DeliverError::CODES,
        remove::RemoveError::CODES,
        cover::CoverError::CODES,
        fee::FeesError::CODES,
    ]
    .into_iter()
    .flatten()
}
