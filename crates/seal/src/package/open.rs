//! Reading a package: `Sealed` → `Authentic` → `Opened`.
//!
//! Nothing inside is interpreted before the signature is verified: the sender is found by the number of the
//! key that signed, not by what the manifest says. Then, under the signature: version, sender, recipient, role,
//! time; then every byte of every table. Nothing is written anywhere.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use age::DecryptError;
use age::x25519::Identity;
use jiff::{SignedDuration, Timestamp};
use renketsu_identity::KeyCheckValues;

use super::archive::reader::{Archive, stream_fault};
use super::archive::{self, Entry};
use super::manifest::{
    MAX_MANIFEST, Manifest, ManifestFault, RecipientLine, SenderLine, trusted_comment,
};
use super::refusal::{OpenError, Refusal};
use super::{Header, PROFILE, PackageId, PackageKind, TableInfo};
use crate::card::Card;
use crate::durable;
use crate::log::{GivenHead, TakenHead};
use crate::party::PartyKeys;
use crate::signature::{Detached, MAX_SIGNATURE_FILE, printed_key_number};
use crate::stream::{HeadFault, Source, Window};
use crate::trust::Trust;

/// How far the sender's clock may be ahead of ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

/// A file that looks like a package. Nothing is known about it.
#[derive(Debug)]
pub struct Sealed {
    path: PathBuf,
    source: Source,
}

impl Sealed {
    /// Opens the file; it stays open, and what is read later is what is there now.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_source(path)
            .map(|source| Self {
                path: path.to_owned(),
                source,
            })
            .map_err(|refusal| refusal.of(path))
    }

    fn open_source(path: &Path) -> Result<Source, Refusal> {
        let file = durable::open_file(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotSeekable {
                Refusal::NotPackage
            } else {
                Refusal::Io(error)
            }
        })?;
        if !file.metadata().map_err(Refusal::Io)?.is_file() {
            return Err(Refusal::NotPackage);
        }
        Source::read_head(file).map_err(|fault| match fault {
            HeadFault::Io(source) => Refusal::Io(source),
            HeadFault::NotAge => Refusal::NotPackage,
            HeadFault::TooLong => Refusal::Corrupt,
            HeadFault::Truncated => Refusal::Truncated,
        })
    }

    /// Checks for whom it is, who made it, and when. The tables are not looked at yet.
    pub fn authenticate(
        self,
        keys: &PartyKeys,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Authentic, OpenError> {
        let Self { path, source } = self;
        match authenticate(&source, keys, trust, now) {
            Ok((manifest, sender, archive, head)) => Ok(Authentic {
                path,
                source,
                identity: keys.identity.clone(),
                manifest,
                sender,
                head,
                archive,
            }),
            Err(refusal) => Err(refusal.of(&path)),
        }
    }
}

fn authenticate(
    source: &Source,
    keys: &PartyKeys,
    trust: &Trust,
    now: Timestamp,
) -> Result<(Manifest, Card, Archive, Option<TakenHead>), Refusal> {
    let stream = source.decrypt(&keys.identity).map_err(header_fault)?;
    let mut archive = Archive::new(stream);
    let bytes = archive.small_file(archive::MANIFEST, MAX_MANIFEST)?;
    let signature = archive.small_file(archive::SIGNATURE, MAX_SIGNATURE_FILE)?;
    let signature = Detached::parse(&signature).ok_or(Refusal::Signature)?;

    let number = signature.key_number();
    let mut candidates = trust.by_key_number(number).peekable();
    if candidates.peek().is_none() {
        return Err(Refusal::UnknownSender {
            key: printed_key_number(number),
        });
    }
    let (sender, _) = candidates
        .find(|(_, verifier)| verifier.verify(&bytes, &signature))
        .ok_or(Refusal::Signature)?;

    // From here on the sender says so.
    let manifest = Manifest::parse(&bytes).map_err(|fault| match fault {
        ManifestFault::Field(field) => Refusal::Field { field },
        ManifestFault::Json { line, column } => Refusal::Manifest { line, column },
        ManifestFault::Version { found } => Refusal::Version { found },
    })?;
    if signature.trusted_comment != trusted_comment(manifest.package_id) {
        return Err(Refusal::Signature);
    }
    if manifest.sender != SenderLine::from(sender) {
        return Err(Refusal::Sender {
            name: sender.name.clone(),
        });
    }
    let me = RecipientLine::from(keys.card());
    if (manifest.recipient.fingerprint, &manifest.recipient.key) != (me.fingerprint, &me.key) {
        return Err(Refusal::OtherRecipient);
    }
    let header = &manifest.header;
    if sender.role != header.kind.sender() {
        return Err(Refusal::SenderRole {
            kind: header.kind,
            role: sender.role,
        });
    }
    if now.duration_until(header.created) > CLOCK_TOLERANCE {
        return Err(Refusal::Future {
            created: header.created,
        });
    }
    if now >= header.expires {
        return Err(Refusal::Expired {
            expires: header.expires,
        });
    }
    let check = |given: &GivenHead| given.check(sender).ok_or(Refusal::Checkpoint);
    let head = manifest.log.as_ref().map(check).transpose()?;
    let sender = sender.clone();
    Ok((manifest, sender, archive, head))
}

/// A package whose statement is the sender's. Its tables are not checked yet.
pub struct Authentic {
    path: PathBuf,
    source: Source,
    identity: Identity,
    manifest: Manifest,
    sender: Card,
    head: Option<TakenHead>,
    archive: Archive,
}

impl Authentic {
    /// What the sender states.
    pub fn header(&self) -> &Header {
        &self.manifest.header
    }

    /// Who made it.
    pub fn sender(&self) -> &Card {
        &self.sender
    }

    /// Its id: whoever keeps state refuses a second one.
    pub fn package_id(&self) -> PackageId {
        self.manifest.package_id
    }

    /// Its tables, as the sender describes them.
    pub fn tables(&self) -> &[TableInfo] {
        &self.manifest.tables
    }

    /// Reads everything once: every table whole and as signed, nothing else in the archive, nothing after it.
    pub fn verify(self) -> Result<Opened, OpenError> {
        let Self {
            path,
            source,
            identity,
            manifest,
            sender,
            head,
            mut archive,
        } = self;
        match verify_tables(&mut archive, &manifest.tables) {
            Ok(starts) => Ok(Opened {
                path,
                source,
                identity,
                manifest,
                sender,
                head,
                starts,
            }),
            Err(refusal) => Err(refusal.of(&path)),
        }
    }
}

impl fmt::Debug for Authentic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentic")
            .field("package_id", &self.package_id())
            .finish_non_exhaustive()
    }
}

/// Where each table of the manifest starts in the plaintext.
fn verify_tables(archive: &mut Archive, tables: &[TableInfo]) -> Result<Vec<u64>, Refusal> {
    let mut starts: Vec<Option<u64>> = vec![None; tables.len()];
    loop {
        let (name, size) = match archive.entry()? {
            Entry::End => break,
            Entry::File { name, size } => (name, size),
        };
        let table = archive::table_name(&name).ok_or(Refusal::Path {
            entry: archive.entries(),
        })?;
        let found = tables
            .iter()
            .zip(&mut starts)
            .find(|(info, _)| info.name == table);
        let Some((info, start)) = found else {
            return Err(Refusal::Extra {
                table: table.to_owned(),
            });
        };
        if start.is_some() {
            return Err(Refusal::Duplicate {
                table: info.name.clone(),
            });
        }
        if size != info.bytes {
            return Err(Refusal::Hash {
                table: info.name.clone(),
            });
        }
        *start = Some(archive.position());
        if archive.hash(size)? != info.sha256 {
            return Err(Refusal::Hash {
                table: info.name.clone(),
            });
        }
        archive.skip_padding(size)?;
    }
    archive.end()?;
    let placed = tables.iter().zip(starts).map(|(info, start)| {
        start.ok_or_else(|| Refusal::Missing {
            table: info.name.clone(),
        })
    });
    placed.collect()
}

/// A package that was checked in every byte.
pub struct Opened {
    path: PathBuf,
    source: Source,
    identity: Identity,
    manifest: Manifest,
    sender: Card,
    head: Option<TakenHead>,
    starts: Vec<u64>,
}

/// What the reader of a package is prepared to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The kind.
    pub kind: PackageKind,
    /// The provision.
    pub provision: String,
    /// The key check values; `None` where none are fixed yet.
    pub kcv: Option<KeyCheckValues>,
}

impl Opened {
    /// What the sender states.
    pub fn header(&self) -> &Header {
        &self.manifest.header
    }

    /// Who made it.
    pub fn sender(&self) -> &Card {
        &self.sender
    }

    /// Its id: whoever keeps state refuses a second one.
    pub fn package_id(&self) -> PackageId {
        self.manifest.package_id
    }

    /// The newest head of the sender's log when it was made; `None` in packages of before there were any.
    pub fn head(&self) -> Option<&TakenHead> {
        self.head.as_ref()
    }

    /// The sender's running number for us.
    pub fn sequence(&self) -> u64 {
        self.manifest.header.sequence
    }

    /// Its tables.
    pub fn tables(&self) -> &[TableInfo] {
        &self.manifest.tables
    }

    /// Refuses a package of another kind, profile or provision, or whose IDs were made with other keys.
    pub fn expect(&self, expected: &Expected) -> Result<(), OpenError> {
        self.compare(expected)
            .map_err(|refusal| refusal.of(&self.path))
    }

    fn compare(&self, expected: &Expected) -> Result<(), Refusal> {
        let header = self.header();
        if header.kind != expected.kind {
            return Err(Refusal::Kind {
                expected: expected.kind,
                found: header.kind,
            });
        }
        if header.profile != PROFILE {
            return Err(Refusal::Profile {
                expected: PROFILE,
                found: header.profile.clone(),
            });
        }
        if header.provision != expected.provision {
            return Err(Refusal::Provision {
                expected: expected.provision.clone(),
                found: header.provision.clone(),
            });
        }
        match expected.kcv {
            Some(kcv) if header.kcv != Some(kcv) => Err(Refusal::Kcv {
                expected: kcv,
                found: header.kcv,
            }),
            _ => Ok(()),
        }
    }

    /// Reads a table. Readers are independent; bytes that changed on the medium since the check are refused
    /// with [`io::ErrorKind::InvalidData`].
    pub fn table(&self, name: &str) -> Result<TableReader, OpenError> {
        self.window(name)
            .map(TableReader)
            .map_err(|refusal| refusal.of(&self.path))
    }

    fn window(&self, name: &str) -> Result<Window, Refusal> {
        let found = self
            .tables()
            .iter()
            .zip(&self.starts)
            .find(|(info, _)| info.name == name);
        let (info, start) = found.ok_or_else(|| Refusal::NoTable {
            table: name.to_owned(),
        })?;
        // The header is the one that was opened before, so the key is.
        let stream = self
            .source
            .decrypt(&self.identity)
            .map_err(|_| Refusal::Corrupt)?;
        Ok(Window::new(stream, *start, info.bytes))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("package_id", &self.package_id())
            .finish_non_exhaustive()
    }
}

/// The Parquet file of one table, decrypted piece by piece as it is read.
pub struct TableReader(Window);

impl TableReader {
    /// Length of the Parquet file in bytes.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether the file is empty, and so no Parquet file.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Read for TableReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for TableReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl fmt::Debug for TableReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableReader")
            .field("length", &self.len())
            .finish_non_exhaustive()
    }
}

fn header_fault(error: DecryptError) -> Refusal {
    if let DecryptError::Io(source) = error {
        stream_fault(source)
    } else if matches!(error, DecryptError::NoMatchingKeys) {
        Refusal::Recipient
    } else if matches!(error, DecryptError::UnknownFormat) {
        Refusal::NotPackage
    } else {
        Refusal::Corrupt
    }
}
