//! Packages and files by command: as in the browser, one step after the other.

use std::path::Path;

use axum::http::Method;
use serde::Deserialize;

use super::{CallError, Caller, Problem, sending};

/// The refusal of a file that came before, with its delivery.
const AGAIN: &str = "workspace.intake.again";

/// A package that the server has verified.
#[derive(Debug, Clone)]
pub struct Came {
    /// Under which number.
    pub delivery: String,
    /// What it is: a kind of package.
    pub kind: String,
}

/// A table that was imported.
#[derive(Debug, Clone, Deserialize)]
pub struct Kept {
    /// Its name in the study; of a removal what stands for it.
    pub table: String,
    /// Its version.
    pub version: u64,
    /// Its rows.
    pub rows: u64,
    /// Rows with a `number_id`.
    pub number: u64,
    /// Rows with a `kana_id` alone.
    pub kana_only: u64,
    /// Rows with neither.
    pub neither: u64,
}

/// A table to be taken from a package.
#[derive(Debug, Clone, Copy)]
pub struct Taking<'a> {
    /// Its name in the package.
    pub package_table: &'a str,
    /// Its name in the study.
    pub table: &'a str,
    /// What it is.
    pub kind: &'a str,
    /// Columns to keep although they look identifying.
    pub keep: &'a [String],
    /// Whether it is the next version of a table that is there.
    pub replace: bool,
}

/// A file without a seal in the study's incoming directory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain<'a> {
    /// Its name there.
    pub name: &'a str,
    /// Its name in the study.
    pub table: &'a str,
    /// What it is.
    pub kind: &'a str,
    /// Where its content was published.
    pub source: &'a str,
    /// The provision it was made for.
    pub provision: &'a str,
    /// Its key check values.
    pub kcv: &'a str,
    /// The column of its number IDs.
    pub number_id: &'a str,
    /// The column of its kana IDs.
    pub kana_id: &'a str,
    /// The column that says whether a kana ID is unique.
    pub kana_unique: &'a str,
    /// Its approval number.
    pub approval: &'a str,
    /// Columns to keep although they look identifying.
    pub keep: &'a [String],
    /// Whether it is the next version of a table that is there.
    pub replace: bool,
}

/// A package as its page tells it.
#[derive(Deserialize)]
struct Told {
    runs: bool,
    delivery: String,
    kind: Option<String>,
    problem: Option<Problem>,
}

impl Caller {
    /// Sends a sealed package into the quarantine, and waits until it is verified. A file that is there already is that one.
    pub fn receive(&mut self, path: &Path) -> Result<Came, CallError> {
        let sent = sending::file(&self.form(), path).map_err(|source| CallError::File {
            path: path.to_owned(),
            source,
        })?;
        let reply = self.exchange(&Method::POST, "/packages", Some(sent))?;
        let address = match self.gone_to(&reply) {
            Ok(address) => address.to_owned(),
            Err(CallError::Told { code, details, .. }) if code == AGAIN => {
                let delivery = details.get("delivery").ok_or_else(|| self.unread())?;
                format!("/packages/{delivery}")
            }
            Err(error) => return Err(error),
        };
        let told: Told = self.settled(&address, |told: &Told| !told.runs)?;
        match (told.problem, told.kind) {
            // What was verified may have failed since, for another table.
            (_, Some(kind)) => Ok(Came {
                delivery: told.delivery,
                kind,
            }),
            (Some(problem), None) => Err(problem.into()),
            (None, None) => Err(self.unread()),
        }
    }

    /// Imports a table of a verified package, with its IDs where they came apart.
    pub fn import(
        &mut self,
        came: &Came,
        ids: Option<&Came>,
        taking: Taking<'_>,
    ) -> Result<Kept, CallError> {
        let keep = taking.keep.join("\n");
        let mut fields = vec![
            ("package-table", taking.package_table),
            ("table", taking.table),
            ("kind", taking.kind),
            ("keep", keep.as_str()),
        ];
        fields.extend(ids.map(|ids| ("ids", ids.delivery.as_str())));
        fields.extend(taking.replace.then_some(("replace", "on")));
        self.kept(&format!("/packages/{}/import", came.delivery), &fields)
    }

    /// Takes a verified removal.
    pub fn remove(&mut self, came: &Came) -> Result<Kept, CallError> {
        self.kept(&format!("/packages/{}/import", came.delivery), &[])
    }

    /// Imports a file without a seal.
    pub fn import_plain(&mut self, plain: Plain<'_>) -> Result<Kept, CallError> {
        let keep = plain.keep.join("\n");
        let mut fields = vec![
            ("name", plain.name),
            ("table", plain.table),
            ("kind", plain.kind),
            ("source", plain.source),
            ("provision", plain.provision),
            ("kcv", plain.kcv),
            ("number-id", plain.number_id),
            ("kana-id", plain.kana_id),
            ("kana-unique", plain.kana_unique),
            ("approval", plain.approval),
            ("keep", keep.as_str()),
        ];
        fields.extend(plain.replace.then_some(("replace", "on")));
        self.kept("/packages/plain", &fields)
    }

    fn kept(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Kept, CallError> {
        let done = self.done(path, fields)?;
        // The server was started again meanwhile.
        done.imported
            .ok_or_else(|| CallError::of_code("web.door.gone"))
    }
}
