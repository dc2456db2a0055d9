//! Every code, role, action and end has words for people, in both languages, about the same values.

use std::collections::BTreeMap;
use std::path::Path;

use renketsu_access::session::End;
use renketsu_access::{Action, Role};

fn messages(language: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../cli/i18n")
        .join(language)
        .join("access.ftl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut messages = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (name, words) = line.split_once(" = ").unwrap();
        assert!(
            messages.insert(name.to_owned(), words.to_owned()).is_none(),
            "{language}: `{name}` twice"
        );
    }
    messages
}

fn variables(text: &str) -> Vec<&str> {
    let parts = text.split("{ $").skip(1);
    parts.map(|rest| rest.split_once(" }").unwrap().0).collect()
}

/// Every message there must be, with the values it may speak of.
fn expected() -> BTreeMap<String, &'static [&'static str]> {
    let mut names: BTreeMap<String, &'static [&'static str]> = BTreeMap::new();
    for (code, details) in renketsu_access::codes() {
        assert!(code.starts_with("access."), "{code}");
        let id = code.replace('.', "-");
        for prefix in ["err", "fix"] {
            let twice = names.insert(format!("{prefix}-{id}"), details);
            assert!(twice.is_none(), "{code} is listed twice");
        }
    }
    let roles = Role::ALL.map(Role::sheet);
    let roles = roles.map(|sheet| {
        [
            sheet.name,
            sheet.authority,
            sheet.responsibility,
            sheet.duties,
        ]
    });
    let plain = roles
        .into_iter()
        .flatten()
        .chain(Action::ALL.iter().map(|action| action.message()))
        .chain(End::ALL.map(End::message));
    for name in plain {
        assert!(names.insert(name.to_owned(), &[]).is_none(), "{name} twice");
    }
    names
}

#[test]
fn every_name_has_messages_in_both_languages_using_only_its_details() {
    let expected = expected();
    for language in ["ja", "en"] {
        let messages = messages(language);
        assert_eq!(
            messages.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "{language}"
        );
        for (name, words) in &messages {
            let used = variables(words);
            assert!(
                used.iter().all(|used| expected[name].contains(used)),
                "{language}: {name}: {used:?}"
            );
        }
    }
}

#[test]
fn names_are_what_they_are_called_by() {
    for action in Action::ALL {
        let message = format!("action-{}", action.as_str().replace('.', "-"));
        assert_eq!(action.message(), message);
        assert!(!action.clauses().is_empty());
    }
    for end in End::ALL {
        assert_eq!(end.message(), format!("session-end-{}", end.as_str()));
    }
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
    }
    assert!("Handler".parse::<Role>().is_err());
}
