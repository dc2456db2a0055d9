//! `authority stamp`: puts the provision's IDs on an extract of a public database, and takes off what identifies.

mod extract;
mod fault;
mod rows;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::package::{Counts, Draft, Header, PROFILE, PackageKind, WriteError};
use renketsu_store::{Event, SentPackage, StampRecord, Store, Txn};
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::Options;
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_table::{BATCH_ROWS, ids, order, schema};
use serde::Serialize;

use extract::Extract;
pub use fault::{Identifying, StampError};
use rows::Stamps;

use crate::custody::{Custodian, usage};
use crate::issue::{Distinct, SealedFile, recipient_ground};
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::registration;
use crate::release::release;
use crate::resolver::Resolver;

/// Names that a stamped table gives a meaning to.
const RESERVED: [&str; 5] = [
    ids::NUMBER_ID,
    ids::KANA_ID,
    ids::KANA_UNIQUE,
    ids::ROW_REF,
    "person",
];

/// How the rows of an extract name their persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Persons {
    /// By the registry's own key.
    Key {
        /// The column of the key; it is dropped.
        column: String,
        /// The column of the service date or month, which decides among a person's kana; it stays.
        service: Option<String>,
        /// How to read the file, if it is delimited.
        options: Options,
    },
    /// By raw identifiers, looked up as those of a request.
    Identifiers(ColumnMap),
}

/// What `stamp` is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The provision.
    pub provision: String,
    /// The public database, by its code.
    pub database: String,
    /// The approval number (承諾番号) of the database.
    pub approval: String,
    /// The extract: Parquet by its extension, else CSV or TSV.
    pub input: PathBuf,
    /// How its rows name persons.
    pub persons: Persons,
    /// The purpose of use that was approved; stands in the manifest.
    pub purpose: String,
    /// Further columns to drop.
    pub drop: Vec<String>,
    /// Name of the table in the package: `[a-z0-9_]{1,64}`.
    pub table: String,
    /// Where the sealed extract goes; nothing may be there.
    pub out: PathBuf,
    /// From when on the extract must not be opened any more.
    pub expires: Timestamp,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// The provision.
    pub provision: String,
    /// The public database.
    pub database: String,
    /// The sealed extract.
    pub extract: SealedFile,
    /// The registry version used.
    pub registry: u64,
    /// Rows.
    pub rows: u64,
    /// Rows with a `number_id`.
    pub rows_with_number_id: u64,
    /// Rows with a `kana_id`.
    pub rows_with_kana_id: u64,
    /// Rows by outcome: the statuses of the look-up, or `registered`, `unknown_person` and `service_rejected` (IDs
    /// given, the latest kana taken) where rows name persons by key.
    pub by_outcome: BTreeMap<&'static str, u64>,
    /// Different `number_id`.
    pub distinct_number_ids: u64,
    /// Different `kana_id`.
    pub distinct_kana_ids: u64,
    /// Columns that were dropped, as the file orders them.
    pub dropped: Vec<String>,
    /// Key check values of the IDs.
    pub kcv: KeyCheckValues,
}

/// Stamps an extract for the provision's recipient. `progress` hears how many rows have their IDs.
pub fn stamp(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<Stamped, StampError> {
    let provision = permitted(store, order)?;
    let extract = read(order)?;
    let (kept, dropped) = columns(order, &extract)?;
    let (registry_version, registry) =
        registration::of_provision(authority, store, &provision.code)?;
    let resolver_keys = usage::resolver_keys(authority, &provision)?;
    let issuer_keys =
        usage::issuer_keys(authority, &provision)?.ok_or_else(|| StampError::Kcv {
            provision: order.provision.clone(),
        })?;
    let recipient = authority
        .trust()
        .by_fingerprint(&provision.terms.recipient.fingerprint)
        .ok_or_else(|| StampError::Untrusted {
            name: provision.terms.recipient.name.clone(),
        })?;
    let resolver = Resolver::new(&registry, &resolver_keys, authority.today());
    let stamps = rows::stamps(
        &extract,
        &order.persons,
        &resolver,
        &issuer_keys,
        authority.today(),
        progress,
    )?;
    let mut draft = Draft::new(&authority.scratch()?);
    let counts = write(&mut draft, &order.table, &extract, &kept, &stamps)?;
    let transaction = store.begin()?;
    provision::still_open(&transaction, &provision)?;
    usage::note(
        authority,
        &transaction,
        &provision,
        &Custodian::ALL,
        "stamp",
    )?;
    let sequence = transaction.next_sequence(&recipient.fingerprint().to_hex())?;
    let prepared = draft
        .sign(
            header(authority, &provision, order, sequence),
            authority.keys(),
            recipient,
        )?
        .prepare(&order.out)?;
    let stamped = Stamped {
        provision: order.provision.clone(),
        database: order.database.clone(),
        extract: prepared.receipt().clone().into(),
        registry: registry_version,
        rows: counts.rows,
        rows_with_number_id: stamps.with_number_id(),
        rows_with_kana_id: stamps.with_kana_id(),
        by_outcome: stamps.by_outcome,
        distinct_number_ids: counts.distinct_number_ids.unwrap_or(0),
        distinct_kana_ids: counts.distinct_kana_ids.unwrap_or(0),
        dropped,
        kcv: provision.terms.kcv,
    };
    release(
        prepared,
        |_| {
            record(
                authority,
                transaction,
                &stamped,
                &provision,
                order,
                sequence,
            )
        },
        |source| StampError::Unpublished {
            package: stamped.extract.package.clone(),
            file: order.out.clone(),
            source,
        },
    )?;
    Ok(stamped)
}

/// Everything that can be refused without the extract.
fn permitted(store: &Store, order: &Order) -> Result<Provision, StampError> {
    if order.out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: order.out.clone(),
        }
        .into());
    }
    let provision = provision::find_open(store, &order.provision)?;
    if !provision.terms.databases.contains(&order.database) {
        return Err(StampError::Database {
            provision: order.provision.clone(),
            database: order.database.clone(),
            known: provision.terms.databases.join(", "),
        });
    }
    let approval = order.approval.trim();
    if approval.is_empty()
        || approval.chars().count() > 64
        || approval.chars().any(char::is_control)
    {
        return Err(StampError::Approval);
    }
    Ok(provision)
}

fn read(order: &Order) -> Result<Extract, StampError> {
    match &order.persons {
        Persons::Key {
            column,
            service,
            options,
        } => {
            let text: Vec<&str> = std::iter::once(column)
                .chain(service)
                .map(String::as_str)
                .collect();
            Extract::read(&order.input, *options, &text)
        }
        Persons::Identifiers(map) => {
            let text: Vec<&str> = map
                .fields()
                .into_iter()
                .flatten()
                .chain(map.key.as_deref())
                .collect();
            Extract::read(&order.input, map.options, &text)
        }
    }
}

/// Which columns stay, after each was judged, and the names of those that don't.
fn columns(order: &Order, extract: &Extract) -> Result<(Vec<usize>, Vec<String>), StampError> {
    let (identifying, named): (Vec<&str>, Vec<&str>) = match &order.persons {
        Persons::Key {
            column, service, ..
        } => (
            vec![column],
            std::iter::once(column)
                .chain(service)
                .map(String::as_str)
                .collect(),
        ),
        Persons::Identifiers(map) => (
            map.identifying().collect(),
            map.fields()
                .into_iter()
                .flatten()
                .chain(map.key.as_deref())
                .collect(),
        ),
    };
    let missing = named
        .into_iter()
        .chain(order.drop.iter().map(String::as_str))
        .find(|name| !extract.has(name));
    if let Some(column) = missing {
        return Err(StampError::Column {
            file: order.input.clone(),
            column: column.to_owned(),
        });
    }
    let mut kept = Vec::new();
    let mut dropped = Vec::new();
    for (place, field) in extract.schema.fields().iter().enumerate() {
        let name = field.name();
        if identifying.contains(&name.as_str()) || order.drop.contains(name) {
            dropped.push(name.clone());
            continue;
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(StampError::Reserved {
                file: order.input.clone(),
                column: name.clone(),
            });
        }
        kept.push(place);
    }
    let suspects = extract.suspects(&kept).into_iter();
    let refused: Vec<Identifying> = suspects
        .map(|suspect| Identifying {
            column: suspect.column,
            finding: suspect.finding,
        })
        .collect();
    if refused.is_empty() {
        Ok((kept, dropped))
    } else {
        Err(StampError::Identifying {
            file: order.input.clone(),
            columns: refused,
        })
    }
}

/// Writes the table in its order: number ID, kana ID, and among equals a random one.
fn write(
    draft: &mut Draft,
    table: &str,
    extract: &Extract,
    kept: &[usize],
    stamps: &Stamps,
) -> Result<Counts, StampError> {
    let broken = |_| StampError::Broken("a batch fits its schema");
    let stamped = stamped_schema(extract, kept)?;
    let mut batches = Vec::with_capacity(extract.batches.len());
    for (batch, issued) in extract.batches.iter().zip(&stamps.batches) {
        let number_id = ids::array::<32>(
            issued
                .ids
                .iter()
                .map(|ids| ids.number_id.map(|id| *id.as_bytes())),
        );
        let kana_id = ids::array::<32>(
            issued
                .ids
                .iter()
                .map(|ids| ids.kana_id.map(|id| *id.as_bytes())),
        );
        let unique = Arc::new(issued.kana_unique.iter().copied().collect::<BooleanArray>());
        let mut columns = vec![number_id, kana_id, unique];
        columns.extend(
            kept.iter()
                .filter_map(|place| batch.columns().get(*place))
                .map(Arc::clone),
        );
        batches.push(RecordBatch::try_new(Arc::clone(&stamped), columns).map_err(broken)?);
    }
    let ordered = ordered(&stamped, &batches)?;
    drop(batches);
    let mut sink = ParquetSink::create(
        draft.table(table, schema::to_json(&stamped)?)?,
        &stamped,
        &Sorting::by_ids(),
    )?;
    for slice in order::slices(&ordered, BATCH_ROWS) {
        sink.write(&slice)?;
    }
    let written = sink.finish()?;
    let mut distinct = Distinct::default();
    stamps
        .batches
        .iter()
        .for_each(|batch| distinct.see(&batch.ids));
    let (numbers, kana) = distinct.counts();
    let counts = Counts {
        rows: written.rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    };
    written.target.finish(counts)?;
    Ok(counts)
}

/// The IDs in front, then the kept columns, without metadata.
fn stamped_schema(extract: &Extract, kept: &[usize]) -> Result<SchemaRef, StampError> {
    let mut fields: Vec<Field> = ids::front().into();
    for place in kept {
        let field = extract
            .schema
            .fields()
            .get(*place)
            .ok_or(StampError::Broken("a kept column exists"))?;
        fields.push(Field::new(
            field.name(),
            field.data_type().clone(),
            field.is_nullable(),
        ));
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn ordered(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, StampError> {
    let all = arrow::compute::concat_batches(schema, batches).map_err(|_| StampError::TooLarge)?;
    let column = |name| {
        ids::fixed(&all, name, ids::ID_BYTES)
            .ok_or(StampError::Broken("a stamped table has its ID columns"))
    };
    let mut random = Random::default();
    let mut failed = false;
    let mut draw = || {
        random.next().unwrap_or_else(|| {
            failed = true;
            0
        })
    };
    let order = order::shuffled(column(ids::NUMBER_ID)?, column(ids::KANA_ID)?, &mut draw)?;
    if failed {
        return Err(StampError::Entropy);
    }
    Ok(order::reordered(
        schema,
        std::slice::from_ref(&all),
        &order,
    )?)
}

/// Randomness of the system, fetched in pieces.
#[derive(Default)]
struct Random {
    pool: Vec<u64>,
}

impl Random {
    /// `None` if the system gave none.
    fn next(&mut self) -> Option<u64> {
        if self.pool.is_empty() {
            let mut bytes = [0_u8; 4096];
            getrandom::fill(&mut bytes).ok()?;
            self.pool = bytes
                .as_chunks::<8>()
                .0
                .iter()
                .map(|chunk| u64::from_ne_bytes(*chunk))
                .collect();
        }
        self.pool.pop()
    }
}

fn header(
    authority: &Authority<'_>,
    provision: &Provision,
    order: &Order,
    sequence: u64,
) -> Header {
    let terms = &provision.terms;
    Header {
        kind: PackageKind::Extract,
        provision: order.provision.clone(),
        study: Some(provision.study.clone()),
        profile: PROFILE.to_owned(),
        kcv: Some(terms.kcv),
        sequence,
        in_reply_to: None,
        created: authority.now(),
        expires: order.expires,
        purpose: order.purpose.clone(),
        places: Vec::new(),
        producer: Some(terms.certification.clone()),
        recipient_ground: Some(recipient_ground(provision)),
        databases: vec![order.database.clone()],
        approval: Some(order.approval.trim().to_owned()),
        contract: None,
        period_start: None,
        period_end: None,
        fee_notice: None,
    }
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    stamped: &Stamped,
    provision: &Provision,
    order: &Order,
    sequence: u64,
) -> Result<(), StampError> {
    let counts = serde_json::to_value(&stamped.by_outcome)
        .map_err(|_| StampError::Broken("counts are JSON"))?;
    let (extract, sha256) = (
        stamped.extract.package.clone(),
        stamped.extract.sha256.clone(),
    );
    let at = authority.now();
    let event = Event::new("provision.stamped", &stamped.provision, at)
        .with("database", stamped.database.as_str())
        .with("approval", order.approval.trim())
        .with("extract", extract.as_str())
        .with("extract_sha256", sha256.as_str())
        .with("registry", stamped.registry)
        .with("dropped", stamped.dropped.clone())
        .with("counts", counts.clone());
    transaction.send(&SentPackage {
        package_id: extract.clone(),
        kind: PackageKind::Extract.as_str().to_owned(),
        provision: stamped.provision.clone(),
        recipient: provision.terms.recipient.fingerprint.to_hex(),
        sequence,
        sha256: sha256.clone(),
        sent_at: at,
    })?;
    transaction.stamp(&StampRecord {
        extract,
        provision: stamped.provision.clone(),
        database: stamped.database.clone(),
        approval: order.approval.trim().to_owned(),
        registry: stamped.registry,
        counts,
        extract_sha256: sha256,
        stamped_at: at,
    })?;
    transaction.pin_registry(&stamped.provision, stamped.registry, at)?;
    Ok(transaction.commit(&event)?)
}
