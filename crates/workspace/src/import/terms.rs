//! What a delivery and this user are bound by: the terms a sealed package states (clause 3.direct), kept with each table,
//! and what changed against the delivery before.

use jiff::civil::Date;
use renketsu_seal::package::Header;
use renketsu_store::TableRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was agreed, as the sender states it under its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The purpose of use.
    pub purpose: String,
    /// The contract; an extract of a public database has none.
    pub contract: Option<String>,
    /// The agreed places of use (利用場所).
    pub places: Vec<String>,
    /// The first day of the agreed use.
    pub period_start: Option<Date>,
    /// The last day of the agreed use.
    pub period_end: Option<Date>,
    /// For whom, by the name that the authority gave.
    pub recipient: Option<String>,
}

/// One term that a later delivery states otherwise than the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermChange {
    /// Its name in [`Terms`].
    pub term: String,
    /// As the delivery before had it.
    pub before: Value,
    /// As this one has it.
    pub now: Value,
}

impl Terms {
    pub(super) fn of(header: &Header) -> Self {
        let ground = header.recipient_ground.as_ref();
        Self {
            purpose: header.purpose.clone(),
            contract: header.contract.clone(),
            places: header.places.clone(),
            period_start: header.period_start,
            period_end: header.period_end,
            recipient: ground.map(|ground| ground.name.clone()),
        }
    }

    /// The first term that a delivery must state and this one does not.
    pub(super) fn missing(&self) -> Option<&'static str> {
        [
            ("contract", self.contract.is_none()),
            ("places", self.places.is_empty()),
            ("period_start", self.period_start.is_none()),
            ("period_end", self.period_end.is_none()),
        ]
        .into_iter()
        .find_map(|(term, missing)| missing.then_some(term))
    }

    /// What differs from the latest of the tables that this sender delivered before.
    pub(super) fn changes(&self, sender: &str, tables: &[TableRecord]) -> Vec<TermChange> {
        let said = |table: &TableRecord, name: &str| table.origin.get(name).cloned();
        let from_sender = tables.iter().filter(|table| {
            table.kind == "anonymized"
                && said(table, "fingerprint") == Some(Value::String(sender.to_owned()))
        });
        let latest = from_sender.max_by_key(|table| (table.imported_at, table.version));
        let (Some(latest), Ok(Value::Object(terms))) = (latest, serde_json::to_value(self)) else {
            return Vec::new();
        };
        let changed = terms.into_iter().filter_map(|(term, now)| {
            let before = said(latest, &term).unwrap_or_default();
            (before != now).then_some(TermChange { term, before, now })
        });
        changed.collect()
    }
}
