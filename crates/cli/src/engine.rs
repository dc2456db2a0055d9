//! The one place where the engine meets the workspace.

mod files;

use std::path::Path;
use std::sync::Arc;

use renketsu_engine::import::{self, ImportError, ImportReport, Source};
use renketsu_engine::link::{self, LinkError};
use renketsu_engine::person::OpenError;
use renketsu_engine::query::QueryError;
use renketsu_engine::report::LinkReport;
use renketsu_engine::{FileError, Shelf};
use renketsu_seal::vault::{Entry, OpenStudy};
use renketsu_table::parquet::{ParquetError, ParquetSource};
use renketsu_table::schema::{self, SchemaError};
use renketsu_workspace::{
    ImportTable, LinkEngine, LinkTable, Output, Stage, Step, TableSource, Written,
};

pub(crate) use files::{Asked, Files};

/// The engine as the workspace asks for it.
#[derive(Debug)]
pub(crate) struct Engine;

/// Why the engine refused or failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// A file of the study.
    #[error(transparent)]
    File(#[from] FileError),
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A table that can't be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A question.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A packaged table is not what its signed manifest says.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl EngineError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Parquet(error) => error.code(),
            Self::Query(error) => error.code(),
            Self::Schema(error) => error.code(),
        }
    }

    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::File(error) => error.details(),
            Self::Import(error) => error.details(),
            Self::Link(error) => error.details(),
            Self::Parquet(error) => error.details(),
            Self::Query(error) => error.details(),
            Self::Schema(error) => error.details(),
        }
    }

    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::File(error) => error.exit(),
            Self::Import(error) => error.exit(),
            Self::Link(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Query(error) => error.exit(),
            Self::Schema(error) => error.exit(),
        }
    }

    /// Whether it may come of a file that was changed after it was written.
    fn is_damage(&self) -> bool {
        match self {
            Self::File(_) | Self::Parquet(_) | Self::Query(QueryError::Table { .. }) => true,
            Self::Import(_) | Self::Link(_) | Self::Query(_) | Self::Schema(_) => false,
        }
    }
}

impl From<OpenError> for EngineError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::File(error) => Self::File(error),
            OpenError::Parquet(error) => Self::Parquet(error),
            OpenError::Damaged { name } => Self::Query(QueryError::Table {
                table: name,
                source: None,
            }),
        }
    }
}

impl LinkEngine for Engine {
    type ImportReport = ImportReport;
    type LinkReport = LinkReport;
    type Error = EngineError;

    fn import(
        &self,
        source: TableSource,
        table: &ImportTable<'_>,
        out: &Output<'_>,
    ) -> Result<Written<ImportReport>, EngineError> {
        let source = match source {
            TableSource::Package { reader, schema } => {
                let labels = schema::labels(&schema)?;
                let length = reader.len();
                let table = ParquetSource::open(table.name, reader, length)?;
                schema::conforms(&schema, table.schema())?;
                Source::Package { table, labels }
            }
            TableSource::Pair {
                columns,
                ids,
                proofs,
                schema,
            } => {
                let labels = schema::labels(&schema)?;
                let length = columns.len();
                let columns = ParquetSource::open(table.name, columns, length)?;
                schema::conforms(&schema, columns.schema())?;
                let length = ids.len();
                let ids = ParquetSource::open(table.name, ids, length)?;
                let proofs = match proofs {
                    None => None,
                    Some((key, proofs)) => {
                        let length = proofs.len();
                        let proofs = ParquetSource::open(table.name, proofs, length)?;
                        Some(import::Proofs { key, table: proofs })
                    }
                };
                Source::Pair(import::Pair {
                    columns,
                    ids,
                    proofs,
                    labels,
                })
            }
            TableSource::Plain { path } => {
                Source::file(&path, renketsu_table::delimited::Options::default())?
            }
        };
        let ids = table.ids.map(|ids| import::IdColumns {
            number_id: ids.number_id.clone(),
            kana_id: ids.kana_id.clone(),
            kana_unique: ids.kana_unique.clone(),
        });
        let target = import::Target {
            shelf: &Shelf::new(out.root, Arc::clone(out.study)),
            table: table.name,
            version: out.version,
            dir: out.dir,
            keep: table.keep,
            memory: out.memory,
            watch: &|step| (out.watch)(told(step)),
        };
        let done = import::import(&source, ids.as_ref(), &target)?;
        Ok(Written {
            report: done.report,
            files: done.files,
        })
    }

    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<u64>,
        out: &Output<'_>,
    ) -> Result<Written<LinkReport>, EngineError> {
        let files = Files::new(out.root, out.study);
        let linked = tables;
        let tables = tables
            .iter()
            .map(|table| {
                Ok(link::LinkTable {
                    name: table.name.clone(),
                    kind: table.kind.as_str().to_owned(),
                    keys: files.one(&table.name, import::KEYS, table.version)?,
                    rows: files.some(&table.name, import::ROWS, table.version)?,
                })
            })
            .collect::<Result<Vec<_>, FileError>>()?;
        let previous = previous
            .map(|version| {
                Ok::<_, FileError>(link::Previous {
                    persons: files.one(link::DIRECTORY, link::PERSONS, version)?,
                    attached: files.one(link::DIRECTORY, link::ATTACHED, version)?,
                    aliases: files.one(link::DIRECTORY, link::ALIASES, version)?,
                    removed: files.removed(linked, version)?,
                })
            })
            .transpose()?;
        let target = link::Target {
            shelf: files.shelf(),
            version: out.version,
            dir: out.dir,
            memory: out.memory,
            watch: &|step| (out.watch)(told(step)),
        };
        let done = link::link(&tables, previous.as_ref(), &target)?;
        Ok(Written {
            report: done.report,
            files: done.files,
        })
    }

    fn verify(
        &self,
        root: &Path,
        study: &Arc<OpenStudy>,
        entry: &Entry,
    ) -> Result<(), EngineError> {
        Ok(Files::new(root, study).open_entry(entry)?.verify()?)
    }
}

fn told(step: import::Step) -> Step {
    Step {
        stage: match step.stage {
            import::Stage::Reading => Stage::Reading,
            import::Stage::Writing => Stage::Writing,
            import::Stage::Linking => Stage::Linking,
        },
        rows: step.rows,
        of: step.of,
    }
}
