//! The evaluator: rows, and the SQL that gives them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::aggregate::Aggregate;
use super::value::{Kind, Value};

pub(super) type Row = Vec<Value>;

/// Something that can stand after FROM.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// A table's name, or a question in brackets.
    pub(super) sql: String,
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) rows: Rc<Vec<Row>>,
}

/// A whole question and its answer.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) sql: String,
    pub(super) rows: Vec<Row>,
}

/// Which rows of a join come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Inner,
    Left,
    Right,
    Full,
}

/// That another relation has, or hasn't, a row of a row's person with these further conditions on a column of each.
pub(super) struct There<'a> {
    pub(super) other: &'a Relation,
    pub(super) alias: &'a str,
    pub(super) person: (usize, usize),
    pub(super) pairs: &'a [(&'a str, &'static str, &'a str)],
    pub(super) negated: bool,
}

/// What a row fulfils.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Compare(String, &'static str, Value),
    Columns(String, &'static str, String),
    Null(String, bool),
    In(String, Vec<Value>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

fn fulfils(ordering: Option<Ordering>, operator: &str) -> Option<bool> {
    let ordering = ordering?;
    Some(match operator {
        "=" => ordering.is_eq(),
        "<>" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        ">=" => ordering.is_ge(),
        other => panic!("{other}"),
    })
}

impl Condition {
    pub(super) fn less(column: &str, than: i64) -> Self {
        Self::Compare(column.to_owned(), "<", Value::Int(than))
    }

    pub(super) fn sql(&self, alias: &str) -> String {
        match self {
            Self::Compare(column, operator, value) => {
                format!("{alias}.{column} {operator} {}", value.literal())
            }
            Self::Columns(one, operator, other) => {
                format!("{alias}.{one} {operator} {alias}.{other}")
            }
            Self::Null(column, true) => format!("{alias}.{column} is null"),
            Self::Null(column, false) => format!("{alias}.{column} is not null"),
            Self::In(column, values) => {
                let values: Vec<String> = values.iter().map(Value::literal).collect();
                format!("{alias}.{column} in ({})", values.join(", "))
            }
            Self::And(one, other) => format!("({} and {})", one.sql(alias), other.sql(alias)),
            Self::Or(one, other) => format!("({} or {})", one.sql(alias), other.sql(alias)),
            Self::Not(inner) => format!("(not {})", inner.sql(alias)),
        }
    }

    /// True, false or unknown.
    pub(super) fn of(&self, relation: &Relation, row: &Row) -> Option<bool> {
        let cell = |column: &str| &row[relation.at(column)];
        match self {
            Self::Compare(column, operator, value) => {
                fulfils(cell(column).compare(value), operator)
            }
            Self::Columns(one, operator, other) => {
                fulfils(cell(one).compare(cell(other)), operator)
            }
            Self::Null(column, wanted) => Some(cell(column).is_null() == *wanted),
            Self::In(column, values) => {
                if cell(column).is_null() {
                    return None;
                }
                Some(values.contains(cell(column)))
            }
            Self::And(one, other) => match (one.of(relation, row), other.of(relation, row)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(one, other) => match (one.of(relation, row), other.of(relation, row)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(inner) => inner.of(relation, row).map(|fulfilled| !fulfilled),
        }
    }
}

/// Groups, their aggregates, and what a group must fulfil.
struct Groups<'a> {
    keys: &'a [&'a str],
    aggregates: &'a [Aggregate],
    having: Option<(usize, i64)>,
}

impl Relation {
    pub(super) fn at(&self, column: &str) -> usize {
        let found = self.columns.iter().position(|(name, _)| name == column);
        found.unwrap_or_else(|| panic!("no {column} in {:?}", self.columns))
    }

    /// Names of the columns of a kind.
    pub(super) fn of_kind(&self, wanted: impl Fn(Kind) -> bool) -> Vec<&str> {
        let found = self.columns.iter().filter(|(_, kind)| wanted(*kind));
        found.map(|(name, _)| name.as_str()).collect()
    }

    /// The name of a person column.
    pub(super) fn person(&self, which: usize) -> &str {
        self.of_kind(|kind| kind == Kind::Person)[which]
    }

    fn list(&self, alias: &str) -> String {
        let columns = self.columns.iter();
        let columns: Vec<String> = columns.map(|(name, _)| format!("{alias}.{name}")).collect();
        columns.join(", ")
    }

    fn with(&self, sql: String, rows: Vec<Row>) -> Self {
        Self {
            sql,
            columns: self.columns.clone(),
            rows: Rc::new(rows),
        }
    }

    pub(super) fn filter(&self, alias: &str, condition: &Condition) -> Self {
        let rows = self.rows.iter();
        let rows = rows.filter(|row| condition.of(self, row) == Some(true));
        self.with(
            format!(
                "(select {} from {} {alias} where {})",
                self.list(alias),
                self.sql,
                condition.sql(alias)
            ),
            rows.cloned().collect(),
        )
    }

    /// Only these columns.
    pub(super) fn only(&self, alias: &str, columns: &[&str]) -> Self {
        let places: Vec<usize> = columns.iter().map(|column| self.at(column)).collect();
        let pick = |row: &Row| places.iter().map(|at| row[*at].clone()).collect();
        let list: Vec<String> = columns
            .iter()
            .map(|name| format!("{alias}.{name}"))
            .collect();
        Self {
            sql: format!("(select {} from {} {alias})", list.join(", "), self.sql),
            columns: places.iter().map(|at| self.columns[*at].clone()).collect(),
            rows: Rc::new(self.rows.iter().map(pick).collect()),
        }
    }

    /// Pairs of rows about one person; `pairs` are further conditions, on a column of each side. Columns get the aliases
    /// before their names.
    pub(super) fn join(
        &self,
        left: &str,
        other: &Self,
        right: &str,
        how: How,
        person: (usize, usize),
        pairs: &[(&str, &'static str, &str)],
    ) -> Self {
        let (one, two) = (self.person(person.0), other.person(person.1));
        let on = std::iter::once((one, "=", two)).chain(pairs.iter().copied());
        let on: Vec<String> = on
            .map(|(l, operator, r)| format!("({left}.{l} {operator} {right}.{r})"))
            .collect();
        let renamed = |relation: &Self, alias: &str| -> Vec<(String, Kind)> {
            let columns = relation.columns.iter();
            columns
                .map(|(name, kind)| (format!("{alias}_{name}"), *kind))
                .collect()
        };
        let shown = |relation: &Self, alias: &str| -> Vec<String> {
            let columns = relation.columns.iter();
            columns
                .map(|(name, _)| format!("{alias}.{name} as {alias}_{name}"))
                .collect()
        };
        let word = match how {
            How::Inner => "join",
            How::Left => "left join",
            How::Right => "right join",
            How::Full => "full join",
        };
        let mut rows = Vec::new();
        let mut met = vec![false; other.rows.len()];
        let by_person = other.by_person(two);
        let (person, places) = (self.at(one), self.places(other, pairs));
        for row in self.rows.iter() {
            let mut alone = true;
            for index in partners(&row[person], &by_person) {
                let partner = &other.rows[*index];
                if pair(row, partner, &places) {
                    alone = false;
                    met[*index] = true;
                    rows.push([row.as_slice(), partner].concat());
                }
            }
            if alone && matches!(how, How::Left | How::Full) {
                let nulls = vec![Value::Null; other.columns.len()];
                rows.push([row.clone(), nulls].concat());
            }
        }
        if matches!(how, How::Right | How::Full) {
            for (row, _) in other.rows.iter().zip(met).filter(|(_, met)| !met) {
                let nulls = vec![Value::Null; self.columns.len()];
                rows.push([nulls, row.clone()].concat());
            }
        }
        Self {
            sql: format!(
                "(select {} from {} {left} {word} {} {right} on {})",
                [shown(self, left), shown(other, right)].concat().join(", "),
                self.sql,
                other.sql,
                on.join(" and ")
            ),
            columns: [renamed(self, left), renamed(other, right)].concat(),
            rows: Rc::new(rows),
        }
    }

    /// How many pairs a join on persons alone has.
    pub(super) fn pairs(&self, other: &Self, person: (usize, usize)) -> usize {
        let by_person = other.by_person(other.person(person.1));
        let one = self.at(self.person(person.0));
        let rows = self.rows.iter();
        rows.map(|row| partners(&row[one], &by_person).len()).sum()
    }

    fn by_person(&self, column: &str) -> BTreeMap<u32, Vec<usize>> {
        let at = self.at(column);
        let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            if let Value::Person(person) = row[at] {
                found.entry(person).or_default().push(index);
            }
        }
        found
    }

    /// Where the columns of pairs stand.
    fn places(
        &self,
        other: &Self,
        pairs: &[(&str, &'static str, &str)],
    ) -> Vec<(usize, &'static str, usize)> {
        let pairs = pairs.iter();
        pairs
            .map(|(l, operator, r)| (self.at(l), *operator, other.at(r)))
            .collect()
    }

    fn exists(
        &self,
        left: &str,
        other: &Self,
        right: &str,
        person: (usize, usize),
        pairs: &[(&str, &'static str, &str)],
    ) -> (String, Vec<bool>) {
        let (one, two) = (self.person(person.0), other.person(person.1));
        let on = std::iter::once((one, "=", two)).chain(pairs.iter().copied());
        let on: Vec<String> = on
            .map(|(l, operator, r)| format!("({right}.{r} {} {left}.{l})", turned(operator)))
            .collect();
        let by_person = other.by_person(two);
        let (person, places) = (self.at(one), self.places(other, pairs));
        let rows = self.rows.iter();
        let there = rows.map(|row| {
            let mut partners = partners(&row[person], &by_person).iter();
            partners.any(|index| pair(row, &other.rows[*index], &places))
        });
        let sql = format!(
            "exists (select 1 from {} {right} where {})",
            other.sql,
            on.join(" and ")
        );
        (sql, there.collect())
    }

    /// Rows about a person of whom `other` has a row, or has none.
    pub(super) fn semi(
        &self,
        left: &str,
        other: &Self,
        right: &str,
        person: (usize, usize),
        negated: bool,
        pairs: &[(&str, &'static str, &str)],
    ) -> Self {
        let (sql, there) = self.exists(left, other, right, person, pairs);
        let not = if negated { "not " } else { "" };
        self.chosen(left, &format!("{not}{sql}"), |index| {
            there[index] != negated
        })
    }

    /// Rows that fulfil either.
    pub(super) fn marked(&self, left: &str, there: &There<'_>, condition: &Condition) -> Self {
        let There {
            other,
            alias,
            person,
            pairs,
            negated,
        } = there;
        let (sql, found) = self.exists(left, other, alias, *person, pairs);
        let not = if *negated { "not " } else { "" };
        let sql = format!("({not}{sql} or {})", condition.sql(left));
        self.chosen(left, &sql, |index| {
            found[index] != *negated || condition.of(self, &self.rows[index]) == Some(true)
        })
    }

    /// Rows whose person is among those of `other`, or which fulfil `condition`.
    pub(super) fn among_or(
        &self,
        left: &str,
        other: &Self,
        right: &str,
        person: (usize, usize),
        condition: &Condition,
    ) -> Self {
        let (one, two) = (self.person(person.0), other.person(person.1));
        let by_person = other.by_person(two);
        let sql = format!(
            "({left}.{one} in (select {right}.{two} from {} {right}) or {})",
            other.sql,
            condition.sql(left)
        );
        let at = self.at(one);
        self.chosen(left, &sql, |index| {
            let row = &self.rows[index];
            !partners(&row[at], &by_person).is_empty() || condition.of(self, row) == Some(true)
        })
    }

    /// Rows whose person is, or isn't, among those of `other`. No person of `other` may be null.
    pub(super) fn among(
        &self,
        left: &str,
        other: &Self,
        right: &str,
        person: (usize, usize),
        negated: bool,
    ) -> Self {
        let (one, two) = (self.person(person.0), other.person(person.1));
        let by_person = other.by_person(two);
        let not = if negated { "not " } else { "" };
        let sql = format!(
            "{left}.{one} {not}in (select {right}.{two} from {} {right})",
            other.sql
        );
        let at = self.at(one);
        self.chosen(left, &sql, |index| match &self.rows[index][at] {
            Value::Person(person) => by_person.contains_key(person) != negated,
            // Of nobody nothing is known, unless there is nobody to be compared with.
            _ => negated && other.rows.is_empty(),
        })
    }

    fn chosen(&self, alias: &str, condition: &str, keep: impl Fn(usize) -> bool) -> Self {
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter(|(index, _)| keep(*index));
        self.with(
            format!(
                "(select {} from {} {alias} where {condition})",
                self.list(alias),
                self.sql
            ),
            rows.map(|(_, row)| row.clone()).collect(),
        )
    }

    /// The persons of a column, each once.
    pub(super) fn persons(&self, alias: &str, which: usize) -> Self {
        let column = self.person(which);
        let only = self.only(alias, &[column]);
        let mut rows = only.rows.as_ref().clone();
        rows.sort_by(|one, other| one[0].order(&other[0]));
        rows.dedup();
        Self {
            sql: format!(
                "(select distinct {alias}.{column} as person from {} {alias})",
                self.sql
            ),
            columns: vec![("person".to_owned(), Kind::Person)],
            rows: Rc::new(rows),
        }
    }

    /// Persons of both sides, as a set; each side is one column of persons, each once.
    pub(super) fn set(&self, word: &'static str, other: &Self) -> Self {
        let mut rows: Vec<Row> = self.rows.as_ref().clone();
        match word {
            "union" => {
                let fresh = other.rows.iter().filter(|row| !self.rows.contains(row));
                rows.extend(fresh.cloned());
            }
            "union all" => rows.extend(other.rows.iter().cloned()),
            "intersect" => rows.retain(|row| other.rows.contains(row)),
            "except" => rows.retain(|row| !other.rows.contains(row)),
            other => panic!("{other}"),
        }
        self.with(
            format!(
                "(select person from {} {word} select person from {})",
                aliased(&self.sql, "u1"),
                aliased(&other.sql, "u2")
            ),
            rows,
        )
    }

    /// One row per group, aggregates as `g1`, `g2`, … after the alias.
    pub(super) fn group(&self, alias: &str, keys: &[&str], aggregates: &[Aggregate]) -> Self {
        let groups = Groups {
            keys,
            aggregates,
            having: None,
        };
        let (sql, rows) = self.grouped(alias, &groups);
        let keys = keys.iter().map(|key| self.columns[self.at(key)].clone());
        let kinds = aggregates.iter().map(|aggregate| aggregate.kind(self));
        let names = (1..).map(|n| format!("{alias}{n}"));
        Self {
            sql: format!("({sql})"),
            columns: keys.chain(names.zip(kinds)).collect(),
            rows: Rc::new(rows),
        }
    }

    /// A question whose answer is groups; `having` is an aggregate of whole numbers that must be above a number.
    pub(super) fn asked(
        &self,
        keys: &[&str],
        aggregates: &[Aggregate],
        having: Option<(usize, i64)>,
    ) -> Asked {
        let groups = Groups {
            keys,
            aggregates,
            having,
        };
        let (sql, rows) = self.grouped("q", &groups);
        Asked { sql, rows }
    }

    fn grouped(&self, alias: &str, groups: &Groups<'_>) -> (String, Vec<Row>) {
        let Groups {
            keys,
            aggregates,
            having,
        } = groups;
        let places: Vec<usize> = keys.iter().map(|key| self.at(key)).collect();
        let order = |one: &Row, other: &Row| {
            let cells = places.iter().map(|at| one[*at].order(&other[*at]));
            cells.fold(Ordering::Equal, Ordering::then)
        };
        let mut sorted: Vec<&Row> = self.rows.iter().collect();
        sorted.sort_by(|one, other| order(one, other));
        let mut found: Vec<&[&Row]> = sorted
            .chunk_by(|one, other| order(one, other).is_eq())
            .collect();
        if keys.is_empty() && found.is_empty() {
            // Without GROUP BY there is one group, whatever there is.
            found.push(&[]);
        }
        let mut rows = Vec::new();
        for members in found {
            let cell = |at: &usize| members.first().map(|row| row[*at].clone());
            let mut row: Row = places.iter().filter_map(cell).collect();
            let values: Row = aggregates.iter().map(|a| a.value(self, members)).collect();
            let kept = having.is_none_or(|(which, than)| {
                values[which].compare(&Value::Int(than)) == Some(Ordering::Greater)
            });
            if kept {
                row.extend(values);
                rows.push(row);
            }
        }
        let shown = keys.iter().map(|key| format!("{alias}.{key}"));
        let counted = (1..).zip(*aggregates);
        let counted =
            counted.map(|(n, aggregate)| format!("{} as {alias}{n}", aggregate.sql(alias)));
        let list: Vec<String> = shown.clone().chain(counted).collect();
        let mut sql = format!("select {} from {} {alias}", list.join(", "), self.sql);
        if !keys.is_empty() {
            sql += &format!(" group by {}", shown.collect::<Vec<_>>().join(", "));
        }
        if let Some((which, than)) = having {
            sql += &format!(" having {} > {than}", aggregates[*which].sql(alias));
        }
        (sql, rows)
    }
}

impl Asked {
    /// The rows of both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.sql = format!("{} union all {}", self.sql, other.sql);
        self.rows.extend(other.rows);
        self
    }
}

fn partners<'a>(person: &Value, by_person: &'a BTreeMap<u32, Vec<usize>>) -> &'a [usize] {
    match person {
        Value::Person(person) => by_person.get(person).map_or(&[], Vec::as_slice),
        _ => &[],
    }
}

fn pair(row: &Row, partner: &Row, places: &[(usize, &'static str, usize)]) -> bool {
    places.iter().all(|(l, operator, r)| {
        let (one, other) = (&row[*l], &partner[*r]);
        match *operator {
            "is not distinct from" => one.order(other).is_eq(),
            operator => fulfils(one.compare(other), operator) == Some(true),
        }
    })
}

fn aliased(sql: &str, alias: &str) -> String {
    format!("{sql} {alias}")
}

/// The operator that says the same from the other side.
fn turned(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}
