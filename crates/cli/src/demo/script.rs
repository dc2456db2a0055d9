//! Commands as a person would type them, run through the same code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser as _;
use renketsu_seal::party;

use crate::args::{Asked, Cli, Command};
use crate::commands;
use crate::failure::Failure;
use crate::session::Session;

/// Stands for the demo's directory in a command.
const HERE: &str = "@/";

/// An option given once for each of many files, and shown as a shell pattern.
pub(super) struct Many<'a> {
    pub(super) option: &'a str,
    pub(super) shown: &'a str,
    pub(super) files: &'a [PathBuf],
}

/// The play and its stage.
pub(super) struct Script<'s, 'o> {
    session: &'s mut Session<'o>,
    root: &'s Path,
    plain: bool,
}

impl<'s, 'o> Script<'s, 'o> {
    pub(super) fn new(session: &'s mut Session<'o>, root: &'s Path, plain: bool) -> Self {
        Self {
            session,
            root,
            plain,
        }
    }

    pub(super) fn session(&mut self) -> &mut Session<'o> {
        self.session
    }

    pub(super) fn heading(&mut self, id: &str) -> Result<(), Failure> {
        self.session.print("")?;
        self.session.say(id, &[])
    }

    /// The fingerprint of one of the three parties, as it would be heard over the telephone.
    pub(super) fn fingerprint(&self, of: &str) -> Result<String, Failure> {
        Ok(party::card(&self.root.join(of))?.fingerprint().to_hex())
    }

    pub(super) fn run(&mut self, command: &str) -> Result<(), Failure> {
        self.run_with(command, &[])
    }

    /// Runs a command whose answer is the same in every run of one seed, and shows that answer always.
    pub(super) fn show(&mut self, shown: &str, typed: &[&str]) -> Result<(), Failure> {
        self.session.print(&format!("$ {shown}"))?;
        let here = format!("{}/", self.root.display());
        let typed = typed.iter().map(|word| word.replace(HERE, &here));
        commands::run(self.session, parse(typed)?)
    }

    /// Prints the command, runs it, and says how long it took.
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo shows how long its steps take"
    )]
    pub(super) fn run_with(&mut self, command: &str, many: &[Many<'_>]) -> Result<(), Failure> {
        let here = format!("{}/", self.root.display());
        let mut shown = command.replace(HERE, "");
        let mut typed: Vec<String> = command
            .split_whitespace()
            .map(|word| word.replace(HERE, &here))
            .collect();
        for part in many {
            let _infallible = write!(shown, " {} {}", part.option, part.shown.replace(HERE, ""));
            for file in part.files {
                typed.push(part.option.to_owned());
                typed.push(file.display().to_string());
            }
        }
        if self.plain {
            shown = without_secrets(&shown);
        }
        self.session.print(&format!("$ {shown}"))?;
        let begun = Instant::now();
        let command = parse(typed)?;
        if self.plain {
            // What the command says holds sizes, digests and keys, which no two runs share; a golden text needs none of it.
            let mut unheard = std::io::sink();
            let mut silent = Session {
                messages: self.session.messages,
                clock: self.session.clock,
                passphrases: self.session.passphrases,
                cost: self.session.cost,
                vault_cost: self.session.vault_cost,
                out: &mut unheard,
                progress: self.session.progress,
                proven: None,
            };
            return commands::run(&mut silent, command);
        }
        commands::run(self.session, command)?;
        let took = Instant::now().saturating_duration_since(begun);
        if took.as_millis() >= 100 {
            self.session.say(
                "demo-took",
                &[("seconds", format!("{:.1}", took.as_secs_f64()))],
            )?;
        }
        Ok(())
    }
}

/// The command that stands in typed words.
fn parse(typed: impl IntoIterator<Item = String>) -> Result<Command, Failure> {
    match Cli::try_parse_from(typed)
        .map_err(|error| super::data::impossible(&error))?
        .asked
    {
        Asked::Command(command) => Ok(*command),
        Asked::Demo(_) => Err(Failure::new(
            "cli.demo.bug",
            vec![("what", "demo".to_owned())],
            70,
        )),
    }
}

/// Fingerprints are fresh in every run.
fn without_secrets(command: &str) -> String {
    let mut words = Vec::new();
    let mut hide = false;
    for word in command.split(' ') {
        words.push(if hide { "…" } else { word });
        hide = word == "--fingerprint";
    }
    words.join(" ")
}
