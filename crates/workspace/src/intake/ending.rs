//! How a delivery ends: its file is erased.
//!
//! The record says first what is to be erased, and when that is done. Between the two the delivery is *erasing*: a machine that stopped
//! there says at the next start whether the file was still there, and ends it.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use renketsu_seal::durable;
use renketsu_store::{Event, QuarantineRecord, Store, StoreError};
use serde_json::Value;

use super::{Contents, IntakeError, failed, file, waiting};
use crate::accounts::Acting;

/// Its file is being erased.
const ERASING: &str = "erasing";
/// Where the body of such a delivery says how it ends.
const ENDS: &str = "ends";

/// How a delivery ends whose end was begun.
fn begun(record: &QuarantineRecord) -> Option<&str> {
    (record.state == ERASING)
        .then(|| record.body.get(ENDS)?.as_str())
        .flatten()
}

/// Erases the file of a delivery and ends it; one whose end was begun ends as that said.
pub(super) fn end(
    store: &mut Store,
    dir: &Path,
    record: &QuarantineRecord,
    state: &str,
    acting: &Acting,
    now: Timestamp,
) -> Result<(), IntakeError> {
    if record.ended_at.is_some() {
        let delivery = record.delivery.clone();
        return Err(IntakeError::State { delivery });
    }
    let state = begun(record).unwrap_or(state);
    let event = |action| said(acting.event(action, &record.delivery, now), record, state);
    begin(store, record, state, &event("package.erase_begun"))?;
    let path = file(dir, record);
    erased(&path).map_err(|error| failed(&path, error))?;
    Ok(ended(store, record, state, now, &event("package.erased"))?)
}

fn said(event: Event, record: &QuarantineRecord, state: &str) -> Event {
    event
        .with("sha256", record.sha256.as_str())
        .with("state", state)
}

fn begin(
    store: &mut Store,
    record: &QuarantineRecord,
    state: &str,
    event: &Event,
) -> Result<(), StoreError> {
    let mut body = record.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.insert(ENDS.to_owned(), Value::from(state));
    }
    let txn = store.begin()?;
    txn.move_delivery(&record.delivery, &record.state, ERASING, &body)?;
    txn.commit(event)
}

/// Whether the file was still there.
fn erased(path: &Path) -> io::Result<bool> {
    match durable::erase(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn ended(
    store: &mut Store,
    record: &QuarantineRecord,
    state: &str,
    now: Timestamp,
    event: &Event,
) -> Result<(), StoreError> {
    let txn = store.begin()?;
    txn.end_delivery(&record.delivery, state, now)?;
    txn.commit(event)
}

/// Ends what a stop of the machine left half ended, and says in the record whether the file was still there. A file that can't be
/// erased leaves its delivery as it is, for somebody who discards it.
pub fn recovered(store: &mut Store, dir: &Path, now: Timestamp) -> Result<(), StoreError> {
    for study in store.studies()? {
        for record in store.quarantined(&study.study)? {
            let Some(state) = unfinished(store, &record)? else {
                continue;
            };
            let event = |action| {
                let event = Event::new(action, &record.delivery, now);
                said(event.with("study", study.study.as_str()), &record, &state)
            };
            if record.state != ERASING {
                begin(store, &record, &state, &event("package.erase_begun"))?;
            }
            let Ok(left) = erased(&file(dir, &record)) else {
                continue;
            };
            let event = event("package.erased").with("left", left);
            ended(store, &record, &state, now, &event)?;
        }
    }
    Ok(())
}

/// As what a delivery ends that stopped before its end: one that was being erased, and one of which every table was imported.
fn unfinished(store: &Store, record: &QuarantineRecord) -> Result<Option<String>, StoreError> {
    if record.ended_at.is_some() {
        return Ok(None);
    }
    if let Some(state) = begun(record) {
        return Ok(Some(state.to_owned()));
    }
    let contents = serde_json::from_value::<Contents>(record.body.clone()).ok();
    let Some(contents) = contents.filter(|_| record.state == "verified") else {
        return Ok(None);
    };
    let all = waiting(store, &contents)?.is_empty();
    Ok(all.then(|| "imported".to_owned()))
}
