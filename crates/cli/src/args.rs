//! What can be typed. English help stands here; the Japanese help is in `i18n/ja/help.ftl` under the same paths.

mod authority;
mod backup;
mod check;
mod controls;
mod custody;
mod document;
mod fee;
mod key_token;
mod log;
mod producer;
mod registry;
mod service;
mod state;
mod study;
mod vault;
mod web;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use authority::*;
pub(crate) use backup::*;
pub(crate) use check::*;
pub(crate) use controls::*;
pub(crate) use custody::*;
pub(crate) use document::*;
pub(crate) use fee::*;
pub(crate) use key_token::*;
pub(crate) use log::*;
pub(crate) use producer::*;
pub(crate) use registry::*;
pub(crate) use service::*;
pub(crate) use state::*;
pub(crate) use study::*;
pub(crate) use vault::*;
pub(crate) use web::*;

use crate::language::Language;

/// Give the same provision ID to one person in anonymized medical data and the public databases, and link them.
#[derive(Debug, Parser)]
#[command(
    name = "renketsu",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    /// Language of messages (default: from the locale, else Japanese).
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    /// Read the passphrase of the party's keys from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) passphrase_fd: Option<u32>,
    /// Read the passphrase of the vault from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) vault_passphrase_fd: Option<u32>,
    /// Read the second custodian's part of the vault's passphrase from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) second_vault_passphrase_fd: Option<u32>,
    /// Read the PIN of the key token from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) token_pin_fd: Option<u32>,
    /// Read the password of the person who signs in at a server from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) password_fd: Option<u32>,
    /// Read the code of that person's second factor (TOTP) from this file descriptor (first line).
    #[arg(long, global = true, value_name = "FD")]
    pub(crate) totp_fd: Option<u32>,
    #[command(subcommand)]
    pub(crate) asked: Asked,
}

/// What a run is asked for.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    #[command(flatten)]
    Command(Box<Command>),
    /// Play the whole exchange with a synthetic population and measure the link.
    Demo(Demo),
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a party's directory with its own keys.
    Init(Init),
    /// The party's public card.
    #[command(subcommand)]
    Keys(Keys),
    /// The cards of other parties.
    #[command(subcommand)]
    Trust(Trust),
    /// Work of the certified producer.
    #[command(subcommand)]
    Producer(Producer),
    /// Work of the linking authority.
    #[command(subcommand)]
    Authority(Authority),
    /// Work of the user: studies.
    #[command(subcommand)]
    Study(Study),
    /// The vault of a user's studies: by whom it is opened.
    #[command(subcommand)]
    Vault(Vault),
    /// Serve a workspace's studies to browsers on an isolated segment.
    Serve(WebServe),
    /// Show the chained record of what was done in a directory, and check it.
    Record(Record),
    /// Whether the state of a directory is what its party put there.
    #[command(subcommand)]
    State(State),
    /// Back up a party's directory, sealed by the party for itself, without keys, roots and salts.
    Backup(Backup),
    /// Check a backup and put it back into a new directory.
    Restore(Restore),
    /// The signed log of a directory: sign, check, copy, and have it witnessed.
    #[command(subcommand)]
    Log(Log),
    /// Check another implementation's values against this one.
    #[command(subcommand)]
    Conformance(Conformance),
}

/// A party's directory.
#[derive(Debug, Args)]
pub(crate) struct Dir {
    /// The party's directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// Whether to answer for a script.
#[derive(Debug, Args)]
pub(crate) struct Json {
    /// Print JSON with a `schema` field.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The part a party plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// the linking authority (大臣等・支払基金), or the resolver of its two custodians
    Authority,
    /// the issuer of the authority's two custodians
    Issuer,
    /// the certified producer (認定作成事業者)
    Producer,
    /// the user (利用者)
    Workspace,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The part this party plays.
    #[arg(long, value_enum, default_value = "workspace")]
    pub(crate) role: RoleName,
    /// The party's name on its card (default: the directory's name).
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A host name by which browsers reach the workspace's server (`renketsu serve`); makes the root of its certificates. May
    /// be given several times; the first must be a name, not an address.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
    /// Make the vault of the studies at once, to be opened by so many people, each with a part of the passphrase (1 or 2).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) vault_custodians: Option<u8>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Show the card and its fingerprint; with --out, write the card for the other parties.
    Show(KeysShow),
}

#[derive(Debug, Args)]
pub(crate) struct KeysShow {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
    /// Write the card to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Trust the card in FILE once its fingerprint was confirmed by another channel.
    Add(TrustAdd),
    /// List the trusted cards.
    List(TrustList),
    /// Trust a card no longer.
    Remove(TrustRemove),
}

#[derive(Debug, Args)]
pub(crate) struct TrustAdd {
    /// The card.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The fingerprint the other party told you, in quotes; without it, it is asked for at the terminal.
    #[arg(long)]
    pub(crate) fingerprint: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TrustList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct TrustRemove {
    /// The card: name or fingerprint.
    #[arg(value_name = "PARTY")]
    pub(crate) party: String,
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Conformance {
    /// Canonical forms and IDs: a file in the form of vectors/ids.json.
    Ids(ConformanceFile),
    /// Registry, requests and answers: a file in the form of vectors/issue.json.
    Issue(ConformanceFile),
}

#[derive(Debug, Args)]
pub(crate) struct ConformanceFile {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// People in the synthetic register.
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=5_000_000))]
    pub(crate) persons: u32,
    /// Seed: the same seed gives the same people, the same defects and the same counts.
    #[arg(long, default_value_t = 2026)]
    pub(crate) seed: u64,
    /// Keep the directories of the three parties here instead of removing them at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Leave out times and sizes, so that two runs print the same.
    #[arg(long)]
    pub(crate) plain: bool,
    /// At the end, open the linked study in the browser, with sample people of every role.
    #[arg(long)]
    pub(crate) serve: bool,
    /// Where --serve listens: ADDRESS:PORT of this machine or an isolated segment; port 0 takes any that is free.
    #[arg(
        long,
        requires = "serve",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8443"
    )]
    pub(crate) listen: std::net::SocketAddr,
}
