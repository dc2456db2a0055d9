//! One person, one provision, one ID: on a hundred thousand people.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use renketsu_authority::issuer::{Issued, IssuerKeys};
use renketsu_authority::lookup::{Identifiers, Status};
use renketsu_authority::registry::{Acceptance, Builder, RawRow, Registry};
use renketsu_authority::resolver::{Resolver, ResolverKeys};
use renketsu_identity::{Epoch, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};

const PERSONS: u32 = 100_000;
const TODAY: Date = date(2026, 11, 22);

/// The first number of a person: family and branch, so that loose forms and missing branches meet neighbours.
fn number(person: u32) -> (String, String) {
    (format!("{:07}", person / 4), format!("{:02}", person % 4))
}

fn birth(person: u32) -> String {
    format!(
        "{}{:02}{:02}",
        1930 + person % 90,
        1 + person % 12,
        1 + person % 28
    )
}

/// Seven syllables that write the person's number, so that triples differ.
fn kana(person: u32) -> String {
    let syllables = ['ア', 'カ', 'サ', 'タ', 'ナ', 'ハ', 'マ', 'ヤ', 'ラ', 'ワ'];
    format!("{person:07}")
        .bytes()
        .map(|digit| syllables[usize::from(digit - b'0')])
        .collect()
}

fn registry() -> Registry {
    let mut builder = Builder::new(TODAY);
    for person in 0..PERSONS {
        let (own, branch) = number(person);
        let (key, kana, birth_date) = (format!("R{person:07}"), kana(person), birth(person));
        let sex = if person % 2 == 0 { "1" } else { "2" };
        let moved = person % 3 == 0;
        let row = RawRow {
            person: &key,
            kana: &kana,
            birth_date: &birth_date,
            sex,
            insurer: "06132013",
            symbol: "12-34",
            number: &own,
            branch: &branch,
            valid_from: "20200401",
            valid_to: if moved { "20230331" } else { "" },
        };
        builder.push(u64::from(person) + 2, &row).unwrap();
        if moved {
            let later = RawRow {
                insurer: "39131107",
                symbol: "",
                branch: "",
                valid_from: "20230401",
                valid_to: "",
                ..row
            };
            builder
                .push(
                    u64::from(person) + 2,
                    &RawRow {
                        number: &format!("{person:08}"),
                        ..later
                    },
                )
                .unwrap();
        }
    }
    builder.finish(Acceptance::Refuse).unwrap().0
}

fn issuer(provision: &str, salt: u8) -> IssuerKeys {
    let root = ProvisionRoot::from_bytes(&mut [2; 32]).unwrap();
    let salt = ProvisionSalt::from_bytes(&mut [salt; 32]).unwrap();
    IssuerKeys::derive(&root, &salt, &ProvisionCode::parse(provision).unwrap()).unwrap()
}

#[test]
fn issue_and_stamp_give_equal_ids_and_two_provisions_share_none() {
    let registry = registry();
    assert_eq!(registry.persons(), u64::from(PERSONS));
    let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut [1; 32]).unwrap(), Epoch(1)).unwrap();
    let resolver = Resolver::new(&registry, &keys, TODAY);
    let (one, other) = (issuer("P-2026-0001", 3), issuer("P-2026-0002", 4));
    let mut seen: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut add = |issued: &Issued| {
        for id in [
            issued.number_id.map(|id| *id.as_bytes()),
            issued.kana_id.map(|id| *id.as_bytes()),
        ] {
            assert!(
                seen.insert(id.unwrap()),
                "an ID stands for one person, one kind and one provision"
            );
        }
    };
    for person in 0..PERSONS {
        let (own, branch) = number(person);
        let (birth_date, kana) = (birth(person), kana(person));
        let number = if person % 5 == 0 {
            own.trim_start_matches('0')
        } else {
            &own
        };
        let number = if number.is_empty() { "0" } else { number };
        let asked = Identifiers {
            insurer: "06132013",
            symbol: "12-34",
            number,
            branch: if person % 7 == 0 { "" } else { &branch },
            kana: if person % 2 == 0 { &kana } else { "" },
            birth_date: &birth_date,
            sex: if person % 2 == 0 { "1" } else { "2" },
            service: "202101",
        };
        let (resolution, subjects) = resolver.resolve(&asked).unwrap();
        assert!(
            matches!(resolution.status, Status::Number | Status::NumberLoose),
            "{:?}",
            resolution.status
        );
        assert_eq!(resolution.kana_unique, Some(true));
        let issued = one.issue(&subjects);
        let (_, by_key) = resolver
            .person(&format!("R{person:07}"), None)
            .unwrap()
            .unwrap();
        assert_eq!(issued, one.issue(&by_key));
        add(&issued);
        add(&other.issue(&by_key));
    }
    assert_eq!(seen.len(), 4 * usize::try_from(PERSONS).unwrap());
}
