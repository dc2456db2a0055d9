//! Arrow schemas as Frictionless Table Schemas, and back without loss.
//!
//! A field says its logical `type`, and beside it the exact one as `renketsu:type` where the logical type has several
//! widths. IDs are `"type": "string", "format": "binary"` with `renketsu:bytes`. Title, description, unit and code list
//! come from the Arrow field's metadata and go back there: see [`ColumnLabel`].

mod kind;
mod label;

use arrow::datatypes::{Field, Schema};
use serde_json::{Map, Value, json};

pub use label::{Codes, ColumnLabel, annotated, labels};

use crate::MAX_COLUMNS;
use kind::Kind;

/// Why a table schema is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Not the form of a Table Schema.
    #[error("the table schema is malformed")]
    Form,
    /// A type we do not know, in the schema or in the table.
    #[error("column `{column}` has a type that no table schema of ours has")]
    Kind {
        /// The column.
        column: String,
    },
    /// The table has not the columns its schema says.
    #[error("column {position} is not what the table schema says")]
    Mismatch {
        /// The first column that differs, from 1.
        position: u64,
    },
}

impl SchemaError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.schema.form", &[]),
        ("table.schema.kind", &["column"]),
        ("table.schema.mismatch", &["position"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "table.schema.form",
            Self::Kind { .. } => "table.schema.kind",
            Self::Mismatch { .. } => "table.schema.mismatch",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Form => Vec::new(),
            Self::Kind { column } => vec![("column", column.clone())],
            Self::Mismatch { position } => vec![("position", position.to_string())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Form | Self::Kind { .. } | Self::Mismatch { .. } => 2,
        }
    }
}

/// The Table Schema of an Arrow schema.
pub fn to_json(schema: &Schema) -> Result<Value, SchemaError> {
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let kind = Kind::of(field.data_type()).ok_or_else(|| SchemaError::Kind {
            column: field.name().clone(),
        })?;
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(field.name()));
        kind.describe(&mut entry);
        label::describe(field, &mut entry);
        if !field.is_nullable() {
            entry.insert("constraints".to_owned(), json!({ "required": true }));
        }
        fields.push(Value::Object(entry));
    }
    Ok(json!({ "fields": fields }))
}

/// The Arrow schema of a Table Schema.
pub fn from_json(schema: &Value) -> Result<Schema, SchemaError> {
    let entries = schema
        .get("fields")
        .and_then(Value::as_array)
        .ok_or(SchemaError::Form)?;
    if entries.len() > MAX_COLUMNS {
        return Err(SchemaError::Form);
    }
    let mut fields: Vec<Field> = Vec::with_capacity(entries.len());
    for entry in entries {
        let entry = entry.as_object().ok_or(SchemaError::Form)?;
        let name = entry
            .get("name")
            .and_then(Value::as_str)
            .ok_or(SchemaError::Form)?;
        if fields.iter().any(|field| field.name() == name) {
            return Err(SchemaError::Form);
        }
        let kind = Kind::read(entry).ok_or_else(|| SchemaError::Kind {
            column: name.to_owned(),
        })?;
        let required = entry
            .get("constraints")
            .and_then(|constraints| constraints.get("required"));
        let nullable = required.and_then(Value::as_bool) != Some(true);
        let notes = label::notes(entry);
        fields.push(Field::new(name, kind.0, nullable).with_metadata(notes.into_iter().collect()));
    }
    Ok(Schema::new(fields))
}

/// Whether a table has exactly the columns its Table Schema says: names, order, types, and no null where none may be.
pub fn conforms(schema: &Value, table: &Schema) -> Result<(), SchemaError> {
    let stated = from_json(schema)?;
    let longest = stated.fields().len().max(table.fields().len());
    for (position, index) in (1_u64..).zip(0..longest) {
        let same = match (stated.fields().get(index), table.fields().get(index)) {
            (Some(stated), Some(found)) => {
                stated.name() == found.name()
                    && stated.data_type() == found.data_type()
                    && (stated.is_nullable() || !found.is_nullable())
            }
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => true,
        };
        if !same {
            return Err(SchemaError::Mismatch { position });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids;
    use arrow::datatypes::{DataType, TimeUnit};

    fn every_kind() -> Schema {
        let kinds = [
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt32,
            DataType::Int64,
            DataType::UInt64,
            DataType::Float32,
            DataType::Float64,
            DataType::Utf8,
            DataType::Date32,
            DataType::Time32(TimeUnit::Millisecond),
            DataType::Time64(TimeUnit::Nanosecond),
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            DataType::Decimal128(18, 4),
            DataType::Decimal256(50, 0),
            DataType::FixedSizeBinary(32),
        ];
        let named = kinds.into_iter().enumerate();
        Schema::new(
            named
                .map(|(index, kind)| Field::new(format!("c{index}"), kind, index % 2 == 0))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn every_type_comes_back() {
        let json = to_json(&every_kind()).unwrap();
        assert_eq!(from_json(&json).unwrap(), every_kind());
        conforms(&json, &every_kind()).unwrap();
    }

    #[test]
    fn an_id_is_a_binary_string_of_32_bytes() {
        let json = to_json(&Schema::new(vec![ids::id_field("number_id")])).unwrap();
        let expected = json!({ "name": "number_id", "type": "string", "format": "binary", "renketsu:bytes": 32 });
        assert_eq!(json["fields"][0], expected);
    }

    #[test]
    fn a_schema_of_others_is_read_by_its_logical_types() {
        let json = json!({ "fields": [
            { "name": "a", "type": "integer", "title": "年齢" }, { "name": "b", "type": "number" }, { "name": "c" },
        ] });
        let schema = from_json(&json).unwrap();
        assert_eq!(schema.field(0).data_type(), &DataType::Int64);
        assert_eq!(schema.field(0).metadata()["title"], "年齢");
        assert_eq!(schema.field(1).data_type(), &DataType::Float64);
        assert_eq!(schema.field(2).data_type(), &DataType::Utf8);
    }

    #[test]
    fn another_column_type_order_or_count_does_not_conform() {
        let table = Schema::new(vec![
            Field::new("a", DataType::Int64, true),
            Field::new("b", DataType::Utf8, true),
        ]);
        let position = |json: Value| match conforms(&json, &table) {
            Err(SchemaError::Mismatch { position }) => position,
            other => panic!("{other:?}"),
        };
        let a = json!({ "name": "a", "type": "integer" });
        let b = json!({ "name": "b", "type": "string" });
        conforms(&json!({ "fields": [a, b] }), &table).unwrap();
        assert_eq!(position(json!({ "fields": [b, a] })), 1);
        assert_eq!(position(json!({ "fields": [a] })), 2);
        assert_eq!(position(json!({ "fields": [a, b, { "name": "c" }] })), 3);
        assert_eq!(
            position(json!({ "fields": [a, { "name": "b", "type": "date" }] })),
            2
        );
        let required =
            json!({ "name": "b", "type": "string", "constraints": { "required": true } });
        assert_eq!(position(json!({ "fields": [a, required] })), 2);
    }

    #[test]
    fn what_is_no_table_schema_is_refused() {
        let code = |json: Value| from_json(&json).unwrap_err().code();
        assert_eq!(code(json!([])), "table.schema.form");
        assert_eq!(code(json!({ "fields": 1 })), "table.schema.form");
        assert_eq!(code(json!({ "fields": ["a"] })), "table.schema.form");
        assert_eq!(
            code(json!({ "fields": [{ "name": "a" }, { "name": "a" }] })),
            "table.schema.form"
        );
        assert_eq!(
            code(json!({ "fields": [{ "name": "a", "type": "geojson" }] })),
            "table.schema.kind"
        );
        let wrong =
            json!({ "fields": [{ "name": "a", "type": "integer", "renketsu:type": "float64" }] });
        assert_eq!(code(wrong), "table.schema.kind");
        let list = Schema::new(vec![Field::new_list(
            "a",
            Field::new("item", DataType::Int64, true),
            true,
        )]);
        assert_eq!(to_json(&list).unwrap_err().code(), "table.schema.kind");
    }
}
