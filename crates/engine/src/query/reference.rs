//! A reference table (天候、暦、診療行為マスタ): rows about nobody, in the order they came.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use renketsu_table::parquet::{ParquetError, ParquetSource};

use crate::shelf::StoredFile;

const ROWS: usize = 16 * 1024;

/// A reference table, opened.
#[derive(Debug)]
pub struct ReferenceTable {
    name: String,
    source: Mutex<ParquetSource>,
    schema: SchemaRef,
}

impl ReferenceTable {
    /// Opens a table that an import wrote.
    pub fn open(name: &str, rows: &StoredFile) -> Result<Self, ParquetError> {
        let source = rows.table()?;
        Ok(Self {
            name: name.to_owned(),
            schema: Arc::clone(source.schema()),
            source: Mutex::new(source),
        })
    }

    /// Its name in SQL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn rows(&self) -> Result<Vec<RecordBatch>, ParquetError> {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.batches(None, ROWS)?.collect()
    }
}

/// The table as DataFusion asks for it: read whole, when a plan needs it.
#[derive(Debug)]
pub(super) struct Reference(Arc<ReferenceTable>);

impl Reference {
    pub(super) fn new(table: Arc<ReferenceTable>) -> Self {
        Self(table)
    }
}

#[async_trait]
impl TableProvider for Reference {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = self
            .0
            .rows()
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        let table = MemTable::try_new(Arc::clone(&self.0.schema), vec![rows])?;
        table.scan(state, projection, filters, limit).await
    }
}
