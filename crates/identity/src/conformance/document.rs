//! A vector file as a tree whose nodes know their place. Reading it names the place of a fault and never its content.

use std::fmt;

use jiff::civil::Date;
use serde_json::Value;

use crate::date::yyyymmdd;
use crate::text_form::hex;

/// What is wrong with a vector file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.place, self.problem.name())]
pub struct Fault {
    place: String,
    problem: Problem,
}

impl Fault {
    /// Where: `line:column` in the text if it is no JSON, else the path, as `canonical.kana[3].ok`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What.
    pub const fn problem(&self) -> Problem {
        self.problem
    }

    /// `place` and `problem`.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("place", self.place.clone()),
            ("problem", self.problem.name().to_owned()),
        ]
    }
}

/// What can be wrong with a vector file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not a day written `YYYY-MM-DD`.
    Day,
    /// Nothing to check.
    Empty,
    /// Not hex digits, or not as many as there must be.
    Hex,
    /// Not JSON, or one field twice.
    Json,
    /// A field is missing.
    Missing,
    /// Not exactly one of `ok` and `reject`.
    Outcome,
    /// Not a provision code.
    ProvisionCode,
    /// Not the name of a reject.
    RejectName,
    /// Not the type of value that must stand here.
    Type,
    /// A field or section that the form doesn't have.
    Unknown,
}

impl Problem {
    /// Every problem.
    pub const ALL: [Self; 10] = [
        Self::Day,
        Self::Empty,
        Self::Hex,
        Self::Json,
        Self::Missing,
        Self::Outcome,
        Self::ProvisionCode,
        Self::RejectName,
        Self::Type,
        Self::Unknown,
    ];

    /// Name for the message catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Empty => "empty",
            Self::Hex => "hex",
            Self::Json => "json",
            Self::Missing => "missing",
            Self::Outcome => "outcome",
            Self::ProvisionCode => "provision_code",
            Self::RejectName => "reject_name",
            Self::Type => "type",
            Self::Unknown => "unknown",
        }
    }
}

/// A vector file.
pub struct Document(Value);

impl Document {
    /// Reads JSON.
    ///
    /// # Errors
    /// [`Problem::Json`] with line and column; the parser's own words could quote the file.
    pub fn parse(json: &str) -> Result<Self, Fault> {
        let tree: Unrepeated = serde_json::from_str(json).map_err(|error| Fault {
            place: format!("{}:{}", error.line(), error.column()),
            problem: Problem::Json,
        })?;
        Ok(Self(tree.0))
    }

    /// The top of the file.
    pub const fn root(&self) -> Node<'_> {
        Node {
            value: &self.0,
            place: String::new(),
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(redacted)")
    }
}

/// A value in the file together with its place.
#[derive(Clone)]
pub struct Node<'a> {
    value: &'a Value,
    place: String,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.place)
    }
}

impl<'a> Node<'a> {
    /// A fault at this place.
    pub fn fault(&self, problem: Problem) -> Fault {
        Fault {
            place: self.place.clone(),
            problem,
        }
    }

    /// The field of an object, if it is there.
    ///
    /// # Errors
    /// [`Problem::Type`] if this is no object.
    pub fn optional(&self, name: &str) -> Result<Option<Self>, Fault> {
        let object = self
            .value
            .as_object()
            .ok_or_else(|| self.fault(Problem::Type))?;
        Ok(object.get(name).map(|value| Node {
            value,
            place: self.inner(name),
        }))
    }

    /// The field of an object.
    ///
    /// # Errors
    /// [`Problem::Type`] if this is no object, [`Problem::Missing`] at the field.
    pub fn field(&self, name: &str) -> Result<Self, Fault> {
        self.optional(name)?.ok_or_else(|| Fault {
            place: self.inner(name),
            problem: Problem::Missing,
        })
    }

    /// Refuses fields other than `known`. The name of an unknown field is not repeated unless it is a plain word.
    ///
    /// # Errors
    /// [`Problem::Type`] if this is no object, [`Problem::Unknown`] at the first unknown field.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        let object = self
            .value
            .as_object()
            .ok_or_else(|| self.fault(Problem::Type))?;
        let Some(name) = object.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        let shown = if name.len() <= 32 && name.chars().all(plain) {
            name
        } else {
            "?"
        };
        Err(Fault {
            place: self.inner(shown),
            problem: Problem::Unknown,
        })
    }

    /// The entries of a list.
    ///
    /// # Errors
    /// [`Problem::Type`].
    pub fn items(&self) -> Result<Vec<Self>, Fault> {
        let list = self
            .value
            .as_array()
            .ok_or_else(|| self.fault(Problem::Type))?;
        let node = |(index, value)| Node {
            value,
            place: format!("{}[{index}]", self.place),
        };
        Ok(list.iter().enumerate().map(node).collect())
    }

    /// A string.
    ///
    /// # Errors
    /// [`Problem::Type`].
    pub fn text(&self) -> Result<&'a str, Fault> {
        self.value.as_str().ok_or_else(|| self.fault(Problem::Type))
    }

    /// A whole number that fits 32 bits.
    ///
    /// # Errors
    /// [`Problem::Type`].
    pub fn number(&self) -> Result<u32, Fault> {
        self.value
            .as_u64()
            .and_then(|number| number.try_into().ok())
            .ok_or_else(|| self.fault(Problem::Type))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`Problem::Type`].
    pub fn truth(&self) -> Result<bool, Fault> {
        self.value
            .as_bool()
            .ok_or_else(|| self.fault(Problem::Type))
    }

    /// Whether `null` stands here.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// `N` bytes in hex digits.
    ///
    /// # Errors
    /// [`Problem::Type`], [`Problem::Hex`].
    pub fn hex<const N: usize>(&self) -> Result<[u8; N], Fault> {
        hex(self.text()?).ok_or_else(|| self.fault(Problem::Hex))
    }

    /// Bytes in hex digits.
    ///
    /// # Errors
    /// [`Problem::Type`], [`Problem::Hex`].
    pub fn hex_of_any_length(&self) -> Result<Vec<u8>, Fault> {
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(self.text()?.as_bytes())
            .map_err(|_| self.fault(Problem::Hex))
    }

    /// A day written `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`Problem::Type`], [`Problem::Day`].
    pub fn day(&self) -> Result<Date, Fault> {
        let text = self.text()?;
        let day: Date = text.parse().map_err(|_| self.fault(Problem::Day))?;
        // The parser knows more ways to write a day, and times.
        if text.len() == 10 && text.replace('-', "") == yyyymmdd(day) {
            Ok(day)
        } else {
            Err(self.fault(Problem::Day))
        }
    }

    fn inner(&self, name: &str) -> String {
        if self.place.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.place)
        }
    }
}

/// A JSON value in which no object has one field twice: the second would hide the first from every check.
struct Unrepeated(Value);

impl<'de> serde::Deserialize<'de> for Unrepeated {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnrepeatedVisitor).map(Self)
    }
}

struct UnrepeatedVisitor;

impl<'de> serde::de::Visitor<'de> for UnrepeatedVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unrepeated(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Unrepeated(value) = fields.next_value()?;
            if object.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a field stands twice"));
            }
        }
        Ok(object.into())
    }
}
