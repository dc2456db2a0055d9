//! 特定健診・特定保健指導: CDA documents, one a person, alone or in the zip archive in which they are exchanged.
//!
//! In an archive with a directory `DATA`, the documents are the `.xml` there and every one must be CDA; in another, every
//! `.xml` is one. Index, summary, settlement and schemas are passed over.

use std::path::{Path, PathBuf};

use super::archive::{self, Archive, ArchiveError};
use super::lanes::{Give, in_order};
use super::markup::{self, Element, MarkupError};
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

/// A document as it was found.
struct Document {
    file: usize,
    place: Place,
    /// The last part of its name without the ending.
    stem: String,
    bytes: Vec<u8>,
}

/// Gives the person of every document to `take`, in the order of files and entries.
pub(crate) fn read<E: From<SourceError>>(
    files: &[PathBuf],
    take: &mut dyn FnMut(SourceRecord) -> Result<(), E>,
) -> Result<(), E> {
    let mut records = vec![0_u64; files.len()];
    in_order(
        |give| documents(files, give),
        |document| record(&document),
        |mut record| {
            if let Some(count) = records.get_mut(record.file) {
                *count = count.saturating_add(1);
                record.record = *count;
            }
            take(record)
        },
    )
}

fn documents(files: &[PathBuf], give: Give<'_, Document>) -> Result<(), SourceError> {
    for (file, path) in files.iter().enumerate() {
        let wanted = if archive::is_archive(path)? {
            members(file, path, give)?
        } else {
            give(Document {
                file,
                place: Place::of(path),
                stem: stem(&file_name(path)).to_owned(),
                bytes: input::document(path)?,
            })
        };
        if !wanted {
            break;
        }
    }
    Ok(())
}

fn members(file: usize, path: &Path, give: Give<'_, Document>) -> Result<bool, SourceError> {
    let mut archive = Archive::open(path)?;
    let mut members = archive.members();
    let in_data = |name: &str| name.split('/').rev().skip(1).any(|part| part == "DATA");
    let has_data = members.iter().any(|member| in_data(&member.name));
    members.retain(|member| {
        archive::is_named(&member.name, "xml") && (!has_data || in_data(&member.name))
    });
    let place = Place::of(path);
    if members.is_empty() {
        return Err(ArchiveError::Empty { place }.into());
    }
    for member in members {
        let bytes = archive.read(&member)?;
        let last = member.name.rsplit('/').next().unwrap_or_default();
        let wanted = give(Document {
            file,
            place: place.at_entry(member.entry),
            stem: stem(last).to_owned(),
            bytes,
        });
        if !wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn record(document: &Document) -> Result<SourceRecord, SourceError> {
    let place = &document.place;
    let (text, _) = markup::decode(&document.bytes, place)?;
    let root = markup::parse(&text, Some(HL7), place)?;
    if !root.is_root("ClinicalDocument") {
        return Err(MarkupError::Root {
            place: place.at_line(root.line),
        }
        .into());
    }
    let mut refusals = Vec::new();
    let mut targets = root.children("recordTarget");
    let target = targets.next();
    if targets.next().is_some() {
        refusals.push(Refusal::PersonSeveral);
    }
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
        service: service(&root),
    };
    let key = super::trimmed(&agreed);
    Ok(SourceRecord {
        file: document.file,
        entry: place.entry,
        line: role.map_or(root.line, |role| role.line),
        record: 0,
        key: if key.is_empty() {
            document.stem.clone()
        } else {
            key
        },
        substitute: String::new(),
        institution: institution(&root, place),
        texts,
        refusals,
    })
}

/// The day of the check (健診実施日), not the day the document was written. A time of day after it is cut off.
fn service(root: &Element) -> String {
    let time = root.at(&["documentationOf", "serviceEvent", "effectiveTime"]);
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
fn institution(root: &Element, place: &Place) -> String {
    let performer = root.at(&[
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
