//! A linked table, read by person.

use std::fmt;
use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, ScalarValue, SplitPoint, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::reassign_expr_columns;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr, RangePartitioning,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning,
    PlanProperties, ReplaceChildrenOptions,
};

use super::set::PersonSet;
use super::table::{PersonTable, Ranges};
use range::Range;
pub(crate) use reading::Changed;
use reading::{Reading, reader};

mod range;
mod reading;

/// The scan of a linked table: one partition per range of persons, ascending by person.
#[derive(Debug, Clone)]
pub(crate) struct PersonScanExec {
    pub(super) table: Arc<PersonTable>,
    pub(super) ranges: Arc<Ranges>,
    /// Columns of the table's schema that come out.
    pub(super) projection: Vec<usize>,
    /// Conditions on data columns, over the table's schema.
    pub(super) filters: Vec<Arc<dyn PhysicalExpr>>,
    /// Only rows of these persons.
    pub(super) only: Option<Arc<PersonSet>>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

/// The one sort of a person column; it has no nulls.
pub(super) fn ascending(person: Arc<dyn PhysicalExpr>) -> PhysicalSortExpr {
    PhysicalSortExpr::new(person, SortOptions::default())
}

/// The partitioning of rows by the ranges of a session; `person` is their column.
pub(super) fn by_ranges(person: Arc<dyn PhysicalExpr>, ranges: &Ranges) -> Result<Partitioning> {
    let splits = ranges
        .splits()
        .iter()
        .map(|split| SplitPoint::new(vec![ScalarValue::UInt32(Some(*split))]))
        .collect();
    let Some(ordering) = LexOrdering::new([ascending(person)]) else {
        return Ok(Partitioning::UnknownPartitioning(ranges.count()));
    };
    Ok(Partitioning::Range(RangePartitioning::try_new(
        ordering, splits,
    )?))
}

/// Properties of rows that come by person: `person` is the position of that column, if it comes out at all.
pub(super) fn properties(
    schema: &SchemaRef,
    person: Option<usize>,
    ranges: &Ranges,
) -> Result<Arc<PlanProperties>> {
    let mut equivalence = EquivalenceProperties::new(Arc::clone(schema));
    let partitioning = match person {
        Some(index) => {
            let column: Arc<dyn PhysicalExpr> =
                Arc::new(Column::new(schema.field(index).name(), index));
            equivalence.add_ordering([ascending(Arc::clone(&column))]);
            by_ranges(column, ranges)?
        }
        None => Partitioning::UnknownPartitioning(ranges.count()),
    };
    Ok(Arc::new(PlanProperties::new(
        equivalence,
        partitioning,
        EmissionType::Incremental,
        Boundedness::Bounded,
    )))
}

impl PersonScanExec {
    pub(super) fn try_new(
        table: Arc<PersonTable>,
        ranges: Arc<Ranges>,
        projection: Vec<usize>,
        filters: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Self> {
        let schema = Arc::new(table.schema.project(&projection)?);
        let person = projection.iter().position(|column| *column == 0);
        let properties = properties(&schema, person, &ranges)?;
        Ok(Self {
            table,
            ranges,
            projection,
            filters,
            only: None,
            schema,
            properties,
        })
    }

    /// The same scan of rows of these persons only.
    pub(super) fn restricted(&self, persons: &PersonSet) -> Self {
        let only = match &self.only {
            Some(before) => before.and(persons),
            None => persons.clone(),
        };
        Self {
            only: Some(Arc::new(only)),
            ..self.clone()
        }
    }

    /// The persons of its rows, where no row has to be looked at to know them.
    pub(super) fn persons(&self) -> Option<PersonSet> {
        if !self.filters.is_empty() {
            return None;
        }
        Some(match &self.only {
            Some(only) => self.table.persons.and(only),
            None => (*self.table.persons).clone(),
        })
    }

    fn reading(&self, partition: usize) -> Result<Reading> {
        let (from, to) = self.ranges.bounds(partition);
        let runs = &self.table.runs;
        let first = runs.position(from);
        let last = to.map_or(runs.persons.len(), |to| runs.position(to));
        // Data columns of the table's schema that are read, in its order.
        let mut read: Vec<usize> = self.projection.clone();
        for filter in &self.filters {
            let columns = datafusion::physical_expr::utils::collect_columns(filter);
            read.extend(columns.iter().map(Column::index));
        }
        read.retain(|column| *column != 0);
        read.sort_unstable();
        read.dedup();
        let read_schema = Arc::new(self.table.schema.project(&read)?);
        let filters = self
            .filters
            .iter()
            .map(|filter| reassign_expr_columns(Arc::clone(filter), &read_schema))
            .collect::<Result<Vec<_>>>()?;
        let output = self
            .projection
            .iter()
            .map(|column| read.iter().position(|found| found == column))
            .collect();
        let reader = match &self.table.rows {
            Some(rows) if !read.is_empty() => reader(rows, &read, runs, first..last)?,
            _ => None,
        };
        let row = reader.as_ref().map_or(0, |(start, _)| *start);
        Ok(Reading {
            table: Arc::clone(&self.table),
            run: first,
            last,
            row,
            reader: reader.map(|(_, reader)| reader),
            without_columns: read.is_empty(),
            read_schema,
            range: Range::of(&filters).filter(|_| self.only.is_some()),
            filters,
            output,
            only: self.only.clone(),
            schema: Arc::clone(&self.schema),
            done_of_run: 0,
        })
    }
}

impl DisplayAs for PersonScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        let columns: Vec<&str> = columns.collect();
        write!(
            f,
            "PersonScanExec: table={}, columns=[{}], ranges={}",
            self.table.name,
            columns.join(", "),
            self.ranges.count()
        )?;
        if !self.filters.is_empty() {
            let filters: Vec<String> = self.filters.iter().map(ToString::to_string).collect();
            write!(f, ", filter=[{}]", filters.join(", "))?;
        }
        if let Some(only) = &self.only {
            write!(f, ", only={} persons by bitmap", only.len())?;
        }
        Ok(())
    }
}

impl ExecutionPlan for PersonScanExec {
    fn name(&self) -> &'static str {
        "PersonScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        super::sets::each(&self.filters, f)
    }

    fn execute(
        &self,
        partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let reading = self.reading(partition)?;
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::iter(reading),
        )))
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let rows = usize::try_from(self.table.runs.total()).unwrap_or(usize::MAX);
        let known = args.partition().is_none() && self.filters.is_empty() && self.only.is_none();
        statistics.num_rows = if known {
            Precision::Exact(rows)
        } else {
            Precision::Inexact(rows.checked_div(self.ranges.count()).unwrap_or(rows))
        };
        Ok(Arc::new(statistics))
    }
}

/// The schema of a set of persons.
pub(super) fn person_schema(name: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![arrow::datatypes::Field::new(
        name,
        arrow::datatypes::DataType::UInt32,
        false,
    )]))
}
