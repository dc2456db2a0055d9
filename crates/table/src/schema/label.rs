//! What a file says of a column for people: label, unit, code list.
//!
//! In a Table Schema these are `title` and `description`, `renketsu:unit` (or `unit`), and `categories` (or `enum`, also
//! under `constraints`). On an Arrow field they are metadata of the names `title`, `description`, `renketsu:unit` and
//! `renketsu:codes`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::SchemaError;

const TITLE: &str = "title";
const DESCRIPTION: &str = "description";
const UNIT: &str = "renketsu:unit";
const CODES: &str = "renketsu:codes";
const CATEGORIES: &str = "categories";

/// A list of codes. Columns share one: thousands of columns of a file may name the same list of thousands.
pub type Codes = Arc<[(String, String)]>;

fn no_codes() -> Codes {
    Arc::new([])
}

/// What a file says of a column for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnLabel {
    /// Its name in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The unit of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Values as they are written, and what each means, in the order of the source. A value without a meaning of its own
    /// means itself.
    #[serde(default = "no_codes", skip_serializing_if = "<[_]>::is_empty")]
    pub codes: Codes,
}

impl Default for ColumnLabel {
    fn default() -> Self {
        Self {
            label: None,
            unit: None,
            codes: no_codes(),
        }
    }
}

impl ColumnLabel {
    /// Only a label, or nothing where that is blank.
    pub fn of_text(label: &str) -> Self {
        Self {
            label: stated(label),
            ..Self::default()
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the metadata of an Arrow field says.
    pub fn of_field(field: &Field) -> Self {
        let metadata = field.metadata();
        let text = |key: &str| metadata.get(key).and_then(|text| stated(text));
        Self {
            label: text(TITLE).or_else(|| text(DESCRIPTION)),
            unit: text(UNIT),
            codes: held(field).into(),
        }
    }

    /// What a field of a Table Schema says.
    fn of_entry(entry: &Map<String, Value>) -> Self {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).and_then(stated);
        Self {
            label: text(TITLE).or_else(|| text(DESCRIPTION)),
            unit: text(UNIT).or_else(|| text("unit")),
            codes: codes(entry).into(),
        }
    }

    /// The same field, saying this too.
    fn on(&self, field: &Field) -> Field {
        let mut metadata = field.metadata().clone();
        let mut say = |key: &str, text: Option<String>| {
            if let Some(text) = text {
                metadata.insert(key.to_owned(), text);
            }
        };
        say(TITLE, self.label.clone());
        say(UNIT, self.unit.clone());
        say(
            CODES,
            (!self.codes.is_empty()).then(|| json!(self.codes).to_string()),
        );
        field.clone().with_metadata(metadata)
    }
}

/// What a Table Schema says of its columns, by name; only those it says something of.
pub fn labels(schema: &Value) -> Result<BTreeMap<String, ColumnLabel>, SchemaError> {
    let entries = schema
        .get("fields")
        .and_then(Value::as_array)
        .ok_or(SchemaError::Form)?;
    let mut labels = BTreeMap::new();
    for entry in entries {
        let entry = entry.as_object().ok_or(SchemaError::Form)?;
        let name = entry
            .get("name")
            .and_then(Value::as_str)
            .ok_or(SchemaError::Form)?;
        let label = ColumnLabel::of_entry(entry);
        if !label.is_empty() {
            labels.insert(name.to_owned(), label);
        }
    }
    Ok(labels)
}

/// A schema whose fields say what `labels` says of them, so that [`super::to_json`] says it too.
pub fn annotated(schema: &Schema, labels: &BTreeMap<String, ColumnLabel>) -> Schema {
    let fields = schema
        .fields()
        .iter()
        .map(|field| match labels.get(field.name()) {
            Some(label) => label.on(field),
            None => field.as_ref().clone(),
        });
    Schema::new(fields.collect::<Vec<_>>())
}

/// Adds what a field's metadata says to its entry in a Table Schema.
pub(super) fn describe(field: &Field, entry: &mut Map<String, Value>) {
    for key in [TITLE, DESCRIPTION, UNIT] {
        if let Some(text) = field.metadata().get(key) {
            entry.insert(key.to_owned(), json!(text));
        }
    }
    let codes = held(field);
    if !codes.is_empty() {
        let categories = codes.iter().map(
            |(value, label)| json!({ "value": typed(value, field.data_type()), "label": label }),
        );
        entry.insert(CATEGORIES.to_owned(), categories.collect());
    }
}

/// The metadata of a field from its entry in a Table Schema.
pub(super) fn notes(entry: &Map<String, Value>) -> Vec<(String, String)> {
    let mut notes: Vec<(String, String)> = [TITLE, DESCRIPTION]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), entry.get(key)?.as_str()?.to_owned())))
        .collect();
    let label = ColumnLabel::of_entry(entry);
    if let Some(unit) = label.unit {
        notes.push((UNIT.to_owned(), unit));
    }
    if !label.codes.is_empty() {
        notes.push((CODES.to_owned(), json!(label.codes).to_string()));
    }
    notes
}

/// The code list in a field's metadata; one that is not ours is none.
fn held(field: &Field) -> Vec<(String, String)> {
    let text = field.metadata().get(CODES);
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

fn codes(entry: &Map<String, Value>) -> Vec<(String, String)> {
    let constraint = || {
        entry
            .get("constraints")
            .and_then(|constraints| constraints.get("enum"))
    };
    let list = entry
        .get(CATEGORIES)
        .or_else(|| entry.get("enum"))
        .or_else(constraint);
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(code).collect()
}

/// `{"value": 1, "label": "男"}`, or a bare value.
fn code(item: &Value) -> Option<(String, String)> {
    let Some(pair) = item.as_object() else {
        let value = written(item)?;
        return Some((value.clone(), value));
    };
    let value = written(pair.get("value")?)?;
    let label = pair.get("label").and_then(Value::as_str).and_then(stated);
    let label = label.unwrap_or_else(|| value.clone());
    Some((value, label))
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(_) | Value::Null | Value::Object(_) => None,
    }
}

/// A value as JSON of the column's type.
fn typed(value: &str, kind: &DataType) -> Value {
    let number = (kind.is_integer() || kind.is_floating())
        .then(|| serde_json::from_str::<serde_json::Number>(value).ok())
        .flatten();
    // Only where it comes back as it was written.
    number
        .filter(|number| number.to_string() == value)
        .map_or_else(|| json!(value), Value::Number)
}

fn stated(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{from_json, to_json};

    #[test]
    fn labels_units_and_codes_come_from_a_schema_of_others() {
        let json = json!({ "fields": [
            { "name": "sex", "type": "integer", "title": "性別",
              "categories": [{ "value": 1, "label": "男" }, { "value": 2, "label": "女" }, { "value": 9 }] },
            { "name": "hba1c", "type": "number", "description": "HbA1c (NGSP)", "unit": "%" },
            { "name": "bmi", "type": "number", "unit": "x", "renketsu:unit": "kg/m2" },
            { "name": "kind", "type": "string", "constraints": { "enum": ["A", "B"] } },
            { "name": "flag", "type": "string", "enum": [true, null, "x"] },
            { "name": "plain", "type": "string", "title": " " },
        ] });
        let found = labels(&json).unwrap();
        let pairs = |pairs: &[(&str, &str)]| -> Codes {
            pairs
                .iter()
                .map(|(value, label)| ((*value).to_owned(), (*label).to_owned()))
                .collect()
        };
        assert_eq!(found["sex"].label.as_deref(), Some("性別"));
        assert_eq!(
            found["sex"].codes,
            pairs(&[("1", "男"), ("2", "女"), ("9", "9")])
        );
        assert_eq!(found["hba1c"].label.as_deref(), Some("HbA1c (NGSP)"));
        assert_eq!(found["hba1c"].unit.as_deref(), Some("%"));
        assert_eq!(found["bmi"].unit.as_deref(), Some("kg/m2"));
        assert_eq!(found["kind"].codes, pairs(&[("A", "A"), ("B", "B")]));
        assert_eq!(found["flag"].codes, pairs(&[("true", "true"), ("x", "x")]));
        assert!(!found.contains_key("plain"));
        assert_eq!(
            labels(&json!({ "fields": [1] })).unwrap_err().code(),
            "table.schema.form"
        );

        // The same through Arrow, and out again in our form.
        let schema = from_json(&json).unwrap();
        let by_field: BTreeMap<String, ColumnLabel> = schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), ColumnLabel::of_field(field)))
            .filter(|(_, label)| !label.is_empty())
            .collect();
        assert_eq!(by_field, found);
        assert_eq!(labels(&to_json(&schema).unwrap()).unwrap(), found);
        assert_eq!(from_json(&to_json(&schema).unwrap()).unwrap(), schema);
    }

    #[test]
    fn what_a_source_says_is_put_on_the_fields_and_into_the_table_schema() {
        let plain = Schema::new(vec![
            Field::new("sex", DataType::Int8, true),
            Field::new("code", DataType::Utf8, true),
        ]);
        let label = ColumnLabel {
            label: Some("性別".to_owned()),
            unit: None,
            codes: Arc::new([
                ("1".to_owned(), "男".to_owned()),
                ("01".to_owned(), "?".to_owned()),
            ]),
        };
        let labels_of = BTreeMap::from([("sex".to_owned(), label.clone())]);
        let json = to_json(&annotated(&plain, &labels_of)).unwrap();
        assert_eq!(
            json["fields"][0]["categories"][0],
            json!({ "value": 1, "label": "男" })
        );
        assert_eq!(json["fields"][0]["categories"][1]["value"], json!("01"));
        assert_eq!(labels(&json).unwrap(), labels_of);
        crate::schema::conforms(&json, &plain).unwrap();
        let text = serde_json::to_string(&label).unwrap();
        assert_eq!(serde_json::from_str::<ColumnLabel>(&text).unwrap(), label);
    }
}
