//! Delivery (clause 3.direct): the tables with IDs, sealed for the recipient whom the authority's answers named.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_identity::{KeyCheckValues, ProvisionCode};
use renketsu_seal::package::{
    Counts, Draft, Header, PROFILE, PackageKind, RecipientGround, WriteError,
};
use renketsu_seal::safe::{self, SafeError};
use renketsu_seal::{Card, Fingerprint};
use renketsu_store::{AttachedTable, Event, ProvisionTerms, SentPackage, StoreError};
use renketsu_table::parquet::{ParquetError, ParquetSource};
use renketsu_table::schema::{self, SchemaError};
use renketsu_table::{BATCH_ROWS, ids};
use serde::Serialize;

use crate::certification::{self, CertificationError};
use crate::map::{self, MapError};
use crate::{ATTACHED, Producer, SCRATCH};

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
    /// The contract.
    pub contract: Option<&'a str>,
    /// The agreed places of use (利用場所); at least one.
    pub places: &'a [String],
    /// The agreed last day of use.
    pub period_end: Option<Date>,
    /// From when on the package must not be opened any more.
    pub expires: Timestamp,
    /// The new file of the sealed package.
    pub out: &'a Path,
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
}

/// Seals tables with IDs for the recipient.
pub fn deliver(
    producer: &mut Producer<'_>,
    order: &DeliverOrder<'_>,
) -> Result<DeliverReport, DeliverError> {
    let certification = certification::held(producer.store)?;
    let provision = order.provision.as_str();
    let terms = producer.store.provision_terms(provision)?;
    let terms = terms.ok_or_else(|| DeliverError::NoTerms {
        provision: provision.to_owned(),
    })?;
    let recipient = recipient(producer, order, &terms)?.clone();
    if order.places.is_empty() {
        return Err(DeliverError::NoPlace);
    }
    if let Some(until) = order.period_end
        && until < producer.today
    {
        return Err(DeliverError::Past { until });
    }
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
        kind: PackageKind::Delivery,
        provision: provision.to_owned(),
        study: Some(terms.study.clone()),
        profile: PROFILE.to_owned(),
        kcv: Some(terms.kcv),
        sequence: 1,
        in_reply_to: None,
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
        contract: order.contract.map(str::to_owned),
        period_end: order.period_end,
        fee_notice: None,
    };
    commit(
        producer, order, &terms, statement, draft, tables, &recipient,
    )
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
    let (numbers, kanas) = distinct(&source)?;
    let rows = source.rows();
    let mut content = safe::open(&path, producer.keys)?;
    let mut target = draft.table(&table.name, schema::to_json(source.schema())?)?;
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
    })
}

fn distinct(source: &ParquetSource) -> Result<(u64, u64), DeliverError> {
    let (mut numbers, mut kanas): (Vec<[u8; 32]>, Vec<[u8; 32]>) = (Vec::new(), Vec::new());
    for batch in source.batches(Some(&[ids::NUMBER_ID, ids::KANA_ID]), BATCH_ROWS)? {
        let batch = batch?;
        for (name, found) in [(ids::NUMBER_ID, &mut numbers), (ids::KANA_ID, &mut kanas)] {
            let column = ids::fixed(&batch, name, ids::ID_BYTES)
                .ok_or(DeliverError::Broken("an attached table has its ID columns"))?;
            found.extend((0..batch.num_rows()).filter_map(|row| ids::value::<32>(column, row)));
        }
    }
    for found in [&mut numbers, &mut kanas] {
        found.sort_unstable();
        found.dedup();
    }
    Ok((numbers.len() as u64, kanas.len() as u64))
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
    let txn = producer.store.begin()?;
    let sequence = txn.next_sequence(&fingerprint.to_hex())?;
    let signed = draft.sign(
        Header {
            sequence,
            ..statement
        },
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
        kind: PackageKind::Delivery.as_str().to_owned(),
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
    let event = Event::new("producer.delivered", &package, producer.now)
        .with("provision", terms.provision.as_str())
        .with("recipient", fingerprint.to_hex())
        .with("tables", names)
        .with("rows", rows)
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

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The producer may not deliver.
    #[error(transparent)]
    Certification(#[from] CertificationError),
    /// The table went out, and was destroyed here.
    #[error("table `{table}` was delivered in package `{package}`")]
    Delivered {
        /// The table.
        table: String,
        /// The package that carried it.
        package: String,
    },
    /// A table cannot be copied.
    #[error("`{file}` cannot be copied into the package")]
    Io {
        /// The table.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory cannot be made.
    #[error(transparent)]
    Directory(#[from] MapError),
    /// No place of use is named.
    #[error("no place of use is named")]
    NoPlace,
    /// No answer of this provision was attached.
    #[error("no answer of provision `{provision}` was attached")]
    NoTerms {
        /// The provision.
        provision: String,
    },
    /// Every table was delivered before.
    #[error("provision `{provision}` has no table that was not delivered")]
    Nothing {
        /// The provision.
        provision: String,
    },
    /// Not the one that the authority named.
    #[error("the authority named `{expected}` as recipient, not `{found}`")]
    OtherRecipient {
        /// Whom the authority named.
        expected: String,
        /// Who was asked for.
        found: String,
    },
    /// The agreed end of use has passed.
    #[error("the agreed end of use, {until}, has passed")]
    Past {
        /// The last day of use.
        until: Date,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A table cannot be opened.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// Our fault: a table with IDs has a table schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The card of the recipient is not among the trusted ones.
    #[error("the card of `{name}` ({fingerprint}) is not trusted")]
    Untrusted {
        /// Whom the authority named.
        name: String,
        /// The fingerprint it named.
        fingerprint: Fingerprint,
    },
    /// The package cannot be sealed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl DeliverError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.deliver.broken", &["invariant"]),
        ("producer.deliver.delivered", &["table", "package"]),
        ("producer.deliver.io", &["file", "reason"]),
        ("producer.deliver.no_place", &[]),
        ("producer.deliver.no_terms", &["provision"]),
        ("producer.deliver.nothing", &["provision"]),
        ("producer.deliver.other_recipient", &["expected", "found"]),
        ("producer.deliver.past", &["until"]),
        ("producer.deliver.untrusted", &["name", "fingerprint"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "producer.deliver.broken",
            Self::Delivered { .. } => "producer.deliver.delivered",
            Self::Certification(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Io { .. } => "producer.deliver.io",
            Self::NoPlace => "producer.deliver.no_place",
            Self::NoTerms { .. } => "producer.deliver.no_terms",
            Self::Nothing { .. } => "producer.deliver.nothing",
            Self::OtherRecipient { .. } => "producer.deliver.other_recipient",
            Self::Past { .. } => "producer.deliver.past",
            Self::Parquet(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Untrusted { .. } => "producer.deliver.untrusted",
            Self::Write(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Certification(error) => error.details(),
            Self::Directory(error) => error.details(),
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::NoPlace => Vec::new(),
            Self::NoTerms { provision } | Self::Nothing { provision } => {
                vec![("provision", provision.clone())]
            }
            Self::OtherRecipient { expected, found } => {
                vec![("expected", expected.clone()), ("found", found.clone())]
            }
            Self::Delivered { table, package } => {
                vec![("table", table.clone()), ("package", package.clone())]
            }
            Self::Past { until } => vec![("until", until.to_string())],
            Self::Parquet(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Schema(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Untrusted { name, fingerprint } => {
                vec![
                    ("name", name.clone()),
                    ("fingerprint", fingerprint.to_string()),
                ]
            }
            Self::Write(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoTerms { .. }
            | Self::OtherRecipient { .. }
            | Self::Delivered { .. }
            | Self::Past { .. }
            | Self::Untrusted { .. } => 1,
            Self::NoPlace | Self::Nothing { .. } => 2,
            Self::Io { .. } => 3,
            Self::Broken(_) => 70,
            Self::Certification(error) => error.exit(),
            Self::Directory(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Schema(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Write(error) => error.exit(),
        }
    }
}
