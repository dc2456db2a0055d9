//! What can be typed: work between the authority's two custodians.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Accepted, Dir, Json};

/// Whose key store a directory has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CustodianName {
    /// the resolver: registry and subject keys
    Resolver,
    /// the issuer: provision keys
    Issuer,
    /// both in one directory, behind one passphrase
    Both,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityKeys {
    /// Begin the next epoch with new roots; roots that no open provision needs are destroyed.
    Rotate(KeysRotate),
    /// Show whose key stores are here, which epochs are kept and for which provisions, and what opens each secret.
    Status(KeysStatus),
}

#[derive(Debug, Args)]
pub(crate) struct KeysRotate {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct KeysStatus {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionHand {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long)]
    pub(crate) id: String,
    /// The resolver: name or fingerprint of a trusted card.
    #[arg(long, value_name = "PARTY")]
    pub(crate) resolver: String,
    /// The file of the terms.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Days until the terms expire.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionTake {
    /// The issuer's terms.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The producer's request.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The file of the tokens for the issuer.
    #[arg(long, value_name = "FILE")]
    pub(crate) to_issuer: PathBuf,
    /// The file of the references for the producer.
    #[arg(long, value_name = "FILE")]
    pub(crate) to_producer: PathBuf,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
    /// Days until the two packages expire.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) valid_days: u16,
    #[command(flatten)]
    pub(crate) json: Json,
}
