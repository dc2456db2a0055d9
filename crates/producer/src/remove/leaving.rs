//! The source keys of persons who leave: read from the operator's table, and kept nowhere but sealed for oneself.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_seal::PartyKeys;
use renketsu_seal::safe::{self, SafeError};

use crate::attach::{AttachError, Key, TableOrder, key_of, key_texts_of};
use crate::map::directory_for;

/// The column of the keys as they are attached.
pub(crate) const KEY: &str = "key";

/// Source keys, each once.
pub(crate) struct Leaving(BTreeSet<String>);

impl Leaving {
    /// Reads the column of a table in any form that tables to attach come in.
    pub(crate) fn read(path: &Path, column: &str) -> Result<Self, AttachError> {
        let order = TableOrder {
            name: "keys".to_owned(),
            path: path.to_owned(),
            key: column.to_owned(),
        };
        let mut keys = BTreeSet::new();
        key_texts_of(&order, &mut |text| {
            let text = crate::sources::trimmed(text);
            let text = text.as_str();
            if !text.is_empty() {
                keys.insert(text.to_owned());
            }
        })?;
        if keys.is_empty() {
            return Err(AttachError::NoRow {
                file: path.display().to_string(),
            });
        }
        Ok(Self(keys))
    }

    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// As they are joined.
    pub(crate) fn joined(&self) -> BTreeSet<Key> {
        self.0.iter().map(|text| key_of(text)).collect()
    }

    /// Seals the keys. They are durable when this returns.
    pub(crate) fn keep(&self, path: &Path, keys: &PartyKeys) -> Result<(), AttachError> {
        if let Some(directory) = path.parent() {
            directory_for(directory)?;
        }
        let text =
            serde_json::to_vec(&self.0).map_err(|_| AttachError::Broken("texts are JSON"))?;
        let mut safe = safe::create(path, keys)?;
        safe.write_all(&text)
            .map_err(|source| AttachError::scratch(path, source))?;
        Ok(safe.commit()?)
    }

    /// Opens sealed keys, as a table of the one column [`KEY`].
    pub(crate) fn open(path: &Path, keys: &PartyKeys) -> Result<RecordBatch, AttachError> {
        let damaged = || SafeError::Damaged {
            file: path.to_owned(),
        };
        let mut text = Vec::new();
        let mut safe = safe::open(path, keys)?;
        safe.read_to_end(&mut text).map_err(|_| damaged())?;
        let texts: Vec<String> = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let schema = Schema::new(vec![Field::new(KEY, DataType::Utf8, false)]);
        let column: ArrayRef = Arc::new(StringArray::from(texts));
        RecordBatch::try_new(Arc::new(schema), vec![column])
            .map_err(|_| AttachError::Broken("keys are a column"))
    }
}
