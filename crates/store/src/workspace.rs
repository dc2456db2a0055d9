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
    /// Who allowed how many rows of single persons in a result, and why; none while that is off.
    pub row_level: Option<serde_json::Value>,
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
    /// Of a reference table: where it is from and who confirmed that it holds no person.
    pub reference: Option<ReferenceRecord>,
    /// Where its files lie, below the party's directory.
    pub directory: String,
    /// Where it came from.
    pub origin: serde_json::Value,
    /// What the import counted.
    pub report: serde_json::Value,
    /// When.
    pub imported_at: Timestamp,
}

/// What stands beside a reference table, which has no IDs to be checked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRecord {
    /// Where its content was published.
    pub source: String,
    /// Who confirmed that it holds no person, once somebody has.
    pub approved_by: Option<String>,
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
        row_level: row
            .get::<_, Option<String>>(5)?
            .as_deref()
            .map(json)
            .transpose()?,
    })
}

fn table(row: &Row<'_>) -> rusqlite::Result<TableRecord> {
    Ok(TableRecord {
        study: row.get(0)?,
        name: row.get(1)?,
        version: row.get::<_, i64>(2)?.unsigned_abs(),
        kind: row.get(3)?,
        reference: row
            .get::<_, Option<String>>(8)?
            .map(|source| -> rusqlite::Result<_> {
                Ok(ReferenceRecord {
                    source,
                    approved_by: row.get(9)?,
                })
            })
            .transpose()?,
        directory: row.get(4)?,
        origin: json(&row.get::<_, String>(5)?)?,
        report: json(&row.get::<_, String>(6)?)?,
        imported_at: time(&row.get::<_, String>(7)?)?,
    })
}

fn link(row: &Row<'_>) -> rusqlite::Result<LinkRecord> {
    Ok(LinkRecord {
        study: row.get(0)?,
        version: row.get::<_, i64>(1)?.unsigned_abs(),
        directory: row.get(2)?,
        tables: json(&row.get::<_, String>(3)?)?,
        report: json(&row.get::<_, String>(4)?)?,
        linked_at: time(&row.get::<_, String>(5)?)?,
    })
}

const STUDY: &str = "SELECT study, provision, kcv, kcv_proven, created_at, row_level FROM studies";
const TABLE: &str = "SELECT study, name, version, kind, directory, origin, report, imported_at, source, approved_by FROM study_tables";
const LINK: &str =
    "SELECT study, version, directory, tables, report, linked_at FROM links WHERE study = ?1";

impl Store {
    /// One study.
    pub fn study(&self, name: &str) -> Result<Option<StudyRecord>, StoreError> {
        self.one_row(&format!("{STUDY} WHERE study = ?1"), params![name], study)
    }

    /// The study a provision belongs to.
    pub fn study_of_provision(&self, provision: &str) -> Result<Option<StudyRecord>, StoreError> {
        self.one_row(
            &format!("{STUDY} WHERE provision = ?1"),
            params![provision],
            study,
        )
    }

    /// Every study by name.
    pub fn studies(&self) -> Result<Vec<StudyRecord>, StoreError> {
        self.all_rows(&format!("{STUDY} ORDER BY study"), [], study)
    }

    /// The latest version of each table of a study, by name.
    pub fn tables(&self, study: &str) -> Result<Vec<TableRecord>, StoreError> {
        self.all_rows(&format!( "{TABLE} AS t WHERE study = ?1 AND version = (SELECT max(version) FROM study_tables WHERE study = t.study AND name = t.name) ORDER BY name" ), params![study], table)
    }

    /// Every version of each table of a study, by name and version.
    pub fn table_versions(&self, study: &str) -> Result<Vec<TableRecord>, StoreError> {
        self.all_rows(
            &format!("{TABLE} WHERE study = ?1 ORDER BY name, version"),
            params![study],
            table,
        )
    }

    /// Every link of a study, by version.
    pub fn links(&self, study: &str) -> Result<Vec<LinkRecord>, StoreError> {
        self.all_rows(&format!("{LINK} ORDER BY version"), params![study], link)
    }

    /// The latest link of a study.
    pub fn link(&self, study: &str) -> Result<Option<LinkRecord>, StoreError> {
        self.one_row(
            &format!("{LINK} ORDER BY version DESC LIMIT 1"),
            params![study],
            link,
        )
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
                "INSERT INTO studies (study, provision, created_at, row_level) VALUES (?1, ?2, ?3, ?4)",
                params![
                    record.study,
                    record.provision,
                    record.created_at.to_string(),
                    record.row_level.as_ref().map(ToString::to_string)
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

    /// Turns row-level results of a study on, with who allowed how many rows and why, or off.
    pub fn set_row_level(
        &self,
        study: &str,
        allowed: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        self.expect_study(study)?;
        self.inner
            .execute(
                "UPDATE studies SET row_level = ?2 WHERE study = ?1",
                params![study, allowed.map(ToString::to_string)],
            )
            .map_err(|error| self.classify(error))?;
        Ok(())
    }

    /// Records who confirmed that a version of a reference table holds no person. Said once:
    /// [`StoreError::Exists`] if somebody did before; [`StoreError::Missing`] if there is no such table, or
    /// it is no reference table.
    pub fn approve_reference(
        &self,
        study: &str,
        name: &str,
        version: u64,
        approved_by: &str,
    ) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "UPDATE study_tables SET approved_by = ?4
                 WHERE study = ?1 AND name = ?2 AND version = ?3 AND source IS NOT NULL AND approved_by IS NULL",
                params![study, name, count(version), approved_by],
            )
            .map_err(|error| self.classify(error))?;
        if changed == 1 {
            return Ok(());
        }
        let approved: Option<bool> = self
            .inner
            .query_row(
                "SELECT approved_by IS NOT NULL FROM study_tables WHERE study = ?1 AND name = ?2 AND version = ?3",
                params![study, name, count(version)],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| self.classify(error))?;
        let (what, name) = ("reference table", name.to_owned());
        Err(if approved == Some(true) {
            let what = "approval of reference table";
            StoreError::Exists { what, name }
        } else {
            StoreError::Missing { what, name }
        })
    }

    /// A foreign key would refuse a study that isn't there as a bug of ours.
    pub(crate) fn expect_study(&self, study: &str) -> Result<(), StoreError> {
        self.inner
            .query_row(
                "SELECT 1 FROM studies WHERE study = ?1",
                params![study],
                |_| Ok(()),
            )
            .optional()
            .map_err(|error| self.classify(error))?
            .ok_or_else(|| StoreError::Missing {
                what: "study",
                name: study.to_owned(),
            })
    }

    /// Records a version of a table.
    pub fn import_table(&self, record: &TableRecord) -> Result<(), StoreError> {
        let changed = self
            .inner
            .execute(
                "INSERT INTO study_tables (study, name, version, kind, directory, origin, report, imported_at, source, approved_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT DO NOTHING",
                params![
                    record.study,
                    record.name,
                    count(record.version),
                    record.kind,
                    record.directory,
                    record.origin.to_string(),
                    record.report.to_string(),
                    record.imported_at.to_string(),
                    record.reference.as_ref().map(|reference| &reference.source),
                    record
                        .reference
                        .as_ref()
                        .and_then(|reference| reference.approved_by.as_ref())
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
