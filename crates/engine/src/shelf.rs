//! Files of a study in its vault: written whole or not at all, read under their own keys.

use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use renketsu_seal::durable::{self, NewFile};
use renketsu_seal::vault::{Entry, FileKey, FileName, OpenStudy, VaultError, Wrapped};
use renketsu_table::parquet::{ParquetSink, ParquetSource, Purpose, SinkError, Sorting};
use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use crate::person::PersonSet;

mod fault;

pub use fault::FileError;

/// The column of the person number in every table that SQL sees: `UInt32`, never null, ascending.
pub(crate) const PERSON: &str = "person";

/// File of a saved cohort.
pub const COHORT: &str = "cohort";

/// Rows of a batch that is read from a source, and of one that is written.
pub(crate) const BATCH_ROWS: usize = 16 * 1024;

/// The files of one study: where they lie, and the key that wraps theirs.
#[derive(Debug, Clone)]
pub struct Shelf {
    root: PathBuf,
    study: Arc<OpenStudy>,
    sealed: bool,
}

impl Shelf {
    /// The study's files below `root` (the party's directory), sealed.
    pub fn new(root: &Path, study: Arc<OpenStudy>) -> Self {
        Self {
            root: root.to_owned(),
            study,
            sealed: true,
        }
    }

    /// A shelf **without encryption**, to measure what encryption costs. Nothing but a benchmark may call this; the
    /// house's checks hold it.
    pub fn in_clear(root: &Path, study: Arc<OpenStudy>) -> Self {
        Self {
            sealed: false,
            ..Self::new(root, study)
        }
    }

    /// The party's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of a file of this study.
    pub(crate) fn name(&self, table: &str, file: &str, version: u64) -> FileName {
        FileName {
            study: self.study.study_key().study().to_owned(),
            table: table.to_owned(),
            file: file.to_owned(),
            version,
        }
    }

    fn fresh(&self, name: &FileName) -> Result<(Option<FileKey>, Wrapped), FileError> {
        let (key, wrapped) = self.study.study_key().new_file(name)?;
        Ok((self.sealed.then_some(key), wrapped))
    }

    /// The file of an entry of the catalogue, whose length is still the recorded one.
    pub fn open(&self, entry: &Entry) -> Result<StoredFile, FileError> {
        let path = self.root.join(&entry.path);
        let found = std::fs::metadata(&path).map_err(|source| FileError::at(&path, source))?;
        if !found.is_file() || found.len() != entry.bytes {
            return Err(FileError::Changed { path });
        }
        let key = self.study.study_key().open_file(&entry.name, &entry.key)?;
        Ok(StoredFile {
            path,
            key: self.sealed.then(|| Arc::new(key)),
            sha256: entry.sha256.clone(),
        })
    }

    /// Begins a Parquet file at `path`.
    pub(crate) fn table(
        &self,
        path: &Path,
        name: FileName,
        schema: &Schema,
        sorting: &Sorting,
    ) -> Result<TableFile, FileError> {
        let (key, wrapped) = self.fresh(&name)?;
        let file = NewFile::create(path).map_err(|source| FileError::at(path, source))?;
        let target = Digested {
            file: io::BufWriter::with_capacity(1 << 20, file),
            hash: Sha256::new(),
            bytes: 0,
        };
        let sink = ParquetSink::begin(target, schema, sorting, Purpose::Rest(key.as_ref()))?;
        Ok(TableFile {
            path: path.to_owned(),
            label: self.label(path, name, wrapped),
            sink,
        })
    }

    /// Writes a saved cohort of `table`'s name.
    pub fn save_cohort(
        &self,
        path: &Path,
        table: &str,
        version: u64,
        persons: &PersonSet,
    ) -> Result<Entry, FileError> {
        self.persons(
            path,
            self.name(table, COHORT, version),
            &persons.to_bitmap(),
        )
    }

    /// Writes a set of persons in the portable Roaring format, sealed.
    pub(crate) fn persons(
        &self,
        path: &Path,
        name: FileName,
        persons: &RoaringBitmap,
    ) -> Result<Entry, FileError> {
        let mut bytes = Vec::new();
        persons
            .serialize_into(&mut bytes)
            .map_err(|source| FileError::at(path, source))?;
        self.small(path, name, bytes)
    }

    /// Writes a file that fits into memory, sealed as a whole.
    pub(crate) fn small(
        &self,
        path: &Path,
        name: FileName,
        bytes: Vec<u8>,
    ) -> Result<Entry, FileError> {
        let (key, wrapped) = self.fresh(&name)?;
        let io = |source| FileError::at(path, source);
        let sealed = match &key {
            Some(key) => key.seal(&bytes)?,
            None => bytes,
        };
        let mut file = NewFile::create(path).map_err(io)?;
        file.write_all(&sealed)
            .and_then(|()| file.commit())
            .map_err(io)?;
        let sha256 = hex(&Sha256::digest(&sealed));
        Ok(self
            .label(path, name, wrapped)
            .entry(sealed.len() as u64, sha256))
    }

    fn label(&self, path: &Path, name: FileName, wrapped: Wrapped) -> Label {
        Label {
            path: path
                .strip_prefix(&self.root)
                .unwrap_or(path)
                .display()
                .to_string(),
            name,
            wrapped,
        }
    }
}

/// What the catalogue will say of a file, before the file is finished.
struct Label {
    name: FileName,
    path: String,
    wrapped: Wrapped,
}

impl Label {
    fn entry(self, bytes: u64, sha256: String) -> Entry {
        Entry {
            name: self.name,
            path: self.path,
            bytes,
            sha256,
            key: self.wrapped,
        }
    }
}

/// A file of the vault that may be read.
#[derive(Debug, Clone)]
pub struct StoredFile {
    path: PathBuf,
    key: Option<Arc<FileKey>>,
    sha256: String,
}

impl StoredFile {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn key(&self) -> Option<&FileKey> {
        self.key.as_deref()
    }

    /// Opens it as a table.
    pub(crate) fn table(&self) -> Result<ParquetSource, renketsu_table::parquet::ParquetError> {
        match &self.key {
            Some(key) => ParquetSource::resting(&self.path, key),
            None => ParquetSource::file(&self.path),
        }
    }

    /// Reads a set of persons.
    pub fn persons(&self) -> Result<RoaringBitmap, FileError> {
        self.small(|bytes| RoaringBitmap::deserialize_from(bytes).ok())
    }

    /// Reads a file that was sealed as a whole. What `form` can't read is not what was written.
    pub(crate) fn small<T>(&self, form: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, FileError> {
        let bytes =
            durable::read_file(&self.path).map_err(|source| FileError::at(&self.path, source))?;
        match &self.key {
            Some(key) => form(&key.open(&bytes)?),
            None => form(&bytes),
        }
        .ok_or_else(|| FileError::Changed {
            path: self.path.clone(),
        })
    }

    /// Reads every byte and holds the digest against the catalogue's.
    pub fn verify(&self) -> Result<(), FileError> {
        let io = |source| FileError::at(&self.path, source);
        let mut file = durable::open_file(&self.path).map_err(io)?;
        let mut hash = Hashing(Sha256::new());
        io::copy(&mut file, &mut hash).map_err(io)?;
        if hex(&hash.0.finalize()).eq_ignore_ascii_case(&self.sha256) {
            Ok(())
        } else {
            Err(FileError::Changed {
                path: self.path.clone(),
            })
        }
    }
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A new file that counts and digests what goes into it.
struct Digested {
    file: io::BufWriter<NewFile>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Digested {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.hash.update(data.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A Parquet file being written; dropped before [`finish`](Self::finish) it leaves nothing.
pub(crate) struct TableFile {
    path: PathBuf,
    label: Label,
    sink: ParquetSink<Digested>,
}

impl TableFile {
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        self.sink
            .write(batch)
            .map_err(|error| placed(&self.path, error))
    }

    pub(crate) fn rows(&self) -> u64 {
        self.sink.rows()
    }

    /// Gives the file its name, and the catalogue its entry.
    pub(crate) fn finish(self) -> Result<Entry, FileError> {
        let Self { path, label, sink } = self;
        let io = |source| FileError::at(&path, source);
        let written = sink.finish().map_err(|error| placed(&path, error))?;
        let Digested { file, hash, bytes } = written.target;
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(NewFile::commit)
            .map_err(io)?;
        Ok(label.entry(bytes, hex(&hash.finalize())))
    }
}

/// Makes a directory below `root` that is nobody else's: of two who want one name, one gets it, and may remove it again.
/// Only its owner may look into it, as into all that is made on the way.
pub(crate) fn own_dir(root: &Path, path: &Path) -> Result<(), FileError> {
    let at = |source| FileError::at(path, source);
    if let Some(path) = durable::detour(root, path).map_err(at)? {
        let source = io::ErrorKind::NotADirectory.into();
        return Err(FileError::Io { path, source });
    }
    let private = |path, recursive| {
        let mut directory = DirBuilder::new();
        directory.mode(0o700).recursive(recursive).create(path)
    };
    path.parent()
        .map_or(Ok(()), |parent| private(parent, true))
        .map_err(at)?;
    private(path, false).map_err(at)
}

/// `bytes` in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A failure of the target, with its name.
fn placed(path: &Path, error: SinkError) -> FileError {
    if let SinkError::Io { source } = error {
        FileError::at(path, source)
    } else {
        error.into()
    }
}

impl From<VaultError> for FileError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}
