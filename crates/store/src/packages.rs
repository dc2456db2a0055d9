//! Packages taken and sent: what keeps a replay out and numbers what goes to each recipient.

use jiff::Timestamp;
use renketsu_seal::log::TakenHead;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::{count, time};
use crate::{Store, StoreError, Txn};

/// A package, or one table of it, as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPackage {
    /// Its id.
    pub package_id: String,
    /// The table taken, or empty for the whole package.
    pub part: String,
    /// Its kind.
    pub kind: String,
    /// Fingerprint of the sender.
    pub sender: String,
    /// The sender's number for it.
    pub sequence: u64,
    /// When it was taken.
    pub seen_at: Timestamp,
    /// The head of the sender's log that it brought.
    pub head: Option<TakenHead>,
}

/// A package as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPackage {
    /// Its id.
    pub package_id: String,
    /// Its kind.
    pub kind: String,
    /// The provision it belongs to.
    pub provision: String,
    /// Fingerprint of the recipient.
    pub recipient: String,
    /// Our number for it, counted per recipient from 1.
    pub sequence: u64,
    /// Digest of the sealed file.
    pub sha256: String,
    /// When it was sealed.
    pub sent_at: Timestamp,
}

fn sent(row: &Row<'_>) -> rusqlite::Result<SentPackage> {
    Ok(SentPackage {
        package_id: row.get(0)?,
        kind: row.get(1)?,
        provision: row.get(2)?,
        recipient: row.get(3)?,
        sequence: row.get::<_, i64>(4)?.unsigned_abs(),
        sha256: row.get(5)?,
        sent_at: time(&row.get::<_, String>(6)?)?,
    })
}

impl Store {
    /// Whether this package, or this part of it, was taken before.
    pub fn has_seen(&self, package_id: &str, part: &str) -> Result<bool, StoreError> {
        self.connection
            .query_row(
                "SELECT 1 FROM packages_seen WHERE package_id = ?1 AND part IN (?2, '')",
                params![package_id, part],
                |_| Ok(()),
            )
            .optional()
            .map(|found| found.is_some())
            .map_err(|error| self.classify(error))
    }

    /// The package that was sent as this sealed file.
    pub fn sent_as(&self, sha256: &str) -> Result<Option<SentPackage>, StoreError> {
        self.one_row("SELECT package_id, kind, provision, recipient, sequence, sha256, sent_at FROM packages_sent WHERE sha256 = ?1", params![sha256], sent)
    }

    /// The package that was sent under this id.
    pub fn sent(&self, package_id: &str) -> Result<Option<SentPackage>, StoreError> {
        self.one_row("SELECT package_id, kind, provision, recipient, sequence, sha256, sent_at FROM packages_sent WHERE package_id = ?1", params![package_id], sent)
    }

    /// The number the next package to `recipient` gets.
    pub fn next_sequence(&self, recipient: &str) -> Result<u64, StoreError> {
        self.connection
            .query_row(
                "SELECT coalesce(max(sequence), 0) + 1 FROM packages_sent WHERE recipient = ?1",
                params![recipient],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Notes a package as taken; a second time is [`StoreError::Replayed`].
    pub fn see(&self, package: &SeenPackage) -> Result<(), StoreError> {
        let known: Option<i64> = self
            .inner
            .query_row(
                "SELECT 1 FROM packages_seen WHERE package_id = ?1 AND (part = ?2 OR part = '' OR ?2 = '')",
                params![package.package_id, package.part],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| self.classify(error))?;
        if known.is_some() {
            return Err(StoreError::Replayed {
                package: package.package_id.clone(),
                part: package.part.clone(),
            });
        }
        self.inner
            .execute(
                "INSERT INTO packages_seen (package_id, part, kind, sender, sequence, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    package.package_id,
                    package.part,
                    package.kind,
                    package.sender,
                    count(package.sequence),
                    package.seen_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        match &package.head {
            Some(head) => self.take_head(package, head),
            None => Ok(()),
        }
    }

    /// Notes a package as sent.
    pub fn send(&self, package: &SentPackage) -> Result<(), StoreError> {
        self.inner
            .execute(
                "INSERT INTO packages_sent (package_id, kind, provision, recipient, sequence, sha256, sent_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    package.package_id,
                    package.kind,
                    package.provision,
                    package.recipient,
                    count(package.sequence),
                    package.sha256,
                    package.sent_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }
}
