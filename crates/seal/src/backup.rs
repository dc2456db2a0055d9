//! A backup of a party's directory, sealed by the party for itself (`renketsu.backup/1`).
//!
//! An age file for the party's own card, in it a tar: the files, numbered, then `manifest.json` with path, length and SHA-256 of each,
//! then the party's minisign signature over that. `age -d -i KEY FILE | tar x` opens it without this program. Which files
//! belong to a party, and which never leave it, is the state's to say (`renketsu_store::backup`).

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr as _;

use age::stream::{StreamReader, StreamWriter};
use age::x25519::Recipient;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

mod error;

pub use error::BackupError;

use crate::card::{Fingerprint, Role};
use crate::durable::{self, NewFile};
use crate::package::archive::{self, BLOCK, Entry, MAX_TRAILER};
use crate::party::PartyKeys;
use crate::signature::{Detached, MAX_SIGNATURE_FILE, SigningFailed, Verifier};
use crate::stream::Source;

const FORMAT: &str = "renketsu.backup/1";
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.json.minisig";
/// A line per file: a million files take less.
const MAX_MANIFEST: u64 = 256 * 1024 * 1024;

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Where it lies below the party's directory.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `renketsu.backup/1`.
    pub format: String,
    /// Whose it is.
    pub party: Fingerprint,
    /// The name on its card.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// How many entries the record had.
    pub entries: u64,
    /// The hash of the last one; none of an empty record.
    pub head: Option<String>,
    /// The files, in the order in which they lie in the backup.
    pub files: Vec<Item>,
    /// Paths that are not in the backup, and that those who keep them put back.
    pub custodians: Vec<String>,
    /// Paths that are in no backup and are not put back either.
    pub left_out: Vec<String>,
}

/// What the maker of a backup says of the party's record, and of what stays behind.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// How many entries the record has.
    pub entries: u64,
    /// The hash of the last one.
    pub head: Option<String>,
    /// See [`Manifest::custodians`].
    pub custodians: Vec<String>,
    /// See [`Manifest::left_out`].
    pub left_out: Vec<String>,
}

fn numbered(place: usize) -> String {
    format!("files/{place:07}")
}

/// A backup while it is filled. Dropped before [`PreparedBackup::publish`], nothing is left.
pub struct BackupWriter {
    path: PathBuf,
    writer: StreamWriter<NewFile>,
    files: Vec<Item>,
}

impl BackupWriter {
    /// Starts the backup that will be `path`, a new file.
    pub fn create(path: &Path, keys: &PartyKeys) -> Result<Self, BackupError> {
        let io = |source| BackupError::file(path, source);
        let file = NewFile::create(path).map_err(io)?;
        let own = Recipient::from_str(&keys.card().recipient).map_err(|_| SigningFailed)?;
        let writer = age::Encryptor::with_recipients(std::iter::once(&own as _))
            .map_err(|_| SigningFailed)?
            .wrap_output(file)
            .map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            files: Vec::new(),
        })
    }

    /// Adds the file that lies at `path` below the party's directory.
    pub fn add(&mut self, path: &str, from: &mut dyn Read, bytes: u64) -> Result<(), BackupError> {
        let name = numbered(self.files.len().saturating_add(1));
        let sha256 = self.entry(&name, path, from, bytes)?;
        self.files.push(Item {
            path: path.to_owned(),
            bytes,
            sha256,
        });
        Ok(())
    }

    /// As [`add`](Self::add), for a file as it lies there.
    pub fn add_file(&mut self, path: &str, file: File) -> Result<(), BackupError> {
        let bytes = file
            .metadata()
            .map_err(|source| BackupError::file(Path::new(path), source))?
            .len();
        self.add(
            path,
            &mut io::BufReader::with_capacity(1 << 18, file),
            bytes,
        )
    }

    fn entry(
        &mut self,
        name: &str,
        path: &str,
        from: &mut dyn Read,
        bytes: u64,
    ) -> Result<String, BackupError> {
        let out = |source| BackupError::file(&self.path, source);
        let header = archive::header(name, bytes).map_err(out)?;
        self.writer.write_all(&header).map_err(out)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 17];
        let mut from = from.take(bytes);
        let mut length = 0_u64;
        loop {
            let read = from
                .read(&mut buffer)
                .map_err(|source| BackupError::file(Path::new(path), source))?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
                break;
            };
            hash.update(part);
            self.writer
                .write_all(part)
                .map_err(|source| BackupError::file(&self.path, source))?;
            length = length.saturating_add(read as u64);
        }
        if length != bytes {
            return Err(BackupError::Changed {
                name: path.to_owned(),
            });
        }
        let padding = vec![0_u8; archive::padding(bytes)];
        self.writer
            .write_all(&padding)
            .map_err(|source| BackupError::file(&self.path, source))?;
        Ok(HEXLOWER.encode(&hash.finalize()))
    }

    /// Signs what is in it, and makes it durable, still without a name.
    pub fn finish(
        mut self,
        keys: &PartyKeys,
        about: About,
        now: Timestamp,
    ) -> Result<PreparedBackup, BackupError> {
        let card = keys.card();
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            party: card.fingerprint(),
            name: card.name.clone(),
            role: card.role,
            created: now,
            entries: about.entries,
            head: about.head,
            files: std::mem::take(&mut self.files),
            custodians: about.custodians,
            left_out: about.left_out,
        };
        let json = serde_json::to_vec_pretty(&manifest).map_err(|_| SigningFailed)?;
        let signature = keys.signer.sign(&json, FORMAT)?;
        let sha256 = self.entry(MANIFEST, MANIFEST, &mut json.as_slice(), json.len() as u64)?;
        let signature = signature.as_bytes();
        self.entry(
            SIGNATURE,
            SIGNATURE,
            &mut &*signature,
            signature.len() as u64,
        )?;
        let Self {
            path, mut writer, ..
        } = self;
        let io = |source| BackupError::file(&path, source);
        writer.write_all(&[0; BLOCK]).map_err(io)?;
        writer.write_all(&[0; BLOCK]).map_err(io)?;
        let file = writer.finish().map_err(io)?;
        file.sync().map_err(io)?;
        Ok(PreparedBackup {
            file,
            manifest,
            sha256,
        })
    }
}

impl fmt::Debug for BackupWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A whole backup that has no name yet, so that it can be recorded before.
#[derive(Debug)]
pub struct PreparedBackup {
    file: NewFile,
    manifest: Manifest,
    sha256: String,
}

impl PreparedBackup {
    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Gives it its name.
    pub fn publish(self) -> Result<Manifest, BackupError> {
        let path = self.file.path().to_owned();
        self.file
            .commit()
            .map_err(|source| BackupError::file(&path, source))?;
        Ok(self.manifest)
    }
}

/// A backup of which every byte was held against the party's signature.
#[derive(Debug)]
pub struct VerifiedBackup {
    path: PathBuf,
    source: Source,
    manifest: Manifest,
}

impl VerifiedBackup {
    /// Reads a backup whole. Nothing is written.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], [`BackupError::Forged`], [`BackupError::Digest`], [`BackupError::OtherParty`].
    pub fn read(path: &Path, keys: &PartyKeys) -> Result<Self, BackupError> {
        let damaged = || BackupError::Damaged {
            file: path.to_owned(),
        };
        let file = durable::open_file(path).map_err(|source| BackupError::file(path, source))?;
        let source = Source::read_head(file).map_err(|fault| BackupError::unopened(path, fault))?;
        let mut tar = Tar::open(path, &source, keys)?;
        let mut found = Vec::new();
        let json = loop {
            let (name, size) = tar.next()?.ok_or_else(damaged)?;
            if name == MANIFEST {
                break tar.content(size, MAX_MANIFEST)?;
            }
            if name != numbered(found.len().saturating_add(1)) {
                return Err(damaged());
            }
            let mut hash = Sha256::new();
            tar.copy(size, &mut |part| {
                hash.update(part);
                Ok(())
            })?;
            found.push((size, HEXLOWER.encode(&hash.finalize())));
        };
        let (name, size) = tar.next()?.ok_or_else(damaged)?;
        if name != SIGNATURE {
            return Err(damaged());
        }
        let signature = tar.content(size, MAX_SIGNATURE_FILE)?;
        tar.end()?;
        let manifest = proven(&json, &signature, keys).ok_or_else(|| BackupError::Forged {
            file: path.to_owned(),
        })?;
        if manifest.files.len() != found.len() {
            return Err(damaged());
        }
        for (item, (bytes, sha256)) in manifest.files.iter().zip(found) {
            if item.bytes != bytes || item.sha256 != sha256 {
                return Err(BackupError::Digest {
                    file: path.to_owned(),
                    name: item.path.clone(),
                });
            }
        }
        Ok(Self {
            path: path.to_owned(),
            source,
            manifest,
        })
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Writes each file to the place that `place` gives for its path, and there only when its digest was seen once more, in the order of the manifest.
    pub fn restore(
        &self,
        keys: &PartyKeys,
        place: impl Fn(&str) -> PathBuf,
    ) -> Result<(), BackupError> {
        let mut tar = Tar::open(&self.path, &self.source, keys)?;
        for item in &self.manifest.files {
            let (_, size) = tar.next()?.ok_or_else(|| BackupError::Damaged {
                file: self.path.clone(),
            })?;
            let place = place(&item.path);
            let io = |source| BackupError::file(&place, source);
            if let Some(parent) = place.parent() {
                durable::private_directory(parent).map_err(io)?;
            }
            let mut file = NewFile::create(&place).map_err(io)?;
            let mut hash = Sha256::new();
            tar.copy(size, &mut |part| {
                hash.update(part);
                file.write_all(part)
                    .map_err(|source| BackupError::file(&place, source))
            })?;
            if HEXLOWER.encode(&hash.finalize()) != item.sha256 {
                return Err(BackupError::Digest {
                    file: self.path.clone(),
                    name: item.path.clone(),
                });
            }
            file.commit().map_err(io)?;
        }
        Ok(())
    }
}

/// The manifest, if this party signed it, and it names files of its own directory only.
fn proven(json: &[u8], signature: &[u8], keys: &PartyKeys) -> Option<Manifest> {
    let signature = Detached::parse(signature)?;
    let verifier = Verifier::parse(&keys.card().verifier)?;
    if signature.trusted_comment != FORMAT || !verifier.verify(json, &signature) {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(json).ok()?;
    let mut seen = BTreeSet::new();
    let fits = manifest.format == FORMAT
        && manifest.party == keys.card().fingerprint()
        && manifest.files.iter().all(|item| {
            let mut parts = Path::new(&item.path).components().peekable();
            parts.peek().is_some()
                && parts.all(|part| matches!(part, Component::Normal(_)))
                && seen.insert(&item.path)
        });
    fits.then_some(manifest)
}

/// Entries one after the other.
struct Tar<'p> {
    path: &'p Path,
    stream: StreamReader<Source>,
}

impl<'p> Tar<'p> {
    fn open(path: &'p Path, source: &Source, keys: &PartyKeys) -> Result<Self, BackupError> {
        let stream = source
            .decrypt(&keys.identity)
            .map_err(|error| BackupError::unopened(path, error))?;
        Ok(Self { path, stream })
    }

    fn damaged(&self) -> BackupError {
        BackupError::Damaged {
            file: self.path.to_owned(),
        }
    }

    fn exactly(&mut self, into: &mut [u8]) -> Result<(), BackupError> {
        self.stream
            .read_exact(into)
            .map_err(|source| BackupError::reading(self.path, source))
    }

    fn next(&mut self) -> Result<Option<(String, u64)>, BackupError> {
        let mut block = [0; BLOCK];
        self.exactly(&mut block)?;
        match archive::parse(&block).map_err(|_| self.damaged())? {
            Entry::End => Ok(None),
            Entry::File { name, size } => Ok(Some((name, size))),
        }
    }

    fn copy(
        &mut self,
        size: u64,
        to: &mut dyn FnMut(&[u8]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        let mut buffer = vec![0_u8; 1 << 17];
        let mut left = size;
        while left > 0 {
            let wanted = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let part = buffer.get_mut(..wanted).unwrap_or_default();
            self.exactly(part)?;
            to(part)?;
            left = left.saturating_sub(wanted as u64);
        }
        let mut padding = vec![0; archive::padding(size)];
        self.exactly(&mut padding)
    }

    fn content(&mut self, size: u64, most: u64) -> Result<Vec<u8>, BackupError> {
        if size > most {
            return Err(self.damaged());
        }
        let mut content = Vec::new();
        self.copy(size, &mut |part| {
            content.extend_from_slice(part);
            Ok(())
        })?;
        Ok(content)
    }

    /// Nothing but zeros is left.
    fn end(&mut self) -> Result<(), BackupError> {
        let mut rest = Vec::new();
        let read = (&mut self.stream)
            .take(MAX_TRAILER.saturating_add(1))
            .read_to_end(&mut rest)
            .map_err(|source| BackupError::reading(self.path, source))?;
        if read as u64 > MAX_TRAILER || rest.iter().any(|byte| *byte != 0) {
            return Err(self.damaged());
        }
        Ok(())
    }
}
