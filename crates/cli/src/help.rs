//! The words of clap, which knows English only: help in Japanese, and usage errors with our codes.

use std::error::Error as _;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::num::ParseIntError;
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
            let text = format!("{text}{}", values(&argument, &text));
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

/// What an argument takes, and what it takes when it is not given, in Japanese; what it takes not where its words say what
/// each means (`＝`).
fn values(argument: &clap::Arg, words: &str) -> String {
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
    if !possible.is_empty() && !words.contains('＝') {
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
pub(crate) fn end(error: &clap::Error, messages: &Messages, typed: &[OsString]) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _unread = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _unread = error.print();
            ExitCode::from(exit::INPUT)
        }
        // As without any word, of which clap itself shows the help.
        ErrorKind::MissingSubcommand => {
            let help = meant(command(messages), typed).render_help();
            let _unread = write!(io::stderr(), "{help}");
            ExitCode::from(exit::INPUT)
        }
        _ => {
            let failure = usage(error, messages);
            let _unread = writeln!(io::stderr(), "{}", failure.render(messages));
            ExitCode::from(exit::INPUT)
        }
    }
}

/// The command that the typed words lead to.
fn meant(mut command: Command, typed: &[OsString]) -> Command {
    command.build();
    for word in typed.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = command.find_subcommand(word) {
            command = found.clone();
        }
    }
    command
}

/// A usage error by its own code, naming the argument.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "clap may add kinds; those without a code of their own share one"
)]
fn usage(error: &clap::Error, messages: &Messages) -> Failure {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let argument = ("argument", context(ContextKind::InvalidArg));
    let value = ("value", context(ContextKind::InvalidValue));
    let (choice, wanted) = wanted(
        error,
        &argument.1,
        context(ContextKind::ValidValue),
        messages,
    );
    let choice = ("choice", choice.to_owned());
    let prior = context(ContextKind::PriorArg);
    let (code, details) = match error.kind() {
        ErrorKind::MissingRequiredArgument => ("cli.usage.missing", vec![argument]),
        ErrorKind::InvalidSubcommand => (
            "cli.usage.command",
            vec![("command", context(ContextKind::InvalidSubcommand))],
        ),
        ErrorKind::UnknownArgument => ("cli.usage.unknown", vec![argument]),
        ErrorKind::InvalidValue if value.1.is_empty() => (
            "cli.usage.empty",
            vec![argument, choice, ("wanted", wanted)],
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => (
            "cli.usage.value",
            vec![argument, value, choice, ("wanted", wanted)],
        ),
        ErrorKind::ArgumentConflict if prior == argument.1 => ("cli.usage.twice", vec![argument]),
        ErrorKind::ArgumentConflict => ("cli.usage.conflict", vec![argument, ("other", prior)]),
        _ => ("cli.usage.other", vec![argument]),
    };
    Failure::new(code, details, exit::INPUT)
}

/// What an argument takes: `one` of its possible values, or a `form`; `none` where only the help says it.
fn wanted(
    error: &clap::Error,
    argument: &str,
    possible: String,
    messages: &Messages,
) -> (&'static str, String) {
    const FORMS: &[(&str, &str)] = &[("<DATE>", "YYYY-MM-DD"), ("<NAME=FILE>", "NAME=FILE")];
    if !possible.is_empty() {
        return ("one", possible);
    }
    if let Some((_, form)) = FORMS.iter().find(|(name, _)| argument.contains(name)) {
        return ("form", (*form).to_owned());
    }
    let Some(cause) = error.source() else {
        return ("none", String::new());
    };
    if cause.is::<ParseIntError>() {
        return ("form", messages.text("usage-number"));
    }
    let said = cause.to_string();
    let range = said.split_once(" is not in ").map(|(_, range)| range);
    let Some((least, most)) = range.and_then(|range| range.split_once("..")) else {
        return ("none", String::new());
    };
    let most = most.trim_start_matches('=');
    // The largest numbers of the machine are nobody's limit.
    let text = match most.parse::<u64>() {
        Ok(most) if most < u64::from(u32::MAX) => format!("{least}–{most}"),
        _ => messages.with("usage-least", &[("least", least.to_owned())]),
    };
    ("form", text)
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
