//! Conditions that are a range of one integer column: asked of the rows of wanted persons only, without a mask of all rows.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::datatypes::{
    DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, Literal};

/// `low <= column <= high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Position of the column.
    pub(super) column: usize,
    low: i64,
    high: i64,
}

impl Range {
    /// The range that all of `filters` together are, if they are one.
    pub(super) fn of(filters: &[Arc<dyn PhysicalExpr>]) -> Option<Self> {
        let mut whole: Option<Self> = None;
        for filter in filters {
            let part = Self::one(filter)?;
            whole = Some(match whole {
                None => part,
                Some(before) if before.column == part.column => Self {
                    column: part.column,
                    low: before.low.max(part.low),
                    high: before.high.min(part.high),
                },
                Some(_) => return None,
            });
        }
        whole
    }

    fn one(filter: &Arc<dyn PhysicalExpr>) -> Option<Self> {
        let binary = filter.downcast_ref::<BinaryExpr>()?;
        let column = binary.left().downcast_ref::<Column>()?.index();
        let value = integer(binary.right().downcast_ref::<Literal>()?.value())?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the operators that make a range"
        )]
        let (low, high) = match binary.op() {
            Operator::Eq => (value, value),
            Operator::GtEq => (value, i64::MAX),
            Operator::Gt => (value.checked_add(1)?, i64::MAX),
            Operator::LtEq => (i64::MIN, value),
            Operator::Lt => (i64::MIN, value.checked_sub(1)?),
            _ => return None,
        };
        Some(Self { column, low, high })
    }

    /// Calls `f` with the rows of `column` whose values are in the range, for each pair of rows that `runs` gives (first,
    /// and the one after the last). Says whether the column is of a kind that this is for.
    pub(super) fn each(
        &self,
        column: &ArrayRef,
        runs: impl Iterator<Item = (u32, usize, usize)>,
        f: impl FnMut(u32, usize),
    ) -> bool {
        if column.null_count() > 0 {
            return false;
        }
        let (low, high) = (self.low, self.high);
        macro_rules! over {
            ($kind:ty) => {{
                let values = column.as_primitive::<$kind>().values();
                pick(values, low, high, runs, f);
                true
            }};
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "integers that fit into 64 bits"
        )]
        match column.data_type() {
            DataType::UInt8 => over!(UInt8Type),
            DataType::UInt16 => over!(UInt16Type),
            DataType::UInt32 => over!(UInt32Type),
            DataType::Int8 => over!(Int8Type),
            DataType::Int16 => over!(Int16Type),
            DataType::Int32 => over!(Int32Type),
            DataType::Int64 => over!(Int64Type),
            _ => false,
        }
    }
}

fn pick<T: Copy + Into<i64>>(
    values: &[T],
    low: i64,
    high: i64,
    runs: impl Iterator<Item = (u32, usize, usize)>,
    mut f: impl FnMut(u32, usize),
) {
    for (person, from, to) in runs {
        for (row, value) in (from..to).zip(values.get(from..to).unwrap_or_default()) {
            let value: i64 = (*value).into();
            if low <= value && value <= high {
                f(person, row);
            }
        }
    }
}

fn integer(value: &ScalarValue) -> Option<i64> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "integers that fit into 64 bits"
    )]
    match value {
        ScalarValue::Int8(Some(v)) => Some(i64::from(*v)),
        ScalarValue::Int16(Some(v)) => Some(i64::from(*v)),
        ScalarValue::Int32(Some(v)) => Some(i64::from(*v)),
        ScalarValue::Int64(Some(v)) => Some(*v),
        ScalarValue::UInt8(Some(v)) => Some(i64::from(*v)),
        ScalarValue::UInt16(Some(v)) => Some(i64::from(*v)),
        ScalarValue::UInt32(Some(v)) => Some(i64::from(*v)),
        _ => None,
    }
}
