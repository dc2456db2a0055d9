//! What can be asked of a backup.

use std::path::PathBuf;

use clap::Args;

use super::{Dir, Json};

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
    /// Write the backup to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// A directory with the party's keys/ in it: as its custodian keeps them, or the party's own.
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: PathBuf,
    /// Where the party's directory is to be: new or empty.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "verify",
        conflicts_with = "verify"
    )]
    pub(crate) dir: Option<PathBuf>,
    /// Only check the backup; write nothing.
    #[arg(long)]
    pub(crate) verify: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}
