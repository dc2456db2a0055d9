//! The request (申出の提出情報; clause 3.request): who is in the sources, sealed for the authority, and the map that stays.
//!
//! The order of durable steps is map → (package and record): under the store's write lock the map is kept, the package
//! sealed and the record committed. What a crash in between leaves is a map without a request, which the next request
//! destroys, and at worst a package that no answer is taken for.

pub(crate) mod rows;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_identity::ProvisionCode;
use renketsu_seal::Card;
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::package::{Counts, Draft, Header, PROFILE, PackageKind, WriteError};
use renketsu_seal::safe;
use renketsu_seal::scratch::ScratchReader;
use renketsu_store::{Event, RequestRecord, SentPackage, StoreError, Txn};
use renketsu_table::parquet::{ParquetSink, SinkError, Sorting};
use renketsu_table::report::Report;
use renketsu_table::schema::{self, SchemaError};
use serde::Serialize;

use crate::certification::{self, CertificationError};
use crate::intake::{self, Entry, IntakeCount, Kept, Visitor};
use crate::map::{self, MapError, MapRow, MapWriter, RowRef};
use crate::sources::{Source, SourceError};
use crate::{MAPS, Producer, SCRATCH};
use rows::{Rows, identity};

/// The table of a request.
const TABLE: &str = "identifiers";

/// What to ask for.
#[derive(Debug)]
pub struct RequestOrder<'a> {
    /// The provision (提供).
    pub provision: &'a ProvisionCode,
    /// The trusted card of the authority.
    pub authority: &'a Card,
    /// The files that say who.
    pub sources: &'a [Source],
    /// What the request is for.
    pub purpose: &'a str,
    /// From when on it must not be opened any more.
    pub expires: Timestamp,
    /// The new file of the sealed request.
    pub out: &'a Path,
    /// A new CSV file of the rejected records: file, line, reasons.
    pub rejects: Option<&'a Path>,
}

/// What was asked for. No value of a person's record is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestReport {
    /// The request's package id.
    pub package: String,
    /// The sealed file.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The provision.
    pub provision: String,
    /// Our number for it, counted per authority.
    pub sequence: u64,
    /// What was read, and what became of it.
    pub count: IntakeCount,
    /// The reject report, if one was asked for.
    pub rejects: Option<PathBuf>,
    /// Maps of interrupted requests that were destroyed on the way.
    pub swept_maps: u64,
}

/// Reads the sources, seals the request, keeps the map. `progress` gets the records read so far.
pub fn request(
    producer: &mut Producer<'_>,
    order: &RequestOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<RequestReport, RequestError> {
    let certification = certification::held(producer.store)?;
    if producer
        .trust
        .by_fingerprint(&order.authority.fingerprint())
        .is_none()
    {
        return Err(RequestError::Untrusted {
            name: order.authority.name.clone(),
        });
    }
    // Said before an hour of reading, and again where the file is made.
    if order.out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: order.out.to_owned(),
        }
        .into());
    }
    let scratch = producer.dir.join(SCRATCH);
    map::directory_for(&scratch)?;
    let (map, rows, count, rejects) = gather(producer, order, &scratch, progress)?;
    let draft = draft(rows, count.rows, &scratch)?;
    let statement = Header {
        kind: PackageKind::Request,
        provision: order.provision.as_str().to_owned(),
        study: None,
        profile: PROFILE.to_owned(),
        kcv: None,
        sequence: 1,
        in_reply_to: None,
        created: producer.now,
        expires: order.expires,
        purpose: order.purpose.to_owned(),
        places: Vec::new(),
        producer: Some(certification),
        recipient_ground: None,
        databases: Vec::new(),
        approval: None,
        contract: None,
        period_end: None,
    };
    let gathered = Gathered {
        map,
        draft,
        count,
        rejects,
    };
    commit(producer, order, statement, gathered)
}

/// What waits to be made durable.
struct Gathered {
    map: ScratchReader,
    draft: Draft,
    count: IntakeCount,
    rejects: Option<RejectReport>,
}

type Read = (ScratchReader, Rows, IntakeCount, Option<RejectReport>);

fn gather(
    producer: &Producer<'_>,
    order: &RequestOrder<'_>,
    scratch: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Read, RequestError> {
    let mut gatherer = Gatherer {
        map: MapWriter::create(scratch)?,
        rows: Rows::default(),
        rejects: order
            .rejects
            .map(|path| RejectReport::create(path, order.sources))
            .transpose()?,
    };
    let count = intake::read(order.sources, producer.today, progress, &mut gatherer)?;
    if count.rows == 0 {
        return Err(RequestError::Nothing {
            records: count.records,
            rejected: count.rejected(),
        });
    }
    Ok((
        gatherer.map.finish()?,
        gatherer.rows,
        count,
        gatherer.rejects,
    ))
}

/// Gives each record its row, an old or a new one, and enters it in the map.
struct Gatherer {
    map: MapWriter,
    rows: Rows,
    rejects: Option<RejectReport>,
}

impl Visitor for Gatherer {
    type Error = RequestError;

    fn keep(&mut self, entry: &Entry) -> Result<Kept, RequestError> {
        let texts = &entry.judged.texts;
        let identity = identity(texts);
        let (row_ref, kept) = if let Some(row_ref) = self.rows.get(&identity) {
            (row_ref, Kept::Merged)
        } else {
            let mut row_ref: RowRef = [0; 16];
            getrandom::fill(&mut row_ref).map_err(|_| RequestError::Randomness)?;
            self.rows.insert(identity, row_ref);
            (row_ref, Kept::New)
        };
        let record = &entry.record;
        let key = if record.key.is_empty() {
            &record.substitute
        } else {
            &record.key
        };
        self.map.push(&MapRow {
            file: entry.file,
            line: record.line,
            key,
            row_ref,
            service: &texts.service,
        })?;
        Ok(kept)
    }

    fn reject(&mut self, entry: &Entry, reasons: &[String]) -> Result<(), RequestError> {
        match self.rejects.as_mut() {
            Some(report) => report.row(entry, reasons),
            None => Ok(()),
        }
    }
}

fn draft(rows: Rows, count: u64, scratch: &Path) -> Result<Draft, RequestError> {
    let columns = rows::schema();
    let mut draft = Draft::new(scratch);
    let table = draft.table(TABLE, schema::to_json(&columns)?)?;
    let mut sink = ParquetSink::create(table, &columns, &Sorting::by_reference())?;
    for batch in rows.into_batches() {
        sink.write(&batch.ok_or(RequestError::Broken("a batch of rows fits its schema"))?)?;
    }
    let counts = Counts {
        rows: count,
        distinct_number_ids: None,
        distinct_kana_ids: None,
    };
    sink.finish()?.target.finish(counts)?;
    Ok(draft)
}

/// Map, package, record: all of them, or (but for a crash) none.
fn commit(
    producer: &mut Producer<'_>,
    order: &RequestOrder<'_>,
    statement: Header,
    gathered: Gathered,
) -> Result<RequestReport, RequestError> {
    let Gathered {
        map,
        draft,
        count,
        rejects,
    } = gathered;
    let recipient = order.authority.fingerprint().to_hex();
    // From here on no other command of this party can make or sweep a map.
    let txn = producer.store.begin()?;
    let swept_maps = sweep(producer.dir, &txn)?;
    let sequence = txn.next_sequence(&recipient)?;
    let signed = draft.sign(
        Header {
            sequence,
            ..statement
        },
        producer.keys,
        order.authority,
    )?;
    let package = signed.package_id().to_string();
    let kept = map::path(producer.dir, &package);
    let mut made = Made {
        map: Some(kept.clone()),
        rejects: None,
        package: None,
    };
    map::keep(map, &kept, producer.keys)?;
    if let Some(report) = rejects {
        made.rejects = Some(report.commit()?);
    }
    let receipt = signed.seal(order.out)?;
    made.package = Some(receipt.path.clone());
    txn.request(&RequestRecord {
        package_id: package.clone(),
        provision: order.provision.as_str().to_owned(),
        map_file: format!("{MAPS}/{package}.parquet"),
        rows: count.rows,
        requested_at: producer.now,
        answered_by: None,
        destroyed_at: None,
    })?;
    txn.send(&SentPackage {
        package_id: package.clone(),
        kind: PackageKind::Request.as_str().to_owned(),
        provision: order.provision.as_str().to_owned(),
        recipient: recipient.clone(),
        sequence,
        sha256: receipt.sha256.clone(),
        sent_at: producer.now,
    })?;
    let event = Event::new("producer.requested", &package, producer.now)
        .with("provision", order.provision.as_str())
        .with("recipient", recipient.as_str())
        .with("records", count.records)
        .with("rows", count.rows)
        .with("merged", count.merged())
        .with("rejected", count.rejected())
        .with("sha256", receipt.sha256.as_str());
    txn.commit(&event)?;
    made.keep();
    Ok(RequestReport {
        package,
        file: receipt.path,
        bytes: receipt.bytes,
        sha256: receipt.sha256,
        provision: order.provision.as_str().to_owned(),
        sequence,
        count,
        rejects: order.rejects.map(Path::to_owned),
        swept_maps,
    })
}

/// What a request has put on the disk. Dropped before its record is durable, it takes all of that away again: without
/// its record a request would never find its answer.
struct Made {
    map: Option<PathBuf>,
    rejects: Option<PathBuf>,
    package: Option<PathBuf>,
}

impl Made {
    fn keep(mut self) {
        (self.map, self.rejects, self.package) = (None, None, None);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The error that led here is the one to tell; a map that can't be destroyed now is swept by the next request.
        if let Some(map) = &self.map {
            drop(safe::destroy(map));
        }
        for file in self.rejects.iter().chain(&self.package) {
            drop(durable::erase(file));
        }
    }
}

/// Destroys maps that belong to no recorded request: an interrupted one left them.
fn sweep(dir: &Path, txn: &Txn<'_>) -> Result<u64, RequestError> {
    let directory = dir.join(MAPS);
    let io = |source| RequestError::Io {
        file: directory.display().to_string(),
        source,
    };
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(io(error)),
    };
    let mut swept = 0_u64;
    for entry in entries {
        let path = entry.map_err(io)?.path();
        let package = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let is_map = path
            .extension()
            .is_some_and(|extension| extension == "parquet");
        if is_map && !txn.knows_request(package)? {
            safe::destroy(&path).map_err(MapError::from)?;
            swept = swept.saturating_add(1);
        }
    }
    Ok(swept)
}

/// The rejected records by file and line, without a value.
struct RejectReport {
    path: PathBuf,
    report: Report<NewFile>,
    files: Vec<String>,
}

impl RejectReport {
    fn create(path: &Path, sources: &[Source]) -> Result<Self, RequestError> {
        let files = sources
            .iter()
            .map(|source| source.path().display().to_string())
            .collect();
        let report = NewFile::create(path)
            .and_then(|file| Report::create(file, &["file", "line", "record", "reasons"]));
        match report {
            Ok(report) => Ok(Self {
                path: path.to_owned(),
                report,
                files,
            }),
            Err(source) => Err(RequestError::Io {
                file: path.display().to_string(),
                source,
            }),
        }
    }

    fn row(&mut self, entry: &Entry, reasons: &[String]) -> Result<(), RequestError> {
        let file = self.files.get(entry.file).map_or("", String::as_str);
        let cells = [
            file,
            &entry.record.line.to_string(),
            &entry.record.record.to_string(),
            &reasons.join(" "),
        ];
        self.report.row(&cells).map_err(|source| RequestError::Io {
            file: self.path.display().to_string(),
            source,
        })
    }

    fn commit(self) -> Result<PathBuf, RequestError> {
        let Self { path, report, .. } = self;
        match report.finish().and_then(NewFile::commit) {
            Ok(()) => Ok(path),
            Err(source) => Err(RequestError::Io {
                file: path.display().to_string(),
                source,
            }),
        }
    }
}

/// Why nothing was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The producer may not ask.
    #[error(transparent)]
    Certification(#[from] CertificationError),
    /// A file cannot be read or written.
    #[error("`{file}` cannot be read or written")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The map cannot be kept.
    #[error(transparent)]
    Map(#[from] MapError),
    /// No record can get an ID.
    #[error("none of {records} records can get an ID")]
    Nothing {
        /// Records read.
        records: u64,
        /// Records rejected.
        rejected: u64,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
    /// Our fault: the columns of a request have a table schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The table cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority's card is not among the trusted ones.
    #[error("the card of `{name}` is not trusted")]
    Untrusted {
        /// Its name.
        name: String,
    },
    /// The package cannot be sealed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl RequestError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.request.broken", &["invariant"]),
        ("producer.request.io", &["file", "reason"]),
        ("producer.request.nothing", &["records", "rejected"]),
        ("producer.request.randomness", &[]),
        ("producer.request.untrusted", &["name"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "producer.request.broken",
            Self::Certification(error) => error.code(),
            Self::Io { .. } => "producer.request.io",
            Self::Map(error) => error.code(),
            Self::Nothing { .. } => "producer.request.nothing",
            Self::Randomness => "producer.request.randomness",
            Self::Schema(error) => error.code(),
            Self::Sink(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Untrusted { .. } => "producer.request.untrusted",
            Self::Write(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Certification(error) => error.details(),
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Map(error) => error.details(),
            Self::Nothing { records, rejected } => {
                vec![
                    ("records", records.to_string()),
                    ("rejected", rejected.to_string()),
                ]
            }
            Self::Randomness => Vec::new(),
            Self::Schema(error) => error.details(),
            Self::Sink(error) => error.details(),
            Self::Source(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Untrusted { name } => vec![("name", name.clone())],
            Self::Write(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Certification(error) => error.exit(),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => 2,
            Self::Io { .. } | Self::Randomness => 3,
            Self::Map(error) => error.exit(),
            Self::Nothing { .. } => 2,
            Self::Schema(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Source(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Untrusted { .. } => 1,
            Self::Write(error) => error.exit(),
        }
    }
}
