//! Delivery (clause 3.direct): the tables with IDs, sealed for the recipient whom the authority's answers named.

mod fault;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_identity::{KeyCheckValues, ProvisionCode};
use renketsu_seal::package::{
    Counts, Draft, Header, PROFILE, PackageKind, RecipientGround, WriteError,
};
use renketsu_seal::safe;
use renketsu_seal::{Card, Fingerprint};
use renketsu_store::{AttachedTable, Event, ProvisionTerms, SentPackage, StoreError};
use renketsu_table::parquet::ParquetSource;
use renketsu_table::schema;
use renketsu_table::screen::Screen;
use renketsu_table::sort::Records;
use renketsu_table::{BATCH_ROWS, ids};
use serde::Serialize;

pub use fault::DeliverError;

use crate::attach::IdentifyingColumn;
use crate::certification;
use crate::map;
use crate::{ATTACHED, Producer, SCRATCH};

/// Bytes of IDs that are sorted at once, to be counted.
const SORT_BYTES: usize = 256 * 1024 * 1024;

/// What to deliver.
#[derive(Debug)]
pub struct DeliverOrder<'a> {
    /// The provision.
    pub provision: &'a ProvisionCode,
    /// The recipient; none means the one that the authority named. Another one is refused.
    pub recipient: Option<&'a Card>,
    /// Names of the tables; none means every table that was not delivered before.
    pub tables: &'a [String],
    /// The agreed purpose of use.
    pub purpose: &'a str,
    /// The contract, by its number.
    pub contract: &'a str,
    /// The agreed places of use (利用場所); at least one.
    pub places: &'a [String],
    /// The agreed period of use.
    pub period: Period,
    /// From when on the package must not be opened any more.
    pub expires: Timestamp,
    /// The new file of the sealed package.
    pub out: &'a Path,
}

/// An agreed period of use; both days belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first day.
    pub start: Date,
    /// The last day.
    pub end: Date,
}

/// What was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliverReport {
    /// The package id.
    pub package: String,
    /// The sealed file.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The provision.
    pub provision: String,
    /// Its study.
    pub study: String,
    /// Name of the recipient.
    pub recipient: String,
    /// Fingerprint of the recipient.
    pub fingerprint: Fingerprint,
    /// Our number for it, counted per recipient.
    pub sequence: u64,
    /// Which keys the IDs were made with.
    pub kcv: KeyCheckValues,
    /// The agreed purpose of use.
    pub purpose: String,
    /// The contract.
    pub contract: String,
    /// The agreed places of use (利用場所).
    pub places: Vec<String>,
    /// The agreed period of use.
    pub period: Period,
    /// The tables.
    pub tables: Vec<DeliveredTable>,
}

/// A table of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveredTable {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Distinct number IDs.
    pub distinct_number_ids: u64,
    /// Distinct kana IDs.
    pub distinct_kana_ids: u64,
    /// Columns that look identifying all the same: a person decided so when the table was attached, or should look.
    pub identifying: Vec<IdentifyingColumn>,
}

/// Seals tables with IDs for the recipient.
pub fn deliver(
    producer: &mut Producer<'_>,
    order: &DeliverOrder<'_>,
) -> Result<DeliverReport, DeliverError> {
    producer.store.not_halted()?;
    let certification = certification::held(producer.store)?;
    let provision = order.provision.as_str();
    let terms = producer.store.provision_terms(provision)?;
    let terms = terms.ok_or_else(|| DeliverError::NoTerms {
        provision: provision.to_owned(),
    })?;
    let recipient = recipient(producer, order, &terms)?.clone();
    check_terms(order, producer.today)?;
    if order.out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: order.out.to_owned(),
        }
        .into());
    }
    let chosen = choose(
        producer.dir,
        producer.store.attached_tables(provision)?,
        order,
    )?;
    let scratch = producer.dir.join(SCRATCH);
    map::directory_for(&scratch)?;
    let mut draft = Draft::new(&scratch);
    let mut tables = Vec::with_capacity(chosen.len());
    for table in &chosen {
        tables.push(add(producer, &mut draft, table)?);
    }
    let fingerprint = recipient.fingerprint();
    let statement = Header {
        kind: kind(producer, &chosen)?,
        provision: provision.to_owned(),
        study: Some(terms.study.clone()),
        profile: PROFILE.to_owned(),
        kcv: Some(terms.kcv),
        kana_mode: terms.kana_mode,
        sequence: 1,
        in_reply_to: None,
        custody: None,
        created: producer.now,
        expires: order.expires,
        purpose: order.purpose.to_owned(),
        places: order.places.to_vec(),
        producer: Some(certification),
        recipient_ground: Some(RecipientGround {
            name: terms.recipient_name.clone(),
            fingerprint,
            item: terms.recipient_item.clone(),
        }),
        databases: terms.databases.clone(),
        approval: None,
        contract: Some(order.contract.to_owned()),
        period_start: Some(order.period.start),
        period_end: Some(order.period.end),
        fee_notice: None,
    };
    commit(
        producer, order, &terms, statement, draft, tables, &recipient,
    )
}

/// A table of this name holds the IDs of persons who are to be removed from the study, and nothing else. It goes alone, as a
/// package that can be taken for nothing else.
pub(crate) const REMOVAL: &str = "removed";

/// Whether a table is one of a removal: by its name, or because a removal was asked for with its request.
fn is_removal(producer: &Producer<'_>, table: &AttachedTable) -> Result<bool, DeliverError> {
    Ok(table.name == REMOVAL || producer.store.answers_removal(&table.answer)?)
}

fn kind(producer: &Producer<'_>, chosen: &[AttachedTable]) -> Result<PackageKind, DeliverError> {
    let mut removal = false;
    for table in chosen {
        removal |= is_removal(producer, table)?;
    }
    match (removal, chosen.len()) {
        (false, _) => Ok(PackageKind::Delivery),
        (true, 1) => Ok(PackageKind::Removal),
        (true, _) => Err(DeliverError::RemovalAlone),
    }
}

/// What the recipient is bound to (clause 4-1: it uses the data as the contract says) must be said, all of it.
fn check_terms(order: &DeliverOrder<'_>, today: Date) -> Result<(), DeliverError> {
    if order.places.is_empty() {
        return Err(DeliverError::NoPlace);
    }
    let said = [("purpose", order.purpose), ("contract", order.contract)];
    let places = order.places.iter().map(|place| ("place", place.as_str()));
    let blank = |(_, text): &(&str, &str)| text.trim().is_empty();
    if let Some((field, _)) = said.into_iter().chain(places).find(blank) {
        return Err(DeliverError::Blank { field });
    }
    let Period { start, end } = order.period;
    if end < start {
        return Err(DeliverError::Period { start, end });
    }
    if end < today {
        return Err(DeliverError::Past { until: end });
    }
    Ok(())
}

/// The card of whoever the authority named (clause 3.recipient), trusted by this producer.
fn recipient<'a>(
    producer: &'a Producer<'_>,
    order: &DeliverOrder<'a>,
    terms: &ProvisionTerms,
) -> Result<&'a Card, DeliverError> {
    let named = Fingerprint::parse(&terms.recipient_fingerprint)
        .map_err(|_| DeliverError::Broken("a recorded fingerprint is one"))?;
    if let Some(card) = order.recipient
        && card.fingerprint() != named
    {
        let (found, expected) = (card.name.clone(), terms.recipient_name.clone());
        return Err(DeliverError::OtherRecipient { expected, found });
    }
    let untrusted = || DeliverError::Untrusted {
        name: terms.recipient_name.clone(),
        fingerprint: named,
    };
    producer.trust.by_fingerprint(&named).ok_or_else(untrusted)
}

fn choose(
    dir: &Path,
    attached: Vec<AttachedTable>,
    order: &DeliverOrder<'_>,
) -> Result<Vec<AttachedTable>, DeliverError> {
    let known = |name: &str| attached.iter().any(|table| table.name == name);
    if let Some(name) = order.tables.iter().find(|name| !known(name)) {
        return Err(StoreError::Missing {
            what: "attached table",
            name: name.clone(),
        }
        .into());
    }
    let chosen: Vec<AttachedTable> = if order.tables.is_empty() {
        attached
            .into_iter()
            .filter(|table| table.delivered_in.is_none())
            .collect()
    } else {
        attached
            .into_iter()
            .filter(|table| order.tables.contains(&table.name))
            .collect()
    };
    let gone = |table: &&AttachedTable| {
        let file = attached_file(dir, &table.provision, &table.name);
        table.delivered_in.is_some() && !file.exists()
    };
    if let Some(table) = chosen.iter().find(gone) {
        return Err(DeliverError::Delivered {
            table: table.name.clone(),
            package: table.delivered_in.clone().unwrap_or_default(),
        });
    }
    if chosen.is_empty() {
        return Err(DeliverError::Nothing {
            provision: order.provision.as_str().to_owned(),
        });
    }
    Ok(chosen)
}

/// Copies a table into the draft, byte for byte; what the manifest says of it is counted anew.
fn add(
    producer: &Producer<'_>,
    draft: &mut Draft,
    table: &AttachedTable,
) -> Result<DeliveredTable, DeliverError> {
    let path = attached_file(producer.dir, &table.provision, &table.name);
    let file = path.display().to_string();
    let sealed = safe::open(&path, producer.keys)?;
    let length = sealed.len();
    let source = ParquetSource::open(&file, sealed, length)?;
    let (numbers, kanas) = distinct(&source, &producer.dir.join(SCRATCH))?;
    let identifying = look(&source)?;
    let rows = source.rows();
    let mut content = safe::open(&path, producer.keys)?;
    let stated = if is_removal(producer, table)? {
        REMOVAL
    } else {
        &table.name
    };
    let mut target = draft.table(stated, schema::to_json(source.schema())?)?;
    io::copy(&mut content, &mut target).map_err(|source| DeliverError::Io { file, source })?;
    target.finish(Counts {
        rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kanas),
    })?;
    Ok(DeliveredTable {
        name: table.name.clone(),
        rows,
        distinct_number_ids: numbers,
        distinct_kana_ids: kanas,
        identifying,
    })
}

/// The columns behind the IDs that look identifying.
fn look(source: &ParquetSource) -> Result<Vec<IdentifyingColumn>, DeliverError> {
    let columns = source.schema().fields().iter().enumerate();
    let columns = columns.skip(ids::front().len());
    let mut screen = Screen::new(columns.map(|(place, field)| (place, field.name().clone())));
    for batch in source.batches(None, BATCH_ROWS)? {
        screen.see(&batch?);
    }
    Ok(screen.findings().into_iter().map(Into::into).collect())
}

/// Counts the different IDs of a table, which is in the order of its IDs; kana IDs are so only for each number.
fn distinct(source: &ParquetSource, scratch: &Path) -> Result<(u64, u64), DeliverError> {
    let mut numbers = Different::default();
    let mut side_by_side = Different::default();
    let mut kanas = Records::<32>::new(SORT_BYTES, scratch);
    for batch in source.batches(Some(&[ids::NUMBER_ID, ids::KANA_ID]), BATCH_ROWS)? {
        let batch = batch?;
        let column = |name| {
            ids::fixed(&batch, name, ids::ID_BYTES)
                .ok_or(DeliverError::Broken("an attached table has its ID columns"))
        };
        let (number, kana) = (column(ids::NUMBER_ID)?, column(ids::KANA_ID)?);
        for row in 0..batch.num_rows() {
            numbers.see(ids::value(number, row));
            if let Some(kana) = ids::value(kana, row)
                && side_by_side.see(Some(kana))
            {
                kanas.push(&kana)?;
            }
        }
    }
    let mut different = Different::default();
    for kana in kanas.finish()? {
        different.see(Some(kana?));
    }
    Ok((numbers.count, different.count))
}

/// Counts different IDs that come in order.
#[derive(Default)]
struct Different {
    last: Option<[u8; 32]>,
    count: u64,
}

impl Different {
    /// Says whether it is another one than the last.
    fn see(&mut self, id: Option<[u8; 32]>) -> bool {
        let new = id.is_some() && id != self.last;
        if new {
            self.last = id;
            self.count = self.count.saturating_add(1);
        }
        new
    }
}

fn commit(
    producer: &mut Producer<'_>,
    order: &DeliverOrder<'_>,
    terms: &ProvisionTerms,
    statement: Header,
    draft: Draft,
    tables: Vec<DeliveredTable>,
    recipient: &Card,
) -> Result<DeliverReport, DeliverError> {
    let fingerprint = recipient.fingerprint();
    let log = producer.store.give_head(producer.keys)?;
    let txn = producer.store.begin()?;
    let sequence = txn.next_sequence(&fingerprint.to_hex())?;
    let sent = statement.kind.as_str().to_owned();
    let signed = draft.sign(
        Header {
            sequence,
            ..statement
        },
        log,
        producer.keys,
        recipient,
    )?;
    // Recorded first, named after: a package that can be had is a package on record.
    let prepared = signed.prepare(order.out)?;
    let receipt = prepared.receipt().clone();
    let package = receipt.package_id.to_string();
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    txn.send(&SentPackage {
        package_id: package.clone(),
        kind: sent,
        provision: terms.provision.clone(),
        recipient: fingerprint.to_hex(),
        sequence,
        sha256: receipt.sha256.clone(),
        sent_at: producer.now,
    })?;
    txn.deliver(&terms.provision, &names, &package)?;
    let rows = tables
        .iter()
        .map(|table| table.rows)
        .fold(0, u64::saturating_add);
    let suspects: Vec<String> = tables
        .iter()
        .flat_map(|table| {
            let found = table.identifying.iter();
            found.map(|found| format!("{}.{}: {}", table.name, found.column, found.reason))
        })
        .collect();
    let event = Event::new("producer.delivered", &package, producer.now)
        .with("provision", terms.provision.as_str())
        .with("recipient", fingerprint.to_hex())
        .with("tables", names)
        .with("rows", rows)
        .with("purpose", order.purpose)
        .with("contract", order.contract)
        .with("places", order.places)
        .with("period_start", order.period.start.to_string())
        .with("period_end", order.period.end.to_string())
        .with("identifying", suspects)
        .with("sha256", receipt.sha256.as_str());
    txn.commit(&event)?;
    prepared.publish()?;
    destroy(producer, &terms.provision, &tables)?;
    Ok(DeliverReport {
        package,
        file: receipt.path,
        bytes: receipt.bytes,
        sha256: receipt.sha256,
        provision: terms.provision.clone(),
        study: terms.study.clone(),
        recipient: recipient.name.clone(),
        fingerprint,
        sequence,
        kcv: terms.kcv,
        purpose: order.purpose.to_owned(),
        contract: order.contract.to_owned(),
        places: order.places.to_vec(),
        period: order.period,
        tables,
    })
}

/// Destroys the delivered tables: beside its sources, a table with IDs tells which patient has which ID. If the program
/// ends before, the next delivery of a table by name does it.
fn destroy(
    producer: &mut Producer<'_>,
    provision: &str,
    tables: &[DeliveredTable],
) -> Result<(), DeliverError> {
    for table in tables {
        let destroyed = safe::destroy(&attached_file(producer.dir, provision, &table.name))?;
        let event = Event::new(
            "producer.attached_destroyed",
            &format!("{provision}/{}", table.name),
            producer.now,
        )
        .with("bytes", destroyed.bytes)
        .with("key_erased", destroyed.key_erased);
        producer.store.begin()?.commit(&event)?;
    }
    Ok(())
}

/// Where a table with IDs lies; never a path out of the state.
fn attached_file(dir: &Path, provision: &str, name: &str) -> PathBuf {
    dir.join(ATTACHED)
        .join(provision)
        .join(format!("{name}.parquet"))
}
