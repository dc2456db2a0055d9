//! What the state keeps of the vault: the wrapped keys, and the catalogue of each study's files.
//!
//! Nothing here opens a key or checks a MAC; that is `renketsu_seal::vault`.

use std::collections::BTreeMap;

use renketsu_seal::vault::{Catalogue, Entry, FileName, Mac, Wrapped};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::Deserialize;

use crate::column::{count, exact};
use crate::event::{CATALOGUE, proof};
use crate::followed::Body;
use crate::said::said_at;
use crate::{Store, StoreError, Txn};

fn parsed<T>(column: usize, value: Option<T>) -> rusqlite::Result<T> {
    value.ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, "not what was written".into())
    })
}

fn entry(study: &str, row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        name: FileName {
            study: study.to_owned(),
            table: row.get(0)?,
            file: row.get(1)?,
            version: row.get::<_, i64>(2)?.cast_unsigned(),
        },
        path: row.get(3)?,
        bytes: row.get::<_, i64>(4)?.cast_unsigned(),
        sha256: row.get(5)?,
        key: parsed(6, Wrapped::parse(&row.get::<_, String>(6)?))?,
    })
}

/// A row somebody edited into something no version of ours writes is damage, not a bug of ours.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
    )
}

/// The wrapped key of a study, its catalogue, and the MAC of that.
type Standing = (Wrapped, Catalogue, Mac);

impl Store {
    /// The wrapped key of a study, its catalogue and the MAC of that, as they stand: `VaultKey::open_catalogue`
    /// says whether they hold, and with them every row that says something of the study. `None` for a study without a
    /// key.
    ///
    /// # Errors
    /// [`StoreError::Older`] if they aren't those that the record of events named last: somebody put back what
    /// stood before, which keys and MAC alone can't tell. [`StoreError::Chain`] if the record doesn't hold.
    pub fn vault(&self, study: &str) -> Result<Option<Standing>, StoreError> {
        // One transaction: another command may commit between the two statements.
        let failed = |error| self.classify(error);
        let txn = self.connection.unchecked_transaction().map_err(failed)?;
        let mut followed = self.followed.borrow_mut();
        followed.go_on(&txn, &self.path)?;
        let told = followed.catalogued.0.get(study);
        let read = || -> rusqlite::Result<Option<Result<Standing, u64>>> {
            let head = txn
                .query_row(
                    "SELECT wrapped, mac, sequence FROM vault_studies WHERE study = ?1",
                    params![study],
                    |row| {
                        Ok((
                            parsed(0, Wrapped::parse(&row.get::<_, String>(0)?))?,
                            parsed(1, Mac::parse(&row.get::<_, String>(1)?))?,
                            row.get::<_, i64>(2)?.cast_unsigned(),
                        ))
                    },
                )
                .optional()?;
            let recorded = told.map(|told| (told.sequence, &told.proof));
            let Some((wrapped, mac, sequence)) = head else {
                // A catalogue of which something was recorded can't be gone.
                return Ok(recorded.map(|recorded| Err(recorded.0)));
            };
            if let Some(recorded) = recorded
                && recorded != (sequence, &proof(&mac))
            {
                return Ok(Some(Err(recorded.0)));
            }
            let entries = txn
                .prepare(
                    "SELECT table_name, file, version, path, bytes, sha256, wrapped FROM vault_files WHERE study = ?1",
                )?
                .query_map(params![study], |row| entry(study, row))?
                .map(|entry| entry.map(|entry| (entry.name.clone(), entry)))
                .collect::<rusqlite::Result<_>>()?;
            let catalogue = Catalogue {
                study: study.to_owned(),
                sequence,
                said: said_at(&txn, study, told.map(|told| count(told.event)))?,
                entries,
            };
            Ok(Some(Ok((wrapped, catalogue, mac))))
        };
        let found = read().map_err(|error| {
            if is_damage(&error) {
                StoreError::Damaged {
                    path: self.path.clone(),
                }
            } else {
                self.classify(error)
            }
        })?;
        found.transpose().map_err(|recorded| StoreError::Older {
            study: study.to_owned(),
            recorded,
        })
    }
}

/// Where the record of events says that a study's catalogue stands.
#[derive(Debug, Clone)]
struct Told {
    event: u64,
    sequence: u64,
    proof: String,
}

/// The same of every study.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalogued(BTreeMap<String, Told>);

/// Whether an entry may name a catalogue.
pub(crate) fn concerns(body: &str) -> bool {
    body.contains(CATALOGUE)
}

/// What an entry says of a catalogue.
#[derive(Deserialize)]
struct Fact {
    study: String,
    sequence: u64,
    mac_sha256: String,
}

impl Catalogued {
    /// `None` for an entry that names a catalogue as no version of ours writes it.
    pub(crate) fn see(&mut self, seq: u64, body: &Body) -> Option<()> {
        let Some(fact) = body.fact(CATALOGUE) else {
            return Some(());
        };
        let fact = Fact::deserialize(fact).ok()?;
        let told = Told {
            event: seq,
            sequence: fact.sequence,
            proof: fact.mac_sha256,
        };
        self.0.insert(fact.study, told);
        Some(())
    }
}

impl Txn<'_> {
    /// Records the key of a study, and the MAC of its still empty catalogue (`Catalogue::empty`, with [`Txn::said`]). A study
    /// that has a key keeps it: [`StoreError::Exists`].
    pub fn put_study_key(
        &self,
        study: &str,
        wrapped: &Wrapped,
        mac: &Mac,
    ) -> Result<(), StoreError> {
        self.expect_study(study)?;
        let changed = self
            .inner
            .execute(
                "INSERT INTO vault_studies (study, wrapped, sequence, mac) VALUES (?1, ?2, 0, ?3)
                 ON CONFLICT DO NOTHING",
                params![study, wrapped.to_base64(), mac.to_hex()],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "key of study",
                name: study.to_owned(),
            });
        }
        Ok(())
    }

    /// Records one change of a study's catalogue: first what is removed, then what is added, as
    /// `OpenStudy::next` does, which gave the MAC.
    ///
    /// # Errors
    /// [`StoreError::Catalogue`] if `sequence` isn't one above the recorded: somebody else changed the
    /// catalogue since it was read, and the MAC is of another one. [`StoreError::Missing`] for a study
    /// without a key, for a file of another study, and for one to remove that isn't there;
    /// [`StoreError::Exists`] for one to add that is there and not removed. After any of them this change
    /// has to be dropped.
    pub fn put_files(
        &self,
        study: &str,
        add: &[Entry],
        remove: &[FileName],
        sequence: u64,
        mac: &Mac,
    ) -> Result<(), StoreError> {
        let foreign = remove
            .iter()
            .chain(add.iter().map(|entry| &entry.name))
            .find(|name| name.study != study);
        if let Some(name) = foreign {
            return Err(StoreError::Missing {
                what: "file",
                name: name.to_string(),
            });
        }
        self.advance(study, sequence, mac)?;
        for name in remove {
            let changed = self
                .inner
                .execute(
                    "DELETE FROM vault_files WHERE study = ?1 AND table_name = ?2 AND file = ?3 AND version = ?4",
                    params![study, name.table, name.file, count(name.version)],
                )
                .map_err(|error| self.classify(error))?;
            if changed == 0 {
                return Err(StoreError::Missing {
                    what: "file",
                    name: name.to_string(),
                });
            }
        }
        for entry in add {
            self.add(study, entry)?;
        }
        Ok(())
    }

    fn advance(&self, study: &str, sequence: u64, mac: &Mac) -> Result<(), StoreError> {
        let recorded = self
            .inner
            .query_row(
                "SELECT sequence FROM vault_studies WHERE study = ?1",
                params![study],
                |row| row.get::<_, i64>(0),
            )
            .optional()
            .map_err(|error| self.classify(error))?
            .ok_or_else(|| StoreError::Missing {
                what: "key of study",
                name: study.to_owned(),
            })?
            .cast_unsigned();
        if recorded.checked_add(1) != Some(sequence) {
            return Err(StoreError::Catalogue {
                study: study.to_owned(),
                recorded,
            });
        }
        self.inner
            .execute(
                "UPDATE vault_studies SET sequence = ?2, mac = ?3 WHERE study = ?1",
                params![study, count(sequence), mac.to_hex()],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    fn add(&self, study: &str, entry: &Entry) -> Result<(), StoreError> {
        let Entry {
            name,
            path,
            bytes,
            sha256,
            key,
        } = entry;
        // A number cut to fit would no longer be the one under the MAC.
        let changed = exact(name.version)
            .and_then(|version| {
                self.inner.execute(
                    "INSERT INTO vault_files (study, table_name, file, version, path, bytes, sha256, wrapped) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT DO NOTHING",
                    params![
                        study,
                        name.table,
                        name.file,
                        version,
                        path,
                        exact(*bytes)?,
                        sha256,
                        key.to_base64()
                    ],
                )
            })
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "file",
                name: name.to_string(),
            });
        }
        Ok(())
    }
}
