//! The expressions of a plan: where `person` may stand, and what a value may be made of.

use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::expr::{AggregateFunction, InSubquery};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable as _, Operator, Subquery};

use super::relation::{Analyst, Kind, Outside, Place, Relation};
use super::{Refusal, Rule, functions};

/// The one column of `schema` a name means.
fn position(column: &Column, schema: &DFSchema) -> Result<usize, Refusal> {
    let mut found = schema.iter().enumerate().filter(|(_, (qualifier, field))| {
        let table = match (&column.relation, qualifier) {
            (Some(wanted), Some(qualifier)) => wanted.resolved_eq(qualifier),
            (Some(_), None) => false,
            (None, _) => true,
        };
        table && field.name() == &column.name
    });
    match (found.next(), found.next()) {
        (Some((position, _)), None) => Ok(position),
        (None, _) => Err(Refusal::new(
            Rule::Correlated,
            "column of a query further out",
        )),
        (Some(_), Some(_)) => Err(Refusal::new(Rule::Expression, "ambiguous column")),
    }
}

fn without_alias(expr: &Expr) -> &Expr {
    if let Expr::Alias(alias) = expr {
        without_alias(&alias.expr)
    } else {
        expr
    }
}

/// The class, if `expr` is a person number as it is, of this relation or of the one outside.
pub(super) fn person(expr: &Expr, place: Place<'_>) -> Result<Option<u32>, Refusal> {
    let expr = without_alias(expr);
    let kind = match (expr, place.outside) {
        (Expr::Column(column), _) => place
            .relation
            .columns
            .get(position(column, place.schema)?)
            .copied(),
        (Expr::OuterReferenceColumn(_, column), Some(outside)) => outside
            .columns
            .get(position(column, outside.schema)?)
            .copied(),
        _ => None,
    };
    Ok(match kind {
        Some(Kind::Person(class)) => Some(class),
        Some(Kind::Value) | None => None,
    })
}

impl Analyst<'_> {
    /// A column of a projection or a group: a person number as it is, or a value.
    pub(super) fn item(&mut self, expr: &Expr, place: Place<'_>) -> Result<Kind, Refusal> {
        if let (Some(class), Expr::Column(_)) = (person(expr, place)?, without_alias(expr)) {
            return Ok(Kind::Person(class));
        }
        self.value(expr, place)?;
        Ok(Kind::Value)
    }

    /// A condition that every row kept fulfils: the pairs of persons it makes equal; everything else in it is a value.
    pub(super) fn conditions(
        &mut self,
        predicate: &Expr,
        place: Place<'_>,
    ) -> Result<Vec<(u32, u32)>, Refusal> {
        let mut equal = Vec::new();
        for part in split_conjunction(predicate) {
            if let Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::Eq,
                right,
            }) = part
                && let Some(left) = person(left, place)?
                && let Some(right) = person(right, place)?
            {
                equal.push((left, right));
            } else {
                self.value(part, place)?;
            }
        }
        Ok(equal)
    }

    fn values<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        place: Place<'_>,
    ) -> Result<(), Refusal> {
        exprs
            .into_iter()
            .try_for_each(|expr| self.value(expr, place))
    }

    /// An expression in which no person number takes part. Every kind is named: a new one doesn't compile until it is looked at.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(super) fn value(&mut self, expr: &Expr, place: Place<'_>) -> Result<(), Refusal> {
        if person(expr, place)?.is_some() {
            return Err(Refusal::new(Rule::Person, "person"));
        }
        match expr {
            Expr::Literal(..) | Expr::Column(_) => Ok(()),
            Expr::OuterReferenceColumn(_, column) => {
                let Some(outside) = place.outside else {
                    return Err(Refusal::new(
                        Rule::Correlated,
                        "column of a query further out",
                    ));
                };
                position(column, outside.schema)?;
                self.met.outside = true;
                Ok(())
            }
            Expr::Alias(alias) => self.value(&alias.expr, place),
            Expr::BinaryExpr(binary) => {
                if !operator(binary.op) {
                    return Err(Refusal::new(Rule::Expression, binary.op.to_string()));
                }
                self.value(&binary.left, place)?;
                self.value(&binary.right, place)
            }
            Expr::Like(like) => self.values([&*like.expr, &*like.pattern], place),
            Expr::IsNotNull(inner) | Expr::IsNull(inner) => {
                // Whether an outer join found the person: a fact about the row, not the number.
                if person(inner, place)?.is_some() && matches!(**inner, Expr::Column(_)) {
                    return Ok(());
                }
                self.value(inner, place)
            }
            Expr::Not(inner)
            | Expr::IsTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::Negative(inner) => self.value(inner, place),
            Expr::Between(b) => self.values([&*b.expr, &*b.low, &*b.high], place),
            Expr::Case(case) => {
                let whens = case
                    .when_then_expr
                    .iter()
                    .flat_map(|(when, then)| [when, then]);
                let parts = case.expr.iter().chain(whens).chain(&case.else_expr);
                self.values(parts.map(AsRef::as_ref), place)
            }
            Expr::Cast(cast) => self.value(&cast.expr, place),
            Expr::TryCast(cast) => self.value(&cast.expr, place),
            Expr::ScalarFunction(call) => {
                if !functions::scalar(call.name()) {
                    return Err(Refusal::new(Rule::Function, call.name()));
                }
                let stated = functions::stated(call.name()).and_then(|place| call.args.get(place));
                if stated.is_some_and(|arg| !matches!(without_alias(arg), Expr::Literal(..))) {
                    return Err(Refusal::new(Rule::Function, call.name()));
                }
                self.values(&call.args, place)
            }
            Expr::InList(list) => {
                self.values(std::iter::once(&*list.expr).chain(&list.list), place)
            }
            Expr::Exists(exists) => {
                let inner = self.subquery(&exists.subquery, place, "EXISTS")?;
                self.about_the_same_person(&inner, place, "EXISTS")
            }
            Expr::InSubquery(query) => self.in_subquery(query, place),
            Expr::ScalarSubquery(subquery) => {
                let inner = self.subquery(subquery, place, "subquery")?;
                if let Some(Kind::Person(_)) = inner.relation.columns.first() {
                    return Err(Refusal::new(Rule::Person, "subquery"));
                }
                self.about_the_same_person(&inner, place, "subquery")?;
                Self::no_summary(&inner, place, "subquery")
            }
            Expr::AggregateFunction(call) => Err(Refusal::new(Rule::Aggregate, call.func.name())),
            Expr::WindowFunction(_) => Err(Refusal::new(Rule::Window, "OVER")),
            Expr::GroupingSet(_)
            | Expr::HigherOrderFunction(_)
            | Expr::Lambda(_)
            | Expr::LambdaVariable(_)
            | Expr::Placeholder(_)
            | Expr::ScalarVariable(..)
            | Expr::SetComparison(_)
            | Expr::SimilarTo(_)
            | Expr::Unnest(_) => Err(Refusal::new(Rule::Expression, expr.variant_name())),
            #[expect(deprecated, reason = "it is refused, but it has to be named")]
            Expr::Wildcard { .. } => Err(Refusal::new(Rule::Expression, "*")),
        }
    }

    /// An aggregate function of an aggregate node; `stays` if its result is still about a person.
    pub(super) fn aggregate_function(
        &mut self,
        expr: &Expr,
        place: Place<'_>,
        stays: bool,
    ) -> Result<(), Refusal> {
        let Expr::AggregateFunction(AggregateFunction { func, params }) = without_alias(expr)
        else {
            return Err(Refusal::new(Rule::Aggregate, "expression"));
        };
        let name = func.name();
        if !functions::aggregate(name) {
            return Err(Refusal::new(Rule::Aggregate, name));
        }
        if params.null_treatment.is_some() {
            return Err(Refusal::new(Rule::Aggregate, format!("{name} … NULLS")));
        }
        if !params.order_by.is_empty() && !functions::ordered(name) {
            return Err(Refusal::new(
                Rule::Aggregate,
                format!("{name}(… ORDER BY …)"),
            ));
        }
        if let Some(filter) = &params.filter {
            self.value(filter, place)?;
        }
        for sort in &params.order_by {
            self.value(&sort.expr, place)?;
        }
        if let ("count", [only]) = (name, params.args.as_slice())
            && matches!(self.item(only, place)?, Kind::Person(_))
        {
            return Ok(());
        }
        self.values(&params.args, place)?;
        if functions::picks(name) && place.relation.about_persons() && !stays {
            for arg in &params.args {
                let kind = arg.get_type(place.schema);
                if !kind.is_ok_and(|t| t.is_numeric() || t.is_temporal() || t.is_null()) {
                    return Err(Refusal::new(Rule::Aggregate, format!("{name} of a text")));
                }
            }
        }
        Ok(())
    }

    fn in_subquery(&mut self, query: &InSubquery, place: Place<'_>) -> Result<(), Refusal> {
        let inner = self.subquery(&query.subquery, place, "IN")?;
        let person = person(&query.expr, place)?;
        match (person, inner.relation.columns.first()) {
            // person IN (SELECT person …): rows meet on the person.
            (Some(_), Some(Kind::Person(_))) => {
                if self.one_person(&inner.relation) {
                    Ok(())
                } else {
                    Err(Refusal::new(Rule::Collation, "IN"))
                }
            }
            (None, Some(Kind::Value)) => {
                self.value(&query.expr, place)?;
                self.about_the_same_person(&inner, place, "IN")?;
                Self::no_summary(&inner, place, "IN")
            }
            _ => Err(Refusal::new(Rule::Person, "IN")),
        }
    }

    fn one_person(&self, relation: &Relation) -> bool {
        relation
            .classes
            .iter()
            .map(|c| self.root(*c))
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            <= 1
    }

    /// Reads the query inside an expression.
    fn subquery(
        &mut self,
        subquery: &Subquery,
        place: Place<'_>,
        construct: &str,
    ) -> Result<Inner, Refusal> {
        let shadows: Vec<(u32, u32)> = place
            .relation
            .classes
            .iter()
            .map(|class| (*class, self.fresh_class()))
            .collect();
        // Classes that are one outside are one inside.
        for (class, shadow) in &shadows {
            for (other, twin) in &shadows {
                if self.root(*class) == self.root(*other) {
                    self.unite(*shadow, *twin);
                }
            }
        }
        let columns = place.relation.columns.iter().map(|kind| match kind {
            Kind::Person(class) => shadows
                .iter()
                .find(|(c, _)| self.root(*c) == self.root(*class))
                .map_or(Kind::Value, |(_, shadow)| Kind::Person(*shadow)),
            Kind::Value => Kind::Value,
        });
        let outside = Outside {
            schema: place.schema,
            columns: columns.collect(),
            classes: shadows.iter().map(|(_, shadow)| *shadow).collect(),
        };
        let met = self.take_met();
        let relation = self.relation(&subquery.subquery, Some(&outside))?;
        self.met = met;
        self.met.origins.extend(relation.origins.iter().cloned());
        // A correlated aggregate has a row for each row outside.
        self.met.summary |=
            !relation.origins.is_empty() && (!relation.single_row || relation.correlated);
        if relation.columns.is_empty() {
            return Err(Refusal::new(Rule::Node, construct));
        }
        let tied = self.tied(&relation, Some(&outside));
        let settled = self.settle(&relation, Some(&outside), construct);
        Ok(Inner {
            relation,
            tied,
            settled,
        })
    }

    /// A subquery's rows about a person are about the person of the row outside.
    fn about_the_same_person(
        &self,
        inner: &Inner,
        place: Place<'_>,
        construct: &str,
    ) -> Result<(), Refusal> {
        inner.settled.clone()?;
        if inner.relation.about_persons() && !(inner.tied && self.one_person(&inner.relation)) {
            return Err(Refusal::new(Rule::Collation, construct));
        }
        if inner.relation.is_list() && place.relation.about_persons() {
            return Err(Refusal::new(Rule::Collation, "VALUES"));
        }
        if inner.relation.correlated {
            return Self::no_summary(inner, place, construct);
        }
        Ok(())
    }

    /// Rows about persons don't meet an aggregate of several rows, in an expression either.
    fn no_summary(inner: &Inner, place: Place<'_>, construct: &str) -> Result<(), Refusal> {
        // A correlated aggregate has a row for each row outside, so a single one doesn't excuse it.
        let summary = inner.relation.is_summary()
            || (inner.relation.correlated
                && !inner.relation.about_persons()
                && !inner.relation.origins.is_empty());
        if summary && place.relation.about_persons() {
            return Err(Refusal::new(Rule::MixedLevels, construct));
        }
        Ok(())
    }
}

/// A query inside an expression.
struct Inner {
    relation: Relation,
    tied: bool,
    settled: Result<(), Refusal>,
}

/// Whether an operator may be used on values.
fn operator(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::Plus
            | Operator::Minus
            | Operator::Multiply
            | Operator::Divide
            | Operator::IntegerDivide
            | Operator::Modulo
            | Operator::And
            | Operator::Or
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
            | Operator::StringConcat
    )
}
