//! Rows asked for, in canonical form and side by side: a row of millions has no memory of its own.

use jiff::civil::Date;
use renketsu_identity::{
    BirthDate, Branch, Insurer, Kana, Number, Reject, ServicePeriod, Sex, Symbol, TripleParts,
    is_blank,
};
use zeroize::Zeroizing;

use super::{Identifiers, days};
use crate::field::Field;
use crate::registry::{Broken, Day, Insured};

/// Rows to be looked up together.
pub(crate) struct Batch {
    today: Date,
    rows: Vec<Row>,
    /// Of each row symbol, number and kana, one after the other.
    texts: Zeroizing<Vec<u8>>,
}

/// What was asked in a row. Texts lie in [`Batch::texts`] from `at` on.
#[derive(Clone, Copy)]
struct Row {
    at: u32,
    insurer: u32,
    birth: Option<Day>,
    period: Option<(Day, Day)>,
    symbol: u8,
    number: u8,
    kana: u8,
    branch: u8,
    sex: Option<Sex>,
    asked: AskedNumber,
    triple: AskedTriple,
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
            rows: Vec::new(),
            texts: Zeroizing::default(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Makes room for so many rows more. A text is wiped where it grew out of, so it had better not.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.rows.reserve(rows);
        let wanted = self.texts.len().saturating_add(rows.saturating_mul(24));
        if wanted > self.texts.capacity() {
            self.grow(wanted);
        }
    }

    /// Never left to the vector, which would not wipe what it leaves behind.
    fn grow(&mut self, wanted: usize) {
        let mut larger = Zeroizing::new(Vec::with_capacity(wanted));
        larger.extend_from_slice(&self.texts);
        self.texts = larger;
    }

    /// Takes a row.
    pub(crate) fn push(&mut self, raw: &Identifiers<'_>) -> Result<(), Broken> {
        let at = self.texts.len();
        let most = at.saturating_add(LONGEST);
        if most > self.texts.capacity() {
            self.grow(most.saturating_mul(2));
        }
        let birth = BirthDate::parse(raw.birth_date, self.today);
        let sex = Sex::parse(raw.sex);
        let mut row = Row {
            at: u32::try_from(at).map_err(|_| Broken("row"))?,
            insurer: 0,
            birth: birth.as_ref().ok().map(|birth| Day::of(birth.date())),
            period: None,
            symbol: 0,
            number: 0,
            kana: 0,
            branch: 0,
            sex: sex.ok(),
            asked: AskedNumber::Absent,
            triple: AskedTriple::Valid,
        };
        let numbered = [raw.insurer, raw.symbol, raw.number]
            .into_iter()
            .any(|text| !is_blank(text));
        if numbered {
            row.asked = match self.number(raw, &mut row) {
                Ok(()) => AskedNumber::Valid,
                Err((field, reject)) => {
                    self.texts.truncate(at);
                    (row.symbol, row.number, row.period) = (0, 0, None);
                    AskedNumber::Invalid(field, reject)
                }
            };
        }
        row.triple = self.triple(raw, birth.err(), sex.err(), &mut row)?;
        self.rows.push(row);
        Ok(())
    }

    /// The number part and the days it is asked for. A service date that cannot be read makes the number useless, as a
    /// rejected field of its own does: whose number it was is not known without the day.
    fn number(&mut self, raw: &Identifiers<'_>, row: &mut Row) -> Result<(), (Field, Reject)> {
        let of = |field| move |reject| (field, reject);
        row.insurer = Insurer::value(raw.insurer).map_err(of(Field::Insurer))?;
        let start = self.texts.len();
        Symbol::append(raw.symbol, &mut self.texts).map_err(of(Field::Symbol))?;
        let middle = self.texts.len();
        Number::append(raw.number, &mut self.texts).map_err(of(Field::Number))?;
        let end = self.texts.len();
        // Canonical symbols and numbers have at most 40 characters.
        let length = |from: usize, to: usize| u8::try_from(to.saturating_sub(from)).ok();
        row.symbol = length(start, middle).ok_or((Field::Symbol, Reject::Length))?;
        row.number = length(middle, end).ok_or((Field::Number, Reject::Length))?;
        row.branch = Branch::value(raw.branch)
            .map_err(of(Field::Branch))?
            .map_or(0, |branch| branch.saturating_add(1));
        row.period = ServicePeriod::parse(raw.service, self.today)
            .map_err(of(Field::Service))?
            .as_ref()
            .map(days);
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
        let before = self.texts.len();
        let kana = Kana::append(raw.kana, &mut self.texts).err();
        if kana.is_none() && birth.is_none() && sex.is_none() {
            let length = self.texts.len().saturating_sub(before);
            row.kana = u8::try_from(length).map_err(|_| Broken("kana"))?;
            return Ok(AskedTriple::Valid);
        }
        self.texts.truncate(before);
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
        let row = self.rows.get(row)?;
        let texts = self.texts.get(usize::try_from(row.at).ok()?..)?;
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
    pub(super) fn near(&self, row: usize) -> Option<u8> {
        let row = self.rows.get(row)?;
        self.texts.get(usize::try_from(row.at).ok()?).copied()
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<AskedRow<'_>, Broken>> {
        (0..self.rows.len()).map(|row| self.get(row).ok_or(Broken("row")))
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
        self.row.period
    }

    pub(super) fn birth(&self) -> Option<Day> {
        self.row.birth
    }

    pub(super) fn sex(&self) -> Option<Sex> {
        self.row.sex
    }

    /// Birth date and sex of a valid triple.
    pub(super) fn born(&self) -> Result<(Day, Sex), Broken> {
        self.row.birth.zip(self.row.sex).ok_or(Broken("triple"))
    }

    /// The valid triple in parts.
    pub(super) fn parts(&self) -> Result<TripleParts<'b>, Broken> {
        let (birth, sex) = self.born()?;
        TripleParts::canonical(self.kana, birth.raw(), sex).ok_or(Broken("triple"))
    }
}
