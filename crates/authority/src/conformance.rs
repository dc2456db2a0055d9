//! Checks another implementation against ours, and ours against theirs: a registry, requests and their answers in one
//! file (`vectors/issue.json`).

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use jiff::civil::Date;
use renketsu_identity::{Epoch, NotLocked, ProvisionCode, ProvisionRoot, ProvisionSalt, RootKey};
use serde::{Deserialize, Deserializer, Serialize};

use crate::issuer::IssuerKeys;
use crate::lookup::{Identifiers, Status};
use crate::registry::{
    Acceptance, Broken, BuildError, Builder, FindingKind, RawRow, ReadError, Registry, Severity,
};
use crate::resolver::{Resolver, ResolverKeys};

/// A file all of whose answers are ours too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Answers compared.
    pub answers: u64,
    /// Persons of its registry.
    pub persons: u64,
    /// Answers by the name of their status.
    pub by_status: BTreeMap<&'static str, u64>,
}

/// The first place where the file is not as we compute it, or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// An answer differs.
    #[error("`{field}` of answer {index} differs from what was computed")]
    Differs {
        /// Place in `answers`, counted from 0.
        index: u64,
        /// The field of the answer.
        field: &'static str,
    },
    /// Not JSON, or not of this form.
    #[error("the file is not of the form of issue.json at line {line}, column {column}")]
    Form {
        /// Line of the file.
        line: u64,
        /// Column of the line.
        column: u64,
    },
    /// A key, the provision's identifier or the day cannot be used.
    #[error("`{name}` has no usable value")]
    Value {
        /// Its name in the file.
        name: &'static str,
    },
    /// A row of its registry is not accepted.
    #[error("row {index} of the registry is not accepted: {kind}")]
    Row {
        /// Place in `registry`, counted from 0.
        index: u64,
        /// The kind of the finding.
        kind: &'static str,
    },
    /// No registry or no answer: nothing to compare.
    #[error("`{name}` is empty")]
    Empty {
        /// Its name in the file.
        name: &'static str,
    },
    /// The file's keys got no locked memory.
    #[error("the system locks no memory for a key")]
    NotLocked,
    /// Larger than one registry may be.
    #[error("the registry of the file is too large")]
    TooLarge,
    /// A bug of ours.
    #[error("a canonical {what} is not canonical")]
    Broken {
        /// What.
        what: &'static str,
    },
}

impl Mismatch {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.conformance.differs", &["index", "field"]),
        ("authority.conformance.form", &["line", "column"]),
        ("authority.conformance.value", &["name"]),
        ("authority.conformance.row", &["index", "kind"]),
        ("authority.conformance.empty", &["name"]),
        ("authority.conformance.too_large", &[]),
        ("authority.conformance.broken", &["what"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Differs { .. } => "authority.conformance.differs",
            Self::Form { .. } => "authority.conformance.form",
            Self::Value { .. } => "authority.conformance.value",
            Self::Row { .. } => "authority.conformance.row",
            Self::Empty { .. } => "authority.conformance.empty",
            Self::NotLocked => "identity.memory.locked",
            Self::TooLarge => "authority.conformance.too_large",
            Self::Broken { .. } => "authority.conformance.broken",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Differs { index, field } => {
                vec![("index", index.to_string()), ("field", (*field).to_owned())]
            }
            Self::Form { line, column } => {
                vec![("line", line.to_string()), ("column", column.to_string())]
            }
            Self::Value { name } | Self::Empty { name } => vec![("name", (*name).to_owned())],
            Self::Row { index, kind } => {
                vec![("index", index.to_string()), ("kind", (*kind).to_owned())]
            }
            Self::NotLocked | Self::TooLarge => Vec::new(),
            Self::Broken { what } => vec![("what", (*what).to_owned())],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Differs { .. } => 1,
            Self::Form { .. }
            | Self::Value { .. }
            | Self::Row { .. }
            | Self::Empty { .. }
            | Self::TooLarge => 2,
            Self::NotLocked => 3,
            Self::Broken { .. } => 70,
        }
    }
}

impl From<NotLocked> for Mismatch {
    fn from(_: NotLocked) -> Self {
        Self::NotLocked
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    k_root: String,
    k_provision_root: String,
    provision_salt: String,
    epoch: u32,
    provision: String,
    today: String,
    registry: Vec<RegistryRow>,
    answers: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryRow {
    person: String,
    kana: String,
    birth_date: String,
    sex: String,
    insurer: String,
    symbol: String,
    number: String,
    branch: String,
    valid_from: String,
    valid_to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    request: Request,
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    insurer: String,
    symbol: String,
    number: String,
    branch: String,
    kana: String,
    birth_date: String,
    sex: String,
    service_date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: String,
    #[serde(deserialize_with = "nullable")]
    number_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    kana_id: Option<String>,
    #[serde(deserialize_with = "nullable")]
    kana_unique: Option<bool>,
}

/// Null, but not left out.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Computes every answer of the file and compares it; the first that differs ends the check.
pub fn issue(json: &str) -> Result<Summary, Mismatch> {
    // The words of the parser may quote a value; its position does not.
    let document: Document = serde_json::from_str(json).map_err(|error| Mismatch::Form {
        line: u64::try_from(error.line()).unwrap_or(u64::MAX),
        column: u64::try_from(error.column()).unwrap_or(u64::MAX),
    })?;
    let today: Date = document
        .today
        .parse()
        .map_err(|_| Mismatch::Value { name: "today" })?;
    let provision = ProvisionCode::parse(&document.provision)
        .map_err(|_| Mismatch::Value { name: "provision" })?;
    let root = RootKey::from_bytes(&mut bytes(&document.k_root, "k_root")?)?;
    let provision_root =
        ProvisionRoot::from_bytes(&mut bytes(&document.k_provision_root, "k_provision_root")?)?;
    let salt = ProvisionSalt::from_bytes(&mut bytes(&document.provision_salt, "provision_salt")?)?;
    let resolver_keys = ResolverKeys::derive(&root, Epoch(document.epoch))?;
    let issuer_keys = IssuerKeys::derive(&provision_root, &salt, &provision)?;
    let registry = registry(&document.registry, today)?;
    let resolver = Resolver::new(&registry, &resolver_keys, today);
    if document.answers.is_empty() {
        return Err(Mismatch::Empty { name: "answers" });
    }
    let mut by_status: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut answers = 0_u64;
    for (index, case) in (0_u64..).zip(&document.answers) {
        let status = compare(&resolver, &issuer_keys, index, case)?;
        let count = by_status.entry(status.name()).or_insert(0);
        *count = count.saturating_add(1);
        answers = answers.saturating_add(1);
    }
    Ok(Summary {
        answers,
        persons: registry.persons(),
        by_status,
    })
}

fn compare(
    resolver: &Resolver<'_>,
    keys: &IssuerKeys,
    index: u64,
    case: &Case,
) -> Result<Status, Mismatch> {
    let request = &case.request;
    let raw = Identifiers {
        insurer: &request.insurer,
        symbol: &request.symbol,
        number: &request.number,
        branch: &request.branch,
        kana: &request.kana,
        birth_date: &request.birth_date,
        sex: &request.sex,
        service: &request.service_date,
    };
    let (resolution, subjects) = resolver.resolve(&raw).map_err(|error| unread(&error))?;
    let issued = keys.issue(&subjects);
    let answer = &case.answer;
    let equal = [
        ("status", answer.status == resolution.status.name()),
        (
            "number_id",
            answer.number_id == issued.number_id.map(|id| id.to_hex()),
        ),
        (
            "kana_id",
            answer.kana_id == issued.kana_id.map(|id| id.to_hex()),
        ),
        ("kana_unique", answer.kana_unique == resolution.kana_unique),
    ];
    match equal.iter().find(|(_, equal)| !equal) {
        Some((field, _)) => Err(Mismatch::Differs { index, field }),
        None => Ok(resolution.status),
    }
}

fn bytes(hex: &str, name: &'static str) -> Result<[u8; 32], Mismatch> {
    HEXLOWER
        .decode(hex.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Mismatch::Value { name })
}

/// Questions (one number of two persons …) do not make a file useless: the look-up has an answer for them too.
fn registry(rows: &[RegistryRow], today: Date) -> Result<Registry, Mismatch> {
    let mut builder = Builder::new(today);
    for (index, row) in (0_u64..).zip(rows) {
        let raw = RawRow {
            person: &row.person,
            kana: &row.kana,
            birth_date: &row.birth_date,
            sex: &row.sex,
            insurer: &row.insurer,
            symbol: &row.symbol,
            number: &row.number,
            branch: &row.branch,
            valid_from: &row.valid_from,
            valid_to: &row.valid_to,
        };
        builder.push(index, &raw).map_err(|error| unbuilt(&error))?;
    }
    match builder.finish(Acceptance::Accept) {
        Ok((registry, _)) => Ok(registry),
        Err(BuildError::Refused(findings)) => {
            let first = findings
                .iter()
                .find(|finding| finding.kind.severity() == Severity::Error);
            Err(Mismatch::Row {
                index: first.map_or(0, |finding| finding.line),
                kind: first
                    .map_or(FindingKind::FieldRejected, |finding| finding.kind)
                    .name(),
            })
        }
        Err(error) => Err(unbuilt(&error)),
    }
}

/// In memory nothing but a value that isn't canonical can fail.
fn unread(error: &ReadError) -> Mismatch {
    let what = match error {
        ReadError::Broken(Broken(what)) => what,
        ReadError::Io(_) => "block",
    };
    Mismatch::Broken { what }
}

fn unbuilt(error: &BuildError) -> Mismatch {
    match error {
        BuildError::Refused(_) => Mismatch::Broken { what: "row" },
        BuildError::Empty => Mismatch::Empty { name: "registry" },
        BuildError::TooLarge => Mismatch::TooLarge,
        BuildError::Io(_) => Mismatch::Broken { what: "block" },
        BuildError::Read(error) => unread(error),
    }
}
