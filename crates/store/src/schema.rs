//! The schema of a state is the one that our migrations make, and no other: a trigger or a view of somebody's would do in
//! our name what it likes, and let the record say nothing of it.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::{MIGRATIONS, Store, StoreError};

/// Kind, name, table and statement of everything that is in a schema.
type Parts = BTreeSet<(String, String, String, Option<String>)>;

/// Lets a schema call no function with effects, and no statement write where only SQLite may.
pub(crate) fn defend(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(())
}

fn parts(connection: &Connection) -> rusqlite::Result<Parts> {
    connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

fn ours() -> rusqlite::Result<Parts> {
    let fresh = Connection::open_in_memory()?;
    for migration in MIGRATIONS {
        fresh.execute_batch(migration)?;
    }
    parts(&fresh)
}

impl Store {
    /// Refuses a state whose schema isn't ours.
    pub(crate) fn own_schema(&self) -> Result<(), StoreError> {
        let found = parts(&self.connection).map_err(|error| self.classify(error))?;
        if found == ours().map_err(|error| self.classify(error))? {
            return Ok(());
        }
        Err(StoreError::Damaged {
            path: self.path.clone(),
        })
    }
}
