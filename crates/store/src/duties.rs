//! What the authority keeps beside its answers: applications, delegations, sessions of the meter, how requests came, and
//! deliveries passed on.

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_duty::delegation::Delegation;
use rusqlite::{Connection, Row, params};

use crate::column::{count, date, exact, json, text, time};
use crate::{Store, StoreError, Txn};

/// An application (申出).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationRecord {
    /// Its number.
    pub number: String,
    /// The provision it asks for.
    pub provision: String,
    /// The day on its document.
    pub dated: Date,
    /// By which method it came.
    pub method: String,
    /// Version of the method.
    pub version: String,
    /// Digest of the document.
    pub sha256: String,
    /// The document, sealed for oneself, below the party's directory.
    pub file: String,
    /// When.
    pub received_at: Timestamp,
    /// What was decided.
    pub decision: Option<Decision>,
}

/// What was decided of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the information may be given.
    pub accepted: bool,
    /// The day.
    pub on: Date,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// A delegation (法31条4項).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationRecord {
    /// Its number.
    pub entry: u64,
    /// The provision.
    pub provision: String,
    /// To whom, what, from when until when.
    pub delegation: Delegation,
    /// Digest of the document.
    pub sha256: String,
    /// The document, sealed for oneself, below the party's directory.
    pub file: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A session of the meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its number, counted from 1 over all provisions.
    pub session: u64,
    /// The provision.
    pub provision: String,
    /// `person`, `machine` or `correction`.
    pub kind: String,
    /// Whose work, or which request.
    pub what: String,
    /// The run of the machine at the start.
    pub boot: String,
    /// Its monotonic clock at the start.
    pub start_nanos: u64,
    /// When it started, by the machine's time.
    pub started_at: Timestamp,
    /// How it ended.
    pub end: Option<SessionEnd>,
    /// The session in whose place it stands.
    pub corrects: Option<u64>,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// When, by the machine's time.
    pub at: Timestamp,
    /// Its length.
    pub length: SessionLength,
}

/// How the length of a session is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionLength {
    /// By the monotonic clock, which showed this at the end.
    Measured(u64),
    /// A person said so.
    Stated {
        /// Nanoseconds.
        nanos: u64,
        /// Why.
        reason: String,
    },
}

/// A delivery passed on unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRecord {
    /// Digest of the sealed file.
    pub sha256: String,
    /// The provision.
    pub provision: String,
    /// What the producer signed about it.
    pub cover: serde_json::Value,
    /// Who passed it on.
    pub delegate: String,
    /// Its length.
    pub bytes: u64,
    /// When.
    pub forwarded_at: Timestamp,
}

fn application(row: &Row<'_>) -> rusqlite::Result<ApplicationRecord> {
    let decided: Option<String> = row.get(8)?;
    let decision = match (decided, row.get::<_, Option<String>>(9)?) {
        (Some(word), Some(on)) => Some(Decision {
            accepted: word == "accepted",
            on: date(&on)?,
            reason: row.get(10)?,
        }),
        _ => None,
    };
    Ok(ApplicationRecord {
        number: row.get(0)?,
        provision: row.get(1)?,
        dated: date(&row.get::<_, String>(2)?)?,
        method: row.get(3)?,
        version: row.get(4)?,
        sha256: row.get(5)?,
        file: row.get(6)?,
        received_at: time(&row.get::<_, String>(7)?)?,
        decision,
    })
}

fn applications(connection: &Connection) -> rusqlite::Result<Vec<ApplicationRecord>> {
    connection
        .prepare(
            "SELECT number, provision, dated, method, version, sha256, file, received_at, decision, decided_on, reason
             FROM applications ORDER BY entry",
        )?
        .query_map([], application)?
        .collect()
}

fn delegations(connection: &Connection) -> rusqlite::Result<Vec<DelegationRecord>> {
    connection
        .prepare("SELECT entry, provision, body, sha256, file, recorded_at FROM delegations ORDER BY entry")?
        .query_map([], |row| {
            Ok(DelegationRecord {
                entry: row.get::<_, i64>(0)?.unsigned_abs(),
                provision: row.get(1)?,
                delegation: json(&row.get::<_, String>(2)?)?,
                sha256: row.get(3)?,
                file: row.get(4)?,
                recorded_at: time(&row.get::<_, String>(5)?)?,
            })
        })?
        .collect()
}

fn session(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    let unsigned = |value: Option<i64>| value.map(i64::unsigned_abs);
    let at: Option<String> = row.get(9)?;
    let length = match (unsigned(row.get(7)?), unsigned(row.get(8)?)) {
        (Some(nanos), None) => Some(SessionLength::Measured(nanos)),
        (None, Some(nanos)) => Some(SessionLength::Stated {
            nanos,
            reason: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
        }),
        _ => None,
    };
    let end = match (at, length) {
        (Some(at), Some(length)) => Some(SessionEnd {
            at: time(&at)?,
            length,
        }),
        _ => None,
    };
    Ok(SessionRecord {
        session: row.get::<_, i64>(0)?.unsigned_abs(),
        provision: row.get(1)?,
        kind: row.get(2)?,
        what: row.get(3)?,
        boot: row.get(4)?,
        start_nanos: row.get::<_, i64>(5)?.unsigned_abs(),
        started_at: time(&row.get::<_, String>(6)?)?,
        end,
        corrects: unsigned(row.get(11)?),
    })
}

fn sessions(connection: &Connection, provision: &str) -> rusqlite::Result<Vec<SessionRecord>> {
    connection
        .prepare(
            "SELECT session, provision, kind, what, boot, start_nanos, started_at, end_nanos, stated_nanos, ended_at, reason, corrects
             FROM meter_sessions WHERE provision = ?1 ORDER BY session",
        )?
        .query_map(params![provision], session)?
        .collect()
}

impl Store {
    /// Every application in the order it came.
    pub fn applications(&self) -> Result<Vec<ApplicationRecord>, StoreError> {
        applications(&self.connection).map_err(|error| self.classify(error))
    }

    /// Every delegation in the order it was recorded.
    pub fn delegations(&self) -> Result<Vec<DelegationRecord>, StoreError> {
        delegations(&self.connection).map_err(|error| self.classify(error))
    }

    /// The sessions of a provision in the order they began.
    pub fn meter_sessions(&self, provision: &str) -> Result<Vec<SessionRecord>, StoreError> {
        sessions(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// By which method and version a request came; none for one that never was answered.
    pub fn request_transport(&self, request: &str) -> Result<Option<(String, String)>, StoreError> {
        use rusqlite::OptionalExtension as _;
        self.connection
            .query_row(
                "SELECT method, version FROM request_transports WHERE request = ?1",
                params![request],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// As [`Store::applications`]; nobody else can change one while this change is open.
    pub fn applications(&self) -> Result<Vec<ApplicationRecord>, StoreError> {
        applications(&self.inner).map_err(|error| self.classify(error))
    }

    /// As [`Store::delegations`].
    pub fn delegations(&self) -> Result<Vec<DelegationRecord>, StoreError> {
        delegations(&self.inner).map_err(|error| self.classify(error))
    }

    /// As [`Store::meter_sessions`].
    pub fn meter_sessions(&self, provision: &str) -> Result<Vec<SessionRecord>, StoreError> {
        sessions(&self.inner, provision).map_err(|error| self.classify(error))
    }

    /// Records an application that came in; a taken number is [`StoreError::Exists`].
    pub fn receive_application(&self, record: &ApplicationRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO applications (number, provision, entry, dated, method, version, sha256, file, received_at)
                 VALUES (?1, ?2, (SELECT coalesce(max(entry), 0) + 1 FROM applications), ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT DO NOTHING",
                params![
                    record.number,
                    record.provision,
                    record.dated.to_string(),
                    record.method,
                    record.version,
                    record.sha256,
                    record.file,
                    record.received_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        fresh(changed, "application", &record.number)
    }

    /// Decides an application; one that is decided or unknown is [`StoreError::Missing`].
    pub fn decide_application(&self, number: &str, decision: &Decision) -> Result<(), StoreError> {
        let word = if decision.accepted {
            "accepted"
        } else {
            "refused"
        };
        let changed = self
            .inner
            .execute(
                "UPDATE applications SET decision = ?2, decided_on = ?3, reason = ?4 WHERE number = ?1 AND decision IS NULL",
                params![number, word, decision.on.to_string(), decision.reason],
            )
            .map_err(|error| self.classify(error))?;
        found(changed, "application", number)
    }

    /// Records a delegation; its number is given here.
    pub fn delegate(&self, record: &DelegationRecord) -> Result<u64, StoreError> {
        text(&record.delegation)
            .and_then(|body| {
                self.inner.execute(
                    "INSERT INTO delegations (provision, body, sha256, file, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![record.provision, body, record.sha256, record.file, record.recorded_at.to_string()],
                )
            })
            .map(|_| self.inner.last_insert_rowid().unsigned_abs())
            .map_err(|error| self.classify(error))
    }

    /// Says on which day a delegation ends.
    pub fn end_delegation(&self, entry: u64, delegation: &Delegation) -> Result<(), StoreError> {
        let changed = text(delegation)
            .and_then(|body| {
                self.inner.execute(
                    "UPDATE delegations SET body = ?2 WHERE entry = ?1",
                    params![count(entry), body],
                )
            })
            .map_err(|error| self.classify(error))?;
        found(changed, "delegation", &entry.to_string())
    }

    /// Records a session, ended or not; its number is given here.
    pub fn meter(&self, record: &SessionRecord) -> Result<u64, StoreError> {
        let run = || -> rusqlite::Result<u64> {
            let (end_nanos, stated_nanos, reason) = lengths(record.end.as_ref())?;
            self.inner.execute(
                "INSERT INTO meter_sessions (provision, kind, what, boot, start_nanos, started_at, end_nanos, stated_nanos, ended_at, reason, corrects)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    record.provision,
                    record.kind,
                    record.what,
                    record.boot,
                    exact(record.start_nanos)?,
                    record.started_at.to_string(),
                    end_nanos,
                    stated_nanos,
                    record.end.as_ref().map(|end| end.at.to_string()),
                    reason,
                    record.corrects.map(exact).transpose()?
                ],
            )?;
            Ok(self.inner.last_insert_rowid().unsigned_abs())
        };
        run().map_err(|error| self.classify(error))
    }

    /// Ends a session that runs; another is [`StoreError::Missing`].
    pub fn end_session(&self, session: u64, end: &SessionEnd) -> Result<(), StoreError> {
        let changed = lengths(Some(end))
            .and_then(|(end_nanos, stated_nanos, reason)| {
                self.inner.execute(
                    "UPDATE meter_sessions SET end_nanos = ?2, stated_nanos = ?3, ended_at = ?4, reason = ?5
                     WHERE session = ?1 AND ended_at IS NULL",
                    params![exact(session)?, end_nanos, stated_nanos, end.at.to_string(), reason],
                )
            })
            .map_err(|error| self.classify(error))?;
        found(changed, "session of the meter", &session.to_string())
    }

    /// Records by which method and version a request came.
    pub fn transported(
        &self,
        request: &str,
        method: &str,
        version: &str,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO request_transports (request, method, version) VALUES (?1, ?2, ?3)",
                params![request, method, version],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Records a delivery passed on; the same file twice is [`StoreError::Exists`].
    pub fn forward(&self, record: &ForwardRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO forwards (sha256, provision, cover, delegate, bytes, forwarded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
                params![
                    record.sha256,
                    record.provision,
                    record.cover.to_string(),
                    record.delegate,
                    count(record.bytes),
                    record.forwarded_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        fresh(changed, "forwarded delivery", &record.sha256)
    }
}

/// An insertion that changed nothing found the name taken.
fn fresh(changed: usize, what: &'static str, name: &str) -> Result<(), StoreError> {
    if changed > 0 {
        return Ok(());
    }
    let name = name.to_owned();
    Err(StoreError::Exists { what, name })
}

/// An update that changed nothing found no such name in the state it must be in.
fn found(changed: usize, what: &'static str, name: &str) -> Result<(), StoreError> {
    if changed > 0 {
        return Ok(());
    }
    let name = name.to_owned();
    Err(StoreError::Missing { what, name })
}

type Lengths<'a> = (Option<i64>, Option<i64>, Option<&'a str>);

/// The columns of how a session ended.
fn lengths(end: Option<&SessionEnd>) -> rusqlite::Result<Lengths<'_>> {
    Ok(match end.map(|end| &end.length) {
        None => (None, None, None),
        Some(SessionLength::Measured(nanos)) => (Some(exact(*nanos)?), None, None),
        Some(SessionLength::Stated { nanos, reason }) => {
            (None, Some(exact(*nanos)?), Some(reason.as_str()))
        }
    })
}
