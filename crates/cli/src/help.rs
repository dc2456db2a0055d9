//! The words of clap, which knows English only: help in Japanese, and usage errors with our codes.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::failure::{Failure, exit};
use crate::language::{Language, Messages};

/// The language, before the arguments are parsed: `--lang`, else the locale, else Japanese.
pub(crate) fn language(typed: &[OsString], locale: Option<&str>) -> Language {
    let words: Vec<&str> = typed.iter().filter_map(|word| word.to_str()).collect();
    let asked = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| match word.strip_prefix("--lang") {
            Some("") => words.get(at.saturating_add(1)).copied(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        });
    match asked {
        Some("en") => Language::En,
        Some("ja") => Language::Ja,
        _ => locale.map_or(Language::Ja, Language::of_locale),
    }
}

/// The command tree in a language.
pub(crate) fn command(messages: &Messages) -> Command {
    match messages.language() {
        Language::En => Cli::command(),
        Language::Ja => {
            translate(Cli::command(), "help", messages).subcommand_help_heading("コマンド")
        }
    }
}

const TEMPLATE: &str = "{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";

fn translate(mut command: Command, path: &str, messages: &Messages) -> Command {
    command.build();
    walk(command, path, messages)
}

fn walk(command: Command, path: &str, messages: &Messages) -> Command {
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("コマンド");
    if messages.has(path) {
        command = command.about(messages.text(path)).long_about(None);
    }
    let usage = command.render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage: ")
        .replace("[OPTIONS]", "[オプション]");
    command = command.override_usage(usage.replace("<COMMAND>", "<コマンド>"));
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    for id in arguments {
        let key = argument_key(path, &id, messages);
        let text = messages.text(&key);
        command = command.mut_arg(id.as_str(), |argument| {
            let heading = if argument.is_positional() {
                "引数"
            } else {
                "オプション"
            };
            let text = format!("{text}{}", values(&argument));
            argument
                .help(text)
                .long_help(None)
                .hide_possible_values(true)
                .hide_default_value(true)
                .help_heading(heading)
        });
    }
    let children: Vec<String> = command
        .get_subcommands()
        .map(|child| child.get_name().to_owned())
        .collect();
    for name in children {
        let below = format!("{path}-{name}");
        command = command.mut_subcommand(&name, |child| walk(child, &below, messages));
    }
    command
}

/// What an argument takes, and what it takes when it is not given, in Japanese.
fn values(argument: &clap::Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let default: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    let mut text = String::new();
    if !possible.is_empty() {
        let _infallible = write!(text, "［{} のいずれか］", possible.join("、"));
    }
    if !default.is_empty() {
        let _infallible = write!(text, "［既定：{}］", default.join("、"));
    }
    text
}

/// Words for one command's argument, else for that argument anywhere.
fn argument_key(path: &str, id: &str, messages: &Messages) -> String {
    let own = format!("{path}--{id}");
    if messages.has(&own) {
        own
    } else {
        format!("help--{id}")
    }
}

/// Ends a run whose arguments could not be used, or that only asked for help.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "clap may add kinds; all others are usage errors"
)]
pub(crate) fn end(error: &clap::Error, messages: &Messages) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _unread = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _unread = error.print();
            ExitCode::from(exit::INPUT)
        }
        _ => {
            let _unread = writeln!(io::stderr(), "{}", usage(error).render(messages));
            ExitCode::from(exit::INPUT)
        }
    }
}

/// A usage error by its own code, naming the argument.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "clap may add kinds; those without a code of their own share one"
)]
fn usage(error: &clap::Error) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let argument = ("argument", context(ContextKind::InvalidArg));
    let value = ("value", context(ContextKind::InvalidValue));
    let wanted = wanted(&argument.1, context(ContextKind::ValidValue));
    let (code, details) = match error.kind() {
        ErrorKind::MissingRequiredArgument => ("cli.usage.missing", vec![argument]),
        ErrorKind::InvalidSubcommand => (
            "cli.usage.command",
            vec![("command", context(ContextKind::InvalidSubcommand))],
        ),
        ErrorKind::UnknownArgument => ("cli.usage.unknown", vec![argument]),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            ("cli.usage.value", vec![argument, value, ("wanted", wanted)])
        }
        ErrorKind::ArgumentConflict => (
            "cli.usage.conflict",
            vec![argument, ("other", context(ContextKind::PriorArg))],
        ),
        _ => ("cli.usage.other", vec![argument]),
    };
    Failure::new(code, details, exit::INPUT)
}

/// What an argument takes: its possible values, else the form its name in the usage stands for.
fn wanted(argument: &str, possible: String) -> String {
    const FORMS: &[(&str, &str)] = &[
        ("<DATE>", "YYYY-MM-DD"),
        ("<NAME=FILE>", "NAME=FILE"),
        ("--valid-days", "1–3650"),
        ("--persons", "100–5000000"),
        ("<MIB>", "64–4294967295"),
        ("--memory", "16–4294967295"),
        ("passphrase-fd", "0–4294967295"),
        ("<ROWS>", "0–18446744073709551615"),
        ("--seed", "0–18446744073709551615"),
    ];
    if !possible.is_empty() {
        return possible;
    }
    FORMS
        .iter()
        .find(|(name, _)| argument.contains(name))
        .map(|(_, form)| (*form).to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(command: &Command, path: &str, messages: &Messages, into: &mut Vec<String>) {
        if !messages.has(path) {
            into.push(path.to_owned());
        }
        for argument in command.get_arguments() {
            let key = argument_key(path, argument.get_id().as_str(), messages);
            if !messages.has(&key) {
                into.push(format!("{path}--{}", argument.get_id()));
            }
        }
        for child in command.get_subcommands() {
            missing(
                child,
                &format!("{path}-{}", child.get_name()),
                messages,
                into,
            );
        }
    }

    #[test]
    fn every_command_and_argument_has_japanese_help() {
        let messages = Messages::load(Language::Ja);
        let mut found = Vec::new();
        let mut command = Cli::command();
        command.build();
        missing(&command, "help", &messages, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn the_command_tree_is_consistent_in_both_languages() {
        for language in [Language::En, Language::Ja] {
            command(&Messages::load(language)).debug_assert();
        }
    }

    #[test]
    fn the_language_is_found_before_the_arguments_are_parsed() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            language(&words("renketsu demo --lang en"), Some("ja_JP.UTF-8")),
            Language::En
        );
        assert_eq!(
            language(&words("renketsu --lang=ja demo"), Some("en_US")),
            Language::Ja
        );
        assert_eq!(
            language(&words("renketsu demo"), Some("en_GB.UTF-8")),
            Language::En
        );
        assert_eq!(
            language(&words("renketsu demo"), Some("C.UTF-8")),
            Language::Ja
        );
        assert_eq!(language(&words("renketsu demo"), None), Language::Ja);
    }
}
