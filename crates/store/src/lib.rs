//! SQLite state of a party: provisions, packages seen, requests, studies, and the chained record of events.
//!
//! One file, `state.sqlite`, WAL with `synchronous=FULL`. The only way to make a change durable is to say what it
//! was: [`Txn::commit`] takes the [`Event`], and both land in one SQLite transaction. Opened with the party's key
//! ([`Store::open_proven`]), a state is believed only if nobody else changed it.

mod authority;
pub mod backup;
mod cohort;
mod column;
mod controls;
mod custody;
mod duties;
mod error;
mod event;
mod fees;
mod followed;
mod halt;
mod log;
mod packages;
mod people;
mod producer;
mod proof;
mod quarantine;
mod questions;
mod registry;
mod reports;
mod rows;
mod said;
mod schema;
mod service;
mod sittings;
mod suspensions;
mod trust;
mod vault;
mod volume;
mod workspace;

use std::cell::RefCell;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use renketsu_seal::ProofKey;
use renketsu_seal::log::Clock;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::event::Around;
use crate::followed::Followed;
use crate::proof::Standing;

pub use authority::{IssueRecord, ProvisionRecord, StampRecord};
pub use cohort::CohortRecord;
pub use controls::{Amendment, Attempt, Dismissal, FindingRecord, Used};
pub use custody::ClosingRecord;
pub use duties::{
    ApplicationRecord, Decision, DelegationRecord, ForwardRecord, SessionEnd, SessionLength,
    SessionRecord,
};
pub use error::StoreError;
pub use event::{Event, EventEntry};
pub use fees::{NoticeRecord, PaymentRecord};
pub use halt::{ConfirmError, Confirmation, Halt, plain, same_person};
pub use log::{
    Anchored, HeadDoubt, Inclusion, LogError, LogMark, LogPage, LogQuery, LogStanding, OneEntry,
    ReceivedHead, Signed, Witnessed, anchored, inclusion,
};
pub use packages::{SeenPackage, SentPackage};
pub use people::{CodeRecord, FactorRecord, GrantRecord, PersonRecord, ResetRecord};
pub use producer::{AttachedTable, CertificationRecord, ProvisionTerms, RequestRecord};
pub use quarantine::QuarantineRecord;
pub use questions::{QuestionEnd, QuestionRecord, ReviewRecord, SavedQuestion};
pub use registry::RegistryVersion;
pub use reports::{ReportEntry, ReportLine, ReportRecord};
pub use service::{EnrolledCertificate, HeldAnswer, Hold, RequestEnd, ServiceRequest};
pub use sittings::{CorrectionRecord, PlaceRecord, SittingRecord, SlotRecord, TerminalRecord};
pub use suspensions::Suspension;
pub use volume::VolumeRecord;
pub use workspace::{LinkRecord, ReferenceRecord, StudyRecord, TableRecord};

const FILE: &str = "state.sqlite";
/// What a party's directory holds once something was recorded.
const WORK: &[&str] = &[
    "attached",
    "documents",
    "log",
    "maps",
    "quarantine",
    "registry",
    "restoring",
    "secrets",
    "service",
    "studies",
    "vault",
];
/// How long a command waits for another command of the same party to finish its transaction.
const BUSY: Duration = Duration::from_secs(20);
/// A page of the server runs some twenty statements, and each kind of page others.
const STATEMENTS: usize = 256;
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_state.sql"),
    include_str!("migrations/0002_vault.sql"),
    include_str!("migrations/0003_registry.sql"),
    include_str!("migrations/0004_fees.sql"),
    include_str!("migrations/0005_service.sql"),
    include_str!("migrations/0006_custody.sql"),
    include_str!("migrations/0007_closings.sql"),
    include_str!("migrations/0008_controls.sql"),
    include_str!("migrations/0009_notices.sql"),
    include_str!("migrations/0010_proof.sql"),
    include_str!("migrations/0011_attempts.sql"),
    include_str!("migrations/0012_service_holds.sql"),
    include_str!("migrations/0013_log.sql"),
    include_str!("migrations/0014_people.sql"),
    include_str!("migrations/0015_kana_key.sql"),
    include_str!("migrations/0016_reports.sql"),
    include_str!("migrations/0017_volumes.sql"),
    include_str!("migrations/0018_suspensions.sql"),
    include_str!("migrations/0019_heads_received.sql"),
];

/// The open state of one party.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// The key of what is read and changed here; without it nothing read here is proven.
    proof: Option<ProofKey>,
    clock: ReadClock,
    /// What of the record was read.
    followed: RefCell<Followed>,
    /// The file that was opened, whatever has its name now.
    file: (u64, u64),
}

/// Asks the machine what it knows of the time; `None` where it doesn't say.
pub type ReadClock = fn() -> Option<Clock>;

impl Store {
    /// Opens the state below `dir`, making it (mode 0600) when it is not there. `dir` must exist.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(FILE);
        let io = |source| StoreError::Io {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            // Work without a state is a state that was lost: a fresh one would begin a clean history over it.
            if let Some(work) = WORK
                .iter()
                .map(|name| dir.join(name))
                .find(|work| work.exists())
            {
                return Err(StoreError::Lost { path, work });
            }
            // Created by us first, so that no moment passes with a wider mode.
            let file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(io)?;
            file.set_permissions(std::fs::Permissions::from_mode(0o600))
                .map_err(io)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(&path, flags).map_err(|error| classify(error, &path))?;
        let file = identity(&path)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let store = Self {
            connection,
            path,
            proof: None,
            clock: || None,
            followed: RefCell::default(),
            file,
        };
        store.prepare()?;
        Ok(store)
    }

    /// Writes with every event from here on what this reading says. The binary gives it: nothing below reads a clock.
    #[must_use]
    pub fn with_clock(mut self, clock: ReadClock) -> Self {
        self.clock = clock;
        self
    }

    /// Waits no longer than this for another process to finish its transaction: whoever waits is a person at a page.
    pub fn with_patience(self, patience: Duration) -> Result<Self, StoreError> {
        self.connection
            .busy_timeout(patience)
            .map_err(|error| self.classify(error))?;
        Ok(self)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        let run = || -> rusqlite::Result<i64> {
            self.connection.busy_timeout(BUSY)?;
            schema::defend(&self.connection)?;
            self.connection.pragma_update(None, "journal_mode", "WAL")?;
            self.connection.pragma_update(None, "synchronous", "FULL")?;
            self.connection.pragma_update(None, "foreign_keys", "ON")?;
            self.connection.pragma_update(None, "secure_delete", "ON")?;
            self.connection
                .pragma_query_value(None, "user_version", |row| row.get(0))
        };
        let version = run().map_err(|error| self.classify(error))?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        if version > known {
            return Err(StoreError::Newer {
                path: self.path.clone(),
                version,
            });
        }
        for (index, sql) in (1_i64..).zip(MIGRATIONS) {
            if index > version {
                // Another command may have migrated in between: look again under the write lock.
                let step = format!("BEGIN IMMEDIATE; {sql} PRAGMA user_version = {index}; COMMIT;");
                if let Err(error) = self.connection.execute_batch(&step) {
                    let _outside = self.connection.execute_batch("ROLLBACK");
                    let now: i64 = self
                        .connection
                        .pragma_query_value(None, "user_version", |row| row.get(0))
                        .map_err(|error| self.classify(error))?;
                    if now < index {
                        return Err(self.classify(error));
                    }
                }
            }
        }
        self.own_schema()
    }

    /// Starts a change. Dropped without [`Txn::commit`], it leaves nothing.
    pub fn begin(&mut self) -> Result<Txn<'_>, StoreError> {
        let path = self.path.clone();
        let clock = self.clock;
        // SQLite would go on writing to a file that was moved away or put back from a backup, and nobody would find it again.
        if identity(&path)? != self.file {
            let source = io::Error::from(io::ErrorKind::NotFound);
            return Err(StoreError::Io { path, source });
        }
        let inner = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| classify(error, &path))?;
        let proof = self.proof.as_ref();
        let standing = proof::begun(&inner, proof).map_err(|doubt| doubt.at(&path))?;
        let mut followed = self.followed.borrow_mut();
        followed.go_on(&inner, &path)?;
        let halt = followed.halt.clone();
        Ok(Txn {
            halt,
            proof: proof.zip(standing),
            inner,
            path,
            clock,
        })
    }

    /// As [`begin`](Self::begin), and holds every row against the proof first: for a change that lets something out. What was read
    /// before it has to be read again inside it, since a row that was changed from outside meanwhile may have been changed back.
    pub fn begin_checked(&mut self) -> Result<Txn<'_>, StoreError> {
        let txn = self.begin()?;
        if let Some((_, standing)) = &txn.proof {
            let checked = standing.check_all(&txn.inner);
            checked.map_err(|doubt| doubt.at(&txn.path))?;
        }
        Ok(txn)
    }

    pub(crate) fn classify(&self, error: rusqlite::Error) -> StoreError {
        classify(error, &self.path)
    }
}

/// A change that is not yet durable.
#[derive(Debug)]
#[must_use = "a change that is not committed with its event is undone"]
pub struct Txn<'store> {
    inner: rusqlite::Transaction<'store>,
    path: PathBuf,
    /// What was proven before this change, where the state is.
    proof: Option<(&'store ProofKey, Standing)>,
    clock: ReadClock,
    /// Why little may be recorded, if so.
    halt: Option<Halt>,
}

impl Txn<'_> {
    /// Adds a line to the record that belongs to the same change, before the one of [`Txn::commit`].
    pub fn also(&self, event: &Event) -> Result<(), StoreError> {
        let around = Around::now(self.clock, &self.path)?;
        event::append(&self.inner, event, around).map_err(|error| self.classify(error))
    }

    /// Makes the change and its record durable together.
    ///
    /// # Errors
    /// [`StoreError::Halted`] for what may not be done before a state that was put back is confirmed.
    pub fn commit(self, event: &Event) -> Result<(), StoreError> {
        self.permits(event)?;
        self.also(event)?;
        let path = self.path;
        if let Some((key, standing)) = self.proof {
            standing
                .advance(&self.inner, key)
                .map_err(|doubt| doubt.at(&path))?;
        }
        self.inner.commit().map_err(|error| classify(error, &path))
    }

    pub(crate) fn classify(&self, error: rusqlite::Error) -> StoreError {
        classify(error, &self.path)
    }
}

/// What tells a file from another that took its name.
fn identity(path: &Path) -> Result<(u64, u64), StoreError> {
    let found = path.metadata().map_err(|source| StoreError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok((found.dev(), found.ino()))
}

fn classify(error: rusqlite::Error, path: &Path) -> StoreError {
    use rusqlite::ErrorCode;
    let path = path.to_owned();
    // What stands in the state is not what we wrote: SQLite is content with it, so its own checks don't tell.
    if matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    ) {
        return StoreError::Damaged { path };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path },
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => StoreError::Io {
            path,
            source: io::Error::other(error),
        },
        _ => StoreError::Statement(error),
    }
}
