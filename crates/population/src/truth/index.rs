//! The register seen from its numbers and from its names.

use jiff::civil::Date;

use crate::claim::Raw;
use crate::history::Enrolment;
use crate::insurer::Insured;
use crate::name::Sex;
use crate::population::{Person, Population};
use crate::spelling;

/// Sorted views of the register. Numbers are looked up by value, so that spelling plays no part.
pub(super) struct Register<'p> {
    population: &'p Population,
    /// Places of the rows with a number, by number.
    by_number: Vec<u32>,
    /// A hash of name, birth date and sex with the person, by hash. Names are compared after the look-up.
    by_name: Vec<(u64, Person)>,
}

impl<'p> Register<'p> {
    pub(super) fn new(population: &'p Population) -> Self {
        let mut by_number: Vec<u32> = (0_u32..)
            .zip(&population.enrolments)
            .filter(|(_, row)| row.cover.is_some())
            .map(|(place, _)| place)
            .collect();
        by_number.sort_by_key(|place| row_at(population, *place).map(|row| row.cover));
        let mut by_name = Vec::with_capacity(population.individuals.len());
        for person in population.persons() {
            let Some(individual) = population.individual(person) else {
                continue;
            };
            for name in population.bare_names(person) {
                by_name.push((hash(&name, individual.birth, individual.sex), person));
            }
        }
        by_name.sort_unstable();
        Self {
            population,
            by_number,
            by_name,
        }
    }

    pub(super) fn population(&self) -> &'p Population {
        self.population
    }

    /// The rows with this number, of any time.
    pub(super) fn holders(&self, insured: Insured) -> impl Iterator<Item = &'p Enrolment> {
        let population = self.population;
        let cover = |place: u32| row_at(population, place).and_then(|row| row.cover);
        let from = self
            .by_number
            .partition_point(|place| cover(*place) < Some(insured));
        self.by_number
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .filter_map(move |place| row_at(population, *place))
            .take_while(move |row| row.cover == Some(insured))
    }

    /// Whether birth date and sex, where they are given, are the person's.
    pub(super) fn agrees(&self, person: Person, birth: Option<Date>, sex: Option<Sex>) -> bool {
        self.population.individual(person).is_some_and(|known| {
            birth.is_none_or(|birth| birth == known.birth) && sex.is_none_or(|sex| sex == known.sex)
        })
    }

    /// Persons who ever had this name with this birth date and sex.
    pub(super) fn named(&self, bare: &str, birth: Date, sex: Sex) -> Vec<Person> {
        let wanted = hash(bare, birth, sex);
        let from = self.by_name.partition_point(|(hash, _)| *hash < wanted);
        let mut persons: Vec<Person> = self
            .by_name
            .get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(|(hash, _)| *hash == wanted)
            .map(|(_, person)| *person)
            .filter(|person| {
                self.agrees(*person, Some(birth), Some(sex))
                    && self
                        .population
                        .bare_names(*person)
                        .iter()
                        .any(|name| name == bare)
            })
            .collect();
        persons.dedup();
        persons
    }

    /// Those persons who have a row with exactly these strings of kana, birth date and sex.
    pub(super) fn spelled(
        &self,
        mut persons: Vec<Person>,
        birth: Date,
        sex: Sex,
        raw: &Raw,
    ) -> Vec<Person> {
        if raw.birth != spelling::compact(birth) || raw.sex != sex.code() {
            return Vec::new();
        }
        persons.retain(|person| {
            let mut rows = self.population.rows_of(*person).iter();
            rows.any(|row| self.population.kana(row) == raw.kana)
        });
        persons
    }
}

fn row_at(population: &Population, place: u32) -> Option<&Enrolment> {
    population.enrolments.get(usize::try_from(place).ok()?)
}

/// FNV-1a; equal hashes are only candidates.
fn hash(bare: &str, birth: Date, sex: Sex) -> u64 {
    let year = birth.year().to_le_bytes();
    let day = [birth.month().to_le_bytes(), birth.day().to_le_bytes()].concat();
    let parts = [bare.as_bytes(), &year, &day, sex.code().as_bytes()];
    parts
        .iter()
        .flat_map(|part| part.iter())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        })
}
