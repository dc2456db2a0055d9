//! The proof of a state: who has no key of the party can't make a row of it say something else.
//!
//! The proof holds, for every table, the sum modulo 2^256 of a keyed MAC of each of its rows (a multiset hash: Clarke et
//! al., ASIACRYPT 2003), and the head of the record of events; all of it sealed, so that the sums stay unknown. A change
//! adds the MACs of rows that came and takes away those of rows that went, which triggers of its own connection note, so
//! it costs what it changes, and an edit from outside is never taken into a proof. Opening a state with its
//! key sums up every row anew.

use std::collections::BTreeMap;
use std::path::Path;

use renketsu_seal::ProofKey;
use renketsu_seal::log::GENESIS;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::event::{Around, head};
use crate::{Event, MIGRATIONS, Store, StoreError, WORK};

mod rows;

use rows::{MOVED, Sum, install, sum, tables};

/// Tables without rows of their own in the proof, and why.
pub(crate) const EXEMPT: [(&str, &str); 2] = [
    ("events", "a chain, whose head stands in the proof"),
    ("state_proof", "the proof"),
];

/// What a proof says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Standing {
    /// How many events there are.
    events: i64,
    /// The hash of the last one.
    head: String,
    /// The sum of every table's rows; one that isn't named is empty.
    tables: BTreeMap<String, Sum>,
}

/// Why a state isn't believed.
pub(crate) enum Doubt {
    /// There is no proof, and something to prove.
    Unproven,
    /// There is a proof, and no key to make the next one with.
    Keys,
    /// A later program changed the schema meanwhile.
    Newer(i64),
    /// What stands in this table isn't what was proven.
    Edited(String),
    /// The proof can't be made.
    Failed,
    /// SQLite refused.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Doubt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Doubt {
    pub(crate) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Unproven => StoreError::Unproven { path },
            Self::Keys => StoreError::Keys { path },
            Self::Newer(version) => StoreError::Newer { path, version },
            Self::Edited(table) => StoreError::Edited { path, table },
            Self::Failed => StoreError::Unsealed { path },
            Self::Sql(error) => crate::classify(error, &path),
        }
    }
}

/// How many events there are, and the hash of the last.
fn record(connection: &Connection) -> rusqlite::Result<(i64, String)> {
    let events = connection.query_row("SELECT coalesce(max(seq), 0) FROM events", [], |row| {
        row.get(0)
    })?;
    Ok((events, head(connection)?))
}

fn sealed(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection
        .query_row("SELECT sealed FROM state_proof", [], |row| row.get(0))
        .optional()
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    for table in tables(connection)?
        .iter()
        .map(String::as_str)
        .chain(["events"])
    {
        let quoted = table.replace('"', "\"\"");
        let any = format!("SELECT EXISTS (SELECT 1 FROM main.\"{quoted}\")");
        if connection.query_row(&any, [], |row| row.get(0))? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Standing {
    /// What the proof of this state says, which must be of the record as it stands. A state in which nothing was ever done
    /// has none, and needs none.
    pub(crate) fn read(connection: &Connection, key: &ProofKey) -> Result<Self, Doubt> {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if usize::try_from(version) != Ok(MIGRATIONS.len()) {
            return Err(Doubt::Newer(version));
        }
        let Some(sealed) = sealed(connection)? else {
            if is_empty(connection)? {
                return Ok(Self {
                    events: 0,
                    head: GENESIS.to_owned(),
                    tables: BTreeMap::new(),
                });
            }
            return Err(Doubt::Unproven);
        };
        let standing = key
            .open(&sealed)
            .and_then(|content| serde_json::from_slice::<Self>(&content).ok())
            .ok_or_else(|| Doubt::Edited("state_proof".to_owned()))?;
        if (standing.events, standing.head.clone()) != record(connection)? {
            return Err(Doubt::Edited("events".to_owned()));
        }
        Ok(standing)
    }

    /// Sums up the rows of these tables anew.
    fn check<'t>(
        &self,
        connection: &Connection,
        tables: impl Iterator<Item = &'t str>,
    ) -> Result<(), Doubt> {
        for table in tables {
            let proven = self.tables.get(table).copied().unwrap_or_default();
            if sum(connection, table)? != proven {
                return Err(Doubt::Edited(table.to_owned()));
            }
        }
        Ok(())
    }

    /// Sums up everything anew.
    pub(crate) fn check_all(&self, connection: &Connection) -> Result<(), Doubt> {
        let tables = tables(connection)?;
        if let Some(gone) = self.tables.keys().find(|name| !tables.contains(name)) {
            return Err(Doubt::Edited(gone.clone()));
        }
        self.check(connection, tables.iter().map(String::as_str))
    }

    /// Takes over what this change did, its event included, and puts the proof of it down.
    pub(crate) fn advance(mut self, connection: &Connection, key: &ProofKey) -> Result<(), Doubt> {
        let mut statement = connection.prepare(&format!("SELECT name, came, mac FROM {MOVED}"))?;
        let mut moved = statement.query([])?;
        while let Some(row) = moved.next()? {
            let sum = self.tables.entry(row.get(0)?).or_default();
            let mac = row.get_ref(2)?;
            let mac = mac.as_blob().map_err(rusqlite::Error::from)?;
            if row.get(1)? {
                sum.add(mac)?;
            } else {
                sum.take(mac)?;
            }
        }
        self.put(connection, key)
    }

    fn put(mut self, connection: &Connection, key: &ProofKey) -> Result<(), Doubt> {
        // Everything that moved in this transaction stands in the sums.
        connection.execute(&format!("DELETE FROM {MOVED}"), [])?;
        (self.events, self.head) = record(connection)?;
        self.tables.retain(|_, sum| !sum.is_zero());
        let content = serde_json::to_vec(&self).map_err(|_| Doubt::Failed)?;
        let sealed = key.seal(&content).map_err(|_| Doubt::Failed)?;
        connection.execute(
            "INSERT INTO state_proof (one, sealed) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET sealed = excluded.sealed",
            params![sealed],
        )?;
        Ok(())
    }
}

/// A change of a state that is proven is made with its key, or not at all.
pub(crate) fn begun(
    connection: &Connection,
    key: Option<&ProofKey>,
) -> Result<Option<Standing>, Doubt> {
    match key {
        Some(key) => Standing::read(connection, key).map(Some),
        None if sealed(connection)?.is_some() => Err(Doubt::Keys),
        None => Ok(None),
    }
}

impl Store {
    /// Opens the state as [`open`](Self::open) does, and believes it only if every row of it, and the record's head, are
    /// what this party put there. Its changes are proven from then on.
    ///
    /// # Errors
    /// [`StoreError::Edited`] if a row was changed, removed or added from outside; [`StoreError::Unproven`] for a
    /// state with content and without a proof.
    pub fn open_proven(dir: &Path, key: &ProofKey) -> Result<Self, StoreError> {
        let mut store = Self::open(dir)?;
        store.install(key)?;
        store.check()?;
        // An empty state beside work is one that was lost.
        if let Some(work) = WORK
            .iter()
            .map(|name| dir.join(name))
            .find(|work| work.exists())
            && is_empty(&store.connection).map_err(|error| store.classify(error))?
        {
            let path = store.path;
            return Err(StoreError::Lost { path, work });
        }
        Ok(store)
    }

    fn install(&mut self, key: &ProofKey) -> Result<(), StoreError> {
        install(&self.connection, key).map_err(|error| self.classify(error))?;
        self.proof = Some(key.clone());
        Ok(())
    }

    /// Another handle of the same state, as much believed as this one.
    pub fn another(&self) -> Result<Self, StoreError> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let other = match &self.proof {
            Some(key) => Self::open_proven(dir, key),
            None => Self::open(dir),
        };
        Ok(other?.with_clock(self.clock))
    }

    /// Whether what this handle reads was held against the party's key when it was opened.
    pub fn is_proven(&self) -> bool {
        self.proof.is_some()
    }

    /// Whether there is a proof, with which alone the state changes from then on.
    pub fn has_proof(&self) -> Result<bool, StoreError> {
        let proof = sealed(&self.connection).map_err(|error| self.classify(error))?;
        Ok(proof.is_some())
    }

    /// Holds every row against the proof, once more.
    pub fn check(&self) -> Result<(), StoreError> {
        self.checking(Standing::check_all)
    }

    /// Holds the rows of one table against the proof, once more: for what is looked up again and again while a process lives.
    pub fn check_table(&self, table: &str) -> Result<(), StoreError> {
        self.checking(|standing, connection| standing.check(connection, std::iter::once(table)))
    }

    fn checking(
        &self,
        check: impl FnOnce(&Standing, &Connection) -> Result<(), Doubt>,
    ) -> Result<(), StoreError> {
        let Some(key) = &self.proof else {
            return Ok(());
        };
        // One transaction: another command may commit between the statements.
        let checked = || -> Result<(), Doubt> {
            let txn = self.connection.unchecked_transaction()?;
            let standing = Standing::read(&txn, key)?;
            check(&standing, &txn)
        };
        checked().map_err(|doubt| doubt.at(&self.path))
    }

    /// Takes over a state from before states were proven, as it stands: whoever calls this has looked at it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is a proof, or the record tells of one; [`StoreError::Chain`].
    pub fn adopt(dir: &Path, key: &ProofKey, event: &Event) -> Result<Self, StoreError> {
        let mut store = Self::open(dir)?;
        store.install(key)?;
        let again = || StoreError::Exists {
            what: "proof",
            name: event.object.clone(),
        };
        let told = store.events()?;
        if told.iter().any(|entry| entry.event.action == event.action) {
            return Err(again());
        }
        let path = store.path.clone();
        let around = Around::now(store.clock, &path)?;
        let adopted = || -> Result<bool, Doubt> {
            let txn = rusqlite::Transaction::new_unchecked(
                &store.connection,
                rusqlite::TransactionBehavior::Immediate,
            )?;
            if sealed(&txn)?.is_some() {
                return Ok(false);
            }
            crate::event::append(&txn, event, around)?;
            let mut sums = BTreeMap::new();
            for table in tables(&txn)? {
                let sum = sum(&txn, &table)?;
                sums.insert(table, sum);
            }
            let standing = Standing {
                events: 0,
                head: String::new(),
                tables: sums,
            };
            standing.put(&txn, key)?;
            txn.commit()?;
            Ok(true)
        };
        if !adopted().map_err(|doubt| doubt.at(&path))? {
            return Err(again());
        }
        Ok(store)
    }
}

#[cfg(test)]
mod tests {
    use renketsu_seal::party::{self, Cost};
    use renketsu_seal::{Passphrase, Role};

    use super::*;

    /// The version that brought the proof.
    const PROOF: usize = 10;

    /// Migrations run where no key is: what they would change could not be proven.
    #[test]
    fn a_migration_since_the_proof_changes_no_row() {
        let dir = tempfile::tempdir().unwrap();
        let words = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let keys = party::create_opened(dir.path(), "A", Role::Authority, &words, now, Cost::Light);
        let key = keys.unwrap().proof();
        let connection = Connection::open_in_memory().unwrap();
        let (before, after) = MIGRATIONS.split_at(PROOF);
        connection.execute_batch(&before.concat()).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .unwrap();
        let names = tables(&connection).unwrap();
        for table in &names {
            let values: Vec<&str> = connection
                .prepare("SELECT type FROM pragma_table_info(?1)")
                .unwrap()
                .query_map([table], |row| row.get::<_, String>(0))
                .unwrap()
                .map(|kind| match kind.unwrap().as_str() {
                    "INTEGER" => "1",
                    "BLOB" => "x'01'",
                    _ => "'1'",
                })
                .collect();
            let insert = format!("INSERT INTO {table} VALUES ({})", values.join(", "));
            connection.execute_batch(&insert).unwrap();
        }
        install(&connection, &key).unwrap();
        let sums = || -> Vec<Sum> {
            names
                .iter()
                .map(|table| sum(&connection, table).unwrap())
                .collect()
        };
        let proven = sums();
        connection.execute_batch(&after.concat()).unwrap();
        assert!(proven == sums());
        assert!(proven.iter().all(|sum| !sum.is_zero()));
    }
}
