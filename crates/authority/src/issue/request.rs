//! The table of a request, checked column by column and row by row.

use arrow::array::{Array as _, FixedSizeBinaryArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Schema};
use renketsu_seal::package::Opened;
use renketsu_table::ids::{self, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetBatches, ParquetSource};
use renketsu_table::{BATCH_ROWS, schema};

use super::IssueError;
use crate::lookup::Identifiers;
use crate::resolver::{Asking, Resolver};

/// The one table of a request.
const TABLE: &str = "identifiers";
/// Its columns after the row reference.
const TEXTS: [&str; 8] = [
    "insurer",
    "symbol",
    "number",
    "branch",
    "kana",
    "birth_date",
    "sex",
    "service",
];

/// The rows of a request, in order of their references.
pub(crate) struct Asked {
    batches: ParquetBatches,
    last: Option<u128>,
    row: u64,
    rows: u64,
}

impl Asked {
    /// Opens the table and holds it to its form and to what the manifest says of it.
    pub(crate) fn open(opened: &Opened) -> Result<Self, IssueError> {
        let [info] = opened.tables() else {
            return Err(IssueError::Tables);
        };
        if info.name != TABLE {
            return Err(IssueError::Tables);
        }
        let reader = opened.table(TABLE)?;
        let length = reader.len();
        let source = ParquetSource::open(TABLE, reader, length)?;
        columns(source.schema())?;
        schema::conforms(&info.schema, source.schema())?;
        if source.rows() != info.rows {
            return Err(IssueError::Rows);
        }
        Self::of(&source)
    }

    /// The rows of a table that is held to its form.
    pub(super) fn of(source: &ParquetSource) -> Result<Self, IssueError> {
        columns(source.schema())?;
        Ok(Self {
            batches: source.batches(None, BATCH_ROWS)?.with_views(),
            last: None,
            row: 0,
            rows: source.rows(),
        })
    }

    /// The next rows to be answered together, canonical; nothing at the end.
    pub(crate) fn ask(&mut self, resolver: &Resolver<'_>) -> Result<Option<Together>, IssueError> {
        let mut together = Together {
            references: Vec::new(),
            asking: resolver.asking(),
        };
        let most = resolver.rows_at_once();
        while together.asking.len() < most
            && let Some(rows) = self.next()?
        {
            for row in rows.identifiers() {
                together.asking.push(&row)?;
            }
            together.references.push(rows.references);
        }
        Ok((!together.asking.is_empty()).then_some(together))
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<AskedRows>, IssueError> {
        let Some(batch) = self.batches.next().transpose()? else {
            return Ok(None);
        };
        let rows = AskedRows::of(&batch)?;
        for row_ref in values(&rows.references) {
            let row_ref = u128::from_be_bytes(*row_ref);
            self.row = self.row.saturating_add(1);
            match self.last {
                Some(last) if last == row_ref => {
                    return Err(IssueError::ReferenceTwice { row: self.row });
                }
                Some(last) if last > row_ref => {
                    return Err(IssueError::ReferenceOrder { row: self.row });
                }
                Some(_) | None => self.last = Some(row_ref),
            }
        }
        Ok(Some(rows))
    }
}

/// Rows to be answered together.
pub(crate) struct Together {
    /// Their references, batch by batch.
    pub(crate) references: Vec<FixedSizeBinaryArray>,
    pub(crate) asking: Asking,
}

/// The references of a batch.
pub(crate) fn values(references: &FixedSizeBinaryArray) -> &[[u8; 16]] {
    references.value_data().as_chunks::<16>().0
}

fn columns(schema: &Schema) -> Result<(), IssueError> {
    let expected = std::iter::once((ROW_REF, DataType::FixedSizeBinary(ROW_REF_BYTES)))
        .chain(TEXTS.into_iter().map(|name| (name, DataType::Utf8)));
    for (position, (name, kind)) in (1_u64..).zip(expected) {
        let found = usize::try_from(position)
            .ok()
            .and_then(|position| schema.fields().get(position.checked_sub(1)?))
            .is_some_and(|field| field.name() == name && *field.data_type() == kind);
        if !found {
            return Err(IssueError::Column { column: name });
        }
    }
    if schema.fields().len() == TEXTS.len().saturating_add(1) {
        Ok(())
    } else {
        Err(IssueError::Columns)
    }
}

/// Some rows of a request.
pub(super) struct AskedRows {
    references: FixedSizeBinaryArray,
    texts: [StringViewArray; TEXTS.len()],
}

impl AskedRows {
    fn of(batch: &RecordBatch) -> Result<Self, IssueError> {
        let form = IssueError::Broken("a batch has the columns of its table");
        let Some(references) = ids::fixed(batch, ROW_REF, ROW_REF_BYTES) else {
            return Err(form);
        };
        if references.null_count() > 0 {
            return Err(IssueError::Null { column: ROW_REF });
        }
        let references = references.clone();
        let mut texts = Vec::with_capacity(TEXTS.len());
        for name in TEXTS {
            let column = batch
                .column_by_name(name)
                .and_then(|column| column.as_any().downcast_ref::<StringViewArray>());
            let Some(column) = column else {
                return Err(form);
            };
            if column.null_count() > 0 {
                return Err(IssueError::Null { column: name });
            }
            texts.push(column.clone());
        }
        let Ok(texts) = texts.try_into() else {
            return Err(form);
        };
        Ok(Self { references, texts })
    }

    /// The fields of each row.
    pub(super) fn identifiers(&self) -> impl Iterator<Item = Identifiers<'_>> {
        (0..self.references.len()).map(|row| {
            Identifiers::from_fields(self.texts.each_ref().map(|column| column.value(row)))
        })
    }
}
