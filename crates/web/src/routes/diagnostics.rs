//! The state of the machine and the program, for those who answer for it.

use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::{SignedDuration, Timestamp};
use renketsu_access::{Object, act};
use renketsu_workspace::scan::{Engine, ScanError};
use renketsu_workspace::volume::{self, MountedBy, Standing};

use crate::fault::Fault;
use crate::office::{Office, placeless};
use crate::page::{Frame, show};
use crate::standing::LogStanding;
use crate::visit::SignedIn;
use crate::{address, assets, outgoing};

type Shown = Result<Response<Body>, Fault>;

/// Less than this, or than a tenth, and it is time to make room.
const LEAST: u64 = 1 << 30;
/// Signatures that are older were forgotten: they come to an isolated segment by medium.
const SIGNATURES: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Bad,
    Good,
    /// Something that is neither good nor bad.
    Told,
}

impl Verdict {
    fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

struct Check {
    what: String,
    verdict: Verdict,
    found: String,
}

struct Loaded {
    file: &'static str,
    version: String,
    licence: String,
    digest: &'static str,
}

#[derive(Template)]
#[template(path = "diagnostics.html")]
struct DiagnosticsPage {
    frame: Frame,
    at: String,
    checks: Vec<Check>,
    assets: Vec<Loaded>,
}

/// What only the machine and the state know.
struct Read {
    standing: LogStanding,
    sessions: usize,
    proven: bool,
    /// Free bytes and all.
    disk: Option<(u64, u64)>,
    outgoing: Option<usize>,
    /// Where every study lies, and whether somebody has it open.
    volumes: Vec<(String, Standing, bool)>,
    /// What the antivirus program says, where there is one.
    scanner: Option<Result<Engine, ScanError>>,
}

/// Free bytes and all of the file system that a directory is on.
fn disk(dir: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(dir).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Some((bytes(found.f_bavail), bytes(found.f_blocks)))
}

fn is_roomy(free: u64, all: u64) -> bool {
    free >= LEAST && free >= all / 10
}

/// GiB with one digit after the point.
fn gib(bytes: u64) -> String {
    let tenths = bytes / ((1 << 30) / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    let _permit = visit
        .permit::<act::DiagnosticsView>(&office, Object::Office)
        .await?;
    let frame = Frame::of(&office, &visit, "web-menu-diagnostics");
    let now = office.now();
    let event = visit.acting().event("diagnostics.viewed", "server", now);
    let (at, own) = (Arc::clone(&office), visit.sitting.study.clone());
    let scanner = office.scanner.clone();
    // It may take its time, and nobody waits for the state meanwhile.
    let scanner = tokio::task::spawn_blocking(move || scanner.map(|scanner| scanner.engine()));
    let scanner = scanner.await.map_err(|_| Fault::Broken)?;
    let read = office
        .with(move |store| {
            let open = store.open_sittings()?;
            let volumes = volume::standings(store)?.into_iter();
            let volumes = volumes
                // From a terminal of a study nothing is told of another one.
                .filter(|(study, _)| own.as_ref().is_none_or(|own| own == study))
                .map(|(study, stands)| {
                    let mut open = open.iter();
                    let open = open.any(|sitting| sitting.study.as_ref() == Some(&study));
                    (study, stands, open)
                });
            let read = Read {
                standing: LogStanding::read(&at, store)?,
                volumes: volumes.collect(),
                sessions: open.len(),
                proven: store.is_proven(),
                disk: disk(&at.dir),
                outgoing: outgoing::counted(at.address.port()).ok(),
                scanner,
            };
            store.begin()?.commit(&event)?;
            Ok(read)
        })
        .await?;
    show(&DiagnosticsPage {
        at: frame.at(&now),
        checks: checks(&frame, &office, &read),
        assets: loaded(&frame),
        frame,
    })
}

fn checks(frame: &Frame, office: &Office, read: &Read) -> Vec<Check> {
    let check = |what: &str, verdict: Verdict, found: String| Check {
        what: frame.t(what),
        verdict,
        found,
    };
    let mut all = vec![
        check(
            "web-diag-program",
            Verdict::Told,
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
        check(
            "web-diag-started",
            Verdict::Told,
            frame.at(&office.started_at),
        ),
        clock(frame, office),
    ];
    for said in read.standing.told(frame, office.now()) {
        all.push(check("web-diag-log", Verdict::of(!said.bad), said.text));
    }
    let proven = if read.proven {
        "web-diag-proven-yes"
    } else {
        "web-diag-proven-no"
    };
    all.push(check(
        "web-diag-proven",
        Verdict::of(read.proven),
        frame.t(proven),
    ));
    all.push(match read.disk {
        Some((free, whole)) => check(
            "web-diag-disk",
            Verdict::of(is_roomy(free, whole)),
            frame.say(
                "web-diag-disk-free",
                &[("free", gib(free)), ("all", gib(whole))],
            ),
        ),
        None => check("web-diag-disk", Verdict::Bad, frame.t("web-diag-unknown")),
    });
    all.push(check(
        "web-diag-sessions",
        Verdict::Told,
        read.sessions.to_string(),
    ));
    let isolated = address::is_isolated(office.address.ip());
    let id = if isolated {
        "web-diag-isolated"
    } else {
        "web-diag-open"
    };
    all.push(check(
        "web-diag-listening",
        Verdict::of(isolated),
        frame.t1(id, "address", office.address),
    ));
    all.push(match read.outgoing {
        Some(count) => check(
            "web-diag-outgoing",
            Verdict::of(count == 0),
            frame.t1("web-diag-outgoing-count", "count", count),
        ),
        None => check(
            "web-diag-outgoing",
            Verdict::Bad,
            frame.t("web-diag-unknown"),
        ),
    });
    all.push(scanner(frame, office, read.scanner.as_ref()));
    all.extend(read.volumes.iter().map(|at| lies(frame, at)));
    all
}

/// Whether something looks for viruses, and with signatures of when.
fn scanner(frame: &Frame, office: &Office, asked: Option<&Result<Engine, ScanError>>) -> Check {
    let (verdict, found) = match asked {
        None => (Verdict::Bad, frame.t("web-packages-no-scanner")),
        Some(Err(error)) => {
            let id = crate::message_id(error.code());
            (
                Verdict::Bad,
                frame.say(&format!("err-{id}"), &error.details()),
            )
        }
        Some(Ok(engine)) => {
            let made = engine.signatures_at;
            let values = [
                ("engine", engine.name.clone()),
                (
                    "signatures",
                    made.map(|at| frame.at(&at)).unwrap_or_default(),
                ),
            ];
            (
                Verdict::of(made.is_some_and(|made| is_recent(made, office.now()))),
                frame.say("web-diag-scanner-runs", &values),
            )
        }
    };
    Check {
        what: frame.t("web-diag-scanner"),
        verdict,
        found,
    }
}

/// Whether signatures are as new as those of a machine can be that gets them by medium.
fn is_recent(made: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made) <= SIGNATURES
}

/// Where a study lies. Folders and accounts on one machine are no separation.
fn lies(frame: &Frame, (study, stands, open): &(String, Standing, bool)) -> Check {
    let (verdict, id) = match stands {
        Standing::None => (Verdict::Bad, "web-diag-volume-none"),
        Standing::Mounted(MountedBy::Server) if !open => (Verdict::Bad, "web-diag-volume-held"),
        Standing::Mounted(_) => (Verdict::Good, "web-diag-volume-mounted"),
        Standing::Absent(MountedBy::Server) if !open => (Verdict::Good, "web-diag-volume-idle"),
        Standing::Absent(_) => (Verdict::Bad, "web-diag-volume-absent"),
        Standing::Wrong(error) => {
            let id = crate::message_id(error.code());
            return Check {
                what: frame.t1("web-diag-volume", "study", study),
                verdict: Verdict::Bad,
                found: frame.say(&format!("err-{id}"), &placeless(error.details())),
            };
        }
    };
    Check {
        what: frame.t1("web-diag-volume", "study", study),
        verdict,
        found: frame.t(id),
    }
}

/// What the kernel says of the machine's clock, as every entry of the log has it.
fn clock(frame: &Frame, office: &Office) -> Check {
    let what = frame.t("web-diag-clock");
    let Some(clock) = (office.read_clock)() else {
        let found = frame.t("web-diag-unknown");
        return Check {
            what,
            verdict: Verdict::Bad,
            found,
        };
    };
    let values = [
        ("at", frame.at(&clock.read)),
        ("error", (clock.max_error_us / 1000).to_string()),
        (
            "kept",
            if clock.unsynchronised { "no" } else { "yes" }.to_owned(),
        ),
    ];
    Check {
        what,
        verdict: Verdict::of(!clock.unsynchronised),
        found: frame.say("web-diag-clock-state", &values),
    }
}

fn loaded(frame: &Frame) -> Vec<Loaded> {
    assets::listed()
        .map(|(asset, digest)| {
            let ours = || (frame.t("web-diag-ours"), "Apache-2.0".to_owned());
            let (version, licence) = asset.from.map_or_else(ours, |(version, licence)| {
                (version.to_owned(), licence.to_owned())
            });
            Loaded {
                file: asset.file,
                version,
                licence,
                digest,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_grow_old() {
        let made: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        assert!(is_recent(made, "2026-11-15T00:00:00Z".parse().unwrap()));
        assert!(!is_recent(made, "2026-11-15T00:00:01Z".parse().unwrap()));
    }

    #[test]
    fn little_room_is_told() {
        assert!(is_roomy(LEAST, LEAST));
        assert!(!is_roomy(LEAST - 1, LEAST));
        assert!(!is_roomy(10 << 30, 101 << 30));
        assert_eq!(gib(3 << 29), "1.5");
        assert_eq!(gib(0), "0.0");
    }

    #[test]
    fn a_directory_has_room_and_none_has_none() {
        let (free, all) = disk(Path::new("/")).unwrap();
        assert!(free <= all && all > 0);
        assert_eq!(disk(Path::new("/nowhere/at/all")), None);
    }
}
