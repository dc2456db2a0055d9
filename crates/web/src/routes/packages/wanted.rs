//! What somebody wants taken from a verified package.

use renketsu_seal::package::PackageKind;
use renketsu_store::QuarantineRecord;
use renketsu_workspace::intake::{Contents, IntakeError};
use renketsu_workspace::{Database, REMOVAL_TABLE, Standing, TableKind};

use super::contents;
use crate::fault::Fault;
use crate::form::Fields;

/// Public databases.
const DATABASES: [TableKind; 3] = [
    TableKind::Public(Database::Ndb),
    TableKind::Public(Database::Dpc),
    TableKind::Public(Database::Kaigo),
];

/// A package that was verified, and what it says of itself.
pub(super) struct Came {
    pub(super) record: QuarantineRecord,
    pub(super) contents: Contents,
}

impl Came {
    pub(super) fn verified(record: QuarantineRecord) -> Result<Self, Fault> {
        match contents(&record).filter(|_| record.state == "verified") {
            Some(contents) => Ok(Self { record, contents }),
            None => Err(IntakeError::State {
                delivery: record.delivery,
            }
            .into()),
        }
    }

    pub(super) fn both(&self) -> (&QuarantineRecord, &Contents) {
        (&self.record, &self.contents)
    }
}

/// A table of a package.
pub(super) struct WantedTable {
    pub(super) package_table: String,
    /// Its name in the study.
    pub(super) table: String,
    pub(super) kind: TableKind,
    pub(super) standing: Standing,
    /// Columns that stay although they look identifying.
    pub(super) keep: Vec<String>,
    /// The IDs of its rows, where they come apart.
    pub(super) ids: Option<Came>,
}

/// What is taken from a package.
pub(super) enum Wanted {
    Table(Box<WantedTable>),
    /// Whom the producer wants removed.
    Removal,
}

/// What a table of a package can be: what its sender says it is.
pub(super) fn kinds(contents: &Contents) -> Vec<TableKind> {
    match contents.kind {
        PackageKind::Delivery => vec![TableKind::Anonymized],
        PackageKind::Columns | PackageKind::Extract => DATABASES
            .into_iter()
            .filter(|kind| {
                let mut named = contents.databases.iter();
                named.any(|database| database == kind.as_str())
            })
            .collect(),
        PackageKind::Answer
        | PackageKind::Ids
        | PackageKind::References
        | PackageKind::Removal
        | PackageKind::Request
        | PackageKind::Stamps
        | PackageKind::Subjects
        | PackageKind::Terms
        | PackageKind::Tokens => Vec::new(),
    }
}

/// The names of columns in a field, one on a line or with commas between.
pub(super) fn columns(text: &str) -> Vec<String> {
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Wanted {
    /// What a form asks of a package.
    pub(super) fn read(fields: &Fields, came: &Came, ids: Option<Came>) -> Result<Self, Fault> {
        let contents = &came.contents;
        let other = |contents: &Contents| {
            let kind = contents.kind.as_str();
            Fault::from(IntakeError::OtherKind { kind })
        };
        if let Some(ids) = &ids
            && (ids.contents.kind != PackageKind::Stamps || contents.kind != PackageKind::Columns)
        {
            return Err(other(&ids.contents));
        }
        if contents.kind == PackageKind::Removal {
            return Ok(Self::Removal);
        }
        if contents.kind == PackageKind::Columns && ids.is_none() {
            let delivery = came.record.delivery.clone();
            return Err(refused("workspace.import.ids_needed", "path", delivery));
        }
        let kind = kinds(contents)
            .into_iter()
            .find(|kind| kind.as_str() == fields.get("kind"))
            .ok_or_else(|| other(contents))?;
        let package_table = fields.get("package-table").to_owned();
        let tables = contents.tables.iter().map(|(name, _)| name.as_str());
        let tables: Vec<&str> = tables.collect();
        if !tables.contains(&package_table.as_str()) {
            return Err(Fault::Refused {
                code: "workspace.import.no_table",
                details: vec![("table", package_table), ("tables", tables.join(", "))],
            });
        }
        let named = fields.get("table").trim();
        Ok(Self::Table(Box::new(WantedTable {
            table: if named.is_empty() {
                package_table.clone()
            } else {
                named.to_owned()
            },
            package_table,
            kind,
            standing: standing(fields),
            keep: columns(fields.get("keep")),
            ids,
        })))
    }

    /// The table's name in the study, or what stands for it.
    pub(super) fn table(&self) -> &str {
        match self {
            Self::Table(wanted) => &wanted.table,
            Self::Removal => REMOVAL_TABLE,
        }
    }

    /// Its name in the package.
    pub(super) fn package_table(&self) -> &str {
        match self {
            Self::Table(wanted) => &wanted.package_table,
            Self::Removal => REMOVAL_TABLE,
        }
    }

    pub(super) fn ids(&self) -> Option<&Came> {
        match self {
            Self::Table(wanted) => wanted.ids.as_ref(),
            Self::Removal => None,
        }
    }
}

fn refused(code: &'static str, name: &'static str, value: String) -> Fault {
    let details = vec![(name, value)];
    Fault::Refused { code, details }
}

/// Whether the table is there already.
pub(super) fn standing(fields: &Fields) -> Standing {
    if fields.has("replace") {
        Standing::Replaced
    } else {
        Standing::New
    }
}
