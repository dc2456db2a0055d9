//! Digests that find rows. They are written into files, so they are of published functions that never change.

use renketsu_identity::Sex;
use sha2::{Digest as _, Sha256};
use twox_hash::XxHash64;

use super::day::Day;
use super::person::Insured;

/// 64 bits of insurer and loose form (XXH64). Finds rows and decides nothing: the persons found are compared in full.
pub(crate) fn loose(insurer: u32, symbol: &[u8], number: &[u8]) -> u64 {
    let mut pieces = Pieces::new();
    pieces.put(&insurer.to_be_bytes());
    pieces.put_dashless(symbol);
    pieces.put(&[0x1F]);
    match number.iter().position(|byte| !matches!(byte, b'-' | b'0')) {
        Some(first) => pieces.put_dashless(number.get(first..).unwrap_or_default()),
        // A zero stays if nothing else is left.
        None if number.contains(&b'0') => pieces.put(b"0"),
        None => {}
    }
    pieces.digest(0)
}

/// Bytes that are digested together; most are few.
struct Pieces {
    few: [u8; 64],
    length: usize,
    /// All of them, once they are more.
    many: Vec<u8>,
}

impl Pieces {
    fn new() -> Self {
        Self {
            few: [0; 64],
            length: 0,
            many: Vec::new(),
        }
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        match self.few.get_mut(self.length..end) {
            Some(room) if self.many.is_empty() => {
                room.copy_from_slice(bytes);
                self.length = end;
            }
            _ => self.put_many(bytes),
        }
    }

    #[cold]
    fn put_many(&mut self, bytes: &[u8]) {
        if self.many.is_empty() {
            let few = self.few.get(..self.length).unwrap_or_default();
            self.many.extend_from_slice(few);
        }
        self.many.extend_from_slice(bytes);
    }

    /// What stands between the dashes.
    #[inline]
    fn put_dashless(&mut self, text: &[u8]) {
        for part in text.split(|byte| *byte == b'-') {
            self.put(part);
        }
    }

    #[inline]
    fn digest(&self, seed: u64) -> u64 {
        let all = if self.many.is_empty() {
            self.few.get(..self.length).unwrap_or_default()
        } else {
            &self.many
        };
        XxHash64::oneshot(seed, all)
    }
}

/// Whether two numbers of one insurer have the same loose form.
pub(crate) fn same_loose(a: (&[u8], &[u8]), b: (&[u8], &[u8])) -> bool {
    fn dashless(bytes: &[u8]) -> impl Iterator<Item = u8> {
        bytes.iter().copied().filter(|byte| *byte != b'-')
    }
    fn stripped(bytes: &[u8]) -> impl Iterator<Item = u8> {
        let zeros = dashless(bytes).take_while(|byte| *byte == b'0').count();
        let keep = usize::from(zeros > 0 && zeros == dashless(bytes).count());
        dashless(bytes).skip(zeros.saturating_sub(keep))
    }
    dashless(a.0).eq(dashless(b.0)) && stripped(a.1).eq(stripped(b.1))
}

/// 64 bits of a canonical number. With [`loose`] beside it, 128 bits that are taken for the number where findings are
/// gathered: of 3×10^8 numbers two would have to agree in all of them by chance (1 in 10^21).
pub(super) fn exact((insurer, symbol, number, branch): Insured<'_>) -> u64 {
    let mut pieces = Pieces::new();
    pieces.put(&insurer.to_be_bytes());
    pieces.put(symbol);
    pieces.put(&[0]);
    pieces.put(number);
    pieces.put(&[0, branch]);
    pieces.digest(1)
}

/// 128 bits of SHA-256 over kana, birth date and sex. They stand for the triple: that of a request can't be made to meet
/// that of another person.
pub(crate) fn triple(kana: &[u8], birth: Day, sex: Sex) -> u128 {
    let digest = Sha256::new()
        .chain_update(kana)
        .chain_update([0])
        .chain_update(birth.raw().to_be_bytes())
        .chain_update(sex.code())
        .finalize();
    digest
        .first_chunk()
        .map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use renketsu_identity::{Loose, Number, Symbol};

    use super::*;

    // A file of today must be found in by a program of tomorrow. The values come from Python: XXH64 by its
    // specification, SHA-256 of hashlib.
    #[test]
    fn the_digests_are_what_they_were() {
        assert_eq!(
            loose(6_132_013, b"12-34", b"0007"),
            loose(6_132_013, b"1234", b"7")
        );
        assert_eq!(loose(6_132_013, b"1234", b"7"), 0x0833_F66E_E593_F950);
        assert_eq!(
            exact((6_132_013, b"12-34", b"0007", 1)),
            0xF6D1_C16A_090F_CBD0
        );
        assert_eq!(
            triple(&[4, 10], Day::from_raw(19_850_102), Sex::Male) >> 64,
            0x416E_4D31_C9CB_8327
        );
    }

    #[test]
    fn pieces_are_digested_as_one_text_however_many_they_are() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            for cut in [1, 7, 63, 64, 65, 200] {
                let mut pieces = Pieces::new();
                bytes[..length]
                    .chunks(cut)
                    .for_each(|piece| pieces.put(piece));
                let expected = XxHash64::oneshot(3, &bytes[..length]);
                assert_eq!(pieces.digest(3), expected, "{length} by {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_loose_form_is_that_of_the_profile(
            a in ("[0A-]{0,4}", "[01-]{1,5}"),
            b in ("[0A-]{0,4}", "[01-]{1,5}"),
        ) {
            let of = |(symbol, number): &(String, String)| {
                Loose::of(&Symbol::parse(symbol).unwrap(), &Number::parse(number).unwrap())
            };
            let equal = of(&a) == of(&b);
            let (x, y) = ((a.0.as_bytes(), a.1.as_bytes()), (b.0.as_bytes(), b.1.as_bytes()));
            prop_assert_eq!(same_loose(x, y), equal);
            prop_assert_eq!(loose(1, x.0, x.1) == loose(1, y.0, y.1), equal);
        }
    }
}
