//! The files of a study by what they are, and the tables that SQL sees.

use std::io;
use std::path::Path;
use std::sync::Arc;

use renketsu_engine::import::ROWS;
use renketsu_engine::link::{BITMAP, LINKED, RUNS};
use renketsu_engine::person::{PersonFiles, PersonSet, PersonTable};
use renketsu_engine::query::{self, QueryOptions, QueryResult, ReferenceTable, Tables};
use renketsu_engine::{COHORT, FileError, Shelf, StoredFile};
use renketsu_seal::vault::{Entry, FileName, OpenStudy, VaultError};
use renketsu_workspace::{CohortFile, LinkTable, Linked, LinkedTable, TableKind};

use super::EngineError;

/// The files of an opened study.
#[derive(Debug)]
pub(crate) struct Files {
    shelf: Shelf,
    study: Arc<OpenStudy>,
}

impl Files {
    /// Those below a party's directory.
    pub(crate) fn new(dir: &Path, study: &Arc<OpenStudy>) -> Self {
        Self {
            shelf: Shelf::new(dir, Arc::clone(study)),
            study: Arc::clone(study),
        }
    }

    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// A file that need not be there.
    pub(crate) fn some(
        &self,
        table: &str,
        file: &str,
        version: u64,
    ) -> Result<Option<StoredFile>, FileError> {
        let entry = self.study.entry(&self.name(table, file, version));
        entry.map(|entry| self.open_entry(entry)).transpose()
    }

    /// The file of an entry of the catalogue. One that is gone is not the file that was written.
    pub(crate) fn open_entry(&self, entry: &Entry) -> Result<StoredFile, FileError> {
        self.shelf.open(entry).map_err(|error| {
            if let FileError::Io { path, source } = &error
                && source.kind() == io::ErrorKind::NotFound
            {
                return FileError::Changed { path: path.clone() };
            }
            error
        })
    }

    /// A file that must be there.
    pub(crate) fn one(
        &self,
        table: &str,
        file: &str,
        version: u64,
    ) -> Result<StoredFile, FileError> {
        let missing = || {
            FileError::from(VaultError::UnknownFile {
                name: self.name(table, file, version).to_string(),
            })
        };
        self.some(table, file, version)?.ok_or_else(missing)
    }

    fn name(&self, table: &str, file: &str, version: u64) -> FileName {
        FileName {
            study: self.study.study_key().study().to_owned(),
            table: table.to_owned(),
            file: file.to_owned(),
            version,
        }
    }

    /// Who was removed from the study by a link, by table; a table that came since has no persons yet.
    pub(crate) fn removed(
        &self,
        tables: &[LinkTable],
        link: u64,
    ) -> Result<Vec<(String, StoredFile)>, FileError> {
        let mut removed = Vec::new();
        for table in tables {
            if table.kind == TableKind::Removed
                && let Some(file) = self.some(&table.name, BITMAP, link)?
            {
                removed.push((table.name.clone(), file));
            }
        }
        Ok(removed)
    }

    /// The rows of a linked table: those the link wrote anew, else those of the import. None if it has IDs only.
    pub(crate) fn rows(
        &self,
        table: &LinkedTable,
        link: u64,
    ) -> Result<Option<StoredFile>, FileError> {
        match self.some(&table.name, LINKED, link)? {
            Some(linked) => Ok(Some(linked)),
            None => self.some(&table.name, ROWS, table.version),
        }
    }

    /// Whose the rows of a linked table are.
    pub(crate) fn runs(&self, table: &LinkedTable, link: u64) -> Result<StoredFile, FileError> {
        self.one(&table.name, RUNS, link)
    }
}

/// A question put to the tables it names.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    files: Files,
    linked: &'a Linked,
    sql: &'a str,
    options: QueryOptions,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(dir: &Path, linked: &'a Linked, sql: &'a str, options: QueryOptions) -> Self {
        Self {
            files: Files::new(dir, &linked.study),
            linked,
            sql,
            options,
        }
    }

    /// The answer.
    pub(crate) fn answer(&self) -> Result<QueryResult, EngineError> {
        self.on_tables(|tables| Ok(query::query(self.sql, tables, self.options)?))
    }

    /// The answer, unless somebody stops it before.
    pub(crate) fn answer_until(
        &self,
        stopped: &dyn Fn() -> bool,
    ) -> Result<QueryResult, EngineError> {
        self.on_tables(|tables| Ok(query::query_until(self.sql, tables, self.options, stopped)?))
    }

    /// The persons the statement selects, saved as a cohort; and how many they are.
    pub(crate) fn save_cohort(&self, file: CohortFile<'_>) -> Result<(Entry, u64), EngineError> {
        let persons =
            self.on_tables(|tables| Ok(query::cohort(self.sql, tables, self.options)?))?;
        let shelf = self.files.shelf();
        let entry = shelf.save_cohort(file.path, file.name, file.version, &persons)?;
        Ok((entry, persons.to_bitmap().len()))
    }

    /// Does `work` on the tables. Where it fails because of a file, the files' digests say whether somebody changed one.
    fn on_tables<T>(
        &self,
        work: impl FnOnce(&Tables) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut used = Vec::new();
        let done = self.tables(&mut used).and_then(|tables| work(&tables));
        match done {
            Err(error) if error.is_damage() => {
                used.iter().try_for_each(StoredFile::verify)?;
                Err(error)
            }
            done => done,
        }
    }

    /// Persons who were removed from the study: a cohort that was saved before still names them.
    fn removed(&self) -> Result<Vec<StoredFile>, FileError> {
        let tables = self.linked.tables.iter();
        tables
            .filter(|table| table.kind == TableKind::Removed)
            .map(|table| self.files.one(&table.name, BITMAP, self.linked.version))
            .collect()
    }

    /// Opens the tables and cohorts whose names stand in the statement, and lists their files.
    fn tables(&self, used: &mut Vec<StoredFile>) -> Result<Tables, EngineError> {
        let statement = self.sql.to_lowercase();
        let mut tables = Tables::default();
        for table in &self.linked.tables {
            if !statement.contains(&table.name) {
                continue;
            }
            match table.kind {
                TableKind::Reference => {
                    let rows = self.files.one(&table.name, ROWS, table.version)?;
                    used.push(rows.clone());
                    let opened = ReferenceTable::open(&table.name, &rows)?;
                    tables.references.push(Arc::new(opened));
                }
                TableKind::Removed => {}
                TableKind::Anonymized | TableKind::Public(_) => {
                    let link = self.linked.version;
                    let files = PersonFiles {
                        runs: self.files.runs(table, link)?,
                        rows: self.files.rows(table, link)?,
                        persons: self.files.one(&table.name, BITMAP, link)?,
                    };
                    used.extend([files.runs.clone(), files.persons.clone()]);
                    used.extend(files.rows.clone());
                    let opened = PersonTable::open(&table.name, &files)?;
                    tables.persons.push(Arc::new(opened));
                }
            }
        }
        let removed = self.removed()?;
        used.extend(removed.iter().cloned());
        for cohort in &self.linked.cohorts {
            if statement.contains(&cohort.name) {
                let file = self.files.one(&cohort.name, COHORT, cohort.version)?;
                used.push(file.clone());
                let mut persons = file.persons()?;
                for gone in &removed {
                    #[expect(clippy::arithmetic_side_effects, reason = "a difference of sets")]
                    {
                        persons -= gone.persons()?;
                    }
                }
                let persons = PersonSet::from(&persons);
                let opened = PersonTable::cohort(&cohort.name, persons);
                tables.persons.push(Arc::new(opened));
            }
        }
        Ok(tables)
    }
}
