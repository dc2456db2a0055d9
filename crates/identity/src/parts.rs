//! Persons whose canonical values lie elsewhere, as in a registry's block: held to their form, and not copied.

use std::fmt;

use jiff::civil::Date;
use zeroize::optimization_barrier;

use crate::era::FIRST_DAY;
use crate::insured::{Symbol, is_plain};
use crate::kana::{is_canonical, of_code};
use crate::person::{InsuredNumber, Triple};
use crate::sex::Sex;

/// An [`InsuredNumber`] in parts.
#[derive(Clone, Copy)]
pub struct NumberParts<'a> {
    pub(crate) insurer: [u8; 8],
    pub(crate) symbol: &'a [u8],
    pub(crate) number: &'a [u8],
    branch: Option<[u8; 2]>,
}

/// A [`Triple`] in parts.
#[derive(Clone, Copy)]
pub struct TripleParts<'a> {
    kana: KanaPart<'a>,
    pub(crate) birth: [u8; 8],
    pub(crate) sex: Sex,
}

impl fmt::Debug for NumberParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberParts(redacted)")
    }
}

impl fmt::Debug for TripleParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TripleParts(redacted)")
    }
}

#[derive(Clone, Copy)]
enum KanaPart<'a> {
    Text(&'a str),
    /// As `Kana::append` writes them.
    Codes(&'a [u8]),
}

impl<'a> NumberParts<'a> {
    /// The number with these values: the insurer's digits as a number, symbol and number as text, the branch's digits as
    /// a number, if it has one. `None` if they are not canonical.
    #[inline]
    pub fn canonical(
        insurer: u32,
        symbol: &'a [u8],
        number: &'a [u8],
        branch: Option<u8>,
    ) -> Option<Self> {
        let branch = match branch {
            Some(branch) => Some(decimal(branch.into())?),
            None => None,
        };
        if !is_symbol(symbol) || number.is_empty() || !is_symbol(number) {
            return None;
        }
        Some(Self {
            insurer: decimal(insurer)?,
            symbol,
            number,
            branch,
        })
    }

    pub(crate) fn of(number: &'a InsuredNumber) -> Self {
        let mut insurer = [b'0'; 8];
        for (to, from) in insurer.iter_mut().zip(number.insurer.as_str().bytes()) {
            *to = from;
        }
        Self {
            insurer,
            symbol: number.symbol.as_str().as_bytes(),
            number: number.number.as_str().as_bytes(),
            branch: number.branch.as_str().as_bytes().first_chunk().copied(),
        }
    }

    pub(crate) fn branch(&self) -> &[u8] {
        self.branch.as_ref().map_or(&[], <[u8; 2]>::as_slice)
    }
}

impl<'a> TripleParts<'a> {
    /// The triple with these values: kana as [`Kana::append`](crate::Kana::append) writes them, the birth date's eight
    /// digits as a number. `None` if they are not canonical.
    #[inline]
    pub fn canonical(kana: &'a [u8], birth: u32, sex: Sex) -> Option<Self> {
        let part = |value: u32| i16::try_from(value).ok();
        let day = Date::new(
            part(birth / 10_000)?,
            i8::try_from(birth / 100 % 100).ok()?,
            i8::try_from(birth % 100).ok()?,
        );
        if !is_canonical(kana) || day.ok()? < FIRST_DAY {
            return None;
        }
        Some(Self {
            kana: KanaPart::Codes(kana),
            birth: decimal(birth)?,
            sex,
        })
    }

    pub(crate) fn of(triple: &'a Triple) -> Self {
        Self {
            kana: KanaPart::Text(triple.kana.as_str()),
            birth: triple.birth.digits(),
            sex: triple.sex,
        }
    }

    /// Calls `act` with the name as text.
    #[inline]
    pub(crate) fn with_kana(&self, act: impl FnOnce(&[u8])) {
        match self.kana {
            KanaPart::Text(text) => act(text.as_bytes()),
            // Most names are that short, and a large buffer is as much to wipe.
            KanaPart::Codes(codes) if codes.len() <= 16 => written::<48>(codes, act),
            KanaPart::Codes(codes) => written::<300>(codes, act),
        }
    }
}

/// Calls `act` with the text of `codes` and wipes it. Every kana takes three bytes.
#[inline]
fn written<const N: usize>(codes: &[u8], act: impl FnOnce(&[u8])) {
    let mut text = [0; N];
    for (three, code) in text.as_chunks_mut::<3>().0.iter_mut().zip(codes) {
        of_code(*code).encode_utf8(three);
    }
    act(text.get(..codes.len().wrapping_mul(3)).unwrap_or_default());
    text = [0; N];
    optimization_barrier(&text);
}

/// Whether a symbol or number is its own canonical form.
#[inline]
fn is_symbol(text: &[u8]) -> bool {
    is_plain(text) || is_unusual_symbol(text)
}

#[cold]
fn is_unusual_symbol(text: &[u8]) -> bool {
    std::str::from_utf8(text)
        .is_ok_and(|text| Symbol::parse(text).is_ok_and(|symbol| symbol.as_str() == text))
}

/// `N` decimal digits; `None` if there are more.
#[inline]
fn decimal<const N: usize>(mut value: u32) -> Option<[u8; N]> {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add(u8::try_from(value % 10).unwrap_or_default());
        value /= 10;
    }
    (value == 0).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::message;
    use crate::{BirthDate, Branch, ByKana, ByNumber, Insurer, Kana, Number};

    proptest! {
        #[test]
        fn parts_are_the_number_they_were_taken_from(
            insurer in "[0-9]{6}|[0-9]{8}|[０-９]{8}",
            symbol in "[0-9A-Z-]{0,4}|[a-zあ-んア-ンｶﾞ－ ]{0,5}|[1あ]{38,42}",
            number in "[0-9-]{0,9}|[０-９ｱ漢]{0,5}",
            branch in "[0-9]{0,2}|[０-９]{1,2}",
        ) {
            let parsed = || Some(InsuredNumber {
                insurer: Insurer::parse(&insurer).ok()?,
                symbol: Symbol::parse(&symbol).ok()?,
                number: Number::parse(&number).ok()?,
                branch: Branch::parse(&branch).ok()?,
            });
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let mut appended = || Some((
                Insurer::value(&insurer).ok()?,
                Symbol::append(&symbol, &mut one).ok()?,
                Number::append(&number, &mut other).ok()?,
                Branch::value(&branch).ok()?,
            ));
            let (parsed, appended) = (parsed(), appended());
            prop_assert_eq!(parsed.is_some(), appended.is_some());
            if let (Some(parsed), Some((insurer, (), (), branch))) = (parsed, appended) {
                let parts = NumberParts::canonical(insurer, &one, &other, branch).unwrap();
                prop_assert_eq!(message::<ByNumber>(&parts), message::<ByNumber>(&NumberParts::of(&parsed)));
            }
        }

        #[test]
        fn parts_are_the_triple_they_were_taken_from(
            kana in "[ァ-ヺｦ-ﾟー ]{0,12}|[アガ]{98,102}|[アヴ]{15,18}",
            day in 0_i32..60_000,
            male: bool,
        ) {
            let day = FIRST_DAY.checked_add(jiff::Span::new().days(day)).unwrap();
            let text = day.strftime("%Y%m%d").to_string();
            let sex = if male { Sex::Male } else { Sex::Female };
            let mut codes = Vec::new();
            let appended = Kana::append(&kana, &mut codes);
            let parsed = Kana::parse(&kana);
            prop_assert_eq!(parsed.as_ref().err(), appended.as_ref().err());
            if let Ok(kana) = parsed {
                let triple = Triple { kana, birth: BirthDate::parse(&text, Date::MAX).unwrap(), sex };
                let parts = TripleParts::canonical(&codes, text.parse().unwrap(), sex).unwrap();
                prop_assert_eq!(message::<ByKana>(&parts), message::<ByKana>(&TripleParts::of(&triple)));
            }
        }

        #[test]
        fn only_what_is_canonical_has_parts(text in "\\PC{0,6}|[0-9A-Za-z-]{0,42}|[ァ-ヺ゛ｦ-ﾟ]{1,4}") {
            let canonical = Symbol::parse(&text).is_ok_and(|symbol| symbol.as_str() == text);
            let symbol = NumberParts::canonical(1, text.as_bytes(), b"1", None);
            prop_assert_eq!(symbol.is_some(), canonical);
            let number = NumberParts::canonical(1, b"", text.as_bytes(), None);
            prop_assert_eq!(number.is_some(), canonical && !text.is_empty());
        }

        #[test]
        fn values_are_read_as_they_are_parsed(text in "[0-9]{0,9}|[0-9０-９ ]{0,9}|\\PC{0,4}") {
            let insurer = Insurer::parse(&text).map(|insurer| insurer.as_str().parse::<u32>().unwrap());
            prop_assert_eq!(Insurer::value(&text), insurer);
            let branch = Branch::parse(&text).map(|branch| branch.as_str().parse::<u8>().ok());
            prop_assert_eq!(Branch::value(&text), branch);
            let mut out = vec![1];
            let symbol = Symbol::append(&text, &mut out).map(|()| out.split_off(1));
            prop_assert_eq!(symbol, Symbol::parse(&text).map(|symbol| symbol.as_str().as_bytes().to_vec()));
            let number = Number::append(&text, &mut out);
            prop_assert_eq!(number.err(), Number::parse(&text).err());
        }
    }

    #[test]
    fn numbers_too_large_and_days_that_are_none_have_no_parts() {
        let number = |insurer, branch| NumberParts::canonical(insurer, b"", b"1", branch);
        assert!(number(99_999_999, Some(99)).is_some());
        assert!(number(100_000_000, None).is_none() && number(1, Some(100)).is_none());
        assert!(NumberParts::canonical(1, b"\xFF", b"1", None).is_none());
        let birth = |birth| TripleParts::canonical(&[2], birth, Sex::Male).is_some();
        assert!(birth(18_680_125) && birth(20_261_122));
        for none in [0, 18_680_124, 20_230_229, 20_231_301, 99_991_232, u32::MAX] {
            assert!(!birth(none), "{none}");
        }
    }
}
