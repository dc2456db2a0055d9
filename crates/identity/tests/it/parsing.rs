//! Canonical forms under arbitrary input.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use renketsu_identity::*;

const TODAY: Date = date(2026, 11, 22);

/// Any text, and text near the borders of the rules: kana of all widths, marks, dashes, spaces, digits, era letters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,20}",
        "[ァ-ヺぁ-ゖｦ-ﾟー゛゜\u{3099}\u{309A}・･ \u{3000}－−-]{0,12}",
        "[0-9０-９A-Za-zＡ-ｚあ-んア-ンー・ \u{3000}－−\u{0300}-]{0,12}",
        "[明治大正昭和平成令和元年月日MTSHRmtshr0-9０-９/／.．-]{0,14}",
        "(M|T|S|H|R|明治|大正|昭和|平成|令和)[0-9]{1,2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}日?",
        "[0-9]{5,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_canonical_form_is_its_own_canonical_form(text in text()) {
        if let Ok(kana) = Kana::parse(&text) {
            prop_assert_eq!(Kana::parse(kana.as_str()), Ok(kana));
        }
        if let Ok(symbol) = Symbol::parse(&text) {
            prop_assert_eq!(Symbol::parse(symbol.as_str()), Ok(symbol));
        }
        if let Ok(number) = Number::parse(&text) {
            prop_assert_eq!(Number::parse(number.as_str()), Ok(number));
        }
        if let Ok(insurer) = Insurer::parse(&text) {
            prop_assert_eq!(Insurer::parse(insurer.as_str()), Ok(insurer));
        }
        if let Ok(branch) = Branch::parse(&text) {
            prop_assert_eq!(Branch::parse(branch.as_str()), Ok(branch));
        }
        if let Ok(birth) = BirthDate::parse(&text, TODAY) {
            prop_assert_eq!(BirthDate::parse(&birth.yyyymmdd(), TODAY), Ok(birth));
        }
        if let Ok(sex) = Sex::parse(&text) {
            prop_assert_eq!(Sex::parse(sex.code()), Ok(sex));
        }
        if let Ok(Some(period)) = ServicePeriod::parse(&text, TODAY) {
            prop_assert_eq!(ServicePeriod::parse(&period.text(), TODAY), Ok(Some(period)));
        }
    }

    #[test]
    fn a_canonical_form_keeps_what_its_rule_promises(text in text()) {
        if let Ok(kana) = Kana::parse(&text) {
            let katakana = |c: char| matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー') && !"ァィゥェォッャュョヮヵヶ".contains(c);
            prop_assert!(kana.as_str().chars().all(katakana));
            prop_assert!((1..=100).contains(&kana.as_str().chars().count()));
        }
        if let Ok(symbol) = Symbol::parse(&text) {
            let kept = |c: char| !c.is_ascii() || c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase();
            prop_assert!(symbol.as_str().chars().all(kept));
            prop_assert!(symbol.as_str().chars().count() <= 40);
        }
        if let Ok(birth) = BirthDate::parse(&text, TODAY) {
            prop_assert!((date(1868, 1, 25)..=TODAY).contains(&birth.date()));
        }
    }

    #[test]
    fn spaces_anywhere_change_nothing(text in text(), places in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut spaced: Vec<char> = text.chars().collect();
        for place in places {
            let place = place.index(spaced.len() + 1);
            spaced.insert(place, '\u{3000}');
        }
        let spaced: String = spaced.into_iter().collect();
        prop_assert_eq!(Kana::parse(&text), Kana::parse(&spaced));
        prop_assert_eq!(Symbol::parse(&text), Symbol::parse(&spaced));
        prop_assert_eq!(Insurer::parse(&text), Insurer::parse(&spaced));
        prop_assert_eq!(Branch::parse(&text), Branch::parse(&spaced));
        prop_assert_eq!(BirthDate::parse(&text, TODAY), BirthDate::parse(&spaced, TODAY));
        prop_assert_eq!(Sex::parse(&text), Sex::parse(&spaced));
    }

    #[test]
    fn the_other_readers_take_any_text(text in text(), values in prop::collection::vec(text(), 0..6)) {
        let sample: Vec<&str> = values.iter().map(String::as_str).collect();
        let _: Option<identifying::Finding> = identifying::judge(&text, &sample);
        drop(conformance::ids(&text));
        prop_assert!(ProvisionCode::parse(&text).is_err() || text.is_ascii());
        prop_assert!(text.parse::<KeyCheckValue>().is_err() || text.len() == 16);
        prop_assert!(NumberId::from_hex(&text).is_err() || text.len() == 64);
    }
}

#[test]
fn every_character_alone_and_in_company_is_taken_or_rejected() {
    for c in '\0'..=char::MAX {
        let (alone, company) = (c.to_string(), format!("カ{c}1"));
        for text in [alone, company] {
            let outcomes = [
                Kana::parse(&text).err(),
                Symbol::parse(&text).err(),
                Number::parse(&text).err(),
                Insurer::parse(&text).err(),
                Branch::parse(&text).err(),
                BirthDate::parse(&text, TODAY).err(),
                Sex::parse(&text).err(),
            ];
            if matches!(c, '\n' | '\r' | '\0' | '\u{FFFD}' | '●' | '〓' | '\u{E000}') {
                assert!(outcomes.iter().all(Option::is_some), "{c:?}");
            }
        }
    }
}

#[test]
fn a_very_long_text_is_rejected_and_not_kept() {
    let long = "ｶﾞ".repeat(1 << 20);
    assert_eq!(Kana::parse(&long), Err(Reject::Length));
    assert_eq!(Symbol::parse(&long), Err(Reject::Length));
    let marks = format!("カ{}", "\u{3099}".repeat(1 << 20));
    assert_eq!(Kana::parse(&marks), Err(Reject::Mark));
    assert_eq!(Insurer::parse(&"1".repeat(1 << 20)), Err(Reject::Length));
    assert_eq!(
        BirthDate::parse(&"1".repeat(1 << 20), TODAY),
        Err(Reject::Form)
    );
}

/// Names that differ in what the canonical form must keep apart: voicing, long mark, old kana, length, order.
#[test]
fn distinct_names_do_not_collapse() {
    const FAMILY: [&str; 22] = [
        "カトウ",
        "ガトウ",
        "カドウ",
        "ハク",
        "パク",
        "バク",
        "ワタナベ",
        "ワタベ",
        "ワタナヘ",
        "オノ",
        "オオノ",
        "オーノ",
        "ヲノ",
        "イノウエ",
        "ヰノウエ",
        "イノウヱ",
        "シミズ",
        "シミヅ",
        "チジマ",
        "ヂジマ",
        "ヴァン",
        "バン",
    ];
    const GIVEN: [&str; 16] = [
        "ユウコ",
        "ユーコ",
        "ユコ",
        "ヨウコ",
        "ヨーコ",
        "ジュン",
        "シュン",
        "シユン",
        "タロウ",
        "タロ",
        "タロー",
        "ンマ",
        "ウマ",
        "キョウ",
        "ギョウ",
        "キヨ",
    ];
    // Small and large kana are one name by the rule; nothing else is.
    let large = |name: &str| {
        name.replace('ァ', "ア")
            .replace('ュ', "ユ")
            .replace('ョ', "ヨ")
    };
    let mut spelled = BTreeSet::new();
    let mut canonical = BTreeSet::new();
    let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
    let key = SubjectKey::<ByKana>::derive(&root, Epoch(0)).unwrap();
    let provision = ProvisionKey::derive(
        &ProvisionRoot::from_bytes(&mut [2; 32]).unwrap(),
        &ProvisionSalt::from_bytes(&mut [3; 32]).unwrap(),
        &ProvisionCode::parse("P").unwrap(),
    )
    .unwrap();
    let mut ids = BTreeSet::new();
    for family in FAMILY {
        for given in GIVEN {
            let kana = Kana::parse(&format!("{family}\u{3000}{given}")).unwrap();
            spelled.insert(large(&format!("{family}{given}")));
            canonical.insert(kana.clone());
            let triple = Triple {
                kana,
                birth: BirthDate::parse("19640229", TODAY).unwrap(),
                sex: Sex::Male,
            };
            ids.insert(provision.id(&key.subject(&triple)));
        }
    }
    assert_eq!(canonical.len(), spelled.len());
    assert_eq!(ids.len(), canonical.len());
    assert!(canonical.len() > 300);
}

#[test]
fn ids_of_two_provisions_epochs_and_kinds_are_unrelated() {
    let person = |number: u32| InsuredNumber {
        insurer: Insurer::parse("06132013").unwrap(),
        symbol: Symbol::parse("1").unwrap(),
        number: Number::parse(&number.to_string()).unwrap(),
        branch: Branch::parse("").unwrap(),
    };
    let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
    let key = |salt: u8, code: &str| {
        ProvisionKey::<ByNumber>::derive(
            &ProvisionRoot::from_bytes(&mut [2; 32]).unwrap(),
            &ProvisionSalt::from_bytes(&mut [salt; 32]).unwrap(),
            &ProvisionCode::parse(code).unwrap(),
        )
        .unwrap()
    };
    let mut ids = BTreeSet::new();
    for epoch in [0, 1] {
        let subjects = SubjectKey::<ByNumber>::derive(&root, Epoch(epoch)).unwrap();
        for provision in [key(3, "P-1"), key(4, "P-1"), key(3, "P-11")] {
            ids.extend((0..500).map(|number| provision.id(&subjects.subject(&person(number)))));
        }
    }
    assert_eq!(ids.len(), 2 * 3 * 500);
}
