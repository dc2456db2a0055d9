//! What can be typed: the vault of a user's studies.

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum Vault {
    /// Show how many custodians open the vault, and whether its file is the one the record names.
    Show(VaultShow),
    /// Change the vault's passphrase, or a custodian's part of it; what lies in the vault stays as it is.
    Rewrap(VaultRewrap),
}

#[derive(Debug, Args)]
pub(crate) struct VaultShow {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct VaultRewrap {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// How many people are to open it from now on (1 or 2; default: as many as before).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) custodians: Option<u8>,
    /// Why; recorded.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Read the new passphrase, or the first custodian's new part, from this file descriptor (first line).
    #[arg(long, value_name = "FD")]
    pub(crate) new_vault_passphrase_fd: Option<u32>,
    /// Read the second custodian's new part from this file descriptor (first line).
    #[arg(long, value_name = "FD")]
    pub(crate) new_second_vault_passphrase_fd: Option<u32>,
    #[command(flatten)]
    pub(crate) json: Json,
}
