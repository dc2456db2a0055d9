//! Whom the party trusts: one text that it signs itself (`renketsu_seal::Trust`), under the state's proof besides.

use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::event::TRUST;
use crate::{Event, Store, StoreError, Txn};

fn digest(list: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(list))
}

impl Event {
    /// Says which list of trusted cards stands after this: [`Store::trusted`] refuses another one from then on.
    #[must_use]
    pub fn at_trust(self, list: &str) -> Self {
        self.with(TRUST, digest(list))
    }
}

impl Store {
    /// The signed list of the cards that were confirmed; none while none ever was.
    ///
    /// # Errors
    /// [`StoreError::Trust`] where no key holds the state, and the list isn't the one that the record named last: an older
    /// one is signed as well.
    pub fn trusted(&self) -> Result<Option<String>, StoreError> {
        let read = || -> rusqlite::Result<_> {
            let txn = self.connection.unchecked_transaction()?;
            let list: Option<String> = txn
                .query_row("SELECT list FROM trusted", [], |row| row.get(0))
                .optional()?;
            if self.is_proven() {
                return Ok(Ok(list));
            }
            let told: Option<String> = txn
                .query_row(
                    "SELECT said FROM
                       (SELECT seq, CASE WHEN json_valid(body) THEN
                          coalesce(body ->> '$.facts.trust_sha256', body ->> '$.details.trust_sha256') END AS said FROM events)
                     WHERE said IS NOT NULL ORDER BY seq DESC LIMIT 1",
                    [],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(if told == list.as_deref().map(digest) {
                Ok(list)
            } else {
                Err(StoreError::Trust {
                    path: self.path.clone(),
                })
            })
        };
        read().map_err(|error| self.classify(error))?
    }
}

impl Txn<'_> {
    /// Puts a list in the place of the one it was made from; the event of this change is to say so
    /// ([`Event::at_trust`]).
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another command changed the list meanwhile.
    pub fn put_trusted(&self, before: Option<&str>, list: &str) -> Result<(), StoreError> {
        let changed = match before {
            None => self.inner.execute(
                "INSERT INTO trusted (one, list) VALUES (1, ?1) ON CONFLICT DO NOTHING",
                params![list],
            ),
            Some(before) => self.inner.execute(
                "UPDATE trusted SET list = ?1 WHERE list = ?2",
                params![list, before],
            ),
        };
        match changed.map_err(|error| self.classify(error))? {
            0 => Err(StoreError::Busy {
                path: self.path.clone(),
            }),
            _ => Ok(()),
        }
    }
}
