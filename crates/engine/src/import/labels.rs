//! What a source says of its columns: texts that anybody may have written, so they lie where the rows do.

use std::collections::BTreeMap;

use renketsu_seal::vault::Entry;
use renketsu_table::schema::ColumnLabel;

use super::{ImportError, Target};
use crate::shelf::{FileError, StoredFile};

/// File of what the source says of its data columns; only of a table whose source says something.
pub const LABELS: &str = "labels";

/// Reads what the source said of the columns of a table, by their names.
pub fn labels(file: &StoredFile) -> Result<BTreeMap<String, ColumnLabel>, FileError> {
    file.small(|bytes| serde_json::from_slice(bytes).ok())
}

/// Writes the labels into the directory of a table that is being imported.
pub(super) fn write(
    target: &Target<'_>,
    labels: &BTreeMap<String, ColumnLabel>,
) -> Result<Option<Entry>, ImportError> {
    if labels.is_empty() {
        return Ok(None);
    }
    let bytes = serde_json::to_vec(labels)
        .map_err(|_| ImportError::Broken("what is said of a column has a form in JSON"))?;
    let name = target.shelf.name(target.table, LABELS, target.version);
    let entry = target.shelf.small(&target.dir.join(LABELS), name, bytes)?;
    Ok(Some(entry))
}
