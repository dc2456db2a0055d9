//! Which columns of a table go out. One that looks as if it identified persons does not, until a person has said so.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use renketsu_identity::identifying::Reason;
use renketsu_table::ids;
use renketsu_table::screen::{Screen, Suspect};
use serde::Serialize;

use super::{AttachError, AttachOrder, TableOrder};

/// A column that looks identifying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentifyingColumn {
    /// Its name.
    pub column: String,
    /// What it seems to hold.
    pub reason: String,
    /// What gave it away: `header` or `values`.
    pub evidence: String,
}

impl From<Suspect> for IdentifyingColumn {
    fn from(suspect: Suspect) -> Self {
        Self {
            column: suspect.column,
            reason: suspect.finding.reason.name().to_owned(),
            evidence: suspect.finding.evidence.name().to_owned(),
        }
    }
}

/// What becomes of the columns of a table.
#[derive(PartialEq, Eq)]
pub(super) struct Chosen {
    /// Rows that were looked at.
    pub(super) rows: u64,
    /// Places of those that stay.
    pub(super) places: Vec<usize>,
    /// Names of those that do not.
    pub(super) dropped: Vec<String>,
    /// Those that stay although they look identifying.
    pub(super) kept: Vec<IdentifyingColumn>,
}

/// The columns of a table and what they look like.
pub(super) struct Looked {
    columns: Vec<String>,
    screen: Screen,
}

impl Looked {
    /// The columns of a table, among which must be its key.
    pub(super) fn new(table: &TableOrder, schema: &Schema) -> Result<Self, AttachError> {
        if schema.column_with_name(&table.key).is_none() {
            return Err(AttachError::Key {
                file: table.path.display().to_string(),
                column: table.key.clone(),
            });
        }
        let names = schema.fields().iter().map(|field| field.name().clone());
        let columns: Vec<String> = names.collect();
        Ok(Self {
            screen: Screen::new(columns.iter().cloned().enumerate()),
            columns,
        })
    }

    /// Looks at more rows.
    pub(super) fn take(&mut self, batch: &RecordBatch) {
        self.screen.see(batch);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }

    pub(super) fn rows(&self) -> u64 {
        self.screen.rows() as u64
    }

    /// Names of the columns that would stay, of those that would not, and what looks identifying, as if nobody had
    /// decided anything.
    pub(super) fn preview(&self, key: &str) -> (Vec<String>, Vec<String>, Vec<IdentifyingColumn>) {
        let suspects = self.screen.findings();
        let reference = |name: &String| {
            name == ids::ROW_REF
                || suspects.iter().any(|suspect| {
                    suspect.column == *name && suspect.finding.reason == Reason::RowReference
                })
        };
        let columns = self.columns.iter().filter(|name| *name != key).cloned();
        let (left_out, columns): (Vec<String>, Vec<String>) = columns.partition(reference);
        let stays = |suspect: &Suspect| columns.contains(&suspect.column);
        let identifying = suspects.iter().filter(|suspect| stays(suspect)).cloned();
        let identifying = identifying.map(Into::into).collect();
        (columns, left_out, identifying)
    }

    /// Which columns stay. A table with a column that looks identifying, and is neither dropped nor kept by name, is
    /// refused; so is one without a row, for whose sake nobody destroys a map.
    pub(super) fn choose(
        &self,
        table: &TableOrder,
        order: &AttachOrder<'_>,
    ) -> Result<Chosen, AttachError> {
        let file = || table.path.display().to_string();
        if self.screen.rows() == 0 {
            return Err(AttachError::NoRow { file: file() });
        }
        let mut chosen = Chosen {
            rows: self.screen.rows() as u64,
            places: Vec::new(),
            dropped: Vec::new(),
            kept: Vec::new(),
        };
        let mut refused = Vec::new();
        let mut suspects = self.screen.findings();
        for (place, name) in self.columns.iter().enumerate() {
            if *name == table.key || name == ids::ROW_REF || order.drop.contains(name) {
                chosen.dropped.push(name.clone());
                continue;
            }
            if [ids::NUMBER_ID, ids::KANA_ID, ids::KANA_UNIQUE].contains(&name.as_str()) {
                return Err(AttachError::Taken {
                    file: file(),
                    column: name.clone(),
                });
            }
            let found = suspects.extract_if(.., |suspect| suspect.column == *name);
            let found: Vec<Suspect> = found.collect();
            let reference = |suspect: &Suspect| suspect.finding.reason == Reason::RowReference;
            if order.keep.contains(name) {
                chosen.kept.extend(found.into_iter().map(Into::into));
            } else if found.iter().any(reference) {
                chosen.dropped.push(name.clone());
                continue;
            } else {
                refused.extend(found.into_iter().map(Into::into));
            }
            chosen.places.push(place);
        }
        if refused.is_empty() {
            Ok(chosen)
        } else {
            Err(AttachError::Identifying {
                file: file(),
                columns: refused,
            })
        }
    }
}
