//! One provision, two states: the issuer hands its terms over as a signed package, and the resolver records exactly those.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::Timestamp;
use renketsu_identity::{Epoch, ProvisionCode};
use renketsu_seal::package::{Counts, Draft, Expected, Opened, PackageKind, Sealed, WriteError};
use renketsu_seal::{Fingerprint, Role};
use renketsu_store::{Event, ProvisionRecord, SeenPackage, Store};
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::schema;
use serde::{Deserialize, Serialize};

use super::{Custodian, CustodyError, Outgoing, trusted};
use crate::init::FIRST_EPOCH;
use crate::issue::SealedFile;
use crate::law::Law;
use crate::party::Authority;
use crate::provision::{self, Provision, Terms};
use crate::release::release;

/// The one table of a `terms` package, with one row of one column.
const TABLE: &str = "terms";

/// What `provision hand` is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The provision.
    pub provision: String,
    /// Fingerprint of the resolver, whose card must be trusted.
    pub resolver: Fingerprint,
    /// Where the sealed terms go; nothing may be there.
    pub out: PathBuf,
    /// From when on they must not be opened any more.
    pub expires: Timestamp,
}

/// A provision as it goes from the issuer to the resolver.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    provision: ProvisionCode,
    study: String,
    opened_at: Timestamp,
    terms: Terms,
}

fn columns() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(TABLE, DataType::Utf8, false)]))
}

/// Hands an open provision to the resolver of it, which stays the same from then on.
pub fn hand(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
) -> Result<SealedFile, CustodyError> {
    if order.out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: order.out.clone(),
        }
        .into());
    }
    if authority.secrets().has(Custodian::Resolver) {
        return Err(CustodyError::Whole);
    }
    let provision = provision::find_open(store, &order.provision)?;
    let resolver = trusted(authority, &order.resolver, Role::Authority)?;
    let handed = Handed {
        provision: provision.code.clone(),
        study: provision.study.clone(),
        opened_at: provision.opened_at,
        terms: provision.terms.clone(),
    };
    let text =
        serde_json::to_string(&handed).map_err(|_| CustodyError::Broken("terms are JSON"))?;
    let mut draft = Draft::new(&authority.scratch()?);
    let columns = columns();
    let mut sink = ParquetSink::create(
        draft.table(TABLE, schema::to_json(&columns)?)?,
        &columns,
        &Sorting::none(),
    )?;
    let row: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let batch = RecordBatch::try_new(Arc::clone(&columns), vec![row])
        .map_err(|_| CustodyError::Broken("a batch fits its schema"))?;
    sink.write(&batch)?;
    let written = sink.finish()?;
    written.target.finish(Counts {
        rows: written.rows,
        ..Counts::default()
    })?;
    let to = order.resolver.to_hex();
    let log = store.give_head(authority.keys())?;
    let transaction = store.begin()?;
    provision::still_open(&transaction, &provision)?;
    transaction.agree_counterpart(provision.code.as_str(), &to)?;
    let outgoing = Outgoing {
        log,
        kind: PackageKind::Terms,
        recipient: resolver,
        sequence: transaction.next_sequence(&to)?,
        in_reply_to: None,
        custody: None,
        expires: order.expires,
        fee_notice: None,
        extract: None,
    };
    let prepared = outgoing.prepare(authority, &provision, draft, &order.out)?;
    let sealed = SealedFile::from(prepared.receipt().clone());
    outgoing.note(authority, &provision, &transaction, &sealed)?;
    let event = Event::new("provision.handed", &order.provision, authority.now())
        .with("resolver", to)
        .with("package", sealed.package.as_str())
        .with("package_sha256", sealed.sha256.as_str());
    release(
        prepared,
        |_| Ok(transaction.commit(&event)?),
        |source| CustodyError::Unpublished {
            package: sealed.package.clone(),
            file: order.out.clone(),
            source,
        },
    )?;
    Ok(sealed)
}

/// Records a provision that the issuer handed over: the same study, terms and time.
pub fn take(
    authority: &Authority<'_>,
    store: &mut Store,
    file: &Path,
) -> Result<Provision, CustodyError> {
    store.not_halted()?;
    let secrets = authority.secrets();
    if secrets.has(Custodian::Issuer) {
        return Err(CustodyError::Whole);
    }
    let authentic =
        Sealed::open(file)?.authenticate(authority.keys(), authority.trust(), authority.now())?;
    let stated = authentic.header();
    if stated.kind != PackageKind::Terms {
        return Err(CustodyError::Kind {
            kind: stated.kind.as_str(),
            expected: PackageKind::Terms.as_str(),
        });
    }
    let opened = authentic.verify()?;
    let handed = read(&opened)?;
    let id = handed.provision.as_str().to_owned();
    opened.expect(&Expected {
        kind: PackageKind::Terms,
        provision: id.clone(),
        kcv: Some(handed.terms.kcv),
    })?;
    fits(authority, store, &handed)?;
    let sender = opened.sender().fingerprint().to_hex();
    let body =
        serde_json::to_value(&handed.terms).map_err(|_| CustodyError::Broken("terms are JSON"))?;
    let transaction = store.begin()?;
    transaction.see(&SeenPackage {
        package_id: opened.package_id().to_string(),
        part: String::new(),
        kind: PackageKind::Terms.as_str().to_owned(),
        sender: sender.clone(),
        sequence: opened.sequence(),
        seen_at: authority.now(),
        head: opened.head().cloned(),
    })?;
    transaction.open_provision(&ProvisionRecord {
        provision: id.clone(),
        study: handed.study.clone(),
        body: body.clone(),
        open: true,
        opened_at: handed.opened_at,
    })?;
    transaction.agree_counterpart(&id, &sender)?;
    let event = Event::new("provision.taken", &id, authority.now())
        .with("issuer", sender)
        .with("package", opened.package_id().to_string())
        .with("study", handed.study.as_str())
        .with("terms", body);
    transaction.commit(&event)?;
    Ok(Provision {
        code: handed.provision,
        study: handed.study,
        open: true,
        opened_at: handed.opened_at,
        controls: handed.terms.controls.clone(),
        terms: handed.terms,
    })
}

/// Holds what was handed over against this side's law, epoch and cards.
fn fits(authority: &Authority<'_>, store: &Store, handed: &Handed) -> Result<(), CustodyError> {
    let id = || handed.provision.as_str().to_owned();
    let differs = |field| CustodyError::Differs {
        provision: id(),
        field,
    };
    if !handed.terms.kana_mode.fits(handed.terms.kcv.kana) {
        return Err(differs("kana_mode"));
    }
    if handed.terms.law
        != Law::current()
            .map_err(provision::ProvisionError::from)?
            .version()
    {
        return Err(differs("law"));
    }
    let epoch = store.epoch()?.map_or(FIRST_EPOCH, Epoch);
    if handed.terms.epoch != epoch {
        return Err(CustodyError::Epoch {
            provision: id(),
            stated: handed.terms.epoch.0,
            own: epoch.0,
        });
    }
    for (party, role, field) in [
        (&handed.terms.producer, Role::Producer, "producer"),
        (&handed.terms.recipient, Role::Workspace, "recipient"),
    ] {
        if provision::party(authority, &party.fingerprint, role)? != *party {
            return Err(differs(field));
        }
    }
    Ok(())
}

fn read(opened: &Opened) -> Result<Handed, CustodyError> {
    let form = || CustodyError::Tables;
    match opened.tables() {
        [info] if info.name == TABLE && info.rows == 1 => {}
        _ => return Err(form()),
    }
    let reader = opened.table(TABLE)?;
    let length = reader.len();
    let source = ParquetSource::open(TABLE, reader, length)?;
    let batch = source
        .batches(None, 1)?
        .next()
        .transpose()?
        .ok_or_else(form)?;
    let texts = batch
        .column_by_name(TABLE)
        .and_then(|column| column.as_any().downcast_ref::<StringArray>())
        .ok_or_else(form)?;
    let text = texts.iter().next().flatten().ok_or_else(form)?;
    serde_json::from_str(text).map_err(|_| form())
}
