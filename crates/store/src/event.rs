//! The record of what was done: append-only, each entry bound to the one before by its hash.

use std::collections::BTreeMap;

use jiff::Timestamp;
use renketsu_seal::vault::Mac;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Store, StoreError};

const DOMAIN: &[u8] = b"renketsu/event/1\0";
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One thing that was done. Holds names, counts and digests of ours; never a value of a person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the clock the binary read.
    pub at: Timestamp,
    /// What: a dotted name, never reused (`producer.requested`).
    pub action: String,
    /// On what: a provision, study, package.
    pub object: String,
    /// Counts, digests, names.
    pub details: BTreeMap<String, serde_json::Value>,
}

impl Event {
    /// An event without details.
    pub fn new(action: &str, object: &str, at: Timestamp) -> Self {
        Self {
            at,
            action: action.to_owned(),
            object: object.to_owned(),
            details: BTreeMap::new(),
        }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Says at which change and MAC the catalogue of a study stands after this: [`Store::vault`] refuses another one
    /// from then on. Of the MAC a digest stands here, so that nobody finds in the record what an older catalogue needs.
    #[must_use]
    pub fn at_catalogue(self, study: &str, sequence: u64, mac: &Mac) -> Self {
        self.with(
            "catalogue",
            serde_json::json!({"study": study, "sequence": sequence, "mac_sha256": proof(mac)}),
        )
    }
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventEntry {
    /// Counted from 1.
    pub seq: u64,
    /// The hash that binds this entry and all before it, in hexadecimal.
    pub hash: String,
    /// What was done.
    pub event: Event,
}

/// Where the chain of events stops to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBreak {
    /// First entry that does not follow from the one before.
    pub seq: u64,
}

/// What the record keeps of a MAC.
pub(crate) fn proof(mac: &Mac) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(mac.to_hex()))
}

/// The hash of the last event.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<String> {
    let last = connection
        .query_row(
            "SELECT hash FROM events ORDER BY seq DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    Ok(last.unwrap_or_else(|| GENESIS.to_owned()))
}

pub(crate) fn append(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    let previous = head(connection)?;
    let body = serde_json::to_string(event)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let hash = chain(&previous, &body);
    connection.execute(
        "INSERT INTO events (seq, body, previous, hash) VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM events), ?1, ?2, ?3)",
        params![body, previous, hash],
    )?;
    // A trigger that is not ours could have dropped the row and said nothing.
    if head(connection)? == hash {
        Ok(())
    } else {
        Err(rusqlite::Error::StatementChangedRows(0))
    }
}

fn chain(previous: &str, body: &str) -> String {
    let digest = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(previous)
        .chain_update(body)
        .finalize();
    data_encoding::HEXLOWER.encode(&digest)
}

impl Store {
    /// The place of the last event; 0 where there is none.
    pub fn last_event(&self) -> Result<u64, StoreError> {
        self.connection
            .query_row("SELECT coalesce(max(seq), 0) FROM events", [], |row| {
                row.get::<_, i64>(0)
            })
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// What was done after a place in the record, with its place. For whoever waits for something to be done; the chain is
    /// checked by [`Store::events`] alone.
    pub fn actions_after(&self, seq: u64) -> Result<Vec<(u64, String)>, StoreError> {
        self.connection
            .prepare(
                "SELECT seq, json_extract(body, '$.action') FROM events WHERE seq > ?1 ORDER BY seq",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![crate::column::count(seq)], |row| {
                        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?))
                    })?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }

    /// Every event in order, the chain checked from the first; an entry that does not fit is an error.
    pub fn events(&self) -> Result<Vec<EventEntry>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT seq, body, previous, hash FROM events ORDER BY seq")
            .map_err(|error| self.classify(error))?;
        let rows = statement
            .query_map([], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                ))
            })
            .map_err(|error| self.classify(error))?;
        let mut entries = Vec::new();
        let mut head = GENESIS.to_owned();
        for (expected, row) in (1_u64..).zip(rows) {
            let (seq, body, previous, hash) = row.map_err(|error| self.classify(error))?;
            let fits = u64::try_from(seq) == Ok(expected)
                && previous == head
                && hash == chain(&previous, &body);
            let event = serde_json::from_str::<Event>(&body);
            let (true, Ok(event)) = (fits, event) else {
                return Err(StoreError::Chain { seq: expected });
            };
            head.clone_from(&hash);
            entries.push(EventEntry {
                seq: expected,
                hash,
                event,
            });
        }
        Ok(entries)
    }
}
