//! Rows asked for, in canonical form and side by side: a row of millions has no memory of its own.

use jiff::civil::Date;
use renketsu_identity::{
    BirthDate, Branch, Insurer, Kana, Number, Reject, ServicePeriod, Sex, Symbol, TripleParts,
    is_blank,
};
use zeroize::{Zeroizing, optimization_barrier};

use super::{Identifiers, days};
use crate::field::Field;
use crate::registry::{Broken, Day, Insured};

/// Rows to be looked up together.
pub(crate) struct Batch {
    today: Date,
    rows: Rows,
    /// Texts of the few rows that have no room for theirs.
    long: Zeroizing<Vec<u8>>,
    /// Texts of the row that is being taken.
    taken: Zeroizing<Vec<u8>>,
}

/// What was asked in a row: one line of the processor's cache, so that memory is waited for once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Row {
    /// Symbol, number and kana one after the other, if they fit; they lie in [`Batch::long`] from `at` on if not.
    texts: [u8; ROOM],
    at: u32,
    insurer: u32,
    /// [`Day::OPEN_START`] where none is given.
    birth: Day,
    first: Day,
    last: Day,
    symbol: u8,
    number: u8,
    kana: u8,
    branch: u8,
    /// Whether days are given.
    dated: bool,
    sex: Option<Sex>,
    asked: AskedNumber,
    triple: AskedTriple,
}

/// What a line has left for texts. More than this have long names, or symbols of several kanji.
const ROOM: usize = 32;

const _: () = assert!(size_of::<Row>() == 64, "a row is one line");

impl Row {
    const EMPTY: Self = Self {
        texts: [0; ROOM],
        at: 0,
        insurer: 0,
        birth: Day::OPEN_START,
        first: Day::OPEN_START,
        last: Day::OPEN_END,
        symbol: 0,
        number: 0,
        kana: 0,
        branch: 0,
        dated: false,
        sex: None,
        asked: AskedNumber::Absent,
        triple: AskedTriple::Valid,
    };

    fn length(&self) -> usize {
        [self.symbol, self.number, self.kana]
            .into_iter()
            .map(usize::from)
            .sum()
    }
}

/// Rows in memory that is wiped when it is left.
#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn push(&mut self, row: Row) {
        if self.0.len() == self.0.capacity() {
            self.reserve(self.0.len().max(8));
        }
        self.0.push(row);
    }

    /// Never left to the vector, which would not wipe what it leaves behind.
    fn reserve(&mut self, rows: usize) {
        let wanted = self.0.len().saturating_add(rows);
        if wanted > self.0.capacity() {
            let mut larger = Vec::with_capacity(wanted);
            larger.extend_from_slice(&self.0);
            *self = Self(larger);
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.0.fill(Row::EMPTY);
        optimization_barrier(self.0.as_slice());
    }
}

/// The number part of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedNumber {
    Absent,
    Invalid(Field, Reject),
    Valid,
}

/// Kana, birth date and sex of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedTriple {
    /// All three, canonical.
    Valid,
    /// The first that was given and rejected, if one was.
    Missing(Option<(Field, Reject)>),
}

impl Batch {
    /// `today` decides which dates lie in the future.
    pub(crate) fn new(today: Date) -> Self {
        Self {
            today,
            rows: Rows::default(),
            long: Zeroizing::default(),
            taken: Zeroizing::new(Vec::with_capacity(LONGEST)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.0.len()
    }

    /// Makes room for so many rows more.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.rows.reserve(rows);
    }

    /// Takes a row.
    pub(crate) fn push(&mut self, raw: &Identifiers<'_>) -> Result<(), Broken> {
        self.taken.clear();
        let birth = BirthDate::parse(raw.birth_date, self.today);
        let sex = Sex::parse(raw.sex);
        let mut row = Row {
            birth: birth
                .as_ref()
                .map_or(Day::OPEN_START, |birth| Day::of(birth.date())),
            sex: sex.ok(),
            ..Row::EMPTY
        };
        let numbered = [raw.insurer, raw.symbol, raw.number]
            .into_iter()
            .any(|text| !is_blank(text));
        if numbered {
            row.asked = match self.number(raw, &mut row) {
                Ok(()) => AskedNumber::Valid,
                Err((field, reject)) => {
                    self.taken.clear();
                    (row.symbol, row.number, row.dated) = (0, 0, false);
                    AskedNumber::Invalid(field, reject)
                }
            };
        }
        row.triple = self.triple(raw, birth.err(), sex.err(), &mut row)?;
        match row.texts.get_mut(..self.taken.len()) {
            Some(room) => room.copy_from_slice(&self.taken),
            None => row.at = self.keep_long()?,
        }
        self.rows.push(row);
        Ok(())
    }

    /// Keeps the texts of a row that has no room for them; where.
    #[cold]
    fn keep_long(&mut self) -> Result<u32, Broken> {
        let at = self.long.len();
        let end = at.saturating_add(self.taken.len());
        if end > self.long.capacity() {
            // As with the rows: wiped where it grows out of.
            let mut larger = Zeroizing::new(Vec::with_capacity(end.saturating_mul(2)));
            larger.extend_from_slice(&self.long);
            self.long = larger;
        }
        self.long.extend_from_slice(&self.taken);
        u32::try_from(at).map_err(|_| Broken("row"))
    }

    /// The number part and the days it is asked for. A service date that cannot be read makes the number useless, as a
    /// rejected field of its own does: whose number it was is not known without the day.
    fn number(&mut self, raw: &Identifiers<'_>, row: &mut Row) -> Result<(), (Field, Reject)> {
        let of = |field| move |reject| (field, reject);
        row.insurer = Insurer::value(raw.insurer).map_err(of(Field::Insurer))?;
        let start = self.taken.len();
        Symbol::append(raw.symbol, &mut self.taken).map_err(of(Field::Symbol))?;
        let middle = self.taken.len();
        Number::append(raw.number, &mut self.taken).map_err(of(Field::Number))?;
        let end = self.taken.len();
        // Canonical symbols and numbers have at most 40 characters.
        let length = |from: usize, to: usize| u8::try_from(to.saturating_sub(from)).ok();
        row.symbol = length(start, middle).ok_or((Field::Symbol, Reject::Length))?;
        row.number = length(middle, end).ok_or((Field::Number, Reject::Length))?;
        row.branch = Branch::value(raw.branch)
            .map_err(of(Field::Branch))?
            .map_or(0, |branch| branch.saturating_add(1));
        let period = ServicePeriod::parse(raw.service, self.today).map_err(of(Field::Service))?;
        if let Some(period) = &period {
            (row.first, row.last) = days(period);
            row.dated = true;
        }
        Ok(())
    }

    /// Kana, birth date and sex, all accepted; else the first that was given and rejected.
    fn triple(
        &mut self,
        raw: &Identifiers<'_>,
        birth: Option<Reject>,
        sex: Option<Reject>,
        row: &mut Row,
    ) -> Result<AskedTriple, Broken> {
        let before = self.taken.len();
        let kana = Kana::append(raw.kana, &mut self.taken).err();
        if kana.is_none() && birth.is_none() && sex.is_none() {
            let length = self.taken.len().saturating_sub(before);
            row.kana = u8::try_from(length).map_err(|_| Broken("kana"))?;
            return Ok(AskedTriple::Valid);
        }
        self.taken.truncate(before);
        let rejected = [
            (raw.kana, Field::Kana, kana),
            (raw.birth_date, Field::BirthDate, birth),
            (raw.sex, Field::Sex, sex),
        ];
        Ok(AskedTriple::Missing(
            rejected
                .into_iter()
                .filter(|(text, _, _)| !is_blank(text))
                .find_map(|(_, field, reject)| reject.map(|reject| (field, reject))),
        ))
    }

    /// The row at this place.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<AskedRow<'_>> {
        let row = self.rows.0.get(row)?;
        let texts = match row.texts.get(..row.length()) {
            Some(texts) => texts,
            None => self.long.get(usize::try_from(row.at).ok()?..)?,
        };
        let (symbol, texts) = texts.split_at_checked(row.symbol.into())?;
        let (number, texts) = texts.split_at_checked(row.number.into())?;
        Some(AskedRow {
            symbol,
            number,
            kana: texts.get(..row.kana.into())?,
            row,
        })
    }

    /// Something of the row at this place, for who will need all of it.
    #[inline]
    pub(super) fn near(&self, row: usize) -> Option<u32> {
        self.rows.0.get(row).map(|row| row.insurer)
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<AskedRow<'_>, Broken>> {
        (0..self.len()).map(|row| self.get(row).ok_or(Broken("row")))
    }
}

/// More bytes than the texts of a row have: two of 40 characters, and 100 kana.
const LONGEST: usize = 512;

/// A row that was asked.
#[derive(Clone, Copy)]
pub(super) struct AskedRow<'b> {
    row: &'b Row,
    pub(super) symbol: &'b [u8],
    pub(super) number: &'b [u8],
    pub(super) kana: &'b [u8],
}

impl<'b> AskedRow<'b> {
    pub(super) fn asked(&self) -> AskedNumber {
        self.row.asked
    }

    pub(super) fn triple(&self) -> AskedTriple {
        self.row.triple
    }

    pub(super) fn insured(&self) -> Insured<'b> {
        (self.row.insurer, self.symbol, self.number, self.row.branch)
    }

    pub(super) fn period(&self) -> Option<(Day, Day)> {
        self.row.dated.then_some((self.row.first, self.row.last))
    }

    pub(super) fn birth(&self) -> Option<Day> {
        Some(self.row.birth).filter(|birth| *birth != Day::OPEN_START)
    }

    pub(super) fn sex(&self) -> Option<Sex> {
        self.row.sex
    }

    /// Birth date and sex of a valid triple.
    pub(super) fn born(&self) -> Result<(Day, Sex), Broken> {
        self.birth().zip(self.row.sex).ok_or(Broken("triple"))
    }

    /// The valid triple in parts.
    pub(super) fn parts(&self) -> Result<TripleParts<'b>, Broken> {
        let (birth, sex) = self.born()?;
        TripleParts::canonical(self.kana, birth.raw(), sex).ok_or(Broken("triple"))
    }
}
