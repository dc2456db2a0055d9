//! A look at the columns of tables before anything is attached, as attaching itself will look at them.

use std::path::PathBuf;

use serde::Serialize;

use super::columns::IdentifyingColumn;
use super::{AttachError, TableOrder, tables};

/// What a table would be judged as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableCheck {
    /// The file.
    pub file: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Every column in order, but that of the source key.
    pub columns: Vec<String>,
    /// What is left out because of its name or of what it is, without anybody asking for it.
    pub left_out: Vec<String>,
    /// The columns that look identifying; one of several kinds stands here once for each.
    pub identifying: Vec<IdentifyingColumn>,
}

/// Reads a table whole and says which columns look identifying. Nothing is written.
pub fn check(table: &TableOrder) -> Result<TableCheck, AttachError> {
    let table = tables::look(table)?;
    let (columns, left_out, identifying) = table.looked.preview(table.key());
    Ok(TableCheck {
        file: table.path().to_owned(),
        rows: table.looked.rows(),
        columns,
        left_out: [left_out, table.dropped().to_vec()].concat(),
        identifying,
    })
}
