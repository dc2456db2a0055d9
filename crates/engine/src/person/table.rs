//! The linked tables of a study, opened.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode as _;
use datafusion::common::{DFSchema, Result};
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::file::statistics::Statistics;
use renketsu_table::parquet::{ParquetError, reading};
use thiserror::Error;

use super::scan::PersonScanExec;
use super::set::PersonSet;
use crate::runs::Runs;
use crate::shelf::{FileError, PERSON, StoredFile};

/// The files of a linked table.
#[derive(Debug, Clone)]
pub struct PersonFiles {
    /// Whose the rows are.
    pub runs: StoredFile,
    /// The data columns; none if the table has IDs only.
    pub rows: Option<StoredFile>,
    /// Its persons.
    pub persons: StoredFile,
}

/// Why a linked table was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A file of it can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of it isn't what a link writes.
    #[error("{name} isn't a linked table")]
    Damaged {
        /// The table.
        name: String,
    },
    /// A file of it isn't readable Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

/// A linked table: rows by person.
#[derive(Debug)]
pub struct PersonTable {
    pub(super) name: String,
    /// `person`, then the data columns.
    pub(super) schema: SchemaRef,
    pub(super) runs: Runs,
    pub(super) rows: Option<RowsFile>,
    pub(super) persons: Arc<PersonSet>,
}

/// The file of the data columns, and where its row groups begin.
#[derive(Debug)]
pub(super) struct RowsFile {
    pub(super) file: StoredFile,
    pub(super) metadata: ArrowReaderMetadata,
    /// First row of each row group, and at the end the number of rows.
    pub(super) groups: Vec<u64>,
}

impl RowsFile {
    fn open(file: &StoredFile) -> Option<Self> {
        let options = reading(file.key())?;
        let input = renketsu_seal::durable::open_file(file.path()).ok()?;
        let metadata = ArrowReaderMetadata::load(&input, options).ok()?;
        let mut groups = vec![0];
        let mut row = 0_u64;
        for group in metadata.metadata().row_groups() {
            row = row.checked_add(u64::try_from(group.num_rows()).ok()?)?;
            groups.push(row);
        }
        Some(Self {
            file: file.clone(),
            metadata,
            groups,
        })
    }
}

impl RowsFile {
    /// Whether a value of the column may be missing: the file counts them.
    fn may_be_null(&self, column: usize) -> bool {
        let mut groups = self.metadata.metadata().row_groups().iter();
        groups.any(|group| {
            let counted = group.columns().get(column).and_then(|c| c.statistics());
            counted.and_then(Statistics::null_count_opt) != Some(0)
        })
    }
}

impl PersonTable {
    /// Opens a table that a link wrote.
    pub fn open(name: &str, files: &PersonFiles) -> Result<Self, OpenError> {
        let damaged = || OpenError::Damaged {
            name: name.to_owned(),
        };
        let runs = Runs::read(&files.runs)?.ok_or_else(damaged)?;
        let persons = PersonSet::from(&files.persons.persons()?);
        // The reader of tables refuses what no table of ours has; after it, the file can be read without looking again.
        let checked = files.rows.as_ref().map(StoredFile::table).transpose()?;
        let rows = match &files.rows {
            Some(file) => Some(RowsFile::open(file).ok_or_else(damaged)?),
            None => None,
        };
        let enough = rows
            .as_ref()
            .is_none_or(|rows| rows.groups.last().is_some_and(|rows| *rows >= runs.end()));
        if !enough {
            return Err(damaged());
        }
        let data = checked.iter().flat_map(|source| source.schema().fields());
        let data = data.enumerate().map(|(column, field)| {
            let nulls = rows.as_ref().is_none_or(|rows| rows.may_be_null(column));
            field.as_ref().clone().with_nullable(nulls)
        });
        let fields = std::iter::once(Field::new(PERSON, DataType::UInt32, false)).chain(data);
        Ok(Self {
            name: name.to_owned(),
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            runs,
            rows,
            persons: Arc::new(persons),
        })
    }

    /// A saved cohort: one row per person, no data column.
    pub fn cohort(name: &str, persons: PersonSet) -> Self {
        let linked = persons.range(0, None).map(|person| (person, 1)).collect();
        Self {
            name: name.to_owned(),
            schema: Arc::new(Schema::new(vec![Field::new(
                PERSON,
                DataType::UInt32,
                false,
            )])),
            runs: Runs::counted(linked),
            rows: None,
            persons: Arc::new(persons),
        }
    }

    /// Its name in SQL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The person with the highest number in it.
    pub(crate) fn last(&self) -> Option<u32> {
        self.persons.last()
    }

    /// Its columns, `person` first.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// Where the tables of a session are cut into partitions: the same persons for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    /// First person of each partition but the first, ascending.
    splits: Vec<u32>,
}

impl Ranges {
    /// Up to `partitions` ranges of persons of which the highest is `last`.
    pub fn even(last: Option<u32>, partitions: usize) -> Self {
        let persons = last.map_or(0, |last| u64::from(last).saturating_add(1));
        let parts = (partitions as u64).clamp(1, persons.max(1));
        let splits = (1..parts).filter_map(|part| {
            let at = persons.checked_mul(part)?.checked_div(parts)?;
            u32::try_from(at).ok()
        });
        Self {
            splits: splits.collect(),
        }
    }

    pub(super) fn of(splits: Vec<u32>) -> Self {
        Self { splits }
    }

    pub(super) fn splits(&self) -> &[u32] {
        &self.splits
    }

    /// How many partitions.
    pub fn count(&self) -> usize {
        self.splits.len().saturating_add(1)
    }

    /// First person of a partition, and the first after it.
    pub(super) fn bounds(&self, partition: usize) -> (u32, Option<u32>) {
        let from = partition.checked_sub(1).and_then(|i| self.splits.get(i));
        (
            from.copied().unwrap_or(0),
            self.splits.get(partition).copied(),
        )
    }
}

/// Whether a condition has an outcome for any values: a scan asks it of rows of nobody too.
fn never_fails(filter: &Expr) -> Result<bool> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "an allow-list")]
    let may = |node: &Expr| match node {
        Expr::Between(_)
        | Expr::Column(_)
        | Expr::InList(_)
        | Expr::IsNotNull(_)
        | Expr::IsNull(_)
        | Expr::Literal(..)
        | Expr::Not(_) => false,
        Expr::BinaryExpr(pair) => !matches!(
            pair.op,
            Operator::And
                | Operator::Eq
                | Operator::Gt
                | Operator::GtEq
                | Operator::Lt
                | Operator::LtEq
                | Operator::NotEq
                | Operator::Or
        ),
        _ => true,
    };
    filter.exists(|node| Ok(may(node))).map(|fails| !fails)
}

/// A linked table as DataFusion asks for it.
#[derive(Debug)]
pub(crate) struct Provider {
    table: Arc<PersonTable>,
    ranges: Arc<Ranges>,
}

impl Provider {
    pub(crate) fn new(table: Arc<PersonTable>, ranges: Arc<Ranges>) -> Self {
        Self { table, ranges }
    }
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.table.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let of_data = |filter: &&Expr| {
            let columns = filter.column_refs();
            let data = !columns.is_empty() && columns.iter().all(|column| column.name != PERSON);
            Ok(if data && never_fails(filter)? {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Unsupported
            })
        };
        filters.iter().map(of_data).collect()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = DFSchema::try_from(Arc::clone(&self.table.schema))?;
        let filters = filters
            .iter()
            .map(|filter| state.create_physical_expr(filter.clone(), &schema))
            .collect::<Result<Vec<_>>>()?;
        let all = (0..self.table.schema.fields().len()).collect();
        let projection = projection.cloned().unwrap_or(all);
        let scan = PersonScanExec::try_new(
            Arc::clone(&self.table),
            Arc::clone(&self.ranges),
            projection,
            filters,
        )?;
        Ok(Arc::new(scan))
    }
}
