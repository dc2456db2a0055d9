//! Name in katakana: canonical form `KANA-1`.

use unicode_normalization::UnicodeNormalization;

use crate::profile::{full_width_katakana, is_dash, is_mark, is_middle_dot, is_space, voiced_mark};
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Name in katakana (カナ氏名) in its canonical form: full-width, composed, small kana written large, no spaces.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kana(Box<str>);

redacted_debug!(Kana);

impl Kana {
    /// Longest name, in code points of the canonical form.
    const LONGEST: usize = 100;

    /// Canonical form of a name in kana of any width, katakana or hiragana.
    ///
    /// This is an allow-list and not NFKC, which would break カ + U+309B and expand ㌔.
    ///
    /// # Errors
    /// [`Reject::Character`], [`Reject::Mark`], [`Reject::Empty`], [`Reject::LongMarkFirst`], [`Reject::Length`].
    pub fn parse(text: &str) -> Result<Self, Reject> {
        let mut folded = String::with_capacity(text.len());
        for c in text.chars().filter(|c| !is_space(*c) && !is_middle_dot(*c)) {
            folded.push(katakana(c).ok_or(Reject::Character)?);
        }
        let composed: String = folded.nfc().collect();
        if composed.chars().any(is_mark) {
            return Err(Reject::Mark);
        }
        let large: String = composed.chars().map(large).collect();
        if large.is_empty() {
            return Err(Reject::Empty);
        }
        if large.starts_with('ー') {
            return Err(Reject::LongMarkFirst);
        }
        if large.chars().count() > Self::LONGEST {
            return Err(Reject::Length);
        }
        Ok(Self(large.into_boxed_str()))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One character as full-width katakana, long mark or combining voiced mark.
fn katakana(c: char) -> Option<char> {
    if is_dash(c) || matches!(c, '\u{FF70}' | '\u{30FC}') {
        return Some('ー');
    }
    if let Some(mark) = voiced_mark(c) {
        return Some(mark);
    }
    match c {
        '\u{FF66}'..='\u{FF9D}' => full_width_katakana(c),
        // Hiragana and katakana lie 0x60 apart in the same order.
        '\u{3041}'..='\u{3096}' => u32::from(c).checked_add(0x60).and_then(char::from_u32),
        '\u{30A1}'..='\u{30FA}' => Some(c),
        _ => None,
    }
}

/// Small kana as large kana: registers and cards wrote them large for decades, so キヨウコ and キョウコ are one name.
const fn large(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Result<String, Reject> {
        Kana::parse(text).map(|kana| kana.as_str().to_owned())
    }

    #[test]
    fn every_small_kana_is_written_large() {
        assert_eq!(
            canonical("ァィゥェォッャュョヮヵヶ").as_deref(),
            Ok("アイウエオツヤユヨワカケ")
        );
        assert_eq!(
            canonical("ぁぃぅぇぉっゃゅょゎゕゖ").as_deref(),
            Ok("アイウエオツヤユヨワカケ")
        );
        assert_eq!(canonical("ｧｨｩｪｫｯｬｭｮ").as_deref(), Ok("アイウエオツヤユヨ"));
    }

    #[test]
    fn a_mark_joins_its_kana_across_a_space_that_is_taken_out() {
        assert_eq!(canonical("カ ﾞ").as_deref(), Ok("ガ"));
        assert_eq!(canonical("は\u{30FB}\u{309A}").as_deref(), Ok("パ"));
    }

    #[test]
    fn a_mark_without_a_kana_that_takes_it_is_rejected() {
        for text in [
            "ガ\u{3099}",
            "ヵ\u{3099}",
            "ー\u{3099}",
            "ン\u{309C}",
            "\u{3099}",
        ] {
            assert_eq!(canonical(text), Err(Reject::Mark), "{text:?}");
        }
    }

    #[test]
    fn a_character_outside_the_list_is_named_before_anything_else() {
        for text in [
            "ーA",
            "\u{FF9E}漢",
            "ヿ",
            "ヾ",
            "ゝ",
            "ゟ",
            "\u{1B164}",
            "ﾡ",
            "カ\nナ",
            "～",
        ] {
            assert_eq!(canonical(text), Err(Reject::Character), "{text:?}");
        }
    }

    #[test]
    fn the_mark_is_named_before_the_long_mark_and_the_length() {
        assert_eq!(canonical("ーン\u{3099}"), Err(Reject::Mark));
        assert_eq!(canonical(&"ア".repeat(101)), Err(Reject::Length));
        assert_eq!(
            canonical(&format!("-{}", "ア".repeat(101))),
            Err(Reject::LongMarkFirst)
        );
    }

    #[test]
    fn the_length_counts_composed_kana() {
        assert_eq!(canonical(&"ｶﾞ".repeat(100)), Ok("ガ".repeat(100)));
        assert_eq!(canonical(&"ｶﾞ".repeat(101)), Err(Reject::Length));
    }
}
