//! What people may do: roles given and taken, access stopped and given back, one factor by exception, sessions ended.

use jiff::Timestamp;
use renketsu_access::session::End;
use renketsu_access::{Grant, Object, Permit, Role, Scope, StudyId, act};
use renketsu_seal::sign_in::OneTimeCode;
use renketsu_store::{PersonRecord, Store, StoreError, Txn};

use super::enrol::{account, code_for};
use super::error::line;
use super::{AccountError, Acting, NewPerson};

fn missing(what: &'static str, name: &str) -> AccountError {
    StoreError::Missing {
        what,
        name: name.to_owned(),
    }
    .into()
}

/// Whom a permit is about.
fn about(store: &Store, object: &Object) -> Result<PersonRecord, AccountError> {
    let Object::Person { id } = object else {
        return Err(missing("person", "-"));
    };
    store
        .person(id.as_str())?
        .ok_or_else(|| missing("person", id.as_str()))
}

fn scope(study: Option<&str>) -> Scope {
    study.map_or(Scope::Office, |study| Scope::Study(StudyId::new(study)))
}

/// Whether nobody was a security manager of the office yet.
pub fn may_have_first_manager(store: &Store) -> Result<bool, StoreError> {
    Ok(!store
        .grants()?
        .iter()
        .any(|grant| grant.role == Role::SecurityManager.as_str()))
}

/// Makes the account of the first security manager (情報システムの安全管理者): whoever founded a workspace gives no roles, and who gives
/// them is a second person. Once there was one, roles come from a security manager alone.
pub fn invite_first_manager(
    store: &mut Store,
    permit: &Permit<act::PeopleEnrol>,
    acting: &Acting,
    person: &NewPerson,
    language: &str,
    now: Timestamp,
) -> Result<OneTimeCode, AccountError> {
    let by = permit.person().as_str();
    let record = account(person, language, now, by)?;
    if !may_have_first_manager(store)? {
        return Err(AccountError::NotFirst);
    }
    let role = Role::SecurityManager.as_str();
    let txn = store.begin()?;
    txn.add_person(&record)?;
    txn.add_grant(&record.person, role, None, now, by)?;
    let code = code_for(&txn, &record.person, now, by)?;
    txn.also(&acting.event("account.added", &record.person, now))?;
    let event = acting.event("account.granted", &record.person, now);
    txn.commit(
        &event
            .with("role", role)
            .with("for", "office")
            .with("first", true),
    )?;
    Ok(code)
}

/// Gives a role for the office or a study.
pub fn grant(
    store: &mut Store,
    permit: &Permit<act::PeopleGrant>,
    acting: &Acting,
    role: Role,
    study: Option<&str>,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = about(store, permit.object())?;
    Grant::new(role, scope(study))?;
    if let Some(study) = study {
        store.study(study)?.ok_or_else(|| missing("study", study))?;
    }
    // Whoever makes accounts holds their codes: a role given before its person stands could be taken in their name, and one that
    // the maker gives would make one person as many as they like.
    if person.pledged_at.is_none() {
        return Err(AccountError::NotEnrolled);
    }
    if person.added_by == permit.person().as_str() {
        return Err(AccountError::OwnMaking);
    }
    let has = store.grants_of(&person.person)?;
    if has
        .iter()
        .any(|grant| grant.role == role.as_str() && grant.study.as_deref() == study)
    {
        return Err(AccountError::Granted {
            role: role.to_string(),
        });
    }
    let txn = store.begin()?;
    let by = permit.person().as_str();
    txn.add_grant(&person.person, role.as_str(), study, now, by)?;
    let event = acting.event("account.granted", &person.person, now);
    let event = event.with("role", role.as_str());
    Ok(txn.commit(&event.with("for", study.unwrap_or("office")))?)
}

/// Takes a role. It counts from the person's next request on; where it was their last one for a study, or for the office, their session
/// there ends.
pub fn end_grant(
    store: &mut Store,
    permit: &Permit<act::PeopleGrant>,
    acting: &Acting,
    number: i64,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = about(store, permit.object())?;
    let has = store.grants_of(&person.person)?;
    let taken = has
        .iter()
        .find(|grant| grant.grant == number)
        .ok_or_else(|| missing("grant", &number.to_string()))?;
    if taken.role == Role::SecurityManager.as_str() && !has_other_manager(store, &person.person)? {
        return Err(AccountError::LastManager);
    }
    let stays = has
        .iter()
        .any(|grant| grant.grant != number && grant.study == taken.study);
    let open = store.open_sittings()?;
    let txn = store.begin()?;
    txn.end_grant(number, now)?;
    for sitting in &open {
        if sitting.person == person.person && sitting.study == taken.study && !stays {
            ended(&txn, sitting, End::EndedByOther, now)?;
        }
    }
    let event = acting.event("account.taken", &person.person, now);
    let event = event.with("role", taken.role.as_str());
    Ok(txn.commit(&event.with("for", taken.study.as_deref().unwrap_or("office")))?)
}

/// Whether the office keeps a security manager who can sign in without this person.
pub(super) fn has_other_manager(store: &Store, without: &str) -> Result<bool, AccountError> {
    for grant in store.grants()? {
        let counts = grant.role == Role::SecurityManager.as_str()
            && grant.ended_at.is_none()
            && grant.person != without;
        if counts
            && store
                .person(&grant.person)?
                .is_some_and(|person| person.suspended_at.is_none() && person.pledged_at.is_some())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn ended(
    txn: &Txn<'_>,
    sitting: &renketsu_store::SittingRecord,
    end: End,
    now: Timestamp,
) -> Result<(), AccountError> {
    txn.close_sitting(&sitting.sitting, now, end.as_str())?;
    let closed = Acting::of(sitting).event("session.closed", &sitting.person, now);
    Ok(txn.also(&closed.with("reason", end.as_str()))?)
}

/// Stops a person's access at once: their sessions end, and nobody signs in as them.
pub fn suspend(
    store: &mut Store,
    permit: &Permit<act::PeopleSuspend>,
    acting: &Acting,
    why: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let why = line("why", why)?;
    let person = about(store, permit.object())?;
    if permit.person().as_str() == person.person {
        return Err(AccountError::OwnSuspension);
    }
    let manages = store
        .grants_of(&person.person)?
        .iter()
        .any(|grant| grant.role == Role::SecurityManager.as_str());
    if manages && !has_other_manager(store, &person.person)? {
        return Err(AccountError::LastManager);
    }
    let open = store.open_sittings()?;
    let txn = store.begin()?;
    txn.suspend_person(&person.person, Some(now))?;
    for sitting in open.iter().filter(|open| open.person == person.person) {
        ended(&txn, sitting, End::Suspended, now)?;
    }
    let event = acting.event("account.suspended", &person.person, now);
    Ok(txn.commit(&event.with("why", why))?)
}

/// Lets a person in again.
pub fn readmit(
    store: &mut Store,
    permit: &Permit<act::PeopleSuspend>,
    acting: &Acting,
    why: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let why = line("why", why)?;
    let person = about(store, permit.object())?;
    if permit.person().as_str() == person.person {
        return Err(AccountError::OwnSuspension);
    }
    let txn = store.begin()?;
    txn.suspend_person(&person.person, None)?;
    let event = acting.event("account.readmitted", &person.person, now);
    Ok(txn.commit(&event.with("why", why))?)
}

/// Records that one factor is enough for a person for whom two are hard (4-3-4①), and why.
pub fn allow_single_factor(
    store: &mut Store,
    permit: &Permit<act::ExceptionRecord>,
    acting: &Acting,
    why: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let why = line("why", why)?;
    let person = about(store, permit.object())?;
    let exception = serde_json::json!({"reason": why, "at": now.to_string(), "by": acting.person});
    let txn = store.begin()?;
    txn.allow_single_factor(&person.person, Some(&exception))?;
    let event = acting.event("account.single_factor", &person.person, now);
    Ok(txn.commit(&event.with("why", why))?)
}

/// The exception ends. A session that was opened on one factor does nothing from here on.
pub fn end_single_factor(
    store: &mut Store,
    permit: &Permit<act::ExceptionRecord>,
    acting: &Acting,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = about(store, permit.object())?;
    let txn = store.begin()?;
    txn.allow_single_factor(&person.person, None)?;
    Ok(txn.commit(&acting.event("account.single_factor_ended", &person.person, now))?)
}

/// Ends a session of the permit's person.
pub fn end_session(
    store: &mut Store,
    permit: &Permit<act::SessionsEnd>,
    acting: &Acting,
    sitting: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let person = about(store, permit.object())?;
    let open = store
        .sitting(sitting)?
        .filter(|open| open.closed.is_none() && open.person == person.person)
        .ok_or_else(|| missing("session", sitting))?;
    let txn = store.begin()?;
    txn.close_sitting(sitting, now, End::EndedByOther.as_str())?;
    let event = acting
        .event("session.closed", &person.person, now)
        .with("reason", End::EndedByOther.as_str())
        .with("of_session", sitting)
        .with("of_terminal", open.terminal);
    Ok(txn.commit(&event)?)
}
