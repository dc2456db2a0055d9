//! Files and directories that the operator named.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

/// The most bytes of a document that is read whole, to be parsed beside others.
pub(crate) const SMALL: u64 = 1024 * 1024;
/// The most files below one named directory, and the most directories.
const MAX_FILES: usize = 1_000_000;

/// The files that are meant: those named, and of a directory all below it with one of the endings, by name. Links inside
/// a directory are not followed.
pub fn files(named: &[PathBuf], endings: &[&str]) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    for path in named {
        let about = std::fs::metadata(path).map_err(|source| failed(path, source))?;
        if !about.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        let mut waiting = vec![path.clone()];
        while let Some(directory) = waiting.pop() {
            let mut entries: Vec<PathBuf> = std::fs::read_dir(&directory)
                .and_then(|entries| {
                    entries
                        .map(|entry| entry.map(|entry| entry.path()))
                        .collect()
                })
                .map_err(|source| failed(&directory, source))?;
            entries.sort();
            // The first by name is taken first from the end.
            for entry in entries.iter().rev() {
                let kind =
                    std::fs::symlink_metadata(entry).map_err(|source| failed(entry, source))?;
                if kind.is_dir() {
                    waiting.push(entry.clone());
                }
            }
            found.extend(entries.into_iter().filter(|entry| fits(entry, endings)));
            if found.len().max(waiting.len()) > MAX_FILES {
                return Err(InputError::Many {
                    file: path.display().to_string(),
                });
            }
        }
        if found.len() == before {
            return Err(InputError::Nothing {
                file: path.display().to_string(),
            });
        }
    }
    Ok(found)
}

fn fits(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let known = ending.is_some_and(|ending| {
        endings
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    });
    known && std::fs::symlink_metadata(path).is_ok_and(|about| about.is_file())
}

/// Opens a file, and refuses a directory.
pub(crate) fn open(path: &Path) -> Result<File, InputError> {
    let file = renketsu_seal::durable::open_file(path).map_err(|source| failed(path, source))?;
    let about = file.metadata().map_err(|source| failed(path, source))?;
    if about.is_dir() {
        return Err(InputError::Nothing {
            file: path.display().to_string(),
        });
    }
    Ok(file)
}

/// A document's bytes: all of them, or of a larger one a reader.
pub(crate) enum Document {
    Small(Vec<u8>),
    Large(Chain<Cursor<Vec<u8>>, File>),
}

/// Opens a document that has something in it.
pub(crate) fn document(path: &Path) -> Result<Document, InputError> {
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(SMALL.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| failed(path, source))?;
    if bytes.is_empty() {
        return Err(InputError::Empty {
            file: path.display().to_string(),
        });
    }
    Ok(if bytes.len() as u64 > SMALL {
        Document::Large(Cursor::new(bytes).chain(file))
    } else {
        Document::Small(bytes)
    })
}

pub(crate) fn failed(path: &Path, source: io::Error) -> InputError {
    let file = path.display().to_string();
    if source.kind() == io::ErrorKind::NotFound {
        InputError::Missing { file }
    } else {
        InputError::Io { file, source }
    }
}

/// Why a file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Nothing in it.
    #[error("`{file}` is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// The system could not read it.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// More than a million files or directories.
    #[error("`{file}` holds too many files")]
    Many {
        /// The directory.
        file: String,
    },
    /// No such file.
    #[error("`{file}` does not exist")]
    Missing {
        /// The path.
        file: String,
    },
    /// A directory without a file of this kind.
    #[error("`{file}` holds no file of this kind")]
    Nothing {
        /// The directory.
        file: String,
    },
}

impl InputError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.input.empty", &["file"]),
        ("producer.input.io", &["file", "reason"]),
        ("producer.input.many", &["file"]),
        ("producer.input.missing", &["file"]),
        ("producer.input.nothing", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "producer.input.empty",
            Self::Io { .. } => "producer.input.io",
            Self::Many { .. } => "producer.input.many",
            Self::Missing { .. } => "producer.input.missing",
            Self::Nothing { .. } => "producer.input.nothing",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Empty { file }
            | Self::Many { file }
            | Self::Missing { file }
            | Self::Nothing { file } => vec![("file", file.clone())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::Empty { .. }
            | Self::Many { .. }
            | Self::Missing { .. }
            | Self::Nothing { .. } => 2,
        }
    }
}
