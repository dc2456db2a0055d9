//! Properties that hold for any input.

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any};
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use renketsu_seal::package::Opened;
use renketsu_seal::{Card, Fingerprint};

use crate::fixture::{check_code, claims, read_all};
use crate::hostile::{Attack, attack};

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// Refused with a code, or exactly what was signed.
fn refused_or_as_signed(attack: &Attack, plain: &[u8]) -> bool {
    match attack.scene.workspace.open(&attack.sealed(plain)) {
        Err(error) => {
            check_code(&error);
            false
        }
        Ok(opened) => {
            assert_as_signed(&opened, attack);
            true
        }
    }
}

fn assert_as_signed(opened: &Opened, attack: &Attack) {
    assert_eq!(opened.header(), &attack.scene.header());
    assert_eq!(read_all(opened.table("claims").unwrap()), claims());
}

#[test]
fn an_archive_changed_anywhere_is_refused_or_still_what_was_signed() {
    let attack = attack();
    let good = attack.parts.archive();
    assert!(refused_or_as_signed(&attack, &good));
    let places = (any::<Index>(), any::<u8>(), 0..3_u8);
    let changes = vec(places, 1..4).prop_map(move |changes| {
        let mut plain = good.clone();
        for (index, byte, how) in changes {
            let at = index.index(plain.len());
            match how {
                0 => plain[at] = byte,
                1 => plain.insert(at, byte),
                _ => drop(plain.remove(at)),
            }
        }
        plain
    });
    let outcome = runner(400).run(&changes, |plain| {
        refused_or_as_signed(&attack, &plain);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn no_bytes_are_an_archive_by_chance() {
    let attack = attack();
    let blocks = vec(any::<u8>(), 0..2048);
    let plain = (Just(attack.parts.head()), blocks, any::<bool>());
    let outcome = runner(200).run(&plain, |(head, noise, headed)| {
        let plain = if headed {
            [head, noise].concat()
        } else {
            noise
        };
        assert!(!refused_or_as_signed(&attack, &plain));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_fingerprint_that_parses_prints_the_same_digits() {
    let digits = "[0-9a-fA-F -]{60,90}|\\PC{0,80}";
    let outcome = runner(2000).run(&digits, |text| {
        if let Ok(fingerprint) = Fingerprint::parse(&text) {
            assert_eq!(
                Fingerprint::parse(&fingerprint.to_string()),
                Ok(fingerprint)
            );
            let shown = text.replace(|c: char| c.is_whitespace() || c == '-', "");
            assert_eq!(fingerprint.to_hex(), shown.to_lowercase());
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_text_that_parses_as_a_card_prints_as_one() {
    let good = crate::fixture::party(renketsu_seal::Role::Producer, "P")
        .card
        .to_json();
    let texts = (any::<Index>(), any::<char>()).prop_map(move |(index, other)| {
        let mut characters: Vec<char> = good.chars().collect();
        let at = index.index(characters.len());
        characters[at] = other;
        characters.into_iter().collect::<String>()
    });
    let outcome = runner(2000).run(&texts, |text| {
        if let Ok(card) = Card::parse(&text) {
            assert_eq!(Card::parse(&card.to_json()).unwrap(), card);
        }
        Ok(())
    });
    outcome.unwrap();
}
