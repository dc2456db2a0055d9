//! The authority at work on synthetic people: what `cargo xtask bench authority` starts. One process, one measurement.

mod detectors;
mod disk;
mod files;
mod peers;
mod people;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::issue::{AnsweredTable, answer_table};
use renketsu_authority::issuer::IssuerKeys;
use renketsu_authority::party::Authority;
use renketsu_authority::registration;
use renketsu_authority::registry::{Acceptance, SORT_BYTES};
use renketsu_authority::resolver::{Resolver, ResolverKeys};
use renketsu_duty::meter::Reading;
use renketsu_identity::{Epoch, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};
use renketsu_seal::{Passphrase, Role, Trust, party};
use renketsu_store::Store;
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;

use files::Writing;

/// Protects people that a program makes.
const PASSPHRASE: &str = "made of numbers, nobody's data";
const SEED: u64 = 20_261_122;
/// The secrets of a measurement, which are none.
pub(crate) const ROOT: [u8; 32] = [1; 32];
pub(crate) const PROVISION_ROOT: [u8; 32] = [2; 32];
pub(crate) const SALT: [u8; 32] = [3; 32];
pub(crate) const PROVISION: &str = "P-2026-0001";
pub(crate) const EPOCH: u32 = 1;

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
    /// Writes into DIR what the peers read: numbers, persons, a request of so many rows and the keys.
    Peers {
        persons: u64,
        rows: u64,
        dir: PathBuf,
    },
    /// Compares an answer with that of a peer.
    Agree { answer: PathBuf, peer: PathBuf },
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
        Command::Peers { persons, rows, dir } => {
            peers::write(&dir, persons, rows, SEED)?;
            serde_json::json!({})
        }
        Command::Agree { answer, peer } => peers::agree(&answer, &peer)?,
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
        let (loaded, scratch) = disk::most(|| {
            registration::register(
                authority,
                store,
                register,
                Options::default(),
                Acceptance::Accept,
            )
        });
        let loaded = loaded?;
        let (wall, used) = (begun.elapsed().as_secs_f64(), cpu()? - before);
        let bytes: u64 = fs::read_dir(dir.join("registry"))?
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .map(|about| about.len())
            .sum();
        Ok(serde_json::json!({
            "persons": loaded.persons, "rows": loaded.rows, "content": loaded.content,
            "wall_s": wall, "cpu_s": used, "peak_mib": peak()?, "bytes": bytes,
            "scratch_bytes": scratch, "sort_bytes": SORT_BYTES,
        }))
    })
}

fn resolve(dir: &Path, request: &Path, out: &Path, times: u32) -> Result<serde_json::Value> {
    with_authority(dir, |authority, store| {
        let (version, registry) = registration::current(authority, store)?;
        let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut ROOT.clone())?, Epoch(EPOCH))?;
        let issuer = IssuerKeys::derive(
            &ProvisionRoot::from_bytes(&mut PROVISION_ROOT.clone())?,
            &ProvisionSalt::from_bytes(&mut SALT.clone())?,
            &ProvisionCode::parse(PROVISION)?,
        )?;
        let resolver = Resolver::new(&registry, &keys, jiff::civil::date(2026, 11, 22));
        let mut answered = answer(&resolver, &issuer, request, out)?;
        let mut best: Option<(f64, f64)> = None;
        for _ in 0..times {
            fs::remove_file(out)?;
            let (begun, before) = (clock(), cpu()?);
            answered = answer(&resolver, &issuer, request, out)?;
            let taken = (cpu()? - before, begun.elapsed().as_secs_f64());
            best = Some(best.filter(|held| held.0 <= taken.0).unwrap_or(taken));
        }
        let Some((used, wall)) = best else {
            bail!("nothing was measured");
        };
        Ok(serde_json::json!({
            "registry": version, "persons": registry.persons(),
            "rows": answered.rows, "number_ids": answered.number_ids, "kana_ids": answered.kana_ids,
            "wall_s": wall, "cpu_s": used, "peak_mib": peak()?,
        }))
    })
}

fn answer(
    resolver: &Resolver<'_>,
    issuer: &IssuerKeys,
    request: &Path,
    out: &Path,
) -> Result<AnsweredTable> {
    let source = ParquetSource::file(request)?;
    Ok(answer_table(&source, resolver, issuer, File::create(out)?)?)
}
