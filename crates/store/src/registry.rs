//! Versions of the registry, and the version each provision is held to.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::column::{count, json, time};
use crate::{Store, StoreError, Txn};

/// A version of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryVersion {
    /// Counted from 1.
    pub version: u64,
    /// Its own layer, below the party's directory.
    pub file: String,
    /// The version whose layers lie below this one's; `None` where this layer is all of it.
    pub parent: Option<u64>,
    /// Rows.
    pub rows: u64,
    /// Persons.
    pub persons: u64,
    /// Digest of the source as it was read.
    pub digest: String,
    /// Digest of the canonical content, the same however it was reached.
    pub content: String,
    /// Findings the operator accepted, by kind and count.
    pub accepted: serde_json::Value,
    /// When.
    pub loaded_at: Timestamp,
    /// When its files were destroyed, if they were.
    pub pruned_at: Option<Timestamp>,
}

const VERSION: &str = "SELECT version, file, parent, rows, persons, digest, coalesce(content, ''), accepted, loaded_at, pruned_at FROM registry_versions";

fn version(row: &Row<'_>) -> rusqlite::Result<RegistryVersion> {
    Ok(RegistryVersion {
        version: row.get::<_, i64>(0)?.unsigned_abs(),
        file: row.get(1)?,
        parent: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
        rows: row.get::<_, i64>(3)?.unsigned_abs(),
        persons: row.get::<_, i64>(4)?.unsigned_abs(),
        digest: row.get(5)?,
        content: row.get(6)?,
        accepted: json(&row.get::<_, String>(7)?)?,
        loaded_at: time(&row.get::<_, String>(8)?)?,
        pruned_at: row
            .get::<_, Option<String>>(9)?
            .map(|text| time(&text))
            .transpose()?,
    })
}

fn pin(connection: &Connection, provision: &str) -> rusqlite::Result<Option<u64>> {
    connection
        .query_row(
            "SELECT version FROM provision_registry WHERE provision = ?1",
            params![provision],
            |row| row.get::<_, i64>(0),
        )
        .optional()
        .map(|found| found.map(i64::unsigned_abs))
}

impl Store {
    /// The latest version of the registry.
    pub fn registry_version(&self) -> Result<Option<RegistryVersion>, StoreError> {
        self.one_row(
            &format!("{VERSION} ORDER BY version DESC LIMIT 1"),
            [],
            version,
        )
    }

    /// Every version, the oldest first.
    pub fn registry_versions(&self) -> Result<Vec<RegistryVersion>, StoreError> {
        self.all_rows(&format!("{VERSION} ORDER BY version"), [], version)
    }

    /// The version a provision is held to; `None` before its first answer or stamp.
    pub fn provision_registry(&self, provision: &str) -> Result<Option<u64>, StoreError> {
        pin(&self.connection, provision).map_err(|error| self.classify(error))
    }

    /// The versions that open provisions are held to, by provision.
    pub fn pinned_registries(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.connection
            .prepare("SELECT provision, version FROM provision_registry JOIN provisions USING (provision) WHERE state = 'open' ORDER BY provision")
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// The number the next version of the registry gets. Nobody else can take it while this change is open.
    pub fn next_registry_version(&self) -> Result<u64, StoreError> {
        self.inner
            .query_row(
                "SELECT coalesce(max(version), 0) + 1 FROM registry_versions",
                [],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// Records a version of the registry; its number is the caller's, one above the latest.
    pub fn load_registry(&self, record: &RegistryVersion) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO registry_versions (version, file, parent, rows, persons, digest, content, accepted, loaded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    count(record.version),
                    record.file,
                    record.parent.map(count),
                    count(record.rows),
                    count(record.persons),
                    record.digest,
                    record.content,
                    record.accepted.to_string(),
                    record.loaded_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Says that a version is made of this one file from now on.
    pub fn compact_registry(&self, version: u64, file: &str) -> Result<(), StoreError> {
        self.inner
            .execute(
                "UPDATE registry_versions SET file = ?2, parent = NULL WHERE version = ?1",
                params![count(version), file],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Says that a version can be read no more.
    pub fn prune_registry(&self, version: u64, at: Timestamp) -> Result<(), StoreError> {
        self.inner
            .execute(
                "UPDATE registry_versions SET pruned_at = ?2 WHERE version = ?1 AND pruned_at IS NULL",
                params![count(version), at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Holds a provision to the version that its first answer or stamp was made from. One that is held already must be
    /// held to the same: two commands that began from different versions can't both end.
    pub fn pin_registry(
        &self,
        provision: &str,
        version: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO provision_registry (provision, version, pinned_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![provision, count(version), at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        let pinned = pin(&self.inner, provision).map_err(|error| self.classify(error))?;
        if pinned == Some(version) {
            return Ok(());
        }
        Err(StoreError::Pinned {
            provision: provision.to_owned(),
            version: pinned.unwrap_or(0),
        })
    }

    /// Holds a provision to another version, if it is still held to `from`.
    pub fn adopt_registry(
        &self,
        provision: &str,
        from: u64,
        to: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE provision_registry SET version = ?3, pinned_at = ?4 WHERE provision = ?1 AND version = ?2",
                params![provision, count(from), count(to), at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 1 {
            return Ok(());
        }
        let pinned = pin(&self.inner, provision).map_err(|error| self.classify(error))?;
        Err(StoreError::Pinned {
            provision: provision.to_owned(),
            version: pinned.unwrap_or(0),
        })
    }
}
