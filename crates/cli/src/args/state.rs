//! What can be asked of a directory's state as a whole.

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// Hold every row of the state, and the whole record, against the party's keys.
    Check(StateCheck),
    /// Confirm a state that was put back from a backup, once it was compared with what others hold: the party works again.
    Confirm(StateConfirm),
    /// Take over a state from before states were proven, as it stands. Look at it first.
    Adopt(StateAdopt),
}

#[derive(Debug, Args)]
pub(crate) struct StateCheck {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StateConfirm {
    #[command(flatten)]
    pub(crate) at: Dir,
    /// What it was compared with, and what came of it; recorded.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who answers for it: a second person, not the name on the party's card; recorded.
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: String,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct StateAdopt {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}
