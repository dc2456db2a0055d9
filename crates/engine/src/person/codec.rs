//! The person operators as bytes, for a cluster whose executors have the same tables: a plan made here runs there.
//!
//! A node is written as a header in JSON and attachments, each with its length (u32, little endian) before it. Conditions
//! and aggregates travel inside a `DataFusion` node over an empty input, so that `DataFusion` writes and reads them.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, not_impl_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::physical_expr::utils::split_conjunction;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::aggregate::{PersonAggregateExec, by_person};
use super::count::{NAME, person_count};
use super::groups::Aggregates;
use super::join::{JoinKind, PersonJoinExec, pair_schema};
use super::scan::PersonScanExec;
use super::semi::PersonSemiExec;
use super::set::PersonSet;
use super::sets::PersonSetExec;
use super::table::{PersonTable, Ranges};
use super::totals::PersonTotalsExec;

type Plan = Arc<dyn ExecutionPlan>;

/// Writes and reads the person operators over the tables of one study.
#[derive(Debug, Clone)]
pub struct PersonCodec {
    tables: Vec<Arc<PersonTable>>,
}

/// A node without its inputs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "snake_case")]
enum Header {
    Scan {
        table: String,
        splits: Vec<u32>,
        projection: Vec<usize>,
        filtered: bool,
        restricted: bool,
    },
    Set {
        column: String,
        splits: Vec<u32>,
    },
    Join {
        on: (usize, usize),
        kind: JoinKind,
        conditions: usize,
        splits: Vec<u32>,
    },
    Semi {
        on: (usize, usize),
        anti: bool,
        splits: Vec<u32>,
    },
    Aggregate {
        person: usize,
        splits: Vec<u32>,
    },
    Totals {
        person: usize,
    },
}

fn broken() -> DataFusionError {
    DataFusionError::Internal("not a person operator".to_owned())
}

fn ranges(splits: Vec<u32>) -> Arc<Ranges> {
    Arc::new(Ranges::of(splits))
}

fn bitmap(persons: &PersonSet) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    persons.to_bitmap().serialize_into(&mut bytes)?;
    Ok(bytes)
}

fn persons(bytes: &[u8]) -> Result<PersonSet> {
    let bitmap = RoaringBitmap::deserialize_from(bytes)?;
    Ok(PersonSet::from(&bitmap))
}

/// Takes the next attachment off `bytes`.
fn part<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(broken)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (part, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
    *bytes = rest;
    Ok(part)
}

fn put(buf: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    let length = u32::try_from(part.len()).map_err(|_| broken())?;
    buf.extend_from_slice(&length.to_le_bytes());
    buf.extend_from_slice(part);
    Ok(())
}

impl PersonCodec {
    /// For plans over `tables`.
    pub fn new(tables: Vec<Arc<PersonTable>>) -> Self {
        Self { tables }
    }

    fn plan(&self, plan: Plan) -> Result<Vec<u8>> {
        Ok(physical_plan_to_bytes_with_extension_codec(plan, self)?.to_vec())
    }

    fn read(&self, bytes: &[u8], ctx: &TaskContext) -> Result<Plan> {
        physical_plan_from_bytes_with_extension_codec(bytes, ctx, self)
    }

    /// Aggregates by `by` as a node of DataFusion over rows of `input`.
    fn shape(
        &self,
        by: Vec<(Arc<dyn PhysicalExpr>, String)>,
        aggregates: &Aggregates,
        input: &SchemaRef,
    ) -> Result<Vec<u8>> {
        let shape = AggregateExec::try_new(
            AggregateMode::Single,
            PhysicalGroupBy::new_single(by),
            aggregates.functions.clone(),
            aggregates.filters.clone(),
            Arc::new(EmptyExec::new(Arc::clone(input))),
            Arc::clone(input),
        )?;
        self.plan(Arc::new(shape))
    }

    /// A condition on rows of `input` as a node of DataFusion.
    fn condition(&self, condition: &Arc<dyn PhysicalExpr>, input: &SchemaRef) -> Result<Vec<u8>> {
        let rows: Plan = Arc::new(EmptyExec::new(Arc::clone(input)));
        let filter = FilterExec::try_new(Arc::clone(condition), rows)?;
        self.plan(Arc::new(filter))
    }

    /// Takes the next attachment, a condition, off `bytes`.
    fn read_condition(
        &self,
        bytes: &mut &[u8],
        ctx: &TaskContext,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let plan = self.read(part(bytes)?, ctx)?;
        let filter = plan.downcast_ref::<FilterExec>().ok_or_else(broken)?;
        Ok(Arc::clone(filter.predicate()))
    }

    fn encode(&self, node: &Plan) -> Result<(Header, Vec<Vec<u8>>)> {
        if let Some(scan) = node.downcast_ref::<PersonScanExec>() {
            let mut parts = Vec::new();
            let all = scan.filters.iter().cloned().reduce(|one, other| {
                Arc::new(BinaryExpr::new(one, Operator::And, other)) as Arc<dyn PhysicalExpr>
            });
            if let Some(all) = &all {
                parts.push(self.condition(all, &scan.table.schema)?);
            }
            if let Some(only) = &scan.only {
                parts.push(bitmap(only)?);
            }
            let header = Header::Scan {
                table: scan.table.name.clone(),
                splits: scan.ranges.splits().to_vec(),
                projection: scan.projection.clone(),
                filtered: all.is_some(),
                restricted: scan.only.is_some(),
            };
            return Ok((header, parts));
        }
        if let Some(set) = node.downcast_ref::<PersonSetExec>() {
            let header = Header::Set {
                column: node.schema().field(0).name().clone(),
                splits: set.ranges.splits().to_vec(),
            };
            return Ok((header, vec![bitmap(&set.persons)?]));
        }
        if let Some(join) = node.downcast_ref::<PersonJoinExec>() {
            let header = Header::Join {
                on: join.on,
                kind: join.kind,
                conditions: join.conditions.len(),
                splits: join.ranges.splits().to_vec(),
            };
            let pairs = pair_schema(&join.left.schema(), &join.right.schema());
            let conditions = join.conditions.iter();
            let parts = conditions.map(|condition| self.condition(condition, &pairs));
            return Ok((header, parts.collect::<Result<_>>()?));
        }
        if let Some(semi) = node.downcast_ref::<PersonSemiExec>() {
            let header = Header::Semi {
                on: semi.on,
                anti: semi.anti,
                splits: semi.ranges.splits().to_vec(),
            };
            return Ok((header, Vec::new()));
        }
        if let Some(aggregate) = node.downcast_ref::<PersonAggregateExec>() {
            let name = node.schema().field(0).name().clone();
            let by = vec![(by_person(&aggregate.input, aggregate.person), name)];
            let shape = self.shape(by, &aggregate.aggregates, &aggregate.input.schema())?;
            let header = Header::Aggregate {
                person: aggregate.person,
                splits: aggregate.ranges.splits().to_vec(),
            };
            return Ok((header, vec![shape]));
        }
        if let Some(totals) = node.downcast_ref::<PersonTotalsExec>() {
            let by = totals.by.clone();
            let shape = self.shape(by, &totals.aggregates, &totals.input.schema())?;
            let header = Header::Totals {
                person: totals.person,
            };
            return Ok((header, vec![shape]));
        }
        not_impl_err!("{} is no person operator", node.name())
    }

    fn decode(
        &self,
        header: Header,
        mut rest: &[u8],
        inputs: &[Plan],
        ctx: &TaskContext,
    ) -> Result<Plan> {
        let input = || inputs.first().cloned().ok_or_else(broken);
        let pair = || match inputs {
            [left, right] => Ok((Arc::clone(left), Arc::clone(right))),
            _ => Err(broken()),
        };
        Ok(match header {
            Header::Scan {
                table,
                splits,
                projection,
                filtered,
                restricted,
            } => {
                let table = self.tables.iter().find(|known| known.name == table);
                let table = Arc::clone(table.ok_or_else(broken)?);
                let mut filters = Vec::new();
                if filtered {
                    let all = self.read_condition(&mut rest, ctx)?;
                    filters.extend(split_conjunction(&all).into_iter().map(Arc::clone));
                }
                let scan = PersonScanExec::try_new(table, ranges(splits), projection, filters)?;
                if restricted {
                    Arc::new(scan.restricted(&persons(part(&mut rest)?)?))
                } else {
                    Arc::new(scan)
                }
            }
            Header::Set { column, splits } => {
                let persons = Arc::new(persons(part(&mut rest)?)?);
                Arc::new(PersonSetExec::try_new(persons, ranges(splits), &column)?)
            }
            Header::Join {
                on,
                kind,
                conditions,
                splits,
            } => {
                let conditions = (0..conditions).map(|_| self.read_condition(&mut rest, ctx));
                let conditions = conditions.collect::<Result<_>>()?;
                let ((left, right), ranges) = (pair()?, ranges(splits));
                Arc::new(PersonJoinExec::try_new(
                    left, right, on, kind, conditions, ranges,
                )?)
            }
            Header::Semi { on, anti, splits } => {
                let (left, right) = pair()?;
                Arc::new(PersonSemiExec::try_new(
                    left,
                    right,
                    on,
                    anti,
                    ranges(splits),
                )?)
            }
            Header::Aggregate { person, splits } => {
                let shape = self.read(part(&mut rest)?, ctx)?;
                let node = shape.downcast_ref::<AggregateExec>().ok_or_else(broken)?;
                Arc::new(PersonAggregateExec::try_new(
                    input()?,
                    person,
                    Aggregates::of(node),
                    shape.schema(),
                    ranges(splits),
                )?)
            }
            Header::Totals { person } => {
                let shape = self.read(part(&mut rest)?, ctx)?;
                let node = shape.downcast_ref::<AggregateExec>().ok_or_else(broken)?;
                Arc::new(PersonTotalsExec::try_new(
                    input()?,
                    person,
                    node.group_expr().expr().to_vec(),
                    Aggregates::of(node),
                )?)
            }
        })
    }
}

impl PhysicalExtensionCodec for PersonCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Plan],
        ctx: &TaskContext,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Plan> {
        let mut rest = buf;
        let header = serde_json::from_slice(part(&mut rest)?).map_err(|_| broken())?;
        self.decode(header, rest, inputs, ctx)
    }

    fn try_encode(
        &self,
        node: Plan,
        buf: &mut Vec<u8>,
        _: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let (header, parts) = self.encode(&node)?;
        put(buf, &serde_json::to_vec(&header).map_err(|_| broken())?)?;
        parts.iter().try_for_each(|part| put(buf, part))
    }

    fn try_decode_udaf(&self, name: &str, _: &[u8]) -> Result<Arc<AggregateUDF>> {
        if name == NAME {
            Ok(person_count())
        } else {
            not_impl_err!("{name} is no function of the person operators")
        }
    }
}
