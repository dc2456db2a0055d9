//! 特定健診・特定保健指導: CDA documents, one a person, alone or in the zip archive in which they are exchanged.
//!
//! In an archive with a directory `DATA`, the documents are the `.xml` there and every one must be CDA; in another, every
//! `.xml` is one. Index, summary, settlement and schemas are passed over.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::archive::{self, Archive, ArchiveError};
use super::input::Document;
use super::lanes::{Give, Threads, in_order};
use super::markup::{self, Element, ReadError, Shape};
use super::passed::PassedOver;
use super::{Place, Refusal, SourceError, SourceRecord, Texts, file_name, input};

/// The namespace of CDA R2.
const HL7: &str = "urn:hl7-org:v3";

mod root {
    //! What an `id` of the person is, by its root (OID).
    pub(super) const INSURER: &str = "1.2.392.200119.6.101";
    pub(super) const FACILITY: &str = "1.2.392.200119.6.102";
    pub(super) const SYMBOL: &str = "1.2.392.200119.6.204";
    pub(super) const NUMBER: &str = "1.2.392.200119.6.205";
    pub(super) const BRANCH: &str = "1.2.392.200119.6.211";
    /// 当事者間固有の利用者ID
    pub(super) const AGREED: &str = "1.2.392.200119.6.299";
}

const SHAPE: Shape = Shape {
    namespace: Some(HL7),
    root: "ClinicalDocument",
    given: &["recordTarget", "documentationOf"],
    containers: &[],
    branches: &[
        "patientRole",
        "patient",
        "id",
        "administrativeGenderCode",
        "birthTime",
        "serviceEvent",
        "performer",
        "assignedEntity",
        "representedOrganization",
    ],
    leaves: &["name", "effectiveTime"],
};

/// Which document it is.
struct About {
    file: usize,
    place: Place,
    /// The last part of its name without the ending.
    stem: String,
}

/// A document as it was found, or of a large one what was read of it already.
enum Piece {
    Small(About, Vec<u8>),
    Read(Box<SourceRecord>),
}

/// Gives the person of every document to `take`, in the order of files and entries.
pub(crate) fn read<E: From<SourceError>>(
    files: &[PathBuf],
    threads: Threads,
    passed: &mut PassedOver,
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let mut records = vec![0_u64; files.len()];
    in_order(
        threads,
        |give| documents(files, passed, give),
        |piece| match piece {
            Piece::Read(record) => Ok(*record),
            Piece::Small(about, bytes) => record(bytes.as_slice(), &about)
                .map_err(|error| failed(error, Path::new(&about.place.file))),
        },
        |mut record| {
            if let Some(count) = records.get_mut(record.file) {
                *count = count.saturating_add(1);
                record.record = *count;
            }
            take(record)
        },
    )
}

fn documents(
    files: &[PathBuf],
    passed: &mut PassedOver,
    give: Give<'_, Piece>,
) -> Result<(), SourceError> {
    for (file, path) in files.iter().enumerate() {
        let wanted = if archive::is_archive(path)? {
            members(file, path, passed, give)?
        } else {
            let about = About {
                file,
                place: Place::of(path),
                stem: stem(&file_name(path)).to_owned(),
            };
            give(match input::document(path)? {
                Document::Small(bytes) => Piece::Small(about, bytes),
                Document::Large(reader) => {
                    let record = record(reader, &about).map_err(|error| failed(error, path))?;
                    Piece::Read(Box::new(record))
                }
            })
        };
        if !wanted {
            break;
        }
    }
    Ok(())
}

fn failed(error: ReadError, path: &Path) -> SourceError {
    match error {
        ReadError::Markup(error) => error.into(),
        ReadError::Io(error) => input::failed(path, error).into(),
    }
}

fn members(
    file: usize,
    path: &Path,
    passed: &mut PassedOver,
    give: Give<'_, Piece>,
) -> Result<bool, SourceError> {
    let mut archive = Archive::open(path)?;
    let mut members = archive.members();
    let in_data = |name: &str| name.split('/').rev().skip(1).any(|part| part == "DATA");
    let has_data = members.iter().any(|member| in_data(&member.name));
    let all = members.len();
    members.retain(|member| {
        archive::is_named(&member.name, "xml") && (!has_data || in_data(&member.name))
    });
    let place = Place::of(path);
    if members.is_empty() {
        return Err(ArchiveError::Empty { place }.into());
    }
    let others = all.saturating_sub(members.len()) as u64;
    passed.add(Some(file), "checkup:other_entry", others);
    for member in members {
        let last = member.name.rsplit('/').next().unwrap_or_default();
        let about = About {
            file,
            place: place.at_entry(member.entry),
            stem: stem(last).to_owned(),
        };
        let mut entry = archive.entry(&member)?;
        let mut bytes = Vec::new();
        let read = entry
            .by_ref()
            .take(input::SMALL.saturating_add(1))
            .read_to_end(&mut bytes);
        let piece = match read {
            Err(error) => return Err(entry.failed(error).into()),
            Ok(length) if length as u64 > input::SMALL => {
                let record = match record(bytes.as_slice().chain(&mut entry), &about) {
                    Ok(record) => record,
                    Err(ReadError::Markup(error)) => return Err(error.into()),
                    Err(ReadError::Io(error)) => return Err(entry.failed(error).into()),
                };
                Piece::Read(Box::new(record))
            }
            Ok(_) => Piece::Small(about, bytes),
        };
        if !give(piece) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn record(reader: impl Read, about: &About) -> Result<SourceRecord, ReadError> {
    let place = &about.place;
    // What the document says of its person, as far as it is wanted; of several people, the first two.
    let mut found = Element::empty(0);
    let mut targets = 0_usize;
    let whole = markup::read(reader, &SHAPE, place, &mut |part| {
        if part.element.name == "recordTarget" {
            targets = targets.saturating_add(1);
        }
        if part.element.name != "recordTarget" || targets <= 2 {
            found.push(part.element, place)?;
        }
        Ok(true)
    })?;
    let line = whole.map_or(0, |whole| whole.line);
    let mut refusals = Vec::new();
    if targets > 1 {
        refusals.push(Refusal::PersonSeveral);
    }
    let target = found.children("recordTarget").next();
    let role = target.and_then(|target| target.at(&["patientRole"]));
    let mut id = |root: &str, differs: Refusal| {
        let ids = role.into_iter().flat_map(|role| role.children("id"));
        let mut found = ids
            .filter(|id| id.attribute("root") == root)
            .map(|id| id.attribute("extension"));
        let first = found.next().unwrap_or_default();
        if found.any(|other| other != first) {
            refusals.push(differs);
        }
        first.to_owned()
    };
    let (insurer, symbol, number, branch, agreed) = (
        id(root::INSURER, Refusal::InsurerDiffers),
        id(root::SYMBOL, Refusal::SymbolDiffers),
        id(root::NUMBER, Refusal::NumberDiffers),
        id(root::BRANCH, Refusal::BranchDiffers),
        id(root::AGREED, Refusal::PersonSeveral),
    );
    let patient = role.and_then(|role| role.at(&["patient"]));
    let attribute = |name: &str, attribute: &str| {
        patient
            .and_then(|patient| patient.at(&[name]))
            .map_or("", |element| element.attribute(attribute))
            .to_owned()
    };
    let texts = Texts {
        insurer,
        symbol,
        number,
        branch,
        kana: patient
            .map(|patient| patient.text_of("name"))
            .unwrap_or_default(),
        birth_date: attribute("birthTime", "value"),
        sex: attribute("administrativeGenderCode", "code"),
        service: service(&found),
    };
    let key = super::trimmed(&agreed);
    Ok(SourceRecord {
        file: about.file,
        entry: place.entry,
        line: role.map_or(line, |role| role.line),
        record: 0,
        key: if key.is_empty() {
            about.stem.clone()
        } else {
            key
        },
        substitute: String::new(),
        institution: institution(&found, place),
        texts,
        refusals,
    })
}

/// The day of the check (健診実施日), not the day the document was written. A time of day after it is cut off.
fn service(document: &Element) -> String {
    let time = document.at(&["documentationOf", "serviceEvent", "effectiveTime"]);
    let Some(time) = time else {
        return String::new();
    };
    let mut value = time.attribute("value");
    if value.is_empty() {
        value = time.at(&["low"]).map_or("", |low| low.attribute("value"));
    }
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    match value.get(..8) {
        Some(day) if digits >= 8 => day.to_owned(),
        _ => value.to_owned(),
    }
}

/// Who did the check, or else the archive: keys of two of them are two people's.
fn institution(document: &Element, place: &Place) -> String {
    let performer = document.at(&[
        "documentationOf",
        "serviceEvent",
        "performer",
        "assignedEntity",
        "representedOrganization",
    ]);
    let code = performer.and_then(|organization| {
        organization
            .children("id")
            .find(|id| id.attribute("root") == root::FACILITY)
    });
    match code.map(|id| id.attribute("extension")) {
        Some(code) if !code.is_empty() => format!("checkup/{code}"),
        _ => format!("checkup/{}", place.file),
    }
}
