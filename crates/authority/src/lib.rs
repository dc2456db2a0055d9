//! The linking authority (大臣等): registry of insured numbers, resolver, issuer, and the stamp on public-database
//! extracts.
//!
//! Two key holders: [`resolver`] knows persons and subject keys and makes no ID; [`issuer`] knows provision keys and sees no
//! identifier and no row reference. As two parties they meet in sealed packages ([`custody`]); where one directory holds the
//! keys of both, [`issue`] and [`stamp`] do the work of both in one step.

pub mod conformance;
pub mod controls;
pub mod custody;
pub mod fee;
pub mod field;
pub mod forward;
pub mod init;
pub mod issue;
pub mod issuer;
pub mod law;
mod lines;
pub mod lookup;
pub mod methods;
mod order;
pub mod party;
pub mod provision;
pub mod registration;
pub mod registry;
mod release;
pub mod resolver;
pub mod secrets;
pub mod stamp;
pub mod verifiable;

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        conformance::Mismatch::CODES,
        custody::CustodyError::CODES,
        registry::LoadError::CODES,
        registry::ReadError::CODES,
        registration::RegistryError::CODES,
        party::RoleError::CODES,
        fee::FeeError::CODES,
        forward::ForwardError::CODES,
        init::InitError::CODES,
        secrets::SecretError::CODES,
        provision::ProvisionError::CODES,
        controls::ControlError::CODES,
        issue::IssueError::CODES,
        stamp::StampError::CODES,
        verifiable::VerifiableError::CODES,
    ]
    .into_iter()
    .flatten()
}
