//! `cargo xtask bench`: the six questions of the linking benchmark here and in the peers, in one run.
//!
//! Each measurement is a process of its own, so that memory and caches are one engine's; engines take turns and
//! another starts each time, so that what the machine does meanwhile meets all of them alike.

mod authority;
mod detectors;
mod engines;
mod figures;
mod machine;
mod numbers;
mod options;
mod picture;
mod remarks;
mod results;
pub(crate) mod server;
mod table;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;
use serde_json::{Value, json};

use engines::{Engine, Programs, Question, Stage};
use figures::{Figure, SCALE, figures, growth_rows};
use machine::Clock;
use options::{HELP, Options, Size};
use remarks::{Had, remarks};
use results::{Measure, Results};

pub(crate) fn run(metadata: &Metadata, arguments: impl IntoIterator<Item = String>) -> Result<()> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == "authority"
    {
        return authority::run(metadata, rest);
    }
    if let Some((first, rest)) = arguments.split_first()
        && first == "detectors"
    {
        return detectors::run(metadata, rest);
    }
    if let Some((first, rest)) = arguments.split_first()
        && first == "server"
    {
        return server::run(metadata, rest);
    }
    if arguments.iter().any(|argument| argument == "--help") {
        say(HELP);
        return Ok(());
    }
    let options = Options::parse(arguments)?;
    let root = metadata.workspace_root.as_std_path();
    let store = metadata.target_directory.as_std_path().join("bench");
    let programs = programs(metadata, &options)?;
    let versions = programs.versions()?;

    let small = measure(&programs, &options, &store, options.size, &options.engines)?;
    let large = if options.scale {
        let size = options.size.times(SCALE);
        let found = measure(&programs, &options, &store, size, &options.scale_engines)?;
        Some(found)
    } else {
        None
    };

    let scaled = large.as_ref().map(|large| &large.results);
    let figures = figures(&small.results, scaled, options.memory_mib);
    let remarks = remarks(&options, small.had(), large.as_ref().map(Run::had));
    tell(&small, large.as_ref(), &figures, &remarks);
    let record = json!({
        "machine": machine::describe(),
        "source": machine::source(root),
        "versions": versions,
        "options": {
            "threads": options.threads, "memory_mib": options.memory_mib,
            "rounds": options.rounds, "prepare_rounds": options.prepare_rounds,
        },
        "remarks": remarks,
        "sizes": std::iter::once(&small).chain(&large).map(Run::json).collect::<Vec<_>>(),
        "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(),
    });
    // A trial does not replace the figures of the project unless somebody says so.
    let out = options.out.unwrap_or_else(|| {
        if remarks.is_empty() {
            root.join("docs/performance")
        } else {
            store.join("trial")
        }
    });
    write(&out, &record, &small, &remarks)
}

/// One size of data, measured.
#[derive(Debug)]
struct Run {
    data: Value,
    others: Option<f64>,
    results: Results,
}

impl Run {
    fn json(&self) -> Value {
        let mut object = self.results.json();
        if let Some(object) = object.as_object_mut() {
            object.insert("data".to_owned(), self.data.clone());
            object.insert("cpu_share_of_others".to_owned(), json!(self.others));
        }
        object
    }

    fn rows(&self, table: &str) -> Option<u64> {
        self.data.get(table)?.get("rows")?.as_u64()
    }

    fn had(&self) -> Had {
        Had {
            anon_rows: self.rows("anon"),
            ndb_rows: self.rows("ndb"),
            others: self.others,
        }
    }

    /// One line about what was measured.
    fn title(&self) -> String {
        let rows = |table| {
            self.rows(table)
                .map_or_else(|| "?".to_owned(), |rows| rows.to_string())
        };
        format!("{} hospital rows × {} claims", rows("anon"), rows("ndb"))
    }
}

fn programs(metadata: &Metadata, options: &Options) -> Result<Programs> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the interpreter that has the peers is the machine's, not the project's"
    )]
    let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut engines = options.engines.clone();
    if options.scale {
        engines.extend(&options.scale_engines);
    }
    let renketsu = match &options.renketsu {
        Some(program) => Some(program.clone()),
        None if engines.iter().any(|engine| engine.is_ours()) => Some(build(metadata)?),
        None => None,
    };
    let scripts = metadata.workspace_root.as_std_path().join("bench");
    Ok(Programs::new(python.into(), scripts, renketsu))
}

fn build(metadata: &Metadata) -> Result<PathBuf> {
    const PACKAGE: &str = "renketsu-bench";
    if !metadata
        .workspace_packages()
        .iter()
        .any(|package| package.name.as_str() == PACKAGE)
    {
        bail!(
            "the workspace has no crate `{PACKAGE}` (bench/README.md says what it prints); \
             name a program with --renketsu, or leave renketsu and renketsu-plain out of --engines"
        );
    }
    build_release(metadata, PACKAGE)
}

fn build_release(metadata: &Metadata, package: &str) -> Result<PathBuf> {
    note(&format!("building {package}"));
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says here which cargo runs"
    )]
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "-p", package])
        .current_dir(&metadata.workspace_root)
        .status()
        .context("cargo build")?;
    if !status.success() {
        bail!("`{package}` does not build");
    }
    let target = metadata.target_directory.as_std_path();
    Ok(target.join("release").join(package))
}

fn measure(
    programs: &Programs,
    options: &Options,
    store: &Path,
    size: Size,
    engines: &[Engine],
) -> Result<Run> {
    let given = options.data.as_ref().filter(|_| size == options.size);
    let data = given.map_or_else(|| store.join(size.label()).join("data"), PathBuf::clone);
    if given.is_none() {
        note(&format!("data of {}", size.label()));
        programs.make_data(size, &data)?;
    }
    let described = programs.describe(&data)?;
    let run = Run {
        data: described,
        others: None,
        results: Results::default(),
    };
    if options.scale
        && (run.rows("anon"), run.rows("ndb")) != (Some(size.anon_rows), Some(size.ndb_rows))
    {
        bail!(
            "{} has {}, so another size would not be {SCALE} times it; give --anon-rows and --ndb-rows as well",
            data.display(),
            run.title()
        );
    }
    for table in ["anon", "ndb"] {
        // The first engine to read a file would otherwise wait for the disk.
        let mut file =
            File::open(data.join(format!("{table}.parquet"))).context("read the data")?;
        io::copy(&mut file, &mut io::sink()).context("read the data")?;
    }
    let stage = Stage {
        programs,
        data,
        work: store.join(size.label()).join("work"),
        threads: options.threads,
        memory_mib: options.memory_mib,
    };
    let before = Clock::read();
    let results = all_rounds(&stage, options, engines)?;
    let others = before
        .zip(Clock::read())
        .and_then(|(before, after)| before.others(after));
    results.must_agree()?;
    Ok(Run {
        others,
        results,
        ..run
    })
}

fn all_rounds(stage: &Stage<'_>, options: &Options, engines: &[Engine]) -> Result<Results> {
    let mut results = Results::default();
    let preparing: Vec<Engine> = engines
        .iter()
        .copied()
        .filter(|engine| engine.prepares())
        .collect();
    for round in 0..options.prepare_rounds {
        for engine in turn(&preparing, round) {
            let sample = stage.prepare(engine)?;
            note(&format!(
                "prepare {} {:.2} s CPU",
                engine.name(),
                sample.cpu_s
            ));
            results.add_prepared(engine, sample);
        }
    }
    for round in 0..options.rounds {
        for (place, question) in Question::ALL.into_iter().enumerate() {
            for engine in turn(engines, round.saturating_add(place)) {
                let sample = stage.ask(engine, question)?;
                results.add_answered(engine, question, sample);
            }
        }
        note(&format!(
            "round {} of {}",
            round.saturating_add(1),
            options.rounds
        ));
        // An answer that differs is known after a minute, not at the end.
        results.must_agree()?;
    }
    Ok(results)
}

/// All of them, another one first each time.
fn turn(engines: &[Engine], round: usize) -> impl Iterator<Item = Engine> {
    let start = round.checked_rem(engines.len()).unwrap_or(0);
    engines
        .iter()
        .copied()
        .cycle()
        .skip(start)
        .take(engines.len())
}

fn tell(small: &Run, large: Option<&Run>, figures: &[Figure], remarks: &[String]) {
    for run in std::iter::once(small).chain(large) {
        say(&format!(
            "\n{}: median (least–most) = times ours\n",
            run.title()
        ));
        for measure in Measure::ALL {
            say(&table::of_measure(&run.results, measure));
        }
    }
    if let Some(large) = large {
        let mut head = vec!["growth"];
        head.extend(Question::ALL.iter().map(|question| question.name()));
        head.extend(["geometric mean", "prepare"]);
        let rows = growth_rows(&small.results, &large.results);
        say(&table::table(&head, &rows));
    }
    if !remarks.is_empty() {
        say("A trial, whose figures are not those of the issue:");
        for remark in remarks {
            say(&format!("- {remark}"));
        }
        say("");
    }
    let rows: Vec<Vec<String>> = figures.iter().map(Figure::row).collect();
    say(&table::table(
        &["figure", "wanted", "found", "verdict"],
        &rows,
    ));
}

fn write(out: &Path, record: &Value, run: &Run, remarks: &[String]) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("make {}", out.display()))?;
    let mut text = serde_json::to_string_pretty(record).context("the record as JSON")?;
    text.push('\n');
    fs::write(out.join("bench.json"), text).context("write bench.json")?;
    match picture::picture(&run.results, &run.title(), remarks) {
        Some(svg) => fs::write(out.join("bench.svg"), svg).context("write bench.svg")?,
        None => say("no ratios, so no bench.svg: that needs renketsu and a peer"),
    }
    say(&format!("written to {}", out.display()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the benchmark says what it found")]
fn say(words: &str) {
    println!("{words}");
}

#[expect(clippy::print_stderr, reason = "and meanwhile what it does")]
fn note(words: &str) {
    eprintln!("bench: {words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_take_turns_and_none_is_left_out() {
        let engines = [Engine::Renketsu, Engine::Duckdb, Engine::Polars];
        let order = |round| turn(&engines, round).collect::<Vec<_>>();
        assert_eq!(order(0), engines);
        assert_eq!(order(1), [Engine::Duckdb, Engine::Polars, Engine::Renketsu]);
        assert_eq!(order(5), [Engine::Polars, Engine::Renketsu, Engine::Duckdb]);
        assert_eq!(turn(&[], 3).count(), 0);
    }
}
