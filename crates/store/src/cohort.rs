//! Cohorts: named sets of a study's persons. The persons themselves lie in the vault.

use jiff::Timestamp;
use rusqlite::params;

use crate::column::{count, time};
use crate::{Store, StoreError, Txn};

/// One version of a cohort of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortRecord {
    /// The study.
    pub study: String,
    /// The cohort's name.
    pub name: String,
    /// Counted from 1.
    pub version: u64,
    /// How many persons it has.
    pub persons: u64,
    /// The version of the link whose persons these are.
    pub link: u64,
    /// When.
    pub made_at: Timestamp,
}

impl Store {
    /// Every version of every cohort of a study, by name and version.
    pub fn cohorts(&self, study: &str) -> Result<Vec<CohortRecord>, StoreError> {
        self.connection
            .prepare(
                "SELECT name, version, persons, link, made_at FROM cohorts WHERE study = ?1 ORDER BY name, version",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![study], |row| {
                        Ok(CohortRecord {
                            study: study.to_owned(),
                            name: row.get(0)?,
                            version: row.get::<_, i64>(1)?.unsigned_abs(),
                            persons: row.get::<_, i64>(2)?.unsigned_abs(),
                            link: row.get::<_, i64>(3)?.unsigned_abs(),
                            made_at: time(&row.get::<_, String>(4)?)?,
                        })
                    })?
                    .collect()
            })
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Records a version of a cohort; a taken one is [`StoreError::Exists`].
    pub fn put_cohort(&self, record: &CohortRecord) -> Result<(), StoreError> {
        self.expect_study(&record.study)?;
        let changed = self
            .inner
            .execute(
                "INSERT INTO cohorts (study, name, version, persons, link, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
                params![
                    record.study,
                    record.name,
                    count(record.version),
                    count(record.persons),
                    count(record.link),
                    record.made_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "cohort",
                name: record.name.clone(),
            });
        }
        Ok(())
    }
}
