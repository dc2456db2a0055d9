//! The studies of a directory and their tables.

use std::collections::BTreeMap;

use renketsu_identity::KeyCheckValues;
use renketsu_store::TableRecord;
use renketsu_table::schema::ColumnLabel;
use renketsu_workspace::{TableKind, Terms};
use serde::{Deserialize, Serialize};

use crate::args::StudyList;
use crate::failure::Failure;
use crate::session::Session;

/// A table for a script.
#[derive(Serialize)]
struct Table {
    name: String,
    kind: String,
    version: u64,
    /// The version that the last link took.
    linked: Option<u64>,
    /// Rows of removed persons that lie sealed in that version.
    removed_rows: u64,
    origin: serde_json::Value,
    approved_by: Option<String>,
    report: serde_json::Value,
}

/// A delivery and what was agreed in it.
#[derive(Serialize)]
struct Delivery {
    package: String,
    sender: String,
    imported_at: jiff::Timestamp,
    /// Name and version of each table taken from it.
    tables: Vec<(String, u64)>,
    #[serde(flatten)]
    terms: Terms,
}

/// A study for a script.
#[derive(Serialize)]
struct Study {
    #[serde(rename = "study")]
    name: String,
    provision: String,
    kcv: Option<KeyCheckValues>,
    kcv_proven: bool,
    tables: Vec<Table>,
    /// Every delivery of the producer that a version of a table came from, oldest first.
    deliveries: Vec<Delivery>,
    link: Option<u64>,
    row_level: Option<serde_json::Value>,
}

pub(crate) fn list(session: &mut Session<'_>, args: &StudyList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        studies: Vec<Study>,
    }
    let store = Session::store(&args.at.dir)?;
    let mut studies = Vec::new();
    for study in store.studies()? {
        let link = store.link(&study.study)?;
        let linked = link
            .as_ref()
            .map_or_else(BTreeMap::new, |link| versions(&link.tables));
        let removed = link
            .as_ref()
            .map_or_else(BTreeMap::new, |link| removed(&link.report));
        let tables = store.tables(&study.study)?.into_iter().map(|table| Table {
            linked: linked.get(&table.name).copied(),
            removed_rows: removed.get(&table.name).copied().unwrap_or(0),
            name: table.name,
            kind: table.kind,
            version: table.version,
            origin: table.origin,
            approved_by: table.reference.and_then(|found| found.approved_by),
            report: table.report,
        });
        studies.push(Study {
            tables: tables.collect(),
            deliveries: deliveries(store.table_versions(&study.study)?),
            link: link.map(|link| link.version),
            name: study.study,
            provision: study.provision,
            kcv: study.kcv,
            kcv_proven: study.kcv_proven,
            row_level: study.row_level,
        });
    }
    if args.json.json {
        return session.json("renketsu.studies/1", &Answer { studies });
    }
    if studies.is_empty() {
        return session.say("study-none", &[]);
    }
    studies.iter().try_for_each(|study| say(session, study))
}

fn deliveries(mut tables: Vec<TableRecord>) -> Vec<Delivery> {
    #[derive(Deserialize)]
    struct Packaged {
        package: String,
        sender: String,
        #[serde(flatten)]
        terms: Terms,
    }
    tables.retain(|table| table.kind == TableKind::Anonymized.as_str());
    tables.sort_by_key(|table| table.imported_at);
    let mut deliveries: Vec<Delivery> = Vec::new();
    for table in tables {
        // A plain file names no terms.
        let Ok(origin) = serde_json::from_value::<Packaged>(table.origin) else {
            continue;
        };
        let taken = (table.name, table.version);
        match deliveries
            .iter_mut()
            .find(|known| known.package == origin.package)
        {
            Some(known) => known.tables.push(taken),
            None => deliveries.push(Delivery {
                package: origin.package,
                sender: origin.sender,
                imported_at: table.imported_at,
                tables: vec![taken],
                terms: origin.terms,
            }),
        }
    }
    deliveries
}

/// The version of each table that a link took.
fn versions(tables: &serde_json::Value) -> BTreeMap<String, u64> {
    #[derive(Deserialize)]
    struct Linked {
        name: String,
        version: u64,
    }
    let tables: Vec<Linked> = serde_json::from_value(tables.clone()).unwrap_or_default();
    let tables = tables.into_iter().map(|table| (table.name, table.version));
    tables.collect()
}

/// Rows of removed persons in each table, as a link counted them.
fn removed(report: &serde_json::Value) -> BTreeMap<String, u64> {
    let tables = report["tables"].as_array().into_iter().flatten();
    let rows = tables.filter_map(|table| {
        let name = table["name"].as_str()?.to_owned();
        Some((name, table.pointer("/unlinked/removed")?.as_u64()?))
    });
    rows.collect()
}

fn say(session: &mut Session<'_>, study: &Study) -> Result<(), Failure> {
    session.say(
        "study-line",
        &[
            ("study", study.name.clone()),
            ("provision", study.provision.clone()),
        ],
    )?;
    for table in &study.tables {
        let linked = match (study.link, table.linked) {
            // The line about the link says it for all.
            (None, _) => "same".to_owned(),
            (Some(_), None) => "never".to_owned(),
            (Some(_), Some(linked)) if linked == table.version => "same".to_owned(),
            (Some(_), Some(linked)) => linked.to_string(),
        };
        let approval = match (table.kind.as_str(), &table.approved_by) {
            ("reference", None) => "missing",
            ("reference", Some(_)) => "given",
            _ => "none",
        };
        session.say(
            "study-table-line",
            &[
                ("table", table.name.clone()),
                ("kind", table.kind.clone()),
                ("version", table.version.to_string()),
                ("linked", linked),
                ("approval", approval.to_owned()),
            ],
        )?;
        if table.removed_rows > 0 {
            let rows = table.removed_rows.to_string();
            session.say("study-removed-rows", &[("rows", rows)])?;
        }
        for column in columns(&table.report) {
            session.say("study-column-line", &[("column", column)])?;
        }
    }
    for delivery in &study.deliveries {
        let terms = &delivery.terms;
        let day = |day: Option<jiff::civil::Date>| {
            day.map_or_else(|| "-".to_owned(), |day| day.to_string())
        };
        session.say(
            "study-delivery-line",
            &[
                ("package", delivery.package.clone()),
                ("sender", delivery.sender.clone()),
                ("purpose", terms.purpose.clone()),
                (
                    "contract",
                    terms.contract.clone().unwrap_or_else(|| "-".to_owned()),
                ),
                ("start", day(terms.period_start)),
                ("end", day(terms.period_end)),
                ("places", terms.places.join(", ")),
            ],
        )?;
    }
    match study.link {
        Some(version) => session.say("study-link-line", &[("version", version.to_string())])?,
        None => session.say("study-unlinked", &[])?,
    }
    let cap = study
        .row_level
        .as_ref()
        .and_then(|level| level["cap"].as_u64());
    match cap {
        Some(cap) => session.say("study-rows-line", &[("cap", cap.to_string())]),
        None => Ok(()),
    }
}

/// The columns of a table: name, type, and what the file says it is.
fn columns(report: &serde_json::Value) -> Vec<String> {
    #[derive(Deserialize)]
    struct Column {
        name: String,
        kind: String,
        #[serde(default)]
        label: ColumnLabel,
    }
    let columns: Vec<Column> =
        serde_json::from_value(report["columns"].clone()).unwrap_or_default();
    let columns = columns.into_iter().map(|column| {
        let ColumnLabel { label, unit, .. } = column.label;
        let words = [Some(column.name), Some(column.kind), label, unit];
        words.into_iter().flatten().collect::<Vec<_>>().join("  ")
    });
    columns.collect()
}
