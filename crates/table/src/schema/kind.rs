//! One type, in both languages.

use arrow::datatypes::{DataType, TimeUnit};
use serde_json::{Map, Value, json};

use crate::parquet::travels;

const EXACT: &str = "renketsu:type";
const BYTES: &str = "renketsu:bytes";

/// A type that both Arrow and a Table Schema can say.
pub(super) struct Kind(pub(super) DataType);

/// Arrow type, logical type, exact type where the logical one has several widths.
const SIMPLE: &[(DataType, &str, Option<&str>)] = &[
    (DataType::Boolean, "boolean", None),
    (DataType::Date32, "date", None),
    (DataType::Float32, "number", Some("float32")),
    (DataType::Float64, "number", None),
    (DataType::Int16, "integer", Some("int16")),
    (DataType::Int32, "integer", Some("int32")),
    (DataType::Int64, "integer", None),
    (DataType::Int8, "integer", Some("int8")),
    (
        DataType::Time32(TimeUnit::Millisecond),
        "time",
        Some("time(ms)"),
    ),
    (DataType::Time64(TimeUnit::Microsecond), "time", None),
    (
        DataType::Time64(TimeUnit::Nanosecond),
        "time",
        Some("time(ns)"),
    ),
    (
        DataType::Timestamp(TimeUnit::Microsecond, None),
        "datetime",
        None,
    ),
    (
        DataType::Timestamp(TimeUnit::Millisecond, None),
        "datetime",
        Some("datetime(ms)"),
    ),
    (
        DataType::Timestamp(TimeUnit::Nanosecond, None),
        "datetime",
        Some("datetime(ns)"),
    ),
    (DataType::UInt16, "integer", Some("uint16")),
    (DataType::UInt32, "integer", Some("uint32")),
    (DataType::UInt64, "integer", Some("uint64")),
    (DataType::UInt8, "integer", Some("uint8")),
    (DataType::Utf8, "string", None),
];

const UTC: &[(TimeUnit, &str)] = &[
    (TimeUnit::Microsecond, "datetime(us,UTC)"),
    (TimeUnit::Millisecond, "datetime(ms,UTC)"),
    (TimeUnit::Nanosecond, "datetime(ns,UTC)"),
];

impl Kind {
    pub(super) fn of(kind: &DataType) -> Option<Self> {
        travels(kind).then(|| Self(kind.clone()))
    }

    /// Adds what a Table Schema says of this type.
    pub(super) fn describe(&self, entry: &mut Map<String, Value>) {
        let mut say = |logical: &str, exact: Option<String>| {
            entry.insert("type".to_owned(), json!(logical));
            if let Some(exact) = exact {
                entry.insert(EXACT.to_owned(), json!(exact));
            }
        };
        if let Some((_, logical, exact)) = SIMPLE.iter().find(|(kind, ..)| *kind == self.0) {
            say(logical, exact.map(str::to_owned));
            return;
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the other types that travel are in the table above"
        )]
        match &self.0 {
            DataType::Timestamp(unit, _) => {
                let exact = UTC.iter().find(|(candidate, _)| candidate == unit);
                say("datetime", exact.map(|(_, exact)| (*exact).to_owned()));
            }
            DataType::Decimal128(digits, scale) => {
                say("number", Some(format!("decimal128({digits},{scale})")));
            }
            DataType::Decimal256(digits, scale) => {
                say("number", Some(format!("decimal256({digits},{scale})")));
            }
            DataType::FixedSizeBinary(bytes) => {
                say("string", None);
                entry.insert("format".to_owned(), json!("binary"));
                entry.insert(BYTES.to_owned(), json!(bytes));
            }
            _ => say("any", None),
        }
    }

    /// What a field of a Table Schema says, if it is a type of ours. A field without a type is a string.
    pub(super) fn read(entry: &Map<String, Value>) -> Option<Self> {
        let logical = match entry.get("type") {
            Some(value) => value.as_str()?,
            None => "string",
        };
        if let Some(bytes) = entry.get(BYTES) {
            let bytes = i32::try_from(bytes.as_i64()?)
                .ok()
                .filter(|bytes| *bytes > 0)?;
            let binary = logical == "string"
                && entry.get("format").and_then(Value::as_str) == Some("binary");
            return binary.then_some(Self(DataType::FixedSizeBinary(bytes)));
        }
        let exact = match entry.get(EXACT) {
            Some(value) => Some(value.as_str()?),
            None => None,
        };
        if let Some((kind, ..)) = SIMPLE
            .iter()
            .find(|(_, name, width)| *name == logical && *width == exact)
        {
            return Some(Self(kind.clone()));
        }
        let exact = exact?;
        if logical == "datetime" {
            let (unit, _) = UTC.iter().find(|(_, name)| *name == exact)?;
            return Some(Self(DataType::Timestamp(*unit, Some("UTC".into()))));
        }
        if logical == "number" {
            decimal(exact)
        } else {
            None
        }
    }
}

fn decimal(exact: &str) -> Option<Kind> {
    let (name, rest) = exact.split_once('(')?;
    let (digits, scale) = rest.strip_suffix(')')?.split_once(',')?;
    let (digits, scale): (u8, i8) = (digits.parse().ok()?, scale.parse().ok()?);
    if digits == 0 || scale < 0 || scale.unsigned_abs() > digits {
        return None;
    }
    match name {
        "decimal128" if digits <= 38 => Some(Kind(DataType::Decimal128(digits, scale))),
        "decimal256" if digits <= 76 => Some(Kind(DataType::Decimal256(digits, scale))),
        _ => None,
    }
}
