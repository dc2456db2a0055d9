//! What is checked, and what is said of it.

use std::io::Write;

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use renketsu_seal::Fingerprint;
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::log::{Anchor, Copy, Examined, Kind, Proof, Verifier};
use serde::Serialize;

use crate::args::{self, Asked};
use crate::failure::Failure;
use crate::words::{Words, visible};

pub(crate) fn run(asked: &Asked, words: &Words, out: &mut dyn Write) -> Result<(), Failure> {
    match asked {
        Asked::Log(args) => log(args, words, out),
        Asked::Entry(args) => entry(args, words, out),
        Asked::Proof(args) => proof(args, words, out),
    }
}

fn say(out: &mut dyn Write, line: &str) -> Result<(), Failure> {
    writeln!(out, "{line}").map_err(Failure::Output)
}

fn key(text: &str, kind: Kind) -> Result<Verifier, Failure> {
    Verifier::parse(text.trim())
        .filter(|key| key.kind() == kind)
        .ok_or(Failure::Key)
}

/// The newest head that a witness has signed.
#[derive(Serialize)]
struct Witnessed {
    witness: String,
    at: Timestamp,
    entries: u64,
}

fn witnessed(
    examined: &Examined,
    more: &[Anchor],
    witness: &Verifier,
) -> Result<Witnessed, Failure> {
    let signed = |anchor: &Anchor| {
        Some(Witnessed {
            witness: witness.name().to_owned(),
            at: anchor.note.cosigned(witness)?,
            entries: anchor.head.size,
        })
    };
    examined
        .heads
        .iter()
        .chain([&examined.head])
        .chain(more)
        .filter_map(signed)
        .max_by_key(|told| told.entries)
        .ok_or_else(|| Failure::Witness {
            witness: witness.name().to_owned(),
        })
}

/// How many entries, and the root over them, as they stand on paper.
fn paper(text: &str) -> Option<(u64, [u8; 32])> {
    let (entries, root) = text.split_once(':')?;
    let letters: String = root.chars().filter(|c| !c.is_whitespace()).collect();
    let root = BASE32_NOPAD.decode(letters.to_ascii_uppercase().as_bytes());
    Some((entries.trim().parse().ok()?, root.ok()?.try_into().ok()?))
}

#[derive(Serialize)]
struct Told {
    schema: &'static str,
    name: String,
    fingerprint: String,
    confirmed: bool,
    entries: u64,
    root: String,
    heads: usize,
    earlier: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    erased: u64,
    stepped: u64,
    unsynchronised: u64,
    unclocked: u64,
    kept_heads: usize,
    papers: usize,
    witnessed: Vec<Witnessed>,
}

fn log(args: &args::Log, words: &Words, out: &mut dyn Write) -> Result<(), Failure> {
    let expected = args
        .fingerprint
        .as_deref()
        .map(Fingerprint::parse)
        .transpose()?;
    let witnesses = args
        .witness
        .iter()
        .map(|text| key(text, Kind::Cosigner))
        .collect::<Result<Vec<_>, _>>()?;
    let papers = args
        .paper
        .iter()
        .map(|text| paper(text).ok_or(Failure::Paper))
        .collect::<Result<Vec<_>, _>>()?;
    let copy = Copy::open(&args.copy, expected.as_ref())?;
    let kept = args
        .earlier
        .iter()
        .map(|file| copy.anchor(file))
        .collect::<Result<Vec<_>, _>>()?;
    let examined = copy.examine(&kept, &mut |_, _| {})?;
    for (entries, root) in &papers {
        let found = copy.root_at(*entries, &examined.head.head)?;
        if found.is_none_or(|found| found.bytes() != root) {
            return Err(Failure::PaperRoot { entries: *entries });
        }
    }
    let witnessed = witnesses
        .iter()
        .map(|witness| witnessed(&examined, &kept, witness))
        .collect::<Result<Vec<_>, _>>()?;
    let Examined { head, heads, tally } = examined;
    let told = Told {
        schema: "renketsu.verified/1",
        name: copy.card().name.clone(),
        fingerprint: copy.card().fingerprint().to_string(),
        confirmed: expected.is_some(),
        entries: head.head.size,
        root: head.head.root.to_base64(),
        heads: heads.len(),
        earlier: tally.earlier,
        first: tally.span.map(|(first, _)| first),
        last: tally.span.map(|(_, last)| last),
        erased: head.head.size.saturating_sub(tally.detailed),
        stepped: tally.stepped,
        unsynchronised: tally.unsynchronised,
        unclocked: tally.unclocked,
        kept_heads: kept.len(),
        papers: papers.len(),
        witnessed,
    };
    if args.json {
        let text =
            serde_json::to_string_pretty(&told).map_err(|error| Failure::Output(error.into()))?;
        return say(out, &text);
    }
    tell(&told, words, out)
}

fn tell(told: &Told, words: &Words, out: &mut dyn Write) -> Result<(), Failure> {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let values = [
        ("name", told.name.clone()),
        ("fingerprint", told.fingerprint.clone()),
        ("entries", told.entries.to_string()),
        ("heads", told.heads.to_string()),
        ("earlier", told.earlier.to_string()),
        ("first", time(told.first)),
        ("last", time(told.last)),
        ("erased", told.erased.to_string()),
        ("stepped", told.stepped.to_string()),
        ("unsynchronised", told.unsynchronised.to_string()),
        ("unclocked", told.unclocked.to_string()),
        ("kept", told.kept_heads.to_string()),
        ("papers", told.papers.to_string()),
    ];
    for id in ["whole", "span", "details", "clock"] {
        say(out, &words.with(id, &values))?;
    }
    if !told.confirmed {
        say(out, &words.with("unconfirmed", &values))?;
    }
    if told.kept_heads > 0 || told.papers > 0 {
        say(out, &words.with("anchored", &values))?;
    }
    for witnessed in &told.witnessed {
        let values = [
            ("witness", witnessed.witness.clone()),
            ("at", witnessed.at.to_string()),
            ("entries", witnessed.entries.to_string()),
        ];
        say(out, &words.with("witnessed", &values))?;
    }
    if told.witnessed.is_empty() && told.kept_heads == 0 && told.papers == 0 {
        say(out, &words.with("alone", &[]))?;
    }
    Ok(())
}

fn entry(args: &args::Entry, words: &Words, out: &mut dyn Write) -> Result<(), Failure> {
    let copy = Copy::open(&args.copy, None)?;
    let mut details = None;
    let examined = copy.examine(&[], &mut |entry, text| {
        if entry.index == args.index {
            details = text.map(str::to_owned);
        }
    })?;
    let index = args.index;
    let (line, proof) = copy
        .proof(index, &examined.head)?
        .ok_or(Failure::Index { index })?;
    say(out, &line)?;
    match details {
        Some(text) => say(out, &visible(&text))?,
        None => say(out, &words.with("erased", &[]))?,
    }
    let Some(file) = &args.proof else {
        return Ok(());
    };
    let failed = |error| Failure::io(file, error);
    let mut new = NewFile::create(file).map_err(failed)?;
    new.write_all(proof.to_string().as_bytes())
        .map_err(failed)?;
    new.commit().map_err(failed)
}

fn proof(args: &args::Proof, words: &Words, out: &mut dyn Write) -> Result<(), Failure> {
    let key = key(&args.key, Kind::Log)?;
    let read = |file| durable::read_file(file).map_err(|error| Failure::io(file, error));
    let refused = || Failure::Proof {
        file: args.file.clone(),
    };
    let line = String::from_utf8(read(&args.line)?).map_err(|_| refused())?;
    // An editor ends a file with a line break, which is not the entry's.
    let line = line.strip_suffix('\n').unwrap_or(&line);
    let proof = Proof::parse(&read(&args.file)?).ok_or_else(refused)?;
    let (entry, head) = proof.verify(line, &key).ok_or_else(refused)?;
    let values = [
        ("index", entry.index.to_string()),
        ("entries", head.size.to_string()),
        ("origin", head.origin),
    ];
    say(out, &words.with("proven", &values))
}
