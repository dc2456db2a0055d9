//! Steps chosen from a seed.

use super::aggregate::Aggregate;
use super::relation::{Asked, Condition, How, Relation, There};
use super::value::{Kind, Value};
use crate::study::mix;

/// What must occur among the questions of a study.
pub(super) const STEPS: &[&str] = &[
    "among",
    "anti",
    "distinct",
    "empty",
    "except",
    "filter",
    "full",
    "full filter",
    "group",
    "having",
    "inner",
    "inner filter",
    "intersect",
    "key pair",
    "left",
    "left filter",
    "mark",
    "mark among",
    "mark filter",
    "not among",
    "not mark",
    "not semi filter",
    "per person",
    "right",
    "right filter",
    "self",
    "semi",
    "semi filter",
    "three",
    "union",
    "union all",
    "union of answers",
];

/// The most pairs of a join.
const PAIRS: usize = 4000;

#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    /// True so many times of a hundred.
    pub(super) fn often(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

pub(super) struct Random<'a> {
    rng: Rng,
    tables: &'a [Relation],
    aliases: usize,
    /// What the question has.
    pub(super) steps: Vec<&'static str>,
}

impl<'a> Random<'a> {
    pub(super) fn new(rng: Rng, tables: &'a [Relation]) -> Self {
        Self {
            rng,
            tables,
            aliases: 0,
            steps: Vec::new(),
        }
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("x{}", self.aliases)
    }

    fn did(&mut self, step: &'static str) {
        self.steps.push(step);
    }

    pub(super) fn question(&mut self) -> Asked {
        let depth = self.rng.pick(&[1, 1, 2, 2, 2, 3, 3, 4]);
        let relation = self.relation(depth);
        if self.rng.often(8) {
            self.did("union of answers");
            let other = self.relation(1);
            let counts = |relation: &Relation| {
                let person = relation.person(0);
                [
                    Aggregate::rows(),
                    Aggregate::persons(person),
                    Aggregate::of("count", person),
                ]
            };
            let one = relation.asked(&[], &counts(&relation), None);
            return one.and(other.asked(&[], &counts(&other), None));
        }
        let keys = self.keys(&relation);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let aggregates = self.aggregates(&relation, true);
        let having = self.having(&relation);
        let mut aggregates: Vec<Aggregate> = having
            .iter()
            .map(|(a, _)| a.clone())
            .chain(aggregates)
            .collect();
        if self.rng.often(60) {
            let persons = relation.of_kind(|kind| kind == Kind::Person);
            let mut count = Aggregate::persons(self.rng.pick(&persons));
            if self.rng.often(25)
                && let Some(condition) = self.condition(&relation)
            {
                count = count.filtered(condition);
            }
            aggregates.push(count);
        }
        relation.asked(&keys, &aggregates, having.map(|(_, than)| (0, than)))
    }

    fn having(&mut self, relation: &Relation) -> Option<(Aggregate, i64)> {
        if !self.rng.often(20) {
            return None;
        }
        self.did("having");
        let person = relation.person(0);
        let by = self
            .rng
            .pick(&[Aggregate::rows(), Aggregate::persons(person)]);
        Some((by, i64::try_from(self.rng.below(4)).unwrap()))
    }

    /// Up to two columns to group by; none is a person.
    fn keys(&mut self, relation: &Relation) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let columns = relation.of_kind(|kind| kind != Kind::Person);
        for _ in 0..self.rng.below(3) {
            if !columns.is_empty() {
                let column = self.rng.pick(&columns).to_owned();
                if !found.contains(&column) {
                    found.push(column);
                }
            }
        }
        if !found.is_empty() {
            self.did("group");
        }
        found
    }

    fn aggregates(&mut self, relation: &Relation, last: bool) -> Vec<Aggregate> {
        // Of one side of a join only, often: that is what can be added up before it.
        let prefix = relation.columns[self.rng.below(relation.columns.len())]
            .0
            .clone();
        let prefix = prefix.split('_').next().unwrap_or_default().to_owned();
        let one_side = self.rng.often(60);
        let mine = |name: &&str| !one_side || name.starts_with(&prefix);
        let of = |wanted: &dyn Fn(Kind) -> bool| -> Vec<String> {
            let names = relation.of_kind(wanted).into_iter().filter(mine);
            names.map(str::to_owned).collect()
        };
        let numbers = of(&|kind| matches!(kind, Kind::Int | Kind::Float));
        let values = of(&|kind| kind != Kind::Person);
        // The guard lets no text be the least or the greatest.
        let ordered = of(&|kind| !matches!(kind, Kind::Person | Kind::Text));
        let mut found = Vec::new();
        for _ in 0..=self.rng.below(3) {
            let mut aggregate = match self.rng.below(7) {
                0 => Aggregate::rows(),
                1 | 2 if !numbers.is_empty() => Aggregate::of("sum", &self.rng.pick(&numbers)),
                3 if last && !numbers.is_empty() => Aggregate::of("avg", &self.rng.pick(&numbers)),
                4 if !values.is_empty() => Aggregate::of("count", &self.rng.pick(&values)),
                _ if !ordered.is_empty() => {
                    let function = self.rng.pick(&["min", "max"]);
                    Aggregate::of(function, &self.rng.pick(&ordered))
                }
                _ => Aggregate::rows(),
            };
            if self.rng.often(8) && !values.is_empty() {
                aggregate = Aggregate::of("count", &self.rng.pick(&values)).distinct();
            }
            if self.rng.often(15)
                && let Some(condition) = self.condition(relation)
            {
                aggregate = aggregate.filtered(condition);
            }
            found.push(aggregate);
        }
        found
    }

    fn condition(&mut self, relation: &Relation) -> Option<Condition> {
        let columns = relation.of_kind(|kind| kind != Kind::Person);
        if columns.is_empty() {
            return None;
        }
        if self.rng.often(25) {
            let (one, other) = (self.condition(relation)?, self.condition(relation)?);
            let (one, other) = (Box::new(one), Box::new(other));
            return Some(match self.rng.below(3) {
                0 => Condition::And(one, other),
                1 => Condition::Or(one, other),
                _ => Condition::Not(one),
            });
        }
        let column = self.rng.pick(&columns).to_owned();
        let kind = relation.columns[relation.at(&column)].1;
        let same = relation.of_kind(|other| other == kind);
        Some(match self.rng.below(8) {
            0 => Condition::Null(column, self.rng.often(40)),
            1 => Condition::In(
                column,
                vec![self.value(kind), self.value(kind), self.value(kind)],
            ),
            2 => Condition::Columns(column, self.operator(), self.rng.pick(&same).to_owned()),
            _ => Condition::Compare(column, self.operator(), self.value(kind)),
        })
    }

    fn operator(&mut self) -> &'static str {
        self.rng.pick(&["=", "<>", "<", "<=", ">", ">="])
    }

    fn value(&mut self, kind: Kind) -> Value {
        value(&mut self.rng, kind)
    }

    fn relation(&mut self, depth: usize) -> Relation {
        if depth == 0 {
            let table = self.rng.pick(self.tables);
            if !table.rows.is_empty() {
                return table;
            }
            // With an empty table little of a question is left: seldom.
            if self.rng.often(80) {
                return self.rng.pick(self.tables);
            }
            self.did("empty");
            return table;
        }
        let (below, beside) = (depth - 1, self.rng.below(depth));
        match self.rng.below(20) {
            0..=3 => self.filtered(below),
            4..=10 => self.joined(below, beside),
            11..=14 => self.reduced(below, beside),
            15..=17 => self.summed(below),
            18 => self.distinct(below),
            _ => self.set(below, beside),
        }
    }

    fn filtered(&mut self, depth: usize) -> Relation {
        let relation = self.relation(depth);
        let Some(condition) = self.condition(&relation) else {
            return relation;
        };
        self.did("filter");
        let alias = self.alias();
        self.fewer(relation.filter(&alias, &condition))
    }

    /// Without some columns, now and then.
    fn fewer(&mut self, relation: Relation) -> Relation {
        if !self.rng.often(40) {
            return relation;
        }
        let first = relation.person(0).to_owned();
        let kept: Vec<&str> = relation
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| *name == first || self.rng.often(50))
            .collect();
        let alias = self.alias();
        relation.only(&alias, &kept)
    }

    fn which(&mut self, relation: &Relation) -> usize {
        let persons = relation.of_kind(|kind| kind == Kind::Person).len();
        self.rng.below(persons)
    }

    fn pairs(
        &mut self,
        one: &Relation,
        other: &Relation,
        operators: &[&'static str],
    ) -> Option<(String, &'static str, String)> {
        let of = |relation: &Relation, kind: Kind| -> Vec<String> {
            let names = relation.of_kind(|other| other == kind);
            names.into_iter().map(str::to_owned).collect()
        };
        let both = |kind: &Kind| !of(one, *kind).is_empty() && !of(other, *kind).is_empty();
        let kinds: Vec<Kind> = [Kind::Int, Kind::Text, Kind::Day]
            .into_iter()
            .filter(both)
            .collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = self.rng.pick(&kinds);
        let (mine, theirs) = (of(one, kind), of(other, kind));
        let operator = self.rng.pick(operators);
        Some((self.rng.pick(&mine), operator, self.rng.pick(&theirs)))
    }

    fn joined(&mut self, depth: usize, beside: usize) -> Relation {
        let one = self.relation(depth);
        let other = if self.rng.often(15) {
            self.did("self");
            one.clone()
        } else {
            self.relation(beside)
        };
        let person = (self.which(&one), self.which(&other));
        if one.pairs(&other, person) > PAIRS {
            return one;
        }
        if depth > 0 && one.sql.contains(" join ") {
            self.did("three");
        }
        let (how, step, with_filter) = self.rng.pick(&[
            (How::Inner, "inner", "inner filter"),
            (How::Inner, "inner", "inner filter"),
            (How::Left, "left", "left filter"),
            (How::Left, "left", "left filter"),
            (How::Right, "right", "right filter"),
            (How::Full, "full", "full filter"),
        ]);
        self.did(step);
        let mut pairs = Vec::new();
        if self.rng.often(40)
            && let Some(pair) = self.pairs(&one, &other, &["=", "is not distinct from"])
        {
            self.did("key pair");
            pairs.push(pair);
        }
        if self.rng.often(40)
            && let Some(pair) = self.pairs(&one, &other, &["<", "<=", ">", "<>"])
        {
            self.did(with_filter);
            pairs.push(pair);
        }
        let pairs: Vec<(&str, &'static str, &str)> = pairs
            .iter()
            .map(|(l, o, r)| (l.as_str(), *o, r.as_str()))
            .collect();
        let (left, right) = (self.alias(), self.alias());
        let joined = one.join(&left, &other, &right, how, person, &pairs);
        self.fewer(joined)
    }

    fn reduced(&mut self, depth: usize, beside: usize) -> Relation {
        let (one, other) = (self.relation(depth), self.relation(beside));
        let person = (self.which(&one), self.which(&other));
        let (left, right) = (self.alias(), self.alias());
        let negated = self.rng.often(45);
        let column = other.at(other.person(person.1));
        let nobody = other.rows.iter().any(|row| row[column].is_null());
        match self.rng.below(8) {
            0 if !nobody => {
                self.did(if negated { "not among" } else { "among" });
                one.among(&left, &other, &right, person, negated)
            }
            1 | 2 => self.marked(&one, &other, person),
            3 | 4 => {
                let Some((l, operator, r)) = self.pairs(&one, &other, &["=", "<", "<=", ">", "<>"])
                else {
                    return one;
                };
                self.did(if negated {
                    "not semi filter"
                } else {
                    "semi filter"
                });
                let pairs = [(l.as_str(), operator, r.as_str())];
                one.semi(&left, &other, &right, person, negated, &pairs)
            }
            _ => {
                self.did(if negated { "anti" } else { "semi" });
                one.semi(&left, &other, &right, person, negated, &[])
            }
        }
    }

    /// Rows with a partner, or without one, or else with some value.
    fn marked(&mut self, one: &Relation, other: &Relation, person: (usize, usize)) -> Relation {
        let Some(condition) = self.condition(one) else {
            return one.clone();
        };
        let (left, right) = (self.alias(), self.alias());
        let negated = self.rng.often(30);
        self.did(if negated { "not mark" } else { "mark" });
        if !negated && self.rng.often(30) {
            self.did("mark among");
            return one.among_or(&left, other, &right, person, &condition);
        }
        let mut pairs = Vec::new();
        if self.rng.often(60)
            && let Some(pair) = self.pairs(one, other, &["=", "<", "<=", ">", "<>"])
        {
            self.did("mark filter");
            pairs.push(pair);
        }
        let pairs: Vec<(&str, &'static str, &str)> = pairs
            .iter()
            .map(|(l, o, r)| (l.as_str(), *o, r.as_str()))
            .collect();
        let there = There {
            other,
            alias: &right,
            person,
            pairs: &pairs,
            negated,
        };
        one.marked(&left, &there, &condition)
    }

    fn summed(&mut self, depth: usize) -> Relation {
        let relation = self.relation(depth);
        self.did("per person");
        let person = relation.person(self.which(&relation)).to_owned();
        let mut keys = vec![person.as_str()];
        let others = relation.of_kind(|kind| kind != Kind::Person);
        if self.rng.often(25) && !others.is_empty() {
            keys.push(self.rng.pick(&others));
        }
        let aggregates = self.aggregates(&relation, false);
        let alias = self.alias();
        relation.group(&alias, &keys, &aggregates)
    }

    fn distinct(&mut self, depth: usize) -> Relation {
        let relation = self.relation(depth);
        self.did("distinct");
        let (alias, which) = (self.alias(), self.which(&relation));
        relation.persons(&alias, which)
    }

    fn set(&mut self, depth: usize, beside: usize) -> Relation {
        let (one, other) = (self.distinct(depth), self.distinct(beside));
        let word = self
            .rng
            .pick(&["union", "union all", "intersect", "except"]);
        self.did(word);
        one.set(word, &other)
    }
}

/// A value as the tables have it; sums of fractions are exact.
pub(super) fn value(rng: &mut Rng, kind: Kind) -> Value {
    match kind {
        Kind::Int => Value::Int(i64::try_from(rng.below(12)).unwrap() - 3),
        Kind::Float => Value::Float(f64::from(u32::try_from(rng.below(40)).unwrap()) * 0.25 - 2.0),
        Kind::Text => Value::Text(rng.pick(&["a", "b", "薬", "", "zz"]).into()),
        Kind::Day => Value::Day(u8::try_from(rng.below(28) + 1).unwrap()),
        Kind::Person => panic!("a person is no value"),
    }
}
