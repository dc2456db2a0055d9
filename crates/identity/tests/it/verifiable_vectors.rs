//! The published values of the verifiable kana ID, which another program computed: each of them comes out here.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use renketsu_identity::{
    BirthDate, ByKana, Epoch, Kana, KanaInput, ProvenRow, ProvisionCode, ProvisionRoot,
    ProvisionSalt, RootKey, Sex, SubjectKey, Triple, VerifiableKey,
};
use serde::Deserialize;

const VECTORS: &str = include_str!("../../../../vectors/verifiable.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    k_root: String,
    k_provision_root: String,
    provision_salt: String,
    epoch: u32,
    provision: String,
    today: jiff::civil::Date,
    public_key: String,
    key_check_value: String,
    rows: Vec<Row>,
    proof_factor: String,
    proof: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kana: String,
    birth_date: String,
    sex: String,
    subject: String,
    input: String,
    person: String,
    factor: String,
    blinded: String,
    evaluated: String,
    kana_id: String,
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

/// Chance that comes to this scalar.
fn chance(scalar: &str) -> [u8; 64] {
    let mut wide = [0; 64];
    wide[..32].copy_from_slice(&bytes::<32>(scalar));
    wide
}

#[test]
fn every_step_of_the_rule_has_its_published_value() {
    let file: File = serde_json::from_str(VECTORS).unwrap();
    let code = ProvisionCode::parse(&file.provision).unwrap();
    let root = RootKey::from_bytes(&mut bytes(&file.k_root)).unwrap();
    let subjects = SubjectKey::<ByKana>::derive(&root, Epoch(file.epoch)).unwrap();
    let key = VerifiableKey::derive(
        &ProvisionRoot::from_bytes(&mut bytes(&file.k_provision_root)).unwrap(),
        &ProvisionSalt::from_bytes(&mut bytes(&file.provision_salt)).unwrap(),
        &code,
    )
    .unwrap();
    assert_eq!(key.public().to_string(), file.public_key);
    assert_eq!(key.public().kcv().to_string(), file.key_check_value);

    let (mut shown, mut ids) = (Vec::new(), Vec::new());
    for row in &file.rows {
        let subject = subjects.subject(&Triple {
            kana: Kana::parse(&row.kana).unwrap(),
            birth: BirthDate::parse(&row.birth_date, file.today).unwrap(),
            sex: Sex::parse(&row.sex).unwrap(),
        });
        assert_eq!(*subject.expose(), bytes::<32>(&row.subject));
        let input = subjects.input(&code, &subject);
        assert_eq!(*input.expose(), bytes(&row.input));
        assert_eq!(subjects.person(&code, &subject), bytes(&row.person));
        let blinded = input.blind(&mut chance(&row.factor)).unwrap();
        assert_eq!(*blinded.factor, bytes(&row.factor));
        assert_eq!(blinded.point, bytes(&row.blinded));
        let id = key.id(&input).unwrap();
        assert_eq!(*id.as_bytes(), bytes(&row.kana_id));
        ids.push(id);
        shown.push(ProvenRow {
            input: KanaInput::from_bytes(&mut bytes(&row.input)),
            factor: bytes(&row.factor),
            blinded: blinded.point,
            evaluated: bytes(&row.evaluated),
        });
    }
    let points: Vec<[u8; 32]> = shown.iter().map(|row| row.blinded).collect();
    let evaluation = key
        .evaluate(&points, &mut chance(&file.proof_factor), 1)
        .unwrap();
    assert_eq!(evaluation.proof, bytes(&file.proof));
    for (row, point) in file.rows.iter().zip(&evaluation.points) {
        assert_eq!(*point, bytes(&row.evaluated));
    }
    let made = key.public().finalize(&shown, &bytes(&file.proof), 1);
    assert_eq!(made.unwrap(), ids);
    let different: BTreeSet<&str> = file.rows.iter().map(|row| row.kana_id.as_str()).collect();
    assert_eq!(different.len(), 12);
}
