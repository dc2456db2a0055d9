//! A reset of what somebody signs in with: proposed by one person, decided by another, with the identity confirmed
//! (guideline 4-3-4①: パスワードの再設定).

use jiff::Timestamp;
use renketsu_access::session::End;
use renketsu_access::{Permit, act};
use renketsu_seal::sign_in::OneTimeCode;
use renketsu_store::{Store, StoreError};

use super::enrol::{Whose, put_code};
use super::error::line;
use super::{AccountError, Acting};

/// Proposes a reset and says how the person's identity was confirmed. No number of a document belongs there. Gives the first half
/// of the code with which the person enrols again; whoever approves has the second, and so neither can enrol in their place.
pub fn propose_reset(
    store: &mut Store,
    permit: &Permit<act::PeopleResetPropose>,
    acting: &Acting,
    person: &str,
    identity: &str,
    now: Timestamp,
) -> Result<OneTimeCode, AccountError> {
    let identity = line("identity", identity)?;
    store.person(person)?.ok_or_else(|| StoreError::Missing {
        what: "person",
        name: person.to_owned(),
    })?;
    if store
        .open_resets()?
        .iter()
        .any(|open| open.person == person)
    {
        return Err(AccountError::ResetOpen);
    }
    let half = OneTimeCode::random()?;
    let txn = store.begin()?;
    txn.propose_reset(
        person,
        &identity,
        &half.digest(),
        now,
        permit.person().as_str(),
    )?;
    txn.commit(&acting.event("account.reset.proposed", person, now))?;
    Ok(half)
}

/// Decides a reset. Approved, it ends every session of the person, takes away password and factors, and gives the second half
/// of the code with which they enrol again.
pub fn decide_reset(
    store: &mut Store,
    permit: &Permit<act::PeopleResetApprove>,
    acting: &Acting,
    number: i64,
    approved: bool,
    now: Timestamp,
) -> Result<Option<OneTimeCode>, AccountError> {
    let reset = store
        .reset(number)?
        .filter(|reset| reset.decided.is_none())
        .ok_or_else(|| StoreError::Missing {
            what: "reset",
            name: number.to_string(),
        })?;
    if reset.proposed_by == permit.person().as_str() || reset.person == permit.person().as_str() {
        return Err(AccountError::OwnReset);
    }
    let (factors, sittings) = (store.factors_of(&reset.person)?, store.open_sittings()?);
    let txn = store.begin()?;
    txn.decide_reset(number, approved, now, permit.person().as_str())?;
    if !approved {
        txn.commit(&acting.event("account.reset.refused", &reset.person, now))?;
        return Ok(None);
    }
    for sitting in sittings.iter().filter(|open| open.person == reset.person) {
        txn.close_sitting(&sitting.sitting, now, End::Reset.as_str())?;
        let closed = Acting::of(sitting).event("session.closed", &sitting.person, now);
        txn.also(&closed.with("reason", End::Reset.as_str()))?;
    }
    for factor in &factors {
        txn.remove_factor(&reset.person, &factor.factor, now)?;
    }
    txn.set_password(&reset.person, None, false, now)?;
    txn.take_pledges(&reset.person)?;
    let half = OneTimeCode::random()?;
    let of = Whose::Reset {
        first_sha256: &reset.half_sha256,
    };
    put_code(
        &txn,
        &reset.person,
        &half,
        of,
        now,
        permit.person().as_str(),
    )?;
    let event = acting
        .event("account.reset.approved", &reset.person, now)
        .with("proposed_by", reset.proposed_by.as_str());
    txn.commit(&event)?;
    Ok(Some(half))
}
