//! Details of entries that need not be kept any longer.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::LogError;
use crate::{Event, Store, StoreError};

/// How long details are kept at least: the guideline asks for a year after the end of use, and no use ends before its events.
const KEPT: SignedDuration = SignedDuration::from_hours(366 * 24);

impl Store {
    /// Erases the details of entries. The entries stay, and so does the proof of what came before and after them.
    ///
    /// Those that were erased before are passed over, so that work cut off can be done again.
    ///
    /// # Errors
    /// [`LogError::Retained`] for an entry that is younger than a year (4-3-4-2i.access-log);
    /// [`StoreError::Missing`] for one that isn't there; [`StoreError::Busy`] while another command still reads what was
    /// erased: run it again.
    pub fn erase_details(
        &mut self,
        entries: &[u64],
        reason: &str,
        now: Timestamp,
    ) -> Result<(), LogError> {
        let kept = self.events()?;
        let txn = self.begin()?;
        for index in entries {
            let entry = kept
                .iter()
                .find(|entry| entry.index == Some(*index))
                .ok_or_else(|| StoreError::Missing {
                    what: "entry of the log",
                    name: index.to_string(),
                })?;
            // The last day of a calendar's time is past no retention.
            let until = entry.event.at.checked_add(KEPT).unwrap_or(Timestamp::MAX);
            if now < until {
                return Err(LogError::Retained {
                    index: *index,
                    until,
                });
            }
            txn.inner
                .execute(
                    "DELETE FROM event_details WHERE entry = ?1",
                    params![index.cast_signed()],
                )
                .map_err(|error| txn.classify(error))?;
        }
        let event = Event::new("log.erased", "log", now)
            .with("entries", entries)
            .with("reason", reason);
        txn.commit(&event)?;
        // Nothing of them may be left in the file of changes either.
        let held: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| self.classify(error))?;
        if held == 0 {
            return Ok(());
        }
        let path = self.path.clone();
        Err(StoreError::Busy { path }.into())
    }
}
