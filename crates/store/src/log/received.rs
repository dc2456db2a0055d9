//! Heads of the logs of others, as their packages brought them, and the head that goes out with a package of ours.

use std::cmp::Ordering;

use jiff::Timestamp;
use renketsu_seal::PartyKeys;
use renketsu_seal::log::{Copy, GivenHead, TakenHead, names};
use rusqlite::{Row, params};

use super::{DIR, LogError};
use crate::column::{count, time};
use crate::packages::SeenPackage;
use crate::{Event, Store, StoreError, Txn};

/// Up to so many entries a log is signed anew for every package: reading all of it again takes less than a second.
const SMALL: u64 = 100_000;
/// A larger log is signed anew once so many entries came after its newest head.
const BEHIND: u64 = 1000;

/// Why a head that was received doesn't go together with another of the same log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadDoubt {
    /// Another root over the same number of entries: one of the two logs was rewritten.
    Forked,
    /// A later package with fewer entries, or one number given to two packages: the log was cut, or its party put back from
    /// a backup.
    Shrunk,
}

impl HeadDoubt {
    /// The word in files: `forked` or `shrunk`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forked => "forked",
            Self::Shrunk => "shrunk",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Forked, Self::Shrunk]
            .into_iter()
            .find(|doubt| doubt.as_str() == text)
    }

    fn action(self) -> &'static str {
        match self {
            Self::Forked => "log.forked",
            Self::Shrunk => "log.shrunk",
        }
    }
}

/// A head of another party's log, as a package brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedHead {
    /// Fingerprint of the party whose log it is.
    pub sender: String,
    /// How many entries it covers.
    pub entries: u64,
    /// The root over them, base64.
    pub root: String,
    /// The signed head, which `renketsu-verify log --earlier` takes as a file.
    pub checkpoint: String,
    /// The package that brought it.
    pub package_id: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// What doesn't go together with heads received before.
    pub doubt: Option<HeadDoubt>,
}

fn received(row: &Row<'_>) -> rusqlite::Result<ReceivedHead> {
    let doubt: Option<String> = row.get(6)?;
    Ok(ReceivedHead {
        sender: row.get(0)?,
        entries: row.get::<_, i64>(1)?.unsigned_abs(),
        root: row.get(2)?,
        checkpoint: row.get(3)?,
        package_id: row.get(4)?,
        received_at: time(&row.get::<_, String>(5)?)?,
        doubt: doubt.as_deref().and_then(HeadDoubt::parse),
    })
}

impl Store {
    /// The head that goes out with a package. It is asked for before the transaction that records the package: what isn't
    /// committed yet is in no head.
    pub fn give_head(&self, keys: &PartyKeys) -> Result<GivenHead, StoreError> {
        self.newest_head(keys)
            .map_err(|error| StoreError::Log(Box::new(error)))
    }

    fn newest_head(&self, keys: &PartyKeys) -> Result<GivenHead, LogError> {
        let entries = self.log_entries()?;
        if entries == 0 {
            return Ok(GivenHead::of_nothing(keys)?);
        }
        let place = self.dir().join(DIR);
        let newest = place.join(names::CHECKPOINT);
        if entries > SMALL && newest.exists() {
            let head = Copy::own(&place, keys.card().clone())?.anchor(&newest)?;
            if entries.saturating_sub(head.head.size) < BEHIND {
                return Ok(GivenHead::new(keys, &head.note)?);
            }
        }
        let signed = self.sign_log(self.dir(), keys)?;
        Ok(GivenHead::new(keys, &signed.head.note)?)
    }

    fn log_entries(&self) -> Result<u64, StoreError> {
        self.connection
            .query_row(
                "SELECT count(*) FROM events WHERE entry IS NOT NULL",
                [],
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.classify(error))
    }

    /// Every head that was received, in the order of their coming.
    pub fn heads_received(&self) -> Result<Vec<ReceivedHead>, StoreError> {
        self.all_rows(
            "SELECT sender, entries, root, checkpoint, package_id, received_at, doubt FROM heads_received ORDER BY line",
            [],
            received,
        )
    }

    /// The head that came last from each party, where it doesn't go together with those before.
    pub fn heads_in_doubt(&self) -> Result<Vec<ReceivedHead>, StoreError> {
        self.all_rows(
            "SELECT sender, entries, root, checkpoint, package_id, received_at, doubt FROM heads_received
             WHERE doubt IS NOT NULL AND line IN (SELECT max(line) FROM heads_received GROUP BY sender) ORDER BY line",
            [],
            received,
        )
    }
}

impl Txn<'_> {
    /// Keeps the head that a package brought; the event of the package stands for it. Records besides what doesn't go together with another of the same log.
    pub(crate) fn take_head(
        &self,
        package: &SeenPackage,
        taken: &TakenHead,
    ) -> Result<(), StoreError> {
        let sender = taken.party();
        let (entries, root) = (count(taken.head.size), taken.head.root.to_base64());
        let failed = |error| self.classify(error);
        let parts: i64 = self
            .inner
            .query_row(
                "SELECT count(*) FROM heads_received WHERE sender = ?1 AND package_id = ?2",
                params![sender, package.package_id],
                |row| row.get(0),
            )
            .map_err(failed)?;
        if parts > 0 {
            return Ok(());
        }
        let others: Vec<(i64, String, i64)> = self
            .inner
            .prepare_cached("SELECT entries, root, sequence FROM heads_received WHERE sender = ?1")
            .and_then(|mut all| {
                all.query_map([sender], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect()
            })
            .map_err(failed)?;
        let sequence = count(package.sequence);
        let forked = others
            .iter()
            .any(|(size, other, _)| *size == entries && *other != root);
        // Packages may be taken in another order than they were made; their numbers say which was.
        let shrunk = others.iter().any(|(size, _, number)| {
            let grown = entries.cmp(size);
            grown != Ordering::Equal && grown != sequence.cmp(number)
        });
        let doubt = match (forked, shrunk) {
            (true, _) => Some(HeadDoubt::Forked),
            (false, true) => Some(HeadDoubt::Shrunk),
            (false, false) => None,
        };
        self.inner
            .execute(
                "INSERT INTO heads_received (sender, entries, root, checkpoint, package_id, sequence, received_at, doubt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    sender,
                    entries,
                    root,
                    taken.checkpoint,
                    package.package_id,
                    sequence,
                    package.seen_at.to_string(),
                    doubt.map(HeadDoubt::as_str)
                ],
            )
            .map_err(failed)?;
        let event = |action| {
            Event::new(action, sender, package.seen_at)
                .with("package", package.package_id.as_str())
                .with("entries", taken.head.size)
                .with("root", root.as_str())
        };
        doubt.map_or(Ok(()), |doubt| self.also(&event(doubt.action())))
    }
}
