//! What the record says that is asked for before every work: whether the party halts, which list of trusted cards stands, and where
//! the catalogue of each study stands. The chain is checked on the way, and what was read once is not read again.

use std::path::Path;

use renketsu_seal::log::{GENESIS, link};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use crate::column::count;
use crate::halt::{self, Halt};
use crate::trust::{self, Listed};
use crate::vault::{self, Catalogued};
use crate::{StoreError, classify};

/// The record up to a place.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    /// The last entry that was read; 0 for none.
    seq: u64,
    /// Its hash.
    head: String,
    /// Whether the party halts after it.
    pub(crate) halt: Option<Halt>,
    /// Which list of trusted cards stands after it.
    pub(crate) trust: Listed,
    /// Where the catalogues of the studies stand after it.
    pub(crate) catalogued: Catalogued,
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            seq: 0,
            head: GENESIS.to_owned(),
            halt: None,
            trust: Listed::default(),
            catalogued: Catalogued::default(),
        }
    }
}

/// What of an entry is asked for: of the log, or of before there was one.
#[derive(Deserialize)]
pub(crate) struct Body {
    pub(crate) action: String,
    pub(crate) at: jiff::Timestamp,
    #[serde(default)]
    facts: serde_json::Value,
    #[serde(default)]
    details: serde_json::Value,
}

impl Body {
    /// A fact; one of before the log stood among the details.
    pub(crate) fn fact(&self, name: &str) -> Option<&serde_json::Value> {
        self.facts.get(name).or_else(|| self.details.get(name))
    }
}

impl Followed {
    /// Reads what was recorded since, the chain checked.
    ///
    /// # Errors
    /// [`StoreError::Chain`] at the first entry that doesn't fit, or isn't there any more.
    pub(crate) fn go_on(&mut self, connection: &Connection, path: &Path) -> Result<(), StoreError> {
        let mut next = self.clone();
        match next
            .read(connection)
            .map_err(|error| classify(error, path))?
        {
            Ok(()) => {
                *self = next;
                Ok(())
            }
            Err(seq) => Err(StoreError::Chain { seq }),
        }
    }

    fn read(&mut self, connection: &Connection) -> rusqlite::Result<Result<(), u64>> {
        if self.seq > 0 {
            let stands: Option<String> = connection
                .prepare_cached("SELECT hash FROM events WHERE seq = ?1")?
                .query_row(params![count(self.seq)], |row| row.get(0))
                .optional()?;
            if stands.as_ref() != Some(&self.head) {
                return Ok(Err(self.seq));
            }
        }
        let mut statement = connection.prepare_cached(
            "SELECT seq, body, previous, hash FROM events WHERE seq > ?1 ORDER BY seq",
        )?;
        let mut rows = statement.query(params![count(self.seq)])?;
        while let Some(row) = rows.next()? {
            let (seq, body, previous, hash): (i64, String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let expected = self.seq.saturating_add(1);
            let follows = u64::try_from(seq) == Ok(expected)
                && previous == self.head
                && hash == link(&previous, &body);
            if !follows || self.see(expected, &body).is_none() {
                return Ok(Err(expected));
            }
            (self.seq, self.head) = (expected, hash);
        }
        Ok(Ok(()))
    }

    /// Most entries are of no interest, and aren't parsed.
    fn see(&mut self, seq: u64, body: &str) -> Option<()> {
        if !halt::concerns(body) && !trust::concerns(body) && !vault::concerns(body) {
            return Some(());
        }
        let body: Body = serde_json::from_str(body).ok()?;
        halt::see(&mut self.halt, seq, &body);
        self.trust.see(&body);
        self.catalogued.see(seq, &body)
    }
}
