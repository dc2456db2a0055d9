//! Signing in, and the session that comes of it.

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use renketsu_access::delay::{self, Tries};
use renketsu_access::session::{End, Idle, Life, State};
use renketsu_seal::sign_in::Bearer;
use renketsu_store::{
    Event, FactorRecord, PersonRecord, QuestionEnd, SittingRecord, Store, StoreError,
    TerminalRecord,
};
use sha2::{Digest as _, Sha256};

use super::{AccountError, Acting, Standing, room};

/// What is known before a password is looked at.
#[derive(Debug)]
pub struct Look {
    /// The person, if somebody who can sign in has that id.
    pub person: Option<PersonRecord>,
    /// Their factors.
    pub factors: Vec<FactorRecord>,
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// What the browser shows from now on.
    pub bearer: Bearer,
    /// The session.
    pub sitting: SittingRecord,
    /// Other ones of the same person, which it ended.
    pub ended: Vec<String>,
}

/// Looks whom an id means at a terminal, and whether the next try has to wait. `unknown` are the wrong tries under this id where it is
/// nobody's.
///
/// # Errors
/// [`AccountError::Wait`], whether or not the id is anybody's.
pub fn look(
    store: &Store,
    person: &str,
    terminal: &TerminalRecord,
    unknown: Tries,
    now: Timestamp,
) -> Result<Look, AccountError> {
    let person = store.person(person)?;
    let tries = |failures: u64, last| Tries::new(u32::try_from(failures).unwrap_or(u32::MAX), last);
    let of_person = person
        .as_ref()
        .map_or(unknown, |person| tries(person.failures, person.failed_at));
    let wait = delay::left(of_person, tries(terminal.failures, terminal.failed_at), now);
    if wait > SignedDuration::ZERO {
        return Err(AccountError::Wait { wait });
    }
    let person = person.filter(|person| {
        person.suspended_at.is_none() && person.pledged_at.is_some() && person.password.is_some()
    });
    let factors = match &person {
        Some(person) => store.factors_of(&person.person)?,
        None => Vec::new(),
    };
    Ok(Look { person, factors })
}

/// Counts a wrong try, and says whether it was somebody's. `person` may be nobody's id: what was typed there could be a password, and
/// stays out of the record.
pub fn refused(
    store: &mut Store,
    person: Option<&str>,
    terminal: &TerminalRecord,
    what: &'static str,
    now: Timestamp,
) -> Result<bool, AccountError> {
    let known = match person {
        Some(id) => store.person(id)?.map(|person| person.person),
        None => None,
    };
    let txn = store.begin()?;
    if let Some(person) = &known {
        txn.person_failed(person, Some(now))?;
    }
    txn.terminal_failed(&terminal.terminal, Some(now))?;
    let object = known.as_deref().unwrap_or("-");
    txn.commit(
        &Event::new("session.refused", object, now)
            .with("terminal", terminal.terminal.as_str())
            .with("what", what),
    )?;
    Ok(known.is_some())
}

/// Keeps what a factor was used for, so that it isn't taken again.
pub fn factor_used(
    store: &mut Store,
    factor: &FactorRecord,
    now: Timestamp,
) -> Result<(), AccountError> {
    let txn = store.begin()?;
    match txn.factor_used(&factor.factor, &factor.body, factor.last_step) {
        Err(StoreError::Missing { .. }) => return Err(AccountError::Refused),
        used => used?,
    }
    Ok(txn.commit(
        &Event::new("account.factor.used", &factor.person, now).with("kind", factor.kind.as_str()),
    )?)
}

/// Whether a session could be opened now, before anything is made ready for it.
///
/// # Errors
/// As [`open`].
pub fn admit(
    store: &Store,
    person: &PersonRecord,
    terminal: &TerminalRecord,
    now: Timestamp,
) -> Result<(), AccountError> {
    let study = terminal.study.as_deref();
    // Between the password and here there are minutes: suspended, reset or with another password, they are somebody else now.
    store
        .person(&person.person)?
        .filter(|now| {
            now.suspended_at.is_none()
                && now.pledged_at.is_some()
                && now.password == person.password
        })
        .ok_or(AccountError::Refused)?;
    let part = store
        .grants_of(&person.person)?
        .iter()
        .any(|grant| grant.study.as_deref() == study);
    if !part {
        return Err(AccountError::NoRole);
    }
    let entering = Standing::Entering {
        person: Some(&person.person),
    };
    match room(store, &terminal.place, study, entering, now)? {
        Some(away) => Err(away.into()),
        None => Ok(()),
    }
}

/// Opens a session of the terminal's study. Another one of the same person ends, and that is an alarm.
///
/// # Errors
/// [`AccountError::NoRole`] if the person has no part there; [`AccountError::Away`] if the study
/// doesn't have the place now.
pub fn open(
    store: &mut Store,
    person: &PersonRecord,
    factor: &'static str,
    terminal: &TerminalRecord,
    now: Timestamp,
) -> Result<Opened, AccountError> {
    admit(store, person, terminal, now)?;
    let others: Vec<_> = store
        .open_sittings()?
        .into_iter()
        .filter(|sitting| sitting.person == person.person)
        .collect();
    let bearer = Bearer::random()?;
    let public = Sha256::new_with_prefix(b"renketsu/session/1\0").chain_update(bearer.digest());
    let mut id = HEXLOWER.encode(&public.finalize());
    id.truncate(16);
    let sitting = SittingRecord {
        sitting: id,
        token_sha256: bearer.digest(),
        person: person.person.clone(),
        terminal: terminal.terminal.clone(),
        place: terminal.place.clone(),
        study: terminal.study.clone(),
        factor: factor.to_owned(),
        opened_at: now,
        seen_at: now,
        locked_at: None,
        closed: None,
    };
    let txn = store.begin()?;
    for other in &others {
        txn.close_sitting(&other.sitting, now, End::Overlap.as_str())?;
        let overlap = Acting::of(other).event("session.overlap", &other.person, now);
        // The people of a study read its record: of another study's terminal it says nothing.
        let told = if other.study == terminal.study {
            overlap.with("by_terminal", terminal.terminal.as_str())
        } else {
            overlap
        };
        txn.also(&told)?;
    }
    txn.person_failed(&person.person, None)?;
    txn.terminal_failed(&terminal.terminal, None)?;
    txn.open_sitting(&sitting)?;
    let event = Acting::of(&sitting)
        .event("session.opened", &person.person, now)
        .with("factor", factor)
        .with("place", terminal.place.as_str());
    txn.commit(&event)?;
    Ok(Opened {
        bearer,
        sitting,
        ended: others.into_iter().map(|other| other.sitting).collect(),
    })
}

/// Locks a session.
pub fn lock(
    store: &mut Store,
    sitting: &SittingRecord,
    why: &'static str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let txn = store.begin()?;
    txn.lock_sitting(&sitting.sitting, now)?;
    let event = Acting::of(sitting).event("session.locked", &sitting.person, now);
    Ok(txn.commit(&event.with("why", why))?)
}

/// Unlocks a session. The browser shows a new secret from here on.
pub fn unlock(
    store: &mut Store,
    sitting: &SittingRecord,
    now: Timestamp,
) -> Result<Bearer, AccountError> {
    let bearer = Bearer::random()?;
    let txn = store.begin()?;
    txn.unlock_sitting(&sitting.sitting, &bearer.digest(), now)?;
    txn.person_failed(&sitting.person, None)?;
    txn.commit(&Acting::of(sitting).event("session.unlocked", &sitting.person, now))?;
    Ok(bearer)
}

/// Ends a session.
pub fn close(
    store: &mut Store,
    sitting: &SittingRecord,
    end: End,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), AccountError> {
    let txn = store.begin()?;
    txn.close_sitting(&sitting.sitting, at, end.as_str())?;
    let event = Acting::of(sitting).event("session.closed", &sitting.person, now);
    Ok(txn.commit(&event.with("reason", end.as_str()))?)
}

/// What time alone has made of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// It is over, since then and for that reason.
    Closed(Timestamp, End),
    /// Nothing was done in it for too long.
    Locked,
    /// It stands.
    Stands,
}

impl Lapse {
    /// How a session stands that was last seen then.
    pub fn of(sitting: &SittingRecord, seen: Timestamp, idle: Idle, now: Timestamp) -> Self {
        let state = match sitting.locked_at {
            None => State::Active,
            Some(since) => State::Locked { since },
        };
        let life = Life::restore(sitting.opened_at, seen, sitting.seen_at, state);
        match life.at(now, idle).state() {
            State::Active => Self::Stands,
            State::Locked { .. } if sitting.locked_at.is_some() => Self::Stands,
            State::Locked { .. } => Self::Locked,
            State::Closed { at, end } => Self::Closed(at, end),
        }
    }
}

/// Ends the sessions whose time is over, so that nobody who went away holds a place, and the ledger says when they ended: `seen` is what
/// the process knows of it, later than the state. Gives those that ended.
pub fn close_lapsed(
    store: &mut Store,
    seen: impl Fn(&str) -> Option<Timestamp>,
    idle: Idle,
    now: Timestamp,
) -> Result<Vec<String>, AccountError> {
    let mut over = Vec::new();
    for sitting in store.open_sittings()? {
        let last = seen(&sitting.sitting).map_or(sitting.seen_at, |at| at.max(sitting.seen_at));
        let inside = Standing::Inside {
            sitting: &sitting.sitting,
            since: sitting.opened_at,
        };
        let away = room(store, &sitting.place, sitting.study.as_deref(), inside, now)?;
        match (Lapse::of(&sitting, last, idle, now), away) {
            (Lapse::Closed(at, end), _) => close(store, &sitting, end, at, now)?,
            (Lapse::Locked | Lapse::Stands, Some(away)) => {
                close(store, &sitting, away.end(), now, now)?;
            }
            (Lapse::Locked | Lapse::Stands, None) => continue,
        }
        over.push(sitting.sitting);
    }
    Ok(over)
}

/// Writes when the open sessions were last seen, and that the program runs.
pub fn heartbeat(
    store: &mut Store,
    seen: &[(String, Timestamp)],
    now: Timestamp,
) -> Result<(), AccountError> {
    let txn = store.begin()?;
    txn.saw_sittings(seen)?;
    Ok(txn.commit(&Event::new("server.heartbeat", "server", now).with("sessions", seen.len()))?)
}

/// Ends what a crash left open: sessions at the moment they were last seen, and questions that nobody answers any more.
pub fn closed_by_crash(store: &mut Store, now: Timestamp) -> Result<usize, AccountError> {
    let (sittings, questions) = (store.open_sittings()?, store.running_questions()?);
    if sittings.is_empty() && questions.is_empty() {
        return Ok(0);
    }
    let txn = store.begin()?;
    for sitting in &sittings {
        txn.close_sitting(&sitting.sitting, sitting.seen_at, End::Crash.as_str())?;
        let event = Acting::of(sitting).event("session.closed", &sitting.person, now);
        txn.also(
            &event
                .with("reason", End::Crash.as_str())
                .with("seen_at", sitting.seen_at.to_string()),
        )?;
    }
    for question in &questions {
        let end = QuestionEnd {
            state: "failed",
            code: Some("web.ask.crash"),
            link: None,
            rows: None,
            took_ms: 0,
        };
        txn.end_question(question.question, end, now)?;
    }
    txn.commit(
        &Event::new("server.recovered", "server", now)
            .with("sessions", sittings.len())
            .with("questions", questions.len()),
    )?;
    Ok(sittings.len())
}
