//! The registry (被保険者番号等の履歴): who held which number when.
//!
//! A registry is made of rows ([`Builder`]) that were all accepted together, or it is not made. Rows of a person are
//! in the order of time; all order is that of canonical values, so the order of the file leaves no trace.
//!
//! What stops a load ([`FindingKind::severity`]): rejected fields, reversed dates and contradictory birth dates or
//! sexes always. One number of two persons on one day, two numbers of one person at one insurer, overlapping or
//! repeated rows: registers in use have them, and the look-up has an answer for each (`number_ambiguous` …), but
//! nobody should meet them unknowing; so they stop the load until the operator accepts them, which is recorded. The
//! number of a household (no branch, 法別 not 39) belongs to all its members at once: no finding. Reuse of a number by
//! another person later is legal, and reported; but where it is the *first* number of both, one ID would be made for two
//! persons, so none of them has it, and that is a question too.

mod build;
mod checks;
mod day;
mod findings;
mod held;
mod keep;
mod load;
mod row;

use std::fmt;

use renketsu_identity::{
    BirthDate, Branch, InsuredNumber, Insurer, Kana, Loose, Number, Sex, Symbol, Triple,
};

pub use build::{BuildError, Builder};
pub(crate) use day::Day;
pub use findings::{Acceptance, Finding, FindingKind, Findings, LINES_KEPT, Severity};
use held::{NONE, Person, Row, Texts, number_hash, triple_hash};
pub use keep::KeepError;
pub(crate) use keep::{canonical_digest, open_kept, write_canonical};
pub use load::{COLUMNS, LoadError, Loaded, load};
pub use row::RawRow;

/// An accepted registry in memory.
pub struct Registry {
    texts: Texts,
    rows: Vec<Row>,
    persons: Vec<Person>,
    /// Rows with a number, by the hash of insurer and loose form.
    numbers: Vec<u32>,
    /// Persons by the hash of each triple they ever had.
    triples: Vec<(u64, u32)>,
}

/// A canonical value of the registry did not pass its own canonical form: a bug of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a canonical {0} of the registry is not canonical")]
pub struct Broken(pub &'static str);

/// A registered person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonIndex(u32);

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("persons", &self.persons.len())
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Registered persons.
    pub fn persons(&self) -> u64 {
        u64::try_from(self.persons.len()).unwrap_or(u64::MAX)
    }

    /// Rows, those that stood twice counted once.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    /// Persons without an eligible first number of their own: they have no `number_id`.
    pub fn persons_without_first_number(&self) -> u64 {
        let without = self
            .persons
            .iter()
            .filter(|person| person.first == NONE)
            .count();
        u64::try_from(without).unwrap_or(u64::MAX)
    }

    /// The person with this key of the register.
    pub(crate) fn person(&self, key: &str) -> Option<PersonIndex> {
        let found = self
            .persons
            .binary_search_by(|person| self.key(person).cmp(key))
            .ok()?;
        u32::try_from(found).ok().map(PersonIndex)
    }

    fn key(&self, person: &Person) -> &str {
        self.row(person.start)
            .map_or("", |row| self.texts.of(row.person))
    }

    fn row(&self, place: u32) -> Option<&Row> {
        usize::try_from(place)
            .ok()
            .and_then(|place| self.rows.get(place))
    }

    fn rows_of(&self, person: PersonIndex) -> &[Row] {
        usize::try_from(person.0)
            .ok()
            .and_then(|index| self.persons.get(index))
            .and_then(|person| {
                self.rows
                    .get(usize::try_from(person.start).ok()?..usize::try_from(person.end).ok()?)
            })
            .unwrap_or_default()
    }

    /// Every row whose insurer and loose form are those of `number`.
    pub(crate) fn candidates<'r>(
        &'r self,
        number: &InsuredNumber,
    ) -> Result<Vec<Candidate<'r>>, Broken> {
        let Ok(insurer) = number.insurer.as_str().parse::<u32>() else {
            return Err(Broken("insurer"));
        };
        let loose = Loose::of(&number.symbol, &number.number);
        let hash = number_hash(number.insurer.as_str(), loose.as_str());
        let hash_at = |place: &u32| self.row(*place).map_or(u64::MAX, |row| row.loose);
        let start = self.numbers.partition_point(|place| hash_at(place) < hash);
        let mut found = Vec::new();
        for row in self
            .numbers
            .iter()
            .skip(start)
            .map_while(|place| self.row(*place))
        {
            if row.loose != hash {
                break;
            }
            if row.insurer != insurer {
                continue;
            }
            let (symbol, text) = (self.texts.of(row.symbol), self.texts.of(row.number));
            let exact = symbol == number.symbol.as_str() && text == number.number.as_str();
            if exact || self.loose(row)?.as_str() == loose.as_str() {
                found.push(Candidate { row, exact });
            }
        }
        Ok(found)
    }

    fn loose(&self, row: &Row) -> Result<Loose, Broken> {
        let symbol = Symbol::parse(self.texts.of(row.symbol)).map_err(|_| Broken("symbol"))?;
        let number = Number::parse(self.texts.of(row.number)).map_err(|_| Broken("number"))?;
        Ok(Loose::of(&symbol, &number))
    }

    /// The persons who ever had the triple, each once.
    pub(crate) fn holders(&self, triple: &Triple) -> impl Iterator<Item = PersonIndex> {
        let (kana, birth, sex) = (
            triple.kana.as_str(),
            Day::of(triple.birth.date()),
            triple.sex,
        );
        let hash = triple_hash(kana, birth, sex);
        let start = self.triples.partition_point(|(held, _)| *held < hash);
        self.triples
            .iter()
            .skip(start)
            .take_while(move |(held, _)| *held == hash)
            .map(|(_, person)| PersonIndex(*person))
            .filter(move |person| {
                self.rows_of(*person).iter().any(|row| {
                    row.birth == birth && row.sex == sex && self.texts.of(row.kana) == kana
                })
            })
    }

    /// The person's first number (最初に定められた被保険者番号等), if any is eligible and nobody else's first number.
    pub(crate) fn first_number(
        &self,
        person: PersonIndex,
    ) -> Result<Option<InsuredNumber>, Broken> {
        let first = usize::try_from(person.0)
            .ok()
            .and_then(|index| self.persons.get(index))
            .map_or(NONE, |held| held.first);
        self.row(first).map(|row| self.insured(row)).transpose()
    }

    fn insured(&self, row: &Row) -> Result<InsuredNumber, Broken> {
        Ok(InsuredNumber {
            insurer: Insurer::parse(&format!("{:08}", row.insurer))
                .map_err(|_| Broken("insurer"))?,
            symbol: Symbol::parse(self.texts.of(row.symbol)).map_err(|_| Broken("symbol"))?,
            number: Number::parse(self.texts.of(row.number)).map_err(|_| Broken("number"))?,
            branch: Branch::parse(
                &row.branch
                    .map_or_else(String::new, |digits| format!("{digits:02}")),
            )
            .map_err(|_| Broken("branch"))?,
        })
    }

    /// The person's triple with the kana valid on some day of `period` (the latest such row), else of the latest row.
    pub(crate) fn triple(
        &self,
        person: PersonIndex,
        period: Option<(Day, Day)>,
    ) -> Result<Triple, Broken> {
        let rows = self.rows_of(person);
        let valid = period
            .and_then(|(first, last)| rows.iter().rev().find(|row| row.overlaps(first, last)));
        let row = valid.or(rows.last()).ok_or(Broken("person"))?;
        let birth = BirthDate::parse(&row.birth.text(), jiff::civil::Date::MAX)
            .map_err(|_| Broken("birth date"))?;
        Ok(Triple {
            kana: Kana::parse(self.texts.of(row.kana)).map_err(|_| Broken("kana"))?,
            birth,
            sex: row.sex,
        })
    }
}

/// A row that may answer for a number.
pub(crate) struct Candidate<'r> {
    row: &'r Row,
    /// Symbol and number are equal, not only their loose form.
    pub(crate) exact: bool,
}

impl Candidate<'_> {
    pub(crate) fn person(&self) -> PersonIndex {
        PersonIndex(self.row.owner)
    }

    /// The digits of the branch, or nothing.
    pub(crate) fn branch(&self) -> Option<u8> {
        self.row.branch
    }

    pub(crate) fn overlaps(&self, first: Day, last: Day) -> bool {
        self.row.overlaps(first, last)
    }

    /// Whether birth date and sex are the person's, each where it is given.
    pub(crate) fn agrees(&self, birth: Option<Day>, sex: Option<Sex>) -> bool {
        birth.is_none_or(|birth| birth == self.row.birth)
            && sex.is_none_or(|sex| sex == self.row.sex)
    }
}
