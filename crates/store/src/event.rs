//! The record of what was done: append-only, each entry bound to the one before by its hash.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use renketsu_seal::log::{Clock, Details, EARLIER, Entry, GENESIS, Salt, link};
use renketsu_seal::vault::Mac;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{ReadClock, Store, StoreError};

/// The details that stay when the others are erased: [`Store::vault`] and [`Store::trusted`] ask for them.
pub(crate) const CATALOGUE: &str = "catalogue";
pub(crate) const TRUST: &str = "trust_sha256";
pub(crate) const TRUST_SERIAL: &str = "trust_serial";
const KEPT: [&str; 3] = [CATALOGUE, TRUST, TRUST_SERIAL];

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
            CATALOGUE,
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
    /// Its index in the signed log, counted from 0; `None` for what was recorded before there was one.
    pub index: Option<u64>,
    /// What the machine knew of the time.
    pub clock: Option<Clock>,
    /// Whether its details were erased.
    pub erased: bool,
    /// What was done.
    pub event: Event,
}

/// What the record keeps of a MAC.
pub(crate) fn proof(mac: &Mac) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(mac.to_hex()))
}

/// The hash of the last event.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<String> {
    Ok(last(connection)?.map_or_else(|| GENESIS.to_owned(), |last| last.hash))
}

/// The last event as it stands.
struct Last {
    seq: i64,
    hash: String,
    index: Option<i64>,
    body: String,
}

fn last(connection: &Connection) -> rusqlite::Result<Option<Last>> {
    connection
        .prepare_cached("SELECT seq, hash, entry, body FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(Last {
                seq: row.get(0)?,
                hash: row.get(1)?,
                index: row.get(2)?,
                body: row.get(3)?,
            })
        })
        .optional()
}

/// What an event is written with beside itself.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) clock: Option<Clock>,
    pub(crate) salt: Salt,
}

impl Around {
    /// What the clock says now, and a new salt.
    pub(crate) fn now(clock: ReadClock, path: &Path) -> Result<Self, StoreError> {
        let salt = Salt::random().map_err(|error| StoreError::Io {
            path: path.to_owned(),
            source: io::Error::other(error),
        })?;
        Ok(Self {
            clock: clock(),
            salt,
        })
    }
}

fn unwritten(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// Writes an event as the next entry of the log, its details beside it.
pub(crate) fn append(
    connection: &Connection,
    event: &Event,
    around: Around,
) -> rusqlite::Result<()> {
    let before = last(connection)?;
    let mut details = event.details.clone();
    let mut facts: BTreeMap<_, _> = KEPT
        .iter()
        .filter_map(|name| details.remove_entry(*name))
        .collect();
    let index = before.as_ref().and_then(|before| before.index);
    if index.is_none() {
        let (entries, head) = before
            .as_ref()
            .map_or((0, GENESIS), |before| (before.seq, &before.hash));
        facts.insert(
            EARLIER.to_owned(),
            serde_json::json!({"entries": entries, "head": head}),
        );
    }
    let index = index.map_or(0, |index| index.saturating_add(1));
    let details = Details {
        salt: around.salt,
        text: serde_json::to_string(&details).map_err(unwritten)?,
    };
    let entry = Entry {
        action: event.action.clone(),
        at: event.at,
        clock: around.clock.map(|mut clock| {
            clock.step_us = before
                .as_ref()
                .and_then(|before| Entry::parse(&before.body)?.clock)
                .and_then(|before| clock.step_since(&before));
            clock
        }),
        details: details.digest(),
        facts,
        index: index.cast_unsigned(),
        object: event.object.clone(),
    };
    let body = entry
        .to_line()
        .ok_or_else(|| unwritten("no entry of the log"))?;
    let previous = before.map_or_else(|| GENESIS.to_owned(), |before| before.hash);
    let hash = link(&previous, &body);
    connection
        .prepare_cached(
            "INSERT INTO events (seq, body, previous, hash, entry) VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM events), ?1, ?2, ?3, ?4)",
        )?
        .execute(params![body, previous, hash, index])?;
    let told = connection
        .prepare_cached("INSERT INTO event_details (entry, salt, details) VALUES (?1, ?2, ?3)")?
        .execute(params![index, details.salt.to_hex(), details.text])?;
    // A trigger that is not ours could have dropped the row and said nothing.
    if head(connection)? == hash && told == 1 {
        Ok(())
    } else {
        Err(rusqlite::Error::StatementChangedRows(0))
    }
}

/// A row of the record that follows from the one before.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) hash: String,
    /// An event of before the log, or the line of an entry.
    pub(crate) body: String,
    /// The entry, and its details unless they were erased; `None` before the log.
    pub(crate) entry: Option<(Entry, Option<Details>)>,
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

    /// Gives every row of the record in order, the chain checked from the first, and the details against their entry.
    ///
    /// # Errors
    /// [`StoreError::Chain`] at the first row that doesn't fit, and whatever `visit` refuses.
    pub(crate) fn walk<E: From<StoreError>>(
        &self,
        visit: &mut dyn FnMut(Line) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error| E::from(self.classify(error));
        let mut statement = self
            .connection
            .prepare(
                "SELECT seq, body, previous, hash, events.entry, salt, details
                 FROM events LEFT JOIN event_details USING (entry) ORDER BY seq",
            )
            .map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut head = GENESIS.to_owned();
        let mut next: Option<u64> = None;
        for expected in 1_u64.. {
            let Some(row) = rows.next().map_err(failed)? else {
                break;
            };
            let row = Row::read(row).map_err(failed)?;
            let line = row
                .follows(expected, &head, next)
                .ok_or(StoreError::Chain { seq: expected })?;
            head.clone_from(&line.hash);
            if let Some((entry, _)) = &line.entry {
                next = Some(entry.index.saturating_add(1));
            }
            visit(line)?;
        }
        Ok(())
    }

    /// Every event in order, the chain checked from the first; an entry that does not fit is an error.
    pub fn events(&self) -> Result<Vec<EventEntry>, StoreError> {
        let mut entries = Vec::new();
        self.walk(&mut |line| {
            let seq = line.seq;
            entries.push(line.told().ok_or(StoreError::Chain { seq })?);
            Ok::<_, StoreError>(())
        })?;
        Ok(entries)
    }
}

/// What stands in a row, not yet believed.
pub(crate) struct Row {
    seq: i64,
    body: String,
    previous: String,
    hash: String,
    index: Option<i64>,
    salt: Option<String>,
    details: Option<String>,
}

impl Row {
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            body: row.get(1)?,
            previous: row.get(2)?,
            hash: row.get(3)?,
            index: row.get(4)?,
            salt: row.get(5)?,
            details: row.get(6)?,
        })
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq.unsigned_abs()
    }

    /// The row by itself: its hash, its entry and its details fit each other. What came before it is not looked at.
    pub(crate) fn alone(self) -> Option<Line> {
        let seq = u64::try_from(self.seq).ok()?;
        let next = self.index.map(u64::try_from).transpose().ok()?;
        let previous = self.previous.clone();
        self.follows(seq, &previous, next)
    }

    /// The row, if it follows from the one with this hash, after which the log has this index.
    fn follows(self, expected: u64, head: &str, next: Option<u64>) -> Option<Line> {
        let fits = u64::try_from(self.seq) == Ok(expected)
            && self.previous == head
            && self.hash == link(&self.previous, &self.body);
        let entry = match (self.index, next) {
            // The log doesn't end again.
            (None, Some(_)) => return None,
            (None, None) => None,
            (Some(index), next) => {
                let entry = Entry::parse(&self.body)?;
                let index = u64::try_from(index).ok()?;
                let details = self.salt.zip(self.details).map(|(salt, text)| {
                    Some(Details {
                        salt: Salt::parse(&salt)?,
                        text,
                    })
                });
                let details = match details {
                    Some(details) => Some(details?),
                    None => None,
                };
                let whole = entry.index == index
                    && index == next.unwrap_or(0)
                    && details.as_ref().is_none_or(|details| entry.has(details));
                if !whole {
                    return None;
                }
                Some((entry, details))
            }
        };
        fits.then_some(Line {
            seq: expected,
            hash: self.hash,
            body: self.body,
            entry,
        })
    }
}

impl Line {
    pub(crate) fn told(self) -> Option<EventEntry> {
        let Some((entry, details)) = self.entry else {
            return Some(EventEntry {
                seq: self.seq,
                hash: self.hash,
                index: None,
                clock: None,
                erased: false,
                event: serde_json::from_str(&self.body).ok()?,
            });
        };
        let erased = details.is_none();
        let mut told: BTreeMap<_, _> = match details {
            Some(details) => serde_json::from_str(&details.text).ok()?,
            None => BTreeMap::new(),
        };
        told.extend(entry.facts);
        Some(EventEntry {
            seq: self.seq,
            hash: self.hash,
            index: Some(entry.index),
            clock: entry.clock,
            erased,
            event: Event {
                at: entry.at,
                action: entry.action,
                object: entry.object,
                details: told,
            },
        })
    }
}
