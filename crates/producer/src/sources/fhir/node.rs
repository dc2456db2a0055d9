//! JSON as far as a resource needs it, of bounded depth and size. A name given twice in one object is refused: readers
//! differ on which of the two counts.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 200_000;

/// A JSON value. Numbers, booleans and null are of no use here.
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    Other,
}

/// Why bytes are no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Depth,
    Encoding,
    Large,
    Syntax,
}

impl Node {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let budget = Budget {
            nodes: Cell::new(0),
            fault: Cell::new(None),
        };
        let seed = Seed {
            depth: 0,
            budget: &budget,
        };
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let read = seed.deserialize(&mut reader).and_then(|node| {
            reader.end()?;
            Ok(node)
        });
        read.map_err(|_| match budget.fault.get() {
            Some(fault) => fault,
            None if std::str::from_utf8(bytes).is_err() => Fault::Encoding,
            None => Fault::Syntax,
        })
    }

    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, node)| node),
            Self::Text(_) | Self::List(_) | Self::Other => None,
        }
    }

    /// The text of a member; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Some(Self::Text(text)) => text,
            Some(Self::List(_) | Self::Object(_) | Self::Other) | None => "",
        }
    }

    /// The items of a member; one that is no list is its only item.
    pub(super) fn items(&self, name: &str) -> &[Node] {
        match self.get(name) {
            Some(Self::List(items)) => items,
            Some(node) => std::slice::from_ref(node),
            None => &[],
        }
    }

    /// The texts of a member.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.items(name).iter().filter_map(|item| match item {
            Self::Text(text) => Some(text.as_str()),
            Self::List(_) | Self::Object(_) | Self::Other => None,
        })
    }
}

struct Budget {
    nodes: Cell<usize>,
    fault: Cell<Option<Fault>>,
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    budget: &'a Budget,
}

impl Seed<'_> {
    fn below(self) -> Self {
        Self {
            depth: self.depth.saturating_add(1),
            ..self
        }
    }

    fn refuse<E: de::Error>(self, fault: Fault) -> E {
        self.budget.fault.set(Some(fault));
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        let nodes = self.budget.nodes.get().saturating_add(1);
        self.budget.nodes.set(nodes);
        if nodes > MAX_NODES {
            return Err(self.refuse(Fault::Large));
        }
        if self.depth > MAX_DEPTH {
            return Err(self.refuse(Fault::Depth));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut object: Vec<(String, Node)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.iter().any(|(known, _)| *known == name) {
                // The value may be long; what follows it doesn't matter any more.
                members.next_value::<IgnoredAny>()?;
                return Err(self.refuse(Fault::Syntax));
            }
            object.push((name, members.next_value_seed(self.below())?));
            if object.len() > MAX_MEMBERS {
                return Err(self.refuse(Fault::Large));
            }
        }
        Ok(Node::Object(object))
    }
}

/// The most members of one object: no resource has as many, and finding a name twice takes the square of it.
const MAX_MEMBERS: usize = 2_000;
