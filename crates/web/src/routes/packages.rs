//! Packages of a study: what came, what became of it, and what waits in the incoming directory.

mod bound;
mod machine;
pub(crate) mod plain_file;
pub(crate) mod upload;
mod wanted;
pub(crate) mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::act;
use renketsu_seal::package::PackageKind;
use renketsu_store::{QuarantineRecord, Store};
use renketsu_workspace::intake::{self, Contents};
use renketsu_workspace::scan::Scanned;
use serde_json::Value;

use crate::at::At;
use crate::fault::Fault;
use crate::jobs::Job;
use crate::office::Office;
use crate::page::{Frame, Machine, show};
use crate::plain::plain;
use crate::progress::told;
use crate::visit::{SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

/// A file in the incoming directory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Incoming {
    name: String,
    bytes: u64,
}

/// What came, as a line.
struct Line {
    delivery: String,
    at: String,
    by: String,
    bytes: u64,
    state: String,
    is_bad: bool,
    /// Whether its file is still there.
    is_open: bool,
    sender: String,
}

#[derive(Template)]
#[template(path = "packages.html")]
struct PackagesPage {
    frame: Frame,
    lines: Vec<Line>,
    incoming: Vec<Incoming>,
    /// Files that are no sealed packages.
    others: Vec<Incoming>,
    place: String,
    may_import: bool,
    /// Whether something looks for viruses in what comes.
    is_scanned: bool,
}

/// A table of a package.
struct Table {
    name: String,
    rows: u64,
    is_imported: bool,
}

/// A fact of a receipt.
struct Fact {
    what: String,
    value: String,
}

#[derive(Template)]
#[template(path = "package.html")]
struct PackagePage {
    frame: Frame,
    line: Line,
    facts: Vec<Fact>,
    /// What it is: a removal has no table to choose.
    kind: Option<PackageKind>,
    tables: Vec<Table>,
    kinds: Vec<(&'static str, String)>,
    /// Deliveries that hold IDs of columns.
    ids: Vec<String>,
    progress: Option<String>,
    outcome: Option<(String, bool)>,
    refused: Option<String>,
    may: May,
    is_done: bool,
}

/// What can be done with a package now.
struct May {
    verify: bool,
    import: bool,
    discard: bool,
}

/// The study of the session; packages are of studies.
fn study(visit: &Visit) -> Result<String, Fault> {
    visit.sitting.study.clone().ok_or(Fault::NotFound)
}

/// Where packages for a study may be laid by whoever carries the medium. Each study has its own, so that none is seen from another.
fn place(dir: &Path, study: &str) -> PathBuf {
    dir.join("incoming").join(study)
}

/// The files that lie there, in the order of their names: sealed packages, or others. A directory that isn't there has none.
fn incoming(place: &Path, sealed: bool) -> Vec<Incoming> {
    let Ok(entries) = std::fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found: Vec<Incoming> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            // Not through a link: it could lead anywhere.
            let bytes = entry
                .metadata()
                .ok()
                .filter(std::fs::Metadata::is_file)?
                .len();
            let name = entry.file_name().into_string().ok()?;
            let is_sealed = renketsu_workspace::is_sealed(&entry.path());
            (is_sealed == sealed).then_some(Incoming { name, bytes })
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// What the sender states in a verified package.
fn contents(record: &QuarantineRecord) -> Option<Contents> {
    serde_json::from_value(record.body.clone()).ok()
}

fn line(frame: &Frame, record: &QuarantineRecord) -> Line {
    Line {
        delivery: record.delivery.clone(),
        at: frame.at(&record.received_at),
        by: plain(&record.received_by),
        bytes: record.bytes,
        state: frame.t(&format!("web-packages-state-{}", record.state)),
        is_bad: record.state == "refused",
        is_open: record.ended_at.is_none(),
        sender: contents(record)
            .map(|contents| plain(&contents.sender))
            .unwrap_or_default(),
    }
}

/// A delivery of the session's study.
fn found(store: &Store, study: &str, delivery: &str) -> Result<QuarantineRecord, Fault> {
    store.delivery(study, delivery)?.ok_or(Fault::NotFound)
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    let _permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let study = study(&visit)?;
    let frame = Frame::of(&office, &visit, "web-menu-packages");
    let event = visit
        .acting()
        .event("packages.viewed", &study, office.now());
    let named = format!("incoming/{study}");
    let (place, of) = (place(&office.dir, &study), study);
    let (records, [incoming, others]) = office
        .with(move |store| {
            let records = store.quarantined(&of)?;
            let found = [true, false].map(|sealed| incoming(&place, sealed));
            store.begin()?.commit(&event)?;
            Ok((records, found))
        })
        .await?;
    show(&PackagesPage {
        lines: records.iter().map(|record| line(&frame, record)).collect(),
        incoming,
        others,
        place: named,
        may_import: visit.may::<act::PackageImport>(&office, &visit.on),
        is_scanned: office.scanner.is_some(),
        frame,
    })
}

pub(crate) async fn one(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
    At(delivery): At<String>,
    Machine(machine): Machine,
) -> Shown {
    let _permit = visit
        .permit::<act::PackageReceive>(&office, visit.on.clone())
        .await?;
    let study = study(&visit)?;
    let frame = Frame::of(&office, &visit, "web-menu-packages");
    let event = visit
        .acting()
        .event("package.viewed", &delivery, office.now());
    let job = office.jobs.of(&delivery);
    // A page that renews itself while work goes on tells nothing new of the package: it is recorded once, when it is opened.
    let by_itself = visit.by_itself && matches!(job, Some(Job::Verifying | Job::Importing { .. }));
    let (record, left, ids) = office
        .with(move |store| {
            let record = found(store, &study, &delivery)?;
            let left = match contents(&record) {
                Some(contents) => intake::waiting(store, &contents)?,
                None => Vec::new(),
            };
            let ids = store.quarantined(&study)?;
            let ids = ids
                .into_iter()
                .filter(|one| one.state == "verified" && kind_of(one) == Some(PackageKind::Stamps));
            if !by_itself {
                store.begin()?.commit(&event)?;
            }
            Ok((record, left, ids.map(|one| one.delivery).collect()))
        })
        .await?;
    if machine {
        return machine::told(&record, contents(&record).as_ref(), &left, job);
    }
    let may_import = visit.may::<act::PackageImport>(&office, &visit.on);
    show(&shown(frame, &record, (&left, ids), job, may_import))
}

fn kind_of(record: &QuarantineRecord) -> Option<PackageKind> {
    contents(record).map(|contents| contents.kind)
}

fn shown(
    frame: Frame,
    record: &QuarantineRecord,
    (left, ids): (&[String], Vec<String>),
    job: Option<Job>,
    may_import: bool,
) -> PackagePage {
    let contents = contents(record);
    let (progress, outcome) = told(&frame, job);
    let idle = progress.is_none();
    let open = record.ended_at.is_none();
    let refused = refusal(&frame, record);
    PackagePage {
        line: line(&frame, record),
        facts: facts(&frame, record, contents.as_ref()),
        tables: contents
            .iter()
            .flat_map(|contents| &contents.tables)
            .map(|(name, rows)| Table {
                is_imported: !left.contains(name),
                name: plain(name),
                rows: *rows,
            })
            .collect(),
        kind: contents.as_ref().map(|contents| contents.kind),
        kinds: contents
            .iter()
            .flat_map(wanted::kinds)
            .map(|kind| {
                let name = kind.as_str();
                (name, frame.t(&format!("web-packages-kind-{name}")))
            })
            .collect(),
        ids,
        may: May {
            verify: open && idle && record.state == "received",
            import: open
                && idle
                && may_import
                && record.state == "verified"
                && !left.is_empty()
                && contents
                    .as_ref()
                    .is_some_and(|contents| contents.kind != PackageKind::Stamps),
            discard: open && idle,
        },
        is_done: record.state == "imported",
        progress,
        outcome,
        refused,
        frame,
    }
}

/// Why a package was refused, in words.
fn refusal(frame: &Frame, record: &QuarantineRecord) -> Option<String> {
    let code = record.body.get("code")?.as_str()?;
    let details = record.body.get("details").and_then(Value::as_object);
    let values: Vec<(&str, String)> = details
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), plain(value.as_str()?))))
        .collect();
    Some(frame.say(&format!("err-{}", crate::message_id(code)), &values))
}

/// What the receipt of a package says.
fn facts(frame: &Frame, record: &QuarantineRecord, contents: Option<&Contents>) -> Vec<Fact> {
    let fact = |id: &str, value: String| Fact {
        what: frame.t(id),
        value,
    };
    let mut all = vec![
        fact("web-packages-study", record.study.clone()),
        fact("web-packages-sha256", record.sha256.clone()),
        fact("web-packages-bytes", record.bytes.to_string()),
        fact("web-packages-received", frame.at(&record.received_at)),
        fact("web-packages-by", plain(&record.received_by)),
    ];
    if let Some(contents) = contents {
        let kind = format!("web-packages-holds-{}", contents.kind.as_str());
        all.extend([
            fact("web-packages-holds", frame.t(&kind)),
            fact("web-packages-package", contents.package.clone()),
            fact("web-packages-sender", plain(&contents.sender)),
            fact("web-packages-fingerprint", contents.fingerprint.clone()),
            fact("web-packages-sequence", contents.sequence.to_string()),
            fact("web-diag-scanner", scan(frame, contents.scan.as_ref())),
        ]);
    }
    if let Some(at) = &record.ended_at {
        all.push(fact("web-packages-erased", frame.at(at)));
    }
    all
}

/// What looked for viruses.
fn scan(frame: &Frame, scan: Option<&Scanned>) -> String {
    let Some(scan) = scan else {
        return frame.t("web-packages-not-scanned");
    };
    let made = scan.signatures_at.as_ref();
    let values = [
        ("engine", plain(&scan.engine)),
        (
            "signatures",
            made.map(|at| frame.at(at)).unwrap_or_default(),
        ),
        ("bytes", scan.bytes.to_string()),
    ];
    frame.say("web-packages-scanned", &values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_studys_own_directory_alone_are_offered() {
        let dir = tempfile::TempDir::new().unwrap();
        let here = place(dir.path(), "diabetes");
        assert_eq!(incoming(&here, true), []);
        std::fs::create_dir_all(here.join("folder")).unwrap();
        let sealed = b"age-encryption.org/v1\n-> X25519";
        std::fs::write(here.join("b.sealed"), sealed).unwrap();
        std::fs::write(here.join("a\u{202e}.sealed"), sealed).unwrap();
        std::fs::write(here.join("plain.csv"), "number,name").unwrap();
        std::os::unix::fs::symlink(here.join("b.sealed"), here.join("link")).unwrap();
        let other = place(dir.path(), "other");
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join("c.sealed"), sealed).unwrap();
        let names = |sealed| {
            let found = incoming(&here, sealed).into_iter();
            found.map(|found| found.name).collect::<Vec<_>>()
        };
        assert_eq!(names(true), ["a\u{202e}.sealed", "b.sealed"]);
        assert_eq!(names(false), ["plain.csv"]);
    }
}
