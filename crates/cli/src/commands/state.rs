//! Whether the state of a directory is what the party itself put there, and whether it may be worked with.

use renketsu_seal::Role;
use renketsu_store::{Confirmation, Event, Halt, Store};
use serde::Serialize;

use crate::args::{StateAdopt, StateCheck, StateConfirm};
use crate::failure::{Failure, exit};
use crate::session::Session;

#[derive(Serialize)]
struct Answer {
    entries: usize,
    head: Option<String>,
    /// Since when the party halts, because its state was put back.
    halted: Option<Halted>,
}

#[derive(Serialize)]
struct Halted {
    since: String,
    entry: u64,
}

impl From<Halt> for Halted {
    fn from(halt: Halt) -> Self {
        Self {
            since: halt.since.to_string(),
            entry: halt.entry,
        }
    }
}

/// Holds every row and the whole record against the party's keys. Of a workspace it is the record and the trusted cards: its
/// vault proves the rows, study by study.
pub(crate) fn check(session: &mut Session<'_>, args: &StateCheck) -> Result<(), Failure> {
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    tell(session, &store, "state-whole", args.json.json)
}

/// Records that a second person compared a state that was put back with what others hold.
pub(crate) fn confirm(session: &mut Session<'_>, args: &StateConfirm) -> Result<(), Failure> {
    let (keys, _trust, mut store) = session.party(&args.at.dir)?;
    let confirmation = Confirmation {
        party: &keys.card().name,
        reason: &args.reason,
        approved_by: &args.approved_by,
    };
    store.confirm(confirmation, session.now())?;
    if !args.json.json {
        session.say("state-confirmed", &[("name", args.approved_by.clone())])?;
    }
    tell(session, &store, "state-whole", args.json.json)
}

/// Takes over a state from before states were proven.
pub(crate) fn adopt(session: &mut Session<'_>, args: &StateAdopt) -> Result<(), Failure> {
    let dir = &args.at.dir;
    if Session::card(dir)?.role == Role::Workspace {
        return Err(Failure::new("cli.state.workspace", Vec::new(), exit::INPUT));
    }
    let keys = session.keys(dir)?;
    // Drops out for a directory that is none, before a state is made in it.
    drop(Session::store(dir)?);
    if keys.proven_from_birth() {
        return Err(Failure::new("cli.state.proven", Vec::new(), exit::REFUSED));
    }
    let event = Event::new("state.adopted", &keys.card().name, session.now());
    let store = Store::adopt(dir, &keys.proof(), &event)?;
    tell(session, &store, "state-adopted", args.json.json)
}

fn tell(session: &mut Session<'_>, store: &Store, id: &str, json: bool) -> Result<(), Failure> {
    let events = store.events()?;
    let entries = events.len();
    let head = events.into_iter().next_back().map(|entry| entry.hash);
    let halted = store.halt()?.map(Halted::from);
    if json {
        session.proven = Some(store.is_proven());
        return session.json(
            "renketsu.state/1",
            &Answer {
                entries,
                head,
                halted,
            },
        );
    }
    let id = if store.is_proven() {
        id
    } else {
        "state-record-whole"
    };
    session.say(
        id,
        &[
            ("count", entries.to_string()),
            ("head", head.unwrap_or_default()),
        ],
    )?;
    match halted {
        Some(halted) => session.say("state-halted", &[("since", halted.since)]),
        None => Ok(()),
    }
}
