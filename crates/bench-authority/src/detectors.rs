//! What the findings of issue controls cost honest producers, and what they catch (`docs/decisions/0017-issue-controls.md`).
//!
//! Requests go through the same watch and the same look-up as in `authority issue`; what is made up is the people
//! (`renketsu-population`) and who asks what about them.

mod attacks;
mod producers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use anyhow::Result;
use jiff::civil::date;
use renketsu_authority::controls::{Found, Kind, Watch};
use renketsu_authority::lookup::{Identifiers, Status};
use renketsu_authority::registration;
use renketsu_authority::registry::{Acceptance, Registry};
use renketsu_authority::resolver::{Resolver, ResolverKeys};
use renketsu_identity::{Epoch, RootKey};
use renketsu_population::{Plan, Population};
use renketsu_table::delimited::Options;

use crate::{SEED, with_authority};
use attacks::Attack;
use producers::{Honest, Members};

/// The eight texts of a row, in the order of a request.
pub(crate) type Row = [String; 8];

/// Who is asked for: the day the population's claims end.
const TODAY: jiff::civil::Date = date(2026, 11, 22);
/// Rows of the honest requests that attacks hide in.
const AMONG: usize = 1_000;

/// Makes a population, loads its register into an authority in `dir`, and prints both tables.
pub(crate) fn run(dir: &Path, persons: u32, times: u32) -> Result<String> {
    let plan = Plan {
        hospitals: 4,
        coverage: 0.8,
        ..Plan::new(persons, SEED)
    };
    let population = Population::generate(&plan, &mut |_| ())?;
    let register = dir.join("register.csv");
    population.write_registry(File::create(&register)?, &mut |_| ())?;
    let members = Members::read(&register)?;
    with_authority(&dir.join("authority"), |authority, store| {
        registration::register(
            authority,
            store,
            &register,
            Options::default(),
            Acceptance::Accept,
        )?;
        let (_, registry) = registration::current(authority, store)?;
        let judge = Judge::of(&registry)?;
        let honest = Honest::read(&population, &members)?;
        let mut out = honest_table(&judge, &honest, times)?;
        out.push('\n');
        out.push_str(&attack_table(&judge, &honest, &members, times)?);
        Ok(out)
    })
}

/// Judges requests as the authority does.
struct Judge<'a> {
    registry: &'a Registry,
    keys: ResolverKeys,
}

impl<'a> Judge<'a> {
    fn of(registry: &'a Registry) -> Result<Self> {
        let keys = ResolverKeys::derive(&RootKey::from_bytes(&mut [1; 32])?, Epoch(1))?;
        Ok(Self { registry, keys })
    }

    /// What is found in a request, and which share of its rows in thousandths is nobody's.
    fn judge(&self, rows: &[Row]) -> Result<(Vec<Kind>, u64)> {
        let asked: Vec<Identifiers<'_>> = rows
            .iter()
            .map(|row| Identifiers::from_fields(row.each_ref().map(String::as_str)))
            .collect();
        let mut watch = Watch::new(TODAY);
        for row in &asked {
            watch.see(row);
        }
        let mut found: Vec<Kind> = watch
            .seen()
            .findings
            .iter()
            .map(|found| found.kind)
            .collect();
        let resolver = Resolver::new(self.registry, &self.keys, TODAY);
        let mut counts: BTreeMap<&'static str, u64> =
            Status::ALL.iter().map(|one| (one.name(), 0)).collect();
        for (resolution, _) in resolver.resolve_all(&asked)? {
            let count = counts.entry(resolution.status.name()).or_insert(0);
            *count = count.saturating_add(1);
        }
        let all = u64::try_from(rows.len())?;
        found.extend(Found::unknown(&counts, all).map(|found| found.kind));
        let nobody = [Status::NotFound, Status::Conflict, Status::Invalid]
            .iter()
            .filter_map(|status| counts.get(status.name()))
            .fold(0_u64, |sum, count| sum.saturating_add(*count));
        Ok((found, nobody.saturating_mul(1_000).div_euclid(all.max(1))))
    }
}

/// Of `times` requests of one sort: how many each kind stopped.
#[derive(Default)]
struct Stopped {
    requests: u32,
    by_kind: BTreeMap<Kind, u32>,
    /// The largest share of rows that are nobody's, in thousandths.
    nobody: u64,
}

impl Stopped {
    fn see(&mut self, (found, nobody): (Vec<Kind>, u64)) {
        self.requests = self.requests.saturating_add(1);
        self.nobody = self.nobody.max(nobody);
        for kind in found {
            let count = self.by_kind.entry(kind).or_insert(0);
            *count = count.saturating_add(1);
        }
    }

    /// Percent of the requests.
    fn percent(&self, kind: Kind) -> u64 {
        let count = self.by_kind.get(&kind).copied().unwrap_or(0);
        u64::from(count)
            .saturating_mul(100)
            .div_euclid(u64::from(self.requests.max(1)))
    }
}

fn honest_table(judge: &Judge<'_>, honest: &Honest, times: u32) -> Result<String> {
    let mut out = String::from(
        "| honest request | rows | requests | repeated | sequential | branches | probed | unknown | nobody's at most |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (name, size, requests) in honest.requests(times) {
        let mut stopped = Stopped::default();
        for rows in requests {
            stopped.see(judge.judge(&rows)?);
        }
        let by_kind: Vec<String> = Kind::ALL
            .iter()
            .map(|kind| format!("{} %", stopped.percent(*kind)))
            .collect();
        writeln!(
            out,
            "| {name} | {size} | {} | {} | {}.{} % |",
            stopped.requests,
            by_kind.join(" | "),
            stopped.nobody.div_euclid(10),
            stopped.nobody.rem_euclid(10),
        )?;
    }
    Ok(out)
}

fn attack_table(
    judge: &Judge<'_>,
    honest: &Honest,
    members: &Members,
    times: u32,
) -> Result<String> {
    let mut out = String::from(
        "| attack in a request of 1,000 honest rows | strength | caught by | caught | any finding |\n|---|---|---|---|---|\n",
    );
    for attack in Attack::all() {
        let mut stopped = Stopped::default();
        let mut any = 0_u32;
        for time in 0..times {
            let among = honest.hospital(AMONG, u64::from(time));
            let rows = attack.request(among, members, u64::from(time));
            let (found, nobody) = judge.judge(&rows)?;
            any = any.saturating_add(u32::from(!found.is_empty()));
            stopped.see((found, nobody));
        }
        let all = u64::from(any)
            .saturating_mul(100)
            .div_euclid(u64::from(times.max(1)));
        writeln!(
            out,
            "| {} | {} | `{}` | {} % | {all} % |",
            attack.name(),
            attack.strength(),
            attack.by(),
            stopped.percent(attack.by()),
        )?;
    }
    Ok(out)
}
