//! One's own account: password and factors. The caller looked at the present password just before.

use jiff::Timestamp;
use renketsu_access::session::End;
use renketsu_access::{Permit, act};
use renketsu_seal::sign_in::PasswordHash;
use renketsu_store::{FactorRecord, Store, StoreError};

use super::error::line;
use super::{AccountError, Acting, NewFactor};

/// A factor as its owner sees it: nothing that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFactor {
    /// Its id.
    pub factor: String,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What the person calls it.
    pub label: String,
    /// When it was enrolled.
    pub made_at: Timestamp,
}

impl From<FactorRecord> for OwnFactor {
    fn from(record: FactorRecord) -> Self {
        Self {
            factor: record.factor,
            kind: record.kind,
            label: record.label,
            made_at: record.made_at,
        }
    }
}

/// Keeps a new password. The caller held it against the rule, and hashed it. Other sessions of the person end.
pub fn change_password(
    store: &mut Store,
    permit: &Permit<act::MeFactors>,
    acting: &Acting,
    hash: &PasswordHash,
    long: bool,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = permit.person().as_str();
    let open = store.open_sittings()?;
    let txn = store.begin()?;
    txn.set_password(person, Some(hash.as_str()), long, now)?;
    for sitting in &open {
        if sitting.person == person && sitting.sitting != acting.sitting {
            txn.close_sitting(&sitting.sitting, now, End::EndedByOther.as_str())?;
            let closed = Acting::of(sitting).event("session.closed", person, now);
            txn.also(&closed.with("reason", End::EndedByOther.as_str()))?;
        }
    }
    Ok(txn.commit(&acting.event("account.password", person, now))?)
}

/// Keeps a further factor that was shown to work.
pub fn add_own_factor(
    store: &mut Store,
    permit: &Permit<act::MeFactors>,
    acting: &Acting,
    factor: &NewFactor,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = permit.person().as_str();
    let label = line("label", &factor.label)?;
    let txn = store.begin()?;
    txn.add_factor(&FactorRecord {
        factor: factor.factor.clone(),
        person: person.to_owned(),
        kind: factor.kind.to_owned(),
        label,
        body: factor.body.clone(),
        last_step: factor.last_step,
        made_at: now,
        removed_at: None,
    })?;
    if factor.last_step.is_some() {
        txn.factor_used(&factor.factor, &factor.body, factor.last_step)?;
    }
    let event = acting.event("account.factor", person, now);
    Ok(txn.commit(&event.with("kind", factor.kind))?)
}

/// Takes one of several factors away.
///
/// # Errors
/// [`AccountError::LastFactor`] for the only one.
pub fn remove_own_factor(
    store: &mut Store,
    permit: &Permit<act::MeFactors>,
    acting: &Acting,
    factor: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = permit.person().as_str();
    let has = store.factors_of(person)?;
    let taken = has
        .iter()
        .find(|known| known.factor == factor)
        .ok_or_else(|| StoreError::Missing {
            what: "factor",
            name: factor.to_owned(),
        })?;
    if has.len() < 2 {
        return Err(AccountError::LastFactor);
    }
    let txn = store.begin()?;
    txn.remove_factor(person, factor, now)?;
    let event = acting.event("account.factor_removed", person, now);
    Ok(txn.commit(&event.with("kind", taken.kind.as_str()))?)
}
