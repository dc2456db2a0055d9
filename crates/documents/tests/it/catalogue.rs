//! Every error has a code of the list, and the list no other.

use std::collections::BTreeSet;

use renketsu_documents::{Missing, PaperError, codes};

#[test]
fn codes_are_complete() {
    let faults = [
        PaperError::Glyph(vec![Missing {
            field: "producer",
            characters: vec!["\u{1F600}".to_owned(), "葛\u{E0105}".to_owned()],
        }]),
        PaperError::Long {
            field: "reason",
            characters: 10_001,
            most: 10_000,
        },
        PaperError::Template {
            at: "/office.typ:1".to_owned(),
        },
    ];
    let named: Vec<(&str, Vec<&str>)> = faults
        .iter()
        .map(|fault| {
            let names = fault.details().iter().map(|(name, _)| *name).collect();
            (fault.code(), names)
        })
        .collect();
    let listed: Vec<(&str, Vec<&str>)> = codes()
        .map(|(code, names)| (*code, names.to_vec()))
        .collect();
    assert_eq!(named, listed);
    assert_eq!(faults.map(|fault| fault.exit()), [2, 2, 70]);
}

const CATALOGUES: [&str; 2] = [
    include_str!("../../../cli/i18n/en/documents.ftl"),
    include_str!("../../../cli/i18n/ja/documents.ftl"),
];

#[test]
fn every_code_says_what_happened_and_what_to_do_in_both_languages() {
    for (code, details) in codes() {
        for kind in ["err", "fix"] {
            let name = format!("{kind}-{} = ", code.replace('.', "-"));
            for catalogue in CATALOGUES {
                let line = catalogue
                    .lines()
                    .find_map(|line| line.strip_prefix(name.as_str()))
                    .unwrap_or_else(|| panic!("{name} is missing"));
                let used: BTreeSet<&str> = line
                    .split("{ $")
                    .skip(1)
                    .filter_map(|rest| Some(rest.split_once(" }")?.0))
                    .collect();
                assert!(used.iter().all(|name| details.contains(name)), "{line}");
            }
        }
    }
}
