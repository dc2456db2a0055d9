//! Values as SQL knows them.

use std::rc::Rc;

/// A cell. What compares less here compares less in SQL, within one kind.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Value {
    Null,
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    /// A day of January 2020.
    Day(u8),
    /// A person by a number of the test's own; SQL never shows it.
    Person(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Text,
    Day,
    Person,
}

impl Value {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As an answer writes it.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Int(n) => Some(n.to_string()),
            Self::Float(x) => Some(format!("{x:?}")),
            Self::Text(text) => Some(text.to_string()),
            Self::Day(day) => Some(format!("2020-01-{day:02}")),
            Self::Person(_) => panic!("a person is never shown"),
        }
    }

    /// As a statement writes it.
    pub(super) fn literal(&self) -> String {
        match self {
            Self::Text(text) => format!("'{text}'"),
            Self::Day(_) => format!("date '{}'", self.text().unwrap()),
            other => other.text().unwrap_or_else(|| "null".to_owned()),
        }
    }

    /// SQL's comparison: nothing is known of null.
    pub(super) fn compare(&self, other: &Self) -> Option<std::cmp::Ordering> {
        if self.is_null() || other.is_null() {
            return None;
        }
        self.partial_cmp(other)
    }

    /// An order over all values of a kind, null the least, for keys of groups.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.compare(other)
            .unwrap_or_else(|| other.is_null().cmp(&self.is_null()))
    }
}

/// A cell of an answer, numbers with a fraction written as [`Value::text`] writes them.
pub(super) fn written(cell: String) -> String {
    let number = cell.contains(['.', 'e']).then(|| cell.parse::<f64>());
    match number {
        Some(Ok(number)) => format!("{number:?}"),
        _ => cell,
    }
}
