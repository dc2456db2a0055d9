//! Whether the state of a directory is what the party itself put there.

use std::path::Path;

use renketsu_seal::{PartyKeys, Role};
use renketsu_store::{Event, Store};
use serde::Serialize;

use crate::args::{StateAdopt, StateCheck};
use crate::failure::{Failure, exit};
use crate::session::Session;

#[derive(Serialize)]
struct Answer {
    entries: usize,
    head: Option<String>,
}

/// Holds every row and the whole record against the party's keys.
pub(crate) fn check(session: &mut Session<'_>, args: &StateCheck) -> Result<(), Failure> {
    let keys = keys(session, &args.at.dir)?;
    let store = Session::proven(&args.at.dir, &keys)?;
    tell(session, &store, "state-whole", args.json.json)
}

/// Takes over a state from before states were proven.
pub(crate) fn adopt(session: &mut Session<'_>, args: &StateAdopt) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let keys = keys(session, dir)?;
    // Drops out for a directory that is none, before a state is made in it.
    drop(Session::store(dir)?);
    if keys.proven_from_birth() {
        return Err(Failure::new("cli.state.proven", Vec::new(), exit::REFUSED));
    }
    let event = Event::new("state.adopted", &keys.card().name, session.now());
    let store = Store::adopt(dir, &keys.proof(), &event)?;
    tell(session, &store, "state-adopted", args.json.json)
}

/// The keys of a party whose state they prove.
fn keys(session: &Session<'_>, dir: &Path) -> Result<PartyKeys, Failure> {
    if Session::card(dir)?.role == Role::Workspace {
        return Err(Failure::new("cli.state.workspace", Vec::new(), exit::INPUT));
    }
    session.keys(dir)
}

fn tell(session: &mut Session<'_>, store: &Store, id: &str, json: bool) -> Result<(), Failure> {
    let events = store.events()?;
    let entries = events.len();
    let head = events.into_iter().next_back().map(|entry| entry.hash);
    if json {
        session.proven = Some(true);
        return session.json("renketsu.state/1", &Answer { entries, head });
    }
    session.say(
        id,
        &[
            ("count", entries.to_string()),
            ("head", head.unwrap_or_default()),
        ],
    )
}
