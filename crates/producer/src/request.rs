//! The request (申出の提出情報; clause 3.request): who is in the sources, sealed for the authority, and the map that stays.
//!
//! The order of durable steps is map → (package and record): under the store's write lock the map is kept, the package
//! sealed and the record committed. What a crash in between leaves is a map without a request, which the next request
//! destroys, and at worst a package that no answer is taken for.

mod fault;
mod institutions;
mod rejects;
pub(crate) mod rows;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_identity::{KanaMode, ProvisionCode};
use renketsu_seal::durable;
use renketsu_seal::package::{Counts, Draft, Header, PROFILE, PackageKind, WriteError};
use renketsu_seal::safe;
use renketsu_seal::scratch::ScratchReader;
use renketsu_seal::{Card, PartyKeys};
use renketsu_store::{Event, RequestRecord, SentPackage, Txn};
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::schema;
use serde::Serialize;

use crate::certification;
use crate::intake::{self, Entry, IntakeCount, Kept, Visitor};
use crate::map::{self, MapRow, MapWriter, RowRef};
use crate::remove::{self, Chosen, Leaving};
use crate::sources::{Reading, Source, Threads};
use crate::{MAPS, Producer, SCRATCH};
pub use fault::RequestError;
use institutions::Institutions;
use rejects::RejectReport;
use rows::{Rows, identity};

/// The table of a request.
const TABLE: &str = "identifiers";

/// Whose patient numbers the source keys are. Two people of one key would get one another's IDs (decision 0005).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Each institution's own: one that stands in the files of two institutions is refused.
    PerInstitution,
    /// The same for all institutions, by the operator's word, which is recorded.
    Shared,
}

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
    /// Whether one source key may stand in the files of several institutions.
    pub keys: Keys,
    /// A new CSV file of the rejected records: file, line, reasons.
    pub rejects: Option<&'a Path>,
    /// How many threads read and judge the sources; the request is the same with any number.
    pub threads: Threads,
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
    /// Maps of requests that no record names: an interrupted command left them, or an older state was restored. They stay
    /// until somebody has looked.
    pub unknown_maps: u64,
}

/// Reads the sources, seals the request, keeps the map. `progress` gets the records read so far.
pub fn request(
    producer: &mut Producer<'_>,
    order: &RequestOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<RequestReport, RequestError> {
    ask(producer, order, None, progress)
}

/// As [`request`], of the chosen keys alone; those who leave are kept sealed beside the map.
pub(crate) fn only(
    producer: &mut Producer<'_>,
    order: &RequestOrder<'_>,
    (chosen, leaving): (&Chosen, &Leaving),
    progress: &mut dyn FnMut(u64),
) -> Result<RequestReport, RequestError> {
    ask(producer, order, Some((chosen, leaving)), progress)
}

/// Who is asked for, and who of them leaves; none means everybody in the sources, for whatever tables there will be.
type Removing<'a> = Option<(&'a Chosen, &'a Leaving)>;

fn ask(
    producer: &mut Producer<'_>,
    order: &RequestOrder<'_>,
    removing: Removing<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<RequestReport, RequestError> {
    producer.store.not_halted()?;
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
    if let Some(rejects) = order.rejects
        && rejects.symlink_metadata().is_ok()
    {
        return Err(RequestError::RejectsExist {
            file: rejects.display().to_string(),
        });
    }
    let scratch = producer.dir.join(SCRATCH);
    map::directory_for(&scratch)?;
    let (map, rows, count, rejects) = gather(producer, order, removing, &scratch, progress)?;
    let draft = draft(rows, count.rows, &scratch)?;
    let statement = Header {
        kind: PackageKind::Request,
        provision: order.provision.as_str().to_owned(),
        study: None,
        profile: PROFILE.to_owned(),
        kcv: None,
        kana_mode: KanaMode::Keyed,
        sequence: 1,
        in_reply_to: None,
        custody: None,
        created: producer.now,
        expires: order.expires,
        purpose: order.purpose.to_owned(),
        places: Vec::new(),
        producer: Some(certification),
        recipient_ground: None,
        databases: Vec::new(),
        approval: None,
        contract: None,
        period_start: None,
        period_end: None,
        fee_notice: None,
    };
    let gathered = Gathered {
        map,
        draft,
        count,
        rejects,
        leaving: removing.map(|(_, leaving)| leaving),
    };
    commit(producer, order, statement, gathered)
}

/// What waits to be made durable.
struct Gathered<'a> {
    map: ScratchReader,
    draft: Draft,
    count: IntakeCount,
    rejects: Option<RejectReport>,
    leaving: Option<&'a Leaving>,
}

type Read = (ScratchReader, Rows, IntakeCount, Option<RejectReport>);

fn gather(
    producer: &Producer<'_>,
    order: &RequestOrder<'_>,
    removing: Removing<'_>,
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
        keys: Institutions::default(),
        chosen: removing.map(|(chosen, _)| chosen),
    };
    let (sources, today) = (order.sources, producer.today);
    let reading = Reading {
        scratch,
        threads: order.threads,
    };
    let count = intake::read(sources, reading, today, progress, &mut gatherer)?;
    let shared = gatherer.keys.shared();
    if shared > 0 && order.keys == Keys::PerInstitution {
        return Err(RequestError::SharedKeys { keys: shared });
    }
    if count.rows == 0 {
        return Err(nothing(&count, gatherer.rejects));
    }
    Ok((
        gatherer.map.finish()?,
        gatherer.rows,
        count,
        gatherer.rejects,
    ))
}

/// Why there is no row. The reject report is made all the same: it says what to correct.
fn nothing(count: &IntakeCount, rejects: Option<RejectReport>) -> RequestError {
    if count.records == 0 {
        let files: Vec<&str> = count.files.iter().map(|file| file.file.as_str()).collect();
        return RequestError::NoRow {
            files: files.join(", "),
        };
    }
    let (records, rejected) = (count.records, count.rejected());
    match rejects.map(RejectReport::commit) {
        None => RequestError::Nothing { records, rejected },
        Some(Ok(file)) => RequestError::NothingReported {
            records,
            rejected,
            file: file.display().to_string(),
        },
        Some(Err(error)) => error,
    }
}

/// Gives each record its row, an old or a new one, and enters it in the map.
struct Gatherer<'a> {
    map: MapWriter,
    rows: Rows,
    rejects: Option<RejectReport>,
    keys: Institutions,
    chosen: Option<&'a Chosen>,
}

impl Visitor for Gatherer<'_> {
    type Error = RequestError;

    fn keep(&mut self, entry: &Entry) -> Result<Kept, RequestError> {
        if self.chosen.is_some_and(|chosen| !chosen.has(entry)) {
            return Ok(Kept::LeftOut);
        }
        self.keys.see(&entry.record);
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
        self.keys.see(&entry.record);
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
    gathered: Gathered<'_>,
) -> Result<RequestReport, RequestError> {
    let Gathered {
        map,
        draft,
        count,
        rejects,
        leaving,
    } = gathered;
    let recipient = order.authority.fingerprint().to_hex();
    // From here on no other command of this party can make a map.
    let log = producer.store.give_head(producer.keys)?;
    let txn = producer.store.begin()?;
    let unknown_maps = unknown(producer.dir, &txn)?;
    let sequence = txn.next_sequence(&recipient)?;
    let signed = draft.sign(
        Header {
            sequence,
            ..statement
        },
        log,
        producer.keys,
        order.authority,
    )?;
    let package = signed.package_id().to_string();
    let mut made = keep((producer.dir, producer.keys), &package, map, leaving)?;
    if let Some(report) = rejects {
        made.rejects = Some(report.commit()?);
    }
    // Recorded first, named after: a package that can be had is a package on record.
    let prepared = signed.prepare(order.out)?;
    let receipt = prepared.receipt().clone();
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
    if let Some(leaving) = leaving {
        txn.removal(&package, leaving.count())?;
    }
    let mut event = Event::new("producer.requested", &package, producer.now)
        .with("provision", order.provision.as_str())
        .with("recipient", recipient.as_str())
        .with("records", count.records)
        .with("rows", count.rows)
        .with("merged", count.merged())
        .with("rejected", count.rejected())
        .with("passed_over", count.passed_over())
        .with("keys_shared", order.keys == Keys::Shared)
        .with("sha256", receipt.sha256.as_str());
    if let Some(leaving) = leaving {
        event = event.with("leaving", leaving.count());
    }
    txn.commit(&event)?;
    made.keep();
    prepared.publish()?;
    Ok(RequestReport {
        package,
        file: receipt.path,
        bytes: receipt.bytes,
        sha256: receipt.sha256,
        provision: order.provision.as_str().to_owned(),
        sequence,
        count,
        rejects: order.rejects.map(Path::to_owned),
        unknown_maps,
    })
}

/// Puts the map, and the keys of those who leave, where they wait for the answer.
fn keep(
    (dir, keys): (&Path, &PartyKeys),
    package: &str,
    map: ScratchReader,
    leaving: Option<&Leaving>,
) -> Result<Made, RequestError> {
    let kept = map::path(dir, package);
    let mut made = Made {
        map: Some(kept.clone()),
        leaving: None,
        rejects: None,
    };
    map::keep(map, &kept, keys)?;
    if let Some(leaving) = leaving {
        let file = remove::keys_file(dir, package);
        made.leaving = Some(file.clone());
        let sealed = leaving.keep(&file, keys);
        sealed.map_err(|source| RequestError::Leaving(Box::new(source)))?;
    }
    Ok(made)
}

/// What a request has put on the disk. Dropped before its record is durable, it takes all of that away again: without
/// its record a request would never find its answer.
struct Made {
    map: Option<PathBuf>,
    leaving: Option<PathBuf>,
    rejects: Option<PathBuf>,
}

impl Made {
    fn keep(mut self) {
        (self.map, self.leaving, self.rejects) = (None, None, None);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The error that led here is the one to tell; a map that can't be destroyed now is counted by the next request.
        for sealed in [&self.map, &self.leaving].into_iter().flatten() {
            drop(safe::destroy(sealed));
        }
        if let Some(file) = &self.rejects {
            drop(durable::erase(file));
        }
    }
}

/// Counts maps that belong to no recorded request. Destroying them would lose a request whose record was lost.
fn unknown(dir: &Path, txn: &Txn<'_>) -> Result<u64, RequestError> {
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
    let mut found = 0_u64;
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
            found = found.saturating_add(1);
        }
    }
    Ok(found)
}
