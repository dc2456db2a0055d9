//! The guard: which SQL may run (条項 2-1, 4-1, 4-3-5-2), decided on DataFusion's logical plan before it runs.
//!
//! It follows every row from the tables to the result and knows of each relation whether its rows are about single
//! persons, whose they are, and which columns are the person number:
//!
//! * rows of a linked table are **about a person** until an aggregate that doesn't group by `person` has counted them;
//! * rows about persons meet rows about persons only where a condition says `person = person`;
//! * rows about persons meet aggregates of person-level tables only if the aggregate has no groups, so that it is a
//!   single row (stricter than the clause: a finely grouped aggregate would stand in for the rows). Whatever a subquery
//!   filtered or filled with such an aggregate is one itself;
//! * rows about persons meet no rows written in the statement (`VALUES`), which would pick persons out;
//! * aggregates, and reference tables, meet on anything;
//! * `person` is a key between tables, a group below a further aggregate, or counted; nothing else;
//! * what leaves the plan is an aggregate.
//!
//! A column may not grow without end either, written out in terms of the tables (`growth`).
//!
//! Nodes, expressions, operators and functions are allow-lists: a match without a wildcard for what DataFusion
//! defines as an enum, a sorted list of names for functions. What is new in DataFusion stays refused until looked at.

mod expression;
mod functions;
mod growth;
mod meeting;
mod relation;

use std::collections::BTreeMap;

use datafusion::logical_expr::LogicalPlan;
use thiserror::Error;

/// Whose rows a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Rows about persons; the table has the column `person`.
    Person,
    /// Reference data about nobody (天候、暦、診療行為マスタ): may meet anything on any column.
    Reference,
}

/// A rule of the guard that a statement breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An aggregate function that hands out values of single rows, or isn't looked at yet.
    Aggregate,
    /// A cohort is the column `person` alone.
    Cohort,
    /// Rows about persons meet on something other than `person`.
    Collation,
    /// A correlated subquery that isn't about the same person.
    Correlated,
    /// A kind of expression or operator that isn't looked at yet.
    Expression,
    /// A scalar function that isn't on the list.
    Function,
    /// Rows about persons meet an aggregate of several rows.
    MixedLevels,
    /// A part of a statement that isn't looked at yet.
    Node,
    /// Rows about persons are ordered or cut off.
    Order,
    /// `person` is used as a value.
    Person,
    /// The result would show `person`.
    PersonShown,
    /// The result would have rows about single persons.
    RowLevel,
    /// Something other than one question.
    Statement,
    /// A table that isn't of this study.
    Table,
    /// A window function.
    Window,
}

impl Rule {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Aggregate => "engine.guard.aggregate",
            Self::Cohort => "engine.guard.cohort",
            Self::Collation => "engine.guard.collation",
            Self::Correlated => "engine.guard.correlated",
            Self::Expression => "engine.guard.expression",
            Self::Function => "engine.guard.function",
            Self::MixedLevels => "engine.guard.mixed_levels",
            Self::Node => "engine.guard.node",
            Self::Order => "engine.guard.order",
            Self::Person => "engine.guard.person",
            Self::PersonShown => "engine.guard.person_shown",
            Self::RowLevel => "engine.guard.row_level",
            Self::Statement => "engine.guard.statement",
            Self::Table => "engine.guard.table",
            Self::Window => "engine.guard.window",
        }
    }

    /// The clause it serves, as `clauses.md` names it.
    pub fn clause(self) -> &'static str {
        match self {
            Self::Aggregate
            | Self::Collation
            | Self::Correlated
            | Self::MixedLevels
            | Self::Order
            | Self::RowLevel
            | Self::Table
            | Self::Window => "2-1.no-collation",
            Self::Cohort | Self::Person | Self::PersonShown => "4-1.no-identification",
            Self::Expression | Self::Function | Self::Node | Self::Statement => {
                "4-3-5-2.no-transfer"
            }
        }
    }
}

/// A statement the guard doesn't let run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("refused by the guard ({}, clause {}): {construct}", rule.code(), rule.clause())]
pub struct Refusal {
    /// The rule it breaks.
    pub rule: Rule,
    /// The part of the statement that breaks it: a keyword, a function or a table; never a literal.
    pub construct: String,
}

impl Refusal {
    pub(crate) fn new(rule: Rule, construct: impl Into<String>) -> Self {
        Self {
            rule,
            construct: construct.into(),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// Named values for the message: the clause and the construct.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("clause", self.rule.clause().to_owned()),
            ("construct", self.construct.clone()),
        ]
    }

    /// Refused by a rule.
    pub fn exit(&self) -> u8 {
        1
    }
}

/// Every code of this module with the names of its details.
pub const CODES: &[(&str, &[&str])] = &[
    ("engine.guard.aggregate", &["clause", "construct"]),
    ("engine.guard.cohort", &["clause", "construct"]),
    ("engine.guard.collation", &["clause", "construct"]),
    ("engine.guard.correlated", &["clause", "construct"]),
    ("engine.guard.expression", &["clause", "construct"]),
    ("engine.guard.function", &["clause", "construct"]),
    ("engine.guard.mixed_levels", &["clause", "construct"]),
    ("engine.guard.node", &["clause", "construct"]),
    ("engine.guard.order", &["clause", "construct"]),
    ("engine.guard.person", &["clause", "construct"]),
    ("engine.guard.person_shown", &["clause", "construct"]),
    ("engine.guard.row_level", &["clause", "construct"]),
    ("engine.guard.statement", &["clause", "construct"]),
    ("engine.guard.table", &["clause", "construct"]),
    ("engine.guard.window", &["clause", "construct"]),
];

/// What may leave a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Rows about nobody: the rule.
    Aggregates,
    /// The column `person` alone, for a cohort that stays in the vault.
    Persons,
    /// Rows about single persons without their number, where the study allows it.
    Rows,
}

/// Lets `plan` pass, or says which rule it breaks. `tables` are the tables of the study by name.
///
/// The plan must be the one the SQL planner made, before any optimisation.
pub(crate) fn check(
    plan: &LogicalPlan,
    tables: &BTreeMap<String, Level>,
    wanted: Wanted,
) -> Result<(), Refusal> {
    growth::check(plan)?;
    relation::Analyst::new(tables, wanted).result(plan)
}
