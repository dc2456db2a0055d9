//! Which studies lie on a volume of their own.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::column::time;
use crate::{Store, StoreError, Txn};

/// That a study's files lie on a volume of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeRecord {
    /// The study.
    pub study: String,
    /// Who mounts it: `operator` or `server`.
    pub mounted_by: String,
    /// Since when.
    pub set_at: Timestamp,
}

fn volume(row: &Row<'_>) -> rusqlite::Result<VolumeRecord> {
    Ok(VolumeRecord {
        study: row.get(0)?,
        mounted_by: row.get(1)?,
        set_at: time(&row.get::<_, String>(2)?)?,
    })
}

impl Store {
    /// The party's directory.
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The volumes of all studies that have one.
    pub fn volumes(&self) -> Result<Vec<VolumeRecord>, StoreError> {
        self.all_rows(
            "SELECT study, mounted_by, set_at FROM study_volumes ORDER BY study",
            [],
            volume,
        )
    }

    /// The volume of a study, if it has one.
    pub fn volume(&self, study: &str) -> Result<Option<VolumeRecord>, StoreError> {
        self.one_row(
            "SELECT study, mounted_by, set_at FROM study_volumes WHERE study = ?1",
            [study],
            volume,
        )
    }
}

impl Txn<'_> {
    /// Says that a study has a volume of its own.
    pub fn set_volume(&self, record: &VolumeRecord) -> Result<(), StoreError> {
        self.must_change(
            "INSERT INTO study_volumes (study, mounted_by, set_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (study) DO UPDATE SET mounted_by = excluded.mounted_by, set_at = excluded.set_at",
            params![
                record.study,
                record.mounted_by,
                record.set_at.to_string()
            ],
            "volume",
            &record.study,
        )
    }

    /// Says that a study has none.
    pub fn unset_volume(&self, study: &str) -> Result<(), StoreError> {
        self.must_change(
            "DELETE FROM study_volumes WHERE study = ?1",
            [study],
            "volume",
            study,
        )
    }
}
