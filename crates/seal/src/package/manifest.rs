//! `datapackage.json`: a Frictionless Data Package with what the parties agreed on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_duty::notice::FeeNotice;
use renketsu_identity::{KanaMode, KeyCheckValues};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::archive::{is_table_name, table_name};
use super::{
    Certification, Counts, Custody, Header, PackageId, PackageKind, RecipientGround, TableInfo,
};
use crate::card::{Card, Fingerprint, Role};
use crate::log::GivenHead;

/// The one version of the format there is.
pub(crate) const FORMAT: &str = "renketsu.package/1";
/// No honest manifest comes near it: a hundred tables of a thousand columns have 10 MiB.
pub(crate) const MAX_MANIFEST: u64 = 16 * 1024 * 1024;
/// While a package is written, each table holds a file open; a process may have 1024.
pub(crate) const MAX_TABLES: usize = 256;
const MAX_TEXT: usize = 2000;
const MAX_LIST: usize = 1000;
const SCHEMA: &str = "https://datapackage.org/profiles/2.0/datapackage.json";
const MEDIA_TYPE: &str = "application/vnd.apache.parquet";

/// The trusted comment of the manifest's signature.
pub(crate) fn trusted_comment(id: PackageId) -> String {
    format!("{FORMAT} {id}")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataPackage {
    #[serde(rename = "$schema")]
    schema: String,
    name: String,
    renketsu: Statement,
    resources: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    name: String,
    path: String,
    bytes: u64,
    hash: String,
    format: String,
    mediatype: String,
    renketsu: Counts,
    schema: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    format: String,
    package_id: PackageId,
    kind: PackageKind,
    provision: String,
    study: Option<String>,
    profile: String,
    kcv: Option<KeyCheckValues>,
    #[serde(default, skip_serializing_if = "KanaMode::is_keyed")]
    kana_mode: KanaMode,
    sequence: u64,
    in_reply_to: Option<PackageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custody: Option<Custody>,
    sender: SenderLine,
    recipient: RecipientLine,
    created: Timestamp,
    expires: Timestamp,
    purpose: String,
    places: Vec<String>,
    producer: Option<Certification>,
    recipient_ground: Option<RecipientGround>,
    databases: Vec<String>,
    approval: Option<String>,
    contract: Option<String>,
    period_start: Option<Date>,
    period_end: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee_notice: Option<FeeNotice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<GivenHead>,
}

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SenderLine {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) fingerprint: Fingerprint,
}

impl From<&Card> for SenderLine {
    fn from(card: &Card) -> Self {
        Self {
            name: card.name.clone(),
            role: card.role,
            fingerprint: card.fingerprint(),
        }
    }
}

/// To whom. Under the signature, because age lets anybody seal anything for anybody: a recipient could
/// otherwise pass a package on as if the sender had addressed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipientLine {
    pub(crate) name: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) key: String,
}

impl From<&Card> for RecipientLine {
    fn from(card: &Card) -> Self {
        Self {
            name: card.name.clone(),
            fingerprint: card.fingerprint(),
            key: card.recipient.clone(),
        }
    }
}

/// The content of a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) package_id: PackageId,
    pub(crate) header: Header,
    pub(crate) sender: SenderLine,
    pub(crate) recipient: RecipientLine,
    pub(crate) tables: Vec<TableInfo>,
    /// The newest head of the sender's log. Packages of before there were any have none.
    pub(crate) log: Option<GivenHead>,
}

/// Why bytes are no manifest of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ManifestFault {
    /// A field that is there and well-typed, but says what it may not.
    Field(&'static str),
    Json {
        line: usize,
        column: usize,
    },
    Version {
        found: String,
    },
}

impl Manifest {
    /// The bytes that are signed: indented JSON, fields in a fixed order, ending in a line break.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = self.header.clone();
        let statement = Statement {
            format: FORMAT.to_owned(),
            package_id: self.package_id,
            kind: header.kind,
            provision: header.provision,
            study: header.study,
            profile: header.profile,
            kcv: header.kcv,
            kana_mode: header.kana_mode,
            sequence: header.sequence,
            in_reply_to: header.in_reply_to,
            custody: header.custody,
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            created: header.created,
            expires: header.expires,
            purpose: header.purpose,
            places: header.places,
            producer: header.producer,
            recipient_ground: header.recipient_ground,
            databases: header.databases,
            approval: header.approval,
            contract: header.contract,
            period_start: header.period_start,
            period_end: header.period_end,
            fee_notice: header.fee_notice,
            log: self.log.clone(),
        };
        let package = DataPackage {
            schema: SCHEMA.to_owned(),
            name: format!("renketsu-{}-{}", self.header.kind, self.package_id),
            renketsu: statement,
            resources: self.tables.iter().map(resource).collect(),
        };
        let mut bytes = serde_json::to_vec_pretty(&package)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads bytes whose signature was verified.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let json = |error: serde_json::Error| ManifestFault::Json {
            line: error.line(),
            column: error.column(),
        };
        // The version first: a later one may have any other fields.
        let probe: Probe = serde_json::from_slice(bytes).map_err(json)?;
        if probe.renketsu.format != FORMAT {
            let found = probe
                .renketsu
                .format
                .chars()
                .filter(|c| !c.is_control())
                .take(64)
                .collect();
            return Err(ManifestFault::Version { found });
        }
        let package: DataPackage = serde_json::from_slice(bytes).map_err(json)?;
        if package.resources.is_empty() || package.resources.len() > MAX_TABLES {
            return Err(ManifestFault::Field("resources"));
        }
        let tables = package
            .resources
            .into_iter()
            .map(table)
            .collect::<Result<Vec<_>, _>>()?;
        let names: BTreeSet<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        if names.len() != tables.len() {
            return Err(ManifestFault::Field("resources"));
        }
        let manifest = Self::from_statement(package.renketsu, tables);
        check_header(&manifest.header).map_err(ManifestFault::Field)?;
        Ok(manifest)
    }

    fn from_statement(statement: Statement, tables: Vec<TableInfo>) -> Self {
        Self {
            package_id: statement.package_id,
            header: Header {
                kind: statement.kind,
                provision: statement.provision,
                study: statement.study,
                profile: statement.profile,
                kcv: statement.kcv,
                kana_mode: statement.kana_mode,
                sequence: statement.sequence,
                in_reply_to: statement.in_reply_to,
                custody: statement.custody,
                created: statement.created,
                expires: statement.expires,
                purpose: statement.purpose,
                places: statement.places,
                producer: statement.producer,
                recipient_ground: statement.recipient_ground,
                databases: statement.databases,
                approval: statement.approval,
                contract: statement.contract,
                period_start: statement.period_start,
                period_end: statement.period_end,
                fee_notice: statement.fee_notice,
            },
            sender: statement.sender,
            recipient: statement.recipient,
            tables,
            log: statement.log,
        }
    }
}

#[derive(Deserialize)]
struct Probe {
    renketsu: ProbeFormat,
}

#[derive(Deserialize)]
struct ProbeFormat {
    format: String,
}

/// Names the first field that says what it may not. The same rules hold for writing and reading.
pub(crate) fn check_header(header: &Header) -> Result<(), &'static str> {
    let provision = &header.provision;
    let provision_characters = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
    if !(1..=64).contains(&provision.len()) || !provision.bytes().all(provision_characters) {
        return Err("provision");
    }
    if header.sequence == 0 {
        return Err("sequence");
    }
    if header.expires <= header.created {
        return Err("expires");
    }
    let optional = |text: &Option<String>| text.as_ref().is_none_or(|text| is_text(text));
    let list = |texts: &[String]| texts.len() <= MAX_LIST && texts.iter().all(|text| is_text(text));
    let certification = |held: &Certification| {
        matches!(held.kind.as_str(), "anonymized" | "pseudonymized")
            && matches!(held.ground.as_str(), "19-1" | "47-1")
            && is_text(&held.number)
    };
    let ground = |ground: &RecipientGround| is_text(&ground.name) && is_text(&ground.item);
    let custody = match &header.custody {
        None => !header.kind.by_token(),
        Some(custody) => {
            let named = custody.sha256.as_deref();
            header.kind.by_token()
                && named.is_none_or(is_digest)
                && named.is_some() == (header.kind != PackageKind::Columns)
                && header.in_reply_to.is_some() == named.is_some()
        }
    };
    let notice = |notice: &FeeNotice| {
        matches!(header.kind, PackageKind::Answer | PackageKind::References)
            && notice.provision == header.provision
            && notice.corrects.is_none()
            && notice.adds_up()
            && notice.texts().all(is_text)
    };
    // Half of what is said twice would be believed by one and the other half by another.
    let kana_mode = match header.kcv {
        Some(kcv) => header.kana_mode.fits(kcv.kana),
        None => header.kana_mode.is_keyed(),
    };
    let checks = [
        ("profile", is_text(&header.profile)),
        ("kana_mode", kana_mode),
        ("custody", custody),
        ("study", optional(&header.study)),
        ("purpose", is_text(&header.purpose)),
        ("places", list(&header.places)),
        (
            "producer",
            header.producer.as_ref().is_none_or(certification),
        ),
        (
            "recipient_ground",
            header.recipient_ground.as_ref().is_none_or(ground),
        ),
        ("databases", list(&header.databases)),
        ("approval", optional(&header.approval)),
        ("contract", optional(&header.contract)),
        ("fee_notice", header.fee_notice.as_ref().is_none_or(notice)),
        (
            "period_start",
            header
                .period_start
                .zip(header.period_end)
                .is_none_or(|(start, end)| start <= end),
        ),
    ];
    checks
        .into_iter()
        .find(|(_, holds)| !holds)
        .map_or(Ok(()), |(field, _)| Err(field))
}

/// Not blank, of sane length, without characters that could forge a line of a log or a terminal.
fn is_text(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= MAX_TEXT
        && !text.chars().any(char::is_control)
}

/// 64 lower-case hexadecimal digits.
fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A Table Schema as far as the package goes: `fields`, each with a unique `name` and a `type`.
pub(crate) fn is_table_schema(schema: &Value) -> bool {
    let Some(fields) = schema.get("fields").and_then(Value::as_array) else {
        return false;
    };
    let mut names = BTreeSet::new();
    !fields.is_empty()
        && fields.iter().all(|field| {
            let name = field.get("name").and_then(Value::as_str);
            field.get("type").is_some_and(Value::is_string)
                && name.is_some_and(|name| !name.is_empty() && names.insert(name))
        })
}

fn resource(table: &TableInfo) -> Resource {
    Resource {
        name: table.name.clone(),
        path: table.path.clone(),
        bytes: table.bytes,
        hash: format!("sha256:{}", table.sha256),
        format: "parquet".to_owned(),
        mediatype: MEDIA_TYPE.to_owned(),
        renketsu: Counts {
            rows: table.rows,
            distinct_number_ids: table.distinct_number_ids,
            distinct_kana_ids: table.distinct_kana_ids,
        },
        schema: table.schema.clone(),
    }
}

fn table(resource: Resource) -> Result<TableInfo, ManifestFault> {
    let Resource {
        name,
        path,
        bytes,
        hash,
        format,
        mediatype,
        renketsu,
        schema,
    } = resource;
    let sha256 = hash.strip_prefix("sha256:").unwrap_or_default().to_owned();
    let checks = [
        ("name", is_table_name(&name)),
        ("path", table_name(&path) == Some(name.as_str())),
        ("hash", is_digest(&sha256)),
        ("format", format == "parquet"),
        ("mediatype", mediatype == MEDIA_TYPE),
        ("schema", is_table_schema(&schema)),
    ];
    if let Some((field, _)) = checks.into_iter().find(|(_, holds)| !holds) {
        return Err(ManifestFault::Field(field));
    }
    let Counts {
        rows,
        distinct_number_ids,
        distinct_kana_ids,
    } = renketsu;
    Ok(TableInfo {
        name,
        path,
        bytes,
        sha256,
        rows,
        distinct_number_ids,
        distinct_kana_ids,
        schema,
    })
}
