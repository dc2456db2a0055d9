//! The nodes of a plan: whose rows each relation holds.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::DFSchema;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, Limit, LogicalPlan, TableScan, Values};

use super::{Level, Refusal, Rule, Wanted};

/// What a column is to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The person number of a class of rows.
    Person(u32),
    /// Anything else.
    Value,
}

/// What the guard knows of a relation.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// By position in the plan node's schema.
    pub(super) columns: Vec<Kind>,
    /// Whose rows it has: one class per source of rows about persons. Two classes are one once a condition says that
    /// their persons are equal. Empty: rows about nobody.
    pub(super) classes: BTreeSet<u32>,
    /// Linked tables that its rows or aggregates come from.
    pub(super) origins: BTreeSet<String>,
    /// It has at most one row: an aggregate without groups, or a SELECT without a table.
    pub(super) single_row: bool,
    /// Some of its rows are written in the statement (VALUES, a SELECT without a table).
    pub(super) literal: bool,
    /// It depends on values of the row outside (a correlated subquery).
    pub(super) correlated: bool,
}

impl Relation {
    pub(super) fn about_nobody(columns: usize) -> Self {
        Self {
            columns: vec![Kind::Value; columns],
            classes: BTreeSet::new(),
            origins: BTreeSet::new(),
            single_row: false,
            literal: false,
            correlated: false,
        }
    }

    pub(super) fn about_persons(&self) -> bool {
        !self.classes.is_empty()
    }

    /// An aggregate of linked tables with more than one row.
    pub(super) fn is_summary(&self) -> bool {
        !self.about_persons() && !self.origins.is_empty() && !self.single_row
    }

    /// Rows written in the statement, with which rows about persons would be picked out one by one.
    pub(super) fn is_list(&self) -> bool {
        !self.about_persons() && self.literal && !self.single_row
    }

    /// Adds what the expressions of its node met.
    pub(super) fn add(&mut self, met: Met) {
        self.correlated |= met.outside;
        self.single_row &= !met.summary;
        self.origins.extend(met.origins);
    }
}

/// What expressions met outside the relation they stand in. A subquery counts as if the relation had met its rows.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// A value of the row outside.
    pub(super) outside: bool,
    /// Linked tables that subqueries read.
    pub(super) origins: BTreeSet<String>,
    /// A subquery with rows of linked tables, or more than one row made from them.
    pub(super) summary: bool,
}

/// The relation outside a subquery, with a class of its own for each class outside, so that what a subquery finds equal
/// is not taken for equal outside.
pub(super) struct Outside<'a> {
    pub(super) schema: &'a DFSchema,
    pub(super) columns: Vec<Kind>,
    pub(super) classes: BTreeSet<u32>,
}

/// A relation and the schema its columns are named by.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) relation: &'a Relation,
    pub(super) schema: &'a DFSchema,
    pub(super) outside: Option<&'a Outside<'a>>,
}

/// One reading of one plan.
pub(super) struct Analyst<'a> {
    tables: &'a BTreeMap<String, Level>,
    /// Union-find over the classes.
    parents: Vec<u32>,
    /// What the expressions of the node being read have met so far.
    pub(super) met: Met,
    /// Aggregates and subqueries around the node being read.
    depth: u32,
    /// What may leave the plan.
    wanted: Wanted,
}

impl<'a> Analyst<'a> {
    pub(super) fn new(tables: &'a BTreeMap<String, Level>, wanted: Wanted) -> Self {
        Self {
            tables,
            wanted,
            parents: Vec::new(),
            met: Met::default(),
            depth: 0,
        }
    }

    /// Reads the whole plan; what leaves it must be what is wanted.
    pub(super) fn result(mut self, plan: &LogicalPlan) -> Result<(), Refusal> {
        let result = self.relation(plan, None)?;
        if self.wanted == Wanted::Persons {
            return match result.columns[..] {
                [Kind::Person(_)] => self.settle(&result, None, "SELECT person"),
                _ => Err(Refusal::new(Rule::Cohort, "SELECT")),
            };
        }
        let shown = |kind: &Kind| matches!(kind, Kind::Person(_));
        if result.columns.iter().any(shown) {
            return Err(Refusal::new(Rule::PersonShown, "SELECT person"));
        }
        if !result.about_persons() {
            return Ok(());
        }
        match self.wanted {
            Wanted::Rows => self.settle(&result, None, "SELECT"),
            Wanted::Aggregates | Wanted::Persons => Err(Refusal::new(Rule::RowLevel, "SELECT")),
        }
    }

    pub(super) fn fresh_class(&mut self) -> u32 {
        let class = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        self.parents.push(class);
        class
    }

    pub(super) fn root(&self, class: u32) -> u32 {
        let mut at = class;
        while let Some(parent) = usize::try_from(at).ok().and_then(|i| self.parents.get(i)) {
            if *parent == at {
                break;
            }
            at = *parent;
        }
        at
    }

    pub(super) fn unite(&mut self, left: u32, right: u32) {
        let (left, right) = (self.root(left), self.root(right));
        if let Some(parent) = usize::try_from(left)
            .ok()
            .and_then(|i| self.parents.get_mut(i))
        {
            *parent = right;
        }
    }

    pub(super) fn roots(&self, classes: &BTreeSet<u32>) -> BTreeSet<u32> {
        classes.iter().map(|class| self.root(*class)).collect()
    }

    /// Whether rows are about the person outside.
    pub(super) fn tied(&self, relation: &Relation, outside: Option<&Outside<'_>>) -> bool {
        let Some(outside) = outside else { return false };
        let outer = self.roots(&outside.classes);
        relation.about_persons() && self.roots(&relation.classes).is_subset(&outer)
    }

    /// Refuses rows that are about two persons at once, or that depend on a row outside about somebody else.
    pub(super) fn settle(
        &self,
        relation: &Relation,
        outside: Option<&Outside<'_>>,
        construct: &str,
    ) -> Result<(), Refusal> {
        if self.roots(&relation.classes).len() > 1 {
            return Err(Refusal::new(Rule::Collation, construct));
        }
        if relation.about_persons() && relation.correlated && !self.tied(relation, outside) {
            return Err(Refusal::new(Rule::Correlated, construct));
        }
        Ok(())
    }

    /// Reads a node and all below it. Every node is named: a new one doesn't compile until it is looked at.
    pub(super) fn relation(
        &mut self,
        plan: &LogicalPlan,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        match plan {
            LogicalPlan::TableScan(scan) => self.scan(scan),
            LogicalPlan::Projection(projection) => {
                let input = self.relation(&projection.input, outside)?;
                self.project(&projection.expr, &projection.input, input, outside)
            }
            LogicalPlan::Filter(filter) => {
                let mut input = self.relation(&filter.input, outside)?;
                let place = Place {
                    relation: &input,
                    schema: filter.input.schema(),
                    outside,
                };
                let equal = self.conditions(&filter.predicate, place)?;
                for (left, right) in equal {
                    self.unite(left, right);
                }
                input.add(self.take_met());
                Ok(input)
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregate(aggregate, outside),
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let input = self.below(input, outside)?;
                self.settle(&input, outside, "DISTINCT")?;
                Ok(input)
            }
            LogicalPlan::Distinct(Distinct::On(_)) => Err(Refusal::new(Rule::Order, "DISTINCT ON")),
            LogicalPlan::Sort(sort) => {
                let mut input = self.relation(&sort.input, outside)?;
                self.whole(&input, "ORDER BY", outside)?;
                let place = Place {
                    relation: &input,
                    schema: sort.input.schema(),
                    outside,
                };
                for expr in &sort.expr {
                    self.value(&expr.expr, place)?;
                }
                input.add(self.take_met());
                Ok(input)
            }
            LogicalPlan::Limit(limit) => self.limit(limit, outside),
            LogicalPlan::Join(join) => self.join(join, outside),
            LogicalPlan::Union(union) => self.union(union, outside),
            LogicalPlan::SubqueryAlias(alias) => self.relation(&alias.input, outside),
            LogicalPlan::EmptyRelation(empty) => {
                let mut relation = Relation::about_nobody(empty.schema.fields().len());
                relation.single_row = true;
                relation.literal = true;
                Ok(relation)
            }
            LogicalPlan::Values(values) => self.list(values, outside),
            LogicalPlan::Window(_) => Err(Refusal::new(Rule::Window, "OVER")),
            LogicalPlan::Subquery(_) => Err(Refusal::new(Rule::Node, "LATERAL")),
            LogicalPlan::Unnest(_) => Err(Refusal::new(Rule::Node, "UNNEST")),
            LogicalPlan::RecursiveQuery(_) => Err(Refusal::new(Rule::Node, "WITH RECURSIVE")),
            LogicalPlan::Repartition(_) => Err(Refusal::new(Rule::Node, "DISTRIBUTE BY")),
            LogicalPlan::Extension(_) => Err(Refusal::new(Rule::Node, "extension")),
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => {
                Err(Refusal::new(Rule::Statement, "EXPLAIN"))
            }
            LogicalPlan::Statement(_) => Err(Refusal::new(Rule::Statement, "statement")),
            LogicalPlan::Dml(_) => Err(Refusal::new(Rule::Statement, "INSERT, UPDATE, DELETE")),
            LogicalPlan::Ddl(_) => Err(Refusal::new(Rule::Statement, "CREATE, DROP")),
            LogicalPlan::Copy(_) => Err(Refusal::new(Rule::Statement, "COPY")),
            LogicalPlan::DescribeTable(_) => Err(Refusal::new(Rule::Statement, "DESCRIBE")),
        }
    }

    fn list(
        &mut self,
        values: &Values,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        let nothing = Relation::about_nobody(0);
        let place = Place {
            relation: &nothing,
            schema: DFSchema::empty_ref(),
            outside,
        };
        for expr in values.values.iter().flatten() {
            self.value(expr, place)?;
        }
        let mut relation = Relation::about_nobody(values.schema.fields().len());
        relation.literal = true;
        relation.add(self.take_met());
        Ok(relation)
    }

    pub(super) fn take_met(&mut self) -> Met {
        std::mem::take(&mut self.met)
    }

    /// A node whose rows are gathered above it.
    fn below(
        &mut self,
        plan: &LogicalPlan,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        self.depth = self.depth.saturating_add(1);
        let relation = self.relation(plan, outside);
        self.depth = self.depth.saturating_sub(1);
        relation
    }

    /// Rows about persons are neither ordered nor cut off. At the top of a question for aggregates the better advice is that
    /// it asks for rows.
    fn whole(
        &self,
        relation: &Relation,
        construct: &str,
        outside: Option<&Outside<'_>>,
    ) -> Result<(), Refusal> {
        if !relation.about_persons() {
            return Ok(());
        }
        let at_the_top = self.depth == 0 && outside.is_none();
        let rule = if at_the_top && self.wanted == Wanted::Aggregates {
            Rule::RowLevel
        } else {
            Rule::Order
        };
        Err(Refusal::new(rule, construct))
    }

    fn scan(&mut self, scan: &TableScan) -> Result<Relation, Refusal> {
        let name = scan.table_name.table();
        let Some(level) = self.tables.get(name) else {
            return Err(Refusal::new(Rule::Table, name));
        };
        // The SQL planner makes bare scans; a filter or limit inside one would have escaped the checks above it.
        if !scan.filters.is_empty() || scan.fetch.is_some() {
            return Err(Refusal::new(Rule::Node, "scan"));
        }
        let fields = scan.projected_schema.fields();
        let mut relation = Relation::about_nobody(fields.len());
        if *level == Level::Person {
            let class = self.fresh_class();
            relation.classes.insert(class);
            relation.origins.insert(name.to_owned());
            for (field, kind) in fields.iter().zip(&mut relation.columns) {
                if field.name() == crate::shelf::PERSON {
                    *kind = Kind::Person(class);
                }
            }
        }
        Ok(relation)
    }

    fn project(
        &mut self,
        exprs: &[Expr],
        below: &LogicalPlan,
        input: Relation,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        let place = Place {
            relation: &input,
            schema: below.schema(),
            outside,
        };
        let columns = exprs
            .iter()
            .map(|e| self.item(e, place))
            .collect::<Result<Vec<_>, _>>()?;
        let mut relation = Relation { columns, ..input };
        relation.add(self.take_met());
        Ok(relation)
    }

    fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        outside: Option<&Outside<'_>>,
    ) -> Result<Relation, Refusal> {
        let input = self.below(&aggregate.input, outside)?;
        let place = Place {
            relation: &input,
            schema: aggregate.input.schema(),
            outside,
        };
        let mut columns = Vec::new();
        for group in &aggregate.group_expr {
            if let Expr::GroupingSet(sets) = group {
                for expr in sets.distinct_expr() {
                    self.value(expr, place)?;
                }
            } else {
                columns.push(self.item(group, place)?);
            }
        }
        let by_person = columns.iter().any(|kind| matches!(kind, Kind::Person(_)));
        let mut settled = input.clone();
        settled.add(self.take_met());
        self.settle(&settled, outside, "GROUP BY")?;
        // A group without an aggregate is a DISTINCT: the rows themselves, once each.
        let stays = settled.about_persons()
            && (by_person || self.tied(&settled, outside) || aggregate.aggr_expr.is_empty());
        let before = settled.clone();
        let place = Place {
            relation: &before,
            ..place
        };
        for expr in &aggregate.aggr_expr {
            self.aggregate_function(expr, place, stays)?;
        }
        settled.add(self.take_met());
        self.settle(&settled, outside, "GROUP BY")?;
        columns.resize(aggregate.schema.fields().len(), Kind::Value);
        Ok(Relation {
            columns,
            classes: if stays {
                settled.classes
            } else {
                BTreeSet::new()
            },
            single_row: aggregate.group_expr.is_empty(),
            literal: settled.literal,
            correlated: settled.correlated,
            origins: settled.origins,
        })
    }

    fn limit(&mut self, limit: &Limit, outside: Option<&Outside<'_>>) -> Result<Relation, Refusal> {
        let mut input = self.relation(&limit.input, outside)?;
        self.whole(&input, "LIMIT", outside)?;
        let nothing = Relation::about_nobody(0);
        let place = Place {
            relation: &nothing,
            schema: DFSchema::empty_ref(),
            outside: None,
        };
        for expr in limit.skip.iter().chain(&limit.fetch) {
            self.value(expr, place)?;
        }
        // The first of several rows is one of them: it stays what it was.
        input.add(self.take_met());
        Ok(input)
    }
}
