//! Zip archives from outside: read entry by entry, never unpacked onto a disk.
//!
//! An archive is refused as a whole, before any entry is read, for what no honest archive has: names that lead out of it,
//! names given twice, links, encrypted or nested entries, entries that lie over one another, local headers unlike the
//! directory. How much an entry may unpack to is counted while it is unpacked, whatever its header says.

mod fault;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

pub use fault::ArchiveError;

use super::input;
use super::{Place, SourceError};

/// The most entries of one archive.
const MAX_ENTRIES: usize = 200_000;
/// The most bytes of one entry.
const MAX_ENTRY: u64 = 16 * 1024 * 1024;
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

    /// All bytes of a file, whose checksum is right.
    pub(crate) fn read(&mut self, member: &Member) -> Result<Vec<u8>, SourceError> {
        let place = self.place.at_entry(member.entry);
        let left = MAX_TOTAL.saturating_sub(self.total);
        let entry = self
            .zip
            .by_index(member.index)
            .map_err(|error| fault(&place, error))?;
        let packed = entry.compressed_size();
        let by_ratio = packed.saturating_mul(MAX_RATIO).max(SMALL);
        let most = MAX_ENTRY.min(left).min(by_ratio);
        let mut bytes = Vec::new();
        entry
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| unpacking(&place, error))?;
        let length = bytes.len() as u64;
        if length > most {
            return Err(if most == by_ratio {
                ArchiveError::Ratio { place }
            } else {
                ArchiveError::Large { place }
            }
            .into());
        }
        if bytes.starts_with(ZIP) {
            return Err(ArchiveError::Nested { place }.into());
        }
        self.total = self.total.saturating_add(length);
        Ok(bytes)
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
        if about.size() > MAX_ENTRY || total > MAX_TOTAL {
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
