//! `authority stamp`: puts the provision's IDs on an extract of a public database, and takes off what identifies.

pub(crate) mod columns;
mod distinct;
pub(crate) mod extract;
mod fault;
pub(crate) mod rows;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::Card;
use renketsu_seal::package::{Counts, Draft, Header, PROFILE, PackageKind, WriteError};
use renketsu_store::{Event, SentPackage, StampRecord, Store, Txn};
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::Options;
use serde::Serialize;

use columns::Columns;
pub(crate) use distinct::DistinctIds;
use extract::Extract;
pub use fault::{Identifying, StampError};
use rows::{Asking, Outcomes};
use table::Stamping;

use crate::custody::{Custodian, usage};
use crate::issue::{SealedFile, recipient_ground};
use crate::issuer::Issued;
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::registration;
use crate::release::release;
use crate::resolver::Resolver;
use crate::verifiable::Stamper;

/// Bytes of memory for the rows of an extract, unless a command says otherwise.
pub const MEMORY: u64 = 1 << 30;

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
    /// The extract: Parquet, SAS XPORT or Stata by its first bytes, else CSV or TSV.
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
    /// Bytes of memory for rows; what does not fit is sorted in encrypted files without a name.
    pub memory: u64,
}

/// How the memory for rows is parted.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Rows that are looked up together.
    pub(crate) look_up: usize,
    /// Rows that wait to be sorted.
    pub(crate) sort: usize,
    /// IDs that are counted.
    pub(crate) distinct: usize,
}

impl Memory {
    /// What is left is what reading, merging and writing take.
    pub(crate) fn of(bytes: u64) -> Self {
        let part = |eighths: u64| {
            let part = bytes.div_euclid(8).saturating_mul(eighths);
            usize::try_from(part).unwrap_or(usize::MAX)
        };
        Self {
            look_up: part(2),
            sort: part(2),
            distinct: part(1),
        }
    }
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
    if !authority.secrets().has(Custodian::Issuer) {
        return Err(StampError::Custodians);
    }
    let recipient = recipient(authority, &provision)?;
    let mut draft = Draft::new(&authority.scratch()?);
    let made = make(authority, store, order, &provision, &mut draft, progress)?;
    let log = store.give_head(authority.keys())?;
    let transaction = store.begin_checked()?;
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
            log,
            authority.keys(),
            recipient,
        )?
        .prepare(&order.out)?;
    let stamped = Stamped {
        provision: order.provision.clone(),
        database: order.database.clone(),
        extract: prepared.receipt().clone().into(),
        registry: made.registry,
        rows: made.counts.rows,
        rows_with_number_id: made.with_ids.0,
        rows_with_kana_id: made.with_ids.1,
        by_outcome: made.by_outcome,
        distinct_number_ids: made.counts.distinct_number_ids.unwrap_or(0),
        distinct_kana_ids: made.counts.distinct_kana_ids.unwrap_or(0),
        dropped: made.dropped,
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

/// The stamped table, before anything is recorded.
struct Made {
    registry: u64,
    by_outcome: Outcomes,
    dropped: Vec<String>,
    counts: Counts,
    /// Rows with a number ID, and rows with a kana ID.
    with_ids: (u64, u64),
}

/// Finds the person of every row, issues her IDs, and writes the table into the draft, once its columns were judged.
fn make(
    authority: &Authority<'_>,
    store: &Store,
    order: &Order,
    provision: &Provision,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<Made, StampError> {
    let extract = open(order)?;
    let mut columns = Columns::of(order, &extract)?;
    let (version, registry) = registration::of_provision(authority, store, &provision.code)?;
    let resolver_keys = usage::resolver_keys(authority, provision)?;
    let issuer_keys = usage::issuer_keys(authority, provision)?.ok_or_else(|| StampError::Kcv {
        provision: order.provision.clone(),
    })?;
    let memory = Memory::of(order.memory);
    let mut stamping = Stamping::new(columns.fields(&extract), memory, &authority.scratch()?);
    stamping.begin(draft, &order.table)?;
    let asking = Asking {
        extract: &extract,
        persons: &order.persons,
        resolver: &Resolver::new(&registry, &resolver_keys, authority.today()),
        today: authority.today(),
        memory: memory.look_up,
    };
    let mut stamper = Stamper::new(provision, &resolver_keys, &issuer_keys);
    let by_outcome = asking.each(&mut columns, progress, &mut |columns, batch, found| {
        let issued = found
            .iter()
            .map(|row| stamper.issue(&row.subjects))
            .collect::<Result<Vec<Issued>, _>>()?;
        let unique = found.iter().map(|row| row.kana_unique).collect();
        stamping.push(&issued, unique, columns.values(batch))
    })?;
    drop(stamper);
    drop((resolver_keys, issuer_keys));
    columns.judge(&extract)?;
    let with_ids = stamping.with_ids();
    Ok(Made {
        registry: version,
        by_outcome,
        dropped: columns.into_dropped(),
        counts: stamping.write(draft, &order.table)?,
        with_ids,
    })
}

/// Everything that can be refused without the extract.
pub(crate) fn permitted(store: &Store, order: &Order) -> Result<Provision, StampError> {
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

/// The provision's recipient, if its card is still trusted.
pub(crate) fn recipient<'a>(
    authority: &Authority<'a>,
    provision: &Provision,
) -> Result<&'a Card, StampError> {
    let party = &provision.terms.recipient;
    authority
        .trust()
        .by_fingerprint(&party.fingerprint)
        .ok_or_else(|| StampError::Untrusted {
            name: party.name.clone(),
        })
}

/// Opens the extract; the columns that name persons stay text.
pub(crate) fn open(order: &Order) -> Result<Extract, StampError> {
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
            Extract::open(&order.input, *options, &text)
        }
        Persons::Identifiers(map) => {
            let text: Vec<&str> = map
                .fields()
                .into_iter()
                .flatten()
                .chain(map.key.as_deref())
                .collect();
            Extract::open(&order.input, map.options, &text)
        }
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
        kana_mode: terms.kana_mode,
        sequence,
        in_reply_to: None,
        custody: None,
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
