//! Which columns of a table go out. One that looks as if it identified persons does not, until a person has said so.

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use renketsu_identity::identifying::{self, Finding, Reason};
use renketsu_table::ids;
use serde::Serialize;

use super::{AttachError, AttachOrder, TableOrder};

/// Values of a column that are looked at; blank ones do not count.
const SAMPLE: usize = 200;

/// A column that looks identifying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentifyingColumn {
    /// Its name.
    pub column: String,
    /// What it seems to hold.
    pub reason: String,
    /// What gave it away: `header` or `values`.
    pub evidence: String,
}

impl IdentifyingColumn {
    fn new(column: &str, finding: Finding) -> Self {
        Self {
            column: column.to_owned(),
            reason: finding.reason.name().to_owned(),
            evidence: finding.evidence.name().to_owned(),
        }
    }
}

/// What becomes of the columns of a table.
pub(super) struct Chosen {
    /// Places of those that stay.
    pub(super) places: Vec<usize>,
    /// Names of those that do not.
    pub(super) dropped: Vec<String>,
    /// Those that stay although they look identifying.
    pub(super) kept: Vec<IdentifyingColumn>,
}

/// The columns of a table with some values of each.
pub(super) struct Looked {
    columns: Vec<Sampled>,
    rows: usize,
}

struct Sampled {
    name: String,
    values: Vec<String>,
}

impl Looked {
    /// The columns of a table, among which must be its key.
    pub(super) fn new(table: &TableOrder, schema: &Schema) -> Result<Self, AttachError> {
        if schema.column_with_name(&table.key).is_none() {
            return Err(AttachError::Key {
                file: table.path.display().to_string(),
                column: table.key.clone(),
            });
        }
        let columns = schema.fields().iter().map(|field| Sampled {
            name: field.name().clone(),
            values: Vec::new(),
        });
        Ok(Self {
            columns: columns.collect(),
            rows: 0,
        })
    }

    /// Looks at more rows.
    pub(super) fn take(&mut self, batch: &RecordBatch) {
        self.rows = self.rows.saturating_add(batch.num_rows());
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            column.take(array);
        }
    }

    /// Whether more rows would change nothing.
    pub(super) fn is_full(&self) -> bool {
        self.columns
            .iter()
            .all(|column| column.values.len() >= SAMPLE)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    /// Which columns stay. A table with a column that looks identifying, and is neither dropped nor kept by name, is
    /// refused; so is one without a row, for whose sake nobody destroys a map.
    pub(super) fn choose(
        &self,
        table: &TableOrder,
        order: &AttachOrder<'_>,
    ) -> Result<Chosen, AttachError> {
        let file = || table.path.display().to_string();
        if self.rows == 0 {
            return Err(AttachError::NoRow { file: file() });
        }
        let mut chosen = Chosen {
            places: Vec::new(),
            dropped: Vec::new(),
            kept: Vec::new(),
        };
        let mut refused = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let name = &column.name;
            if *name == table.key || name == ids::ROW_REF || order.drop.contains(name) {
                chosen.dropped.push(name.clone());
                continue;
            }
            if [ids::NUMBER_ID, ids::KANA_ID, ids::KANA_UNIQUE].contains(&name.as_str()) {
                return Err(AttachError::Taken {
                    file: file(),
                    column: name.clone(),
                });
            }
            match column.judge() {
                Some(finding) if order.keep.contains(name) => {
                    chosen.kept.push(IdentifyingColumn::new(name, finding));
                }
                Some(finding) if finding.reason == Reason::RowReference => {
                    chosen.dropped.push(name.clone());
                    continue;
                }
                Some(finding) => refused.push(IdentifyingColumn::new(name, finding)),
                None => {}
            }
            chosen.places.push(place);
        }
        if refused.is_empty() {
            Ok(chosen)
        } else {
            Err(AttachError::Identifying {
                file: file(),
                columns: refused,
            })
        }
    }
}

impl Sampled {
    fn take(&mut self, array: &ArrayRef) {
        let mut seen = 0_usize;
        while seen < array.len() && self.values.len() < SAMPLE {
            let length = array.len().saturating_sub(seen).min(SAMPLE);
            let text = cast(&array.slice(seen, length), &DataType::Utf8).ok();
            let texts = text
                .as_ref()
                .and_then(|text| text.as_any().downcast_ref::<StringArray>());
            let values = texts.into_iter().flatten().flatten();
            let wanted = SAMPLE.saturating_sub(self.values.len());
            self.values.extend(
                values
                    .filter(|value| !renketsu_identity::is_blank(value))
                    .map(str::to_owned)
                    .take(wanted),
            );
            seen = seen.saturating_add(length);
        }
    }

    fn judge(&self) -> Option<Finding> {
        let sample: Vec<&str> = self.values.iter().map(String::as_str).collect();
        identifying::judge(&self.name, &sample)
    }
}
