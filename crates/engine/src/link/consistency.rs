//! Whether tables say the same of a person.

use std::collections::BTreeMap;

use arrow::array::{Array as _, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use renketsu_identity::Sex;

use super::write::Placed;
use super::{LinkError, LinkTable};
use crate::report::Consistency;
use crate::runs::{self, Whose};
use crate::shelf::BATCH_ROWS;

/// Columns that are compared.
const COLUMNS: [&str; 2] = ["sex", "birth_year"];

/// What is known of one person: the value's number in the lower bits (0: none yet), facts in the upper ones.
type Fact = u32;
const VALUE: Fact = 0x1fff_ffff;
const COMPARED: Fact = 1 << 29;
const DISAGREES: Fact = 1 << 30;
const SEVERAL: Fact = 1 << 31;

/// One column over all tables that have it.
pub(super) struct Agreement {
    column: &'static str,
    tables: Vec<String>,
    /// Each value that occurs, by its canonical text.
    values: BTreeMap<String, Fact>,
    /// By person number.
    facts: Vec<Fact>,
    /// The person whose rows of the present table are being read, and what they say.
    open: Option<(u32, Fact)>,
}

impl Agreement {
    /// One for each column that two or more of `tables` have.
    pub(super) fn all(tables: &[LinkTable]) -> Result<Vec<Self>, LinkError> {
        let mut having: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for table in tables {
            let Some(rows) = &table.rows else { continue };
            let source = rows.table()?;
            for (column, having) in COLUMNS.iter().zip(&mut having) {
                if source.schema().column_with_name(column).is_some() {
                    having.push(table.name.clone());
                }
            }
        }
        let agreement = |(column, tables)| Self {
            column,
            tables,
            values: BTreeMap::new(),
            facts: Vec::new(),
            open: None,
        };
        let shared = COLUMNS
            .into_iter()
            .zip(having)
            .filter(|(_, tables)| tables.len() > 1);
        Ok(shared.map(agreement).collect())
    }

    /// Reads the column of `table`, if it is one of those that have it.
    pub(super) fn see(
        &mut self,
        table: &LinkTable,
        Placed { runs, rows }: &Placed,
    ) -> Result<(), LinkError> {
        let Some(rows) = rows.as_ref().filter(|_| self.tables.contains(&table.name)) else {
            return Ok(());
        };
        let mut whose = Whose::new(runs::each(runs)?);
        // Most rows say what the row before them said.
        let mut last: Option<(String, Fact)> = None;
        for batch in rows.table()?.batches(Some(&[self.column]), BATCH_ROWS)? {
            let batch = batch?;
            let column = batch
                .column_by_name(self.column)
                .ok_or(LinkError::Broken("a column that was asked for is there"))?;
            let texts = cast(column, &DataType::Utf8)
                .map_err(|_| LinkError::Broken("every type of a table has a text"))?;
            let texts = texts.as_string::<i32>();
            for (row, person) in whose.next(batch.num_rows())? {
                if texts.is_null(row) {
                    continue;
                }
                let text = texts.value(row);
                let value = match &last {
                    Some((same, value)) if same == text => *value,
                    _ => {
                        let value = self.value(&canonical(self.column, text));
                        last = Some((text.to_owned(), value));
                        value
                    }
                };
                self.said(person, value);
            }
        }
        self.close();
        Ok(())
    }

    fn said(&mut self, person: u32, value: Fact) {
        match &mut self.open {
            Some((open, said)) if *open == person => {
                if *said & VALUE != value {
                    *said |= SEVERAL;
                }
            }
            _ => {
                self.close();
                self.open = Some((person, value));
            }
        }
    }

    fn value(&mut self, text: &str) -> Fact {
        if let Some(value) = self.values.get(text) {
            return *value;
        }
        // A column of more than half a milliard different values is not compared well, but it is compared.
        let next = Fact::try_from(self.values.len())
            .unwrap_or(VALUE)
            .saturating_add(1)
            .min(VALUE);
        self.values.insert(text.to_owned(), next);
        next
    }

    /// Adds what a table said of a person to what others said.
    fn close(&mut self) {
        let Some((person, said)) = self.open.take() else {
            return;
        };
        let person = person as usize;
        if self.facts.len() <= person {
            self.facts.resize(person.saturating_add(1), 0);
        }
        let Some(fact) = self.facts.get_mut(person) else {
            return;
        };
        if said & SEVERAL != 0 {
            *fact |= SEVERAL;
        } else if *fact & VALUE == 0 {
            *fact |= said;
        } else {
            *fact |= COMPARED;
            if *fact & VALUE != said {
                *fact |= DISAGREES;
            }
        }
    }

    pub(super) fn report(self) -> Consistency {
        let count =
            |holds: fn(Fact) -> bool| self.facts.iter().filter(|fact| holds(**fact)).count() as u64;
        Consistency {
            agree: count(|fact| fact & (SEVERAL | COMPARED | DISAGREES) == COMPARED),
            disagree: count(|fact| fact & SEVERAL == 0 && fact & DISAGREES != 0),
            several: count(|fact| fact & SEVERAL != 0),
            column: self.column,
            tables: self.tables,
        }
    }
}

/// One text for one meaning: `男` is `1`, `1950.0` is `1950`.
fn canonical(column: &str, text: &str) -> String {
    let text = text.trim();
    if column == "sex"
        && let Ok(sex) = Sex::parse(text)
    {
        return sex.code().to_string();
    }
    match text.strip_suffix(".0") {
        Some(integer) if !integer.is_empty() && integer.bytes().all(|b| b.is_ascii_digit()) => {
            integer.to_owned()
        }
        _ => text.to_owned(),
    }
}
