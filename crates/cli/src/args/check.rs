//! What can be typed: a look at anonymized tables before they are attached.

use clap::Args;

use super::{Json, NamedFile};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// An anonymized table and the name it will have; may be given several times.
    #[arg(long, value_name = "NAME=FILE", required = true)]
    pub(crate) table: Vec<NamedFile>,
    /// The column with the source key (FHIR resources have their own).
    #[arg(long, value_name = "COLUMN", default_value = "patient")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) json: Json,
}
