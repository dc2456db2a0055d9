//! Checks a file in the form of `vectors/ids.json` against this implementation: another one can check itself against ours.
//!
//! The file is test data, keys included; still, nothing of it is repeated in an error.

mod canonical;
mod document;

use serde::Serialize;
use std::fmt;

use jiff::civil::Date;

use canonical::CANONICAL;
pub use document::{Document, Fault, Node, Problem};

use crate::derivation::{provision_key, pseudorandom_key, subject_key};
use crate::message::message;
use crate::{
    BirthDate, Branch, ByKana, ByNumber, Epoch, InsuredNumber, Insurer, Kana, Kind, NotLocked,
    Number, ProvisionCode, ProvisionKey, ProvisionRoot, ProvisionSalt, Reject, RootKey, Sex,
    SubjectKey, Symbol, Triple,
};

/// Why a file doesn't conform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A value in the file is not the one that this implementation computes.
    #[error("the file has another value than this program for {field} in {section}")]
    Differs {
        /// Section, as `number` or `canonical.kana`.
        section: &'static str,
        /// Entry within the section, from 0; none if the section is not a list.
        index: Option<usize>,
        /// The value within the entry.
        field: &'static str,
    },
    /// The file doesn't have the form.
    #[error("the file does not have the form of a vector file")]
    Format(#[source] Fault),
    /// The file's keys got no locked memory ([`NotLocked`]).
    #[error("the system locks no memory for a key")]
    NotLocked,
}

impl Mismatch {
    /// Codes that [`Mismatch::code`] returns, with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("conformance.ids.format", &["place", "problem"]),
        ("conformance.ids.mismatch", &["section", "index", "field"]),
    ];

    /// Stable code for the message catalogue.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Differs { .. } => "conformance.ids.mismatch",
            Self::Format(_) => "conformance.ids.format",
            Self::NotLocked => "identity.memory.locked",
        }
    }

    /// `section`, `index` (`none` if there is none), `field`; or `place`, `problem`.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Differs {
                section,
                index,
                field,
            } => vec![
                ("section", (*section).to_owned()),
                (
                    "index",
                    index.map_or_else(|| "none".to_owned(), |index| index.to_string()),
                ),
                ("field", (*field).to_owned()),
            ],
            Self::Format(fault) => fault.details(),
            Self::NotLocked => Vec::new(),
        }
    }

    /// Exit code: a difference is a refusal, a wrong form is bad input.
    pub const fn exit(&self) -> u8 {
        match self {
            Self::Differs { .. } => 1,
            Self::Format(_) => 2,
            Self::NotLocked => 3,
        }
    }
}

impl From<Fault> for Mismatch {
    fn from(fault: Fault) -> Self {
        Self::Format(fault)
    }
}

impl From<NotLocked> for Mismatch {
    fn from(_: NotLocked) -> Self {
        Self::NotLocked
    }
}

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Sections that stood in the file, in the order they were checked.
    pub sections: Vec<Section>,
    /// Sections that the form knows and the file hasn't.
    pub missing: Vec<&'static str>,
}

/// One section that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Name, as `number` or `canonical.kana`.
    pub name: &'static str,
    /// Entries; 1 for a section that is no list.
    pub entries: usize,
    /// Values computed and compared.
    pub values: usize,
}

/// Computes every value and canonical form of a vector file and compares it with the one that stands there.
///
/// # Errors
/// [`Mismatch::Differs`] for the first difference, in the order of [`Summary::sections`]; [`Mismatch::Format`] where the
/// file hasn't the form: an unknown section or field, a missing field, or nothing to check at all.
pub fn ids(json: &str) -> Result<Summary, Mismatch> {
    let document = Document::parse(json)?;
    let file = document.root();
    file.only(&[&Keys::FIELDS[..], &DERIVED, &["canonical"]].concat())?;
    let canonical = file.optional("canonical")?;
    if let Some(canonical) = &canonical {
        canonical.only(&CANONICAL.map(|(name, _, _)| name))?;
    }

    let mut sections = Vec::new();
    let mut missing = Vec::new();
    for name in DERIVED {
        match file.optional(name)? {
            Some(node) => sections.push(derived(name, &node, &Keys::read(&file)?)?),
            None => missing.push(name),
        }
    }
    for (short, name, check) in CANONICAL {
        match canonical
            .as_ref()
            .map(|node| node.optional(short))
            .transpose()?
            .flatten()
        {
            Some(node) => sections.push(list(name, &node, |entry| check(entry, &file))?),
            None => missing.push(name),
        }
    }
    if sections.is_empty() {
        return Err(file.fault(Problem::Empty).into());
    }
    Ok(Summary { sections, missing })
}

/// Keys and names that stand at the top of a vector file (`ids.json` and `issue.json` alike).
pub struct Keys {
    /// `k_root`
    pub root: RootKey,
    /// `k_provision_root`
    pub provision_root: ProvisionRoot,
    /// `provision_salt`
    pub salt: ProvisionSalt,
    /// `epoch`
    pub epoch: Epoch,
    /// `provision`
    pub provision: ProvisionCode,
    /// `today`
    pub today: Date,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

impl Keys {
    /// The fields that [`Keys::read`] reads.
    pub const FIELDS: [&'static str; 6] = [
        "k_root",
        "k_provision_root",
        "provision_salt",
        "epoch",
        "provision",
        "today",
    ];

    /// Reads the fields from the top of a file.
    ///
    /// # Errors
    /// [`Mismatch::Format`] at the field that is missing or wrong; [`Mismatch::NotLocked`].
    pub fn read(file: &Node<'_>) -> Result<Self, Mismatch> {
        let provision = file.field("provision")?;
        Ok(Self {
            root: RootKey::from_bytes(&mut file.field("k_root")?.hex()?)?,
            provision_root: ProvisionRoot::from_bytes(&mut file.field("k_provision_root")?.hex()?)?,
            salt: ProvisionSalt::from_bytes(&mut file.field("provision_salt")?.hex()?)?,
            epoch: Epoch(file.field("epoch")?.number()?),
            provision: ProvisionCode::parse(provision.text()?)
                .map_err(|_| provision.fault(Problem::ProvisionCode))?,
            today: file.field("today")?.day()?,
        })
    }
}

/// A difference, before it is known in which section and entry.
enum Trouble {
    Field(&'static str),
    Fault(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Trouble {
    fn within(self, section: &'static str, index: Option<usize>) -> Mismatch {
        match self {
            Self::Field(field) => Mismatch::Differs {
                section,
                index,
                field,
            },
            Self::Fault(fault) => Mismatch::Format(fault),
        }
    }
}

/// Number of values compared.
type Checked = Result<usize, Trouble>;

const DERIVED: [&str; 6] = [
    "prk",
    "subject_key",
    "provision_key",
    "key_check_value",
    "number",
    "kana",
];

fn derived(name: &'static str, node: &Node<'_>, keys: &Keys) -> Result<Section, Mismatch> {
    let single = |checked: Checked| {
        checked
            .map(|values| Section {
                name,
                entries: 1,
                values,
            })
            .map_err(|trouble| trouble.within(name, None))
    };
    let prk = pseudorandom_key(&keys.provision_root, &keys.salt);
    match name {
        "prk" => single(equal(node, name, &prk)),
        "subject_key" => single(both(
            node,
            &subject_key::<ByNumber>(&keys.root, keys.epoch),
            &subject_key::<ByKana>(&keys.root, keys.epoch),
        )),
        "provision_key" => single(both(
            node,
            &provision_key::<ByNumber>(&prk, &keys.provision),
            &provision_key::<ByKana>(&prk, &keys.provision),
        )),
        "key_check_value" => single(both(
            node,
            &provision::<ByNumber>(keys)?.kcv().0,
            &provision::<ByKana>(keys)?.kcv().0,
        )),
        "number" => {
            let stages = (
                SubjectKey::derive(&keys.root, keys.epoch)?,
                provision(keys)?,
            );
            list(name, node, |entry| {
                entry.only(&[
                    "insurer",
                    "symbol",
                    "number",
                    "branch",
                    "message",
                    "subject",
                    "provision_id",
                ])?;
                let person = InsuredNumber {
                    insurer: parsed(entry, "insurer", Insurer::parse)?,
                    symbol: parsed(entry, "symbol", Symbol::parse)?,
                    number: parsed(entry, "number", Number::parse)?,
                    branch: parsed(entry, "branch", Branch::parse)?,
                };
                steps::<ByNumber>(entry, &person, &stages)
            })
        }
        _ => {
            let stages = (
                SubjectKey::derive(&keys.root, keys.epoch)?,
                provision(keys)?,
            );
            list(name, node, |entry| {
                entry.only(&[
                    "kana",
                    "birth_date",
                    "sex",
                    "message",
                    "subject",
                    "provision_id",
                ])?;
                let person = Triple {
                    kana: parsed(entry, "kana", Kana::parse)?,
                    birth: parsed(entry, "birth_date", |text| {
                        BirthDate::parse(text, keys.today)
                    })?,
                    sex: parsed(entry, "sex", Sex::parse)?,
                };
                steps::<ByKana>(entry, &person, &stages)
            })
        }
    }
}

fn provision<K: Kind>(keys: &Keys) -> Result<ProvisionKey<K>, NotLocked> {
    ProvisionKey::derive(&keys.provision_root, &keys.salt, &keys.provision)
}

/// Message, subject and ID of one person.
fn steps<K: Kind>(
    entry: &Node<'_>,
    person: &K::Person,
    stages: &(SubjectKey<K>, ProvisionKey<K>),
) -> Checked {
    let message = message::<K>(&K::parts(person));
    if entry.field("message")?.hex_of_any_length()? != message {
        return Err(Trouble::Field("message"));
    }
    let subject = stages.0.subject(person);
    equal(&entry.field("subject")?, "subject", &subject.expose())?;
    let id = stages.1.id(&subject);
    equal(&entry.field("provision_id")?, "provision_id", id.as_bytes())?;
    Ok(3)
}

fn both<const N: usize>(node: &Node<'_>, number: &[u8; N], kana: &[u8; N]) -> Checked {
    node.only(&["number", "kana"])?;
    equal(&node.field("number")?, "number", number)?;
    equal(&node.field("kana")?, "kana", kana)?;
    Ok(2)
}

fn equal<const N: usize>(node: &Node<'_>, field: &'static str, computed: &[u8; N]) -> Checked {
    if node.hex::<N>()? == *computed {
        Ok(1)
    } else {
        Err(Trouble::Field(field))
    }
}

/// A canonical value of an input that has to be accepted.
fn parsed<T>(
    entry: &Node<'_>,
    field: &'static str,
    parse: impl FnOnce(&str) -> Result<T, Reject>,
) -> Result<T, Trouble> {
    parse(entry.field(field)?.text()?).map_err(|_| Trouble::Field(field))
}

fn list(
    name: &'static str,
    node: &Node<'_>,
    check: impl Fn(&Node<'_>) -> Checked,
) -> Result<Section, Mismatch> {
    let entries = node.items()?;
    let mut values: usize = 0;
    for (index, entry) in entries.iter().enumerate() {
        let count = check(entry).map_err(|trouble| trouble.within(name, Some(index)))?;
        values = values.saturating_add(count);
    }
    Ok(Section {
        name,
        entries: entries.len(),
        values,
    })
}
