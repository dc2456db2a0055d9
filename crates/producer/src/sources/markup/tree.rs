//! What is held of a document: the element that is being read, as far as it is wanted.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use super::{MarkupError, Shape};
use crate::sources::Place;

const MAX_DEPTH: usize = 64;
/// The most elements and attributes that are held at a time, and the most bytes of their texts.
const MAX_NODES: usize = 500_000;
const MAX_TEXT: usize = 16 * 1024 * 1024;

/// An element. Names are without prefixes; attributes with one are left out.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) line: u64,
    /// Whether it is in the namespace that the document was read for.
    known: bool,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
    /// Elements and attributes, itself and all below.
    nodes: usize,
}

impl Element {
    /// The elements of this name directly below.
    pub(crate) fn children<'a, 'b>(
        &'a self,
        name: &'b str,
    ) -> impl Iterator<Item = &'a Element> + use<'a, 'b> {
        self.children
            .iter()
            .filter(move |child| child.known && child.name == name)
    }

    /// The first element at the end of a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Element> {
        match path.split_first() {
            None => Some(self),
            Some((name, rest)) => self.children(name).find_map(|child| child.at(rest)),
        }
    }

    /// An attribute; empty without it.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// The text of the element and of all below it, each with a space before it.
    pub(crate) fn text(&self) -> String {
        let mut text = self.text.clone();
        for child in &self.children {
            text.push(' ');
            text.push_str(&child.text());
        }
        text.trim().to_owned()
    }

    /// The text of the first element of this name directly below; empty without one.
    pub(crate) fn text_of(&self, name: &str) -> String {
        self.children(name)
            .next()
            .map(Element::text)
            .unwrap_or_default()
    }

    /// An element without anything, for what has none of its own.
    pub(crate) fn empty(line: u64) -> Self {
        Self {
            name: String::new(),
            line,
            known: true,
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            nodes: 1,
        }
    }

    /// Puts an element below this one, within the bounds of what may be held.
    pub(crate) fn push(&mut self, child: Element, place: &Place) -> Result<(), MarkupError> {
        self.nodes = self.nodes.saturating_add(child.nodes);
        if self.nodes > MAX_NODES {
            return Err(MarkupError::Large {
                place: place.at_line(child.line),
            });
        }
        self.children.push(child);
        Ok(())
    }
}

pub(super) struct Tree<'a> {
    shape: &'a Shape,
    place: &'a Place,
    depth: usize,
    /// The line of the root, once it has begun.
    root: Option<u64>,
    container: Option<&'static str>,
    /// The line of the first container.
    first: Option<u64>,
    open: Vec<Element>,
    nodes: usize,
    bytes: usize,
    /// Everything from this depth on is read over.
    skip: Option<usize>,
    /// Everything from this depth on is kept.
    keep: Option<usize>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(shape: &'a Shape, place: &'a Place) -> Self {
        Self {
            shape,
            place,
            depth: 0,
            root: None,
            container: None,
            first: None,
            open: Vec::new(),
            nodes: 0,
            bytes: 0,
            skip: None,
            keep: None,
        }
    }

    pub(super) fn start(
        &mut self,
        start: &BytesStart<'_>,
        known: bool,
        line: u64,
    ) -> Result<(), MarkupError> {
        let here = || self.place.at_line(line);
        if self.depth >= MAX_DEPTH {
            return Err(MarkupError::Depth { place: here() });
        }
        let local = start.local_name();
        let name = local.as_ref();
        if self.depth == 0 {
            if self.root.is_some() {
                return Err(MarkupError::Syntax { place: here() });
            }
            if !known || name != self.shape.root {
                return Err(MarkupError::Root { place: here() });
            }
            self.root = Some(line);
        }
        let held = self.enter(name, known, line);
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| MarkupError::Syntax {
                place: self.place.at_line(line),
            })?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| MarkupError::Entity {
                    place: self.place.at_line(line),
                })?;
            if held && attribute.key.prefix().is_none() {
                let name = attribute.key.local_name().as_ref().to_owned();
                self.hold(1, name.len().saturating_add(value.len()), line)?;
                attributes.push((name, value.into_owned()));
            }
        }
        if held {
            self.hold(1, name.len(), line)?;
            self.open.push(Element {
                name: name.to_owned(),
                known,
                nodes: attributes.len().saturating_add(1),
                attributes,
                ..Element::empty(line)
            });
        }
        Ok(())
    }

    /// Goes one deeper; whether what begins there is to be held.
    fn enter(&mut self, name: &str, known: bool, line: u64) -> bool {
        self.depth = self.depth.saturating_add(1);
        let find = |names: &'static [&'static str]| {
            let found = names.iter().copied().find(|wanted| *wanted == name);
            found.filter(|_| known)
        };
        if self.skip.is_some() || self.depth == 1 {
            return false;
        }
        if self.keep.is_some() {
            return true;
        }
        if self.open.is_empty() && self.depth == 2 {
            if let Some(container) = find(self.shape.containers) {
                self.container = Some(container);
                self.first.get_or_insert(line);
                return false;
            }
            if find(self.shape.given).is_some() {
                return true;
            }
        } else if find(self.shape.leaves).is_some() {
            self.keep = Some(self.depth);
            return true;
        } else if find(self.shape.branches).is_some() {
            return true;
        }
        self.skip = Some(self.depth);
        false
    }

    /// Goes back by one; the element that is complete by it and is not part of another.
    pub(super) fn end(&mut self) -> Option<(Option<&'static str>, Element)> {
        let depth = self.depth;
        self.depth = depth.saturating_sub(1);
        if let Some(skip) = self.skip {
            self.skip = (skip != depth).then_some(skip);
            return None;
        }
        if self.keep == Some(depth) {
            self.keep = None;
        }
        let Some(done) = self.open.pop() else {
            self.container = None;
            return None;
        };
        if let Some(parent) = self.open.last_mut() {
            parent.nodes = parent.nodes.saturating_add(done.nodes);
            parent.children.push(done);
            return None;
        }
        (self.nodes, self.bytes) = (0, 0);
        Some((self.container, done))
    }

    pub(super) fn text(&mut self, text: &str, line: u64) -> Result<(), MarkupError> {
        if self.depth == 0 {
            return if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
                Ok(())
            } else {
                Err(MarkupError::Syntax {
                    place: self.place.at_line(line),
                })
            };
        }
        if self.skip.is_none() && !self.open.is_empty() {
            self.hold(0, text.len(), line)?;
            if let Some(element) = self.open.last_mut() {
                element.text.push_str(text);
            }
        }
        Ok(())
    }

    fn hold(&mut self, nodes: usize, bytes: usize, line: u64) -> Result<(), MarkupError> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.nodes > MAX_NODES || self.bytes > MAX_TEXT {
            return Err(MarkupError::Large {
                place: self.place.at_line(line),
            });
        }
        Ok(())
    }

    /// The lines of the root and of the first container, of a document that is whole.
    pub(super) fn finish(self) -> Result<(u64, Option<u64>), MarkupError> {
        let place = self.place.clone();
        match self.root {
            None => Err(MarkupError::Empty { place }),
            Some(_) if self.depth > 0 => Err(MarkupError::Syntax { place }),
            Some(line) => Ok((line, self.first)),
        }
    }
}
