//! Taking a sealed package into the quarantine, and what becomes of it there.
//!
//! Only sealed bytes are written: a file that doesn't begin as a package does is refused before the first byte of it is on the
//! disk, and what is cut off has no name and is gone. A package is *received*, then *verified* (its sender, its signature, every
//! byte), and *imported* table by table; after the last one, or when somebody discards it, the file is erased. What an import
//! believes it verifies again itself: the quarantine proves nothing.

mod ending;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::tz::Offset;
use renketsu_access::{Permit, act};
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::package::{OpenError, Opened, PackageKind, Sealed};
use renketsu_seal::sign_in::{Bearer, SecretFailed};
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{QuarantineRecord, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::accounts::Acting;
use crate::import::SEALED;
use crate::place;
use crate::scan::{ScanError, Scanned, Scanner};
use ending::end;

pub use ending::recovered;

const DIR: &str = "quarantine";
const ENDING: &str = "sealed";
/// What a study takes: tables, columns whose IDs come apart, those IDs, and whom the producer wants removed.
const TAKEN: [PackageKind; 5] = [
    PackageKind::Columns,
    PackageKind::Delivery,
    PackageKind::Extract,
    PackageKind::Removal,
    PackageKind::Stamps,
];
/// The largest package that is taken.
pub const MOST: u64 = 64 << 30;

/// What a verified package says of itself, under its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Its id.
    pub package: String,
    /// What it is.
    pub kind: PackageKind,
    /// The public databases that it is from, by their short names.
    #[serde(default)]
    pub databases: Vec<String>,
    /// The sender's name.
    pub sender: String,
    /// The sender's fingerprint.
    pub fingerprint: String,
    /// The sender's number for it.
    pub sequence: u64,
    /// Its tables with their rows.
    pub tables: Vec<(String, u64)>,
    /// What looked for viruses in them and found none; `None`: nothing did.
    #[serde(default)]
    pub scan: Option<Scanned>,
}

/// Why a package isn't taken, or isn't kept.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The same file waits in the quarantine, or was imported.
    #[error("the same file came as delivery `{delivery}`")]
    Again {
        /// Under which number.
        delivery: String,
    },
    /// The disk is full, or would be: the rest of the room is the log's.
    #[error("no room for the package")]
    Full,
    /// The quarantine can't be written or read.
    #[error("`{path}` can't be used")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The package holds what no table is imported from.
    #[error("a package of kind `{kind}` holds no table of a study")]
    Kind {
        /// What it is.
        kind: &'static str,
    },
    /// The package isn't what an import takes it for.
    #[error("a package of kind `{kind}` is taken for something else")]
    OtherKind {
        /// What it is.
        kind: &'static str,
    },
    /// It doesn't begin as a sealed package does. Nothing of it was written.
    #[error("no sealed package")]
    NotSealed,
    /// The package was refused.
    #[error(transparent)]
    Package(#[from] OpenError),
    /// The system gave no randomness for its number.
    #[error("the system gave no randomness")]
    Random(#[from] SecretFailed),
    /// It belongs to another provision than the study.
    #[error("the package is of another provision than the study")]
    Provision,
    /// It is infected, or that can't be found out.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Something of it was imported, or it isn't in this state any more.
    #[error("delivery `{delivery}` isn't in this state")]
    State {
        /// Which.
        delivery: String,
    },
    /// It is larger than anything that is taken.
    #[error("a package has at most {MOST} bytes")]
    TooLong,
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// Codes of its own with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.intake.again", &["delivery"]),
        ("workspace.intake.full", &[]),
        ("workspace.intake.io", &["path"]),
        ("workspace.intake.kind", &["kind"]),
        ("workspace.intake.not_sealed", &[]),
        ("workspace.intake.other_kind", &["kind"]),
        ("workspace.intake.provision", &[]),
        ("workspace.intake.random", &[]),
        ("workspace.intake.state", &["delivery"]),
        ("workspace.intake.too_long", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Again { .. } => "workspace.intake.again",
            Self::Full => "workspace.intake.full",
            Self::Io { .. } => "workspace.intake.io",
            Self::Kind { .. } => "workspace.intake.kind",
            Self::NotSealed => "workspace.intake.not_sealed",
            Self::OtherKind { .. } => "workspace.intake.other_kind",
            Self::Package(error) => error.code(),
            Self::Provision => "workspace.intake.provision",
            Self::Random(_) => "workspace.intake.random",
            Self::Scan(error) => error.code(),
            Self::State { .. } => "workspace.intake.state",
            Self::TooLong => "workspace.intake.too_long",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Again { delivery } | Self::State { delivery } => {
                vec![("delivery", delivery.clone())]
            }
            Self::Io { path, .. } => vec![("path", path.display().to_string())],
            Self::Kind { kind } | Self::OtherKind { kind } => {
                vec![("kind", (*kind).to_owned())]
            }
            Self::Package(error) => error.details(),
            Self::Scan(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Full | Self::NotSealed | Self::Provision | Self::Random(_) | Self::TooLong => {
                Vec::new()
            }
        }
    }
}

fn failed(path: &Path, source: io::Error) -> IntakeError {
    if source.kind() == io::ErrorKind::StorageFull || source.kind() == io::ErrorKind::QuotaExceeded
    {
        return IntakeError::Full;
    }
    IntakeError::Io {
        path: path.to_owned(),
        source,
    }
}

/// The quarantine of a study.
fn quarantine(dir: &Path, study: &str) -> PathBuf {
    dir.join(DIR).join(study)
}

/// The file of a delivery.
pub fn file(dir: &Path, record: &QuarantineRecord) -> PathBuf {
    quarantine(dir, &record.study).join(format!("{}.{ENDING}", record.delivery))
}

/// A package on its way in. Dropped before it is [`finish`](Self::finish)ed, nothing of it is left.
#[derive(Debug)]
pub struct Receiving {
    permit: Permit<act::PackageReceive>,
    study: String,
    delivery: String,
    file: NewFile,
    hash: Sha256,
    bytes: u64,
    /// The first bytes, until they say whether it is sealed.
    head: Vec<u8>,
    sealed: bool,
}

impl Receiving {
    /// Begins under a number of the day and of chance, so that no two have one.
    pub fn begin(
        permit: Permit<act::PackageReceive>,
        dir: &Path,
        study: &str,
        now: Timestamp,
    ) -> Result<Self, IntakeError> {
        let place = quarantine(dir, study);
        place::reachable(dir, &place.join("file"))
            .map_err(|(path, source)| IntakeError::Io { path, source })?;
        durable::private_directory(&dir.join(DIR)).map_err(|error| failed(dir, error))?;
        durable::private_directory(&place).map_err(|error| failed(&place, error))?;
        let day = Offset::constant(9).to_datetime(now).strftime("%Y%m%d");
        let chance = Bearer::random()?.digest();
        let delivery = format!("{day}-{}", chance.get(..8).unwrap_or_default());
        let path = place.join(format!("{delivery}.{ENDING}"));
        let file = NewFile::create(&path).map_err(|error| failed(&path, error))?;
        Ok(Self {
            permit,
            study: study.to_owned(),
            delivery,
            file,
            hash: Sha256::new(),
            bytes: 0,
            head: Vec::new(),
            sealed: false,
        })
    }

    /// Takes the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        if self.sealed {
            return self.put(bytes);
        }
        self.head.extend_from_slice(bytes);
        let known = self.head.len().min(SEALED.len());
        if self.head.get(..known) != SEALED.get(..known) {
            return Err(IntakeError::NotSealed);
        }
        if known < SEALED.len() {
            return Ok(());
        }
        self.sealed = true;
        let head = std::mem::take(&mut self.head);
        self.put(&head)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > MOST {
            return Err(IntakeError::TooLong);
        }
        self.hash.update(bytes);
        let path = self.file.path().to_owned();
        self.file
            .write_all(bytes)
            .map_err(|error| failed(&path, error))
    }

    /// Keeps what came: the file whole and durable, then its row with its event. Without the row it is erased again.
    pub fn finish(
        self,
        store: &mut Store,
        acting: &Acting,
        now: Timestamp,
    ) -> Result<QuarantineRecord, IntakeError> {
        if !self.sealed {
            return Err(IntakeError::NotSealed);
        }
        let sha256 = HEXLOWER.encode(&self.hash.finalize());
        let waiting = store.quarantined(&self.study)?;
        let same = waiting.iter().find(|known| {
            known.sha256 == sha256 && !matches!(known.state.as_str(), "refused" | "discarded")
        });
        if let Some(same) = same {
            return Err(IntakeError::Again {
                delivery: same.delivery.clone(),
            });
        }
        let record = QuarantineRecord {
            delivery: self.delivery,
            study: self.study,
            sha256,
            bytes: self.bytes,
            state: "received".to_owned(),
            received_at: now,
            received_by: self.permit.person().as_str().to_owned(),
            body: json!({}),
            ended_at: None,
        };
        let path = self.file.path().to_owned();
        self.file.commit().map_err(|error| failed(&path, error))?;
        let event = acting
            .event("package.received", &record.delivery, now)
            .with("sha256", record.sha256.as_str())
            .with("bytes", record.bytes);
        let kept = store.begin().and_then(|txn| {
            txn.quarantine(&record)?;
            txn.commit(&event)
        });
        if let Err(error) = kept {
            // What can't be erased has no row, and goes with the next that comes.
            let _left = durable::erase(&path);
            return Err(error.into());
        }
        Ok(record)
    }
}

/// Erases what lies in the quarantine of a study without a row: left by a machine that stopped between the two. Called with the
/// state in the hand, so that nothing that just comes is taken for it.
pub fn tidy(store: &Store, dir: &Path, study: &str) -> Result<(), IntakeError> {
    let place = quarantine(dir, study);
    let entries = match fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&place, error)),
    };
    let known = store.quarantined(study)?;
    for entry in entries {
        let path = entry.map_err(|error| failed(&place, error))?.path();
        let sealed = path.extension().is_some_and(|ending| ending == ENDING);
        let ours = known
            .iter()
            .any(|record| record.ended_at.is_none() && file(dir, record) == path);
        if sealed && !ours {
            durable::erase(&path).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}

/// Opens a package as an import would, up to its last byte, has its tables scanned for viruses where there is a scanner, and keeps
/// what it says of itself, or why it is refused. The record says what looked for viruses, or that nothing did (4-3-4-2iii.antivirus).
pub fn verify(
    store: &mut Store,
    (keys, trust): (&PartyKeys, &Trust),
    scanner: Option<&Scanner>,
    dir: &Path,
    record: &QuarantineRecord,
    acting: &Acting,
    now: Timestamp,
) -> Result<Contents, IntakeError> {
    let opened = contents(store, (keys, trust), scanner, dir, record, now);
    let (state, body, action) = match &opened {
        Ok(contents) => (
            "verified",
            serde_json::to_value(contents).unwrap_or_default(),
            "package.verified",
        ),
        Err(
            error @ (IntakeError::Store(StoreError::Replayed { .. })
            | IntakeError::Scan(ScanError::Found { .. })),
        ) => ("refused", refusal(error, record), "package.refused"),
        // A state, a disk or a scanner that fails refuses nobody's package.
        Err(
            IntakeError::Store(_)
            | IntakeError::Io { .. }
            | IntakeError::Full
            | IntakeError::Scan(_),
        ) => return opened,
        Err(error) => ("refused", refusal(error, record), "package.refused"),
    };
    let event = acting
        .event(action, &record.delivery, now)
        .with("said", body.clone());
    let txn = store.begin()?;
    txn.move_delivery(&record.delivery, "received", state, &body)?;
    txn.commit(&event)?;
    opened
}

/// Why a package is refused, for its row: the code, and its values without the places of this machine.
fn refusal(error: &IntakeError, record: &QuarantineRecord) -> serde_json::Value {
    let details: serde_json::Map<_, _> = error
        .details()
        .into_iter()
        .map(|(name, value)| {
            let value = match name {
                "file" | "path" => format!("{}.{ENDING}", record.delivery),
                _ => value,
            };
            (name.to_owned(), value.into())
        })
        .collect();
    json!({ "code": error.code(), "details": details })
}

fn contents(
    store: &Store,
    (keys, trust): (&PartyKeys, &Trust),
    scanner: Option<&Scanner>,
    dir: &Path,
    record: &QuarantineRecord,
    now: Timestamp,
) -> Result<Contents, IntakeError> {
    let study = store
        .study(&record.study)?
        .ok_or_else(|| StoreError::Missing {
            what: "study",
            name: record.study.clone(),
        })?;
    let authentic = Sealed::open(&file(dir, record))?.authenticate(keys, trust, now)?;
    let kind = authentic.header().kind;
    if !TAKEN.contains(&kind) {
        return Err(IntakeError::Kind {
            kind: kind.as_str(),
        });
    }
    if authentic.header().provision != study.provision {
        return Err(IntakeError::Provision);
    }
    let package = authentic.package_id().to_string();
    if store.has_seen(&package, "")? {
        let part = String::new();
        return Err(StoreError::Replayed { package, part }.into());
    }
    let opened = authentic.verify()?;
    let contents = Contents {
        package,
        kind,
        databases: opened.header().databases.clone(),
        sender: opened.sender().name.clone(),
        fingerprint: opened.sender().fingerprint().to_string(),
        sequence: opened.sequence(),
        tables: opened
            .tables()
            .iter()
            .map(|table| (table.name.clone(), table.rows))
            .collect(),
        scan: None,
    };
    if waiting(store, &contents)?.is_empty() {
        let (package, part) = (contents.package, String::new());
        return Err(StoreError::Replayed { package, part }.into());
    }
    Ok(Contents {
        scan: scanner
            .map(|scanner| scanned(scanner, &opened))
            .transpose()?,
        ..contents
    })
}

/// Scans every table of an opened package.
fn scanned(scanner: &Scanner, opened: &Opened) -> Result<Scanned, IntakeError> {
    let engine = scanner.engine()?;
    let mut bytes = 0_u64;
    for table in opened.tables() {
        let read = scanner.scan(opened.table(&table.name)?)?;
        bytes = bytes.saturating_add(read);
    }
    Ok(Scanned {
        engine: engine.name,
        signatures_at: engine.signatures_at,
        bytes,
    })
}

/// The tables of a verified delivery that were not imported yet. IDs that came apart are taken as a whole, with their columns.
pub fn waiting(store: &Store, contents: &Contents) -> Result<Vec<String>, StoreError> {
    let whole = contents.kind == PackageKind::Stamps;
    let mut left = Vec::new();
    for (table, _) in &contents.tables {
        let part = if whole { "" } else { table };
        if !store.has_seen(&contents.package, part)? {
            left.push(table.clone());
        }
    }
    Ok(left)
}

/// Says in the record that a table was imported by somebody, and ends each delivery of which it was the last: its own, and that of
/// its IDs where they came apart.
pub fn imported(
    store: &mut Store,
    dir: &Path,
    (record, contents): (&QuarantineRecord, &Contents),
    ids: Option<(&QuarantineRecord, &Contents)>,
    table: &str,
    acting: &Acting,
    now: Timestamp,
) -> Result<(), IntakeError> {
    let mut event = acting
        .event("package.imported", &record.delivery, now)
        .with("package", contents.package.as_str())
        .with("table", table);
    if let Some((record, contents)) = ids {
        event = event
            .with("ids_delivery", record.delivery.as_str())
            .with("ids", contents.package.as_str());
    }
    store.begin()?.commit(&event)?;
    for (record, contents) in [Some((record, contents)), ids].into_iter().flatten() {
        if waiting(store, contents)?.is_empty() {
            end(store, dir, record, "imported", acting, now)?;
        }
    }
    Ok(())
}

/// Erases the file of a delivery that nobody wants any more.
pub fn discard(
    store: &mut Store,
    _permit: Permit<act::PackageReceive>,
    dir: &Path,
    record: &QuarantineRecord,
    acting: &Acting,
    now: Timestamp,
) -> Result<(), IntakeError> {
    end(store, dir, record, "discarded", acting, now)
}
