//! The workspace's server at work: what `cargo xtask bench server` starts. The server is the binary `renketsu`, a process of its own.

mod browser;
mod load;
mod place;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Parser;
use jiff::Timestamp;
use serde_json::json;

use load::{Person, Tally};
use place::Place;

/// Sign-ins of each person that are measured.
const SIGN_INS: u32 = 3;
/// Tries to guess a password in a second.
const GUESSES: u32 = 100;
/// Terminals from which passwords are guessed, and connections of each.
const GUESSING: usize = 10;
const CONNECTIONS: usize = 5;

#[derive(Parser)]
struct Args {
    /// The binary `renketsu`.
    program: PathBuf,
    /// A directory that is new.
    dir: PathBuf,
    /// People at once.
    #[arg(long, default_value_t = 30)]
    people: usize,
    /// Requests a second, of all together.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// How long they work.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// How long passwords are guessed while they work.
    #[arg(long, default_value_t = 10)]
    guessing_seconds: u32,
    /// Starts that are measured.
    #[arg(long, default_value_t = 5)]
    starts: u32,
}

/// The clock of a measurement.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the server reads it too")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[expect(
    clippy::print_stdout,
    reason = "the measurement is the program's output"
)]
fn main() -> Result<()> {
    let args = Args::parse();
    let place = Place::new(args.program.canonicalize()?, args.dir.clone())?;
    let people = place.add_people("p", args.people, now())?;
    let guessers = place.add_people("g", GUESSING, now())?;

    let mut starts = Vec::new();
    let (mut server, first) = place.serve()?;
    for _ in 0..args.starts {
        server.stop()?;
        let (again, took) = place.serve()?;
        server = again;
        starts.push(took.as_secs_f64() * 1000.0);
    }
    starts.sort_unstable_by(f64::total_cmp);

    let site = server.site(&place)?;
    let enrol = |who| Person::enrol(&site, who);
    let mut people: Vec<Person> = people.into_iter().map(enrol).collect::<Result<_>>()?;
    let guessers: Vec<Person> = guessers.into_iter().map(enrol).collect::<Result<_>>()?;
    let mut sign_ins = Tally::default();
    for round in 0..SIGN_INS {
        for person in &mut people {
            if round > 0 {
                person.sign_out()?;
            }
            sign_ins.took(person.sign_in()?);
        }
    }

    // What a server takes for its first pages is no growth.
    let warm = args.seconds.div_ceil(6).max(2);
    let (mut warming, ()) = load::work(&mut people, args.rate, warm, |_| ())?;
    let before = server.memory()?;
    let (mut working, ()) = load::work(&mut people, args.rate, args.seconds, |_| ())?;
    let after = server.memory()?;

    let guessing = args.guessing_seconds;
    let mut browsers = Vec::new();
    for guesser in &guessers {
        browsers.extend((0..CONNECTIONS).map(|_| guesser.beside()));
    }
    let (mut beside, guesses) = load::work(&mut people, args.rate, guessing, |begun| {
        load::guess(browsers, begun, GUESSES, guessing)
    })?;
    let guesses = guesses?;
    server.stop()?;

    let middle = starts.len().div_euclid(2);
    println!(
        "{:#}",
        json!({
            "people": args.people, "rate": args.rate, "seconds": args.seconds,
            "start": {
                "first_ms": ms(first),
                "median_ms": starts.get(middle), "most_ms": starts.last(),
            },
            "sign_in": sign_ins.json(),
            "warming": warming.json(),
            "work": working.json(),
            "memory": {
                "before_mib": before, "after_mib": after,
                "growth_percent": (after / before - 1.0) * 100.0,
            },
            "guessing": { "seconds": guessing, "answers": guesses, "others": beside.json() },
        })
    );
    std::fs::remove_dir_all(&args.dir).context("the files of the measurement")
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
