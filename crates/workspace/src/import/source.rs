//! What a file amounts to before the engine reads a row of it.

use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::Offset;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::durable;
use renketsu_seal::package::{Expected, Header, Opened, PackageKind, Sealed};
use renketsu_seal::{PartyKeys, Trust};
use renketsu_store::{SeenPackage, Store, StoreError, StudyRecord};

use super::{Import, ImportError, Joined, Origin, Terms, pair};
use crate::engine::{IdColumns, TableSource};
use crate::kind::TableKind;

/// What an accepted source amounts to.
pub(super) struct Taken {
    pub(super) source: TableSource,
    pub(super) ids: Option<IdColumns>,
    pub(super) origin: Origin,
    pub(super) kcv: Option<KeyCheckValues>,
    pub(super) proven: bool,
    pub(super) seen: Vec<SeenPackage>,
}

/// How a sealed package begins.
pub(crate) const SEALED: &[u8] = b"age-encryption.org/";

/// Whether a file begins as a sealed package does. A file that cannot be read does not.
pub fn is_sealed(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = durable::open_file(path)
        .and_then(|file| file.take(SEALED.len() as u64).read_to_end(&mut head));
    read.is_ok() && head == SEALED
}

pub(super) enum Format {
    Sealed,
    Plain,
}

/// Tells the format by the first bytes, not by the name.
pub(super) fn format<E: std::error::Error + 'static>(
    path: &Path,
) -> Result<Format, ImportError<E>> {
    let io = |source| ImportError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = durable::open_file(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(ImportError::Directory {
            path: path.to_owned(),
        });
    }
    let mut head = Vec::new();
    file.by_ref().take(32).read_to_end(&mut head).map_err(io)?;
    if head.is_empty() {
        return Err(ImportError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(if head.starts_with(SEALED) {
        Format::Sealed
    } else {
        Format::Plain
    })
}

/// Opens the package as the kind that the table is of; with IDs to come, as columns.
fn opened<E: std::error::Error + 'static>(
    keys: &PartyKeys,
    trust: &Trust,
    ask: &Import<'_>,
    now: Timestamp,
) -> Result<(PackageKind, Opened), ImportError<E>> {
    let kind = match ask.kind {
        TableKind::Anonymized => PackageKind::Delivery,
        TableKind::Public(_) if ask.ids.is_some() => PackageKind::Columns,
        TableKind::Public(_) => PackageKind::Extract,
        TableKind::Removed => PackageKind::Removal,
        TableKind::Reference => return Err(ImportError::ReferencePackage),
    };
    if ask.ids.is_some() && kind != PackageKind::Columns {
        return Err(ImportError::IdsUnfit {
            path: ask.file.to_owned(),
        });
    }
    let authentic = Sealed::open(ask.file)?.authenticate(keys, trust, now)?;
    if authentic.header().kind == PackageKind::Columns && ask.ids.is_none() {
        return Err(ImportError::IdsNeeded {
            path: ask.file.to_owned(),
        });
    }
    Ok((kind, authentic.verify()?))
}

pub(super) fn from_package<E: std::error::Error + 'static>(
    store: &Store,
    keys: &PartyKeys,
    trust: &Trust,
    study: &StudyRecord,
    ask: &Import<'_>,
    now: Timestamp,
) -> Result<Taken, ImportError<E>> {
    let digest = ask.ids.map(|_| pair::digest(ask.file)).transpose()?;
    let (kind, opened) = opened(keys, trust, ask, now)?;
    opened.expect(&Expected {
        kind,
        provision: study.provision.clone(),
        kcv: study.kcv,
    })?;
    let header = opened.header();
    permitted(header, kind, ask.kind, keys, now)?;
    let names: Vec<String> = opened
        .tables()
        .iter()
        .map(|table| table.name.clone())
        .collect();
    // A table keeps its name unless both are given, even the only one: taken under another by mistake, it could not be
    // taken again.
    let table = ask.package_table.unwrap_or(ask.table).to_owned();
    if !names.contains(&table) {
        return Err(ImportError::NoTable {
            table,
            tables: names,
        });
    }
    let schema = opened
        .tables()
        .iter()
        .find(|found| found.name == table)
        .map(|found| found.schema.clone())
        .unwrap_or_default();
    let package = opened.package_id().to_string();
    if store.has_seen(&package, &table)? {
        return Err(StoreError::Replayed {
            package,
            part: table,
        }
        .into());
    }
    let sender = opened.sender();
    let mut all_seen = vec![seen(table.clone(), &opened, now)];
    let reader = Box::new(opened.table(&table)?);
    let (source, joined) = match ask.ids.zip(digest) {
        None => (TableSource::Package { reader, schema }, None),
        Some((path, sha256)) => {
            let stamps = pair::stamps(store, (keys, trust), path, (&opened, &sha256), now)?;
            all_seen.push(seen(String::new(), &stamps, now));
            let source = TableSource::Pair {
                columns: reader,
                ids: Box::new(stamps.table(pair::TABLE)?),
                proofs: pair::proofs(&stamps)?,
                schema,
            };
            (source, Some(Box::new(Joined::of(&stamps))))
        }
    };
    Ok(Taken {
        ids: Some(IdColumns {
            number_id: "number_id".to_owned(),
            kana_id: Some("kana_id".to_owned()),
            kana_unique: Some("kana_unique".to_owned()),
        }),
        origin: Origin::Package {
            package: package.clone(),
            table: table.clone(),
            sender: sender.name.clone(),
            fingerprint: sender.fingerprint().to_string(),
            approval: header.approval.clone(),
            kcv: header.kcv,
            ids: joined,
            terms: Box::new(Terms::of(header)),
        },
        kcv: header.kcv,
        proven: true,
        seen: all_seen,
        source,
    })
}

/// A package, or a part of it, as it is noted.
fn seen(part: String, package: &Opened, now: Timestamp) -> SeenPackage {
    let header = package.header();
    SeenPackage {
        package_id: package.package_id().to_string(),
        part,
        kind: header.kind.as_str().to_owned(),
        sender: package.sender().fingerprint().to_string(),
        sequence: header.sequence,
        seen_at: now,
        head: package.head().cloned(),
    }
}

/// What the law asks of a package beyond its seal.
fn permitted<E: std::error::Error + 'static>(
    header: &Header,
    kind: PackageKind,
    table: TableKind,
    keys: &PartyKeys,
    now: Timestamp,
) -> Result<(), ImportError<E>> {
    // The day in Japan: UTC+9, no summer time.
    let today = Offset::constant(9).to_datetime(now).date();
    if let Some(until) = header.period_end
        && until < today
    {
        return Err(ImportError::Past { until });
    }

    let own = keys.card().fingerprint();
    if header
        .recipient_ground
        .as_ref()
        .is_none_or(|ground| ground.fingerprint != own)
    {
        return Err(ImportError::NoGround);
    }
    if matches!(kind, PackageKind::Delivery | PackageKind::Removal)
        && header
            .producer
            .as_ref()
            .is_none_or(|certification| certification.kind != "anonymized")
    {
        return Err(ImportError::Certification);
    }
    if kind == PackageKind::Delivery
        && let Some(term) = Terms::of(header).missing()
    {
        return Err(ImportError::NoTerm { term });
    }
    if let TableKind::Public(_) = table
        && !header
            .databases
            .iter()
            .any(|database| database == table.as_str())
    {
        return Err(ImportError::OtherDatabase {
            database: table.as_str(),
        });
    }
    Ok(())
}

pub(super) fn from_plain<E: std::error::Error + 'static>(
    study: &StudyRecord,
    ask: &Import<'_>,
) -> Result<Taken, ImportError<E>> {
    let source = TableSource::Plain {
        path: ask.file.to_owned(),
    };
    let plain = &ask.plain;
    if ask.ids.is_some() {
        return Err(ImportError::IdsUnfit {
            path: ask.file.to_owned(),
        });
    }
    if ask.kind == TableKind::Removed {
        return Err(ImportError::RemovalPlain {
            path: ask.file.to_owned(),
        });
    }
    if ask.kind == TableKind::Reference {
        let needs = |option| ImportError::ReferenceNeeds { option };
        let said = ask.reference.as_ref().ok_or_else(|| needs("--source"))?;
        for (text, option) in [
            (&said.source, "--source"),
            (&said.declared_by, "--declared-by"),
        ] {
            if text.trim().is_empty() {
                return Err(needs(option));
            }
        }
        let origin = Origin::Reference {
            source: said.source.clone(),
            declared_by: said.declared_by.clone(),
        };
        return Ok(Taken {
            source,
            ids: None,
            origin,
            kcv: None,
            proven: false,
            seen: Vec::new(),
        });
    }
    let needs = |option| ImportError::PlainNeeds { option };
    let provision = plain
        .provision
        .as_ref()
        .ok_or_else(|| needs("--provision"))?;
    let kcv = plain.kcv.ok_or_else(|| needs("--kcv"))?;
    let ids = plain.ids.clone().ok_or_else(|| needs("--number-id"))?;
    if let TableKind::Public(_) = ask.kind
        && plain.approval.is_none()
    {
        return Err(needs("--approval"));
    }
    if *provision != study.provision {
        return Err(ImportError::OtherProvision {
            given: provision.clone(),
            study: study.provision.clone(),
        });
    }
    if let Some(known) = study.kcv
        && known != kcv
    {
        let show = |kcv: KeyCheckValues| format!("{}/{}", kcv.number, kcv.kana);
        return Err(ImportError::OtherKcv {
            study: show(known),
            given: show(kcv),
        });
    }
    let origin = Origin::Plain {
        approval: plain.approval.clone(),
        kcv,
    };
    Ok(Taken {
        source,
        ids: Some(ids),
        origin,
        kcv: Some(kcv),
        proven: false,
        seen: Vec::new(),
    })
}
