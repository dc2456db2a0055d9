//! The chained record of a directory.

use renketsu_web::shown;
use serde::Serialize;

use crate::args::Record;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn show(session: &mut Session<'_>, args: &Record) -> Result<(), Failure> {
    let events = session.listing(&args.at.dir)?.events()?;
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
        let action = [("action", entry.event.action.clone())];
        session.print(&format!(
            "{:>5}  {}  {:<22} {}  {}",
            entry.seq,
            entry.event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            entry.event.action,
            shown(&entry.event.object, |_| false),
            session.messages.with("word-action", &action)
        ))?;
    }
    session.say("record-whole", &[("count", events.len().to_string())])
}
