//! The reject report: which records can get no ID, and why.

use std::io;
use std::path::{Path, PathBuf};

use renketsu_seal::durable::NewFile;
use renketsu_table::report::Report;

use super::RequestError;
use crate::intake::{self, Entry};
use crate::sources::Source;

/// The rejected records by file, entry of an archive and line, without a value.
pub(super) struct RejectReport {
    path: PathBuf,
    report: Report<NewFile>,
    files: Vec<String>,
}

impl RejectReport {
    pub(super) fn create(path: &Path, sources: &[Source]) -> Result<Self, RequestError> {
        let files = intake::files(sources).collect();
        let report = NewFile::create(path)
            .and_then(|file| Report::create(file, &["file", "entry", "line", "record", "reasons"]));
        match report {
            Ok(report) => Ok(Self {
                path: path.to_owned(),
                report,
                files,
            }),
            Err(source) => Err(failed(path, source)),
        }
    }

    pub(super) fn row(&mut self, entry: &Entry, reasons: &[String]) -> Result<(), RequestError> {
        let file = self.files.get(entry.file).map_or("", String::as_str);
        let cells = [
            file,
            &entry.record.entry.to_string(),
            &entry.record.line.to_string(),
            &entry.record.record.to_string(),
            &reasons.join(" "),
        ];
        self.report
            .row(&cells)
            .map_err(|source| failed(&self.path, source))
    }

    pub(super) fn commit(self) -> Result<PathBuf, RequestError> {
        let Self { path, report, .. } = self;
        match report.finish().and_then(NewFile::commit) {
            Ok(()) => Ok(path),
            Err(source) => Err(failed(&path, source)),
        }
    }
}

fn failed(path: &Path, source: io::Error) -> RequestError {
    let file = path.display().to_string();
    if source.kind() == io::ErrorKind::AlreadyExists {
        RequestError::RejectsExist { file }
    } else {
        RequestError::Io { file, source }
    }
}
