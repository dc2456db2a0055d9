//! Every code has its words.

use std::collections::BTreeSet;

const CATALOGUES: [&str; 2] = [
    include_str!("../../../cli/i18n/en/service.ftl"),
    include_str!("../../../cli/i18n/ja/service.ftl"),
];

#[test]
fn every_code_says_what_happened_and_what_to_do_in_both_languages() {
    for (code, details) in renketsu_service::codes() {
        assert!(code.starts_with("service."), "{code}");
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

/// The title of a problem stands alone: the other side gets no values for it.
#[test]
fn titles_have_no_variables() {
    for (code, _) in renketsu_service::Fault::CODES {
        let name = format!("err-{} = ", code.replace('.', "-"));
        for catalogue in CATALOGUES {
            let title = catalogue
                .lines()
                .find_map(|line| line.strip_prefix(name.as_str()));
            assert!(!title.unwrap().contains('{'), "{code}");
        }
    }
}
