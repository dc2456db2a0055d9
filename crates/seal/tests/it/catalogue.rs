//! Every code has words for people, in both languages, about the same values.

use std::collections::BTreeMap;
use std::path::Path;

/// Message name → text, of the simple Fluent files that the catalogue consists of.
fn messages(language: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../cli/i18n")
        .join(language);
    let text = ["seal.ftl", "log.ftl", "record.ftl"].map(|name| {
        let path = path.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    });
    let text = text.concat();
    let mut messages: BTreeMap<String, String> = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| line.starts_with("err-seal-") || line.starts_with("fix-seal-"))
    {
        let (name, words) = line
            .split_once(" = ")
            .unwrap_or_else(|| panic!("{language}: {line}"));
        assert!(
            messages.insert(name.to_owned(), words.to_owned()).is_none(),
            "{language}: `{name}` twice"
        );
    }
    messages
}

fn variables(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text
        .split("{ $")
        .skip(1)
        .map(|rest| rest.split_once(" }").unwrap().0)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn every_code_is_listed_once_and_has_four_messages_using_only_its_details() {
    let catalogues = [messages("ja"), messages("en")];
    let mut expected = Vec::new();
    for (code, details) in renketsu_seal::codes() {
        assert!(code.starts_with("seal."), "{code}");
        let id = code.replace('.', "-");
        for prefix in ["err", "fix"] {
            let name = format!("{prefix}-{id}");
            let texts = catalogues
                .each_ref()
                .map(|messages| messages.get(&name).unwrap_or_else(|| panic!("no `{name}`")));
            let [ja, en] = texts.map(|text| variables(text));
            assert_eq!(ja, en, "{name}");
            assert!(
                ja.iter().all(|variable| details.contains(variable)),
                "{name}: {ja:?}"
            );
            expected.push(name);
        }
    }
    expected.sort();
    let total = expected.len();
    expected.dedup();
    assert_eq!(expected.len(), total, "a code is listed twice");
    for messages in catalogues {
        assert_eq!(messages.into_keys().collect::<Vec<_>>(), expected);
    }
}
