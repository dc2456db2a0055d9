//! Whether a text can be printed as it is written, asked of the fonts before anything is set.

use typst::layout::{Abs, Frame, FrameItem};
use typst::text::{FontInstance, FontVariant, FontVariations};
use unicode_normalization::char::{compose, is_combining_mark};

use crate::world::FONTS;

/// What of a text can't be printed: code points, or a letter with the selector or mark that no font has for it. Each once.
pub(crate) fn unprintable(text: &str) -> Vec<String> {
    let fonts: Vec<FontInstance> = FONTS
        .iter()
        .map(|font| {
            let variations = FontVariations::default();
            font.clone()
                .instantiate(FontVariant::default(), Abs::pt(10.0), &variations)
        })
        .collect();
    let mut missing: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for character in text.chars() {
        let sequence = match before {
            Some(base) if is_selector(character) => {
                (!has_variation(&fonts, base, character)).then(|| format!("{base}{character}"))
            }
            Some(base) if is_combining_mark(character) => {
                (!has_mark(&fonts, base, character)).then(|| format!("{base}{character}"))
            }
            _ => (!prints(character) || setter(&fonts, character).is_none())
                .then(|| character.to_string()),
        };
        missing.extend(sequence.filter(|sequence| !missing.contains(sequence)));
        before = Some(character);
    }
    missing
}

/// Characters that are set with the fonts' box for a missing one. Knows nothing of fields.
pub(crate) fn boxes(frame: &Frame, found: &mut Vec<String>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => boxes(&group.frame, found),
            FrameItem::Text(text) => {
                for glyph in text.glyphs.iter().filter(|glyph| glyph.id == 0) {
                    let characters = text.text.get(glyph.range()).unwrap_or_default().to_owned();
                    if !found.contains(&characters) {
                        found.push(characters);
                    }
                }
            }
            FrameItem::Shape(..)
            | FrameItem::Image(..)
            | FrameItem::Link(..)
            | FrameItem::Tag(_) => {}
        }
    }
}

/// The first font that has the character, which is the one that sets it.
fn setter(fonts: &[FontInstance], character: char) -> Option<&FontInstance> {
    fonts
        .iter()
        .find(|font| font.ttf().glyph_index(character).is_some())
}

/// A variant (異体字) is asked of the font that sets its base: another font would not be tried for it, and the plain form
/// would stand there without a word.
fn has_variation(fonts: &[FontInstance], base: char, selector: char) -> bool {
    setter(fonts, base)
        .is_some_and(|font| font.ttf().glyph_variation_index(base, selector).is_some())
}

/// A mark is set with its base, or the two as one letter.
fn has_mark(fonts: &[FontInstance], base: char, mark: char) -> bool {
    compose(base, mark).is_some_and(|both| setter(fonts, both).is_some())
        || setter(fonts, base).is_some_and(|font| font.ttf().glyph_index(mark).is_some())
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether it is a character with a form of its own, the same for every reader: no control, nothing without width, nothing
/// that turns the direction, and nothing for private use (外字), which every machine draws otherwise.
fn prints(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}'
                | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E00FF}' | '\u{F0000}'..='\u{10FFFF}'
        )
        && !is_selector(character)
        && !is_combining_mark(character)
}
