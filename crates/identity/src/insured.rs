//! Insurer, symbol, number and branch of an insurance card: canonical form `SYM-1` and the digit fields.

use unicode_normalization::UnicodeNormalization;

use crate::profile::{
    digits, fold_width, full_width_katakana, is_dash, is_inert, is_letter, is_mark, is_middle_dot,
    is_space, voiced_mark,
};
use crate::redacted::redacted_debug;
use crate::reject::Reject;

/// Symbol (記号) of an insured person in its canonical form; may be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Box<str>);

/// Number (番号) of an insured person in its canonical form; never empty, leading zeros kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Box<str>);

/// Insurer number (保険者番号): 8 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Insurer(Box<str>);

/// Branch (枝番) of an insured number: empty or 2 digits. Empty (not stated) and `00` are different.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Branch(Box<str>);

/// Loose form of symbol and number, only for a second look-up: without dashes and the number's leading zeros.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loose(Box<str>);

redacted_debug!(Symbol, Number, Insurer, Branch, Loose);

impl Symbol {
    /// Canonical form of a symbol. A blank text is the empty symbol.
    ///
    /// # Errors
    /// [`Reject::Character`], [`Reject::Mark`], [`Reject::Length`].
    pub fn parse(text: &str) -> Result<Self, Reject> {
        sym1(text).map(|canonical| Self(canonical.into_boxed_str()))
    }

    /// Appends the canonical form of a symbol: [`Symbol::parse`] for who has millions of them.
    ///
    /// # Errors
    /// Those of [`Symbol::parse`]; nothing is appended.
    #[inline]
    pub fn append(text: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
        if is_plain(text.as_bytes()) {
            out.extend_from_slice(text.as_bytes());
        } else {
            let before = out.len();
            if append_usual(text, out).is_none() {
                // What is unusual, and everything that is rejected.
                out.truncate(before);
                out.extend_from_slice(sym1(text)?.as_bytes());
            }
        }
        Ok(())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Number {
    /// Canonical form of a number.
    ///
    /// # Errors
    /// [`Reject::Character`], [`Reject::Mark`], [`Reject::Length`], [`Reject::Empty`].
    pub fn parse(text: &str) -> Result<Self, Reject> {
        let canonical = sym1(text)?;
        if canonical.is_empty() {
            return Err(Reject::Empty);
        }
        Ok(Self(canonical.into_boxed_str()))
    }

    /// Appends the canonical form of a number, as [`Symbol::append`] does.
    ///
    /// # Errors
    /// Those of [`Number::parse`]; nothing is appended.
    #[inline]
    pub fn append(text: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
        let before = out.len();
        Symbol::append(text, out)?;
        if out.len() == before {
            return Err(Reject::Empty);
        }
        Ok(())
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Insurer {
    /// Canonical form of an insurer number; 6 digits (国保) get `00` in front.
    ///
    /// # Errors
    /// [`Reject::Character`], [`Reject::Length`] (also when nothing is there).
    pub fn parse(text: &str) -> Result<Self, Reject> {
        let mut canonical = digits(text).ok_or(Reject::Character)?;
        if canonical.len() == 6 {
            canonical.insert_str(0, "00");
        }
        if canonical.len() != 8 {
            return Err(Reject::Length);
        }
        Ok(Self(canonical.into_boxed_str()))
    }

    /// The 8 digits of the canonical form as one number.
    ///
    /// # Errors
    /// Those of [`Insurer::parse`].
    #[inline]
    pub fn value(text: &str) -> Result<u32, Reject> {
        if matches!(text.len(), 6 | 8)
            && let Some(value) = ascii_digits(text.as_bytes())
        {
            return Ok(value);
        }
        let canonical = Self::parse(text)?;
        ascii_digits(canonical.0.as_bytes()).ok_or(Reject::Character)
    }

    /// The 8 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Law code (法別番号): the first two digits; `39` is 後期高齢者医療, `00` 国保.
    pub fn law(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    /// Whether the last digit is the check digit (検証番号) of the others. A diagnostic only: real numbers that fail it exist.
    pub fn check_digit_holds(&self) -> bool {
        ascii_digits(self.0.as_bytes()).is_some_and(Self::value_has_check_digit)
    }

    /// [`Insurer::check_digit_holds`] of the eight digits as one number.
    pub const fn value_has_check_digit(mut value: u32) -> bool {
        let (mut sum, mut weight) = (0_u32, 1);
        while value > 0 {
            let product = (value % 10).wrapping_mul(weight);
            // The digit sum of a two-digit product is the product less 9.
            sum = sum.wrapping_add(if product > 9 {
                product.wrapping_sub(9)
            } else {
                product
            });
            value /= 10;
            weight = 3_u32.wrapping_sub(weight);
        }
        sum % 10 == 0
    }
}

impl Branch {
    /// Canonical form of a branch: blank stays empty, one digit gets `0` in front.
    ///
    /// # Errors
    /// [`Reject::Character`], [`Reject::Length`].
    pub fn parse(text: &str) -> Result<Self, Reject> {
        let mut canonical = digits(text).ok_or(Reject::Character)?;
        match canonical.len() {
            0 | 2 => {}
            1 => canonical.insert(0, '0'),
            _ => return Err(Reject::Length),
        }
        Ok(Self(canonical.into_boxed_str()))
    }

    /// The two digits of the canonical form as one number; `None` if no branch is stated.
    ///
    /// # Errors
    /// Those of [`Branch::parse`].
    #[inline]
    pub fn value(text: &str) -> Result<Option<u8>, Reject> {
        match *text.as_bytes() {
            [] => return Ok(None),
            [one @ b'0'..=b'9'] => return Ok(Some(one.wrapping_sub(b'0'))),
            [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => return Ok(Some(two_digits(ten, one))),
            _ => {}
        }
        let canonical = Self::parse(text)?;
        Ok(match *canonical.0.as_bytes() {
            [ten, one] => Some(two_digits(ten, one)),
            _ => None,
        })
    }

    /// The empty text or 2 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no branch is stated, which is not `00`.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Loose {
    /// Loose form: dashes out of both, leading zeros out of the number (a last zero stays), joined by U+001F.
    pub fn of(symbol: &Symbol, number: &Number) -> Self {
        let symbol = symbol.as_str().replace('-', "");
        let number = number.as_str().replace('-', "");
        let stripped = number.trim_start_matches('0');
        let number = if stripped.is_empty() && !number.is_empty() {
            "0"
        } else {
            stripped
        };
        Self(format!("{symbol}\u{1F}{number}").into_boxed_str())
    }

    /// The loose text; U+001F can't stand in a canonical symbol or number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Code points of a symbol or number.
const LONGEST: usize = 40;

/// Whether the bytes are the canonical form of themselves because nothing in them is ever folded: digits, upper-case
/// letters and dashes of ASCII.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    text.len() <= LONGEST
        && text
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'-'))
}

/// Appends the canonical form of a text of spaces, plain characters, the same in full width, kana and ideographs that
/// stay as they are; `None` where anything else stands, or too much.
#[inline]
fn append_usual(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut count = 0_usize;
    for c in text.chars() {
        if c == ' ' || c == '\u{3000}' {
            continue;
        }
        match fold_width(c) {
            folded @ ('0'..='9' | 'A'..='Z' | '-') => out.push(u8::try_from(folded).ok()?),
            folded @ 'a'..='z' => out.push(u8::try_from(folded).ok()?.to_ascii_uppercase()),
            _ if !c.is_ascii() && is_inert(c) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return None,
        }
        count = count.wrapping_add(1);
    }
    (count <= LONGEST).then_some(())
}

/// The value of at most nine digits.
#[inline]
fn ascii_digits(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value.wrapping_mul(10).wrapping_add(u32::from(digit)))
    })
}

#[inline]
fn two_digits(ten: u8, one: u8) -> u8 {
    ten.wrapping_sub(b'0')
        .wrapping_mul(10)
        .wrapping_add(one.wrapping_sub(b'0'))
}

/// `SYM-1`, which symbol and number share.
fn sym1(text: &str) -> Result<String, Reject> {
    let mut folded = String::with_capacity(text.len());
    let mut inert = true;
    for c in text.chars().filter(|c| !is_space(*c) && !is_middle_dot(*c)) {
        let c = sym1_character(c).ok_or(Reject::Character)?;
        inert &= is_inert(c);
        folded.push(c);
    }
    if inert {
        return short_enough(folded);
    }
    let composed: String = folded.nfc().collect();
    if composed.chars().any(is_mark) {
        return Err(Reject::Mark);
    }
    short_enough(composed)
}

fn short_enough(composed: String) -> Result<String, Reject> {
    if composed.chars().count() > LONGEST {
        return Err(Reject::Length);
    }
    Ok(composed)
}

fn sym1_character(c: char) -> Option<char> {
    if is_dash(c) {
        return Some('-');
    }
    if let Some(folded) = voiced_mark(c).or_else(|| full_width_katakana(c)) {
        return Some(folded);
    }
    let c = fold_width(c);
    if c.is_ascii() {
        return c.is_ascii_alphanumeric().then(|| c.to_ascii_uppercase());
    }
    (is_inert(c) || is_letter(c)).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(text: &str) -> Result<String, Reject> {
        Symbol::parse(text).map(|symbol| symbol.as_str().to_owned())
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]
        #[test]
        fn appending_is_parsing(text in proptest::prop_oneof![
            "\\PC{0,12}",
            "[0-9A-Za-z０-９Ａ-Ｚａ-ｚ－あ-んァ-ヺー・一-鿿 \u{3000}-]{0,12}",
            "[あｱﾞ゛\u{3099}カ1]{0,6}",
            "[1１あ]{38,42}",
        ]) {
            let mut out = vec![7];
            let appended = Symbol::append(&text, &mut out).map(|()| out.split_off(1));
            proptest::prop_assert_eq!(appended, symbol(&text).map(String::into_bytes));
            proptest::prop_assert_eq!(out, [7]);
        }
    }

    #[test]
    fn appending_is_parsing_for_every_character() {
        for c in '\0'..=char::MAX {
            // Beside others where they can join; no mark of a language that is written in kana lies further.
            let beside = [format!("あ{c}"), format!("{c}カ")];
            let beside = beside.into_iter().filter(|_| c <= '\u{FFFF}');
            for text in beside.chain([c.to_string()]) {
                let mut out = Vec::new();
                let appended = Symbol::append(&text, &mut out).map(|()| out);
                assert_eq!(appended, symbol(&text).map(String::into_bytes), "{text:?}");
            }
        }
    }

    #[test]
    fn every_dash_is_one_dash_but_the_long_mark_is_none() {
        assert_eq!(symbol("-‐‑‒–—―−─﹣－").as_deref(), Ok("-----------"));
        assert_eq!(symbol("ｰー").as_deref(), Ok("ーー"));
    }

    #[test]
    fn letters_of_other_scripts_stay_and_their_marks_are_left_over() {
        assert_eq!(symbol("กא한").as_deref(), Ok("กא한"));
        assert_eq!(
            symbol("\u{1112}\u{1161}\u{11AB}").as_deref(),
            Ok("한"),
            "NFC joins Hangul"
        );
        assert_eq!(
            symbol("\u{FA19}").as_deref(),
            Ok("神"),
            "NFC replaces compatibility ideographs"
        );
        // These letters fall apart in NFC; the second mark has combining class 0.
        assert_eq!(symbol("\u{0958}"), Err(Reject::Mark));
        assert_eq!(symbol("\u{0F43}"), Err(Reject::Mark));
        assert_eq!(
            symbol("ก\u{0E31}"),
            Err(Reject::Character),
            "a mark that isn't a voiced mark"
        );
    }

    #[test]
    fn other_ascii_cased_letters_and_new_letters_are_no_characters() {
        for text in [
            "A.B",
            "A/B",
            "A_B",
            "＿",
            "(1)",
            "é",
            "Я",
            "\u{212A}",
            "〇",
            "ⅰ",
            "\u{11F04}",
            "1\n",
        ] {
            assert_eq!(symbol(text), Err(Reject::Character), "{text:?}");
        }
    }

    #[test]
    fn the_length_of_a_number_is_judged_before_its_absence() {
        assert!(Number::parse(&"1".repeat(40)).is_ok());
        assert_eq!(Number::parse(&"1".repeat(41)).err(), Some(Reject::Length));
        assert_eq!(Number::parse("・　").err(), Some(Reject::Empty));
    }

    #[test]
    fn an_insurer_number_has_six_or_eight_digits() {
        assert_eq!(Insurer::parse("  133066").unwrap().as_str(), "00133066");
        for (text, reject) in [
            ("", Reject::Length),
            ("13306", Reject::Length),
            ("1330661", Reject::Length),
            ("001330661", Reject::Length),
            ("13-3066", Reject::Character),
            ("13306６６٢", Reject::Character),
        ] {
            assert_eq!(Insurer::parse(text).err(), Some(reject), "{text:?}");
        }
    }

    #[test]
    fn published_insurer_numbers_have_their_check_digit() {
        for text in [
            "33120015", "06132013", "01130012", "39131107", "63132013", "01270024", "133066",
            "138057",
        ] {
            assert!(Insurer::parse(text).unwrap().check_digit_holds(), "{text}");
        }
        for text in ["12345678", "00012345", "83136019", "33120016"] {
            assert!(!Insurer::parse(text).unwrap().check_digit_holds(), "{text}");
        }
    }

    #[test]
    fn an_absent_branch_is_not_the_branch_00() {
        assert_ne!(Branch::parse("").unwrap(), Branch::parse("00").unwrap());
        assert_eq!(Branch::parse("０").unwrap(), Branch::parse("00").unwrap());
        assert_eq!(Branch::parse("001").err(), Some(Reject::Length));
        assert_eq!(Branch::parse("-1").err(), Some(Reject::Character));
    }

    #[test]
    fn the_loose_form_keeps_a_zero_only_where_one_was() {
        let loose = |symbol, number| {
            Loose::of(
                &Symbol::parse(symbol).unwrap(),
                &Number::parse(number).unwrap(),
            )
            .as_str()
            .to_owned()
        };
        assert_eq!(loose("1-2", "00-30"), "12\u{1F}30");
        assert_eq!(loose("", "0-0"), "\u{1F}0");
        assert_eq!(loose("", "-"), "\u{1F}");
    }
}
