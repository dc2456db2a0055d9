//! What the user's workspace keeps: studies, the versions of their tables, their links.

use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::column::{count, json, text, time};
use crate::{Store, StoreError, Txn};

/// A study and the provision that belongs to it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyRecord {
    /// Its name.
    pub study: String,
    /// Its provision.
    pub provision: String,
    /// The key check values every table must carry, once one is known.
    pub kcv: Option<KeyCheckValues>,
    /// Whether a signed package said them, or somebody typed them.
    pub kcv_proven: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One version of a table of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRecord {
    /// The study.
    pub study: String,
    /// The table's name.
    pub name: String,
    /// Counted from 1.
    pub version: u64,
    /// `anonymized`, `ndb`, `dpc`, `kaigo` or `reference`.
    pub kind: String,
    /// Where its files lie, below the party's directory.
    pub directory: String,
    /// Where it came from.
    pub origin: serde_json::Value,
    /// What the import counted.
    pub report: serde_json::Value,
    /// When.
    pub imported_at: Timestamp,
}

/// One version of the link of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// The study.
    pub study: String,
    /// Counted from 1.
    pub version: u64,
    /// Where its files lie, below the party's directory.
    pub directory: String,
    /// Name and version of each table linked.
    pub tables: serde_json::Value,
    /// The link report.
    pub report: serde_json::Value,
    /// When.
    pub linked_at: Timestamp,
}

fn study(row: &Row<'_>) -> rusqlite::Result<StudyRecord> {
    Ok(StudyRecord {
        study: row.get(0)?,
        provision: row.get(1)?,
        kcv: row
            .get::<_, Option<String>>(2)?
            .as_deref()
            .map(json)
            .transpose()?,
        kcv_proven: row.get(3)?,
        created_at: time(&row.get::<_, String>(4)?)?,
    })
}

fn table(row: &Row<'_>) -> rusqlite::Result<TableRecord> {
    Ok(TableRecord {
        study: row.get(0)?,
        name: row.get(1)?,
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        kind: row.get(3)?,
        directory: row.get(4)?,
        origin: json(&row.get::<_, String>(5)?)?,
        report: json(&row.get::<_, String>(6)?)?,
        imported_at: time(&row.get::<_, String>(7)?)?,
    })
}

const STUDY: &str = "SELECT study, provision, kcv, kcv_proven, created_at FROM studies";
const TABLE: &str =
    "SELECT study, name, version, kind, directory, origin, report, imported_at FROM study_tables";

impl Store {
    /// One study.
    pub fn study(&self, name: &str) -> Result<Option<StudyRecord>, StoreError> {
        self.connection
            .query_row(&format!("{STUDY} WHERE study = ?1"), params![name], study)
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// The study a provision belongs to.
    pub fn study_of_provision(&self, provision: &str) -> Result<Option<StudyRecord>, StoreError> {
        self.connection
            .query_row(
                &format!("{STUDY} WHERE provision = ?1"),
                params![provision],
                study,
            )
            .optional()
            .map_err(|error| self.classify(error))
    }

    /// Every study by name.
    pub fn studies(&self) -> Result<Vec<StudyRecord>, StoreError> {
        self.connection
            .prepare(&format!("{STUDY} ORDER BY study"))
            .and_then(|mut statement| statement.query_map([], study)?.collect())
            .map_err(|error| self.classify(error))
    }

    /// The latest version of each table of a study, by name.
    pub fn tables(&self, study: &str) -> Result<Vec<TableRecord>, StoreError> {
        self.connection
            .prepare(&format!(
                "{TABLE} AS t WHERE study = ?1 AND version =
                 (SELECT max(version) FROM study_tables WHERE study = t.study AND name = t.name) ORDER BY name"
            ))
            .and_then(|mut statement| statement.query_map(params![study], table)?.collect())
            .map_err(|error| self.classify(error))
    }

    /// The latest link of a study.
    pub fn link(&self, study: &str) -> Result<Option<LinkRecord>, StoreError> {
        self.connection
            .query_row(
                "SELECT version, directory, tables, report, linked_at FROM links WHERE study = ?1 ORDER BY version DESC LIMIT 1",
                params![study],
                |row| {
                    Ok(LinkRecord {
                        study: study.to_owned(),
                        version: row.get::<_, i64>(0)?.unsigned_abs(),
                        directory: row.get(1)?,
                        tables: json(&row.get::<_, String>(2)?)?,
                        report: json(&row.get::<_, String>(3)?)?,
                        linked_at: time(&row.get::<_, String>(4)?)?,
                    })
                },
            )
            .optional()
            .map_err(|error| self.classify(error))
    }
}

impl Txn<'_> {
    /// Records a study. A taken name, or a provision that belongs to another study, is [`StoreError::Exists`].
    pub fn create_study(&self, record: &StudyRecord) -> Result<(), StoreError> {
        for (what, column, name) in [
            ("study", "study", &record.study),
            ("study of provision", "provision", &record.provision),
        ] {
            let taken: Option<i64> = self
                .inner
                .query_row(
                    &format!("SELECT 1 FROM studies WHERE {column} = ?1"),
                    params![name],
                    |row| row.get(0),
                )
                .optional()
                .map_err(|error| self.classify(error))?;
            if taken.is_some() {
                return Err(StoreError::Exists {
                    what,
                    name: name.clone(),
                });
            }
        }
        self.inner
            .execute(
                "INSERT INTO studies (study, provision, created_at) VALUES (?1, ?2, ?3)",
                params![
                    record.study,
                    record.provision,
                    record.created_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Fixes the key check values of a study, or marks typed ones as proven by a package that says the same.
    pub fn fix_kcv(
        &self,
        study: &str,
        kcv: KeyCheckValues,
        proven: bool,
    ) -> Result<(), StoreError> {
        let kcv = text(&kcv).map_err(|error| self.classify(error))?;
        self.inner
            .execute(
                "UPDATE studies SET kcv = ?2, kcv_proven = max(kcv_proven, ?3) WHERE study = ?1",
                params![study, kcv, proven],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Records a version of a table.
    pub fn import_table(&self, record: &TableRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO study_tables (study, name, version, kind, directory, origin, report, imported_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT DO NOTHING",
                params![
                    record.study,
                    record.name,
                    count(record.version),
                    record.kind,
                    record.directory,
                    record.origin.to_string(),
                    record.report.to_string(),
                    record.imported_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "table",
                name: record.name.clone(),
            });
        }
        Ok(())
    }

    /// Records a link.
    pub fn link(&self, record: &LinkRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO links (study, version, directory, tables, report, linked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO NOTHING",
                params![
                    record.study,
                    count(record.version),
                    record.directory,
                    record.tables.to_string(),
                    record.report.to_string(),
                    record.linked_at.to_string()
                ],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 0 {
            return Err(StoreError::Exists {
                what: "link",
                name: record.study.clone(),
            });
        }
        Ok(())
    }
}
