//! State of the authority's two custodians: epochs of their roots, and who the other one is.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use crate::{Event, Store, StoreError, Txn};

/// The closing of a provision that was begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingRecord {
    /// The provision.
    pub provision: String,
    /// SHA-256 of its sealed salt, where it lay here.
    pub salt_sha256: Option<String>,
}

impl Store {
    /// Closings that were begun and not finished, by provision.
    pub fn closings(&self) -> Result<Vec<ClosingRecord>, StoreError> {
        let record = |row: &rusqlite::Row<'_>| {
            Ok(ClosingRecord {
                provision: row.get(0)?,
                salt_sha256: row.get(1)?,
            })
        };
        self.all_rows("SELECT provision, salt_sha256 FROM closings WHERE finished_at IS NULL ORDER BY provision", [], record)
    }

    /// The epoch of provisions to be opened; `None` before the first one began.
    pub fn epoch(&self) -> Result<Option<u32>, StoreError> {
        self.connection
            .query_row("SELECT max(epoch) FROM epochs", [], |row| row.get(0))
            .map_err(|error| self.classify(error))
    }

    /// Epochs whose roots were not destroyed, in order.
    pub fn kept_epochs(&self) -> Result<Vec<u32>, StoreError> {
        self.connection
            .prepare("SELECT epoch FROM epochs WHERE ended_at IS NULL ORDER BY epoch")
            .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| self.classify(error))
    }

    /// Fingerprint of the other custodian of a provision; `None` where one directory holds both.
    pub fn counterpart(&self, provision: &str) -> Result<Option<String>, StoreError> {
        self.connection
            .query_row(
                "SELECT fingerprint FROM counterparts WHERE provision = ?1",
                params![provision],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Adds a line to the record that belongs to the same change: it stands if and only if the change does.
    pub fn note(&self, event: &Event) -> Result<(), StoreError> {
        self.also(event)
    }

    /// Holds a provision that opens to the latest epoch: nobody else can begin one while this change is open.
    pub fn hold_epoch(&self, epoch: u32) -> Result<(), StoreError> {
        let latest: Option<u32> = self
            .inner
            .query_row("SELECT max(epoch) FROM epochs", [], |row| row.get(0))
            .map_err(|error| self.classify(error))?;
        if latest.is_none_or(|latest| latest == epoch) {
            return Ok(());
        }
        Err(StoreError::Missing {
            what: "epoch",
            name: epoch.to_string(),
        })
    }

    /// Notes that the closing of a provision begins.
    pub fn begin_closing(
        &self,
        provision: &str,
        salt_sha256: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO closings (provision, salt_sha256, begun_at) VALUES (?1, ?2, ?3)",
                params![provision, salt_sha256, at.to_string()],
            )
            .map(drop)
            .map_err(|error| self.classify(error))
    }

    /// Notes that a closing is finished.
    pub fn finish_closing(&self, provision: &str, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE closings SET finished_at = ?2 WHERE provision = ?1 AND finished_at IS NULL",
                params![provision, at.to_string()],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Missing {
                what: "closing",
                name: provision.to_owned(),
            });
        }
        Ok(())
    }

    /// Begins an epoch; its number is the caller's, one above the latest.
    pub fn begin_epoch(&self, epoch: u32, at: Timestamp) -> Result<(), StoreError> {
        self.changed(
            "INSERT INTO epochs (epoch, begun_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            epoch,
            at,
        )?
        .then_some(())
        .ok_or_else(|| StoreError::Exists {
            what: "epoch",
            name: epoch.to_string(),
        })
    }

    /// Notes that the roots of an epoch are gone.
    pub fn end_epoch(&self, epoch: u32, at: Timestamp) -> Result<(), StoreError> {
        self.changed(
            "UPDATE epochs SET ended_at = ?2 WHERE epoch = ?1 AND ended_at IS NULL",
            epoch,
            at,
        )?
        .then_some(())
        .ok_or_else(|| StoreError::Missing {
            what: "epoch",
            name: epoch.to_string(),
        })
    }

    fn changed(&self, statement: &str, epoch: u32, at: Timestamp) -> Result<bool, StoreError> {
        self.inner
            .execute(statement, params![epoch, at.to_string()])
            .map(|rows| rows == 1)
            .map_err(|error| self.classify(error))
    }

    /// Names the other custodian of a provision. It stays the same.
    pub fn agree_counterpart(&self, provision: &str, fingerprint: &str) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO counterparts (provision, fingerprint) VALUES (?1, ?2)
                 ON CONFLICT (provision) DO UPDATE SET fingerprint = ?2 WHERE fingerprint = ?2",
                params![provision, fingerprint],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "counterpart",
                name: provision.to_owned(),
            });
        }
        Ok(())
    }
}
