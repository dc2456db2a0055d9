//! What can be typed: the signed log of a directory, and its witness.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Sign the log as it stands now, after all of it was read from disk again.
    Checkpoint(LogAt),
    /// Check every entry, every file and every signed head of the log.
    Verify(LogVerify),
    /// Write a copy of the log, up to its newest signed head, for a witness or an inspector.
    Export(LogExport),
    /// Take in a head that a witness has signed.
    Take(LogTake),
    /// Print the newest signed head, to be signed on paper and filed.
    Sheet(LogAt),
    /// List the heads of other parties' logs that came with their packages, or write one to a file for an inspector.
    Received(LogReceived),
    /// Record that the machine and the log are at work.
    Heartbeat(LogBeat),
    /// Erase the details of entries that need not be kept any longer; the entries stay.
    Erase(LogErase),
    /// Work of the witness: a second person, with a key of their own, on another machine.
    #[command(subcommand)]
    Witness(LogWitness),
}

#[derive(Debug, Args)]
pub(crate) struct LogAt {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogBeat {
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Args)]
pub(crate) struct LogVerify {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// A signed head that was kept elsewhere; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) earlier: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogExport {
    /// The new directory.
    #[arg(value_name = "COPY")]
    pub(crate) copy: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogReceived {
    /// Write the newest head of the party with this fingerprint.
    #[arg(long, value_name = "FINGERPRINT", requires = "out")]
    pub(crate) of: Option<String>,
    /// The new file, which `renketsu-verify log --earlier` takes.
    #[arg(long, value_name = "FILE", requires = "of")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogTake {
    /// The head with the witness's signature.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The witness's verifier key, the first time: as the witness read it to you.
    #[arg(long, value_name = "VERIFIER")]
    pub(crate) witness: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LogErase {
    /// The entries, by their index in the log.
    #[arg(value_name = "INDEX", required = true)]
    pub(crate) index: Vec<u64>,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Why; recorded.
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogWitness {
    /// Make the key of a witness in a directory of its own.
    Init(WitnessInit),
    /// Show the witness's verifier key.
    Show(WitnessShow),
    /// Check a copy of a log against the head remembered of it, remember its head, and sign it.
    Sign(WitnessSign),
}

#[derive(Debug, Args)]
pub(crate) struct WitnessInit {
    #[command(flatten)]
    pub(crate) at: WitnessDir,
    /// The name in the witness's signatures, without spaces: for example audit.example.jp/1.
    #[arg(long)]
    pub(crate) name: String,
}

/// A witness's directory.
#[derive(Debug, Args)]
pub(crate) struct WitnessDir {
    /// The witness's directory.
    #[arg(id = "witness_dir", long = "dir", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessShow {
    #[command(flatten)]
    pub(crate) at: WitnessDir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessSign {
    /// The copy that `log export` wrote.
    #[arg(value_name = "COPY")]
    pub(crate) copy: PathBuf,
    #[command(flatten)]
    pub(crate) at: WitnessDir,
    /// The fingerprint of the party's card, the first time: as the party told it to you.
    #[arg(long)]
    pub(crate) fingerprint: Option<String>,
    /// Write the signed head to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}
