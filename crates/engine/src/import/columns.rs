//! The columns of a table: which carry IDs, which data, and what the data must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use renketsu_table::ids::{KANA_ID, KANA_UNIQUE, NUMBER_ID, front};
use renketsu_table::schema::ColumnLabel;
use renketsu_table::screen::Screen;

use super::ids::Kinds;
use super::{IdColumns, ImportError, ImportedColumn, Target};
use crate::shelf::PERSON;

/// Where the IDs and the data of a table stand.
pub(super) struct Columns {
    pub(super) ids: Option<Kinds>,
    pub(super) data: Vec<usize>,
    pub(super) schema: SchemaRef,
    /// What the source says of the data columns.
    pub(super) labels: BTreeMap<String, ColumnLabel>,
}

impl Columns {
    pub(super) fn find(
        schema: &Schema,
        table: &str,
        ids: Option<&IdColumns>,
        mut labels: BTreeMap<String, ColumnLabel>,
    ) -> Result<Self, ImportError> {
        let find = |name: &String| {
            schema.index_of(name).map_err(|_| ImportError::Column {
                table: table.to_owned(),
                column: name.clone(),
            })
        };
        let kinds = match ids {
            Some(ids) => Some(Kinds {
                number: find(&ids.number_id)?,
                kana: ids.kana_id.as_ref().map(find).transpose()?,
                unique: ids.kana_unique.as_ref().map(find).transpose()?,
            }),
            None => None,
        };
        let data: Vec<usize> = (0..schema.fields().len())
            .filter(|column| kinds.as_ref().is_none_or(|kinds| !kinds.has(*column)))
            .collect();
        let mut fields: Vec<Field> = if ids.is_some() {
            front().to_vec()
        } else {
            Vec::new()
        };
        // A reference table has no person, so it must not bring the names that say otherwise either.
        let mut taken: BTreeSet<String> = [PERSON, NUMBER_ID, KANA_ID, KANA_UNIQUE]
            .map(str::to_owned)
            .into();
        for column in &data {
            let field = schema.field(*column);
            if !taken.insert(field.name().to_lowercase()) {
                return Err(ImportError::Name {
                    table: table.to_owned(),
                    column: field.name().clone(),
                });
            }
            fields.push(field.clone().with_nullable(true));
        }
        labels.retain(|name, _| {
            data.iter()
                .any(|column| schema.field(*column).name() == name)
        });
        Ok(Self {
            ids: kinds,
            data,
            labels,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// The screen of the data columns, which has seen what the source says of them.
    pub(super) fn screen(&self, table: &str) -> Result<Screen, ImportError> {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let names = self.schema.fields().iter().skip(skip);
        let columns = self.data.iter().zip(names);
        let mut screen = Screen::new(columns.map(|(index, field)| (*index, field.name().clone())));
        screen.see_labels(&self.labels);
        no_ids(&screen, table)?;
        Ok(screen)
    }

    /// Refuses a batch with an ID in a data column; takes its part of the sample from any other.
    pub(super) fn look(
        screen: &mut Screen,
        batch: &RecordBatch,
        table: &str,
    ) -> Result<(), ImportError> {
        screen.see(batch);
        no_ids(screen, table)
    }

    /// Refuses columns that look identifying, each with its reason, except those named in `keep`; gives the ones kept for
    /// that alone.
    pub(super) fn judge(
        &self,
        screen: &Screen,
        target: &Target<'_>,
    ) -> Result<Vec<String>, ImportError> {
        // Nobody's rows: places may have their addresses.
        let reference = self.ids.is_none();
        let verdict = screen.verdict(target.keep, |reason| reference && reason.is_of_a_place());
        if !verdict.refused.is_empty() {
            return Err(ImportError::Identifying {
                table: target.table.to_owned(),
                columns: verdict.refused,
            });
        }
        let mut kept: Vec<String> = verdict.kept.into_iter().map(|kept| kept.column).collect();
        kept.dedup();
        Ok(kept)
    }

    /// Counts the rows of a batch that have no value, for each data column.
    pub(super) fn count_missing(&self, batch: &RecordBatch, missing: &mut [u64]) {
        for (column, missing) in self.data.iter().zip(missing) {
            let here = batch.column(*column).logical_null_count();
            *missing = missing.saturating_add(here as u64);
        }
    }

    /// The data columns alone; one without a missing value can't have any.
    pub(super) fn data_schema(&self, missing: &[u64]) -> Schema {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let fields = self.schema.fields().iter().skip(skip).zip(missing);
        let fields: Vec<Field> = fields
            .map(|(field, missing)| field.as_ref().clone().with_nullable(*missing > 0))
            .collect();
        Schema::new(fields)
    }

    pub(super) fn report(&self, missing: &[u64]) -> Vec<ImportedColumn> {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let fields = self.schema.fields().iter().skip(skip);
        fields
            .zip(missing)
            .map(|(f, missing)| {
                let said = self.labels.get(f.name());
                ImportedColumn {
                    name: f.name().clone(),
                    kind: f.data_type().to_string(),
                    labelled: said.is_some_and(|said| said.label.is_some() || said.unit.is_some()),
                    codes: said.map_or(0, |said| said.codes.len() as u64),
                    missing: *missing,
                }
            })
            .collect()
    }

    /// The data columns of a batch of the source.
    pub(super) fn data(&self, source: &RecordBatch) -> Result<RecordBatch, ImportError> {
        let skip = if self.ids.is_some() { 3 } else { 0 };
        let fields = self.schema.fields().iter().skip(skip).cloned();
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = self
            .data
            .iter()
            .map(|column| Arc::clone(source.column(*column)))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(source.num_rows()));
        RecordBatch::try_new_with_options(schema, arrays, &options)
            .map_err(|_| ImportError::Broken("a batch has the columns of its schema"))
    }
}

fn no_ids(screen: &Screen, table: &str) -> Result<(), ImportError> {
    match screen.ids().next() {
        None => Ok(()),
        Some(column) => Err(ImportError::IdColumn {
            table: table.to_owned(),
            column: column.to_owned(),
        }),
    }
}
