//! Zip archives from outside: read entry by entry, never unpacked onto a disk.
//!
//! An archive is refused as a whole, before any entry is read, for what no honest archive has: names that lead out of it,
//! names given twice, links, encrypted or nested entries, entries that lie over one another, local headers unlike the
//! directory. How much an entry may unpack to is counted while it is unpacked, whatever its header says; one is never
//! held whole.

mod fault;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

pub use fault::ArchiveError;

use super::input;
use super::{Place, SourceError};

/// The most entries of one archive.
const MAX_ENTRIES: usize = 200_000;
/// The most bytes of all entries together.
const MAX_TOTAL: u64 = 16 * 1024 * 1024 * 1024;
/// How many times its packed bytes an entry may have; XML of forms packs to a fiftieth at most.
const MAX_RATIO: u64 = 200;
/// Below this, no ratio means anything.
const SMALL: u64 = 64 * 1024;
const ZIP: &[u8] = b"PK\x03\x04";

/// A file of an archive that passed all checks of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    index: usize,
    /// Its number in the directory, from 1.
    pub(crate) entry: u64,
    /// Its path inside the archive, with `/`.
    pub(crate) name: String,
}

/// An archive whose directory passed all checks.
pub(crate) struct Archive {
    place: Place,
    zip: ZipArchive<BufReader<File>>,
    members: Vec<Member>,
    total: u64,
}

/// Whether a file begins as an archive does.
pub(crate) fn is_archive(path: &Path) -> Result<bool, SourceError> {
    let mut head = [0_u8; 4];
    let mut file = input::open(path)?;
    match file.read_exact(&mut head) {
        Ok(()) => Ok(head.as_slice() == ZIP || head == *b"PK\x05\x06"),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(input::failed(path, error).into()),
    }
}

impl Archive {
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let place = Place::of(path);
        let file = BufReader::new(input::open(path)?);
        let mut zip = ZipArchive::new(file).map_err(|error| fault(&place, error))?;
        if zip.len() > MAX_ENTRIES {
            return Err(ArchiveError::Entries { place }.into());
        }
        if zip.has_duplicate_names() {
            return Err(ArchiveError::Duplicate { place }.into());
        }
        let members = members(&zip, &place)?;
        zip.validate_header_consistency().map_err(|error| {
            let error = fault(&place, error);
            if matches!(error, ArchiveError::Damaged { .. }) {
                ArchiveError::Inconsistent {
                    place: place.clone(),
                }
            } else {
                error
            }
        })?;
        Ok(Self {
            place,
            zip,
            members,
            total: 0,
        })
    }

    /// Its files in the order of its directory.
    pub(crate) fn members(&self) -> Vec<Member> {
        self.members.clone()
    }

    /// A file, to be read to its end: only then its checksum is known to be right.
    pub(crate) fn entry(&mut self, member: &Member) -> Result<Entry<'_>, SourceError> {
        let place = self.place.at_entry(member.entry);
        let entry = self
            .zip
            .by_index(member.index)
            .map_err(|error| fault(&place, error))?;
        let packed = entry.compressed_size();
        Ok(Entry {
            place,
            unpacked: entry,
            most: packed.saturating_mul(MAX_RATIO).max(SMALL),
            read: 0,
            total: &mut self.total,
            head: Vec::new(),
            fault: None,
        })
    }
}

/// A file of an archive while it is unpacked.
pub(crate) struct Entry<'a> {
    place: Place,
    unpacked: ZipFile<'a, BufReader<File>>,
    most: u64,
    read: u64,
    total: &'a mut u64,
    head: Vec<u8>,
    fault: Option<ArchiveError>,
}

impl Entry<'_> {
    /// Why reading it failed.
    pub(crate) fn failed(&mut self, error: io::Error) -> ArchiveError {
        let fault = self.fault.take();
        fault.unwrap_or_else(|| unpacking(&self.place, error))
    }

    fn refuse(&mut self, fault: ArchiveError) -> io::Error {
        self.fault = Some(fault);
        io::ErrorKind::InvalidData.into()
    }
}

impl Read for Entry<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.unpacked.read(out)?;
        self.read = self.read.saturating_add(length as u64);
        *self.total = self.total.saturating_add(length as u64);
        let place = self.place.clone();
        if self.read > self.most {
            return Err(self.refuse(ArchiveError::Ratio { place }));
        }
        if *self.total > MAX_TOTAL {
            return Err(self.refuse(ArchiveError::Large { place }));
        }
        if self.head.len() < ZIP.len() {
            let missing = ZIP.len().saturating_sub(self.head.len());
            let new = out.get(..length.min(missing)).unwrap_or_default();
            self.head.extend_from_slice(new);
            if self.head == ZIP {
                return Err(self.refuse(ArchiveError::Nested { place }));
            }
        }
        Ok(length)
    }
}

/// The files of a directory whose every entry may be.
fn members(
    zip: &ZipArchive<BufReader<File>>,
    archive: &Place,
) -> Result<Vec<Member>, ArchiveError> {
    let mut members = Vec::new();
    let mut total = 0_u64;
    for index in 0..zip.len() {
        let entry = (index as u64).saturating_add(1);
        let place = archive.at_entry(entry);
        let about = zip
            .by_index_data(index)
            .map_err(|error| fault(&place, error))?;
        if about.encrypted() {
            return Err(ArchiveError::Encrypted { place });
        }
        if !matches!(
            about.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        ) {
            return Err(ArchiveError::Method { place });
        }
        if about.is_symlink() {
            return Err(ArchiveError::Link { place });
        }
        let name = std::str::from_utf8(about.name_raw()).map_or_else(
            |_| {
                let (name, _, _) = encoding_rs::SHIFT_JIS.decode(about.name_raw());
                name.into_owned()
            },
            str::to_owned,
        );
        if leads_out(&name) {
            return Err(ArchiveError::Name { place });
        }
        total = total.saturating_add(about.size());
        if total > MAX_TOTAL {
            return Err(ArchiveError::Large { place });
        }
        if about.is_dir() {
            continue;
        }
        if is_named(&name, "zip") {
            return Err(ArchiveError::Nested { place });
        }
        members.push(Member { index, entry, name });
    }
    Ok(members)
}

/// Whether the last part of a name has this ending.
pub(crate) fn is_named(name: &str, ending: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, last)| last.eq_ignore_ascii_case(ending))
}

/// Whether a name is none of a file inside the archive: absolute, with `..`, a drive, a backslash or control characters.
fn leads_out(name: &str) -> bool {
    let inner = name.strip_suffix('/').unwrap_or(name);
    name.starts_with('/')
        || name.contains(['\\', ':'])
        || name.chars().any(char::is_control)
        || inner
            .split('/')
            .any(|part| part.is_empty() || part == "." || part == "..")
}

fn fault(place: &Place, error: ZipError) -> ArchiveError {
    let place = place.clone();
    match error {
        ZipError::Io(source) => unpacking(&place, source),
        ZipError::CompressionMethodNotSupported(_) => ArchiveError::Method { place },
        ZipError::UnsupportedArchive(words) if words == ZipError::PASSWORD_REQUIRED => {
            ArchiveError::Encrypted { place }
        }
        ZipError::InvalidArchive(_)
        | ZipError::UnsupportedArchive(_)
        | ZipError::FileNotFound
        | ZipError::InvalidPassword
        | ZipError::DecompressedSizeLimitExceeded { .. }
        | ZipError::DecompressedSizeUnknown
        | _ => ArchiveError::Damaged { place },
    }
}

/// What a reader of packed bytes says: damage, unless the system says so.
fn unpacking(place: &Place, source: io::Error) -> ArchiveError {
    let place = place.clone();
    if source.raw_os_error().is_some() {
        ArchiveError::Io { place, source }
    } else {
        ArchiveError::Damaged { place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_known() {
        for name in [
            "/etc/passwd",
            "../a.xml",
            "DATA/../../a.xml",
            "DATA/..",
            "C:/a.xml",
            "DATA\\a.xml",
            "DATA//a.xml",
            "./a.xml",
            "a\0.xml",
            "",
        ] {
            assert!(leads_out(name), "{name:?}");
        }
        for name in ["a.xml", "DATA/a.xml", "提出元_提出先/DATA/", "a..b/c...xml"] {
            assert!(!leads_out(name), "{name:?}");
        }
    }
}
