//! How large a statement becomes when it is planned, told by its syntax: planning takes time and memory before anything
//! is executed, and a short text can stand for a plan without end.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, GroupByWithModifier, ObjectName, Query, Select, Visitor,
};

/// Most tables of a statement, each common table expression counted wherever it is named: a join of that many is planned
/// within seconds.
pub(super) const MAX_RELATIONS: u64 = 64;
/// Most grouping sets of a `GROUP BY`.
pub(super) const MAX_SETS: u64 = 64;

/// What is too much of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Counts the tables of a statement and the sets of its groupings.
#[derive(Debug, Default)]
pub(super) struct Size {
    scopes: Vec<Scope>,
}

/// A query around what is being visited.
#[derive(Debug, Default)]
struct Scope {
    /// Tables of the common table expressions that may be named from here on.
    known: BTreeMap<String, u64>,
    /// Those that are still to come, by where they are.
    coming: Vec<(*const Query, String)>,
    /// Tables so far.
    tables: u64,
}

impl Size {
    fn add(&mut self, tables: u64) -> ControlFlow<TooMuch> {
        let Some(scope) = self.scopes.last_mut() else {
            return ControlFlow::Continue(());
        };
        scope.tables = scope.tables.saturating_add(tables);
        bounded(scope.tables, MAX_RELATIONS)
    }
}

fn bounded(count: u64, most: u64) -> ControlFlow<TooMuch> {
    if count > most {
        ControlFlow::Break(TooMuch)
    } else {
        ControlFlow::Continue(())
    }
}

impl Visitor for Size {
    type Break = TooMuch;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<TooMuch> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.scopes.push(Scope {
            coming: named
                .map(|cte| (&raw const *cte.query, cte.alias.name.value.to_lowercase()))
                .collect(),
            ..Scope::default()
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<TooMuch> {
        let Some(done) = self.scopes.pop() else {
            return ControlFlow::Continue(());
        };
        // A list of values is a relation as well.
        let tables = done.tables.max(1);
        if let Some(around) = self.scopes.last_mut() {
            let here = &raw const *query;
            let coming = around.coming.iter().find(|(place, _)| *place == here);
            if let Some((_, name)) = coming.cloned() {
                around.known.insert(name, tables);
                return ControlFlow::Continue(());
            }
        }
        self.add(tables)
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<TooMuch> {
        let name = relation.to_string().replace('"', "").to_lowercase();
        let mut around = self.scopes.iter().rev();
        let tables = around.find_map(|scope| scope.known.get(&name)).copied();
        self.add(tables.unwrap_or(1))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<TooMuch> {
        let (exprs, modifiers) = match &select.group_by {
            GroupByExpr::All(modifiers) => (&[][..], modifiers),
            GroupByExpr::Expressions(exprs, modifiers) => (exprs.as_slice(), modifiers),
        };
        let listed = exprs.len() as u64;
        let by_modifier = modifiers.iter().map(|modifier| match modifier {
            GroupByWithModifier::Cube => power(listed),
            GroupByWithModifier::Rollup | GroupByWithModifier::Totals => listed.saturating_add(1),
            GroupByWithModifier::GroupingSets(expr) => sets(expr),
        });
        let all = exprs.iter().map(sets).chain(by_modifier);
        bounded(all.fold(1, u64::saturating_mul), MAX_SETS)
    }
}

/// How many grouping sets an item of a `GROUP BY` stands for.
fn sets(expr: &Expr) -> u64 {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the three that stand for several"
    )]
    match expr {
        Expr::Cube(columns) => power(columns.len() as u64),
        Expr::GroupingSets(sets) => sets.len() as u64,
        Expr::Rollup(columns) => (columns.len() as u64).saturating_add(1),
        Expr::Nested(inner) => sets(inner),
        _ => 1,
    }
}

fn power(columns: u64) -> u64 {
    u32::try_from(columns).map_or(u64::MAX, |columns| 2_u64.saturating_pow(columns))
}
