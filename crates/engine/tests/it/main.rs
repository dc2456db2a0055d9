//! The engine through its public functions, on files.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases")]

mod behind;
mod guard;
mod importing;
mod labels;
mod limits;
mod linking;
#[expect(
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "what was asked is told; the evaluator knows few kinds of values"
)]
mod oracle;
mod order;
mod pairing;
mod picture;
mod plans;
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
mod pyarrow;
mod query;
mod removing;
mod row_level;
mod spilling;
mod study;
mod vault;

/// The names `{ $name }` that a message uses.
fn used(message: &str) -> Vec<String> {
    let parts = message.split("{ $").skip(1);
    parts
        .filter_map(|part| part.split([' ', '}']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_code_has_its_messages_in_both_languages_with_the_details_it_has() {
    for language in [
        include_str!("../../../cli/i18n/en/engine.ftl"),
        include_str!("../../../cli/i18n/ja/engine.ftl"),
    ] {
        let starts = |line: &&str| line.starts_with("err-") || line.starts_with("fix-");
        let mut found: Vec<&str> = language
            .lines()
            .filter(starts)
            .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
            .collect();
        let mut expected = Vec::new();
        for (code, details) in renketsu_engine::codes() {
            for kind in ["err", "fix"] {
                let key = format!("{kind}-{}", code.replace('.', "-"));
                let message = language.split_once(&format!("{key} = ")).unwrap().1;
                let message = message.split("\nerr-").next().unwrap();
                let message = message.split("\nfix-").next().unwrap();
                for name in used(message) {
                    assert!(details.contains(&name.as_str()), "{key}: {name}");
                }
                expected.push(key);
            }
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
