//! Name in katakana: canonical form `KANA-1`.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::profile::{full_width_katakana, is_dash, is_mark, is_middle_dot, is_space, voiced_mark};
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Name in katakana (カナ氏名) in its canonical form: full-width, composed, small kana written large, no spaces.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kana(Box<str>);

redacted_debug!(Kana);

/// What the code point of a canonical kana is counted from in [`Kana::append`]; the first that occurs is one more.
pub(crate) const BASE: u32 = 0x30A0;

/// Codes of canonical kana are below this.
const CODES: usize = 0x60;

/// Code of the long mark ー.
const LONG_MARK: u8 = 0x5C;

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

    /// Appends the canonical form with one byte for each kana, its code point less U+30A0: [`Kana::parse`] for who has
    /// millions of names.
    ///
    /// # Errors
    /// Those of [`Kana::parse`]; nothing is appended.
    #[inline]
    pub fn append(text: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
        let before = out.len();
        if append_usual(text, out).is_some() && is_canonical(out.get(before..).unwrap_or_default())
        {
            return Ok(());
        }
        // What is unusual, and everything that is rejected.
        out.truncate(before);
        let kana = Self::parse(text)?;
        out.extend(kana.0.chars().filter_map(code));
        Ok(())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The code of a kana, large or small.
fn code(c: char) -> Option<u8> {
    u32::from(c)
        .checked_sub(BASE)
        .and_then(|code| u8::try_from(code).ok())
        .filter(|code| (1..CODES).contains(&usize::from(*code)))
}

/// The kana with this code.
#[inline]
pub(crate) fn of_code(code: u8) -> char {
    char::from_u32(BASE.wrapping_add(u32::from(code))).unwrap_or_default()
}

/// Whether these are the codes of a canonical name.
#[inline]
pub(crate) fn is_canonical(codes: &[u8]) -> bool {
    let known = |code: &u8| {
        LARGE
            .get(usize::from(*code))
            .is_some_and(|large| large == code)
    };
    matches!(codes, [first, ..] if *first != LONG_MARK && codes.len() <= Kana::LONGEST)
        && codes.iter().all(|code| *code != 0 && known(code))
}

/// Appends the codes of a text of spaces, katakana of both widths and half-width marks that join; `None` where anything
/// else stands. Of what it appends only the length and the first kana are still to be judged.
#[inline]
fn append_usual(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text.as_bytes();
    let mut pending = None;
    while let Some((first, after)) = rest.split_first() {
        // The characters of three bytes, which nearly all are, need not be put together.
        let next = if let (0xE3 | 0xEF, [second, third, later @ ..]) = (*first, after) {
            rest = later;
            match (*first, *second) {
                (0xE3, 0x82) => Usual::kana(third.wrapping_sub(0xA0)),
                (0xE3, 0x83) => Usual::kana((third & 0x3F).wrapping_add(0x20)),
                (0xE3, 0x80) if *third == 0x80 => Usual::Space,
                (0xEF, 0xBD) => Usual::half(*third, 0xA6),
                (0xEF, 0xBE) => Usual::half(third.wrapping_add(0x40), 0xA6),
                _ => return None,
            }
        } else {
            rest = after;
            if *first != b' ' {
                return None;
            }
            Usual::Space
        };
        match next {
            Usual::Space => {}
            Usual::Kana(code) => {
                if let Some(before) = pending.replace(code) {
                    out.push(large_code(before)?);
                }
            }
            Usual::Mark(mark) => {
                let joined = JOINED.get(usize::from(mark))?;
                let code = *joined.get(usize::from(pending?))?;
                pending = Some(Some(code).filter(|code| *code != 0)?);
            }
            Usual::Other => return None,
        }
    }
    if let Some(before) = pending {
        out.push(large_code(before)?);
    }
    Some(())
}

/// A character of [`append_usual`].
enum Usual {
    Space,
    Kana(u8),
    /// 0 voiced, 1 half-voiced.
    Mark(u8),
    Other,
}

impl Usual {
    #[inline]
    fn kana(code: u8) -> Self {
        if LARGE
            .get(usize::from(code))
            .is_some_and(|large| *large != 0)
        {
            Self::Kana(code)
        } else {
            Self::Other
        }
    }

    /// Half-width, counted from `first`.
    #[inline]
    fn half(at: u8, first: u8) -> Self {
        let offset = at.wrapping_sub(first);
        match offset {
            0..56 => HALF
                .get(usize::from(offset))
                .map_or(Self::Other, |code| Self::Kana(*code)),
            56 | 57 => Self::Mark(offset.wrapping_sub(56)),
            _ => Self::Other,
        }
    }
}

#[inline]
fn large_code(code: u8) -> Option<u8> {
    LARGE.get(usize::from(code)).copied()
}

/// By code, the code of the large kana; 0 for what is no kana of a name.
const LARGE: [u8; CODES] = {
    let mut table = [0; CODES];
    let mut at = 1_u8;
    while (at as usize) < CODES {
        if matches!(at, 0x01..=0x5A | LONG_MARK)
            && let Some(c) = char::from_u32(BASE.wrapping_add(at as u32))
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::indexing_slicing,
                reason = "a large kana is one of the block; a wrong place would not compile"
            )]
            {
                table[at as usize] = (large(c) as u32).wrapping_sub(BASE) as u8;
            }
        }
        at = at.wrapping_add(1);
    }
    table
};

/// Codes of the half-width kana from U+FF66.
static HALF: LazyLock<[u8; 56]> = LazyLock::new(|| {
    let mut at = 0xFF66;
    [(); 56].map(|()| {
        let found = char::from_u32(at)
            .and_then(full_width_katakana)
            .and_then(code);
        at = at.wrapping_add(1);
        found.unwrap_or_default()
    })
});

/// By mark and code, what a kana and the mark after it are together; 0 where they don't join.
static JOINED: LazyLock<[[u8; CODES]; 2]> = LazyLock::new(|| {
    ['\u{3099}', '\u{309A}'].map(|mark| {
        let mut at = 0_u8;
        [(); CODES].map(|()| {
            let mut joined = [of_code(at), mark].into_iter().nfc();
            at = at.wrapping_add(1);
            match (joined.next(), joined.next()) {
                (Some(one), None) => code(one).unwrap_or_default(),
                _ => 0,
            }
        })
    })
});

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

    fn appended(text: &str) -> Result<String, Reject> {
        let mut codes = vec![7];
        Kana::append(text, &mut codes).inspect_err(|_| assert_eq!(codes, [7]))?;
        assert!(is_canonical(&codes[1..]));
        Ok(codes[1..].iter().map(|code| of_code(*code)).collect())
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]
        #[test]
        fn appending_is_parsing(text in proptest::prop_oneof![
            "\\PC{0,20}",
            "[ァ-ヺーヽヾ・]{0,8}",
            "[ｦ-ﾟァ-ヺ \u{3000}]{0,12}",
            "[カ-トハ-ホウワｳｶﾊ][ﾞﾟ゛゜\u{3099}\u{309A} ]{0,3}[ァ-ヺｦ-ﾟ]{0,3}",
            "[ァ-ヺぁ-ゖｦ-ﾟー゛゜\u{3099}\u{309A}・･ \u{3000}－−-]{0,12}",
            "[アガ]{97,103}",
            "(ｶﾞ|ー| ){97,103}",
        ]) {
            proptest::prop_assert_eq!(appended(&text), canonical(&text));
        }
    }

    #[test]
    fn appending_is_parsing_for_every_character_and_every_pair_of_kana() {
        for c in '\0'..=char::MAX {
            for text in [c.to_string(), format!("ア{c}"), format!("{c}カ")] {
                assert_eq!(appended(&text), canonical(&text), "{text:?}");
            }
        }
        let kana = || ('\u{3041}'..='\u{30FF}').chain('\u{FF61}'..='\u{FF9F}');
        for one in kana() {
            for other in kana() {
                let text = format!("{one}{other}");
                assert_eq!(appended(&text), canonical(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn canonical_codes_are_those_of_canonical_names() {
        for code in 0..=u8::MAX {
            let text = format!("ア{}", of_code(code));
            assert_eq!(
                is_canonical(&[2, code]),
                canonical(&text) == Ok(text),
                "{code}"
            );
        }
        assert!(!is_canonical(&[]) && !is_canonical(&[LONG_MARK, 2]));
        assert!(is_canonical(&[2; 100]) && !is_canonical(&[2; 101]));
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
