//! What becomes of the columns of an extract.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, FieldRef};
use renketsu_table::ids;
use renketsu_table::screen::Screen;

use super::extract::Extract;
use super::{Identifying, Order, Persons, StampError};

/// Names that a stamped table gives a meaning to.
const RESERVED: [&str; 8] = [
    ids::NUMBER_ID,
    ids::KANA_ID,
    ids::KANA_UNIQUE,
    ids::KANA_INPUT,
    ids::KANA_FACTOR,
    ids::ROW_REF,
    ids::TOKEN,
    "person",
];

/// The columns that stay, looked at row by row, and the names of those that don't.
pub(crate) struct Columns {
    kept: Vec<usize>,
    dropped: Vec<String>,
    screen: Screen,
}

impl Columns {
    /// Parts them by name; the values are not looked at yet.
    pub(crate) fn of(order: &Order, extract: &Extract) -> Result<Self, StampError> {
        let (identifying, named) = names(&order.persons);
        let missing = named
            .into_iter()
            .chain(order.drop.iter().map(String::as_str))
            .find(|name| !extract.has(name));
        if let Some(column) = missing {
            return Err(StampError::Column {
                file: order.input.clone(),
                column: column.to_owned(),
            });
        }
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        for (place, field) in extract.schema().fields().iter().enumerate() {
            let name = field.name();
            if identifying.contains(&name.as_str()) || order.drop.contains(name) {
                dropped.push(name.clone());
                continue;
            }
            if RESERVED.contains(&name.as_str()) {
                return Err(StampError::Reserved {
                    file: order.input.clone(),
                    column: name.clone(),
                });
            }
            kept.push(place);
        }
        let columns = kept.iter().filter_map(|place| {
            let field: &FieldRef = extract.schema().fields().get(*place)?;
            Some((*place, field.name().clone()))
        });
        let mut screen = Screen::of_every_row(columns.collect::<Vec<_>>());
        if let Some(labels) = extract.labels() {
            screen.see_labels(labels);
        }
        let mut columns = Self {
            kept,
            dropped,
            screen,
        };
        if !columns.screen.findings().is_empty() {
            // Refused whatever the rows say; they are read so that every such column is told at once.
            for batch in extract.batches()? {
                columns.see(&batch?);
            }
            columns.judge(extract)?;
        }
        Ok(columns)
    }

    /// Looks at the rows of a batch.
    pub(crate) fn see(&mut self, batch: &RecordBatch) {
        self.screen.see(batch);
    }

    /// Refuses the extract if a column that would stay looks identifying, by every row that was seen.
    pub(crate) fn judge(&self, extract: &Extract) -> Result<(), StampError> {
        let suspects = self.screen.findings().into_iter();
        let columns: Vec<Identifying> = suspects
            .map(|suspect| Identifying {
                column: suspect.column,
                finding: suspect.finding,
            })
            .collect();
        if columns.is_empty() {
            Ok(())
        } else {
            Err(StampError::Identifying {
                file: extract.path().to_owned(),
                columns,
            })
        }
    }

    /// The fields that stay, without what a file said of them beside name and type.
    pub(crate) fn fields(&self, extract: &Extract) -> Vec<Field> {
        let fields = extract.schema().fields();
        let kept = self.kept.iter().filter_map(|place| fields.get(*place));
        kept.map(|field| Field::new(field.name(), field.data_type().clone(), field.is_nullable()))
            .collect()
    }

    /// The values that stay.
    pub(crate) fn values(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        let kept = self.kept.iter();
        kept.filter_map(|place| batch.columns().get(*place).cloned())
            .collect()
    }

    pub(crate) fn into_dropped(self) -> Vec<String> {
        self.dropped
    }
}

/// The columns that identify persons and are dropped, and all that are named.
fn names(persons: &Persons) -> (Vec<&str>, Vec<&str>) {
    match persons {
        Persons::Key {
            column, service, ..
        } => (
            vec![column],
            std::iter::once(column)
                .chain(service)
                .map(String::as_str)
                .collect(),
        ),
        Persons::Identifiers(map) => (
            map.identifying().collect(),
            map.fields()
                .into_iter()
                .flatten()
                .chain(map.key.as_deref())
                .collect(),
        ),
    }
}
