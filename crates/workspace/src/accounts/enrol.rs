//! Enrolment: a one-time code, a password, a second factor, the pledges.

use jiff::{SignedDuration, Timestamp};
use renketsu_access::{Permit, act};
use renketsu_seal::sign_in::{Bearer, OneTimeCode, PasswordHash};
use renketsu_store::{
    CodeRecord, Event, FactorRecord, PersonRecord, PlaceRecord, Store, StoreError, TerminalRecord,
    Txn,
};

use super::error::{id, line};
use super::{AccountError, Acting};

/// How long a code is taken. A reset's is shorter: somebody stands there and waits.
pub const CODE_LIFE: SignedDuration = SignedDuration::from_hours(72);
const RESET_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Who makes the first account of a workspace, and where they stand.
#[derive(Debug, Clone)]
pub struct Founding {
    /// What they sign in with.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Where they belong.
    pub affiliation: String,
    /// `ja` or `en`.
    pub language: &'static str,
    /// The place where they stand.
    pub place: String,
    /// Its name.
    pub place_name: String,
}

/// Somebody who gets an account.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// What they sign in with.
    pub person: String,
    /// Their name.
    pub name: String,
    /// Where they belong.
    pub affiliation: String,
}

/// A second factor that was shown to work.
#[derive(Debug, Clone)]
pub struct NewFactor {
    /// Its id.
    pub factor: String,
    /// `totp` or `passkey`.
    pub kind: &'static str,
    /// What the person calls it.
    pub label: String,
    /// The sealed seed, or the public half of a passkey.
    pub body: String,
    /// Of TOTP: the step whose code was shown.
    pub last_step: Option<u64>,
}

/// Somebody who holds a code that is good, and how far they are.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The person.
    pub person: PersonRecord,
    /// Their factors.
    pub factors: Vec<FactorRecord>,
    code: CodeRecord,
}

impl Invitation {
    /// Whether they enrol again after a reset.
    pub fn is_reset(&self) -> bool {
        self.code.reset
    }

    /// Whether they have what a sign-in needs beside the password.
    pub fn has_factor(&self) -> bool {
        !self.factors.is_empty() || self.person.single_factor.is_some()
    }
}

pub(super) fn code_for(
    txn: &Txn<'_>,
    person: &str,
    reset: bool,
    now: Timestamp,
    by: &str,
) -> Result<OneTimeCode, AccountError> {
    let code = OneTimeCode::random()?;
    let life = if reset { RESET_LIFE } else { CODE_LIFE };
    txn.add_code(&CodeRecord {
        code_sha256: code.digest(),
        person: person.to_owned(),
        reset,
        made_at: now,
        made_by: by.to_owned(),
        expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
        used_at: None,
    })?;
    Ok(code)
}

pub(super) fn account(
    person: &NewPerson,
    language: &str,
    now: Timestamp,
    by: &str,
) -> Result<PersonRecord, AccountError> {
    id(&person.person)?;
    Ok(PersonRecord {
        person: person.person.clone(),
        name: line("name", &person.name)?,
        affiliation: line("affiliation", &person.affiliation)?,
        language: language.to_owned(),
        added_at: now,
        added_by: by.to_owned(),
        suspended_at: None,
        password: None,
        password_at: None,
        password_long: false,
        pledged_at: None,
        single_factor: None,
        failures: 0,
        failed_at: None,
    })
}

/// The first account of a workspace, an information system operator (情報システム運用責任者); the place where they stand; and
/// their browser as a terminal of the office. Gives the code they go on enrolling with, and what the browser shows from now on.
///
/// # Errors
/// [`StoreError::Exists`] once anybody has an account.
pub fn found(
    store: &mut Store,
    founding: &Founding,
    now: Timestamp,
) -> Result<(OneTimeCode, Bearer), AccountError> {
    id(&founding.place)?;
    let place_name = line("place", &founding.place_name)?;
    let first = NewPerson {
        person: founding.person.clone(),
        name: founding.name.clone(),
        affiliation: founding.affiliation.clone(),
    };
    let record = account(&first, founding.language, now, "console")?;
    if store.has_people()? {
        return Err(StoreError::Exists {
            what: "person",
            name: founding.person.clone(),
        }
        .into());
    }
    let (browser, enrols) = (Bearer::random()?, OneTimeCode::random()?);
    let terminal = "office-1";
    let txn = store.begin()?;
    txn.add_person(&record)?;
    txn.add_grant(&record.person, "system-operator", None, now, "console")?;
    txn.add_place(
        &PlaceRecord {
            place: founding.place.clone(),
            name: place_name,
            acceptance: None,
        },
        now,
        "console",
    )?;
    txn.add_terminal(
        &TerminalRecord {
            terminal: terminal.to_owned(),
            place: founding.place.clone(),
            study: None,
            code: Some((enrols.digest(), now)),
            enrolled_at: None,
            revoked_at: None,
            failures: 0,
            failed_at: None,
        },
        now,
        "console",
    )?;
    txn.enrol_terminal(terminal, &browser.digest(), now)?;
    let code = code_for(&txn, &record.person, false, now, "console")?;
    txn.commit(
        &Event::new("account.founded", &record.person, now)
            .with("terminal", terminal)
            .with("place", founding.place.as_str()),
    )?;
    Ok((code, browser))
}

/// Makes an account and the code with which the person enrols.
pub fn invite(
    store: &mut Store,
    permit: &Permit<act::PeopleEnrol>,
    acting: &Acting,
    person: &NewPerson,
    language: &str,
    now: Timestamp,
) -> Result<OneTimeCode, AccountError> {
    let record = account(person, language, now, permit.person().as_str())?;
    let txn = store.begin()?;
    txn.add_person(&record)?;
    let code = code_for(&txn, &record.person, false, now, permit.person().as_str())?;
    txn.commit(&acting.event("account.added", &record.person, now))?;
    Ok(code)
}

/// A new code for somebody who didn't finish enrolling. One who did is reset by two people.
pub fn pledge_again(
    store: &mut Store,
    permit: &Permit<act::PeopleEnrol>,
    acting: &Acting,
    person: &str,
    now: Timestamp,
) -> Result<OneTimeCode, AccountError> {
    let known = store.person(person)?.ok_or(AccountError::Code)?;
    if known.pledged_at.is_some() {
        return Err(AccountError::Code);
    }
    // With a role, the code would let its holder be that role. Only where nobody gives roles yet can it be otherwise.
    if !store.grants_of(person)?.is_empty() && super::people::has_other_manager(store, person)? {
        return Err(AccountError::Code);
    }
    let txn = store.begin()?;
    let code = code_for(&txn, person, false, now, permit.person().as_str())?;
    txn.commit(&acting.event("account.code", person, now))?;
    Ok(code)
}

/// Who holds this code, if it is good.
pub fn invitation(
    store: &Store,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<Invitation, AccountError> {
    of_digest(store, &code.digest(), now)
}

/// The same code, looked at again where something is written by it: meanwhile it may have been used, replaced, or become too old.
fn again(
    store: &Store,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<Invitation, AccountError> {
    of_digest(store, &invitation.code.code_sha256, now)
}

fn of_digest(store: &Store, sha256: &str, now: Timestamp) -> Result<Invitation, AccountError> {
    let code = store
        .enrolment_code(sha256)?
        .filter(|code| code.used_at.is_none() && now < code.expires_at)
        .ok_or(AccountError::Code)?;
    let person = store
        .person(&code.person)?
        .filter(|person| person.suspended_at.is_none())
        .ok_or(AccountError::Code)?;
    Ok(Invitation {
        factors: store.factors_of(&person.person)?,
        person,
        code,
    })
}

/// Keeps the password that somebody chose, once for a code. The caller held it against the rule, and hashed it.
pub fn choose_password(
    store: &mut Store,
    invitation: &Invitation,
    hash: &PasswordHash,
    long: bool,
    now: Timestamp,
) -> Result<(), AccountError> {
    let invitation = again(store, invitation, now)?;
    if invitation.person.password.is_some() {
        return Err(AccountError::Code);
    }
    let person = &invitation.person.person;
    let txn = store.begin()?;
    txn.set_password(person, Some(hash.as_str()), long, now)?;
    Ok(txn.commit(&Event::new("account.password", person, now))?)
}

/// Keeps a factor that was shown to work, one for a code.
pub fn add_factor(
    store: &mut Store,
    invitation: &Invitation,
    factor: &NewFactor,
    now: Timestamp,
) -> Result<(), AccountError> {
    let invitation = again(store, invitation, now)?;
    if invitation.person.password.is_none() || invitation.has_factor() {
        return Err(AccountError::Code);
    }
    let person = invitation.person.person.as_str();
    let txn = store.begin()?;
    txn.add_factor(&FactorRecord {
        factor: factor.factor.clone(),
        person: person.to_owned(),
        kind: factor.kind.to_owned(),
        label: line("label", &factor.label)?,
        body: factor.body.clone(),
        last_step: factor.last_step,
        made_at: now,
        removed_at: None,
    })?;
    if factor.last_step.is_some() {
        txn.factor_used(&factor.factor, &factor.body, factor.last_step)?;
    }
    Ok(txn.commit(&Event::new("account.factor", person, now).with("kind", factor.kind))?)
}

/// The pledges are made, the code is used up: from here on they can sign in.
pub fn finish(
    store: &mut Store,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<(), AccountError> {
    let invitation = &again(store, invitation, now)?;
    let person = &invitation.person;
    if person.password.is_none() {
        return Err(AccountError::Unfinished { part: "password" });
    }
    if !invitation.has_factor() {
        return Err(AccountError::Unfinished { part: "factor" });
    }
    let txn = store.begin()?;
    txn.use_code(&invitation.code.code_sha256, now)?;
    txn.pledged(&person.person, now)?;
    Ok(txn.commit(&Event::new("account.enrolled", &person.person, now))?)
}
