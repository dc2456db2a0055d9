//! What a data column must not be: something that identifies persons (条項 2-1), or an ID under another name.
//!
//! One way of sampling for all parties. A column is judged in parts of [`PART`] different values, so that few identifying
//! ones are seen wherever they stand together, and one that repeats does not hide the others. A column whose header says
//! enough is not looked into.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use renketsu_identity::identifying::{self, Evidence, Finding, Reason};
use renketsu_identity::is_blank;

use crate::schema::ColumnLabel;

/// Different values of a column that are judged together.
pub const PART: usize = 1000;
/// Rows of which a strided screen looks at each; after them at every [`STRIDE`]th.
pub const FIRST: usize = 131_072;
/// See [`FIRST`].
pub const STRIDE: usize = 64;

/// Bytes of a value that are looked at; no identifier is as long.
const LONGEST: usize = 512;

/// A column that looks identifying, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The column.
    pub column: String,
    /// What it seems to hold, and what gave it away.
    pub finding: Finding,
}

impl std::fmt::Display for Suspect {
    /// `column (reason)`, with the stable word of the reason.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({})", self.column, self.finding.reason.name())
    }
}

/// Suspects, parted by what somebody decided about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Those that were named as misjudged.
    pub kept: Vec<Suspect>,
    /// All others.
    pub refused: Vec<Suspect>,
}

/// Looks at the data columns of a table while it is read.
#[derive(Debug)]
pub struct Screen {
    every: bool,
    rows: usize,
    columns: Vec<Sampled>,
}

/// A column, the part of its values that is being filled, and what the parts before it seemed to hold.
struct Sampled {
    place: usize,
    name: String,
    part: BTreeSet<String>,
    /// The last full part; it fills up a last one that would be too small to judge by shares.
    before: BTreeSet<String>,
    findings: Vec<Finding>,
    settled: bool,
    holds_id: bool,
}

impl std::fmt::Debug for Sampled {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sampled")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Screen {
    /// A screen of the columns at these places, by these names. After [`FIRST`] rows it looks at every [`STRIDE`]th.
    pub fn new(columns: impl IntoIterator<Item = (usize, String)>) -> Self {
        let columns = columns.into_iter().map(|(place, name)| Sampled {
            place,
            settled: settled(&name),
            name,
            part: BTreeSet::new(),
            before: BTreeSet::new(),
            findings: Vec::new(),
            holds_id: false,
        });
        Self {
            every: false,
            rows: 0,
            columns: columns.collect(),
        }
    }

    /// The same, but it looks at every row.
    pub fn of_every_row(columns: impl IntoIterator<Item = (usize, String)>) -> Self {
        Self {
            every: true,
            ..Self::new(columns)
        }
    }

    /// Looks at more rows.
    pub fn see(&mut self, batch: &RecordBatch) {
        for column in &mut self.columns {
            if let Some(array) = batch.columns().get(column.place) {
                column.holds_id = column.holds_id || holds_id(array.as_ref());
                column.see(array.as_ref(), self.rows, self.every);
            }
        }
        self.rows = self.rows.saturating_add(batch.num_rows());
    }

    /// Looks at what a source says of its columns. A text there is judged on its own, as one a person wrote, and with the
    /// others of its column, as values are; a column's name in words counts as its header does.
    pub fn see_labels(&mut self, labels: &BTreeMap<String, ColumnLabel>) {
        for column in &mut self.columns {
            if let Some(label) = labels.get(&column.name) {
                column.see_label(label);
            }
        }
    }

    /// How many rows it has seen.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns that hold bytes, as IDs are stored, or a text of 64 hexadecimal digits. Every row counts.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let holding = self.columns.iter().filter(|column| column.holds_id);
        holding.map(|column| column.name.as_str())
    }

    /// The columns that look identifying, in their order; one of several kinds stands here once for each.
    pub fn findings(&self) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        for column in &self.columns {
            suspects.extend(column.judged().into_iter().map(|finding| Suspect {
                column: column.name.clone(),
                finding,
            }));
        }
        suspects
    }

    /// The findings parted by `keep`, without those whose reason is tolerated: a reference table is of places, and these
    /// have addresses ([`Reason::is_of_a_place`]).
    pub fn verdict(&self, keep: &[String], tolerated: impl Fn(Reason) -> bool) -> Verdict {
        let mut suspects = self.findings();
        suspects.retain(|suspect| !tolerated(suspect.finding.reason));
        let (kept, refused) = suspects
            .into_iter()
            .partition(|suspect| keep.contains(&suspect.column));
        Verdict { kept, refused }
    }
}

impl Sampled {
    fn see(&mut self, array: &dyn Array, before: usize, every: bool) {
        if self.settled {
            return;
        }
        let options = FormatOptions::default();
        // A type that has no text is judged by its header alone.
        let Ok(formatter) = ArrayFormatter::try_new(array, &options) else {
            return;
        };
        for row in 0..array.len() {
            let place = before.saturating_add(row);
            let looked_at = every || place < FIRST || place.is_multiple_of(STRIDE);
            if !looked_at || array.is_null(row) {
                continue;
            }
            let written = match whole(array, row) {
                Some(number) => Some(number),
                None => formatter.value(row).try_to_string().ok(),
            };
            let Some(mut value) = written.filter(|value| !is_blank(value)) else {
                continue;
            };
            value.truncate(value.floor_char_boundary(LONGEST));
            self.part.insert(value);
            if self.part.len() >= PART {
                self.judge_part();
            }
        }
    }

    fn see_label(&mut self, said: &ColumnLabel) {
        let title = said.label.as_deref().unwrap_or_default();
        let codes = said.codes.iter();
        let texts: BTreeSet<&str> = codes
            .flat_map(|(value, text)| [value.as_str(), text.as_str()])
            .chain([title, said.unit.as_deref().unwrap_or_default()])
            .filter(|text| !is_blank(text))
            .collect();
        self.holds_id = self.holds_id || texts.iter().copied().any(is_id);
        if self.settled {
            return;
        }
        if settled(title) {
            add(&mut self.findings, identifying::judge(title, &[]));
        }
        for text in &texts {
            add(
                &mut self.findings,
                identifying::judge_text(&self.name, &shortened(text)),
            );
        }
        let meanings: BTreeSet<String> =
            said.codes.iter().map(|(_, text)| shortened(text)).collect();
        let meanings: Vec<&str> = meanings.iter().map(String::as_str).collect();
        for part in meanings.chunks(PART) {
            add(&mut self.findings, identifying::judge(&self.name, part));
        }
    }

    fn judge_part(&mut self) {
        let part = std::mem::take(&mut self.part);
        add(&mut self.findings, judge(&self.name, &part));
        self.before = part;
    }

    fn judged(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        let unjudged = self.before.is_empty() || !self.part.is_empty();
        if unjudged {
            let lacking = (PART / 2).saturating_sub(self.part.len());
            let mut part = self.part.clone();
            part.extend(self.before.iter().take(lacking).cloned());
            add(&mut findings, judge(&self.name, &part));
        }
        findings
    }
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    text.get(..end).unwrap_or_default().to_owned()
}

fn judge(name: &str, values: &BTreeSet<String>) -> Option<Finding> {
    let sample: Vec<&str> = values.iter().map(String::as_str).collect();
    identifying::judge(name, &sample)
}

fn add(findings: &mut Vec<Finding>, finding: Option<Finding>) {
    let known = |finding: &Finding| findings.iter().any(|known| known.reason == finding.reason);
    let new = finding.filter(|finding| !known(finding));
    findings.extend(new);
}

/// Whether the header alone decides, whatever the values are.
fn settled(name: &str) -> bool {
    let sure = |finding: Finding| {
        finding.evidence == Evidence::Header && finding.reason != Reason::PostalCode
    };
    identifying::judge(name, &[]).is_some_and(sure)
}

/// A number without a fraction, as a person writes it: files of statistics keep numbers of 12 digits as floating point.
fn whole(array: &dyn Array, row: usize) -> Option<String> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types of floating point"
    )]
    let number = match array.data_type() {
        DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row),
        _ => return None,
    };
    (number.fract() == 0.0 && number.abs() < LARGEST).then(|| format!("{number:.0}"))
}

/// Whether a column is of a kind that IDs are stored as, or any of its texts is one.
fn holds_id(array: &dyn Array) -> bool {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types that bytes and texts come in"
    )]
    match array.data_type() {
        DataType::Binary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::LargeBinary => true,
        DataType::Utf8 => array.as_string::<i32>().iter().flatten().any(is_id),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().flatten().any(is_id),
        DataType::Utf8View => array.as_string_view().iter().flatten().any(is_id),
        DataType::Dictionary(..) => array
            .as_any_dictionary_opt()
            .is_some_and(|dictionary| holds_id(dictionary.values().as_ref())),
        _ => false,
    }
}

/// 64 hexadecimal digits.
fn is_id(text: &str) -> bool {
    let text = text.trim();
    text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}
