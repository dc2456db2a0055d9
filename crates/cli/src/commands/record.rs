//! The chained record of a directory.

use serde::Serialize;

use crate::args::Record;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn show(session: &mut Session<'_>, args: &Record) -> Result<(), Failure> {
    let events = Session::store(&args.at.dir)?.events()?;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer {
            chain: &'static str,
            entries: Vec<renketsu_store::EventEntry>,
        }
        return session.json(
            "renketsu.record/1",
            &Answer {
                chain: "whole",
                entries: events,
            },
        );
    }
    for entry in &events {
        session.print(&format!(
            "{:>5}  {}  {:<22} {}",
            entry.seq,
            entry.event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            entry.event.action,
            entry.event.object
        ))?;
    }
    session.say("record-whole", &[("count", events.len().to_string())])
}
