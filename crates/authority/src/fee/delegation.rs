//! The delegation (法31条4項): who does which part of the work, per provision.

use std::path::Path;

use jiff::civil::Date;
use renketsu_duty::delegation::{Delegation, Payee};
use renketsu_store::{DelegationRecord, Event, Store};
use serde::Serialize;

use super::{FeeError, document, text};
use crate::party::Authority;
use crate::provision;

/// A delegation on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delegated {
    /// Its number.
    pub entry: u64,
    /// The provision.
    pub provision: String,
    /// To whom, what, from when until when.
    #[serde(flatten)]
    pub delegation: Delegation,
    /// Digest of its document.
    pub sha256: String,
}

impl From<DelegationRecord> for Delegated {
    fn from(record: DelegationRecord) -> Self {
        Self {
            entry: record.entry,
            provision: record.provision,
            delegation: record.delegation,
            sha256: record.sha256,
        }
    }
}

/// Records a delegation. One that can't be beside those on record is refused: all of the work is with one body or with none.
pub fn record(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
    delegation: &Delegation,
    document: &Path,
) -> Result<Delegated, FeeError> {
    provision::find_open(store, provision)?;
    text("name", &delegation.delegate.name)?;
    if delegation
        .until
        .is_some_and(|until| until < delegation.from)
    {
        return Err(FeeError::Period);
    }
    let kept = document::keep(authority, document)?;
    let transaction = store.begin()?;
    let others = transaction.delegations()?;
    let other = others
        .iter()
        .find(|other| other.provision == provision && other.delegation.contradicts(delegation));
    if let Some(other) = other {
        return Err(FeeError::Contradiction {
            provision: provision.to_owned(),
            delegate: other.delegation.delegate.name.clone(),
        });
    }
    let mut record = DelegationRecord {
        entry: 0,
        provision: provision.to_owned(),
        delegation: delegation.clone(),
        sha256: kept.sha256,
        file: kept.file,
        recorded_at: authority.now(),
    };
    record.entry = transaction.delegate(&record)?;
    let body =
        serde_json::to_value(delegation).map_err(|_| FeeError::Broken("a delegation is JSON"))?;
    let event = Event::new("delegation.recorded", provision, authority.now())
        .with("entry", record.entry)
        .with("delegation", body)
        .with("sha256", record.sha256.as_str());
    transaction.commit(&event)?;
    Ok(record.into())
}

/// Says which day is the last of a delegation. A day on which it decided a payee can't be taken back.
pub fn end(
    authority: &Authority<'_>,
    store: &mut Store,
    entry: u64,
    last: Date,
) -> Result<Delegated, FeeError> {
    let transaction = store.begin()?;
    let mut record = transaction
        .delegations()?
        .into_iter()
        .find(|record| record.entry == entry)
        .ok_or(FeeError::DelegationUnknown { entry })?;
    let delegation = &mut record.delegation;
    let shortened = delegation.until.is_none_or(|until| last < until);
    if last < delegation.from || last < authority.today() || !shortened {
        return Err(FeeError::Period);
    }
    delegation.until = Some(last);
    transaction.end_delegation(entry, delegation)?;
    let event = Event::new("delegation.ended", &record.provision, authority.now())
        .with("entry", entry)
        .with("until", last.to_string());
    transaction.commit(&event)?;
    Ok(record.into())
}

/// Every delegation in the order it was recorded.
pub fn list(store: &Store) -> Result<Vec<Delegated>, FeeError> {
    Ok(store
        .delegations()?
        .into_iter()
        .map(Delegated::from)
        .collect())
}

/// Those of one provision.
pub(crate) fn of(records: Vec<DelegationRecord>, provision: &str) -> Vec<Delegation> {
    records
        .into_iter()
        .filter(|record| record.provision == provision)
        .map(|record| record.delegation)
        .collect()
}

/// Who is paid for a provision on a day.
pub(crate) fn payee(records: Vec<DelegationRecord>, provision: &str, day: Date) -> Payee {
    Payee::on(&of(records, provision), day)
}
