//! Whom the party trusts: one text that it signs itself (`renketsu_seal::Trust`), under the state's proof besides.
//!
//! Every text has a serial of its own, signed with it. The record keeps serial and digest of each, so that an older one, which is signed
//! as well, is told from the one that stands.

use data_encoding::HEXLOWER;
use renketsu_seal::Trust;
use rusqlite::{OptionalExtension as _, params};
use sha2::{Digest as _, Sha256};

use crate::event::{TRUST, TRUST_SERIAL};
use crate::followed::Body;
use crate::{Event, Store, StoreError, Txn};

fn digest(list: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(list))
}

/// What a list says of itself; 0 for one of before there were serials, and for what is none and nobody will believe.
fn serial(list: &str) -> u64 {
    Trust::serial(list).unwrap_or(0)
}

/// Which list the record named last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    newest: Option<(u64, String)>,
    /// Whether an entry named a list that isn't newer than one named before: our program never does.
    backwards: bool,
}

/// Whether an entry may name a list.
pub(crate) fn concerns(body: &str) -> bool {
    body.contains(TRUST)
}

impl Listed {
    pub(crate) fn see(&mut self, body: &Body) {
        let Some(digest) = body.fact(TRUST).and_then(serde_json::Value::as_str) else {
            return;
        };
        let serial = body.fact(TRUST_SERIAL);
        let serial = serial.and_then(serde_json::Value::as_u64).unwrap_or(0);
        let before = self.newest.as_ref().map_or(0, |(serial, _)| *serial);
        // Before there were serials, the last one named was the one that stood.
        if serial > before || (serial, before) == (0, 0) {
            self.newest = Some((serial, digest.to_owned()));
        } else {
            self.backwards = true;
        }
    }
}

impl Event {
    /// Says which list of trusted cards stands after this: [`Store::trusted`] refuses another one from then on.
    #[must_use]
    pub fn at_trust(self, list: &str) -> Self {
        self.with(TRUST, digest(list))
            .with(TRUST_SERIAL, serial(list))
    }
}

impl Store {
    /// The signed list of the cards that were confirmed; none while none ever was.
    ///
    /// # Errors
    /// [`StoreError::TrustOlder`] for a list that comes before the newest one the record names, [`StoreError::Trust`] for any other
    /// that isn't that one; [`StoreError::Chain`]. Whether the party signed it, `renketsu_seal::Trust` says.
    pub fn trusted(&self) -> Result<Option<String>, StoreError> {
        let failed = |error| self.classify(error);
        // One transaction: another command may commit between the statements.
        let txn = self.connection.unchecked_transaction().map_err(failed)?;
        let list: Option<String> = txn
            .query_row("SELECT list FROM trusted", [], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        let mut followed = self.followed.borrow_mut();
        followed.go_on(&txn, &self.path)?;
        let stands = list.as_deref().map(|list| (serial(list), digest(list)));
        let told = &followed.trust;
        if !told.backwards && stands == told.newest {
            return Ok(list);
        }
        let path = self.path.clone();
        match (&stands, &told.newest) {
            (Some((serial, _)), Some((recorded, _))) if serial < recorded => {
                Err(StoreError::TrustOlder {
                    path,
                    serial: *serial,
                    recorded: *recorded,
                })
            }
            _ => Err(StoreError::Trust { path }),
        }
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
