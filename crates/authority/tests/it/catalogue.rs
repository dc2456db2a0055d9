//! Every code, status and finding has its words in both languages.

use std::collections::{BTreeMap, BTreeSet};

use renketsu_authority::controls::Kind;
use renketsu_authority::lookup::Status;
use renketsu_authority::registry::FindingKind;

const CATALOGUES: [&str; 2] = [
    concat!(
        include_str!("../../../cli/i18n/en/authority.ftl"),
        include_str!("../../../cli/i18n/en/controls.ftl"),
        include_str!("../../../cli/i18n/en/custody.ftl"),
        include_str!("../../../cli/i18n/en/fee.ftl"),
    ),
    concat!(
        include_str!("../../../cli/i18n/ja/authority.ftl"),
        include_str!("../../../cli/i18n/ja/controls.ftl"),
        include_str!("../../../cli/i18n/ja/custody.ftl"),
        include_str!("../../../cli/i18n/ja/fee.ftl"),
    ),
];

/// Names of the messages of a catalogue with the variables each uses.
fn messages(catalogue: &'static str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let variables = |text: &'static str| -> BTreeSet<&'static str> {
        let used = text
            .split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split_once(" }"));
        used.map(|(name, _)| name).collect()
    };
    let lines = catalogue.lines().filter_map(|line| line.split_once(" = "));
    lines.map(|(name, text)| (name, variables(text))).collect()
}

#[test]
fn every_code_says_what_happened_and_what_to_do_in_both_languages() {
    let [english, japanese] = CATALOGUES.map(messages);
    let mut expected = BTreeSet::new();
    for (code, details) in renketsu_authority::codes() {
        let details: BTreeSet<&str> = details.iter().copied().collect();
        for kind in ["err", "fix"] {
            let name = format!("{kind}-{}", code.replace('.', "-"));
            for language in [&english, &japanese] {
                let used = language
                    .get(name.as_str())
                    .unwrap_or_else(|| panic!("{name} is missing"));
                assert!(used.is_subset(&details), "{name} uses {used:?}");
            }
            expected.insert(name);
        }
    }
    assert_eq!(
        english, japanese,
        "the same messages with the same variables"
    );
    for language in [&english, &japanese] {
        let stale: Vec<_> = language
            .keys()
            .filter(|name| name.starts_with("err-authority-") || name.starts_with("fix-authority-"))
            .filter(|name| !expected.contains(**name))
            .collect();
        assert!(stale.is_empty(), "{stale:?}");
    }
}

#[test]
fn codes_are_dotted_and_each_stands_once() {
    let codes: Vec<&str> = renketsu_authority::codes().map(|(code, _)| *code).collect();
    let distinct: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(codes.len(), distinct.len());
    assert!(
        codes
            .iter()
            .all(|code| code.starts_with("authority.") && code.split('.').count() == 3)
    );
}

#[test]
fn every_status_and_finding_has_its_words() {
    for language in CATALOGUES.map(messages) {
        for status in Status::ALL {
            assert!(
                language.contains_key(format!("status-{}", status.name()).as_str()),
                "{status:?}"
            );
        }
        for kind in Kind::ALL {
            assert!(
                language.contains_key(format!("control-{}", kind.name()).as_str()),
                "{kind:?}"
            );
        }
        for kind in FindingKind::ALL {
            assert!(
                language.contains_key(format!("finding-{}", kind.name()).as_str()),
                "{kind:?}"
            );
        }
    }
}
