//! The words: both languages have the same messages with the same values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Messages = BTreeMap<String, BTreeSet<String>>;

/// Every message of a catalogue file with the variables it uses.
fn messages(path: &Path) -> Messages {
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Messages::new();
    let mut current = String::new();
    for line in text.lines() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let body = if line.starts_with([' ', '}']) {
            line
        } else {
            let (id, body) = line
                .split_once('=')
                .unwrap_or_else(|| panic!("{}: {line}", path.display()));
            id.trim().clone_into(&mut current);
            assert!(
                !found.contains_key(&current),
                "{}: {current} twice",
                path.display()
            );
            body
        };
        let used = body
            .split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split(' ').next())
            .map(str::to_owned);
        found.entry(current.clone()).or_default().extend(used);
    }
    found
}

fn catalogues(language: &str) -> BTreeMap<String, Messages> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("i18n")
        .join(language);
    let files = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                messages(&path),
            )
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_values() {
    let (english, japanese) = (catalogues("en"), catalogues("ja"));
    assert_eq!(
        english.keys().collect::<Vec<_>>(),
        japanese.keys().collect::<Vec<_>>()
    );
    for (name, messages) in &english {
        if name == "help" {
            continue; // English help stands in src/args.rs
        }
        assert_eq!(messages, &japanese[name], "{name}.ftl");
    }
}

#[test]
fn no_message_stands_in_two_files() {
    for language in ["en", "ja"] {
        let mut seen = BTreeMap::new();
        for (file, messages) in catalogues(language) {
            for id in messages.into_keys() {
                if let Some(other) = seen.insert(id.clone(), file.clone()) {
                    panic!("{language}: {id} in {file}.ftl and {other}.ftl");
                }
            }
        }
    }
}

#[test]
fn every_refusal_says_what_to_do_next() {
    let all: BTreeSet<String> = catalogues("en")
        .into_values()
        .flat_map(Messages::into_keys)
        .collect();
    for id in all.iter().filter(|id| id.starts_with("err-")) {
        assert!(
            all.contains(&id.replacen("err-", "fix-", 1)),
            "{id} has no next step"
        );
    }
    for id in all.iter().filter(|id| id.starts_with("fix-")) {
        assert!(
            all.contains(&id.replacen("fix-", "err-", 1)),
            "{id} belongs to nothing"
        );
    }
}

/// The actions that the sources of all crates record.
fn actions(dir: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tests") {
                actions(&path, into);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for makes in ["Event::new(", ".event("] {
                let found = text.split(makes).skip(1);
                let found = found.filter_map(|rest| rest.trim_start().strip_prefix('"'));
                into.extend(found.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }
}

#[test]
fn every_action_of_the_record_has_a_word() {
    let mut found = BTreeSet::new();
    actions(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        &mut found,
    );
    assert!(found.len() > 20, "{found:?}");
    for language in ["en", "ja"] {
        let path = format!("{}/i18n/{language}/cli.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let words = text.split_once("word-action =").unwrap().1;
        let words = words.split_once("*[other]").unwrap().0;
        for action in &found {
            let name = format!("[{}] ", action.replace('.', "-"));
            assert!(words.contains(&name), "{language}: {action}");
        }
    }
}
