//! The bytes that a subject is made from: every field with its tag and length, so that no two persons share a message.

use crate::derivation::{ByKana, ByNumber};
use crate::parts::{NumberParts, TripleParts};
use crate::person::{InsuredNumber, Triple};

/// Encodes the persons of one kind. There are two kinds in the law, and no other crate can add one.
#[expect(
    unnameable_types,
    reason = "sealed: who can't name it can't implement it"
)]
pub trait Encode {
    /// The kind's byte in every message and key label.
    const BYTE: u8;

    /// What every message of the kind begins with.
    const PREFIX: [u8; 5] = [b'R', b'K', b'S', b'1', Self::BYTE];

    /// What a person of this kind is known by.
    type Person;

    /// The same where the canonical values lie elsewhere.
    type Parts<'p>;

    /// The parts of a person.
    fn parts(person: &Self::Person) -> Self::Parts<'_>;

    /// Hands what follows the prefix in the message of a person to `put`, as head and value of one field after the other.
    fn encode(parts: &Self::Parts<'_>, put: &mut impl FnMut([u8; 3], &[u8]));
}

impl Encode for ByNumber {
    const BYTE: u8 = 0x02;
    type Person = InsuredNumber;
    type Parts<'p> = NumberParts<'p>;

    #[inline]
    fn parts(person: &InsuredNumber) -> NumberParts<'_> {
        NumberParts::of(person)
    }

    #[inline]
    fn encode(number: &NumberParts<'_>, put: &mut impl FnMut([u8; 3], &[u8])) {
        field(0x10, &number.insurer, put);
        field(0x11, number.symbol, put);
        field(0x12, number.number, put);
        field(0x13, number.branch(), put);
    }
}

impl Encode for ByKana {
    const BYTE: u8 = 0x01;
    type Person = Triple;
    type Parts<'p> = TripleParts<'p>;

    #[inline]
    fn parts(person: &Triple) -> TripleParts<'_> {
        TripleParts::of(person)
    }

    #[inline]
    fn encode(triple: &TripleParts<'_>, put: &mut impl FnMut([u8; 3], &[u8])) {
        triple.with_kana(|kana| field(0x20, kana, put));
        field(0x21, &triple.birth, put);
        field(0x22, triple.sex.code().as_bytes(), put);
    }
}

/// The whole message at once.
pub(crate) fn message<K: Encode>(parts: &K::Parts<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(&K::PREFIX);
    K::encode(parts, &mut |head, value| {
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(value);
    });
    bytes
}

/// `u8 tag || u16be len(value) || value`. An absent value is a field of length 0.
#[inline]
fn field(tag: u8, value: &[u8], put: &mut impl FnMut([u8; 3], &[u8])) {
    let [high, low] = length(value).to_be_bytes();
    put([tag, high, low], value);
}

#[inline]
#[expect(
    clippy::expect_used,
    reason = "canonical fields have at most 100 code points, which is 400 bytes"
)]
fn length(value: &[u8]) -> u16 {
    u16::try_from(value.len()).expect("a canonical field is shorter than 64 KiB")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::{BirthDate, Branch, Insurer, Kana, Number, Sex, Symbol};

    /// Takes a message apart again, without knowing the values: the encoding is injective because this can be written.
    fn fields(mut rest: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut fields = Vec::new();
        while let Some((head, tail)) = rest.split_first_chunk::<3>() {
            let (value, tail) = tail.split_at(usize::from(u16::from_be_bytes([head[1], head[2]])));
            fields.push((head[0], value.to_vec()));
            rest = tail;
        }
        assert!(rest.is_empty());
        fields
    }

    fn number() -> impl Strategy<Value = InsuredNumber> {
        // Few distinct values, so that neighbours differ by what moves from one field into the next.
        ("[01]{8}", "[0あA-]{0,3}", "[0あA-]{1,3}", "(|0[01])").prop_map(
            |(insurer, symbol, number, branch)| InsuredNumber {
                insurer: Insurer::parse(&insurer).unwrap(),
                symbol: Symbol::parse(&symbol).unwrap(),
                number: Number::parse(&number).unwrap(),
                branch: Branch::parse(&branch).unwrap(),
            },
        )
    }

    fn triple() -> impl Strategy<Value = Triple> {
        ("[アカガー]{0,3}", 1990_i16..1993, prop::bool::ANY).prop_map(|(kana, year, male)| Triple {
            kana: Kana::parse(&format!("ア{kana}")).unwrap(),
            birth: BirthDate::parse(&format!("{year}0101"), date(2026, 11, 22)).unwrap(),
            sex: if male { Sex::Male } else { Sex::Female },
        })
    }

    proptest! {
        #[test]
        fn a_message_gives_back_the_fields_of_the_number(person in number()) {
            let bytes = message::<ByNumber>(&NumberParts::of(&person));
            prop_assert_eq!(&bytes[..5], b"RKS1\x02");
            let expected = [
                (0x10, person.insurer.as_str()), (0x11, person.symbol.as_str()),
                (0x12, person.number.as_str()), (0x13, person.branch.as_str()),
            ];
            prop_assert_eq!(fields(&bytes[5..]), expected.map(|(tag, text)| (tag, text.as_bytes().to_vec())));
        }

        #[test]
        fn a_message_gives_back_the_fields_of_the_triple(person in triple()) {
            let bytes = message::<ByKana>(&TripleParts::of(&person));
            prop_assert_eq!(&bytes[..5], b"RKS1\x01");
            let expected = [
                (0x20, person.kana.as_str()), (0x21, &*person.birth.yyyymmdd()), (0x22, person.sex.code()),
            ];
            prop_assert_eq!(fields(&bytes[5..]), expected.map(|(tag, text)| (tag, text.as_bytes().to_vec())));
        }

        #[test]
        fn messages_are_equal_only_for_equal_numbers(one in number(), other in number()) {
            prop_assert_eq!(message::<ByNumber>(&NumberParts::of(&one)) == message::<ByNumber>(&NumberParts::of(&other)), one == other);
        }

        #[test]
        fn messages_are_equal_only_for_equal_triples(one in triple(), other in triple()) {
            prop_assert_eq!(message::<ByKana>(&TripleParts::of(&one)) == message::<ByKana>(&TripleParts::of(&other)), one == other);
        }
    }

    #[test]
    fn the_same_characters_in_other_fields_are_another_message() {
        let person = |symbol, number| InsuredNumber {
            insurer: Insurer::parse("06132013").unwrap(),
            symbol: Symbol::parse(symbol).unwrap(),
            number: Number::parse(number).unwrap(),
            branch: Branch::parse("").unwrap(),
        };
        assert_ne!(
            message::<ByNumber>(&NumberParts::of(&person("12", "3"))),
            message::<ByNumber>(&NumberParts::of(&person("1", "23")))
        );
    }
}
