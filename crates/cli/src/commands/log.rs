//! The signed log of a directory, and its witness.

use std::io::Write as _;
use std::path::Path;

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use renketsu_seal::durable::NewFile;
use renketsu_seal::log::{Examined, Hash, Kind, Verifier, Witness};
use renketsu_seal::{Fingerprint, Passphrase, Role};
use renketsu_store::{Event, LogStanding, Store, Witnessed};
use serde::Serialize;

use crate::args::{
    LogAt, LogBeat, LogErase, LogExport, LogTake, LogVerify, WitnessInit, WitnessShow, WitnessSign,
};
use crate::failure::{Failure, exit};
use crate::passphrase::Opens;
use crate::session::Session;

/// How old the newest signature from outside may be before the reader is warned.
const ANCHOR_HOURS: i64 = 24;

pub(crate) fn checkpoint(session: &mut Session<'_>, args: &LogAt) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let keys = session.keys(dir)?;
    let store = Session::proven(dir, &keys)?;
    let signed = store.sign_log(dir, &keys)?;
    let head = &signed.head.head;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            origin: &'a str,
            entries: u64,
            root: String,
            fresh: bool,
            file: &'a Path,
        }
        let answer = Answer {
            origin: &head.origin,
            entries: head.size,
            root: head.root.to_base64(),
            fresh: signed.fresh,
            file: &signed.head.file,
        };
        return session.json("renketsu.checkpoint/1", &answer);
    }
    let id = if signed.fresh {
        "log-signed"
    } else {
        "log-signed-before"
    };
    session.say(
        id,
        &[
            ("entries", head.size.to_string()),
            ("file", signed.head.file.display().to_string()),
        ],
    )?;
    session.say("log-root", &[("root", groups(&head.root))])
}

/// The state of a party, to be changed. A workspace's passphrase isn't needed for it.
fn changing(session: &Session<'_>, dir: &Path) -> Result<Store, Failure> {
    if Session::card(dir)?.role == Role::Workspace {
        return Session::store(dir);
    }
    Session::proven(dir, &session.keys(dir)?)
}

/// A root as people read it from paper: base32 in groups.
fn groups(root: &Hash) -> String {
    let text = BASE32_NOPAD.encode(root.bytes());
    let groups: Vec<String> = text
        .as_bytes()
        .chunks(7)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join(" ")
}

#[derive(Serialize)]
struct Told {
    entries: u64,
    signed: u64,
    root: String,
    heads: usize,
    earlier: u64,
    unsynchronised: u64,
    unclocked: u64,
    stepped: u64,
    witnessed: Option<WitnessedTold>,
}

#[derive(Serialize)]
struct WitnessedTold {
    witness: String,
    at: Timestamp,
    entries: u64,
}

impl From<Witnessed> for WitnessedTold {
    fn from(told: Witnessed) -> Self {
        Self {
            witness: told.witness,
            at: told.at,
            entries: told.size,
        }
    }
}

fn told(standing: LogStanding) -> Told {
    let Examined { head, heads, tally } = standing.examined;
    Told {
        entries: standing.entries,
        signed: head.head.size,
        root: head.head.root.to_base64(),
        heads: heads.len(),
        earlier: tally.earlier,
        unsynchronised: tally.unsynchronised,
        unclocked: tally.unclocked,
        stepped: tally.stepped,
        witnessed: standing.witnessed.map(WitnessedTold::from),
    }
}

pub(crate) fn verify(session: &mut Session<'_>, args: &LogVerify) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let store = session.listing(dir)?;
    let told = told(store.verify_log(dir, &Session::card(dir)?, &args.earlier)?);
    if args.json.json {
        return session.json("renketsu.log/1", &told);
    }
    let counted = [
        ("entries", told.entries.to_string()),
        ("signed", told.signed.to_string()),
        ("heads", told.heads.to_string()),
        ("earlier", told.earlier.to_string()),
        ("stepped", told.stepped.to_string()),
        ("unsynchronised", told.unsynchronised.to_string()),
        ("unclocked", told.unclocked.to_string()),
    ];
    session.say("log-whole", &counted)?;
    if told.entries > told.signed {
        session.say("log-unsigned", &counted)?;
    }
    session.say("log-clock", &counted)?;
    let Some(witnessed) = told.witnessed else {
        return session.say("log-unwitnessed", &[]);
    };
    let age = session.now().duration_since(witnessed.at);
    session.say(
        "log-witnessed",
        &[
            ("witness", witnessed.witness),
            ("at", witnessed.at.to_string()),
            ("entries", witnessed.entries.to_string()),
        ],
    )?;
    if age > SignedDuration::from_hours(ANCHOR_HOURS) {
        session.say(
            "log-anchor-old",
            &[
                ("hours", age.as_hours().to_string()),
                ("limit", ANCHOR_HOURS.to_string()),
            ],
        )?;
    }
    Ok(())
}

pub(crate) fn export(session: &mut Session<'_>, args: &LogExport) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let store = session.listing(dir)?;
    let card = Session::card(dir)?;
    let examined = store.export_log(dir, &card, &args.copy)?;
    let fingerprint = card.fingerprint().to_string();
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            entries: u64,
            detailed: u64,
            fingerprint: &'a str,
        }
        let answer = Answer {
            entries: examined.head.head.size,
            detailed: examined.tally.detailed,
            fingerprint: &fingerprint,
        };
        return session.json("renketsu.log-copy/1", &answer);
    }
    session.say(
        "log-exported",
        &[
            ("entries", examined.head.head.size.to_string()),
            ("path", args.copy.display().to_string()),
            ("fingerprint", fingerprint),
        ],
    )
}

/// The verifier key of a witness.
fn verifier(text: &str) -> Result<Verifier, Failure> {
    Verifier::parse(text.trim())
        .filter(|key| key.kind() == Kind::Cosigner)
        .ok_or_else(|| Failure::new("cli.log.verifier", Vec::new(), exit::INPUT))
}

pub(crate) fn take(session: &mut Session<'_>, args: &LogTake) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let introduced = args.witness.as_deref().map(verifier).transpose()?;
    let mut store = changing(session, dir)?;
    let card = Session::card(dir)?;
    let told = store.take_witnessed(dir, &card, &args.file, introduced.as_ref(), session.now())?;
    session.say(
        "log-witnessed",
        &[
            ("witness", told.witness),
            ("at", told.at.to_string()),
            ("entries", told.size.to_string()),
        ],
    )
}

pub(crate) fn sheet(session: &mut Session<'_>, args: &LogAt) -> Result<(), Failure> {
    let dir = &args.at.dir;
    let store = session.listing(dir)?;
    let card = Session::card(dir)?;
    let standing = store.verify_log(dir, &card, &[])?;
    let head = &standing.examined.head.head;
    let fingerprint = card.fingerprint().to_string();
    let last = standing.examined.tally.span.map(|(_, last)| last);
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            name: &'a str,
            fingerprint: &'a str,
            origin: &'a str,
            entries: u64,
            root: String,
            last: Option<Timestamp>,
        }
        let answer = Answer {
            name: &card.name,
            fingerprint: &fingerprint,
            origin: &head.origin,
            entries: head.size,
            root: groups(&head.root),
            last,
        };
        return session.json("renketsu.log-sheet/1", &answer);
    }
    session.say(
        "log-sheet",
        &[
            ("name", card.name.clone()),
            ("fingerprint", fingerprint),
            ("entries", head.size.to_string()),
            ("root", groups(&head.root)),
            (
                "last",
                last.map(|last| last.to_string()).unwrap_or_default(),
            ),
            ("printed", session.now().to_string()),
        ],
    )
}

pub(crate) fn heartbeat(session: &mut Session<'_>, args: &LogBeat) -> Result<(), Failure> {
    let event = Event::new("log.heartbeat", "log", session.now());
    Ok(changing(session, &args.at.dir)?.begin()?.commit(&event)?)
}

pub(crate) fn erase(session: &mut Session<'_>, args: &LogErase) -> Result<(), Failure> {
    let mut store = changing(session, &args.at.dir)?;
    store.erase_details(&args.index, &args.reason, session.now())?;
    session.say("log-erased", &[("entries", args.index.len().to_string())])
}

pub(crate) fn witness_init(session: &mut Session<'_>, args: &WitnessInit) -> Result<(), Failure> {
    let passphrase = session.passphrases.fresh(Opens::Keys, session.messages)?;
    let key = Witness::create(&args.at.dir, &args.name, &passphrase, session.cost)?;
    session.say("log-witness-made", &[("verifier", key.to_string())])
}

pub(crate) fn witness_show(session: &mut Session<'_>, args: &WitnessShow) -> Result<(), Failure> {
    let key = Witness::verifier(&args.at.dir)?;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer<'a> {
            name: &'a str,
            verifier: String,
        }
        let answer = Answer {
            name: key.name(),
            verifier: key.to_string(),
        };
        return session.json("renketsu.witness/1", &answer);
    }
    session.print(&key.to_string())
}

pub(crate) fn witness_sign(session: &mut Session<'_>, args: &WitnessSign) -> Result<(), Failure> {
    let expected = args
        .fingerprint
        .as_deref()
        .map(Fingerprint::parse)
        .transpose()?;
    // Nobody types a passphrase for a witness that isn't there, or for a name that is taken.
    Witness::verifier(&args.at.dir)?;
    let io = |error: std::io::Error| Failure::io(&args.out, &error);
    let mut out = NewFile::create(&args.out).map_err(io)?;
    let passphrase: Passphrase = session
        .passphrases
        .existing(Opens::Keys, session.messages)?;
    let witness = Witness::open(&args.at.dir, &passphrase)?;
    let signed = witness.cosign(&args.copy, expected.as_ref(), session.now())?;
    out.write_all(signed.note.to_string().as_bytes())
        .map_err(io)?;
    out.commit().map_err(io)?;
    let entries = signed.examined.head.head.size;
    if args.json.json {
        #[derive(Serialize)]
        struct Answer {
            party: String,
            entries: u64,
            before: Option<u64>,
        }
        let answer = Answer {
            party: signed.party.to_string(),
            entries,
            before: signed.before,
        };
        return session.json("renketsu.cosigned/1", &answer);
    }
    let values = [
        ("party", signed.party.to_string()),
        ("entries", entries.to_string()),
        ("before", signed.before.unwrap_or(0).to_string()),
        ("file", args.out.display().to_string()),
    ];
    let id = if signed.before.is_some() {
        "log-cosigned"
    } else {
        "log-cosigned-first"
    };
    session.say(id, &values)
}
