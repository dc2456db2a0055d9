//! The tables of the authority and of the producer: register, anonymized table, extracts of public databases.
//!
//! All are UTF-8 CSV with LF; no cell needs quotes.

use std::io::{self, Write};

use jiff::civil::Date;

use crate::claim::branch_text;
use crate::dice::{Dice, Topic};
use crate::health::month_text;
use crate::population::{Chart, Person, Population, STEP};
use crate::spelling;

/// The register's header, exactly.
pub const REGISTRY_HEADER: &str =
    "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to";
/// The anonymized table's header; the first column is the chart's key.
pub const ANONYMIZED_HEADER: &str = "患者番号,tag,sex,age_band,dx,visit_month,hba1c";
/// The header of the NDB-like extract.
pub const NDB_HEADER: &str = "person,tag,drug,points,month,sex,age_band";
/// The header of the DPC-like extract.
pub const DPC_HEADER: &str = "person,dpc_code,days,month";

/// Rows that one chart or person can have in a table, as a power of two.
const TAG_BITS: u32 = 3;
/// Odd, so that multiplying by it modulo 2^32 only shuffles; and its inverse.
const TAG_FACTOR: u32 = 0x9E37_79B1;
const TAG_INVERSE: u32 = 0x0E8B_2F51;

/// The tag of a row: a number without meaning, different for every row of a table, that tells the population (and
/// nobody else) whose row it is, so that a link can be compared with the truth.
fn tag(owner: u32, row: u32) -> u32 {
    owner
        .wrapping_shl(TAG_BITS)
        .wrapping_add(row)
        .wrapping_mul(TAG_FACTOR)
}

/// The owner of a tagged row.
fn owner(tag: u32) -> u32 {
    tag.wrapping_mul(TAG_INVERSE).wrapping_shr(TAG_BITS)
}

/// A public database (令8条) of which the authority holds an extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extract {
    /// Claims of every registered person, one row or more for each.
    Ndb,
    /// Stays in hospital of about 10 % of the persons.
    Dpc,
}

/// Rows of an extract whose person the register doesn't know, for each row that it does.
const UNKNOWN: f64 = 0.002;

/// Counts rows and tells a progress callback of every thousand.
pub(crate) struct Rows<'a> {
    progress: &'a mut dyn FnMut(u64),
    total: u64,
    told: u64,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(progress: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            progress,
            total: 0,
            told: 0,
        }
    }

    pub(crate) fn one(&mut self) {
        self.total = self.total.saturating_add(1);
        let new = self.total.saturating_sub(self.told);
        if new >= STEP {
            (self.progress)(new);
            self.told = self.total;
        }
    }

    pub(crate) fn finish(self) -> u64 {
        if self.total > self.told {
            (self.progress)(self.total.saturating_sub(self.told));
        }
        self.total
    }
}

impl Population {
    /// Writes the register as the authority holds it at the end of 2022, and returns its rows. `progress` hears of
    /// rows. A person without an insured number has a row with a blank number part.
    pub fn write_registry(
        &self,
        out: impl Write,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<u64> {
        let mut out = io::BufWriter::new(out);
        let mut rows = Rows::new(progress);
        writeln!(out, "{REGISTRY_HEADER}")?;
        for row in &self.enrolments {
            let person = Person(row.person);
            let Some(individual) = self.individual(person) else {
                continue;
            };
            let (insurer, symbol, number) = self.number_text(row.cover);
            let to = if row.to == Date::MAX {
                String::new()
            } else {
                row.to.to_string()
            };
            writeln!(
                out,
                "{},{},{},{},{insurer},{symbol},{number},{},{},{to}",
                self.registry_key(person),
                self.kana(row),
                spelling::compact(individual.birth),
                individual.sex.code(),
                branch_text(row.branch),
                row.from,
            )?;
            rows.one();
        }
        out.flush()?;
        Ok(rows.finish())
    }

    /// Insurer, symbol and number as the register writes them.
    pub(crate) fn number_text(
        &self,
        cover: Option<crate::insurer::Insured>,
    ) -> (&str, String, String) {
        match cover {
            Some(insured) => (
                self.insurers.code(insured.insurer),
                self.insurers.symbol(insured),
                self.insurers.number(insured),
            ),
            None => ("", String::new(), String::new()),
        }
    }

    /// Writes the producer's anonymized table, one to five rows for every chart, and returns its rows.
    pub fn write_anonymized(
        &self,
        out: impl Write,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<u64> {
        let mut out = io::BufWriter::new(out);
        let mut rows = Rows::new(progress);
        writeln!(out, "{ANONYMIZED_HEADER}")?;
        for chart in self.charts() {
            let Some(person) = self.person_of_chart(chart) else {
                continue;
            };
            let Some(individual) = self.individual(person) else {
                continue;
            };
            let mut dice = Dice::new(self.plan.seed, Topic::Anonymized, u64::from(chart.0));
            let health = self.health(person);
            let key = self.chart_key(chart);
            let band = self.age_band(person);
            for row in 0..dice.between(1, 5) {
                let Some(month) = self.month_of_care(person, &mut dice) else {
                    continue;
                };
                let dx = health.draw_condition(&mut dice).code;
                let tested = dx == "E11" || dice.chance(0.15);
                let hba1c = if tested {
                    health.draw_hba1c(&mut dice)
                } else {
                    String::new()
                };
                let sex = individual.sex.code();
                let month = month_text(month);
                let tag = tag(chart.0, row);
                writeln!(out, "{key},{tag},{sex},{band},{dx},{month},{hba1c}")?;
                rows.one();
            }
        }
        out.flush()?;
        Ok(rows.finish())
    }

    /// Writes an extract of a public database as the authority holds it, with the register's person keys, and
    /// returns its rows. A few rows have a key that the register doesn't have.
    pub fn write_extract(
        &self,
        extract: Extract,
        out: impl Write,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<u64> {
        let mut out = io::BufWriter::new(out);
        let mut rows = Rows::new(progress);
        let header = match extract {
            Extract::Ndb => NDB_HEADER,
            Extract::Dpc => DPC_HEADER,
        };
        writeln!(out, "{header}")?;
        for person in self.persons() {
            match extract {
                Extract::Ndb => self.write_claims(person, &mut out, &mut rows)?,
                Extract::Dpc => self.write_stays(person, &mut out, &mut rows)?,
            }
        }
        out.flush()?;
        Ok(rows.finish())
    }

    /// Whose row of the anonymized table bears this tag.
    pub fn person_of_visit_tag(&self, tag: u32) -> Option<Person> {
        self.person_of_chart(Chart(owner(tag)))
    }

    /// Whose row of the NDB-like extract bears this tag.
    pub fn person_of_claim_tag(&self, tag: u32) -> Option<Person> {
        let person = Person(owner(tag));
        self.individual(person).map(|_| person)
    }

    /// The person's key, or one that is nobody's.
    fn extract_key(&self, person: Person, dice: &mut Dice) -> String {
        if dice.chance(UNKNOWN) {
            self.registry_key(Person(person.0.saturating_add(crate::plan::MOST_PERSONS)))
        } else {
            self.registry_key(person)
        }
    }

    fn write_claims(
        &self,
        person: Person,
        out: &mut impl Write,
        rows: &mut Rows<'_>,
    ) -> io::Result<()> {
        let mut dice = Dice::new(self.plan.seed, Topic::Ndb, u64::from(person.0));
        let Some(individual) = self.individual(person) else {
            return Ok(());
        };
        let health = self.health(person);
        let most = if health.is_diabetic() { 6 } else { 3 };
        let band = self.age_band(person);
        // Those born after the months of the claims still have a row: their birth, in the last month.
        let last = self.plan.month(self.plan.months.saturating_sub(1));
        for row in 0..dice.between(1, most) {
            let Some(month) = self.month_of_care(person, &mut dice).or(last) else {
                continue;
            };
            let condition = health.draw_condition(&mut dice);
            let drug = health.draw_drug(condition, &mut dice);
            let points = dice.between(120, 900).saturating_add(dice.below(700));
            let key = self.extract_key(person, &mut dice);
            let sex = individual.sex.code();
            let month = month_text(month);
            let tag = tag(person.0, row);
            writeln!(out, "{key},{tag},{drug},{points},{month},{sex},{band}")?;
            rows.one();
        }
        Ok(())
    }

    fn write_stays(
        &self,
        person: Person,
        out: &mut impl Write,
        rows: &mut Rows<'_>,
    ) -> io::Result<()> {
        let mut dice = Dice::new(self.plan.seed, Topic::Dpc, u64::from(person.0));
        let old = self.age(person) >= 65;
        if !dice.chance(if old { 0.19 } else { 0.065 }) {
            return Ok(());
        }
        let health = self.health(person);
        for _ in 0..dice.between(1, 2) {
            let Some(month) = self.month_of_care(person, &mut dice) else {
                continue;
            };
            let stay = health.draw_condition(&mut dice).stay;
            let days = dice.between(2, 14).saturating_add(dice.below(15));
            let key = self.extract_key(person, &mut dice);
            writeln!(out, "{key},{stay},{days},{}", month_text(month))?;
            rows.one();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{owner, tag};

    #[test]
    fn a_tag_leads_back_to_its_owner_and_to_no_other() {
        let mut seen = std::collections::BTreeSet::new();
        for number in (0..2000).chain([4_999_999, 0x1FFF_FFFF]) {
            for row in 0..8 {
                assert_eq!(owner(tag(number, row)), number);
                assert!(seen.insert(tag(number, row)));
            }
        }
    }
}
