//! Characters of the profile `jp-1`: what is removed, folded and kept before the rules of a field apply.

use std::sync::LazyLock;

use regex_syntax::hir::{ClassUnicode, HirKind};

/// True if nothing but the profile's spaces stands in `text`. A line break is no space.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

pub(crate) const fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{A0}' | '\u{3000}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}'
    )
}

pub(crate) const fn is_middle_dot(c: char) -> bool {
    matches!(c, '\u{30FB}' | '\u{FF65}' | '\u{B7}')
}

pub(crate) const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{FE63}' | '\u{FF0D}'
    )
}

/// The combining form (U+3099, U+309A) of a voiced mark in any of its three forms.
pub(crate) const fn voiced_mark(c: char) -> Option<char> {
    match c {
        '\u{309B}' | '\u{FF9E}' | '\u{3099}' => Some('\u{3099}'),
        '\u{309C}' | '\u{FF9F}' | '\u{309A}' => Some('\u{309A}'),
        _ => None,
    }
}

/// The full-width form of half-width katakana, U+FF66–FF9D (the long mark U+FF70 among them).
pub(crate) fn full_width_katakana(c: char) -> Option<char> {
    const FULL_WIDTH: [char; 56] = [
        'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー', 'ア', 'イ', 'ウ', 'エ',
        'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ',
        'ト', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ', 'ム', 'メ',
        'モ', 'ヤ', 'ユ', 'ヨ', 'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ', 'ン',
    ];
    let offset = u32::from(c).checked_sub(0xFF66)?;
    FULL_WIDTH.get(usize::try_from(offset).ok()?).copied()
}

/// Full-width ASCII, U+FF01–FF5E, as ASCII; every other character as it is.
pub(crate) fn fold_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c)
            .checked_sub(0xFEE0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        _ => c,
    }
}

/// Spaces out, full-width digits as ASCII digits; `None` if anything else stands in `text`.
pub(crate) fn digits(text: &str) -> Option<String> {
    text.chars()
        .filter(|c| !is_space(*c))
        .map(fold_width)
        .map(|c| c.is_ascii_digit().then_some(c))
        .collect()
}

/// What composition leaves as it is wherever it stands, and is a letter or ASCII: the kana without their marks, and the
/// unified ideographs. No other letter is known to be one without looking it up.
pub(crate) const fn is_inert(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x7F' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' | '\u{4E00}'..='\u{9FFF}'
    )
}

/// A letter without case (Lo) or a modifier letter (Lm) of Unicode 14.
pub(crate) fn is_letter(c: char) -> bool {
    contains(&LETTERS, c)
}

/// A combining mark (Mn, Mc, Me) of Unicode 14.
pub(crate) fn is_mark(c: char) -> bool {
    contains(&MARKS, c)
}

// `Age:14.0` is every code point assigned up to Unicode 14. The categories are those of the Unicode version that
// regex-syntax carries; a unit test compares both sets with Unicode 14, so an update that moved a category would fail it.
static LETTERS: LazyLock<ClassUnicode> = LazyLock::new(|| class(r"[[\p{Lo}\p{Lm}]&&\p{Age:14.0}]"));
static MARKS: LazyLock<ClassUnicode> = LazyLock::new(|| class(r"[\p{M}&&\p{Age:14.0}]"));

#[expect(
    clippy::panic,
    reason = "the patterns are constants, and every test of this module parses them"
)]
fn class(pattern: &str) -> ClassUnicode {
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(regex_syntax::hir::Class::Unicode(class))) => class,
        _ => panic!("the pattern is not a class of code points"),
    }
}

fn contains(class: &ClassUnicode, c: char) -> bool {
    class
        .ranges()
        .binary_search_by(|range| {
            if range.end() < c {
                std::cmp::Ordering::Less
            } else if range.start() > c {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// Number of code points for which `holds`, and SHA-256 over them as big-endian u32 in order.
    fn digest_of(holds: impl Fn(char) -> bool) -> (usize, String) {
        let held: Vec<char> = ('\0'..=char::MAX).filter(|c| holds(*c)).collect();
        let mut hash = Sha256::new();
        for c in &held {
            hash.update(u32::from(*c).to_be_bytes());
        }
        (held.len(), data_encoding::HEXLOWER.encode(&hash.finalize()))
    }

    // The expected values come from Python 3.11, whose `unicodedata` is Unicode 14.0.0.
    #[test]
    fn letters_and_marks_are_those_of_unicode_14() {
        assert_eq!(
            digest_of(is_letter),
            (
                127_667,
                "23d8515fa956bcb17f9402c88809059647831159b8ddda42fa0f58864a544cb3".to_owned()
            )
        );
        assert_eq!(
            digest_of(is_mark),
            (
                2_408,
                "73b79dd16d61b54f4b9231eb7bf686f1011210d5fe422ee705b20a781d7dd295".to_owned()
            )
        );
    }

    #[test]
    fn what_is_inert_is_a_letter_that_composition_leaves_alone() {
        use unicode_normalization::char::canonical_combining_class;
        use unicode_normalization::{IsNormalized, is_nfc_quick};

        for c in ('\0'..=char::MAX).filter(|c| is_inert(*c)) {
            assert!(c.is_ascii() || (is_letter(c) && !is_mark(c)), "{c:?}");
            // A text of starters that are all "yes" is composed (UAX 15, detecting normalization forms).
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
            assert_eq!(is_nfc_quick(std::iter::once(c)), IsNormalized::Yes, "{c:?}");
        }
    }

    #[test]
    fn a_letter_of_unicode_15_is_unknown() {
        assert!(is_letter('\u{10EB0}'), "YEZIDI, Unicode 13");
        assert!(!is_letter('\u{11F04}'), "KAWI LETTER A, Unicode 15");
        assert!(!is_letter('\u{31350}'), "CJK extension H, Unicode 15");
    }

    #[test]
    fn a_line_break_is_no_space() {
        assert!(is_blank(""));
        assert!(is_blank(" \t\u{A0}\u{3000}\u{2003}\u{202F}\u{205F}"));
        for other in [
            "\n", "\r", "\u{200B}", "\u{FEFF}", "\u{1680}", "\u{2028}", "\0",
        ] {
            assert!(!is_blank(other), "{other:?}");
        }
    }

    #[test]
    fn half_width_katakana_begins_and_ends_where_the_profile_says() {
        assert_eq!(full_width_katakana('\u{FF65}'), None);
        assert_eq!(full_width_katakana('\u{FF66}'), Some('ヲ'));
        assert_eq!(full_width_katakana('\u{FF70}'), Some('ー'));
        assert_eq!(full_width_katakana('\u{FF9D}'), Some('ン'));
        assert_eq!(full_width_katakana('\u{FF9E}'), None);
        assert_eq!(full_width_katakana('ア'), None);
    }

    #[test]
    fn width_is_folded_for_ascii_only() {
        assert_eq!(fold_width('！'), '!');
        assert_eq!(fold_width('～'), '~');
        assert_eq!(fold_width('\u{FF5F}'), '\u{FF5F}');
        assert_eq!(fold_width('\u{3000}'), '\u{3000}');
        assert_eq!(digits(" １2\u{3000}"), Some("12".to_owned()));
        assert_eq!(digits("1٢"), None, "an Arabic-Indic digit is no digit here");
    }
}
