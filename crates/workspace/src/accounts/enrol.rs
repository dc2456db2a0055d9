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
    /// Where they stand.
    terminal: String,
}

impl Invitation {
    /// Whether they enrol again after a reset.
    pub fn is_reset(&self) -> bool {
        self.code.reset
    }

    fn event(&self, action: &str, now: Timestamp) -> Event {
        Event::new(action, &self.person.person, now).with("terminal", self.terminal.as_str())
    }

    /// Whether they have what a sign-in needs beside the password.
    pub fn has_factor(&self) -> bool {
        !self.factors.is_empty() || self.person.single_factor.is_some()
    }
}

/// What a code is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Somebody's who enrols.
    New,
    /// Somebody's who enrols again: the second half, with the digest of the first.
    Reset { first_sha256: &'a str },
}

pub(super) fn put_code(
    txn: &Txn<'_>,
    person: &str,
    code: &OneTimeCode,
    of: Whose<'_>,
    now: Timestamp,
    by: &str,
) -> Result<(), AccountError> {
    let (reset, life, code_sha256) = match of {
        Whose::New => (false, CODE_LIFE, code.digest()),
        Whose::Reset { first_sha256 } => {
            (true, RESET_LIFE, OneTimeCode::joined(first_sha256, code))
        }
    };
    Ok(txn.add_code(&CodeRecord {
        code_sha256,
        person: person.to_owned(),
        reset,
        made_at: now,
        made_by: by.to_owned(),
        expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
        used_at: None,
    })?)
}

pub(super) fn code_for(
    txn: &Txn<'_>,
    person: &str,
    now: Timestamp,
    by: &str,
) -> Result<OneTimeCode, AccountError> {
    let code = OneTimeCode::random()?;
    put_code(txn, person, &code, Whose::New, now, by)?;
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

/// Who made the first account: whoever started the server.
const CONSOLE: &str = "console";

/// The first account of a workspace, an information system operator (情報システム運用責任者); the place where they stand; and
/// their browser as a terminal of the office. Gives the code they go on enrolling with, what the browser shows from now on, and which
/// terminal it is.
///
/// # Errors
/// [`StoreError::Exists`] once anybody has an account.
pub fn found(
    store: &mut Store,
    founding: &Founding,
    now: Timestamp,
) -> Result<(OneTimeCode, Bearer, String), AccountError> {
    id(&founding.place)?;
    let place_name = line("place", &founding.place_name)?;
    let first = NewPerson {
        person: founding.person.clone(),
        name: founding.name.clone(),
        affiliation: founding.affiliation.clone(),
    };
    let record = account(&first, founding.language, now, CONSOLE)?;
    if store.has_people()? {
        return Err(StoreError::Exists {
            what: "person",
            name: founding.person.clone(),
        }
        .into());
    }
    let browser = Bearer::random()?;
    let terminal = "office-1";
    let txn = store.begin()?;
    txn.add_person(&record)?;
    txn.add_grant(&record.person, "system-operator", None, now, CONSOLE)?;
    txn.add_place(
        &PlaceRecord {
            place: founding.place.clone(),
            name: place_name,
            acceptance: None,
        },
        now,
        CONSOLE,
    )?;
    add_founding_terminal(&txn, terminal, &founding.place, &browser, now)?;
    let code = code_for(&txn, &record.person, now, CONSOLE)?;
    txn.commit(
        &Event::new("account.founded", &record.person, now)
            .with("terminal", terminal)
            .with("place", founding.place.as_str()),
    )?;
    Ok((code, browser, terminal.to_owned()))
}

/// The first account while its person hasn't finished enrolling: nobody else has one, and nobody can sign in.
pub fn unfinished_founder(store: &Store) -> Result<Option<PersonRecord>, StoreError> {
    let mut people = store.people()?.into_iter();
    let first = people.next().filter(|_| people.next().is_none());
    Ok(first.filter(|first| first.pledged_at.is_none() && first.added_by == CONSOLE))
}

/// Goes on with the first account where enrolling was broken off. Password, factors and terminals of before are gone. Gives the
/// same as [`found`].
///
/// # Errors
/// [`AccountError::Code`] where there is no such account.
pub fn found_again(
    store: &mut Store,
    now: Timestamp,
) -> Result<(OneTimeCode, Bearer, String), AccountError> {
    let founder = unfinished_founder(store)?.ok_or(AccountError::Code)?;
    let terminals = store.terminals()?;
    let place = terminals.first().map(|first| first.place.clone());
    let place = place.ok_or(AccountError::Code)?;
    let terminal = format!("office-{}", terminals.len().saturating_add(1));
    let factors = store.factors_of(&founder.person)?;
    let browser = Bearer::random()?;
    let txn = store.begin()?;
    for before in terminals.iter().filter(|one| one.revoked_at.is_none()) {
        txn.revoke_terminal(&before.terminal, now)?;
    }
    for factor in factors {
        txn.remove_factor(&founder.person, &factor.factor, now)?;
    }
    txn.set_password(&founder.person, None, false, now)?;
    add_founding_terminal(&txn, &terminal, &place, &browser, now)?;
    let code = code_for(&txn, &founder.person, now, CONSOLE)?;
    txn.commit(
        &Event::new("account.founding_again", &founder.person, now)
            .with("terminal", terminal.as_str())
            .with("place", place),
    )?;
    Ok((code, browser, terminal))
}

/// The browser of the first account is a terminal of the office.
fn add_founding_terminal(
    txn: &Txn<'_>,
    terminal: &str,
    place: &str,
    browser: &Bearer,
    now: Timestamp,
) -> Result<(), AccountError> {
    let enrols = OneTimeCode::random()?;
    let record = TerminalRecord {
        terminal: terminal.to_owned(),
        place: place.to_owned(),
        study: None,
        code: Some((enrols.digest(), now)),
        enrolled_at: None,
        revoked_at: None,
        failures: 0,
        failed_at: None,
    };
    txn.add_terminal(&record, now, CONSOLE)?;
    Ok(txn.enrol_terminal(terminal, &browser.digest(), now)?)
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
    let code = code_for(&txn, &record.person, now, permit.person().as_str())?;
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
    let code = code_for(&txn, person, now, permit.person().as_str())?;
    txn.commit(&acting.event("account.code", person, now))?;
    Ok(code)
}

/// Who holds this code, if it is good, at a terminal.
pub fn invitation(
    store: &Store,
    code: &OneTimeCode,
    terminal: &str,
    now: Timestamp,
) -> Result<Invitation, AccountError> {
    of_digest(store, &code.digest(), terminal, now)
}

/// The same code, looked at again where something is written by it: meanwhile it may have been used, replaced, or become too old.
fn again(
    store: &Store,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<Invitation, AccountError> {
    of_digest(
        store,
        &invitation.code.code_sha256,
        &invitation.terminal,
        now,
    )
}

fn of_digest(
    store: &Store,
    sha256: &str,
    terminal: &str,
    now: Timestamp,
) -> Result<Invitation, AccountError> {
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
        terminal: terminal.to_owned(),
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
    Ok(txn.commit(&invitation.event("account.password", now))?)
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
    Ok(txn.commit(
        &invitation
            .event("account.factor", now)
            .with("kind", factor.kind),
    )?)
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
    Ok(txn.commit(&invitation.event("account.enrolled", now))?)
}
