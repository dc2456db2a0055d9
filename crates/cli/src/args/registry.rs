//! What can be typed: versions of the authority's registry.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Dir, Json, RegistryLoad};

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Load a version of the registry from CSV: all of it or nothing.
    Load(RegistryLoad),
    /// Make the next version from the latest one and a file of differences: all of them or none.
    Update(RegistryUpdate),
    /// List the versions, and which open provisions are held to each.
    List(RegistryList),
    /// Say what a later version would change for a provision, in counts.
    Changes(RegistryChanges),
    /// Hold a provision to another version from now on.
    Adopt(RegistryAdopt),
    /// Write the latest version, with all its differences, as one.
    Compact(RegistryCompact),
    /// Destroy versions that are neither the latest nor held by an open provision.
    Prune(RegistryPrune),
}

#[derive(Debug, Args)]
pub(crate) struct RegistryUpdate {
    /// The differences: the columns of a registry with `operation` and `into` (docs/formats/registry.md).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Take the differences in spite of overlapping numbers; what was accepted is recorded.
    #[arg(long)]
    pub(crate) accept_findings: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryList {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryChanges {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// The version to compare with; the latest if it is left out.
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<u64>,
    /// Also write the persons' keys into this file, sealed for this authority alone.
    #[arg(long, value_name = "FILE")]
    pub(crate) sealed_report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryAdopt {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// The provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: String,
    /// The version.
    #[arg(long, value_name = "N")]
    pub(crate) version: u64,
    /// Adopt it although IDs of persons in the provision change; the counts are recorded.
    #[arg(long)]
    pub(crate) accept_changes: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryCompact {
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryPrune {
    #[command(flatten)]
    pub(crate) at: Dir,
}
