//! The one place where the engine meets the workspace.

use std::path::Path;

use renketsu_engine::import::{self, ImportError, ImportReport, Source};
use renketsu_engine::link::{self, LinkError};
use renketsu_engine::report::LinkReport;
use renketsu_table::schema::{self, SchemaError};
use renketsu_workspace::{IdColumns, LinkEngine, LinkTable, TableSource};

/// The engine as the workspace asks for it.
#[derive(Debug)]
pub(crate) struct Engine;

/// Why the engine refused or failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// An import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A packaged table is not what its signed manifest says.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl EngineError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Import(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Schema(error) => error.code(),
        }
    }

    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Import(error) => error.details(),
            Self::Link(error) => error.details(),
            Self::Schema(error) => error.details(),
        }
    }

    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Import(error) => error.exit(),
            Self::Link(error) => error.exit(),
            Self::Schema(error) => error.exit(),
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
        table: &str,
        ids: Option<&IdColumns>,
        keep: &[String],
        out: &Path,
    ) -> Result<ImportReport, EngineError> {
        let source = match source {
            TableSource::Package { reader, schema } => {
                let length = reader.len();
                let source = Source::parquet(table, reader, length)?;
                if let Source::Parquet(parquet) = &source {
                    schema::conforms(&schema, parquet.schema())?;
                }
                source
            }
            TableSource::Plain { path } => {
                Source::file(&path, renketsu_table::delimited::Options::default())?
            }
        };
        let ids = ids.map(|ids| import::IdColumns {
            number_id: ids.number_id.clone(),
            kana_id: ids.kana_id.clone(),
            kana_unique: ids.kana_unique.clone(),
        });
        Ok(import::import(&source, table, ids.as_ref(), keep, out)?)
    }

    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<&Path>,
        out: &Path,
    ) -> Result<LinkReport, EngineError> {
        let tables: Vec<link::LinkTable> = tables
            .iter()
            .map(|table| link::LinkTable {
                name: table.name.clone(),
                kind: table.kind.as_str().to_owned(),
                file: table.import.join(import::FILE),
                sha256: table.sha256.clone(),
            })
            .collect();
        Ok(link::link(&tables, previous, out)?)
    }
}
