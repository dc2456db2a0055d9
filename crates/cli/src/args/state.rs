//! What can be asked of a directory's state as a whole.

use clap::{Args, Subcommand};

use super::{Dir, Json};

#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// Hold every row of the state, and the whole record, against the party's keys.
    Check(StateCheck),
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
pub(crate) struct StateAdopt {
    #[command(flatten)]
    pub(crate) at: Dir,
    #[command(flatten)]
    pub(crate) json: Json,
}
