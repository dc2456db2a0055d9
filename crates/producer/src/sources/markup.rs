//! XML documents from outside, read by events: only what is wanted of them is held. No document type, no entity but those
//! of XML itself.

mod characters;
mod fault;
mod tree;

use std::io::{self, Read};

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

pub(crate) use characters::Encoding;
pub use fault::MarkupError;
pub(crate) use tree::Element;

use super::Place;
use characters::{Characters, Fault};
use tree::Tree;

/// What of a document is wanted. Elements of other names, and all below them, are read over; so are those of another
/// namespace.
pub(crate) struct Shape {
    /// The namespace; without one, all are the same.
    pub(crate) namespace: Option<&'static str>,
    pub(crate) root: &'static str,
    /// Elements directly below the root that are given away whole.
    pub(crate) given: &'static [&'static str],
    /// Elements directly below the root whose children are given away one by one.
    pub(crate) containers: &'static [&'static str],
    /// Names of elements that are kept for what is below them.
    pub(crate) branches: &'static [&'static str],
    /// Names of elements that are kept with everything below them.
    pub(crate) leaves: &'static [&'static str],
}

/// An element that is complete.
pub(crate) struct Part {
    /// What it stands in; `None` for the root.
    pub(crate) container: Option<&'static str>,
    pub(crate) element: Element,
    /// How the document's bytes were read up to here.
    pub(crate) encoding: Encoding,
}

/// What there is to say of a document that was read to its end.
pub(crate) struct Whole {
    /// The line of its root.
    pub(crate) line: u64,
    /// The line of its first container, if it has one.
    pub(crate) container: Option<u64>,
    pub(crate) encoding: Encoding,
}

/// Why a document was not read to its end.
pub(crate) enum ReadError {
    Markup(MarkupError),
    /// The system, or whatever the bytes come out of.
    Io(io::Error),
}

impl From<MarkupError> for ReadError {
    fn from(error: MarkupError) -> Self {
        Self::Markup(error)
    }
}

/// Reads a document and gives what is wanted of it to `give`, in order; `None` if that wanted no more.
pub(crate) fn read<R: Read>(
    reader: R,
    shape: &Shape,
    place: &Place,
    give: &mut dyn FnMut(Part) -> Result<bool, MarkupError>,
) -> Result<Option<Whole>, ReadError> {
    let mut reader = NsReader::from_reader(Characters::new(reader));
    let config = reader.config_mut();
    config.check_comments = true;
    config.check_end_names = true;
    config.expand_empty_elements = true;
    let mut tree = Tree::new(shape, place);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().mark();
        let line = reader.get_ref().line();
        let syntax = || MarkupError::Syntax {
            place: place.at_line(line),
        };
        let Ok(event) = reader.read_event_into(&mut buffer) else {
            return Err(refused(reader.get_mut().take_fault(), line, place));
        };
        match event {
            Event::Start(start) => {
                let (space, _) = reader.resolver().resolve_element(start.name());
                let known = match (space, shape.namespace) {
                    (ResolveResult::Unknown(_), _) => return Err(syntax().into()),
                    (_, None) => true,
                    (ResolveResult::Bound(bound), Some(wanted)) => bound.as_ref() == wanted,
                    (ResolveResult::Unbound, Some(_)) => false,
                };
                tree.start(&start, known, line)?;
            }
            Event::End(_) => {
                let encoding = reader.get_ref().encoding();
                if let Some((container, element)) = tree.end() {
                    let part = Part {
                        container,
                        element,
                        encoding,
                    };
                    if !give(part)? {
                        return Ok(None);
                    }
                }
            }
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
                    Err(_) => return Err(syntax().into()),
                };
                tree.text(character.encode_utf8(&mut [0; 4]), line)?;
            }
            Event::DocType(_) => {
                return Err(MarkupError::Doctype {
                    place: place.at_line(line),
                }
                .into());
            }
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let encoding = reader.get_ref().encoding();
    let (line, container) = tree.finish()?;
    Ok(Some(Whole {
        line,
        container,
        encoding,
    }))
}

fn refused(fault: Option<Fault>, line: u64, place: &Place) -> ReadError {
    let here = place.at_line(line);
    match fault {
        None => MarkupError::Syntax { place: here }.into(),
        Some(Fault::Encoding) => MarkupError::Encoding {
            place: place.clone(),
        }
        .into(),
        Some(Fault::Long) => MarkupError::Large { place: here }.into(),
        Some(Fault::Io(error)) => ReadError::Io(error),
    }
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
