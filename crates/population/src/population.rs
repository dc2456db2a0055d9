//! The people, the register's rows about them, and who is treated where and when.

use jiff::civil::Date;

use crate::dice::{Dice, Topic};
use crate::history::{Enrolment, enrol};
use crate::household::{Household, Namesake};
use crate::insurer::Insurers;
use crate::key::Scatter;
use crate::name::{Family, Given, Names, Sex, bare};
use crate::plan::{HISTORY_FROM, Plan, PlanError};

/// A registered person of one population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person(pub(crate) u32);

/// A patient's chart at one hospital; a person can have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chart(pub(crate) u32);

#[derive(Clone, Copy)]
pub(crate) struct Individual {
    pub(crate) birth: Date,
    pub(crate) sex: Sex,
    pub(crate) given: Given,
    /// Of the first row; later rows carry their own.
    pub(crate) family: Family,
    first_row: u32,
    rows: u8,
}

#[derive(Clone, Copy)]
pub(crate) struct ChartOf {
    pub(crate) person: Person,
    /// Counts from 1.
    pub(crate) hospital: u16,
}

/// One visit, written as one row of one source file.
#[derive(Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) chart: Chart,
    /// Months after the plan's first.
    pub(crate) month: u8,
    pub(crate) day: u8,
    /// Counts the visits of a chart.
    pub(crate) serial: u8,
}

/// A synthetic population: persons with their histories, and the files three parties would have of them.
///
/// It keeps a compact table of persons; every file is written from it as a stream, row by row.
pub struct Population {
    pub(crate) plan: Plan,
    pub(crate) names: Names,
    pub(crate) insurers: Insurers,
    pub(crate) individuals: Vec<Individual>,
    pub(crate) enrolments: Vec<Enrolment>,
    pub(crate) charts: Vec<ChartOf>,
    /// In the order of the source files.
    pub(crate) visits: Vec<Visit>,
    pub(crate) person_keys: Scatter,
    pub(crate) chart_keys: Scatter,
}

impl std::fmt::Debug for Population {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Population")
            .field("persons", &self.individuals.len())
            .field("seed", &self.plan.seed)
            .finish_non_exhaustive()
    }
}

/// Persons or rows between two calls of a progress callback.
pub(crate) const STEP: u64 = 1_000;

impl Population {
    /// Makes the people of a plan. `progress` hears how many more persons are done, their sum is the plan's number.
    pub fn generate(plan: &Plan, progress: &mut dyn FnMut(u64)) -> Result<Self, PlanError> {
        plan.check()?;
        let mut population = Self {
            plan: plan.clone(),
            names: Names::new(),
            insurers: Insurers::new(plan.seed),
            individuals: Vec::new(),
            enrolments: Vec::new(),
            charts: Vec::new(),
            visits: Vec::new(),
            person_keys: Scatter::new(plan.seed, 0),
            chart_keys: Scatter::new(plan.seed, 1),
        };
        population.people(progress);
        population.care();
        Ok(population)
    }

    /// The plan this population was made from.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// All registered persons.
    pub fn persons(&self) -> impl Iterator<Item = Person> + use<> {
        (0..u32::try_from(self.individuals.len()).unwrap_or(u32::MAX)).map(Person)
    }

    /// All charts of the producer's hospitals.
    pub fn charts(&self) -> impl Iterator<Item = Chart> + use<> {
        (0..u32::try_from(self.charts.len()).unwrap_or(u32::MAX)).map(Chart)
    }

    /// The key the register and the public databases know a person by.
    pub fn registry_key(&self, person: Person) -> String {
        format!("R{:09}", self.person_keys.of(person.0))
    }

    /// The person of a register key; `None` for a key the register doesn't have.
    pub fn person_of_registry_key(&self, key: &str) -> Option<Person> {
        let value = key.strip_prefix('R').filter(|digits| digits.len() == 9)?;
        let index = self.person_keys.index(value.parse().ok()?)?;
        self.individual(Person(index)).map(|_| Person(index))
    }

    /// 患者番号: the key of a chart in claims and in the anonymized table. Unique among all hospitals.
    pub fn chart_key(&self, chart: Chart) -> String {
        format!("{:09}", self.chart_keys.of(chart.0))
    }

    /// The chart with this 患者番号.
    pub fn chart_of_key(&self, key: &str) -> Option<Chart> {
        let digits = Some(key).filter(|digits| digits.len() == 9)?;
        let index = self.chart_keys.index(digits.parse().ok()?)?;
        self.person_of_chart(Chart(index)).map(|_| Chart(index))
    }

    /// Whose chart it is.
    pub fn person_of_chart(&self, chart: Chart) -> Option<Person> {
        self.chart(chart).map(|chart| chart.person)
    }

    pub(crate) fn individual(&self, person: Person) -> Option<&Individual> {
        self.individuals.get(usize::try_from(person.0).ok()?)
    }

    pub(crate) fn chart(&self, chart: Chart) -> Option<&ChartOf> {
        self.charts.get(usize::try_from(chart.0).ok()?)
    }

    /// The register's rows of a person, by `from`.
    pub(crate) fn rows_of(&self, person: Person) -> &[Enrolment] {
        self.individual(person)
            .and_then(|individual| {
                let first = usize::try_from(individual.first_row).ok()?;
                let end = first.checked_add(usize::from(individual.rows))?;
                self.enrolments.get(first..end)
            })
            .unwrap_or(&[])
    }

    /// The kana of one of a person's rows, as the register writes it.
    pub(crate) fn kana(&self, row: &Enrolment) -> String {
        self.individual(Person(row.person))
            .map_or_else(String::new, |individual| {
                self.names
                    .kana(row.family, individual.given, individual.sex)
            })
    }

    /// The different kana names of a person without what is only spelling.
    pub(crate) fn bare_names(&self, person: Person) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut last = None;
        for row in self.rows_of(person) {
            if last.replace(row.family) != Some(row.family) {
                let name = bare(&self.kana(row));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn people(&mut self, progress: &mut dyn FnMut(u64)) {
        let wanted = usize::try_from(self.plan.persons).unwrap_or(usize::MAX);
        let mut heads: Vec<u32> = Vec::new();
        let mut reported = 0_u64;
        for index in 0_u64.. {
            let mut dice = Dice::new(self.plan.seed, Topic::Household, index);
            let individuals = &self.individuals;
            let mut household = Household::draw(
                &mut dice,
                &self.names,
                &self.plan.rates,
                &mut |dice, sex, year| namesake(dice, individuals, &heads, sex, year),
            );
            let first = self.individuals.len();
            household.members.truncate(wanted.saturating_sub(first));
            let number = u32::try_from(first).unwrap_or(u32::MAX);
            heads.push(number);
            let rows = enrol(
                &household,
                number,
                &mut dice,
                &mut self.insurers,
                &self.plan.rates,
            );
            for (member, rows) in household.members.iter().zip(rows) {
                self.individuals.push(Individual {
                    birth: member.birth,
                    sex: member.sex,
                    given: member.given,
                    family: member.family,
                    first_row: u32::try_from(self.enrolments.len()).unwrap_or(u32::MAX),
                    rows: u8::try_from(rows.len()).unwrap_or(u8::MAX),
                });
                self.enrolments.extend(rows);
            }
            let done = u64::try_from(self.individuals.len()).unwrap_or(u64::MAX);
            let finished = self.individuals.len() >= wanted;
            if finished || done.saturating_sub(reported) >= STEP {
                progress(done.saturating_sub(reported));
                reported = done;
            }
            if finished {
                return;
            }
        }
    }

    /// Who is treated in which of the producer's hospitals, and in which months.
    fn care(&mut self) {
        let months: Vec<Date> = (0..self.plan.months)
            .filter_map(|offset| self.plan.month(offset))
            .collect();
        for person in self.persons() {
            let mut dice = Dice::new(self.plan.seed, Topic::Charts, u64::from(person.0));
            let Some(individual) = self.individual(person).copied() else {
                continue;
            };
            let born = individual.birth;
            let first = months.partition_point(|month| month.last_of_month() < born);
            if !dice.chance(self.plan.coverage) || first >= months.len() {
                continue;
            }
            let count = u32::from(self.plan.hospitals);
            let home = dice.below(count);
            let mut hospitals = vec![home];
            if count > 1 && dice.chance(0.15) {
                let step = dice.between(1, count.saturating_sub(1));
                hospitals.push(home.saturating_add(step).checked_rem(count).unwrap_or(0));
            }
            for hospital in hospitals {
                let chart = Chart(u32::try_from(self.charts.len()).unwrap_or(u32::MAX));
                self.charts.push(ChartOf {
                    person,
                    hospital: u16::try_from(hospital.saturating_add(1)).unwrap_or(1),
                });
                self.visit(chart, born, &months, first, &mut dice);
            }
        }
        let charts = std::mem::take(&mut self.charts);
        let hospital = |visit: &Visit| {
            usize::try_from(visit.chart.0)
                .ok()
                .and_then(|index| charts.get(index))
                .map_or(0, |chart| chart.hospital)
        };
        self.visits
            .sort_by_key(|visit| (hospital(visit), visit.month, visit.day, visit.chart));
        self.charts = charts;
    }

    fn visit(&mut self, chart: Chart, born: Date, months: &[Date], first: usize, dice: &mut Dice) {
        let possible = u32::try_from(months.len().saturating_sub(first)).unwrap_or(0);
        let newborn = months.get(first).is_some_and(|month| *month <= born);
        let mut chosen: Vec<u32> = Vec::new();
        if newborn && born >= HISTORY_FROM && dice.chance(0.6) {
            chosen.push(0);
        }
        for _ in 0..dice.between(1, 4) {
            let offset = dice.below(possible);
            if !chosen.contains(&offset) {
                chosen.push(offset);
            }
        }
        for (offset, serial) in chosen.into_iter().zip(0_u8..) {
            let index = first.saturating_add(usize::try_from(offset).unwrap_or(0));
            let Some(month) = months.get(index) else {
                continue;
            };
            let earliest = if *month <= born && born <= month.last_of_month() {
                u32::try_from(born.day()).unwrap_or(1)
            } else {
                1
            };
            let latest = u32::try_from(month.days_in_month()).unwrap_or(28);
            self.visits.push(Visit {
                chart,
                month: u8::try_from(index).unwrap_or(0),
                day: u8::try_from(dice.between(earliest, latest)).unwrap_or(1),
                serial,
            });
        }
    }
}

/// An earlier head of the same sex and about the same age.
fn namesake(
    dice: &mut Dice,
    individuals: &[Individual],
    heads: &[u32],
    sex: Sex,
    year: i16,
) -> Option<Namesake> {
    for _ in 0..64 {
        let head = dice.pick(heads)?;
        let found = individuals
            .get(usize::try_from(head).ok()?)
            .filter(|other| other.sex == sex && other.birth.year().abs_diff(year) <= 3);
        if let Some(other) = found {
            return Some(Namesake {
                birth: other.birth,
                family: other.family,
                given: other.given,
            });
        }
    }
    None
}
