//! A dry run: how a request would be answered, in counts too coarse to tell about one person. No ID is made.
//!
//! It asks what an answer asks: its rows count against the quota, once for each sealed file, and what would stop an answer stops
//! it. Its counts are rounded to steps, up or down by a coin that falls the same way for the same persons and counts, and that
//! only the resolver's key foretells (docs/decisions/0017).

use std::collections::BTreeMap;
use std::path::Path;

use renketsu_identity::NoiseKey;
use renketsu_store::{Event, Store};
use serde::Serialize;

use super::controls::Held;
use super::persons::Persons;
use super::request::Asked;
use super::{IssueError, receive};
use crate::controls::{ControlError, LEAST};
use crate::lookup::Status;
use crate::party::Authority;
use crate::provision;
use crate::registration;
use crate::resolver::{Resolver, ResolverKeys};
use crate::secrets::SecretError;

/// Dry runs of one request.
pub const DRY_RUNS: u64 = 3;

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
    /// Counts are rounded to a multiple of this.
    pub step: u64,
    /// Rows by the name of their status, rounded up or down; `None` where that is to nothing.
    pub by_status: BTreeMap<&'static str, Option<u64>>,
    /// Dry runs of this request that are left.
    pub left: u64,
}

/// Counts the rows of a request by status. Recorded before anything is told.
pub fn dry_run(
    authority: &Authority<'_>,
    store: &mut Store,
    request: &Path,
) -> Result<Estimate, IssueError> {
    let (opened, provision, request_sha256) = receive(authority, store, request)?;
    let id = provision.code.as_str();
    let package = opened.package_id().to_string();
    let mut held = Held::before(
        authority,
        store,
        &provision,
        (&opened, &request_sha256),
        &[],
    )?;
    let rows = held.rows();
    let (version, registry) = registration::of_provision(authority, store, &provision.code)?;
    let root = authority.secrets().resolver_root(provision.terms.epoch)?;

    // Taken from what is left before the work: one that is broken off counts too.
    held.count(authority, store)?;
    let transaction = store.begin()?;
    provision::still_open(&transaction, &provision)?;
    let runs = transaction.dry_runs(id, &package)?;
    if runs >= DRY_RUNS {
        return Err(ControlError::DryRuns {
            request: package,
            runs,
        }
        .into());
    }
    transaction.dry_run(id, &package, rows, authority.now())?;
    let event = Event::new("provision.estimated", id, authority.now())
        .with("request", package.as_str())
        .with("registry", version)
        .with("rows", rows);
    transaction.commit(&event)?;

    let keys = ResolverKeys::derive(&root, provision.terms.epoch).map_err(SecretError::from)?;
    let resolver = Resolver::new(&registry, &keys, authority.today());
    let counted = count(&resolver, Asked::open(&opened)?)?;
    held.unknown(authority, store, &counted.by_status)?;
    let step = provision.controls.least.max(LEAST);
    let noise = Noise {
        key: &NoiseKey::derive(&root, &provision.code).map_err(SecretError::from)?,
        persons: counted.persons.digest(),
    };
    Ok(Estimate {
        provision: id.to_owned(),
        request: package,
        registry: version,
        rows,
        step,
        by_status: noise.rounded(&counted.by_status, step),
        left: DRY_RUNS.saturating_sub(runs).saturating_sub(1),
    })
}

/// What a request comes to.
struct Counted {
    by_status: BTreeMap<&'static str, u64>,
    /// The registered persons found.
    persons: Persons,
}

fn count(resolver: &Resolver<'_>, mut asked: Asked) -> Result<Counted, IssueError> {
    let mut counted = Counted {
        by_status: Status::ALL.iter().map(|one| (one.name(), 0)).collect(),
        persons: Persons::default(),
    };
    while let Some(together) = asked.ask(resolver)? {
        for answered in resolver.answer(together.asking)? {
            let (resolution, subjects) = answered;
            let status = resolution.status.name();
            let count = counted.by_status.entry(status).or_insert(0);
            *count = count.saturating_add(1);
            counted.persons.see_subjects(resolution, &subjects);
        }
    }
    counted.persons.settle();
    Ok(counted)
}

/// Where the coins come from: the key, and who was found. Rows in another order, under other references or in other spellings
/// of the same persons get the same coins, so that asking again tells nothing new.
struct Noise<'a> {
    key: &'a NoiseKey,
    persons: [u8; 32],
}

impl Noise<'_> {
    /// Every count, up or down to a multiple of `step`. Every count is part of every coin: one that is known can't be moved to
    /// find out where another one turns.
    fn rounded(
        &self,
        counts: &BTreeMap<&'static str, u64>,
        step: u64,
    ) -> BTreeMap<&'static str, Option<u64>> {
        let mut message = self.persons.to_vec();
        for (status, count) in counts {
            message.extend_from_slice(status.as_bytes());
            message.push(0);
            message.extend_from_slice(&count.to_be_bytes());
        }
        counts
            .iter()
            .map(|(status, count)| {
                let coin = self.key.coin(&[&message, status.as_bytes()]);
                (*status, round(*count, step, coin))
            })
            .collect()
    }
}

/// Up to the next multiple as often as the count is far from the one below, so that nothing is lost on average.
fn round(count: u64, step: u64, coin: u64) -> Option<u64> {
    let above = count.checked_rem(step).unwrap_or(0);
    let below = count.saturating_sub(above);
    let up = coin.checked_rem(step).unwrap_or(0) < above;
    let told = if up {
        below.saturating_add(step)
    } else {
        below
    };
    (told > 0).then_some(told)
}

#[cfg(test)]
mod tests {
    use renketsu_identity::{ProvisionCode, RootKey};
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn key() -> NoiseKey {
        let code = ProvisionCode::parse("P-2026-0001").unwrap();
        NoiseKey::derive(&RootKey::from_bytes(&mut [7; 32]).unwrap(), &code).unwrap()
    }

    /// What is told of `found` persons and `missing` others, who is found being named by `who`.
    fn told(key: &NoiseKey, who: u64, found: u64, missing: u64) -> u64 {
        let noise = Noise {
            key,
            persons: Sha256::digest(who.to_be_bytes()).into(),
        };
        let counts = BTreeMap::from([("number", found), ("not_found", missing)]);
        noise.rounded(&counts, 100)["number"].unwrap_or(0)
    }

    #[test]
    fn counts_are_right_on_average_and_multiples_of_the_step_are_told_as_they_are() {
        let key = key();
        let sum: u64 = (0..2_000).map(|who| told(&key, who, 337, 0)).sum();
        assert!((sum / 2_000).abs_diff(337) <= 4, "{sum}");
        for coin in [0, 99, 100, u64::MAX] {
            assert_eq!(round(300, 100, coin), Some(300));
            assert_eq!(round(0, 100, coin), None);
        }
        assert_eq!(round(99, 100, 99), None);
        assert_eq!(round(1, 100, 0), Some(100));
    }

    /// The attack on rounding alone: known persons up to the step, and one more row. Whoever asks compares two dry runs that
    /// differ in that row, and guesses that its person is registered if the count went up.
    #[test]
    fn two_dry_runs_that_differ_in_one_row_hardly_tell_whether_its_person_is_registered() {
        let key = key();
        let (mut right, mut guesses) = (0_u64, 0_u64);
        for fill in 0..4_000_u64 {
            let known = 100 + fill % 100;
            let before = told(&key, 2 * fill, known, 1);
            // The last row's person is registered, or is not.
            let registered = told(&key, 2 * fill + 1, known + 1, 1);
            let unknown = told(&key, 2 * fill, known, 2);
            right += u64::from(registered > before) + u64::from(unknown <= before);
            guesses += 2;
        }
        // Half of the guesses are right by chance; a share of one in a hundred steps is all that the row adds.
        let advantage = (right * 1_000 / guesses).abs_diff(500);
        assert!(advantage <= 15, "{right} of {guesses}");
    }
}
