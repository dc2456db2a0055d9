//! The 受給者台帳: a table with a header, in CP932 or UTF-8. Columns are found by name.

use std::path::Path;

use renketsu_identity::is_blank;
use renketsu_table::delimited::{Delimited, Options, Record};

use super::{CareError, CareNumber, Row};
use crate::sources::{Refusal, SourceError};

/// A column, by the names it may have. Widths of brackets and blanks in a header do not matter.
type Names = &'static [&'static str];

const INSURER: Names = &["証記載保険者番号"];
const NUMBER: Names = &["被保険者番号"];
const KANA: Names = &["被保険者氏名(カナ)", "被保険者氏名カナ", "カナ氏名"];
const BIRTH_DATE: Names = &["生年月日"];
const SEX: Names = &["性別"];
const NATIONAL_INSURER: Names = &["国保保険者番号"];
const NATIONAL_SYMBOL: Names = &["国保被保険者証記号"];
const NATIONAL_NUMBER: Names = &["国保被保険者証番号"];
const NATIONAL_BRANCH: Names = &["国保被保険者証枝番"];
const ELDERLY_INSURER: Names = &["後期高齢者医療保険者番号", "後期高齢者保険者番号"];
const ELDERLY_NUMBER: Names = &["後期高齢者医療被保険者番号", "後期高齢者被保険者番号"];

/// The rows of a ledger: line, number from 1, and what it says.
pub(super) struct Rows {
    table: Delimited,
    places: Places,
    record: Record,
    read: u64,
    ended: bool,
}

struct Places {
    insurer: usize,
    number: usize,
    kana: usize,
    birth_date: usize,
    sex: usize,
    national: [Option<usize>; 4],
    elderly: [Option<usize>; 2],
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let table = Delimited::open(path, Options::default())?;
        let headers: Vec<String> = table.columns().iter().map(|name| plain(name)).collect();
        let find = |names: Names| {
            headers
                .iter()
                .position(|header| names.contains(&header.as_str()))
        };
        let needed = |names: Names| {
            find(names).ok_or_else(|| CareError::Columns {
                file: path.display().to_string(),
                column: names.first().copied().unwrap_or_default(),
            })
        };
        let places = Places {
            insurer: needed(INSURER)?,
            number: needed(NUMBER)?,
            kana: needed(KANA)?,
            birth_date: needed(BIRTH_DATE)?,
            sex: needed(SEX)?,
            national: [
                find(NATIONAL_INSURER),
                find(NATIONAL_SYMBOL),
                find(NATIONAL_NUMBER),
                find(NATIONAL_BRANCH),
            ],
            elderly: [find(ELDERLY_INSURER), find(ELDERLY_NUMBER)],
        };
        Ok(Self {
            table,
            places,
            record: Record::new(),
            read: 0,
            ended: false,
        })
    }

    fn step(&mut self) -> Result<Option<(u64, u64, Row)>, SourceError> {
        if !self.table.read(&mut self.record)? {
            return Ok(None);
        }
        self.read = self.read.saturating_add(1);
        let record = &self.record;
        let at = |place: usize| record.get(place).unwrap_or_default().to_owned();
        let text = |place: &Option<usize>| place.map(at).unwrap_or_default();
        let places = &self.places;
        let national = places.national.each_ref().map(text);
        let elderly = places.elderly.each_ref().map(text);
        let mut row = Row {
            care: CareNumber {
                insurer: at(places.insurer),
                number: at(places.number),
            },
            kana: at(places.kana),
            birth_date: at(places.birth_date),
            sex: at(places.sex),
            insurer: String::new(),
            symbol: String::new(),
            number: String::new(),
            branch: String::new(),
            refusals: Vec::new(),
        };
        let given = |texts: &[String]| texts.iter().any(|text| !is_blank(text));
        match (given(&national), given(&elderly)) {
            (true, true) => row.refusals.push(Refusal::InsurerSeveral),
            (true, false) => [row.insurer, row.symbol, row.number, row.branch] = national,
            (false, true) => [row.insurer, row.number] = elderly,
            (false, false) => {}
        }
        Ok(Some((self.record.line(), self.read, row)))
    }
}

impl Iterator for Rows {
    type Item = Result<(u64, u64, Row), SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.step().transpose();
        self.ended = !matches!(outcome, Some(Ok(_)));
        outcome
    }
}

/// A header with half-width brackets and no blanks.
fn plain(header: &str) -> String {
    header
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{3000}'))
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            other => other,
        })
        .collect()
}
