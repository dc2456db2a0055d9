//! XML documents from outside, as trees of bounded size. No document type, no entity but those of XML itself.

mod fault;

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

pub use fault::MarkupError;

use super::Place;

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 500_000;
/// An XML declaration stands in the first bytes.
const HEAD: usize = 256;

/// How a document's bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As its declaration says, or UTF-8 without one.
    Declared,
    /// CP932, although the declaration says otherwise or is missing.
    Cp932,
}

/// An element. Names are without prefixes; attributes with one are left out.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) line: u64,
    /// Whether it is in the namespace that the document was read for.
    known: bool,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
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

    /// Whether it is what the document was to be.
    pub(crate) fn is_root(&self, name: &str) -> bool {
        self.known && self.name == name
    }
}

/// The characters of a document: as declared (UTF-8 or `Shift_JIS`), and in CP932 where that cannot be.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    place: &Place,
) -> Result<(Cow<'a, str>, Encoding), MarkupError> {
    let refused = || MarkupError::Encoding {
        place: place.clone(),
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    let cp932 = || SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
    match declared(head) {
        Some(Declared::Cp932) => cp932().map(|text| (text, Encoding::Declared)),
        Some(Declared::Other) => None,
        Some(Declared::Utf8) | None => match std::str::from_utf8(bytes) {
            Ok(text) => Some((Cow::Borrowed(text), Encoding::Declared)),
            Err(_) => cp932().map(|text| (text, Encoding::Cp932)),
        },
    }
    .ok_or_else(refused)
}

enum Declared {
    Cp932,
    Utf8,
    Other,
}

fn declared(head: &[u8]) -> Option<Declared> {
    let text: String = head
        .iter()
        .map(|byte| char::from(*byte).to_ascii_lowercase())
        .collect();
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0.to_owned();
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next()?;
    let name = value.get(1..)?.split(quote).next()?;
    Some(match name {
        "utf-8" | "utf8" | "us-ascii" => Declared::Utf8,
        "shift_jis" | "shift-jis" | "sjis" | "windows-31j" | "cp932" | "ms932" | "x-sjis" => {
            Declared::Cp932
        }
        _ => Declared::Other,
    })
}

/// Reads a document. With a `namespace`, only elements in it are seen.
pub(crate) fn parse(
    text: &str,
    namespace: Option<&str>,
    place: &Place,
) -> Result<Element, MarkupError> {
    let mut reader = NsReader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    config.check_end_names = true;
    config.expand_empty_elements = true;
    let mut tree = Tree {
        place,
        namespace,
        lines: Lines::default(),
        open: Vec::new(),
        root: None,
        nodes: 0,
    };
    loop {
        let line = tree.lines.at(text, reader.buffer_position());
        let event = reader.read_event().map_err(|_| MarkupError::Syntax {
            place: place.at_line(line),
        })?;
        match event {
            Event::Start(start) => {
                let (space, _) = reader.resolver().resolve_element(start.name());
                let known = tree.knows(&space, line)?;
                tree.start(&start, known, line)?;
            }
            Event::End(_) => tree.end(),
            Event::Text(part) => tree.text(&part.xml10_content(), line)?,
            Event::CData(part) => tree.text(&part.xml10_content(), line)?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => predefined(&reference.xml10_content()).ok_or_else(|| {
                        MarkupError::Entity {
                            place: place.at_line(line),
                        }
                    })?,
                    Err(_) => {
                        return Err(MarkupError::Syntax {
                            place: place.at_line(line),
                        });
                    }
                };
                tree.text(character.encode_utf8(&mut [0; 4]), line)?;
            }
            Event::DocType(_) => {
                return Err(MarkupError::Doctype {
                    place: place.at_line(line),
                });
            }
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if !tree.open.is_empty() {
        return Err(MarkupError::Syntax {
            place: place.clone(),
        });
    }
    tree.root.ok_or_else(|| MarkupError::Empty {
        place: place.clone(),
    })
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Counts lines while the reader moves on.
#[derive(Default)]
struct Lines {
    at: usize,
    breaks: u64,
}

impl Lines {
    fn at(&mut self, text: &str, position: u64) -> u64 {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let passed = text.as_bytes().get(self.at..position).unwrap_or_default();
        let breaks = passed.split(|byte| *byte == b'\n').skip(1).count();
        self.breaks = self.breaks.saturating_add(breaks as u64);
        self.at = position.max(self.at);
        self.breaks.saturating_add(1)
    }
}

struct Tree<'a> {
    place: &'a Place,
    namespace: Option<&'a str>,
    lines: Lines,
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
}

impl Tree<'_> {
    fn knows(&self, space: &ResolveResult<'_>, line: u64) -> Result<bool, MarkupError> {
        match (space, self.namespace) {
            (ResolveResult::Unknown(_), _) => Err(MarkupError::Syntax {
                place: self.place.at_line(line),
            }),
            (_, None) => Ok(true),
            (ResolveResult::Bound(bound), Some(wanted)) => Ok(bound.as_ref() == wanted),
            (ResolveResult::Unbound, Some(_)) => Ok(false),
        }
    }

    fn count(&mut self, line: u64) -> Result<(), MarkupError> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            return Err(MarkupError::Large {
                place: self.place.at_line(line),
            });
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>, known: bool, line: u64) -> Result<(), MarkupError> {
        let here = || self.place.at_line(line);
        if self.open.len() >= MAX_DEPTH {
            return Err(MarkupError::Depth { place: here() });
        }
        if self.root.is_some() {
            return Err(MarkupError::Syntax { place: here() });
        }
        self.count(line)?;
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| MarkupError::Syntax {
                place: self.place.at_line(line),
            })?;
            self.count(line)?;
            if attribute.key.prefix().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| MarkupError::Entity {
                    place: self.place.at_line(line),
                })?;
            attributes.push((
                attribute.key.local_name().as_ref().to_owned(),
                value.into_owned(),
            ));
        }
        self.open.push(Element {
            name: start.local_name().as_ref().to_owned(),
            line,
            known,
            attributes,
            children: Vec::new(),
            text: String::new(),
        });
        Ok(())
    }

    fn end(&mut self) {
        // The reader has checked that an end has its start.
        if let Some(done) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => self.root = Some(done),
            }
        }
    }

    fn text(&mut self, text: &str, line: u64) -> Result<(), MarkupError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
            None => {
                return Err(MarkupError::Syntax {
                    place: self.place.at_line(line),
                });
            }
        }
        Ok(())
    }
}
