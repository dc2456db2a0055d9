//! One person, every source: the same identifiers.

use proptest::prelude::*;
use renketsu_producer::sources::fhir::PatientKey;
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, SourceRecord};
use renketsu_testkit::{Characters, Insured};

use crate::people::{Files, archive, canonical, judged, read};
use crate::world::{HEAD, cp932};

prop_compose! {
    fn people()(
        key in "[A-Z][0-9]{1,8}",
        family in "[アイカガサシタチナニハバパマヤユヨラリワヴー]{0,6}",
        given in "[アイウエオキギクケコスセソッャュョンテトド]{1,8}",
        (year, month, day) in (1900_u16..2024, 1_u8..=12, 1_u8..=28),
        sex in 1_u8..=2,
        insurer in "(01|06|31|39|63|00)[0-9]{6}",
        symbol in "[0-9A-Z]{0,4}(-[0-9]{1,3})?",
        number in "0{0,3}[1-9][0-9]{0,6}",
        branch in proptest::option::of("[0-9]{2}"),
    ) -> Insured {
        // 後期高齢者 have neither a symbol nor a branch.
        let personal = insurer.starts_with("39");
        Insured {
            key, family: format!("ヤ{family}"), given,
            birth: format!("{year:04}{month:02}{day:02}"),
            sex, insurer,
            symbol: if personal { String::new() } else { symbol },
            number,
            branch: if personal { None } else { branch },
            day: "20240405".to_owned(),
        }
    }
}

const CARE: (&str, &str) = ("131052", "0000012345");

fn sources(files: &Files, person: &Insured) -> Vec<(&'static str, Source)> {
    let checkup = person.checkup();
    let patient = format!("Patient/{}", person.key);
    let resources = [
        person.coverage(&patient, "Organization/o"),
        person.payor("o"),
        person.patient(),
    ];
    let care = format!("1,1\r\n{}3,3\r\n", person.care_claim(2, CARE));
    let ledger = format!("{}{}", Insured::LEDGER, person.ledger_row(CARE));
    let ledger = vec![files.file("ledger.csv", cp932(&ledger))];
    let eligibility = |name: &str, bytes: Vec<u8>| Source::Eligibility {
        files: vec![files.file(name, bytes)],
    };
    let checkups = |name: &str, bytes: &[u8]| Source::Checkups {
        files: vec![files.file(name, bytes)],
    };
    let sjis = cp932(&person.eligibility(Characters::ShiftJis));
    let utf8 = person.eligibility(Characters::Utf8).into_bytes();
    let zip = archive(&[("x/DATA/h.xml", checkup.as_bytes())]);
    vec![
        (
            "uke",
            Source::Claims {
                path: files.file("a.UKE", cp932(&format!("{HEAD}{}", person.claim(1)))),
                key: ClaimKey::Chart,
            },
        ),
        (
            "fhir",
            Source::Fhir {
                files: vec![files.file("a.ndjson", resources.join("\n"))],
                key: PatientKey::Id,
            },
        ),
        ("checkup", checkups("h.xml", checkup.as_bytes())),
        ("checkup in an archive", checkups("h.zip", &zip)),
        ("eligibility in Shift_JIS", eligibility("s.xml", sjis)),
        ("eligibility in UTF-8", eligibility("u.xml", utf8)),
        (
            "care",
            Source::CareClaims {
                files: vec![files.file("care.csv", cp932(&care))],
                ledger: ledger.clone(),
            },
        ),
        ("ledger", Source::CareLedger { files: ledger }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_person_is_the_same_in_every_source(person in people()) {
        let files = Files::new();
        let mut first: Option<[String; 7]> = None;
        for (name, source) in sources(&files, &person) {
            let found: Vec<SourceRecord> = read(&source).unwrap();
            prop_assert_eq!(found.len(), 1, "{}", name);
            let record = &found[0];
            prop_assert!(record.refusals.is_empty() && judged(record).rejects().is_empty(), "{}", name);
            let texts = canonical(record);
            prop_assert_eq!(&texts[0], &person.insurer, "{}", name);
            prop_assert_eq!(first.get_or_insert_with(|| texts.clone()), &texts, "{}", name);
            let service = judged(record).texts.service;
            prop_assert!(name == "ledger" || "20240405".starts_with(&service) && !service.is_empty());
        }
    }
}
