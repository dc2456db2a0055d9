//! The heads of other parties' logs that came with their packages.

use std::io::Write as _;

use jiff::Timestamp;
use renketsu_seal::Fingerprint;
use renketsu_seal::durable::NewFile;
use renketsu_store::{HeadDoubt, ReceivedHead, Store};
use serde::Serialize;

use crate::args::LogReceived;
use crate::failure::{Failure, exit};
use crate::session::Session;

#[derive(Serialize)]
struct Told<'a> {
    party: &'a str,
    entries: u64,
    root: &'a str,
    package: &'a str,
    received_at: Timestamp,
    doubt: Option<&'static str>,
    checkpoint: &'a str,
}

pub(crate) fn received(session: &mut Session<'_>, args: &LogReceived) -> Result<(), Failure> {
    let store = session.listing(&args.at.dir)?;
    let heads = store.heads_received()?;
    if let (Some(of), Some(out)) = (&args.of, &args.out) {
        let party = Fingerprint::parse(of)?.to_hex();
        let newest = heads
            .iter()
            .filter(|head| head.sender == party)
            .max_by_key(|head| head.entries)
            .ok_or_else(|| {
                let details = vec![("party", party.clone())];
                Failure::new("cli.log.no_head", details, exit::INPUT)
            })?;
        let io = |error: std::io::Error| Failure::io(out, &error);
        let mut file = NewFile::create(out).map_err(io)?;
        file.write_all(newest.checkpoint.as_bytes()).map_err(io)?;
        file.commit().map_err(io)?;
        if !args.json.json {
            let mut values = values(newest);
            values.push(("file", out.display().to_string()));
            return session.say("log-received-written", &values);
        }
    }
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            heads: Vec<Told<'a>>,
        }
        let heads = heads
            .iter()
            .map(|head| Told {
                party: &head.sender,
                entries: head.entries,
                root: &head.root,
                package: &head.package_id,
                received_at: head.received_at,
                doubt: head.doubt.map(HeadDoubt::as_str),
                checkpoint: &head.checkpoint,
            })
            .collect();
        return session.json("renketsu.log-received/1", &Answer { heads });
    }
    for head in &heads {
        let id = match head.doubt {
            None => "log-received",
            Some(HeadDoubt::Forked) => "log-received-forked",
            Some(HeadDoubt::Shrunk) => "log-received-shrunk",
        };
        session.say(id, &values(head))?;
    }
    session.say("log-received-count", &[("heads", heads.len().to_string())])
}

fn values(head: &ReceivedHead) -> Vec<(&'static str, String)> {
    vec![
        ("party", head.sender.clone()),
        ("entries", head.entries.to_string()),
        ("package", head.package_id.clone()),
        ("at", head.received_at.to_string()),
    ]
}

/// Says beside the output whose log, by the head that came last, is not the log that was seen before.
pub(super) fn warn(session: &mut Session<'_>, store: &Store) -> Result<(), Failure> {
    for head in store.heads_in_doubt()? {
        let id = match head.doubt {
            Some(HeadDoubt::Forked) => "log-doubt-forked",
            Some(HeadDoubt::Shrunk) => "log-doubt-shrunk",
            None => continue,
        };
        session.note(id, &values(&head));
    }
    Ok(())
}
