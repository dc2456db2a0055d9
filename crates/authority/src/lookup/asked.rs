//! Rows asked for, in canonical form and side by side: a row of millions has no memory of its own.

use jiff::civil::Date;
use renketsu_identity::{
    BirthDate, Branch, Insurer, Kana, Number, Reject, ServicePeriod, Sex, Symbol, TripleParts,
    is_blank,
};
use zeroize::Zeroizing;

use super::{Identifiers, days};
use crate::field::Field;
use crate::lines::{LINE, Lines};
use crate::registry::{Broken, Day, Insured};

/// Rows to be looked up together.
pub(crate) struct Batch {
    today: Date,
    rows: Lines,
    /// Texts of the few rows that have no room for theirs.
    long: Zeroizing<Vec<u8>>,
    /// What was rejected, of the rows with something that was; in their order.
    rejected: Vec<(u32, Rejected)>,
    /// Texts of the row that is being taken.
    taken: Zeroizing<Vec<u8>>,
}

/// What was rejected in a row.
#[derive(Clone, Copy, Default)]
struct Rejected {
    number: Option<(Field, Reject)>,
    triple: Option<(Field, Reject)>,
}

/// What was asked in a row, before it is one line of the processor's cache.
struct Row {
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

/// What a line has for texts: symbol, number and kana one after the other. More than this have long names, or symbols of
/// several kanji; those lie in [`Batch::long`].
const ROOM: usize = 32;

/// Where the other values are in a line: whole numbers, from the first of them to the last.
const AT: usize = 32;
const INSURER: usize = 36;
const BIRTH: usize = 40;
const FIRST: usize = 44;
const LAST: usize = 48;
/// Lengths of the three texts.
const LENGTHS: usize = 52;
const BRANCH: usize = 55;
const MARKS: usize = 56;

/// Bits of the marks.
const DATED: u8 = 1;
const MALE: u8 = 2;
const FEMALE: u8 = 4;
const NUMBERED: u8 = 8;
const NUMBER_REJECTED: u8 = 16;
const TRIPLE: u8 = 32;

impl Row {
    const EMPTY: Self = Self {
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

    /// The row as a line; `at` is where its texts lie that have no room in it.
    fn line(&self, texts: &[u8], at: u32) -> [u8; LINE] {
        let sex = match self.sex {
            Some(Sex::Male) => MALE,
            Some(Sex::Female) => FEMALE,
            None => 0,
        };
        let asked = match self.asked {
            AskedNumber::Valid => NUMBERED,
            AskedNumber::Invalid(..) => NUMBER_REJECTED,
            AskedNumber::Absent => 0,
        };
        let mark = |is, mark| if is { mark } else { 0 };
        let triple = mark(self.triple == AskedTriple::Valid, TRIPLE);
        let marks = mark(self.dated, DATED) | sex | asked | triple;
        let mut line = [0; LINE];
        if let Some(room) = line
            .get_mut(..ROOM)
            .and_then(|room| room.get_mut(..texts.len()))
        {
            room.copy_from_slice(texts);
        }
        for (place, value) in [
            (AT, at),
            (INSURER, self.insurer),
            (BIRTH, self.birth.raw()),
            (FIRST, self.first.raw()),
            (LAST, self.last.raw()),
        ] {
            if let Some(four) = line.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
                *four = value.to_le_bytes();
            }
        }
        let rest = [self.symbol, self.number, self.kana, self.branch, marks];
        if let Some(five) = line.get_mut(LENGTHS..).and_then(<[u8]>::first_chunk_mut) {
            *five = rest;
        }
        line
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
            rows: Lines::default(),
            long: Zeroizing::default(),
            rejected: Vec::new(),
            taken: Zeroizing::new(Vec::with_capacity(LONGEST)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
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
        let at = if self.taken.len() > ROOM {
            self.keep_long()?
        } else {
            0
        };
        let rejected = Rejected {
            number: match row.asked {
                AskedNumber::Invalid(field, reject) => Some((field, reject)),
                AskedNumber::Absent | AskedNumber::Valid => None,
            },
            triple: match row.triple {
                AskedTriple::Missing(rejected) => rejected,
                AskedTriple::Valid => None,
            },
        };
        if rejected.number.is_some() || rejected.triple.is_some() {
            let place = u32::try_from(self.rows.len()).map_err(|_| Broken("row"))?;
            self.rejected.push((place, rejected));
        }
        self.rows.push(&row.line(&self.taken, at));
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
    pub(super) fn get(&self, place: usize) -> Option<AskedRow<'_>> {
        let line = self.rows.get(place)?;
        let [symbol, number, kana] = [0, 1, 2].map(|text| {
            let length = line.get(LENGTHS.wrapping_add(text));
            length.copied().map_or(0, usize::from)
        });
        let length = symbol.wrapping_add(number).wrapping_add(kana);
        let texts = if length > ROOM {
            let at = usize::try_from(whole::<AT>(line)).ok()?;
            self.long.get(at..)?
        } else {
            line.as_slice()
        };
        let (symbol, texts) = texts.split_at_checked(symbol)?;
        let (number, texts) = texts.split_at_checked(number)?;
        Some(AskedRow {
            symbol,
            number,
            kana: texts.get(..kana)?,
            line,
            batch: self,
            place,
        })
    }

    #[cold]
    fn rejected(&self, place: usize) -> Rejected {
        let found = self
            .rejected
            .binary_search_by(|(row, _)| usize::try_from(*row).unwrap_or(usize::MAX).cmp(&place));
        let at = found.ok().and_then(|at| self.rejected.get(at));
        at.map(|(_, rejected)| *rejected).unwrap_or_default()
    }

    /// Something of the row at this place, for who will need all of it.
    #[inline]
    pub(super) fn near(&self, row: usize) -> Option<u8> {
        self.rows.get(row).map(|[first, ..]| *first)
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<AskedRow<'_>, Broken>> {
        (0..self.len()).map(|row| self.get(row).ok_or(Broken("row")))
    }
}

/// More bytes than the texts of a row have: two of 40 characters, and 100 kana.
const LONGEST: usize = 512;

/// The whole number at a place of a line.
#[inline]
fn whole<const AT: usize>(line: &[u8; LINE]) -> u32 {
    let four = line.get(AT..).and_then(<[u8]>::first_chunk);
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

/// A row that was asked.
#[derive(Clone, Copy)]
pub(super) struct AskedRow<'b> {
    line: &'b [u8; LINE],
    batch: &'b Batch,
    place: usize,
    pub(super) symbol: &'b [u8],
    pub(super) number: &'b [u8],
    pub(super) kana: &'b [u8],
}

impl<'b> AskedRow<'b> {
    #[inline]
    fn has(&self, mark: u8) -> bool {
        self.line[MARKS] & mark != 0
    }

    /// Whether it asks by a number.
    #[inline]
    pub(super) fn is_numbered(&self) -> bool {
        self.has(NUMBERED)
    }

    /// Whether it has a valid triple.
    #[inline]
    pub(super) fn has_triple(&self) -> bool {
        self.has(TRIPLE)
    }

    pub(super) fn asked(&self) -> AskedNumber {
        if self.is_numbered() {
            return AskedNumber::Valid;
        }
        if !self.has(NUMBER_REJECTED) {
            return AskedNumber::Absent;
        }
        let rejected = self.batch.rejected(self.place).number;
        rejected.map_or(AskedNumber::Absent, |(field, reject)| {
            AskedNumber::Invalid(field, reject)
        })
    }

    pub(super) fn triple(&self) -> AskedTriple {
        if self.has_triple() {
            AskedTriple::Valid
        } else {
            AskedTriple::Missing(self.batch.rejected(self.place).triple)
        }
    }

    #[inline]
    pub(super) fn insured(&self) -> Insured<'b> {
        let branch = self.line[BRANCH];
        (
            whole::<INSURER>(self.line),
            self.symbol,
            self.number,
            branch,
        )
    }

    #[inline]
    pub(super) fn period(&self) -> Option<(Day, Day)> {
        let day = Day::from_raw;
        let days = (
            day(whole::<FIRST>(self.line)),
            day(whole::<LAST>(self.line)),
        );
        self.has(DATED).then_some(days)
    }

    #[inline]
    pub(super) fn birth(&self) -> Option<Day> {
        Some(Day::from_raw(whole::<BIRTH>(self.line))).filter(|birth| *birth != Day::OPEN_START)
    }

    #[inline]
    pub(super) fn sex(&self) -> Option<Sex> {
        match (self.has(MALE), self.has(FEMALE)) {
            (true, _) => Some(Sex::Male),
            (false, true) => Some(Sex::Female),
            (false, false) => None,
        }
    }

    /// Birth date and sex of a valid triple.
    pub(super) fn born(&self) -> Result<(Day, Sex), Broken> {
        self.birth().zip(self.sex()).ok_or(Broken("triple"))
    }

    /// The valid triple in parts.
    pub(super) fn parts(&self) -> Result<TripleParts<'b>, Broken> {
        let (birth, sex) = self.born()?;
        TripleParts::canonical(self.kana, birth.raw(), sex).ok_or(Broken("triple"))
    }
}
