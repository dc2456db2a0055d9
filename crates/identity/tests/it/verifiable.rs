//! The verifiable kana ID: one key makes all, the same by both ways, and whatever else is refused by what is wrong.

use hmac::{Hmac, KeyInit as _, Mac as _};
use renketsu_identity::{
    BirthDate, ByKana, Epoch, Kana, KanaInput, KanaMode, KanaPublicKey, NotProven, PROOF_ROWS,
    ProvenRow, ProvisionCode, ProvisionKey, ProvisionRoot, ProvisionSalt, RootKey, Sex, SubjectKey,
    Triple, VerifiableKey,
};
use sha2::Sha256;

const CODE: &str = "P-2026-0001";

fn code(text: &str) -> ProvisionCode {
    ProvisionCode::parse(text).unwrap()
}

fn key_of(salt: u8) -> VerifiableKey {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [salt; 32]).unwrap();
    VerifiableKey::derive(&root, &salt, &code(CODE)).unwrap()
}

fn input(byte: u8) -> KanaInput {
    KanaInput::from_bytes(&mut [byte; 32])
}

/// Fresh for every use, and the same in every run.
fn chance(byte: u8) -> [u8; 64] {
    [byte; 64]
}

/// Rows of the inputs 1, 2, …, evaluated by `key`, with their proof.
fn answered(key: &VerifiableKey, rows: u8) -> (Vec<ProvenRow>, [u8; 64]) {
    let blinded: Vec<_> = (1..=rows)
        .map(|row| input(row).blind(&mut chance(row)).unwrap())
        .collect();
    let points: Vec<[u8; 32]> = blinded.iter().map(|blinded| blinded.point).collect();
    let evaluation = key.evaluate(&points, &mut chance(99), 1).unwrap();
    let rows = (1..=rows)
        .zip(blinded)
        .zip(evaluation.points)
        .map(|((row, blinded), evaluated)| ProvenRow {
            input: input(row),
            factor: *blinded.factor,
            blinded: blinded.point,
            evaluated,
        });
    (rows.collect(), evaluation.proof)
}

#[test]
fn whoever_verifies_gets_the_ids_that_whoever_holds_both_keys_makes() {
    let key = key_of(3);
    let (rows, proof) = answered(&key, 5);
    let ids = key.public().finalize(&rows, &proof, 1).unwrap();
    for (row, id) in (1..).zip(&ids) {
        assert_eq!(key.id(&input(row)).unwrap(), *id);
    }
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    // Another factor, the same ID.
    let other = input(1).blind(&mut chance(200)).unwrap();
    assert_ne!(other.point, rows[0].blinded);
    let evaluation = key.evaluate(&[other.point], &mut chance(98), 1).unwrap();
    let row = ProvenRow {
        input: input(1),
        factor: *other.factor,
        blinded: other.point,
        evaluated: evaluation.points[0],
    };
    let again = key.public().finalize(&[row], &evaluation.proof, 1).unwrap();
    assert_eq!(again[0], ids[0]);
}

#[test]
fn one_row_of_another_key_is_refused_whatever_proof_is_shown() {
    let (key, other) = (key_of(3), key_of(4));
    let (mut rows, proof) = answered(&key, 5);
    let marked = other
        .evaluate(&[rows[2].blinded], &mut chance(97), 1)
        .unwrap();
    rows[2].evaluated = marked.points[0];
    let refused = NotProven::Proof { row: 11 };
    for shown in [proof, marked.proof] {
        assert_eq!(
            key.public().finalize(&rows, &shown, 11).unwrap_err(),
            refused
        );
    }
    // Nor is one key for all rows, if it is not that of the terms.
    let (rows, proof) = answered(&other, 5);
    assert_eq!(
        key.public().finalize(&rows, &proof, 11).unwrap_err(),
        refused
    );
    assert!(other.public().finalize(&rows, &proof, 11).is_ok());
}

#[test]
fn what_is_wrong_with_a_row_is_told_by_its_row() {
    let key = key_of(3);
    let refused = |change: &dyn Fn(&mut Vec<ProvenRow>)| {
        let (mut rows, proof) = answered(&key, 3);
        change(&mut rows);
        key.public().finalize(&rows, &proof, 101).unwrap_err()
    };
    let second = |row| NotProven::Blinded { row };
    assert_eq!(refused(&|rows| rows[1].input = input(9)), second(102));
    assert_eq!(
        refused(&|rows| rows[1].blinded = rows[0].blinded),
        second(102)
    );
    assert_eq!(
        refused(&|rows| rows[1].factor = rows[0].factor),
        second(102)
    );
    for no_scalar in [[0; 32], [0xff; 32]] {
        assert_eq!(
            refused(&|rows| rows[2].factor = no_scalar),
            NotProven::Factor { row: 103 }
        );
    }
    for no_point in [[0; 32], [0xff; 32]] {
        let point = NotProven::Point { row: 101 };
        assert_eq!(refused(&|rows| rows[0].evaluated = no_point), point);
        assert_eq!(
            key.evaluate(&[no_point], &mut chance(1), 101).unwrap_err(),
            point
        );
    }
    // A row that is left out, or stands in another place.
    assert_eq!(
        refused(&|rows| drop(rows.pop())),
        NotProven::Proof { row: 101 }
    );
    assert_eq!(
        refused(&|rows| rows.swap(0, 1)),
        NotProven::Proof { row: 101 }
    );
    let many = vec![[0; 32]; PROOF_ROWS + 1];
    assert_eq!(
        key.evaluate(&many, &mut chance(1), 1).unwrap_err(),
        NotProven::Form
    );
}

#[test]
fn the_two_modes_have_no_key_check_value_in_common() {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [3; 32]).unwrap();
    let keyed = ProvisionKey::<ByKana>::derive(&root, &salt, &code(CODE)).unwrap();
    let verifiable = key_of(3);
    assert_ne!(keyed.kcv(), verifiable.public().kcv());
    let mode = KanaMode::Verifiable(*verifiable.public());
    assert!(mode.fits(verifiable.public().kcv()));
    assert!(!mode.fits(keyed.kcv()));
    assert!(KanaMode::Keyed.fits(keyed.kcv()));
}

#[test]
fn a_mode_in_json_is_its_name_with_its_key_and_a_key_is_a_point() {
    let public = *key_of(3).public();
    let mode = KanaMode::Verifiable(public);
    let json = serde_json::to_string(&mode).unwrap();
    assert_eq!(json, format!("{{\"verifiable\":\"{public}\"}}"));
    assert_eq!(serde_json::from_str::<KanaMode>(&json).unwrap(), mode);
    for no_point in ["0".repeat(64), "f".repeat(64), "00".to_owned()] {
        assert!(no_point.parse::<KanaPublicKey>().is_err());
        let json = format!("{{\"verifiable\":\"{no_point}\"}}");
        assert!(serde_json::from_str::<KanaMode>(&json).is_err());
    }
}

/// The input and the mark of a person, by the `hmac` crate from the bytes of the rule.
#[test]
fn input_and_person_are_those_of_the_rule_and_of_one_provision() {
    let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
    let key = SubjectKey::<ByKana>::derive(&root, Epoch(1)).unwrap();
    let today = jiff::civil::date(2026, 9, 1);
    let subject = key.subject(&Triple {
        kana: Kana::parse("ヤマダハナコ").unwrap(),
        birth: BirthDate::parse("19800102", today).unwrap(),
        sex: Sex::parse("2").unwrap(),
    });
    let expand = |key: &[u8], info: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(info);
        mac.update(&[1]);
        mac.finalize().into_bytes()
    };
    let subject_key = expand(&[1; 32], b"renketsu/v1/subject\0\x01\0\0\0\x01");
    for provision in [CODE, "P-2026-0002"] {
        let of = |purpose: &[u8]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&subject_key).unwrap();
            mac.update(purpose);
            mac.update(&[0, 0, 11]);
            mac.update(provision.as_bytes());
            mac.update(subject.expose().as_slice());
            <[u8; 32]>::from(mac.finalize().into_bytes())
        };
        let made = key.input(&code(provision), &subject);
        assert_eq!(*made.expose(), of(b"renketsu/v1/voprf"));
        assert_eq!(
            key.person(&code(provision), &subject),
            of(b"renketsu/v1/person")
        );
    }
}

#[test]
fn what_is_wrong_is_said_in_both_languages() {
    let catalogues = [
        include_str!("../../../cli/i18n/en/identity.ftl"),
        include_str!("../../../cli/i18n/ja/identity.ftl"),
    ];
    for (code, details) in NotProven::CODES {
        let name = code.replace('.', "-");
        for catalogue in catalogues {
            let says = |kind: &str| {
                let begin = format!("{kind}-{name} = ");
                catalogue.lines().find_map(|line| line.strip_prefix(&begin))
            };
            assert!(says("fix").is_some(), "{code}");
            let told = says("err").unwrap();
            for detail in *details {
                assert!(told.contains(&format!("{{ ${detail} }}")), "{code}");
            }
        }
    }
}
