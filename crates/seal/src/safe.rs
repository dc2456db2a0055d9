//! A file at rest that only this party can read, and that it can destroy.
//!
//! `NAME` is an age file for a key made for it alone; `NAME.key` is an age file for the party, holding that
//! key and the party's signature over it and the file's name. Who can write to the disk can delete a
//! safe, but neither make one nor put one in another's place. Destroying erases the key first: what is left of the
//! payload on the medium is noise.

use std::fmt;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use age::stream::StreamWriter;
use age::x25519::{Identity, Recipient};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::durable::{self, NewFile};
use crate::party::PartyKeys;
use crate::signature::{Detached, SigningFailed, Verifier};
use crate::stream::{Source, Unopened, Window};

const FORMAT: &str = "renketsu.safe/1";
/// The content of a key file is under 1 KiB plus twice the name.
const MAX_KEY: usize = 8192;

/// Starts a safe. Its file name is part of it: it can move to another directory, together with its key, but
/// not be renamed.
pub fn create(path: &Path, keys: &PartyKeys) -> Result<SafeWriter, SafeError> {
    let payload = NewFile::create(path).map_err(|source| SafeError::file(path, source))?;
    let identity = Identity::generate();
    let sealed_key = seal_key(path, keys, &identity)?;
    let writer =
        wrap(&identity.to_public(), payload).map_err(|source| SafeError::file(path, source))?;
    Ok(SafeWriter {
        path: path.to_owned(),
        writer,
        sealed_key,
    })
}

/// Opens a safe of this party.
pub fn open(path: &Path, keys: &PartyKeys) -> Result<SafeReader, SafeError> {
    let key_path = key_path(path);
    let payload = durable::open_file(path).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            let file = path.to_owned();
            SafeError::Missing { file }
        } else {
            SafeError::file(path, source)
        }
    })?;
    let key = durable::open_file(&key_path).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound {
            let file = key_path.clone();
            SafeError::KeyMissing { file }
        } else {
            SafeError::file(&key_path, source)
        }
    })?;
    let mut stream = Source::read_head(key)
        .map_err(|fault| SafeError::unopened(&key_path, fault))?
        .decrypt(&keys.identity)
        .map_err(|error| SafeError::unopened(&key_path, error))?;
    let mut bytes = Zeroizing::new(vec![0_u8; MAX_KEY]);
    let mut filled = 0_usize;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        match stream.read(free).map_err(|_| SafeError::Damaged {
            file: key_path.clone(),
        })? {
            0 => break,
            read => filled = filled.saturating_add(read),
        }
    }
    bytes.truncate(filled);
    let identity = checked_key(path, keys, &bytes).ok_or(SafeError::Forged { file: key_path })?;
    let mut stream = Source::read_head(payload)
        .map_err(|fault| SafeError::unopened(path, fault))?
        .decrypt(&identity)
        .map_err(|error| SafeError::unopened(path, error))?;
    let length = stream
        .seek(SeekFrom::End(0))
        .map_err(|_| SafeError::Damaged {
            file: path.to_owned(),
        })?;
    Ok(SafeReader(Window::new(stream, 0, length)))
}

/// Erases the key, then the payload; returns when neither name exists any more. Completes a destruction
/// that was interrupted.
///
/// # Errors
/// [`SafeError::Missing`] if there is neither.
pub fn destroy(path: &Path) -> Result<Destroyed, SafeError> {
    let _lock = durable::lock_directory(path).map_err(|source| SafeError::file(path, source))?;
    let key_erased = erase_present(&key_path(path))?.is_some();
    let payload = erase_present(path)?;
    if !key_erased && payload.is_none() {
        return Err(SafeError::Missing {
            file: path.to_owned(),
        });
    }
    Ok(Destroyed {
        path: path.to_owned(),
        bytes: payload.unwrap_or(0),
        key_erased,
    })
}

/// Proof that a safe is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Where it was.
    pub path: PathBuf,
    /// Bytes of the encrypted payload that were overwritten.
    pub bytes: u64,
    /// Whether this call erased the key; an interrupted one before may have.
    pub key_erased: bool,
}

/// A safe while it is filled. Dropped before [`commit`](SafeWriter::commit), nothing is left.
pub struct SafeWriter {
    path: PathBuf,
    writer: StreamWriter<NewFile>,
    sealed_key: Vec<u8>,
}

impl SafeWriter {
    /// Makes the safe durable: key and payload, both or neither.
    pub fn commit(self) -> Result<(), SafeError> {
        let Self {
            path,
            writer,
            sealed_key,
        } = self;
        let key_path = key_path(&path);
        let payload = writer
            .finish()
            .map_err(|source| SafeError::file(&path, source))?;
        let _lock =
            durable::lock_directory(&path).map_err(|source| SafeError::file(&path, source))?;
        if fs::symlink_metadata(&path).is_ok() {
            return Err(SafeError::Exists { file: path });
        }
        // A key without a payload, seen under the lock, is left from a crash between the two names below.
        erase_present(&key_path)?;
        let key_written = NewFile::create(&key_path).and_then(|mut key| {
            key.write_all(&sealed_key)?;
            key.commit()
        });
        key_written.map_err(|source| SafeError::file(&key_path, source))?;
        if let Err(source) = payload.commit() {
            erase_present(&key_path)?;
            return Err(SafeError::file(&path, source));
        }
        Ok(())
    }
}

impl Write for SafeWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writer.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl fmt::Debug for SafeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafeWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The content of a safe. Reading fails with [`io::ErrorKind::InvalidData`] where it was altered.
pub struct SafeReader(Window);

impl SafeReader {
    /// Length of the content in bytes.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Read for SafeReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for SafeReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl fmt::Debug for SafeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafeReader")
            .field("length", &self.len())
            .finish_non_exhaustive()
    }
}

fn key_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn erase_present(path: &Path) -> Result<Option<u64>, SafeError> {
    match durable::erase(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SafeError::file(path, source)),
    }
}

fn wrap<W: Write>(recipient: &Recipient, out: W) -> io::Result<StreamWriter<W>> {
    age::Encryptor::with_recipients(std::iter::once(recipient as _))
        .map_err(io::Error::other)?
        .wrap_output(out)
}

/// What the party signs: format, name, and the public half of the one-file key.
fn signed_text(path: &Path, one_file: &Recipient) -> String {
    let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    format!("{FORMAT}\n{}\n{one_file}\n", HEXLOWER.encode(name))
}

fn seal_key(path: &Path, keys: &PartyKeys, identity: &Identity) -> Result<Vec<u8>, SafeError> {
    let signature = keys
        .signer
        .sign(signed_text(path, &identity.to_public()).as_bytes(), FORMAT)?;
    let content = Zeroizing::new(format!(
        "{}\n{signature}",
        identity.to_string().expose_secret()
    ));
    let own = Recipient::from_str(&keys.card().recipient).map_err(|_| SigningFailed)?;
    let sealed = wrap(&own, Vec::new()).and_then(|mut writer| {
        writer.write_all(content.as_bytes())?;
        writer.finish()
    });
    sealed.map_err(|source| SafeError::file(&key_path(path), source))
}

fn checked_key(path: &Path, keys: &PartyKeys, content: &[u8]) -> Option<Identity> {
    let (identity, signature) = std::str::from_utf8(content).ok()?.split_once('\n')?;
    let identity = Identity::from_str(identity).ok()?;
    let signature = Detached::parse(signature.as_bytes())?;
    let verifier = Verifier::parse(&keys.card().verifier)?;
    verifier
        .verify(
            signed_text(path, &identity.to_public()).as_bytes(),
            &signature,
        )
        .then_some(identity)
}

/// Why a safe could not be made, opened or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum SafeError {
    /// The payload or its key was altered or cut short.
    #[error("`{}` is damaged", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// The name is taken.
    #[error("`{}` exists", file.display())]
    Exists {
        /// The file that is there.
        file: PathBuf,
    },
    /// The key was not made by this party for this file.
    #[error("`{}` was not made by this party for this file", file.display())]
    Forged {
        /// The key file.
        file: PathBuf,
    },
    /// A file can't be read, written or erased.
    #[error("`{}` can't be read, written or erased", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The key is gone: the safe was destroyed, or its destruction interrupted.
    #[error("`{}` is missing: the safe was destroyed", file.display())]
    KeyMissing {
        /// The key file.
        file: PathBuf,
    },
    /// There is no such safe.
    #[error("`{}` is missing", file.display())]
    Missing {
        /// The payload.
        file: PathBuf,
    },
    /// It belongs to another party, or its payload to another key.
    #[error("`{}` can't be opened with the keys of this party", file.display())]
    OtherParty {
        /// The file.
        file: PathBuf,
    },
    /// The key could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl SafeError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.safe.damaged", &["file"]),
        ("seal.safe.exists", &["file"]),
        ("seal.safe.forged", &["file"]),
        ("seal.safe.io", &["file", "reason"]),
        ("seal.safe.key_missing", &["file"]),
        ("seal.safe.missing", &["file"]),
        ("seal.safe.other_party", &["file"]),
        ("seal.safe.signing", &[]),
    ];

    fn file(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { file }
        } else {
            Self::Io { file, source }
        }
    }

    fn unopened(file: &Path, fault: impl Into<Unopened>) -> Self {
        match fault.into() {
            Unopened::Io(source) => Self::file(file, source),
            Unopened::NotForUs => Self::OtherParty {
                file: file.to_owned(),
            },
            Unopened::Damaged => Self::Damaged {
                file: file.to_owned(),
            },
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "seal.safe.damaged",
            Self::Exists { .. } => "seal.safe.exists",
            Self::Forged { .. } => "seal.safe.forged",
            Self::Io { .. } => "seal.safe.io",
            Self::KeyMissing { .. } => "seal.safe.key_missing",
            Self::Missing { .. } => "seal.safe.missing",
            Self::OtherParty { .. } => "seal.safe.other_party",
            Self::Signing(_) => "seal.safe.signing",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Damaged { file }
            | Self::Exists { file }
            | Self::Forged { file }
            | Self::KeyMissing { file }
            | Self::Missing { file }
            | Self::OtherParty { file } => vec![("file", file.display().to_string())],
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Signing(_) => Vec::new(),
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Damaged { .. }
            | Self::Exists { .. }
            | Self::Forged { .. }
            | Self::KeyMissing { .. }
            | Self::OtherParty { .. } => 1,
            Self::Missing { .. } => 2,
            Self::Io { .. } | Self::Signing(_) => 3,
        }
    }
}
