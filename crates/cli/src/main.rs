//! The binary `renketsu`: arguments, words, exit codes. No rule of the exchange stands here.

mod args;
mod clock;
mod commands;
mod custodians;
mod demo;
mod engine;
mod failure;
mod help;
mod language;
mod passphrase;
mod progress;
mod session;

use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;

use clap::FromArgMatches as _;
use renketsu_seal::party::Cost;
use renketsu_seal::vault::VaultCost;

use crate::args::{Asked, Cli};
use crate::failure::{Failure, exit};
use crate::language::{Language, Messages};
use crate::passphrase::Passphrases;
use crate::progress::Progress;
use crate::session::Session;

#[expect(
    clippy::disallowed_methods,
    reason = "the binary reads the clock and the environment, once, for all below it"
)]
fn main() -> ExitCode {
    keep_secrets_out_of_core_dumps();
    let typed: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let language = help::language(&typed, locale.as_deref());
    set_hook(Box::new(move |panic| tell(panic, language)));
    let messages = Messages::load(language);

    let cli = match help::command(&messages)
        .try_get_matches_from(&typed)
        .and_then(|found| Cli::from_arg_matches(&found))
    {
        Ok(cli) => cli,
        Err(error) => return help::end(&error, &messages, &typed),
    };
    let passphrases = Passphrases::Offered {
        keys: cli.passphrase_fd,
        vault: cli.vault_passphrase_fd,
        second_vault: cli.second_vault_passphrase_fd,
        pin: cli.token_pin_fd,
        password: cli.password_fd,
        totp: cli.totp_fd,
        credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(Into::into),
    };
    // The hook has told of a panic.
    catch_unwind(AssertUnwindSafe(|| run(cli.asked, &passphrases, &messages)))
        .unwrap_or(ExitCode::from(exit::BUG))
}

#[expect(clippy::disallowed_methods, reason = "the clock of the commands")]
fn run(asked: Asked, passphrases: &Passphrases, messages: &Messages) -> ExitCode {
    let stdout = io::stdout();
    let mut out = io::BufWriter::new(stdout.lock());
    let mut session = Session {
        messages,
        clock: &jiff::Timestamp::now,
        passphrases,
        cost: Cost::Standard,
        vault_cost: VaultCost::Standard,
        out: &mut out,
        progress: if io::stderr().is_terminal() {
            Progress::Shown
        } else {
            Progress::Silent
        },
        proven: None,
    };
    // Before any file of ours can have the number of one that is not open.
    let ended = passphrases.are_open().and_then(|()| match asked {
        Asked::Command(command) => commands::run(&mut session, *command),
        Asked::Demo(args) => demo::run(&mut session, &args),
    });
    let ended = ended.and_then(|()| session.flush());
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.exit() == 0 => ExitCode::SUCCESS,
        Err(failure) => {
            let _unread = out.flush();
            let _unread = writeln!(io::stderr(), "{}", failure.render(messages));
            ExitCode::from(failure.exit())
        }
    }
}

/// Tells of a panic by its place alone: the words of a library can quote data.
fn tell(panic: &PanicHookInfo<'_>, language: Language) {
    let place = panic.location().map_or_else(
        || "-".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let failure = Failure::new("cli.panic", vec![("place", place)], exit::BUG);
    let _unread = writeln!(
        io::stderr(),
        "{}",
        failure.render(&Messages::load(language))
    );
}

/// A core dump would hold the party's keys. Where the system refuses this, it also writes no dump that we could prevent.
fn keep_secrets_out_of_core_dumps() {
    use nix::sys::prctl::set_dumpable;
    use nix::sys::resource::{Resource, setrlimit};
    let _limit = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _dumpable = set_dumpable(false);
}
