//! `cargo xtask bench authority`: loads a register and answers a request from it, here and in the peers, at growing sizes.

mod peer;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;
use serde_json::{Value, json};

use super::machine::{self, Clock};
use super::{build_release, note, say};
use peer::{Peer, PeerRun};
use report::{Engine, Load, Sample, Size};

const PACKAGE: &str = "renketsu-bench-authority";
/// Persons of the registers, unless told otherwise: the growth that matters.
const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// Rows of the request, unless told otherwise.
const ROWS: u64 = 1_000_000;
const ROUNDS: u64 = 3;
const HELP: &str = "cargo xtask bench authority [--persons N]... [--rows N] [--rounds N] [--peers none]
                            [--peers-to N] [--program P] [--out DIR]

Per size: a register of N persons is loaded (CSV to the registry on disk), and a request of --rows rows is answered from
it (Parquet to Parquet, with both IDs): once as producers write it, once with canonical values, which is what the peers
are asked. The engines take turns; medians of --rounds rounds. Answers of peers are compared with ours row by row.

The peers are PostgreSQL 15 with pgcrypto (Debian: postgresql-15, postgresql-contrib) and Python; RENKETSU_PYTHON names
the interpreter. One that is not installed is said to be missing, and --peers-to N spares them more than N persons.
--program is a renketsu-bench-authority that was built before. The figures go to docs/performance (authority.json, and a
section of performance.md), or below the target directory if the machine was busy; --out decides otherwise.";

struct Options {
    sizes: Vec<u64>,
    rows: u64,
    rounds: u64,
    /// The most persons that peers are asked about.
    peers: Option<u64>,
    program: Option<PathBuf>,
    out: Option<PathBuf>,
}

pub(super) fn run(metadata: &Metadata, arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument == "--help") {
        say(HELP);
        return Ok(());
    }
    let options = options(arguments)?;
    let root = metadata.workspace_root.as_std_path();
    let bench = Bench {
        program: match &options.program {
            Some(program) => program.clone(),
            None => build_release(metadata, PACKAGE)?,
        },
        script: root.join("bench/authority_peers.py"),
        store: metadata
            .target_directory
            .as_std_path()
            .join("bench/authority"),
    };
    let before = Clock::read();
    let mut sizes = Vec::new();
    for persons in &options.sizes {
        let place = bench.store.join(persons.to_string());
        if place.exists() {
            fs::remove_dir_all(&place).context("an earlier run's files")?;
        }
        fs::create_dir_all(&place).context("a place for the files")?;
        let size = bench.measure(&place, *persons, &options)?;
        fs::remove_dir_all(&place).context("the files of this size")?;
        say(&report::of_size(&size));
        sizes.push(size);
    }
    let others = before
        .zip(Clock::read())
        .and_then(|(before, after)| before.others(after));
    let warning = machine::warning(others);
    let figures = report::figures(&sizes);
    let section = report::section(&sizes, &figures, warning.as_deref());
    say(&section);
    let record = json!({
        "machine": machine::describe(),
        "source": machine::source(root),
        "cpu_share_of_others": others,
        "options": { "rows": options.rows, "rounds": options.rounds },
        "sizes": sizes.iter().map(Size::json).collect::<Vec<_>>(),
        "figures": figures.iter().map(super::figures::Figure::json).collect::<Vec<_>>(),
    });
    let out = options.out.unwrap_or_else(|| {
        if warning.is_none() {
            root.join("docs")
        } else {
            bench.store.join("trial")
        }
    });
    report::write(&out, &record, &section)?;
    say(&format!("written to {}", out.display()));
    Ok(())
}

struct Bench {
    program: PathBuf,
    script: PathBuf,
    store: PathBuf,
}

impl Bench {
    fn measure(&self, place: &Path, persons: u64, options: &Options) -> Result<Size> {
        let (count, rows) = (persons.to_string(), options.rows.to_string());
        let register = text(&place.join("register.csv"))?;
        let as_claims = text(&place.join("request.parquet"))?;
        let canonical = text(&place.join("canonical.parquet"))?;
        let dir = text(&place.join("authority"))?;
        note(&format!("register and requests of {persons} persons"));
        self.ask(&["register", &count, &register])?;
        self.ask(&["request", &count, &rows, &as_claims])?;
        self.ask(&["request", &count, &rows, &canonical, "--canonical"])?;
        note("load");
        let loaded = self.ask(&["load", &dir, &register])?;
        fs::remove_file(&register).context("the register")?;
        let mut size = Size {
            persons,
            numbers: number(&loaded, "rows")?,
            rows: options.rows,
            scratch_bytes: number(&loaded, "scratch_bytes")?,
            registry_bytes: number(&loaded, "bytes")?,
            loads: vec![(Engine::Renketsu, Load::of(&loaded)?)],
            answers: Vec::new(),
            missing: Vec::new(),
        };
        let mut peers = match options.peers {
            Some(most) if persons <= most => self.peers(place, &count, &rows, &mut size)?,
            Some(most) => {
                let why = format!("spared more than {most} persons");
                let spared = Peer::ALL.map(|peer| (peer.engine(), why.clone()));
                size.missing.extend(spared);
                Vec::new()
            }
            None => Vec::new(),
        };
        let ours = [
            (Engine::Renketsu, &as_claims, "answer.parquet"),
            (Engine::Canonical, &canonical, "canonical.answer.parquet"),
        ];
        for round in 0..options.rounds {
            for (engine, request, out) in ours {
                let out = text(&place.join(out))?;
                let told = self.ask(&["resolve", &dir, request, &out])?;
                size.answered(engine, Sample::of(&told)?);
            }
            for peer in &mut peers {
                let told = peer.answer()?;
                size.answered(peer.engine, Sample::of(&told)?);
            }
            note(&format!(
                "round {} of {}",
                round.saturating_add(1),
                options.rounds
            ));
        }
        let answer = text(&place.join("canonical.answer.parquet"))?;
        for peer in peers {
            let out = peer.end()?;
            let told = self.ask(&["agree", &answer, &text(&out)?])?;
            if number(&told, "differ")? != 0.0 {
                bail!("a peer answers otherwise than we do: {told}");
            }
        }
        Ok(size)
    }

    /// Starts the peers that are installed; each has its register loaded then.
    fn peers(
        &self,
        place: &Path,
        count: &str,
        rows: &str,
        size: &mut Size,
    ) -> Result<Vec<PeerRun>> {
        let data = place.join("peers");
        note("data of the peers");
        self.ask(&["peers", count, rows, &text(&data)?])?;
        let mut running = Vec::new();
        for peer in Peer::ALL {
            note(&format!("load {}", peer.name()));
            match peer.start(&self.script, &data, place)? {
                Ok((run, loaded)) => {
                    size.loads.push((run.engine, Load::of(&loaded)?));
                    running.push(run);
                }
                Err(why) => {
                    say(&format!("{} is not measured: {why}", peer.name()));
                    size.missing.push((peer.engine(), why));
                }
            }
        }
        Ok(running)
    }

    /// One process of the measurement, and the JSON it prints.
    fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let told = Command::new(&self.program)
            .args(arguments)
            .output()
            .context("the measurement starts")?;
        if !told.status.success() {
            bail!(
                "{arguments:?} failed: {}",
                String::from_utf8_lossy(&told.stderr)
            );
        }
        serde_json::from_slice(&told.stdout).context("the measurement prints JSON")
    }
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().context("the target directory is no text")?;
    Ok(text.to_owned())
}

fn number(told: &Value, field: &str) -> Result<f64> {
    told.get(field)
        .and_then(Value::as_f64)
        .with_context(|| format!("the measurement tells `{field}`"))
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        sizes: Vec::new(),
        rows: ROWS,
        rounds: ROUNDS,
        peers: Some(u64::MAX),
        program: None,
        out: None,
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("`{argument}` takes a value"))?;
        let number = || {
            value
                .parse::<u64>()
                .ok()
                .filter(|number| *number > 0)
                .with_context(|| format!("`{argument}` takes a number"))
        };
        match argument.as_str() {
            "--persons" => options.sizes.push(number()?),
            "--rows" => options.rows = number()?,
            "--rounds" => options.rounds = number()?,
            "--peers" if value == "none" => options.peers = None,
            "--peers-to" => options.peers = Some(number()?),
            "--program" => options.program = Some(PathBuf::from(value)),
            "--out" => options.out = Some(PathBuf::from(value)),
            other => bail!("no option `{other}`\n\n{HELP}"),
        }
    }
    if options.sizes.is_empty() {
        options.sizes.extend(SIZES);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_defaults_and_are_held_to_their_form() {
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            options(&words)
        };
        let usual = of(&[]).unwrap();
        assert_eq!(
            (usual.sizes, usual.rows, usual.peers),
            (SIZES.to_vec(), ROWS, Some(u64::MAX))
        );
        let told = of(&["--persons", "7", "--persons", "8", "--peers", "none"]).unwrap();
        assert_eq!((told.sizes, told.peers), (vec![7, 8], None));
        assert_eq!(of(&["--peers-to", "9"]).unwrap().peers, Some(9));
        for wrong in [
            &["--rows"][..],
            &["--rows", "0"],
            &["--peers", "some"],
            &["--x", "1"],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
