//! Secrets can't be printed, copied or compared by accident, and nothing that can be printed shows a person.

use jiff::civil::date;
use renketsu_identity::*;

/// Fails to compile if a type has a trait: then `<_ as Lacks<_>>::proof` could be either implementation.
macro_rules! assert_lacks {
    ($type:ty: $($absent:path),+ $(,)?) => {
        $({
            trait Lacks<Proof> {
                fn proof() {}
            }
            struct Present;
            impl<T: ?Sized> Lacks<()> for T {}
            impl<T: ?Sized + $absent> Lacks<Present> for T {}
            <$type as Lacks<_>>::proof();
        })+
    };
}

macro_rules! assert_secret {
    ($($type:ty),+ $(,)?) => {
        $(assert_lacks!(
            $type: std::fmt::Debug, std::fmt::Display, std::fmt::LowerHex, std::fmt::Pointer, Clone, Copy, Default,
            PartialEq, PartialOrd, std::hash::Hash, AsRef<[u8]>, AsRef<[u8; 32]>, std::borrow::Borrow<[u8]>,
            std::ops::Deref, Into<Vec<u8>>, Into<[u8; 32]>, serde::Serialize, serde::de::DeserializeOwned, ToString,
        );)+
    };
}

#[test]
fn secrets_have_no_trait_that_prints_copies_or_compares_them() {
    assert_secret!(
        RootKey,
        ProvisionRoot,
        ProvisionSalt,
        SubjectKey<ByNumber>,
        SubjectKey<ByKana>,
        Subject<ByNumber>,
        Subject<ByKana>,
        ProvisionKey<ByNumber>,
        ProvisionKey<ByKana>,
    );
}

#[test]
fn secrets_are_wiped_when_dropped() {
    const fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<RootKey>();
    wiped::<ProvisionRoot>();
    wiped::<ProvisionSalt>();
    wiped::<SubjectKey<ByNumber>>();
    wiped::<Subject<ByKana>>();
    wiped::<ProvisionKey<ByKana>>();
}

#[test]
fn values_of_a_person_are_never_serialised() {
    assert_lacks!(Kana: serde::Serialize, std::fmt::Display);
    assert_lacks!(InsuredNumber: serde::Serialize, std::fmt::Display);
    assert_lacks!(Triple: serde::Serialize, std::fmt::Display);
    assert_lacks!(NumberId: serde::Serialize, std::fmt::Display, std::fmt::LowerHex);
}

#[test]
fn debug_output_shows_no_value() {
    let today = date(2026, 11, 22);
    let number = InsuredNumber {
        insurer: Insurer::parse("06132013").unwrap(),
        symbol: Symbol::parse("QZ77").unwrap(),
        number: Number::parse("00314159").unwrap(),
        branch: Branch::parse("83").unwrap(),
    };
    let triple = Triple {
        kana: Kana::parse("ヤマダハナコ").unwrap(),
        birth: BirthDate::parse("19640229", today).unwrap(),
        sex: Sex::Female,
    };
    let service = ServicePeriod::parse("202404", today).unwrap().unwrap();
    let loose = Loose::of(&number.symbol, &number.number);
    let bytes: [u8; 32] = std::array::from_fn(|i| 0xC0 | u8::try_from(i).unwrap());
    let (number_id, kana_id) = (NumberId::from_bytes(bytes), KanaId::from_bytes(bytes));
    let printed = [
        format!(
            "{number:#?}{:?}{:?}{:?}{:?}",
            number.insurer, number.symbol, number.number, number.branch
        ),
        format!(
            "{triple:#?}{:?}{:?}{:?}",
            triple.kana, triple.birth, triple.sex
        ),
        format!("{service:?}{loose:?}{number_id:?}{kana_id:?}"),
    ]
    .concat();
    for value in [
        "06132013",
        "QZ77",
        "314159",
        "83",
        "ヤマダ",
        "1964",
        "Female",
        "2024",
        "c0c1",
        "192",
        "C0",
    ] {
        assert!(!printed.contains(value), "{value} is printed");
    }
    assert!(printed.contains("redacted"));
}

#[test]
fn a_fault_in_a_vector_file_repeats_nothing_of_it() {
    let key = "4420823cfde6f1c26b30f90ec7dd01e4887534a20f0b0d04c36ed80e71e0fd77";
    for json in [
        format!("{{\"k_root\": \"{key}\" \"x\"}}"),
        format!("{{\"k_root\": \"{key}\", \"{key}\": 1}}"),
        format!("{{\"k_root\": \"{key}\", \"prk\": \"{key}\"}}"),
        format!("{{\"k_root\": \"{key}00\", \"prk\": \"00\", \"provision\": \"P\"}}"),
        format!("{{\"canonical\": {{\"kana\": [{{\"in\": \"{key}\", \"ok\": \"{key}\"}}]}}}}"),
    ] {
        let mismatch = conformance::ids(&json).unwrap_err();
        let printed = format!("{mismatch} {mismatch:?} {:?}", mismatch.details());
        assert!(!printed.contains("4420"), "{printed}");
    }
}
