//! A dry run: how a request would be answered, in counts too coarse to tell about one person. No ID is made.

use std::collections::BTreeMap;
use std::path::Path;

use renketsu_store::{Event, Store};
use serde::Serialize;

use super::request::{Asked, AskedRows};
use super::{IssueError, controls, receive};
use crate::controls::{ControlError, Found};
use crate::lookup::Status;
use crate::party::Authority;
use crate::provision;
use crate::registration;
use crate::resolver::{ROWS_AT_ONCE, Resolver, ResolverKeys};

/// Dry runs of one request.
pub const DRY_RUNS: u64 = 3;
/// Rows of all dry runs of a provision, as a multiple of its quota.
pub const DRY_ROWS: u64 = 10;
/// Counts are rounded down to a multiple of this.
const COARSE: u64 = 10;

/// What a dry run tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The provision.
    pub provision: String,
    /// Package id of the request, which can still be answered.
    pub request: String,
    /// The registry version used.
    pub registry: u64,
    /// Rows of the request.
    pub rows: u64,
    /// Counts below this are not told.
    pub least: u64,
    /// Rows by the name of their status, rounded down to tens; `None` below `least`.
    pub by_status: BTreeMap<&'static str, Option<u64>>,
    /// What would stop the request.
    pub findings: Vec<Found>,
    /// Dry runs of this request that are left.
    pub left: u64,
}

/// Counts the rows of a request by status. Recorded before anything is told; nothing else changes.
pub fn dry_run(
    authority: &Authority<'_>,
    store: &mut Store,
    request: &Path,
) -> Result<Estimate, IssueError> {
    let (opened, provision, _) = receive(authority, store, request)?;
    let id = provision.code.as_str();
    let package = opened.package_id().to_string();
    let asked = Asked::open(&opened)?;
    let rows = asked.rows();
    let terms = &provision.controls;
    terms.admit(id, rows, store.used(id)?.rows)?;
    let (version, registry) = registration::of_provision(authority, store, &provision.code)?;

    // Taken from what is left before the work: one that is broken off counts too.
    let transaction = store.begin()?;
    provision::still_open(&transaction, &provision)?;
    let (runs, dry_rows) = transaction.dry_runs(id, &package)?;
    if runs >= DRY_RUNS {
        return Err(ControlError::DryRuns {
            request: package,
            runs,
        }
        .into());
    }
    if dry_rows.saturating_add(rows) > terms.quota().saturating_mul(DRY_ROWS) {
        return Err(ControlError::DryRows {
            provision: id.to_owned(),
        }
        .into());
    }
    transaction.dry_run(id, &package, rows, authority.now())?;
    let event = Event::new("provision.estimated", id, authority.now())
        .with("request", package.as_str())
        .with("registry", version)
        .with("rows", rows);
    transaction.commit(&event)?;

    let mut findings = controls::look(authority, asked)?;
    let root = authority.secrets().resolver_root(provision.terms.epoch)?;
    let keys = ResolverKeys::derive(&root, provision.terms.epoch);
    let resolver = Resolver::new(&registry, &keys, authority.today());
    let counts = count(&resolver, Asked::open(&opened)?)?;
    findings.extend(Found::unknown(&counts, rows));
    findings.retain(|found| terms.stops(found.kind));
    let least = terms.least.max(COARSE);
    Ok(Estimate {
        provision: id.to_owned(),
        request: package,
        registry: version,
        rows,
        least,
        by_status: counts
            .into_iter()
            .map(|(status, count)| (status, coarse(count, least)))
            .collect(),
        findings,
        left: DRY_RUNS.saturating_sub(runs).saturating_sub(1),
    })
}

/// None at all is a small count too.
fn coarse(count: u64, least: u64) -> Option<u64> {
    (count >= least).then(|| count.saturating_sub(count % COARSE))
}

fn count(
    resolver: &Resolver<'_>,
    mut asked: Asked,
) -> Result<BTreeMap<&'static str, u64>, IssueError> {
    let mut counts: BTreeMap<_, _> = Status::ALL.iter().map(|one| (one.name(), 0_u64)).collect();
    loop {
        let together = asked.take(ROWS_AT_ONCE)?;
        if together.is_empty() {
            return Ok(counts);
        }
        let asked: Vec<_> = together.iter().flat_map(AskedRows::identifiers).collect();
        // The subjects that come with a resolution are dropped where they stand.
        for (resolution, _) in resolver.resolve_all(&asked)? {
            let count = counts.entry(resolution.status.name()).or_insert(0);
            *count = count.saturating_add(1);
        }
    }
}
