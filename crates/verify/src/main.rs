//! The binary `renketsu-verify`: checks a copy of a party's log on another machine, with nothing of the party but the
//! formats of its log.

mod args;
mod check;
mod failure;
mod words;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::words::Words;

#[expect(clippy::disallowed_methods, reason = "the binary reads the locale")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let words = Words::load(cli.lang, locale.as_deref());
    let stdout = io::stdout();
    let mut out = io::BufWriter::new(stdout.lock());
    let ended = check::run(&cli.asked, &words, &mut out);
    let flushed = out.flush();
    match ended {
        // Nobody reads any more: that is the reader's end, not ours.
        Ok(()) if flushed.is_ok() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(3),
        Err(failure) => {
            let _unread = writeln!(io::stderr(), "{}", failure.render(&words));
            ExitCode::from(failure.exit())
        }
    }
}
