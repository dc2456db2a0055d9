//! Removing persons from what was delivered (docs/decisions/0017): a request filled up with others, then a package of their IDs.
//!
//! [`request()`] asks for the persons who leave among others of the same sources, so that the authority doesn't learn who leaves, and
//! keeps their keys sealed beside the map. [`deliver()`] puts the answered IDs on those keys alone, destroys map and keys, and seals
//! the table for the recipient. Each can be repeated after a crash; the persons of one removal are added to those of earlier ones.

mod choose;
mod fault;
mod leaving;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_identity::ProvisionCode;
use renketsu_seal::Card;
use renketsu_seal::package::WriteError;
use renketsu_seal::safe::{self, SafeError};
use renketsu_store::{AttachedTable, Event, EventEntry};
use serde::Serialize;

pub(crate) use choose::Chosen;
pub use fault::RemoveError;
pub(crate) use leaving::{KEY, Leaving};

use crate::attach::{self, AttachError, AttachOrder, RowCount, TableOrder};
use crate::deliver::{self, DeliverOrder, DeliverReport, Period};
use crate::map::directory_for;
use crate::request::{self, RequestOrder, RequestReport};
use crate::sources::Reading;
use crate::{Producer, REMOVALS, SCRATCH};

/// Persons a request of a removal asks for, unless told otherwise: twice the usual least batch, since not everybody is found.
pub const PERSONS: u64 = 200;
/// Persons asked for, for each who leaves.
const OTHERS: u64 = 5;

/// Who is to be removed.
#[derive(Debug)]
pub struct RemoveOrder<'a> {
    /// The sources that name them and others, and where the request goes. A reject report is not made.
    pub request: RequestOrder<'a>,
    /// A table of their source keys.
    pub keys: &'a Path,
    /// The column of the keys.
    pub column: &'a str,
    /// How many persons to ask for, at least.
    pub persons: u64,
}

/// What was asked for. No key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemoveReport {
    /// The request.
    #[serde(flatten)]
    pub request: RequestReport,
    /// Keys that are to be removed.
    pub leaving: u64,
    /// Of them, keys whose records can get no ID: nothing was delivered about them by ID, and nothing can be removed.
    pub without_row: u64,
    /// Other keys that are asked for beside them.
    pub others: u64,
}

/// Seals a request for the persons who leave among others, and keeps the keys sealed. `progress` gets the records read so far.
pub fn request(
    producer: &mut Producer<'_>,
    order: &RemoveOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<RemoveReport, RemoveError> {
    producer.store.not_halted()?;
    // Said before the sources are read twice, and again where the file is made.
    new_file(order.request.out)?;
    let leaving = Leaving::read(order.keys, order.column)?;
    let scratch = producer.dir.join(SCRATCH);
    directory_for(&scratch).map_err(request::RequestError::from)?;
    let sources = order.request.sources;
    let reading = Reading {
        scratch: &scratch,
        threads: order.request.threads,
    };
    let found = choose::find(sources, reading, producer.today, &leaving, progress)?;
    let (asked, without_row) = (found.leaving(), found.without_row());
    let absent = leaving
        .count()
        .saturating_sub(asked.saturating_add(without_row));
    if absent > 0 {
        return Err(RemoveError::Absent { keys: absent });
    }
    if asked == 0 {
        return Err(RemoveError::NoneAsked { keys: without_row });
    }
    let wanted = order.persons.max(asked.saturating_mul(OTHERS));
    let wanted = wanted.saturating_sub(asked);
    let provision = order.request.provision.as_str();
    let (chosen, others) = found.fill(wanted, provision, &producer.keys.proof());
    // Of more, as many as there are: the least batch is the authority's to hold.
    if others < asked {
        let wanted = asked;
        return Err(RemoveError::Few { others, wanted });
    }
    let report = request::only(producer, &order.request, (&chosen, &leaving), progress)?;
    Ok(RemoveReport {
        request: report,
        leaving: leaving.count(),
        without_row,
        others,
    })
}

/// What was agreed about the delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The purpose of use.
    pub purpose: String,
    /// The contract, by its number.
    pub contract: String,
    /// The places of use (利用場所).
    pub places: Vec<String>,
    /// The period of use.
    pub period: Period,
}

/// What is delivered.
#[derive(Debug)]
pub struct RemovalOrder<'a> {
    /// The sealed answer to the removal's request, or the issuer's IDs.
    pub answer: &'a Path,
    /// With IDs: the resolver's references.
    pub references: Option<&'a Path>,
    /// Bytes of memory for keys.
    pub memory: u64,
    /// What was agreed; none means as in the last delivery of the provision.
    pub agreed: Option<Agreed>,
    /// The recipient; none means the one that the authority named.
    pub recipient: Option<&'a Card>,
    /// From when on the package must not be opened any more.
    pub expires: Timestamp,
    /// The new file of the sealed package.
    pub out: &'a Path,
}

/// What was delivered. No key is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemovalReport {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliverReport,
    /// Keys by what they got; none if an earlier run had attached them.
    pub keys: Option<RowCount>,
}

/// Puts IDs on the keys that leave, destroys map and keys, and seals the table for the recipient. After a crash the same command
/// goes on where it was. `progress` gets the keys done so far.
pub fn deliver(
    producer: &mut Producer<'_>,
    order: &RemovalOrder<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<RemovalReport, RemoveError> {
    producer.store.not_halted()?;
    new_file(order.out)?;
    let attaching = AttachOrder {
        answer: order.answer,
        references: order.references,
        tables: &[],
        drop: &[],
        keep: &[],
        memory: order.memory,
    };
    let (request, keys) = match attach::attach_leaving(producer, &attaching, progress) {
        Ok(report) => {
            let rows = report.tables.into_iter().next().map(|table| table.rows);
            (report.request, rows)
        }
        // An earlier run got this far.
        Err(AttachError::Done { request }) => (request, None),
        Err(error) => return Err(error.into()),
    };
    destroy_keys(producer, &request)?;
    let table = attached(producer, &request)?;
    let provision = ProvisionCode::parse(&table.provision)
        .map_err(|_| RemoveError::Broken("a recorded provision is one"))?;
    let agreed = match &order.agreed {
        Some(agreed) => agreed.clone(),
        None => last(producer, &table.provision, order.answer)?,
    };
    let delivery = deliver::deliver(
        producer,
        &DeliverOrder {
            provision: &provision,
            recipient: order.recipient,
            tables: std::slice::from_ref(&table.name),
            purpose: &agreed.purpose,
            contract: &agreed.contract,
            places: &agreed.places,
            period: agreed.period,
            expires: order.expires,
            out: order.out,
        },
    )?;
    Ok(RemovalReport { delivery, keys })
}

fn new_file(out: &Path) -> Result<(), RemoveError> {
    if out.symlink_metadata().is_ok() {
        let file = out.to_owned();
        return Err(deliver::DeliverError::from(WriteError::Exists { file }).into());
    }
    Ok(())
}

/// Where the keys of a removal lie; never a path out of the state.
pub(crate) fn keys_file(dir: &Path, request: &str) -> PathBuf {
    dir.join(REMOVALS).join(format!("{request}.keys"))
}

fn destroy_keys(producer: &mut Producer<'_>, request: &str) -> Result<(), RemoveError> {
    const DESTROYED: &str = "producer.removal_keys_destroyed";
    let (bytes, key_erased) = match safe::destroy(&keys_file(producer.dir, request)) {
        Ok(destroyed) => (destroyed.bytes, destroyed.key_erased),
        // Gone: on record, unless a crash came between the two.
        Err(SafeError::Missing { .. }) => (0, false),
        Err(SafeError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            (0, false)
        }
        Err(error) => return Err(error.into()),
    };
    let on_record =
        |entry: &EventEntry| entry.event.action == DESTROYED && entry.event.object == request;
    if bytes == 0 && producer.store.events()?.iter().any(on_record) {
        return Ok(());
    }
    let event = Event::new(DESTROYED, request, producer.now)
        .with("bytes", bytes)
        .with("key_erased", key_erased);
    Ok(producer.store.begin()?.commit(&event)?)
}

/// The table that came out of a removal's answer.
fn attached(producer: &Producer<'_>, request: &str) -> Result<AttachedTable, RemoveError> {
    let no_removal = || RemoveError::NoRemoval {
        request: request.to_owned(),
    };
    if !producer.store.is_removal(request)? {
        return Err(no_removal());
    }
    let record = producer.store.request(request)?.ok_or_else(no_removal)?;
    let tables = producer.store.attached_tables(&record.provision)?;
    tables
        .into_iter()
        .find(|table| Some(&table.answer) == record.answered_by.as_ref())
        .ok_or_else(no_removal)
}

/// What was agreed about the last delivery of a provision, as the record has it.
fn last(producer: &Producer<'_>, provision: &str, answer: &Path) -> Result<Agreed, RemoveError> {
    let unsaid = || RemoveError::Unsaid {
        provision: provision.to_owned(),
        answer: answer.display().to_string(),
    };
    let events = producer.store.events()?;
    let delivered = events
        .into_iter()
        .rev()
        .map(|entry| entry.event)
        .find(|event| {
            event.action == "producer.delivered"
                && event.details.get("provision").and_then(|id| id.as_str()) == Some(provision)
        });
    let mut details = delivered.ok_or_else(unsaid)?.details;
    let mut text = |name: &str| {
        let text = details
            .remove(name)
            .and_then(|value| Some(value.as_str()?.to_owned()));
        text.ok_or_else(unsaid)
    };
    let date = |text: String| text.parse::<Date>().map_err(|_| unsaid());
    let (purpose, contract) = (text("purpose")?, text("contract")?);
    let (start, end) = (date(text("period_start")?)?, date(text("period_end")?)?);
    let places = details.remove("places").ok_or_else(unsaid)?;
    Ok(Agreed {
        purpose,
        contract,
        places: serde_json::from_value(places).map_err(|_| unsaid())?,
        period: Period { start, end },
    })
}

/// The name under which a removal is attached: `removed`, or `removed_2` and so on where there were some before.
pub(crate) fn free_name(taken: &[AttachedTable]) -> String {
    let name = |number: usize| match number {
        1 => deliver::REMOVAL.to_owned(),
        more => format!("{}_{more}", deliver::REMOVAL),
    };
    let most = taken.len().saturating_add(1);
    (1..=most)
        .map(name)
        .find(|name| taken.iter().all(|table| table.name != *name))
        .unwrap_or_else(|| name(most.saturating_add(1)))
}

/// The keys of a removal as a table to attach.
pub(crate) fn table(dir: &Path, request: &str, name: String) -> TableOrder {
    TableOrder {
        name,
        path: keys_file(dir, request),
        key: KEY.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use renketsu_seal::{Role, Trust};
    use renketsu_store::Store;
    use renketsu_testkit::{Party, now, today};

    use super::*;

    #[test]
    fn keys_that_a_crash_destroyed_without_a_word_are_recorded_once() {
        let party = Party::new(Role::Producer, "認定作成事業者");
        let mut store = Store::open_proven(party.path(), &party.proof()).unwrap();
        let mut producer = Producer {
            dir: party.path(),
            keys: &party.keys,
            trust: &Trust::default(),
            store: &mut store,
            now: now(),
            today: today(),
        };
        destroy_keys(&mut producer, "R-1").unwrap();
        destroy_keys(&mut producer, "R-1").unwrap();
        destroy_keys(&mut producer, "R-2").unwrap();
        let events = store.events().unwrap();
        let told: Vec<&str> = events
            .iter()
            .filter(|entry| entry.event.action == "producer.removal_keys_destroyed")
            .map(|entry| entry.event.object.as_str())
            .collect();
        assert_eq!(told, ["R-1", "R-2"]);
    }
}
