//! One resource as one row.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::DataType;
use serde_json::{Map, Value};

use super::{PATIENT, REST};

/// Elements that name, find or picture a person, wherever they stand; what somebody wrote down freely; and words of the
/// source about itself. Extensions and contained resources may be any of these.
const LEFT_OUT: [&str; 12] = [
    "address",
    "birthDate",
    "contact",
    "contained",
    "extension",
    "id",
    "identifier",
    "modifierExtension",
    "name",
    "note",
    "photo",
    "telecom",
];
/// The same, at the top of a resource only.
const LEFT_OUT_ABOVE: [&str; 5] = ["fullUrl", "implicitRules", "language", "meta", "text"];
/// Where a resource says whom it is about.
const ABOUT: [&str; 4] = ["beneficiary", "for", "patient", "subject"];

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Number,
    Text,
}

impl Kind {
    /// The type that holds values of both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Integer, Self::Number) | (Self::Number, Self::Integer) => Self::Number,
            (Self::Boolean | Self::Integer | Self::Number | Self::Text, _) => Self::Text,
        }
    }

    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Text => DataType::Utf8,
        }
    }
}

/// A value that is neither object nor list nor null.
#[derive(Debug)]
pub(super) struct Cell(Value);

impl Cell {
    pub(super) fn kind(&self) -> Kind {
        match &self.0 {
            Value::Bool(_) => Kind::Boolean,
            Value::Number(number) if number.is_i64() => Kind::Integer,
            Value::Number(_) => Kind::Number,
            Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => Kind::Text,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    pub(super) fn integer(&self) -> Option<i64> {
        self.0.as_i64()
    }

    pub(super) fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    pub(super) fn text(self) -> String {
        match self.0 {
            Value::String(text) => text,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => self.0.to_string(),
        }
    }
}

/// A resource as a row.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// The person it is about.
    pub(super) patient: Option<String>,
    /// Values by the path of their element.
    pub(super) cells: BTreeMap<String, Cell>,
    /// What is neither, by path.
    pub(super) rest: Map<String, Value>,
    /// Paths of what was left out.
    pub(super) dropped: BTreeSet<String>,
}

impl Flat {
    pub(super) fn of(mut resource: Map<String, Value>) -> Self {
        let mut flat = Self::default();
        if resource.remove("resourceType") == Some("Patient".into()) {
            let id = resource.get("id").and_then(Value::as_str);
            flat.patient = id.map(str::to_owned);
        }
        for name in ABOUT {
            let person = resource.get(name).and_then(person);
            if let Some(person) = person {
                flat.patient.get_or_insert(person);
                resource.remove(name);
            }
        }
        for name in LEFT_OUT_ABOVE {
            if resource.remove(name).is_some() {
                flat.dropped.insert(name.to_owned());
            }
        }
        flat.object("", resource);
        flat
    }

    fn object(&mut self, path: &str, object: Map<String, Value>) {
        let reference = is_reference(&object);
        for (name, value) in object {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            if left_out(&name, reference) {
                self.dropped.insert(path);
            } else {
                self.value(path, value);
            }
        }
    }

    fn value(&mut self, path: String, value: Value) {
        match value {
            Value::Null => {}
            Value::Object(object) if object.contains_key("coding") => self.concept(&path, object),
            Value::Object(object) => self.object(&path, object),
            Value::Array(list) => self.list(path, list),
            value if path == PATIENT || path == REST => drop(self.rest.insert(path, value)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.cells.insert(path, Cell(value));
            }
        }
    }

    /// A `CodeableConcept`: its first coding has columns; if there are more, all of them are in the rest too.
    fn concept(&mut self, path: &str, mut concept: Map<String, Value>) {
        match concept.remove("coding") {
            Some(Value::Array(mut codings)) if !codings.is_empty() => {
                if codings.len() > 1 {
                    self.keep(format!("{path}.coding"), Value::Array(codings.clone()));
                }
                self.value(path.to_owned(), codings.swap_remove(0));
            }
            Some(other) => self.keep(format!("{path}.coding"), other),
            None => {}
        }
        self.object(path, concept);
    }

    /// A list of one `CodeableConcept` is one; any other list is in the rest.
    fn list(&mut self, path: String, list: Vec<Value>) {
        let one = <[Value; 1]>::try_from(list);
        match one {
            Ok([Value::Object(concept)]) if concept.contains_key("coding") => {
                self.concept(&path, concept);
            }
            Ok([value]) => self.keep(path, Value::Array(vec![value])),
            Err(list) => self.keep(path, Value::Array(list)),
        }
    }

    fn keep(&mut self, path: String, mut value: Value) {
        self.strip(&path, &mut value);
        self.rest.insert(path, value);
    }

    /// Leaves out of a value what is left out everywhere.
    fn strip(&mut self, path: &str, value: &mut Value) {
        match value {
            Value::Array(list) => {
                for value in list {
                    self.strip(path, value);
                }
            }
            Value::Object(object) => {
                let reference = is_reference(object);
                object.retain(|name, value| {
                    let path = format!("{path}.{name}");
                    if left_out(name, reference) {
                        self.dropped.insert(path);
                        return false;
                    }
                    self.strip(&path, value);
                    true
                });
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// A `Reference` says in `display` what it refers to, often by name.
fn is_reference(object: &Map<String, Value>) -> bool {
    object.contains_key("reference") || !object.contains_key("code")
}

fn left_out(name: &str, in_reference: bool) -> bool {
    // `_birthDate` and its like hold the extensions of an element; `valueAddress` is one of an extension or a choice.
    let plain = name.strip_prefix('_').unwrap_or(name);
    let choice = [
        "Address",
        "ContactPoint",
        "HumanName",
        "Identifier",
        "Attachment",
        "Signature",
    ];
    let chosen = |kind: &&str| plain.len() > kind.len() && plain.ends_with(*kind);
    LEFT_OUT.contains(&plain)
        || plain != name
        || choice.iter().any(chosen)
        || (plain == "display" && in_reference)
}

/// The id in a reference to a `Patient`, or in one that does not say its type.
fn person(about: &Value) -> Option<String> {
    let reference = about.get("reference")?.as_str()?;
    if let Some(id) = reference.strip_prefix("urn:uuid:") {
        return Some(id.to_owned());
    }
    let reference = reference
        .split_once("/_history/")
        .map_or(reference, |(reference, _)| reference);
    let (kind, id) = reference.rsplit_once('/')?;
    let kind = kind.rsplit('/').next()?;
    (kind == "Patient" && !id.is_empty()).then(|| id.to_owned())
}
