//! The authority's two custodians: the resolver (numbers, `K_root`) and the issuer (provision keys).
//!
//! [`terms`]: the issuer hands the terms of a provision to the resolver. [`resolve`]: the resolver turns a request into tokens
//! with subjects for the issuer and into references for the producer. [`halves`]: the resolver turns an extract of a public
//! database into subjects for the issuer and into columns for the user. [`ids`]: the issuer turns tokens into IDs for the
//! producer, or for the user. Why it is so: `docs/decisions/0020-two-custodians.md`.

pub mod epoch;
mod fault;
pub mod halves;
pub mod ids;
pub mod resolve;
mod tables;
pub mod terms;
pub(crate) mod usage;
mod veiled;

use std::path::Path;

use jiff::Timestamp;
use renketsu_duty::notice::FeeNotice;
use renketsu_seal::log::GivenHead;
use renketsu_seal::package::{
    Custody, Draft, Header, PROFILE, PackageId, PackageKind, Prepared, WriteError,
};
use renketsu_seal::{Card, Fingerprint, Role};
use renketsu_store::{SentPackage, Store, StoreError, Txn};
use serde::Serialize;

pub use fault::CustodyError;

use crate::issue::{SealedFile, recipient_ground};
use crate::party::Authority;
use crate::provision::Provision;

const PURPOSE: &str = "法31条3項: information for linking with public databases";

/// Who holds keys at the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Custodian {
    /// Holds the registry and `K_root`; never sees an ID.
    Resolver,
    /// Holds `K_prov_root` and the salts; never sees an identifier or a row reference.
    Issuer,
}

impl Custodian {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Resolver, Self::Issuer];

    /// The word in files and records: `resolver`, `issuer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolver => "resolver",
            Self::Issuer => "issuer",
        }
    }
}

/// The other custodian of a provision, as both sides agreed when the terms were handed over, and if it is still trusted.
fn counterpart<'a>(
    authority: &Authority<'a>,
    store: &Store,
    provision: &Provision,
) -> Result<&'a Card, CustodyError> {
    let id = || provision.code.as_str().to_owned();
    let agreed = store
        .counterpart(provision.code.as_str())?
        .ok_or_else(|| CustodyError::NoCounterpart { provision: id() })?;
    Fingerprint::parse(&agreed)
        .ok()
        .and_then(|agreed| authority.trust().by_fingerprint(&agreed))
        .ok_or_else(|| CustodyError::CounterpartUntrusted { provision: id() })
}

/// A trusted card of this part.
fn trusted<'a>(
    authority: &Authority<'a>,
    fingerprint: &Fingerprint,
    role: Role,
) -> Result<&'a Card, CustodyError> {
    authority
        .trust()
        .by_fingerprint(fingerprint)
        .filter(|card| card.role == role)
        .ok_or_else(|| CustodyError::Untrusted {
            role: role.as_str(),
            fingerprint: fingerprint.to_string(),
        })
}

/// Gives a package its name after its record; if the name can't be given, the record stays and the error says so.
fn publish(prepared: Prepared, about: &str) -> Result<(), CustodyError> {
    let file = prepared.receipt().path.clone();
    prepared
        .publish()
        .map(drop)
        .map_err(|source| CustodyError::Unpublished {
            package: about.to_owned(),
            file,
            source,
        })
}

/// Two packages have names of their own, which nothing has.
fn two_new_files(files: [&Path; 2]) -> Result<(), CustodyError> {
    for file in files {
        if file.symlink_metadata().is_ok() {
            return Err(WriteError::Exists {
                file: file.to_owned(),
            }
            .into());
        }
    }
    let [one, other] = files;
    if one == other {
        return Err(CustodyError::OneFile);
    }
    Ok(())
}

fn random_tokens(rows: usize) -> Result<Vec<tables::Token>, CustodyError> {
    let mut bytes = vec![0_u8; rows.saturating_mul(16)];
    getrandom::fill(&mut bytes).map_err(|_| CustodyError::Entropy)?;
    Ok(bytes.as_chunks::<16>().0.to_vec())
}

/// A package of the two custodians on its way out.
struct Outgoing<'a> {
    log: GivenHead,
    kind: PackageKind,
    recipient: &'a Card,
    sequence: u64,
    in_reply_to: Option<PackageId>,
    custody: Option<Custody>,
    expires: Timestamp,
    fee_notice: Option<FeeNotice>,
    /// Where the rows are of a public database's extract.
    extract: Option<ExtractTerms>,
}

/// What every package about an extract says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExtractTerms {
    database: String,
    approval: String,
    purpose: String,
}

impl Outgoing<'_> {
    /// Seals it, without a name yet.
    fn prepare(
        &self,
        authority: &Authority<'_>,
        provision: &Provision,
        draft: Draft,
        out: &Path,
    ) -> Result<Prepared, WriteError> {
        draft
            .sign(
                self.header(authority, provision),
                self.log.clone(),
                authority.keys(),
                self.recipient,
            )?
            .prepare(out)
    }

    /// Notes it as sent.
    fn note(
        &self,
        authority: &Authority<'_>,
        provision: &Provision,
        transaction: &Txn<'_>,
        sealed: &SealedFile,
    ) -> Result<(), StoreError> {
        transaction.send(&SentPackage {
            package_id: sealed.package.clone(),
            kind: self.kind.as_str().to_owned(),
            provision: provision.code.as_str().to_owned(),
            recipient: self.recipient.fingerprint().to_hex(),
            sequence: self.sequence,
            sha256: sealed.sha256.clone(),
            sent_at: authority.now(),
        })
    }

    fn header(&self, authority: &Authority<'_>, provision: &Provision) -> Header {
        let terms = &provision.terms;
        let extract = self.extract.as_ref();
        Header {
            kind: self.kind,
            provision: provision.code.as_str().to_owned(),
            study: Some(provision.study.clone()),
            profile: PROFILE.to_owned(),
            kcv: Some(terms.kcv),
            kana_mode: terms.kana_mode,
            sequence: self.sequence,
            in_reply_to: self.in_reply_to,
            custody: self.custody.clone(),
            created: authority.now(),
            expires: self.expires,
            purpose: extract
                .map_or(PURPOSE, |extract| &extract.purpose)
                .to_owned(),
            places: Vec::new(),
            producer: Some(terms.certification.clone()),
            recipient_ground: Some(recipient_ground(provision)),
            databases: match extract {
                None => terms.databases.clone(),
                Some(extract) => vec![extract.database.clone()],
            },
            approval: extract.map(|extract| extract.approval.clone()),
            contract: None,
            period_start: None,
            period_end: None,
            fee_notice: self.fee_notice.clone(),
        }
    }
}
