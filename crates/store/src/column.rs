//! How values of ours stand in SQLite columns.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

pub(crate) fn text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

pub(crate) fn time(text: &str) -> rusqlite::Result<Timestamp> {
    text.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
    })
}

/// An instant in a column that may be NULL.
pub(crate) fn when(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<String>>(column)?
        .map(|at| time(&at))
        .transpose()
}

pub(crate) fn date(text: &str) -> rusqlite::Result<Date> {
    text.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
    })
}

/// Gives a value as bytes that no other value has: a letter for its type, then, in a part of its own, what it is.
pub(crate) fn parts(value: ValueRef<'_>, part: &mut dyn FnMut(&[u8])) {
    match value {
        ValueRef::Null => part(b"n"),
        ValueRef::Integer(value) => {
            part(b"i");
            part(&value.to_be_bytes());
        }
        ValueRef::Real(value) => {
            part(b"r");
            part(&value.to_bits().to_be_bytes());
        }
        ValueRef::Text(value) => {
            part(b"t");
            part(value);
        }
        ValueRef::Blob(value) => {
            part(b"b");
            part(value);
        }
    }
}

/// SQLite integers are signed; our counts end far below the limit, and one that would not is kept at it.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that must stand as it is, or not at all.
pub(crate) fn exact(value: u64) -> rusqlite::Result<i64> {
    i64::try_from(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
