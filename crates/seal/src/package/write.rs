//! Writing a package: `Draft` → `Signed` → the sealed file.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::x25519::Recipient;
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::archive::{self, is_table_name};
use super::manifest::{
    MAX_MANIFEST, MAX_TABLES, Manifest, check_header, is_table_schema, trusted_comment,
};
use super::{Counts, Header, PackageId, PackageKind, TableInfo};
use crate::card::{Card, CardError, Role};
use crate::durable::NewFile;
use crate::log::GivenHead;
use crate::party::PartyKeys;
use crate::scratch::{Scratch, ScratchReader};
use crate::signature::SigningFailed;

/// A package whose tables are being written, each into an encrypted file without a name.
#[derive(Debug)]
pub struct Draft {
    dir: PathBuf,
    tables: Vec<DraftTable>,
}

#[derive(Debug)]
struct DraftTable {
    info: TableInfo,
    content: ScratchReader,
}

impl Draft {
    /// An empty draft whose tables wait in scratch files of `scratch_dir`.
    pub fn new(scratch_dir: &Path) -> Self {
        Self {
            dir: scratch_dir.to_owned(),
            tables: Vec::new(),
        }
    }

    /// Starts a table. Its bytes must be a Parquet file without key-value metadata; the table is in the
    /// package only after [`TableWriter::finish`].
    pub fn table(&mut self, name: &str, schema: Value) -> Result<TableWriter<'_>, WriteError> {
        if !is_table_name(name) {
            return Err(WriteError::TableName);
        }
        if self.tables.iter().any(|table| table.info.name == name) {
            return Err(WriteError::TableTwice {
                table: name.to_owned(),
            });
        }
        if self.tables.len() >= MAX_TABLES {
            return Err(WriteError::TooManyTables {
                maximum: MAX_TABLES,
            });
        }
        if !is_table_schema(&schema) {
            return Err(WriteError::Schema {
                table: name.to_owned(),
            });
        }
        let content = Scratch::create(&self.dir).map_err(|source| WriteError::Io {
            file: self.dir.clone(),
            source,
        })?;
        Ok(TableWriter {
            name: name.to_owned(),
            schema,
            content,
            hash: Sha256::new(),
            draft: self,
        })
    }

    /// Fixes the content: the signed manifest names every table, the sender and the recipient. `log` is the newest head of
    /// the sender's log; no package leaves without one.
    pub fn sign(
        self,
        header: Header,
        log: GivenHead,
        keys: &PartyKeys,
        recipient: &Card,
    ) -> Result<Signed, WriteError> {
        recipient.check()?;
        let kind = header.kind;
        if keys.card().role != kind.sender() {
            return Err(WriteError::SenderRole {
                kind,
                role: keys.card().role,
            });
        }
        if recipient.role != kind.recipient() {
            return Err(WriteError::RecipientRole {
                kind,
                role: recipient.role,
            });
        }
        if self.tables.is_empty() {
            return Err(WriteError::Empty);
        }
        check_header(&header).map_err(|field| WriteError::Field { field })?;
        let package_id = PackageId::random().map_err(|_| SigningFailed)?;
        let manifest = Manifest {
            package_id,
            header,
            sender: keys.card().into(),
            recipient: recipient.into(),
            tables: self.tables.iter().map(|table| table.info.clone()).collect(),
            log: Some(log),
        };
        let bytes = manifest.to_bytes().map_err(|_| SigningFailed)?;
        if bytes.len() as u64 > MAX_MANIFEST {
            return Err(WriteError::ManifestTooLong {
                maximum: MAX_MANIFEST,
            });
        }
        let signature = keys.signer.sign(&bytes, &trusted_comment(package_id))?;
        let recipient =
            Recipient::from_str(&recipient.recipient).map_err(|_| CardError::Recipient)?;
        Ok(Signed {
            package_id,
            manifest,
            bytes,
            signature,
            recipient,
            tables: self.tables,
        })
    }
}

/// Takes the bytes of one table's Parquet file. Dropped unfinished, the draft has no such table.
#[must_use = "the table is in the package only after `finish`"]
pub struct TableWriter<'a> {
    name: String,
    schema: Value,
    content: Scratch,
    hash: Sha256,
    draft: &'a mut Draft,
}

impl TableWriter<'_> {
    /// Ends the table.
    pub fn finish(self, counts: Counts) -> Result<(), WriteError> {
        let Self {
            name,
            schema,
            content,
            hash,
            draft,
        } = self;
        let info = TableInfo {
            path: format!("data/{name}.parquet"),
            name,
            bytes: content.len(),
            sha256: HEXLOWER.encode(&hash.finalize()),
            rows: counts.rows,
            distinct_number_ids: counts.distinct_number_ids,
            distinct_kana_ids: counts.distinct_kana_ids,
            schema,
        };
        let content = content.finish().map_err(|source| WriteError::Io {
            file: draft.dir.clone(),
            source,
        })?;
        draft.tables.push(DraftTable { info, content });
        Ok(())
    }
}

impl Write for TableWriter<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.content.write(buf)?;
        self.hash.update(buf.get(..written).unwrap_or(buf));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.content.flush()
    }
}

impl fmt::Debug for TableWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A package that can't change any more and waits to be written for its recipient.
pub struct Signed {
    package_id: PackageId,
    manifest: Manifest,
    bytes: Vec<u8>,
    signature: String,
    recipient: Recipient,
    tables: Vec<DraftTable>,
}

impl Signed {
    /// Its id.
    pub fn package_id(&self) -> PackageId {
        self.package_id
    }

    /// What it states.
    pub fn header(&self) -> &Header {
        &self.manifest.header
    }

    /// Its tables.
    pub fn tables(&self) -> &[TableInfo] {
        &self.manifest.tables
    }

    /// Writes the sealed file, which appears whole under `out` or not at all.
    pub fn seal(self, out: &Path) -> Result<Receipt, WriteError> {
        self.prepare(out)?.publish()
    }

    /// Writes the sealed file without a name, so that what it is can be recorded before anybody can have it.
    pub fn prepare(self, out: &Path) -> Result<Prepared, WriteError> {
        let Self {
            package_id,
            manifest: _,
            bytes,
            signature,
            recipient,
            tables,
        } = self;
        let failed = |source| failed(out, source);
        let counted = Counted {
            inner: NewFile::create(out).map_err(failed)?,
            hash: Sha256::new(),
            bytes: 0,
        };
        let counted = write_archive(counted, &recipient, &bytes, signature.as_bytes(), tables)
            .map_err(failed)?;
        let Counted { inner, hash, bytes } = counted;
        inner.sync().map_err(failed)?;
        let receipt = Receipt {
            package_id,
            path: out.to_owned(),
            bytes,
            sha256: HEXLOWER.encode(&hash.finalize()),
        };
        Ok(Prepared {
            receipt,
            file: inner,
        })
    }
}

fn failed(out: &Path, source: io::Error) -> WriteError {
    let file = out.to_owned();
    if source.kind() == io::ErrorKind::AlreadyExists {
        WriteError::Exists { file }
    } else {
        WriteError::Io { file, source }
    }
}

/// A sealed package on disk that has no name yet. Dropped, it is gone.
#[must_use = "a package that is not published is gone"]
#[derive(Debug)]
pub struct Prepared {
    receipt: Receipt,
    file: NewFile,
}

impl Prepared {
    /// What it will be, and where.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Gives it its name. A name taken meanwhile is [`WriteError::Exists`].
    pub fn publish(self) -> Result<Receipt, WriteError> {
        let Self { receipt, file } = self;
        file.commit()
            .map_err(|source| failed(&receipt.path, source))?;
        Ok(receipt)
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("package_id", &self.package_id)
            .finish_non_exhaustive()
    }
}

/// A sealed file as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the package.
    pub package_id: PackageId,
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the sealed file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

fn write_archive<W: Write>(
    out: W,
    recipient: &Recipient,
    manifest: &[u8],
    signature: &[u8],
    tables: Vec<DraftTable>,
) -> io::Result<W> {
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient as _))
        .map_err(io::Error::other)?;
    let mut tar = encryptor.wrap_output(out)?;
    for (name, content) in [
        (archive::MANIFEST, manifest),
        (archive::SIGNATURE, signature),
    ] {
        tar.write_all(&archive::header(name, content.len() as u64)?)?;
        tar.write_all(content)?;
        pad(&mut tar, content.len() as u64)?;
    }
    for DraftTable { info, mut content } in tables {
        tar.write_all(&archive::header(&info.path, info.bytes)?)?;
        content.seek(SeekFrom::Start(0))?;
        copy(&mut content, &mut tar)?;
        pad(&mut tar, info.bytes)?;
    }
    tar.write_all(&[0; 2 * archive::BLOCK])?;
    tar.finish()
}

fn pad(out: &mut impl Write, size: u64) -> io::Result<()> {
    let zeros = [0; archive::BLOCK];
    out.write_all(zeros.get(..archive::padding(size)).unwrap_or_default())
}

/// In pieces of age's chunk; `io::copy` would use an eighth of it.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(buffer.get(..read).unwrap_or_default())?;
    }
}

struct Counted<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        self.hash.update(buf.get(..written).unwrap_or(buf));
        self.bytes = self.bytes.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Why a package was not written. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The recipient's card is not well-formed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// There is no table in it.
    #[error("the package has no table")]
    Empty,
    /// Something has the name of the file.
    #[error("`{}` exists", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// A field of the header says what it may not.
    #[error("the field `{field}` of the header is not acceptable")]
    Field {
        /// The field, as in the manifest.
        field: &'static str,
    },
    /// The file, or a scratch file in the directory, can't be written.
    #[error("`{}` can't be written", file.display())]
    Io {
        /// The file or the scratch directory.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The manifest would be refused for its length.
    #[error("the manifest is longer than {maximum} bytes")]
    ManifestTooLong {
        /// The most there may be.
        maximum: u64,
    },
    /// Packages of this kind don't go to such a party.
    #[error("a package of kind `{kind}` doesn't go to a party of role `{role}`")]
    RecipientRole {
        /// The kind.
        kind: PackageKind,
        /// The recipient's role.
        role: Role,
    },
    /// The schema is no Table Schema.
    #[error("the schema of table `{table}` is no table schema")]
    Schema {
        /// The table.
        table: String,
    },
    /// Packages of this kind don't come from such a party.
    #[error("a package of kind `{kind}` doesn't come from a party of role `{role}`")]
    SenderRole {
        /// The kind.
        kind: PackageKind,
        /// Our role.
        role: Role,
    },
    /// The signature could not be made.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// Not `[a-z0-9_]{1,64}`.
    #[error("a table's name is not 1 to 64 of a-z, 0-9 and _")]
    TableName,
    /// Two tables of one name.
    #[error("the table `{table}` is there already")]
    TableTwice {
        /// The table.
        table: String,
    },
    /// More tables than a reader takes.
    #[error("the package has more than {maximum} tables")]
    TooManyTables {
        /// The most there may be.
        maximum: usize,
    },
}

impl WriteError {
    /// Every code with the names of its details; those of [`CardError`] are listed there.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.write.empty", &[]),
        ("seal.write.exists", &["file"]),
        ("seal.write.field", &["field"]),
        ("seal.write.io", &["file", "reason"]),
        ("seal.write.manifest_too_long", &["maximum"]),
        ("seal.write.recipient_role", &["kind", "role"]),
        ("seal.write.schema", &["table"]),
        ("seal.write.sender_role", &["kind", "role"]),
        ("seal.write.signing", &[]),
        ("seal.write.table_name", &[]),
        ("seal.write.table_twice", &["table"]),
        ("seal.write.too_many_tables", &["maximum"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Empty => "seal.write.empty",
            Self::Exists { .. } => "seal.write.exists",
            Self::Field { .. } => "seal.write.field",
            Self::Io { .. } => "seal.write.io",
            Self::ManifestTooLong { .. } => "seal.write.manifest_too_long",
            Self::RecipientRole { .. } => "seal.write.recipient_role",
            Self::Schema { .. } => "seal.write.schema",
            Self::SenderRole { .. } => "seal.write.sender_role",
            Self::Signing(_) => "seal.write.signing",
            Self::TableName => "seal.write.table_name",
            Self::TableTwice { .. } => "seal.write.table_twice",
            Self::TooManyTables { .. } => "seal.write.too_many_tables",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Card(error) => error.details(),
            Self::Empty | Self::Signing(_) | Self::TableName => Vec::new(),
            Self::Exists { file } => vec![("file", file.display().to_string())],
            Self::Field { field } => vec![("field", (*field).to_owned())],
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::ManifestTooLong { maximum } => vec![("maximum", maximum.to_string())],
            Self::RecipientRole { kind, role } | Self::SenderRole { kind, role } => {
                vec![("kind", kind.to_string()), ("role", role.to_string())]
            }
            Self::Schema { table } | Self::TableTwice { table } => vec![("table", table.clone())],
            Self::TooManyTables { maximum } => vec![("maximum", maximum.to_string())],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Card(error) => error.exit(),
            Self::RecipientRole { .. } | Self::SenderRole { .. } | Self::Exists { .. } => 1,
            Self::Empty
            | Self::Field { .. }
            | Self::ManifestTooLong { .. }
            | Self::Schema { .. }
            | Self::TableName
            | Self::TableTwice { .. }
            | Self::TooManyTables { .. } => 2,
            Self::Io { .. } | Self::Signing(_) => 3,
        }
    }
}
