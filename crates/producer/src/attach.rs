//! Attaching: the authority's answer and the map give every anonymized table its provision IDs; then the map is destroyed.
//!
//! Before anything else every table is looked at: one that looks as if it identified persons is refused while the map is
//! still whole. Durable steps, in this order: every table sealed; one commit that records answer, terms and tables; the map destroyed;
//! that recorded. A crash before the commit leaves the map as it was, and tables that the next run replaces; a crash
//! after it leaves only the last two steps, which the same command with the same answer then takes.

mod answers;
mod asked;
mod check;
mod columns;
mod fault;
mod input;
mod keyed;
mod keys;
mod pair;
mod proven;
mod routes;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use renketsu_identity::{KanaMode, KeyCheckValues};
use renketsu_seal::package::{Expected, Header, Opened, PackageKind, RecipientGround, Sealed};
use renketsu_seal::safe::{self, SafeError};
use renketsu_store::{
    AttachedTable, Event, ProvisionTerms, RequestRecord, SeenPackage, StoreError, Txn,
};
use renketsu_table::ids;
use serde::Serialize;

pub use check::{TableCheck, check};
pub use columns::IdentifyingColumn;
pub use fault::AttachError;
pub(crate) use keyed::{Key, key_of};
pub use keys::KeyCount;
pub use routes::routes;
pub(crate) use tables::key_texts_of;
pub use tables::{RowCount, TableReport};

use crate::certification;
use crate::fee;
use crate::map;
use crate::remove::{self, Leaving};
use crate::{ATTACHED, Producer, SCRATCH};
use answers::Answers;
use keyed::{Keyed, Memory, References};
use tables::{Attaching, Table};

/// An anonymized table (匿名加工医療情報) to put IDs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOrder {
    /// Its name in the delivery: `[a-z0-9_]{1,64}`, new in its provision.
    pub name: String,
    /// Its file: Parquet, CSV or TSV, SAS XPORT, Stata, or FHIR resources as NDJSON.
    pub path: PathBuf,
    /// The column of the source key, which is left out of the result; resources say themselves whom they are about.
    pub key: String,
}

/// What to attach.
#[derive(Clone, Debug)]
pub struct AttachOrder<'a> {
    /// The sealed answer, or the issuer's IDs of an authority of two custodians.
    pub answer: &'a Path,
    /// With IDs: the resolver's references to the same request.
    pub references: Option<&'a Path>,
    /// Every table of this answer: the map is destroyed after them.
    pub tables: &'a [TableOrder],
    /// Further columns to leave out, in whichever of the tables they are.
    pub drop: &'a [String],
    /// Columns that stay although they look identifying, because a person has judged otherwise. That is recorded.
    pub keep: &'a [String],
    /// Bytes of memory for keys and rows; what does not fit is sorted in encrypted files without a name.
    pub memory: u64,
}

/// What was attached. No value of a person's record, and no ID, is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachReport {
    /// The answer's package id.
    pub answer: String,
    /// The request it answers.
    pub request: String,
    /// The provision.
    pub provision: String,
    /// The study of the provision.
    pub study: String,
    /// Name of the recipient that the authority named.
    pub recipient: String,
    /// Which keys the IDs were made with.
    pub kcv: KeyCheckValues,
    /// How the kana IDs were made; in the verifiable mode, all of them were checked.
    #[serde(skip_serializing_if = "KanaMode::is_keyed")]
    pub kana_mode: KanaMode,
    /// Whether an earlier run had attached everything and this one only destroyed the map. The counts are then empty.
    pub resumed: bool,
    /// Rows of the answer by status.
    pub statuses: BTreeMap<String, u64>,
    /// Rows of the answer by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Source keys by what they came to.
    pub keys: KeyCount,
    /// The tables.
    pub tables: Vec<TableReport>,
    /// Bytes of the map that were overwritten; its key was erased before.
    pub destroyed_bytes: u64,
}

/// What the answer says of its provision, checked against what is known.
struct Answered {
    opened: Opened,
    /// With IDs by token.
    references: Option<Opened>,
    request: RequestRecord,
    terms: ProvisionTerms,
    /// No answer said so before.
    new_terms: bool,
}

/// Puts the IDs of an answer on its tables and destroys the map. `progress` gets the rows attached so far.
pub fn attach(
    producer: &mut Producer<'_>,
    order: &AttachOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<AttachReport, AttachError> {
    producer.store.not_halted()?;
    certification::held(producer.store)?;
    check_names(order.tables)?;
    check_keep(order)?;
    let answered = open(producer, order.answer, order.references)?;
    let request = &answered.request.package_id;
    if producer.store.is_removal(request)? {
        return Err(AttachError::Removal {
            request: request.clone(),
        });
    }
    let tables = |_: &Producer<'_>| check_columns(order);
    work(producer, order, &answered, &tables, progress)
}

/// As [`attach`], of the keys that were kept for a removal, as a table of nothing but their IDs.
pub(crate) fn attach_leaving(
    producer: &mut Producer<'_>,
    order: &AttachOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<AttachReport, AttachError> {
    certification::held(producer.store)?;
    let answered = open(producer, order.answer, order.references)?;
    let request = answered.request.package_id.clone();
    if !producer.store.is_removal(&request)? {
        return Err(AttachError::NoRemoval { request });
    }
    let table = |producer: &Producer<'_>| {
        let taken = producer
            .store
            .attached_tables(&answered.request.provision)?;
        let named = remove::table(producer.dir, &request, remove::free_name(&taken));
        let keys = Leaving::open(&named.path, producer.keys)?;
        Ok(vec![tables::held(named, keys)?])
    };
    work(producer, order, &answered, &table, progress)
}

/// Puts the IDs on the tables, unless an earlier run did, and destroys the map.
fn work(
    producer: &mut Producer<'_>,
    order: &AttachOrder<'_>,
    answered: &Answered,
    tables: &dyn Fn(&Producer<'_>) -> Result<Vec<Table>, AttachError>,
    progress: &mut dyn FnMut(u64),
) -> Result<AttachReport, AttachError> {
    let mut report = AttachReport {
        answer: answered.opened.package_id().to_string(),
        request: answered.request.package_id.clone(),
        provision: answered.request.provision.clone(),
        study: answered.terms.study.clone(),
        recipient: answered.terms.recipient_name.clone(),
        kcv: answered.terms.kcv,
        kana_mode: answered.terms.kana_mode,
        resumed: producer
            .store
            .has_seen(&answered.opened.package_id().to_string(), "")?,
        statuses: BTreeMap::new(),
        reasons: BTreeMap::new(),
        keys: KeyCount::default(),
        tables: Vec::new(),
        destroyed_bytes: 0,
    };
    // Never a path out of the state: whoever edited it there would choose what is destroyed.
    let map = map::path(producer.dir, &answered.request.package_id);
    if !report.resumed {
        let tables = tables(producer)?;
        let scratch = producer.dir.join(SCRATCH);
        map::directory_for(&scratch)?;
        let keyed = keyed(producer, order, answered, &map, &mut report)?;
        report.tables = commit(
            producer, order, answered, &tables, &keyed, &report, progress,
        )?;
    }
    report.destroyed_bytes = finish(producer, answered, &map)?;
    Ok(report)
}

/// Every source key of the request with what the answer says of it; and the counts of the report.
fn keyed(
    producer: &Producer<'_>,
    order: &AttachOrder<'_>,
    answered: &Answered,
    map: &Path,
    report: &mut AttachReport,
) -> Result<Keyed, AttachError> {
    let scratch = producer.dir.join(SCRATCH);
    let memory = Memory::of(order.memory);
    let mut answers = match &answered.references {
        None => Answers::open(&answered.opened)?,
        Some(references) => pair::joined(&answered.opened, references, memory.sort, &scratch)?,
    };
    if answers.len() != answered.request.rows {
        return Err(AttachError::Rows {
            expected: answered.request.rows,
            found: answers.len(),
        });
    }
    let mut references = References::new(&scratch, memory);
    map::read(map, producer.keys, &mut |row| references.add(row))?;
    let (keyed, keys) = references.resolve(&mut answers)?;
    report.keys = keys;
    (report.statuses, report.reasons) = answers.counts();
    Ok(keyed)
}

fn check_names(tables: &[TableOrder]) -> Result<(), AttachError> {
    if tables.is_empty() {
        return Err(AttachError::NoTable);
    }
    for (index, table) in tables.iter().enumerate() {
        let name = &table.name;
        let character = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !(1..=64).contains(&name.len()) || !name.bytes().all(character) {
            return Err(AttachError::Name { name: name.clone() });
        }
        if tables
            .iter()
            .take(index)
            .any(|earlier| earlier.name == *name)
        {
            return Err(AttachError::Twice { name: name.clone() });
        }
    }
    Ok(())
}

/// What is always left out, or left out by name, cannot be kept.
fn check_keep(order: &AttachOrder<'_>) -> Result<(), AttachError> {
    let left_out = |name: &&String| {
        name.as_str() == ids::ROW_REF
            || order.drop.contains(name)
            || order.tables.iter().any(|table| table.key == **name)
    };
    match order.keep.iter().find(left_out) {
        Some(column) => Err(AttachError::LeftOut {
            column: column.clone(),
        }),
        None => Ok(()),
    }
}

/// Looks at the columns of every table before one of them is sealed.
fn check_columns(order: &AttachOrder<'_>) -> Result<Vec<Table>, AttachError> {
    let tables = order
        .tables
        .iter()
        .map(tables::look)
        .collect::<Result<Vec<_>, _>>()?;
    let known = |name: &&String| tables.iter().any(|table| table.looked.has(name));
    if let Some(column) = order
        .drop
        .iter()
        .chain(order.keep)
        .find(|name| !known(name))
    {
        let files = order.tables.iter();
        let files: Vec<_> = files
            .map(|table| table.path.display().to_string())
            .collect();
        return Err(AttachError::NoColumn {
            file: files.join(", "),
            column: column.clone(),
        });
    }
    for table in &tables {
        table.choose(order)?;
    }
    Ok(tables)
}

/// Opens the answer and holds it against the request and what earlier answers of the provision said.
fn open(
    producer: &Producer<'_>,
    path: &Path,
    references: Option<&Path>,
) -> Result<Answered, AttachError> {
    let kind = if references.is_some() {
        PackageKind::Ids
    } else {
        PackageKind::Answer
    };
    let opened = Sealed::open(path)?
        .authenticate(producer.keys, producer.trust, producer.now)?
        .verify()?;
    let header = opened.header();
    let package = || opened.package_id().to_string();
    let provision = header.provision.clone();
    let unknown = |request: &String| AttachError::UnknownRequest {
        request: request.clone(),
    };
    opened.expect(&Expected {
        kind,
        provision,
        kcv: None,
    })?;
    let replied = header
        .in_reply_to
        .ok_or_else(|| AttachError::NoRequest { package: package() })?
        .to_string();
    let request = producer
        .store
        .request(&replied)?
        .ok_or_else(|| unknown(&replied))?;
    let sent = producer
        .store
        .sent(&replied)?
        .ok_or_else(|| unknown(&replied))?;
    asked::answered(producer, &sent, &opened)?;
    let known = producer.store.provision_terms(&request.provision)?;
    if let Some(known) = &known {
        same_key(known, header, &package())?;
    }
    opened.expect(&Expected {
        kind,
        provision: request.provision.clone(),
        kcv: known.as_ref().map(|terms| terms.kcv),
    })?;
    if request.destroyed_at.is_some() {
        return Err(AttachError::Done {
            request: request.package_id,
        });
    }
    let terms = terms(header, &request).map_err(|field| AttachError::Silent {
        package: package(),
        field,
    })?;
    if let Some(known) = &known
        && *known != terms
    {
        return Err(AttachError::Terms {
            provision: request.provision,
        });
    }
    let references = references
        .map(|path| pair::references(producer, path, &opened))
        .transpose()?;
    if let Some(references) = &references {
        asked::answered(producer, &sent, references)?;
    }
    Ok(Answered {
        references,
        request,
        terms,
        new_terms: known.is_none(),
        opened,
    })
}

/// Kana IDs of two modes, or of two keys, never meet, whatever their key check values are: those have 64 bits, and whoever
/// chooses two keys could choose them alike.
fn same_key(known: &ProvisionTerms, header: &Header, package: &str) -> Result<(), AttachError> {
    match (known.kana_mode, header.kana_mode) {
        (known, found) if known == found => Ok(()),
        (KanaMode::Verifiable(_), KanaMode::Verifiable(_)) => Err(AttachError::PublicKey {
            package: package.to_owned(),
            provision: known.provision.clone(),
        }),
        (KanaMode::Keyed | KanaMode::Verifiable(_), _) => Err(AttachError::Mode {
            package: package.to_owned(),
        }),
    }
}

/// What an answer must say (clause 3.recipient): for which study, with which keys, and for whom on which ground.
fn terms(header: &Header, request: &RequestRecord) -> Result<ProvisionTerms, &'static str> {
    let study = header.study.clone().ok_or("study")?;
    let kcv = header.kcv.ok_or("kcv")?;
    let RecipientGround {
        name,
        fingerprint,
        item,
    } = header.recipient_ground.clone().ok_or("recipient_ground")?;
    Ok(ProvisionTerms {
        provision: request.provision.clone(),
        study,
        kcv,
        kana_mode: header.kana_mode,
        recipient_name: name,
        recipient_fingerprint: fingerprint.to_hex(),
        recipient_item: item,
        databases: header.databases.clone(),
    })
}

/// Seals every table, then records all of it at once. No other command of this party works on tables meanwhile.
fn commit(
    producer: &mut Producer<'_>,
    order: &AttachOrder<'_>,
    answered: &Answered,
    tables: &[Table],
    keyed: &Keyed,
    report: &AttachReport,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<TableReport>, AttachError> {
    let scratch = producer.dir.join(SCRATCH);
    let mut attaching = Attaching {
        asked: order,
        keyed,
        part: None,
        keys: producer.keys,
        scratch: &scratch,
        sort: Memory::of(order.memory).sort,
    };
    let provision = &answered.request.provision;
    let txn = producer.store.begin()?;
    for package in std::iter::once(&answered.opened).chain(&answered.references) {
        txn.see(&SeenPackage {
            package_id: package.package_id().to_string(),
            part: String::new(),
            kind: package.header().kind.as_str().to_owned(),
            sender: package.sender().fingerprint().to_hex(),
            sequence: package.sequence(),
            seen_at: producer.now,
            head: package.head().cloned(),
        })?;
        fee::take(
            &txn,
            package.header(),
            &package.package_id().to_string(),
            package.sender(),
            producer.now,
        )?;
    }
    if answered.new_terms {
        txn.agree(&answered.terms)?;
    }
    let mut made = Made::default();
    let mut reports = Vec::with_capacity(tables.len());
    let mut rows = 0_u64;
    for table in tables {
        let file = format!("{ATTACHED}/{provision}/{}.parquet", table.name());
        let path = producer.dir.join(&file);
        clear(&txn, provision, table.name(), &path)?;
        let attached = attaching.attach(table, &path, &mut |read| {
            progress(rows.saturating_add(read));
        })?;
        made.0.push(path);
        rows = rows.saturating_add(attached.rows.rows);
        txn.attach(&AttachedTable {
            provision: provision.clone(),
            name: table.name().to_owned(),
            file,
            rows: attached.rows.rows,
            answer: report.answer.clone(),
            attached_at: producer.now,
            delivered_in: None,
        })?;
        reports.push(attached);
    }
    let mut event = Event::new("producer.attached", &report.answer, producer.now)
        .with("provision", provision.as_str())
        .with("request", report.request.as_str())
        .with("tables", tables.len() as u64)
        .with("rows", rows)
        .with("keys", report.keys.keys)
        .with("conflicts", report.keys.conflicts());
    let decided = decided(&reports);
    if !decided.is_empty() {
        event = event.with("kept_identifying", decided);
    }
    txn.commit(&event)?;
    made.0.clear();
    Ok(reports)
}

/// The columns that a person decided to keep, as `table.column: reason`.
fn decided(reports: &[TableReport]) -> Vec<String> {
    let named = |table: &TableReport| {
        let name = table.name.clone();
        let columns = table.kept.clone().into_iter();
        columns.map(move |kept| format!("{name}.{}: {}", kept.column, kept.reason))
    };
    reports.iter().flat_map(named).collect()
}

/// Makes way for a table: a recorded one of that name stays and is an error, one that a crash left is destroyed.
fn clear(txn: &Txn<'_>, provision: &str, name: &str, path: &Path) -> Result<(), AttachError> {
    if txn.has_attached(provision, name)? {
        return Err(StoreError::Exists {
            what: "attached table",
            name: name.to_owned(),
        }
        .into());
    }
    match safe::destroy(path) {
        Ok(_) | Err(SafeError::Missing { .. }) => Ok(()),
        // No table of this provision was ever attached.
        Err(SafeError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Destroys the map and records that; also when an earlier run got no further than destroying it.
fn finish(
    producer: &mut Producer<'_>,
    answered: &Answered,
    map: &Path,
) -> Result<u64, AttachError> {
    let destroyed = match safe::destroy(map) {
        Ok(destroyed) => Some(destroyed),
        Err(SafeError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let bytes = destroyed.as_ref().map_or(0, |destroyed| destroyed.bytes);
    let request = &answered.request.package_id;
    let answer = answered.opened.package_id().to_string();
    let txn = producer.store.begin()?;
    txn.answer_request(request, &answer, producer.now)?;
    let event = Event::new("producer.map_destroyed", request, producer.now)
        .with("map", request.as_str())
        .with("answer", answer.as_str())
        .with("bytes", bytes)
        .with(
            "key_erased",
            destroyed.is_some_and(|destroyed| destroyed.key_erased),
        );
    txn.commit(&event)?;
    Ok(bytes)
}

/// Sealed tables that no record names yet. Dropped with them, they are destroyed.
#[derive(Default)]
struct Made(Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.0 {
            // The error that led here is the one to tell; the next run clears what stays.
            drop(safe::destroy(path));
        }
    }
}
