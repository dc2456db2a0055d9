//! The authority at work on synthetic people: what `cargo xtask bench authority` starts. One process, one measurement.

mod detectors;
mod files;
mod people;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::issuer::IssuerKeys;
use renketsu_authority::lookup::Identifiers;
use renketsu_authority::party::Authority;
use renketsu_authority::registration;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::resolver::{ROWS_AT_ONCE, Resolver, ResolverKeys};
use renketsu_duty::meter::Reading;
use renketsu_identity::{Epoch, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};
use renketsu_seal::{Passphrase, Role, Trust, party};
use renketsu_store::Store;
use renketsu_table::BATCH_ROWS;
use renketsu_table::delimited::Options;
use renketsu_table::ids::{self, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};

use files::{ASKED, Writing};

/// Protects people that a program makes.
const PASSPHRASE: &str = "made of numbers, nobody's data";
const SEED: u64 = 20_261_122;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the register of so many persons.
    Register { persons: u64, out: PathBuf },
    /// Writes a request for so many rows.
    Request {
        persons: u64,
        rows: u64,
        out: PathBuf,
        /// With canonical values, for the peers.
        #[arg(long)]
        canonical: bool,
    },
    /// Makes an authority in DIR and loads a register.
    Load { dir: PathBuf, register: PathBuf },
    /// Prints what the findings of issue controls cost honest producers, and what they catch; DIR is new.
    Detectors {
        dir: PathBuf,
        persons: u32,
        /// Requests of each sort.
        #[arg(long, default_value_t = 40)]
        times: u32,
    },
    /// Answers a request once to warm up, and once more: Parquet in, two IDs, Parquet out.
    Resolve {
        dir: PathBuf,
        request: PathBuf,
        out: PathBuf,
        /// Measured answers; the one with the least CPU time counts.
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
}

#[expect(
    clippy::print_stdout,
    reason = "the measurement is the program's output"
)]
fn main() -> Result<()> {
    let told = match Args::parse().command {
        Command::Register { persons, out } => {
            let rows = files::register(persons, SEED, File::create(&out)?)?;
            serde_json::json!({ "rows": rows, "bytes": out.metadata()?.len() })
        }
        Command::Request {
            persons,
            rows,
            out,
            canonical,
        } => {
            let writing = if canonical {
                Writing::Canonical
            } else {
                Writing::AsClaims
            };
            files::request(&out, persons, rows, SEED, writing)?;
            serde_json::json!({ "bytes": out.metadata()?.len() })
        }
        Command::Detectors {
            dir,
            persons,
            times,
        } => {
            fs::create_dir_all(&dir)?;
            println!("{}", detectors::run(&dir, persons, times)?);
            return Ok(());
        }
        Command::Load { dir, register } => load(&dir, &register)?,
        Command::Resolve {
            dir,
            request,
            out,
            times,
        } => resolve(&dir, &request, &out, times)?,
    };
    println!("{told}");
    Ok(())
}

/// The clock of a measurement.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

/// CPU seconds of this process so far.
fn cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage
        .user_time()
        .num_microseconds()
        .saturating_add(usage.system_time().num_microseconds());
    #[expect(clippy::cast_precision_loss, reason = "seconds of a benchmark")]
    Ok(micros as f64 / 1e6)
}

/// Peak memory in MiB.
fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib.div_ceil(1024))
}

/// Nothing here is work of a provision, so the meter stands still.
fn stopped() -> Reading {
    Reading {
        boot: "bench".to_owned(),
        nanos: 0,
    }
}

fn with_authority<T>(
    dir: &Path,
    act: impl FnOnce(&Authority<'_>, &mut Store) -> Result<T>,
) -> Result<T> {
    let passphrase = Passphrase::new(PASSPHRASE.to_owned())?;
    let now = Timestamp::from_second(1_795_316_400)?;
    if !dir.join("keys").exists() {
        party::create(dir, "authority", Role::Authority, &passphrase, now)?;
    }
    let keys = party::open(dir, &passphrase)?;
    let mut store = Store::open_proven(dir, &keys.proof())?;
    let trust = Trust::open(store.trusted()?.as_deref(), &keys)?;
    let authority = Authority::new(dir, &keys, &trust, now, Monotonic::new(&stopped))?;
    act(&authority, &mut store)
}

fn load(dir: &Path, register: &Path) -> Result<serde_json::Value> {
    fs::create_dir_all(dir)?;
    with_authority(dir, |authority, store| {
        let (begun, before) = (clock(), cpu()?);
        let loaded = registration::register(
            authority,
            store,
            register,
            Options::default(),
            Acceptance::Accept,
        )?;
        let (wall, used) = (begun.elapsed().as_secs_f64(), cpu()? - before);
        let bytes: u64 = fs::read_dir(dir.join("registry"))?
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .map(|about| about.len())
            .sum();
        Ok(serde_json::json!({
            "persons": loaded.persons, "rows": loaded.rows, "content": loaded.content,
            "wall_s": wall, "cpu_s": used, "peak_mib": peak()?, "bytes": bytes,
        }))
    })
}

fn resolve(dir: &Path, request: &Path, out: &Path, times: u32) -> Result<serde_json::Value> {
    with_authority(dir, |authority, store| {
        let (version, registry) = registration::current(authority, store)?;
        let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut [1; 32]), Epoch(1));
        let issuer = IssuerKeys::derive(
            &ProvisionRoot::from_bytes(&mut [2; 32]),
            &ProvisionSalt::from_bytes(&mut [3; 32]),
            &ProvisionCode::parse("P-2026-0001")?,
        );
        let resolver = Resolver::new(&registry, &keys, jiff::civil::date(2026, 11, 22));
        let mut counts = answer(&resolver, &issuer, request, out)?;
        let mut best: Option<(f64, f64)> = None;
        for _ in 0..times {
            fs::remove_file(out)?;
            let (begun, before) = (clock(), cpu()?);
            counts = answer(&resolver, &issuer, request, out)?;
            let taken = (cpu()? - before, begun.elapsed().as_secs_f64());
            best = Some(best.filter(|held| held.0 <= taken.0).unwrap_or(taken));
        }
        let Some((used, wall)) = best else {
            bail!("nothing was measured");
        };
        Ok(serde_json::json!({
            "registry": version, "persons": registry.persons(),
            "rows": counts.rows, "with_number_id": counts.numbers, "with_kana_id": counts.kana,
            "wall_s": wall, "cpu_s": used, "peak_mib": peak()?,
        }))
    })
}

#[derive(Default)]
struct Counts {
    rows: u64,
    numbers: u64,
    kana: u64,
}

fn answer(
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    request: &Path,
    out: &Path,
) -> Result<Counts> {
    let [number_id, kana_id, kana_unique] = ids::front();
    let schema = Arc::new(Schema::new(vec![
        ids::field_of(ROW_REF, ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
        number_id,
        kana_id,
        kana_unique,
    ]));
    let source = ParquetSource::file(request)?;
    let mut batches = source.batches(None, BATCH_ROWS)?;
    let mut sink = ParquetSink::create(File::create(out)?, &schema, &Sorting::by_reference())?;
    let mut counts = Counts::default();
    loop {
        let mut together: Vec<RecordBatch> = Vec::new();
        let mut rows = 0;
        while rows < ROWS_AT_ONCE
            && let Some(batch) = batches.next().transpose()?
        {
            rows = rows.saturating_add(batch.num_rows());
            together.push(batch);
        }
        if together.is_empty() {
            break;
        }
        let mut asked = Vec::with_capacity(rows);
        for batch in &together {
            let columns = texts(batch)?;
            asked.extend(
                (0..batch.num_rows())
                    .map(|row| Identifiers::from_fields(columns.map(|column| column.value(row)))),
            );
        }
        let mut resolved = resolver.resolve_all(&asked)?.into_iter();
        drop(asked);
        for batch in together {
            let (told, subjects): (Vec<_>, Vec<_>) =
                resolved.by_ref().take(batch.num_rows()).unzip();
            let issued: Vec<_> = subjects
                .iter()
                .map(|subjects| issuer.issue(subjects))
                .collect();
            let with = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            counts.rows = counts.rows.saturating_add(with(issued.len()));
            counts.numbers = counts.numbers.saturating_add(with(
                issued.iter().filter(|ids| ids.number_id.is_some()).count(),
            ));
            counts.kana = counts.kana.saturating_add(with(
                issued.iter().filter(|ids| ids.kana_id.is_some()).count(),
            ));
            let status: StringArray = told.iter().map(|told| Some(told.status.name())).collect();
            let reason: StringArray = told
                .iter()
                .map(|told| told.reason.map(|reason| reason.to_string()))
                .collect();
            let unique: BooleanArray = told.iter().map(|told| told.kana_unique).collect();
            let columns: Vec<ArrayRef> = vec![
                Arc::clone(batch.column(0)),
                Arc::new(status),
                Arc::new(reason),
                ids::array::<32>(
                    issued
                        .iter()
                        .map(|ids| ids.number_id.map(|id| *id.as_bytes())),
                ),
                ids::array::<32>(
                    issued
                        .iter()
                        .map(|ids| ids.kana_id.map(|id| *id.as_bytes())),
                ),
                Arc::new(unique),
            ];
            sink.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        }
    }
    sink.finish()?;
    Ok(counts)
}

fn texts(batch: &RecordBatch) -> Result<[&StringArray; 8]> {
    let mut columns = Vec::with_capacity(ASKED.len());
    for name in ASKED {
        let column = batch
            .column_by_name(name)
            .and_then(|column| column.as_any().downcast_ref())
            .with_context(|| format!("column `{name}`"))?;
        columns.push(column);
    }
    columns
        .try_into()
        .map_err(|_| anyhow::anyhow!("a request has eight columns"))
}
