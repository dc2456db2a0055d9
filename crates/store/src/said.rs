//! What the state says of a study outside its catalogue, as one digest for the catalogue's MAC.
//!
//! Which kind a table is, which version a link took, who approved what, how many rows of single persons may come out,
//! where the keys are proven: each of these decides what a question shows, and each is a row that anybody with an SQLite
//! shell can edit. The digest covers all of these rows, and the hash of the event before the one that told of the
//! catalogue, hence of every event up to there.

use renketsu_seal::log::GENESIS;
use renketsu_seal::vault::Said;
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};

use crate::column::parts;
use crate::event::head;
use crate::{StoreError, Txn};

const DOMAIN: &[u8] = b"renketsu/study-rows/1\0";

/// Each in the order of its primary key.
const ROWS: [(&str, &str); 4] = [
    ("studies", "SELECT * FROM studies WHERE study = ?1"),
    (
        "study_tables",
        "SELECT * FROM study_tables WHERE study = ?1 ORDER BY name, version",
    ),
    (
        "links",
        "SELECT * FROM links WHERE study = ?1 ORDER BY version",
    ),
    (
        "cohorts",
        "SELECT * FROM cohorts WHERE study = ?1 ORDER BY name, version",
    ),
];

/// Named only where there is a row, so that catalogues of before there was such a table stay proven.
const LATER: (&str, &str) = (
    "study_volumes",
    "SELECT * FROM study_volumes WHERE study = ?1",
);

/// The digest, for the catalogue that the event after `head` tells of.
pub(crate) fn said(connection: &Connection, study: &str, head: &str) -> rusqlite::Result<Said> {
    let mut hash = Sha256::new_with_prefix(DOMAIN);
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(head.as_bytes());
    for (table, select) in ROWS.into_iter().chain([LATER]) {
        let mut statement = connection.prepare(select)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params![study])?;
        let mut named = table == LATER.0;
        if !named {
            part(table.as_bytes());
        }
        while let Some(row) = rows.next()? {
            if std::mem::take(&mut named) {
                part(table.as_bytes());
            }
            part(b"row");
            for column in 0..columns {
                parts(row.get_ref(column)?, &mut part);
            }
        }
    }
    Ok(Said(hash.finalize().into()))
}

/// The digest for the catalogue that event `seq` told of; none was told of yet where there is no such event.
pub(crate) fn said_at(
    connection: &Connection,
    study: &str,
    told: Option<i64>,
) -> rusqlite::Result<Said> {
    let before = match told {
        None => GENESIS.to_owned(),
        Some(seq) => connection.query_row(
            "SELECT previous FROM events WHERE seq = ?1",
            params![seq],
            |row| row.get(0),
        )?,
    };
    said(connection, study, &before)
}

impl Txn<'_> {
    /// The digest with everything this change did so far, for the catalogue that its event is going to tell of.
    pub fn said(&self, study: &str) -> Result<Said, StoreError> {
        head(&self.inner)
            .and_then(|head| said(&self.inner, study, &head))
            .map_err(|error| self.classify(error))
    }
}
