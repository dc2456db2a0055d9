//! Where in the sources something stands.

use std::path::Path;

/// A place in a source file. It names no content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as the operator named it.
    pub file: String,
    /// The number of the archive's entry in the order of its directory, from 1; 0 outside an archive.
    pub entry: u64,
    /// The physical line, from 1; 0 where none can be told.
    pub line: u64,
}

impl Place {
    /// The beginning of a file.
    pub(crate) fn of(path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            ..Self::default()
        }
    }

    pub(crate) fn at_line(&self, line: u64) -> Self {
        Self {
            line,
            ..self.clone()
        }
    }

    pub(crate) fn at_entry(&self, entry: u64) -> Self {
        Self {
            entry,
            ..self.clone()
        }
    }

    /// `file`, `entry` and `line` for a message.
    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("file", self.file.clone()),
            ("entry", self.entry.to_string()),
            ("line", self.line.to_string()),
        ]
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "`{}`", self.file)?;
        if self.entry > 0 {
            write!(out, " entry {}", self.entry)?;
        }
        if self.line > 0 {
            write!(out, " line {}", self.line)?;
        }
        Ok(())
    }
}
