//! One engine, one measurement: what `cargo xtask bench` starts. The contract stands in `bench/README.md`.

mod ids;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use clap::{Parser, Subcommand};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use renketsu_engine::import::{self, IdColumns, Source};
use renketsu_engine::link::{self, LinkDone, LinkTable};
use renketsu_engine::person::{PersonFiles, PersonTable};
use renketsu_engine::query::{self, Operators, QueryOptions, QueryResult, Tables};
use renketsu_engine::{Shelf, StoredFile};
use renketsu_seal::Passphrase;
use renketsu_seal::vault::{
    Catalogue, Entry, FileName, Mac, OpenStudy, Said, Vault, VaultCost, Wrapped,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const STUDY: &str = "bench";
const TABLES: [&str; 2] = ["anon", "ndb"];
/// Protects numbers that a script makes.
const PASSPHRASE: &str = "made of numbers, nobody's data";
/// Memory of a question's operators: more than any needs.
const MEMORY: u64 = 4 << 30;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Imports and links the two tables.
    Prepare {
        data: PathBuf,
        work: PathBuf,
        #[arg(long, default_value_t = 2)]
        threads: usize,
        /// MiB
        #[arg(long, default_value_t = 1024)]
        memory: u64,
        /// Without encryption.
        #[arg(long)]
        plain: bool,
    },
    /// Imports and links two tables of so many persons together, each with two IDs: what a link needs at any size.
    Ids {
        work: PathBuf,
        persons: u64,
        /// MiB
        #[arg(long, default_value_t = 1024)]
        memory: u64,
    },
    /// Answers a question once to warm up, and once more.
    Ask {
        work: PathBuf,
        question: String,
        #[arg(long, default_value_t = 2)]
        threads: usize,
        /// Only prints the plan.
        #[arg(long)]
        explain: bool,
        /// With DataFusion's operators instead of the person operators.
        #[arg(long)]
        stock: bool,
        /// How often the measured answer is given; the least CPU time counts for profiling only.
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
}

/// What lies beside the vault.
#[derive(Serialize, Deserialize)]
struct State {
    wrapped: Wrapped,
    catalogue: Vec<Entry>,
    sequence: u64,
    mac: Mac,
    plain: bool,
}

#[expect(
    clippy::print_stdout,
    reason = "the measurement is the program's output"
)]
fn main() -> Result<()> {
    match Args::parse().command {
        Command::Prepare {
            data,
            work,
            threads: _,
            memory,
            plain,
        } => println!(
            "{}",
            prepare(&data, &work, memory.saturating_mul(1 << 20), plain)?
        ),
        Command::Ids {
            work,
            persons,
            memory,
        } => println!(
            "{}",
            ids::run(&work, persons, memory.saturating_mul(1 << 20))?
        ),
        Command::Ask {
            work,
            question,
            threads,
            explain,
            stock,
            times,
        } => {
            let operators = if stock {
                Operators::Stock
            } else {
                Operators::Person
            };
            println!(
                "{}",
                ask(&work, &question, (threads, operators), explain, times)?
            );
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn clock() -> Instant {
    Instant::now()
}

/// CPU seconds of this process so far.
fn cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).context("getrusage")?;
    let microseconds = usage
        .user_time()
        .num_microseconds()
        .saturating_add(usage.system_time().num_microseconds());
    #[expect(clippy::cast_precision_loss, reason = "a measurement")]
    Ok(microseconds as f64 / 1e6)
}

/// `VmHWM` in MiB.
fn peak() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .context("VmHWM")?
        .trim()
        .parse()?;
    Ok(kib / 1024.0)
}

fn prepare(data: &Path, work: &Path, memory: u64, plain: bool) -> Result<String> {
    let begun = clock();
    let before = cpu()?;
    let (wrapped, study) = new_study(work)?;
    let shelf = shelf(work, &study, plain);
    let mut files = Vec::new();
    let mut tables = Vec::new();
    for name in TABLES {
        let ids = IdColumns {
            number_id: "number_id".to_owned(),
            kana_id: None,
            kana_unique: None,
        };
        let source = data.join(format!("{name}.parquet"));
        let (table, written) = take(&shelf, name, &source, &ids, memory)?;
        tables.push(table);
        files.extend(written);
    }
    files.extend(link_all(&shelf, &tables, memory)?.files);
    let (catalogue, mac) = study.next(&files, &[], Said::default())?;
    let state = State {
        wrapped,
        sequence: catalogue.sequence,
        catalogue: catalogue.entries.into_values().collect(),
        mac,
        plain,
    };
    fs::write(work.join("state.json"), serde_json::to_vec(&state)?)?;
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), cpu()? - before);
    Ok(serde_json::json!({
        "wall_s": wall, "cpu_s": cpu, "bytes": bytes, "peak_rss_mib": peak()?
    })
    .to_string())
}

fn new_study(work: &Path) -> Result<(Wrapped, Arc<OpenStudy>)> {
    let passphrase = Passphrase::new(PASSPHRASE.to_owned())?;
    let vault = Vault::create(work, &passphrase, VaultCost::Light)?;
    let (key, wrapped) = vault.new_study(STUDY)?;
    let empty = Catalogue::empty(STUDY, Said::default());
    let mac = key.mac(&empty);
    let study = vault.open_catalogue(STUDY, &wrapped, empty, &mac)?;
    Ok((wrapped, Arc::new(study)))
}

/// Imports a table, and gives it as a link takes it, with its files.
fn take(
    shelf: &Shelf,
    name: &str,
    source: &Path,
    ids: &IdColumns,
    memory: u64,
) -> Result<(LinkTable, Vec<Entry>)> {
    let source = Source::file(source, renketsu_table::delimited::Options::default())?;
    let dir = shelf.root().join("tables").join(name);
    let target = import::Target {
        shelf,
        table: name,
        version: 1,
        dir: &dir,
        keep: &[],
        memory,
        watch: &|_| {},
    };
    let done = import::import(&source, Some(ids), &target)?;
    let file = |wanted: &str| {
        let entry = done.files.iter().find(|entry| entry.name.file == wanted);
        entry.context("an import leaves its files")
    };
    let table = LinkTable {
        name: name.to_owned(),
        kind: name.to_owned(),
        keys: shelf.open(file(import::KEYS)?)?,
        rows: Some(shelf.open(file(import::ROWS)?)?),
    };
    Ok((table, done.files))
}

fn link_all(shelf: &Shelf, tables: &[LinkTable], memory: u64) -> Result<LinkDone> {
    let dir = shelf.root().join("link");
    let target = link::Target {
        shelf,
        version: 1,
        dir: &dir,
        memory,
        watch: &|_| {},
    };
    Ok(link::link(tables, None, &target)?)
}

fn shelf(work: &Path, study: &Arc<OpenStudy>, plain: bool) -> Shelf {
    if plain {
        Shelf::in_clear(work, Arc::clone(study))
    } else {
        Shelf::new(work, Arc::clone(study))
    }
}

fn open(work: &Path) -> Result<Tables> {
    let state: State = serde_json::from_slice(&fs::read(work.join("state.json"))?)?;
    let vault = Vault::open(work, &Passphrase::new(PASSPHRASE.to_owned())?)?;
    let catalogue = Catalogue {
        study: STUDY.to_owned(),
        sequence: state.sequence,
        said: Said::default(),
        entries: state
            .catalogue
            .into_iter()
            .map(|entry| (entry.name.clone(), entry))
            .collect(),
    };
    let study = Arc::new(vault.open_catalogue(STUDY, &state.wrapped, catalogue, &state.mac)?);
    let shelf = shelf(work, &study, state.plain);
    let file = |table: &str, file: &str| -> Result<StoredFile> {
        let name = FileName {
            study: STUDY.to_owned(),
            table: table.to_owned(),
            file: file.to_owned(),
            version: 1,
        };
        let entry = study.entry(&name).context("a file of the catalogue")?;
        Ok(shelf.open(entry)?)
    };
    let mut persons = Vec::new();
    for name in TABLES {
        let files = PersonFiles {
            runs: file(name, link::RUNS)?,
            rows: Some(file(name, import::ROWS)?),
            persons: file(name, link::BITMAP)?,
        };
        persons.push(Arc::new(PersonTable::open(name, &files)?));
    }
    Ok(Tables {
        persons,
        references: Vec::new(),
    })
}

fn ask(
    work: &Path,
    question: &str,
    (threads, operators): (usize, Operators),
    explain: bool,
    times: u32,
) -> Result<String> {
    let Some((_, sql)) = QUESTIONS.iter().find(|(name, _)| *name == question) else {
        bail!("no question {question}");
    };
    let tables = open(work)?;
    let options = QueryOptions {
        threads,
        memory: MEMORY,
        row_level: None,
        operators,
    };
    if explain {
        return Ok(query::explain(sql, &tables, options)?);
    }
    let warm = digest(&query::query(sql, &tables, options)?)?;
    let (mut wall, mut used) = (f64::MAX, f64::MAX);
    let mut answer = warm.clone();
    for _ in 0..times.max(1) {
        let (begun, before) = (clock(), cpu()?);
        let result = query::query(sql, &tables, options)?;
        wall = wall.min(begun.elapsed().as_secs_f64());
        used = used.min(cpu()? - before);
        answer = digest(&result)?;
    }
    if answer != warm {
        bail!("two answers to {question}");
    }
    Ok(serde_json::json!({
        "wall_s": wall, "cpu_s": used, "digest": answer.0, "rows": answer.1, "peak_rss_mib": peak()?
    })
    .to_string())
}

/// The first 16 digits of SHA-256 over the rows as whole numbers, and how many rows.
fn digest(result: &QueryResult) -> Result<(String, u64)> {
    let mut lines: Vec<String> = Vec::new();
    for batch in result.batches() {
        let columns = batch
            .columns()
            .iter()
            .map(|column| cast(column, &DataType::Int64))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| {
                let values = column.as_primitive::<Int64Type>();
                if arrow::array::Array::is_null(values, row) {
                    String::new()
                } else {
                    values.value(row).to_string()
                }
            });
            lines.push(cells.collect::<Vec<_>>().join(","));
        }
    }
    let mut text = String::new();
    for byte in Sha256::digest(lines.join("\n")).iter().take(8) {
        write!(text, "{byte:02x}")?;
    }
    Ok((text, lines.len() as u64))
}

/// The six questions of `bench/queries.py`, asked of persons.
const QUESTIONS: [(&str, &str); 6] = [
    (
        "overlap",
        "select count(*) as persons from (select distinct person from anon) a join (select distinct person from ndb) n on a.person = n.person",
    ),
    (
        "profile",
        "select a.sex, a.age_band, count(*) as rows, sum(n.points) as points from anon a join ndb n on a.person = n.person group by a.sex, a.age_band order by 1, 2",
    ),
    (
        "cohort",
        "select n.month, count(distinct n.person) as persons from ndb n join (select distinct person from anon where dx between 100 and 149) c on c.person = n.person where n.drug between 1000 and 1999 group by n.month order by 1",
    ),
    (
        "burden",
        "select least(cast(floor(points / 100000.0) as bigint), 20) as bin, count(*) as persons from (select n.person, sum(n.points) as points from ndb n join (select distinct person from anon) a on a.person = n.person group by n.person) t group by 1 order by 1",
    ),
    (
        "missing",
        "select count(*) as persons from (select distinct person from anon where person is not null) a where not exists (select 1 from ndb n where n.person = a.person)",
    ),
    (
        "onset",
        "select b.month - a.month as lag, count(*) as persons from (select person, min(month) as month from anon where dx < 50 group by person) a join (select person, min(month) as month from ndb where drug < 500 group by person) b on a.person = b.person where b.month >= a.month group by 1 order by 1",
    ),
];
