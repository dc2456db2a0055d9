//! Aggregates of the evaluator.

use std::cmp::Ordering;

use super::relation::{Condition, Relation, Row};
use super::value::{Kind, Value};

/// An aggregate over some rows.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    function: &'static str,
    /// None for `count(*)`.
    column: Option<String>,
    distinct: bool,
    filter: Option<Condition>,
}

impl Aggregate {
    pub(super) fn rows() -> Self {
        Self {
            function: "count",
            column: None,
            distinct: false,
            filter: None,
        }
    }

    pub(super) fn of(function: &'static str, column: &str) -> Self {
        Self {
            function,
            column: Some(column.to_owned()),
            ..Self::rows()
        }
    }

    /// Different persons.
    pub(super) fn persons(column: &str) -> Self {
        Self {
            distinct: true,
            ..Self::of("count", column)
        }
    }

    pub(super) fn distinct(self) -> Self {
        Self {
            distinct: true,
            ..self
        }
    }

    pub(super) fn filtered(self, filter: Condition) -> Self {
        Self {
            filter: Some(filter),
            ..self
        }
    }

    pub(super) fn sql(&self, alias: &str) -> String {
        let column = self.column.as_ref();
        let column = column.map_or_else(|| "*".to_owned(), |column| format!("{alias}.{column}"));
        let distinct = if self.distinct { "distinct " } else { "" };
        let filter = self.filter.as_ref().map_or_else(String::new, |filter| {
            format!(" filter (where {})", filter.sql(alias))
        });
        format!("{}({distinct}{column}){filter}", self.function)
    }

    pub(super) fn kind(&self, relation: &Relation) -> Kind {
        match (self.function, &self.column) {
            ("count", _) => Kind::Int,
            ("avg", _) => Kind::Float,
            (_, Some(column)) => relation.columns[relation.at(column)].1,
            (_, None) => panic!("only rows are counted without a column"),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(super) fn value(&self, relation: &Relation, rows: &[&Row]) -> Value {
        let kept = rows.iter().filter(|row| {
            let filter = self.filter.as_ref();
            filter.is_none_or(|filter| filter.of(relation, row) == Some(true))
        });
        let Some(column) = &self.column else {
            return Value::Int(i64::try_from(kept.count()).unwrap());
        };
        let at = relation.at(column);
        let mut values: Vec<&Value> = kept.map(|row| &row[at]).filter(|v| !v.is_null()).collect();
        if self.distinct {
            values.sort_by(|one, other| one.order(other));
            values.dedup();
        }
        let number = |value: &Value| match value {
            Value::Int(n) => *n as f64,
            Value::Float(x) => *x,
            other => panic!("{other:?} is no number"),
        };
        let ordered = |wanted: Ordering| {
            let best = values.iter().copied().reduce(|best, value| {
                if value.compare(best) == Some(wanted) {
                    value
                } else {
                    best
                }
            });
            best.cloned().unwrap_or(Value::Null)
        };
        match self.function {
            "count" => Value::Int(i64::try_from(values.len()).unwrap()),
            "min" => ordered(Ordering::Less),
            "max" => ordered(Ordering::Greater),
            _ if values.is_empty() => Value::Null,
            "avg" => {
                Value::Float(values.iter().map(|v| number(v)).sum::<f64>() / values.len() as f64)
            }
            "sum" if matches!(values[0], Value::Float(_)) => {
                Value::Float(values.iter().map(|v| number(v)).sum())
            }
            "sum" => Value::Int(
                values
                    .iter()
                    .map(|value| match value {
                        Value::Int(n) => *n,
                        other => panic!("{other:?} is no number"),
                    })
                    .sum(),
            ),
            other => panic!("{other}"),
        }
    }
}
