//! A person of the registry in bytes: as the sort orders her rows, and as a layer keeps her.
//!
//! A kept person is `u16 len | key | u32 birth | u8 sex | u16 rows | rows`, a row `u8 len | kana | u32 insurer |
//! u8 len | symbol | u8 len | number | u8 branch | u32 from | u32 to`, all little-endian. A kana of length 0 is that of
//! the row before. Kana are one byte each: canonical kana are U+30A1 to U+30FC. These bytes are the canonical content
//! of the registry, and its digest is theirs, person after person in the order of the keys.

use std::cmp::Ordering;

use renketsu_identity::{NumberParts, Sex, TripleParts};

use super::day::Day;
use super::row::Parsed;

/// No insurer: a row without a number.
pub(super) const NONE: u32 = u32::MAX;

/// A canonical value of the registry did not pass its own canonical form: a bug of ours, or of the disk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a canonical {0} of the registry is not canonical")]
pub struct Broken(pub &'static str);

/// A row of a person, canonical. The order of the fields is the order of the rows: time first, so that the last row is
/// the latest one; the rest makes it independent of the file's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) from: Day,
    pub(super) to: Day,
    /// The eight digits as a number, or [`NONE`].
    pub(super) insurer: u32,
    pub(super) symbol: Box<[u8]>,
    pub(super) number: Box<[u8]>,
    /// One more than the two digits as a number; 0 where there is none, which is not `00`.
    pub(super) branch: u8,
    /// One byte each.
    pub(super) kana: Box<[u8]>,
    /// Where the row stood in its file.
    pub(super) line: u32,
}

/// A person and her rows in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) key: Box<[u8]>,
    pub(super) birth: Day,
    pub(super) sex: Sex,
    pub(super) rows: Vec<Row>,
}

/// A row where it stands in a block.
#[derive(Clone, Copy)]
pub(crate) struct RowView<'a> {
    pub(crate) kana: &'a [u8],
    pub(crate) insurer: u32,
    pub(crate) symbol: &'a [u8],
    pub(crate) number: &'a [u8],
    pub(crate) branch: u8,
    pub(crate) from: Day,
    pub(crate) to: Day,
}

/// A person where she stands in a block.
#[derive(Clone, Copy)]
pub(crate) struct PersonView<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) birth: Day,
    pub(crate) sex: Sex,
    rows: &'a [u8],
    count: u16,
}

/// What a person is shown by.
pub(crate) struct Shown<'a> {
    pub(crate) first: Option<RowView<'a>>,
    pub(crate) kana: &'a [u8],
}

/// Takes values off the front of bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    #[inline]
    fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    /// Up to the next zero byte, which is taken and left out.
    fn ended(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let taken = self.take(end)?;
        self.byte()?;
        Some(taken)
    }
}

fn sex_byte(sex: Sex) -> u8 {
    match sex {
        Sex::Male => 1,
        Sex::Female => 2,
    }
}

fn sex_of(byte: u8) -> Option<Sex> {
    match byte {
        1 => Some(Sex::Male),
        2 => Some(Sex::Female),
        _ => None,
    }
}

/// A row of the file as bytes whose order is the canonical one: person, then [`Row`]'s, then the line. What follows
/// takes no part in the order.
pub(super) fn sort_record(parsed: &Parsed<'_>, line: u32, out: &mut Vec<u8>) {
    let (insurer, symbol, number, branch) = parsed.number;
    out.clear();
    out.extend_from_slice(parsed.person.as_bytes());
    out.push(0);
    out.extend_from_slice(&parsed.from.raw().to_be_bytes());
    out.extend_from_slice(&parsed.to.raw().to_be_bytes());
    out.extend_from_slice(&insurer.to_be_bytes());
    for text in [symbol, number] {
        out.extend_from_slice(text);
        out.push(0);
    }
    out.push(branch);
    out.extend_from_slice(parsed.kana);
    out.push(0);
    out.extend_from_slice(&line.to_be_bytes());
    out.extend_from_slice(&parsed.birth.raw().to_be_bytes());
    out.push(sex_byte(parsed.sex));
}

/// What [`sort_record`] wrote: key, birth date, sex and row.
pub(super) fn of_sort_record(record: &[u8]) -> Option<(&[u8], Day, Sex, Row)> {
    let mut rest = Reader(record);
    let key = rest.ended()?;
    let day = |rest: &mut Reader<'_>| rest.array().map(u32::from_be_bytes).map(Day::from_raw);
    let (from, to) = (day(&mut rest)?, day(&mut rest)?);
    let insurer = rest.array().map(u32::from_be_bytes)?;
    let (symbol, number) = (rest.ended()?, rest.ended()?);
    let branch = rest.byte()?;
    let kana = rest.ended()?;
    let line = rest.array().map(u32::from_be_bytes)?;
    let birth = day(&mut rest)?;
    let sex = sex_of(rest.byte()?)?;
    let row = Row {
        from,
        to,
        insurer,
        symbol: symbol.into(),
        number: number.into(),
        branch,
        kana: kana.into(),
        line,
    };
    Some((key, birth, sex, row))
}

impl Row {
    pub(super) fn of(parsed: &Parsed<'_>, line: u32) -> Self {
        let (insurer, symbol, number, branch) = parsed.number;
        Self {
            from: parsed.from,
            to: parsed.to,
            insurer,
            symbol: symbol.into(),
            number: number.into(),
            branch,
            kana: parsed.kana.into(),
            line,
        }
    }

    pub(super) fn view(&self) -> RowView<'_> {
        RowView {
            kana: &self.kana,
            insurer: self.insurer,
            symbol: &self.symbol,
            number: &self.number,
            branch: self.branch,
            from: self.from,
            to: self.to,
        }
    }

    /// Whether the two say the same, wherever they stood.
    pub(super) fn says(&self, other: &Self) -> bool {
        (self.from, self.to) == (other.from, other.to)
            && self.view().insured() == other.view().insured()
            && self.kana == other.kana
    }
}

/// A number as something to compare: insurer, symbol, number, branch.
pub(crate) type Insured<'a> = (u32, &'a [u8], &'a [u8], u8);

impl<'a> RowView<'a> {
    pub(crate) fn has_number(&self) -> bool {
        self.insurer != NONE
    }

    /// The number of a household: no branch, and not 法別 39, whose numbers are personal without one.
    pub(crate) fn is_household(&self) -> bool {
        self.has_number() && self.branch == 0 && self.insurer.div_euclid(1_000_000) != 39
    }

    pub(crate) fn insured(&self) -> Insured<'a> {
        (self.insurer, self.symbol, self.number, self.branch)
    }

    /// The order of the encoded messages (`ids.md`, Derivation): each field has its length before it.
    fn in_message_order(&self, other: &Self) -> Ordering {
        let by_length = |a: &[u8], b: &[u8]| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        self.insurer
            .cmp(&other.insurer)
            .then_with(|| by_length(self.symbol, other.symbol))
            .then_with(|| by_length(self.number, other.number))
            .then_with(|| self.branch.cmp(&other.branch))
    }

    /// Whether the row was valid on some day from `first` to `last`.
    pub(crate) fn overlaps(&self, first: Day, last: Day) -> bool {
        self.from <= last && first <= self.to
    }

    /// The number in parts to make a subject from.
    #[inline]
    pub(crate) fn parts(&self) -> Result<NumberParts<'a>, Broken> {
        let branch = self.branch.checked_sub(1);
        NumberParts::canonical(self.insurer, self.symbol, self.number, branch)
            .ok_or(Broken("number"))
    }
}

impl Person {
    /// Appends the kept form.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(&u16::try_from(self.key.len()).ok()?.to_le_bytes());
        out.extend_from_slice(&self.key);
        out.extend_from_slice(&self.birth.raw().to_le_bytes());
        out.push(sex_byte(self.sex));
        out.extend_from_slice(&u16::try_from(self.rows.len()).ok()?.to_le_bytes());
        let mut last: &[u8] = &[];
        for row in &self.rows {
            let kana: &[u8] = if *row.kana == *last { &[] } else { &row.kana };
            last = &row.kana;
            short(kana, out)?;
            out.extend_from_slice(&row.insurer.to_le_bytes());
            short(&row.symbol, out)?;
            short(&row.number, out)?;
            out.push(row.branch);
            out.extend_from_slice(&row.from.raw().to_le_bytes());
            out.extend_from_slice(&row.to.raw().to_le_bytes());
        }
        Some(())
    }
}

fn short(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.push(u8::try_from(bytes.len()).ok()?);
    out.extend_from_slice(bytes);
    Some(())
}

impl<'a> PersonView<'a> {
    /// The person at the front of `bytes`, whose end she need not know: her rows are counted.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let read = || {
            let mut rest = Reader(bytes);
            let length = rest.array().map(u16::from_le_bytes)?;
            let key = rest.take(usize::from(length))?;
            let birth = Day::from_raw(rest.u32()?);
            let sex = sex_of(rest.byte()?)?;
            let count = rest.array().map(u16::from_le_bytes)?;
            Some(Self {
                key,
                birth,
                sex,
                rows: rest.0,
                count,
            })
        };
        read().ok_or(Broken("person"))
    }

    /// Her rows in the order of time.
    pub(crate) fn rows(&self) -> impl Iterator<Item = RowView<'a>> + use<'a> {
        let mut rest = Reader(self.rows);
        let mut last: &'a [u8] = &[];
        (0..self.count).map_while(move |_| {
            let kana = rest.short()?;
            if !kana.is_empty() {
                last = kana;
            }
            Some(RowView {
                kana: last,
                insurer: rest.u32()?,
                symbol: rest.short()?,
                number: rest.short()?,
                branch: rest.byte()?,
                from: Day::from_raw(rest.u32()?),
                to: Day::from_raw(rest.u32()?),
            })
        })
    }

    /// The person by value.
    pub(super) fn own(&self) -> Result<Person, Broken> {
        let rows: Vec<Row> = self
            .rows()
            .map(|row| Row {
                from: row.from,
                to: row.to,
                insurer: row.insurer,
                symbol: row.symbol.into(),
                number: row.number.into(),
                branch: row.branch,
                kana: row.kana.into(),
                line: 0,
            })
            .collect();
        if rows.len() != usize::from(self.count) {
            return Err(Broken("person"));
        }
        Ok(Person {
            key: self.key.into(),
            birth: self.birth,
            sex: self.sex,
            rows,
        })
    }

    /// The number that was given first, whoever else has it.
    #[inline]
    pub(crate) fn first_number(&self) -> Option<RowView<'a>> {
        first_of(self.rows())
    }

    /// [`PersonView::first_number`], and the name that counts for `period`: that of the latest row valid on some day of it,
    /// else of the latest. `each` sees every row on the way, and whether it was valid then.
    #[inline]
    pub(crate) fn shown(
        &self,
        period: Option<(Day, Day)>,
        mut each: impl FnMut(&RowView<'a>, bool),
    ) -> Option<Shown<'a>> {
        let mut first: Option<RowView<'a>> = None;
        let (mut latest, mut valid) = (None, None);
        for row in self.rows() {
            let overlaps = period.is_some_and(|(first, last)| row.overlaps(first, last));
            each(&row, overlaps || period.is_none());
            latest = Some(row.kana);
            if overlaps {
                valid = latest;
            }
            // Rows are in the order of time: only one of the same day may come before the one that is held.
            if first.as_ref().is_none_or(|held| held.from == row.from) {
                first = earlier(first, row);
            }
        }
        Some(Shown {
            first,
            kana: valid.or(latest)?,
        })
    }

    /// Kana, birth date and sex in parts to make a subject from.
    #[inline]
    pub(crate) fn parts(&self, kana: &'a [u8]) -> Result<TripleParts<'a>, Broken> {
        TripleParts::canonical(kana, self.birth.raw(), self.sex).ok_or(Broken("triple"))
    }
}

/// The earliest `valid_from` among the numbers of the person herself; of several, the smallest canonical bytes.
pub(super) fn first_of<'a>(rows: impl Iterator<Item = RowView<'a>>) -> Option<RowView<'a>> {
    rows.fold(None, earlier)
}

/// Which of two rows has the number that was given first, where the later one comes second.
#[inline]
fn earlier<'a>(held: Option<RowView<'a>>, row: RowView<'a>) -> Option<RowView<'a>> {
    if !row.has_number() || row.is_household() {
        return held;
    }
    match held {
        Some(held) => {
            let order = held
                .from
                .cmp(&row.from)
                .then_with(|| held.in_message_order(&row));
            Some(if order == Ordering::Greater {
                row
            } else {
                held
            })
        }
        None => Some(row),
    }
}
