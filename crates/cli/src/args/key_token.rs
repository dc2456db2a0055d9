//! What can be typed: the key token of the authority's secrets.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityToken {
    /// Wrap this directory's secrets by a key in a PKCS#11 token: passphrase and token are needed from then on.
    Use(TokenUse),
    /// Wrap them by it no longer, so that the passphrase suffices: to go over to another token.
    Leave(TokenLeave),
}

#[derive(Debug, Args)]
pub(crate) struct TokenUse {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The PKCS#11 library of the token's vendor. It runs inside this program.
    #[arg(long, value_name = "FILE")]
    pub(crate) module: PathBuf,
    /// The token's label.
    #[arg(
        long,
        value_name = "LABEL",
        required_unless_present = "serial",
        conflicts_with = "serial"
    )]
    pub(crate) token: Option<String>,
    /// The token's serial number.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) serial: Option<String>,
    /// The key's label (default: a name made of this party's fingerprint).
    #[arg(long, value_name = "LABEL")]
    pub(crate) key: Option<String>,
    /// Make the key now, in the token: AES-256 that can't leave it.
    #[arg(long)]
    pub(crate) make_key: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct TokenLeave {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}
