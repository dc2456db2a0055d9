//! Places and terminals.

use jiff::Timestamp;
use renketsu_access::session::End;
use renketsu_access::{Permit, act};
use renketsu_seal::sign_in::{Bearer, OneTimeCode};
use renketsu_store::{Event, PlaceRecord, Store, StoreError, TerminalRecord};

use super::enrol::CODE_LIFE;
use super::error::{id, line};
use super::{AccountError, Acting};

/// A terminal to be enrolled.
#[derive(Debug, Clone)]
pub struct NewTerminal {
    /// Its id.
    pub terminal: String,
    /// Where it stands.
    pub place: String,
    /// The one study it opens; `None`: the office.
    pub study: Option<String>,
}

/// Adds a place of use.
pub fn add_place(
    store: &mut Store,
    permit: &Permit<act::PlacesSet>,
    acting: &Acting,
    place: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    id(place)?;
    let record = PlaceRecord {
        place: place.to_owned(),
        name: line("place", name)?,
        acceptance: None,
    };
    let txn = store.begin()?;
    txn.add_place(&record, now, permit.person().as_str())?;
    Ok(txn.commit(&acting.event("place.added", place, now))?)
}

/// Adds a terminal, and gives the code that makes a browser it.
pub fn add_terminal(
    store: &mut Store,
    permit: &Permit<act::TerminalsEnrol>,
    acting: &Acting,
    terminal: &NewTerminal,
    now: Timestamp,
) -> Result<OneTimeCode, AccountError> {
    id(&terminal.terminal)?;
    let missing = |what, name: &str| StoreError::Missing {
        what,
        name: name.to_owned(),
    };
    if !store
        .places()?
        .iter()
        .any(|place| place.place == terminal.place)
    {
        return Err(missing("place", &terminal.place).into());
    }
    if let Some(study) = &terminal.study {
        store.study(study)?.ok_or_else(|| missing("study", study))?;
    }
    let code = OneTimeCode::random()?;
    let until = now.checked_add(CODE_LIFE).unwrap_or(Timestamp::MAX);
    let txn = store.begin()?;
    txn.add_terminal(
        &TerminalRecord {
            terminal: terminal.terminal.clone(),
            place: terminal.place.clone(),
            study: terminal.study.clone(),
            code: Some((code.digest(), until)),
            enrolled_at: None,
            revoked_at: None,
            failures: 0,
            failed_at: None,
        },
        now,
        permit.person().as_str(),
    )?;
    let event = acting
        .event("terminal.added", &terminal.terminal, now)
        .with("place", terminal.place.as_str())
        .with("opens", terminal.study.as_deref().unwrap_or("-"));
    txn.commit(&event)?;
    Ok(code)
}

/// Takes the browser that shows the code as the terminal, and gives what it shows from now on.
pub fn enrol_terminal(
    store: &mut Store,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<(TerminalRecord, Bearer), AccountError> {
    let terminal = store
        .terminal_by_code(&code.digest())?
        .filter(|found| found.code.as_ref().is_some_and(|(_, until)| now < *until))
        .ok_or(AccountError::Code)?;
    let bearer = Bearer::random()?;
    let txn = store.begin()?;
    txn.enrol_terminal(&terminal.terminal, &bearer.digest(), now)?;
    txn.commit(&Event::new("terminal.enrolled", &terminal.terminal, now))?;
    Ok((terminal, bearer))
}

/// A terminal opens nothing from here on; a session at it ends.
pub fn revoke_terminal(
    store: &mut Store,
    _permit: &Permit<act::TerminalsRevoke>,
    acting: &Acting,
    terminal: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let here: Vec<_> = store
        .open_sittings()?
        .into_iter()
        .filter(|sitting| sitting.terminal == terminal)
        .collect();
    let txn = store.begin()?;
    txn.revoke_terminal(terminal, now)?;
    for sitting in &here {
        txn.close_sitting(&sitting.sitting, now, End::EndedByOther.as_str())?;
        let closed = Acting::of(sitting).event("session.closed", &sitting.person, now);
        txn.also(&closed.with("reason", End::EndedByOther.as_str()))?;
    }
    Ok(txn.commit(&acting.event("terminal.revoked", terminal, now))?)
}
