//! What is true: who stands behind every row, what was done to it, and who can be found by it.
//!
//! Everything here is computed from what the generator did, never with the linking code.

mod index;

use crate::claim::{Claim, Raw};
use crate::defect::{Defect, Defects};
use crate::name::bare;
use crate::population::{Chart, Person, Population};
use crate::table::Rows;
use index::Register;

/// What *reachable* means here, to be printed beside every figure that uses it.
pub const REACHABLE: &str = "A person of the producer is reachable if at least one of their rows still carries \
(number) insurer, symbol and number, and the branch if one is given, that are apart from spelling (width, spaces, \
hyphens, leading zeros, absent branch) those the register has for this person on the day or in the month of service, \
with birth date and sex as registered or absent, and no other person who holds that number then agrees as well; or \
(kana) name in kana, birth date and sex that are apart from spelling (width, spaces, middle dots, small kana, dashes, \
eras) a registered name of this person, which no other registered person has.";

/// The way a row leads to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// By the number in full, with its branch if it has one.
    Number,
    /// By the number without its branch, its hyphens or its leading zeros.
    NumberLoose,
    /// By name in kana, birth date and sex.
    Kana,
}

/// The truth about one row of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrueRow {
    /// The file: its place in [`Population::claim_files`].
    pub file: u32,
    /// The row in the file, from 1: RE-1 in a claim file, the line after the header in CSV.
    pub record: u32,
    /// The chart the row belongs to.
    pub chart: Chart,
    /// Whose row it is.
    pub person: Person,
    /// What was done to it.
    pub defects: Defects,
    /// The best route by which the row reaches its person.
    pub route: Option<Route>,
    /// Whether the other half of the row speaks against that route, so that the authority's rules give no ID: the
    /// number belongs to others (`conflict`, `number_ambiguous`), or the name does (`conflict`).
    pub contradicted: bool,
}

/// A row that says of another person what the register says of that person.
///
/// Twins without a branch and namesakes are among them; with a defect of meaning the row was made equal by it.
/// A link of `person` with `other` that such a row explains is not the linking's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EqualInput {
    /// Whose row it is.
    pub person: Person,
    /// With whose entry it agrees.
    pub other: Person,
    /// [`Route::NumberLoose`] stands for both number routes.
    pub route: Route,
    /// Index into [`Truth::rows`].
    pub row: u32,
}

/// The routes that reach a person, over all of the person's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach(u8);

const NUMBER: u8 = 1;
const NUMBER_LOOSE: u8 = 2;
const KANA: u8 = 4;
const UNCONTRADICTED: u8 = 8;
const ROWS: u8 = 16;

impl Reach {
    /// The best route of any row; `None` if the person is not reachable.
    pub fn best(self) -> Option<Route> {
        [Route::Number, Route::NumberLoose, Route::Kana]
            .into_iter()
            .find(|route| self.by(*route))
    }

    /// Whether a row reaches the person by this route.
    pub fn by(self, route: Route) -> bool {
        self.0 & bit(route) != 0
    }

    /// Whether every row that reaches the person is contradicted by its other half ([`TrueRow::contradicted`]).
    pub fn only_contradicted(self) -> bool {
        self.best().is_some() && self.0 & UNCONTRADICTED == 0
    }

    /// Whether the person has any row with the producer.
    pub fn has_rows(self) -> bool {
        self.0 & ROWS != 0
    }
}

fn bit(route: Route) -> u8 {
    match route {
        Route::Number => NUMBER,
        Route::NumberLoose => NUMBER_LOOSE,
        Route::Kana => KANA,
    }
}

/// What a plain hash of the strings as they stand would have linked, in persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlainHash {
    /// Found by `insurer|symbol|number|branch` byte for byte as in one registered person's row.
    pub by_number: u64,
    /// Found by `kana|birth date|sex` byte for byte as in one registered person's row.
    pub by_kana: u64,
    /// Found by either.
    pub by_either: u64,
    /// Persons with a row whose strings are those of one other person only.
    pub falsely: u64,
}

/// Figures over the producer's persons and rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Registered persons.
    pub registered: u64,
    /// Persons with rows at the producer.
    pub persons: u64,
    /// Their charts.
    pub charts: u64,
    /// Their rows.
    pub rows: u64,
    /// Persons reachable at best by the full number.
    pub by_number: u64,
    /// Persons reachable at best by the number without branch, hyphens or zeros.
    pub by_number_loose: u64,
    /// Persons reachable by kana only.
    pub by_kana: u64,
    /// Reachable persons whose every reaching row is contradicted by its other half.
    pub only_contradicted: u64,
    /// Rows with each defect.
    pub defects: Vec<(Defect, u64)>,
    /// What a plain hash would have linked.
    pub plain: PlainHash,
}

impl Counts {
    /// Persons reachable by any route.
    pub fn reachable(&self) -> u64 {
        self.by_number
            .saturating_add(self.by_number_loose)
            .saturating_add(self.by_kana)
    }
}

/// The truth about a population's source files.
#[derive(Debug)]
pub struct Truth {
    rows: Vec<TrueRow>,
    reach: Vec<Reach>,
    equal: Vec<EqualInput>,
    counts: Counts,
}

impl Truth {
    /// Every row of the source files, by file and record.
    pub fn rows(&self) -> &[TrueRow] {
        &self.rows
    }

    /// How a person is reachable; nothing for people who are not the producer's.
    pub fn reach(&self, person: Person) -> Reach {
        usize::try_from(person.0)
            .ok()
            .and_then(|index| self.reach.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// Whether a person is reachable as [`REACHABLE`] says.
    pub fn reachable(&self, person: Person) -> bool {
        self.reach(person).best().is_some()
    }

    /// Rows that agree with another person's entry, by person.
    pub fn equal_inputs(&self) -> &[EqualInput] {
        &self.equal
    }

    /// Whether a row of the one person agrees with the entry of the other, so that a link of the two is explained.
    pub fn inputs_coincide(&self, person: Person, other: Person) -> bool {
        let from = self
            .equal
            .partition_point(|equal| (equal.person, equal.other) < (person, other));
        self.equal
            .get(from)
            .is_some_and(|equal| (equal.person, equal.other) == (person, other))
    }

    /// The figures.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Population {
    /// Works out the truth about all rows; `progress` hears of rows.
    pub fn truth(&self, progress: &mut dyn FnMut(u64)) -> Truth {
        let register = Register::new(self);
        let mut reach = vec![Reach::default(); self.individuals.len()];
        let mut plain = vec![Plain::default(); self.individuals.len()];
        let mut rows = Vec::with_capacity(self.visits.len());
        let mut equal = Vec::new();
        let mut told = Rows::new(progress);
        for (file, number) in self.claim_files().zip(0_u32..) {
            let visits = self.visits.get(file.visits()).unwrap_or(&[]);
            for (visit, record) in visits.iter().zip(1_u32..) {
                let Some(claim) = self.claim(*visit) else {
                    continue;
                };
                let found = Found::by(&register, &claim);
                let person = claim.person;
                let row = u32::try_from(rows.len()).unwrap_or(u32::MAX);
                equal.extend(found.equal(person, row));
                let index = usize::try_from(person.0).unwrap_or(usize::MAX);
                if let Some(reach) = reach.get_mut(index) {
                    found.note(reach);
                }
                if let Some(plain) = plain.get_mut(index) {
                    plain.note(&register, &claim);
                }
                rows.push(TrueRow {
                    file: number,
                    record,
                    chart: visit.chart,
                    person,
                    defects: claim.defects,
                    route: found.best(),
                    contradicted: found.contradicted(),
                });
                told.one();
            }
        }
        told.finish();
        equal.sort_unstable();
        let mut truth = Truth {
            counts: Counts::default(),
            rows,
            reach,
            equal,
        };
        truth.counts = truth.count(self, &plain);
        truth
    }
}

impl Truth {
    fn count(&self, population: &Population, plain: &[Plain]) -> Counts {
        let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let of = |test: &dyn Fn(&Reach) -> bool| {
            many(self.reach.iter().filter(|reach| test(reach)).count())
        };
        let plainly =
            |test: &dyn Fn(&Plain) -> bool| many(plain.iter().filter(|plain| test(plain)).count());
        Counts {
            registered: many(self.reach.len()),
            persons: of(&|reach| reach.has_rows()),
            charts: many(population.charts.len()),
            rows: many(self.rows.len()),
            by_number: of(&|reach| reach.best() == Some(Route::Number)),
            by_number_loose: of(&|reach| reach.best() == Some(Route::NumberLoose)),
            by_kana: of(&|reach| reach.best() == Some(Route::Kana)),
            only_contradicted: of(&|reach| reach.only_contradicted()),
            defects: Defect::ALL
                .iter()
                .map(|defect| {
                    let rows = self.rows.iter().filter(|row| row.defects.has(*defect));
                    (*defect, many(rows.count()))
                })
                .collect(),
            plain: PlainHash {
                by_number: plainly(&|plain| plain.number),
                by_kana: plainly(&|plain| plain.kana),
                by_either: plainly(&|plain| plain.number || plain.kana),
                falsely: plainly(&|plain| plain.falsely),
            },
        }
    }
}

/// Whom the register has for what a row says.
struct Found {
    person: Person,
    /// Holders of the stated number at the time of service.
    holders: Vec<Person>,
    /// Those of them whose birth date and sex agree.
    agreeing: Vec<Person>,
    /// Whether the number is stated in full.
    full: bool,
    /// Who has the stated name, birth date and sex.
    named: Vec<Person>,
}

impl Found {
    fn by(register: &Register<'_>, claim: &Claim) -> Self {
        let stated = &claim.stated;
        let mut holders = Vec::new();
        let mut full = !loosely_spelled(claim.defects);
        if let Some(insured) = stated.insured {
            for row in register.holders(insured) {
                let same_branch =
                    row.branch == stated.branch || row.branch.is_none() || stated.branch.is_none();
                if same_branch && row.overlaps(claim.service.0, claim.service.1) {
                    full &= row.branch == stated.branch;
                    holders.push(Person(row.person));
                }
            }
        }
        holders.sort_unstable();
        holders.dedup();
        let agreeing = holders
            .iter()
            .copied()
            .filter(|person| register.agrees(*person, stated.birth, stated.sex))
            .collect();
        let named = match (&stated.kana, stated.birth, stated.sex) {
            (Some(kana), Some(birth), Some(sex)) => register.named(&bare(kana), birth, sex),
            _ => Vec::new(),
        };
        Self {
            person: claim.person,
            holders,
            agreeing,
            full,
            named,
        }
    }

    fn by_number(&self) -> bool {
        self.agreeing == [self.person]
    }

    fn by_kana(&self) -> bool {
        self.named == [self.person]
    }

    fn best(&self) -> Option<Route> {
        if self.by_number() {
            Some(if self.full {
                Route::Number
            } else {
                Route::NumberLoose
            })
        } else if self.by_kana() {
            Some(Route::Kana)
        } else {
            None
        }
    }

    fn contradicted(&self) -> bool {
        if self.by_number() {
            !self.named.is_empty() && !self.named.contains(&self.person)
        } else {
            self.by_kana() && !self.holders.is_empty()
        }
    }

    fn note(&self, reach: &mut Reach) {
        reach.0 |= ROWS;
        if let Some(route) = self.best() {
            reach.0 |= bit(route);
            if !self.contradicted() {
                reach.0 |= UNCONTRADICTED;
            }
        }
        if self.by_kana() {
            reach.0 |= KANA;
        }
    }

    fn equal(&self, person: Person, row: u32) -> impl Iterator<Item = EqualInput> {
        let by = move |others: &[Person], route| {
            others
                .iter()
                .copied()
                .filter(|other| *other != person)
                .map(|other| EqualInput {
                    person,
                    other,
                    route,
                    row,
                })
                .collect::<Vec<_>>()
        };
        by(&self.agreeing, Route::NumberLoose)
            .into_iter()
            .chain(by(&self.named, Route::Kana))
    }
}

fn loosely_spelled(defects: Defects) -> bool {
    defects.has(Defect::ZerosStripped) || defects.has(Defect::HyphenDropped)
}

/// What a plain hash finds for one person.
#[derive(Clone, Copy, Default)]
struct Plain {
    number: bool,
    kana: bool,
    falsely: bool,
}

impl Plain {
    fn note(&mut self, register: &Register<'_>, claim: &Claim) {
        let raw = &claim.raw;
        let by_number = claim
            .stated
            .insured
            .map_or_else(Vec::new, |insured| register.written(insured, raw));
        let by_kana = match (&claim.stated.kana, claim.stated.birth, claim.stated.sex) {
            (Some(kana), Some(birth), Some(sex)) => {
                let named = register.named(&bare(kana), birth, sex);
                register.spelled(named, birth, sex, raw)
            }
            _ => Vec::new(),
        };
        self.number |= by_number == [claim.person];
        self.kana |= by_kana == [claim.person];
        for found in [by_number, by_kana] {
            self.falsely |= matches!(found.as_slice(), [one] if *one != claim.person);
        }
    }
}

impl Register<'_> {
    /// Persons who have a row with exactly these strings of number and branch.
    fn written(&self, insured: crate::insurer::Insured, raw: &Raw) -> Vec<Person> {
        let population = self.population();
        let (insurer, symbol, number) = population.number_text(Some(insured));
        if (insurer, &symbol, &number) != (raw.insurer.as_str(), &raw.symbol, &raw.number) {
            return Vec::new();
        }
        let mut persons: Vec<Person> = self
            .holders(insured)
            .filter(|row| crate::claim::branch_text(row.branch) == raw.branch)
            .map(|row| Person(row.person))
            .collect();
        persons.sort_unstable();
        persons.dedup();
        persons
    }
}
