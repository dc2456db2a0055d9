//! The registry's rows as memory holds them: texts in one string, everything else in a few bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use renketsu_identity::Sex;

use super::day::Day;

/// No insurer, no owner yet, no first number.
pub(super) const NONE: u32 = u32::MAX;

/// A place in [`Texts`].
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: u32,
    bytes: u16,
}

/// All texts, one after the other.
#[derive(Default)]
pub(super) struct Texts(String);

impl Texts {
    /// `None` once four bytes can no longer address the place.
    pub(super) fn add(&mut self, text: &str) -> Option<Span> {
        let span = Span {
            start: u32::try_from(self.0.len()).ok()?,
            bytes: u16::try_from(text.len()).ok()?,
        };
        self.0.push_str(text);
        Some(span)
    }

    /// A span comes from [`Texts::add`] of the same value, so it is always inside.
    pub(super) fn of(&self, span: Span) -> &str {
        usize::try_from(span.start)
            .ok()
            .and_then(|start| {
                self.0
                    .get(start..start.checked_add(usize::from(span.bytes))?)
            })
            .unwrap_or_default()
    }
}

/// One row of the register, canonical.
pub(super) struct Row {
    pub(super) person: Span,
    pub(super) kana: Span,
    pub(super) symbol: Span,
    pub(super) number: Span,
    /// The eight digits as a number, or [`NONE`] in a row without a number.
    pub(super) insurer: u32,
    /// The two digits as a number; none is not `00`.
    pub(super) branch: Option<u8>,
    pub(super) household: bool,
    pub(super) birth: Day,
    pub(super) sex: Sex,
    pub(super) from: Day,
    pub(super) to: Day,
    /// Where the row stood in its file.
    pub(super) line: u32,
    /// Which person, in the order of the keys.
    pub(super) owner: u32,
    /// Hash of insurer and loose form.
    pub(super) loose: u64,
}

/// A number as something to compare: insurer, symbol, number, branch.
pub(super) type Insured<'a> = (u32, &'a str, &'a str, Option<u8>);

impl Row {
    pub(super) fn has_number(&self) -> bool {
        self.insurer != NONE
    }

    pub(super) fn insured<'a>(&self, texts: &'a Texts) -> Insured<'a> {
        (
            self.insurer,
            texts.of(self.symbol),
            texts.of(self.number),
            self.branch,
        )
    }

    /// Whether the row was valid on some day from `first` to `last`.
    pub(super) fn overlaps(&self, first: Day, last: Day) -> bool {
        self.from <= last && first <= self.to
    }
}

/// A person's rows, `start..end`, and the row of the first number or [`NONE`].
pub(super) struct Person {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) first: u32,
}

/// Finds rows, decides nothing: equal hashes are compared in full.
pub(super) fn triple_hash(kana: &str, birth: Day, sex: Sex) -> u64 {
    let mut hasher = DefaultHasher::new();
    kana.hash(&mut hasher);
    birth.hash(&mut hasher);
    sex.code().hash(&mut hasher);
    hasher.finish()
}

/// As [`triple_hash`], for an insurer's eight digits and a loose form.
pub(super) fn number_hash(insurer: &str, loose: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    insurer.hash(&mut hasher);
    loose.hash(&mut hasher);
    hasher.finish()
}
