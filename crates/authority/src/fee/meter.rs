//! Sessions of the meter: people start and stop them; machine work has its own.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use renketsu_duty::meter::{Length, Metered, Reading, Span};
use renketsu_store::{Event, SessionEnd, SessionLength, SessionRecord, Store, Txn};
use serde::Serialize;

use super::{FeeError, text};
use crate::party::Authority;
use crate::provision;

const PERSON: &str = "person";
const MACHINE: &str = "machine";
const CORRECTION: &str = "correction";

/// A length that a person states, and why it was not measured.
#[derive(Clone, Debug)]
pub struct Stated {
    /// How long it took.
    pub length: Duration,
    /// Why nothing measured it.
    pub reason: String,
}

/// A session as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its number.
    pub session: u64,
    /// `person`, `machine` or `correction`.
    pub kind: String,
    /// Whose work, or which request.
    pub what: String,
    /// When it started, by the machine's time.
    pub started_at: Timestamp,
    /// Its length in nanoseconds; none while it runs.
    pub nanos: Option<u64>,
    /// Why it was stated and not measured.
    pub stated: Option<String>,
    /// The session in whose place it stands.
    pub corrects: Option<u64>,
}

/// The meter of a provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Meter {
    /// The provision.
    pub provision: String,
    /// Every session in the order they began.
    pub sessions: Vec<Shown>,
    /// The time of those that ended, in nanoseconds; what ran at once counts once.
    pub total_nanos: u64,
    /// Hours of that time, begun ones included.
    pub units: u64,
}

/// Starts a session of a person's work.
pub fn start(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
    who: &str,
) -> Result<u64, FeeError> {
    provision::find_open(store, provision)?;
    let who = text("who", who)?;
    let transaction = store.begin()?;
    let reading = authority.clock().read();
    let session = transaction.meter(&SessionRecord {
        session: 0,
        provision: provision.to_owned(),
        kind: PERSON.to_owned(),
        what: who.to_owned(),
        boot: reading.boot,
        start_nanos: reading.nanos,
        started_at: authority.now(),
        end: None,
        corrects: None,
    })?;
    let event = Event::new("meter.started", provision, authority.now())
        .with("session", session)
        .with("who", who);
    transaction.commit(&event)?;
    Ok(session)
}

/// Stops the session that runs, or the one named where several do. Its length is measured; only where it cannot be,
/// because the machine was started again, is it `stated`.
pub fn stop(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
    named: Option<u64>,
    stated: Option<&Stated>,
) -> Result<Shown, FeeError> {
    let transaction = store.begin()?;
    let sessions = transaction.meter_sessions(provision)?;
    let mut running = sessions.into_iter().filter(|session| {
        session.end.is_none() && named.is_none_or(|named| named == session.session)
    });
    let id = || provision.to_owned();
    let Some(mut session) = running.next() else {
        return Err(FeeError::NoSession { provision: id() });
    };
    if running.next().is_some() {
        return Err(FeeError::SeveralSessions { provision: id() });
    }
    let now = authority.clock().read();
    let started = Reading {
        boot: session.boot.clone(),
        nanos: session.start_nanos,
    };
    let length = match (started.until(&now), stated) {
        (Ok(_), None) => SessionLength::Measured(now.nanos),
        (Ok(_), Some(_)) => {
            return Err(FeeError::Measured {
                session: session.session,
            });
        }
        (Err(_), Some(stated)) => said(stated)?,
        (Err(error), None) => return Err(error.into()),
    };
    let end = SessionEnd {
        at: authority.now(),
        length,
    };
    transaction.end_session(session.session, &end)?;
    session.end = Some(end);
    let shown = shown(&session);
    let mut event = Event::new("meter.stopped", provision, authority.now())
        .with("session", shown.session)
        .with("nanos", shown.nanos);
    if let Some(reason) = &shown.stated {
        event = event.with("stated", reason.as_str());
    }
    transaction.commit(&event)?;
    Ok(shown)
}

/// Puts another length in the place of a session's, as a new session that names it.
pub fn correct(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &str,
    session: u64,
    stated: &Stated,
) -> Result<Shown, FeeError> {
    let transaction = store.begin()?;
    let sessions = transaction.meter_sessions(provision)?;
    let corrected = sessions
        .iter()
        .find(|found| found.session == session)
        .ok_or_else(|| FeeError::NoSession {
            provision: provision.to_owned(),
        })?;
    if corrected.end.is_none() {
        return Err(FeeError::OpenSession {
            provision: provision.to_owned(),
            session,
        });
    }
    if sessions.iter().any(|found| found.corrects == Some(session)) {
        return Err(FeeError::SessionCorrected { session });
    }
    let mut record = SessionRecord {
        session: 0,
        provision: provision.to_owned(),
        kind: CORRECTION.to_owned(),
        what: corrected.what.clone(),
        boot: corrected.boot.clone(),
        start_nanos: corrected.start_nanos,
        started_at: corrected.started_at,
        end: Some(SessionEnd {
            at: authority.now(),
            length: said(stated)?,
        }),
        corrects: Some(session),
    };
    record.session = transaction.meter(&record)?;
    let shown = shown(&record);
    let event = Event::new("meter.corrected", provision, authority.now())
        .with("session", shown.session)
        .with("corrects", session)
        .with("nanos", shown.nanos)
        .with("reason", stated.reason.as_str());
    transaction.commit(&event)?;
    Ok(shown)
}

fn said(stated: &Stated) -> Result<SessionLength, FeeError> {
    Ok(SessionLength::Stated {
        nanos: nanos(stated.length)?,
        reason: text("reason", &stated.reason)?.to_owned(),
    })
}

fn nanos(length: Duration) -> Result<u64, FeeError> {
    u64::try_from(length.as_nanos())
        .ok()
        .filter(|nanos| i64::try_from(*nanos).is_ok())
        .ok_or(FeeError::Meter(renketsu_duty::meter::MeterError::Overflow))
}

/// The meter of a provision.
pub fn show(store: &Store, provision: &str) -> Result<Meter, FeeError> {
    provision::find(store, provision)?;
    let sessions = store.meter_sessions(provision)?;
    let total = Metered::of(&spans(&sessions, |_| true))?.total;
    Ok(Meter {
        provision: provision.to_owned(),
        sessions: sessions.iter().map(shown).collect(),
        total_nanos: nanos(total)?,
        units: renketsu_duty::fee::units(total),
    })
}

fn shown(record: &SessionRecord) -> Shown {
    let (nanos, stated) = match record.end.as_ref().map(|end| &end.length) {
        None => (None, None),
        Some(SessionLength::Measured(end)) => (Some(end.saturating_sub(record.start_nanos)), None),
        Some(SessionLength::Stated { nanos, reason }) => (Some(*nanos), Some(reason.clone())),
    };
    Shown {
        session: record.session,
        kind: record.kind.clone(),
        what: record.what.clone(),
        started_at: record.started_at,
        nanos,
        stated,
        corrects: record.corrects,
    }
}

/// The sessions that ended and whose number `counts`, each with the length that stands for it now.
pub(super) fn spans(sessions: &[SessionRecord], counts: impl Fn(u64) -> bool) -> Vec<Span> {
    let first = sessions
        .iter()
        .filter(|session| session.corrects.is_none() && counts(session.session));
    first
        .filter_map(|first| {
            let mut stands = first;
            while let Some(next) = sessions.iter().find(|other| {
                other.corrects == Some(stands.session) && other.session > stands.session
            }) {
                stands = next;
            }
            let length = match &stands.end.as_ref()?.length {
                SessionLength::Measured(end) => Length::Measured {
                    boot: stands.boot.clone(),
                    from: stands.start_nanos,
                    to: *end,
                },
                SessionLength::Stated { nanos, .. } => Length::Stated(Duration::from_nanos(*nanos)),
            };
            Some(Span {
                began: first.started_at,
                length,
            })
        })
        .collect()
}

/// Nothing is notified while a session runs: its length would be missing.
pub(super) fn none_runs(sessions: &[SessionRecord], provision: &str) -> Result<(), FeeError> {
    match sessions.iter().find(|session| session.end.is_none()) {
        Some(running) => Err(FeeError::OpenSession {
            provision: provision.to_owned(),
            session: running.session,
        }),
        None => Ok(()),
    }
}

/// Records machine work that began at a reading and ends now; its number is the answer.
pub(super) fn machine(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    provision: &str,
    request: &str,
    began: &Reading,
) -> Result<u64, FeeError> {
    let now = authority.clock().read();
    let took = began.until(&now)?;
    let end = SignedDuration::try_from(took)
        .ok()
        .and_then(|took| authority.now().checked_add(took).ok())
        .unwrap_or(Timestamp::MAX);
    Ok(transaction.meter(&SessionRecord {
        session: 0,
        provision: provision.to_owned(),
        kind: MACHINE.to_owned(),
        what: request.to_owned(),
        boot: began.boot.clone(),
        start_nanos: began.nanos,
        started_at: authority.now(),
        end: Some(SessionEnd {
            at: end,
            length: SessionLength::Measured(now.nanos),
        }),
        corrects: None,
    })?)
}
