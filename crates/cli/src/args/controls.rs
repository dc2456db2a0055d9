//! What can be typed: the controls of a provision.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{Dir, Json};

/// The findings of `renketsu_authority::controls::Kind`; a test compares.
pub(crate) const FINDINGS: [&str; 5] = ["repeated", "sequential", "branches", "probed", "unknown"];

#[derive(Debug, Args)]
pub(crate) struct Declared {
    /// Persons the producer declares: more different persons are refused.
    #[arg(long, value_name = "PERSONS")]
    pub(crate) cohort: u64,
    /// Rows over all requests (default: 120 for each declared person).
    #[arg(long, value_name = "ROWS")]
    pub(crate) quota: Option<u64>,
    /// Fewest rows and different persons of a request (default: 100); fewer need --reason and --approved-by.
    #[arg(long, value_name = "ROWS")]
    pub(crate) minimum_batch: Option<u64>,
    /// Most rows of a request (default: 10000000).
    #[arg(long, value_name = "ROWS")]
    pub(crate) largest_batch: Option<u64>,
    /// Why requests may be smaller than usual.
    #[arg(long, value_name = "TEXT", requires_all = ["approved_by", "minimum_batch"])]
    pub(crate) reason: Option<String>,
    /// Who allowed it.
    #[arg(long, value_name = "NAME", requires = "reason")]
    pub(crate) approved_by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionAmend {
    /// The provision.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Persons the producer declares.
    #[arg(long, value_name = "PERSONS")]
    pub(crate) cohort: Option<u64>,
    /// Rows over all requests.
    #[arg(long, value_name = "ROWS")]
    pub(crate) quota: Option<u64>,
    /// Fewest rows and different persons of a request.
    #[arg(long, value_name = "ROWS")]
    pub(crate) minimum_batch: Option<u64>,
    /// Most rows of a request.
    #[arg(long, value_name = "ROWS")]
    pub(crate) largest_batch: Option<u64>,
    /// A finding that stops no request any more; may be given several times.
    #[arg(long, value_name = "FINDING", value_parser = PossibleValuesParser::new(FINDINGS))]
    pub(crate) allow: Vec<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who allowed it.
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionDismiss {
    /// The provision.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Why the stopped requests stay unanswered and others may go on.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who allowed it.
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ProvisionClose {
    /// The provision.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) at: Dir,
}

#[derive(Debug, Args)]
pub(crate) struct AuthorityStatus {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// Only this provision.
    #[arg(long, value_name = "ID")]
    pub(crate) provision: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Judged {
    /// Count the rows by status without answering: no ID is made, counts are coarse, and the rows count against the quota.
    #[arg(long, conflicts_with_all = ["out", "accept"])]
    pub(crate) dry_run: bool,
    /// The answer's file.
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Accepted {
    /// Go on in spite of this finding; may be given several times, and is recorded.
    #[arg(long, value_name = "FINDING", requires = "reason", value_parser = PossibleValuesParser::new(FINDINGS))]
    pub(crate) accept: Vec<String>,
    /// Why.
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub(crate) reason: Option<String>,
}
