//! Honest producers: a hospital, an insurer with its whole membership, families.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use jiff::civil::date;
use renketsu_identity::{BirthDate, Branch, Insurer, Kana, Number, ServicePeriod, Sex, Symbol};
use renketsu_population::{Encoding, Population, Source};

use super::Row;
use crate::people::{below, mix};

/// A member of an insurer at the end of the register's history.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) row: Row,
}

/// Every row of the register that holds without an end, by insurer and by number.
pub(super) struct Members {
    pub(super) by_insurer: BTreeMap<String, Vec<Member>>,
    households: Vec<Vec<Member>>,
}

impl Members {
    pub(super) fn read(register: &Path) -> Result<Self> {
        let text = fs::read_to_string(register)?;
        let mut by_insurer: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        let mut by_number: BTreeMap<[String; 3], Vec<Member>> = BTreeMap::new();
        for line in text.lines().skip(1) {
            let fields: [&str; 10] = line
                .split(',')
                .collect::<Vec<_>>()
                .try_into()
                .map_err(|_| anyhow::anyhow!("the register has ten columns"))?;
            let [_, kana, birth, sex, insurer, symbol, number, branch, _, to] = fields;
            if insurer.is_empty() || !to.is_empty() {
                continue;
            }
            let row = [insurer, symbol, number, branch, kana, birth, sex, ""].map(str::to_owned);
            let member = Member { row };
            by_insurer
                .entry(insurer.to_owned())
                .or_default()
                .push(member.clone());
            by_number
                .entry([insurer, symbol, number].map(str::to_owned))
                .or_default()
                .push(member);
        }
        let households = by_number
            .into_values()
            .filter(|members| members.len() >= 3)
            .collect();
        Ok(Self {
            by_insurer,
            households,
        })
    }
}

/// Rows of honest producers.
pub(super) struct Honest {
    hospital: Vec<Row>,
    insurers: Vec<Vec<Row>>,
    families: Vec<Vec<Row>>,
}

/// Name, size, requests.
type Sort = (&'static str, String, Vec<Vec<Row>>);

impl Honest {
    pub(super) fn read(population: &Population, members: &Members) -> Result<Self> {
        let of = |members: &Vec<Member>| members.iter().map(|member| member.row.clone()).collect();
        Ok(Self {
            hospital: hospital(population)?,
            insurers: members.by_insurer.values().map(of).collect(),
            families: members.households.iter().map(of).collect(),
        })
    }

    /// Every sort of request with its size, `times` of each where there are so many.
    pub(super) fn requests(&self, times: u32) -> Vec<Sort> {
        let mut sorts = Vec::new();
        for size in [100, 1_000, 10_000, 100_000] {
            let requests = (0..u64::from(times)).map(|time| self.hospital(size, time));
            let whole: Vec<_> = requests.filter(|rows| rows.len() == size).collect();
            sorts.push(("one hospital", size.to_string(), whole));
        }
        for size in [100, 1_000, 10_000, 100_000] {
            for (name, with_branch) in [
                ("families of three and more", true),
                ("the same without branches", false),
            ] {
                let requests =
                    (0..u64::from(times)).map(|time| self.families(size, time, with_branch));
                let whole: Vec<_> = requests.filter(|rows| rows.len() == size).collect();
                sorts.push((name, size.to_string(), whole));
            }
        }
        for (least, most) in [(100, 1_000), (1_000, 10_000), (10_000, 100_001)] {
            let whole = self.insurers.iter();
            let whole = whole.filter(|rows| (least..most).contains(&rows.len()));
            let requests = whole.take(usize::try_from(times).unwrap_or(usize::MAX));
            sorts.push((
                "an insurer's whole membership",
                format!("{least} to {}", most.saturating_sub(1)),
                requests.cloned().collect(),
            ));
        }
        for share in [50_u64, 80] {
            let of = self.insurers.iter().filter(|rows| rows.len() >= 1_000);
            let requests = of.take(usize::try_from(times).unwrap_or(usize::MAX));
            let some = requests.zip(0..).map(|(rows, time): (_, u64)| {
                let drawn = rows.iter().zip(0..);
                let drawn =
                    drawn.filter(|(_, at)| below(mix(time.wrapping_add(77), *at), 100) < share);
                drawn.map(|(row, _)| row.clone()).collect()
            });
            let name = if share == 50 {
                "half of an insurer's members"
            } else {
                "four of five of an insurer's members"
            };
            sorts.push((name, "500 and more".to_owned(), some.collect()));
        }
        sorts.retain(|(_, _, requests)| !requests.is_empty());
        sorts
    }

    /// Visits of one hospital, one after the other from some day on.
    pub(super) fn hospital(&self, size: usize, time: u64) -> Vec<Row> {
        let most = self.hospital.len().saturating_sub(size);
        let start = below(
            mix(11, time),
            u64::try_from(most).unwrap_or(0).saturating_add(1),
        );
        let start = usize::try_from(start).unwrap_or(0);
        self.hospital
            .iter()
            .skip(start)
            .take(size)
            .cloned()
            .collect()
    }

    /// Whole families drawn at random.
    fn families(&self, size: usize, time: u64, with_branch: bool) -> Vec<Row> {
        let mut order: Vec<(u64, &Vec<Row>)> = (0..)
            .zip(&self.families)
            .map(|(at, family)| (mix(time.wrapping_add(1_000), at), family))
            .collect();
        order.sort_unstable_by_key(|(draw, _)| *draw);
        let rows = order.into_iter().flat_map(|(_, family)| family).take(size);
        rows.map(|row| {
            let mut row = row.clone();
            if !with_branch && let Some(branch) = row.get_mut(3) {
                branch.clear();
            }
            row
        })
        .collect()
    }
}

/// Visits of one hospital as its CSV has them, each identity and month once: a producer's request merges them.
fn hospital(population: &Population) -> Result<Vec<Row>> {
    let file = population
        .claim_files()
        .find(|file| file.source() == Source::Csv && file.encoding() == Encoding::Utf8Bom)
        .context("a hospital that sends CSV")?;
    let mut bytes = Vec::new();
    file.write(&mut bytes, &mut |_| ())?;
    let text = String::from_utf8(bytes)?;
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, insurer, symbol, number, branch, kana, birth, sex, day] = fields.as_slice() else {
            anyhow::bail!("a hospital's file has nine columns");
        };
        let row =
            [insurer, symbol, number, branch, kana, birth, sex, day].map(|text| (*text).to_owned());
        if seen.insert(identity(&row)) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The row in canonical form, with the month of service.
fn identity(row: &Row) -> String {
    let today = date(2026, 11, 22);
    let [insurer, symbol, number, branch, kana, birth, sex, service] = row;
    let parts = (
        Insurer::parse(insurer).ok(),
        Symbol::parse(symbol).ok(),
        Number::parse(number).ok(),
        Branch::parse(branch).ok(),
        Kana::parse(kana).ok(),
        BirthDate::parse(birth, today).ok(),
        Sex::parse(sex).ok(),
    );
    let month = ServicePeriod::parse(service, today).ok().flatten();
    let month = month.map(|period| (period.first().year(), period.first().month()));
    let mut hash = DefaultHasher::new();
    (parts, month).hash(&mut hash);
    hash.finish().to_string()
}
