//! The authority and the producer as two processes over HTTPS: the same results as over files, and nothing lost by a kill.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use renketsu_store::{RequestEnd, Store};

use crate::Place;
use crate::chain::introduced;

/// How many kills meet the service: 20, or what `cargo xtask long` asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of the same test is asked for by its environment"
)]
fn wanted() -> usize {
    std::env::var("RENKETSU_KILLS").map_or(20, |kills| kills.parse().unwrap())
}

/// `authority serve` as a process of its own; killed when it is dropped.
struct Served(Child);

impl Served {
    /// Started, once it says where it listens; the producer is told.
    fn start(place: &Place) -> Self {
        let words =
            "authority serve --dir authority --listen 127.0.0.1:0 --operator 127.0.0.1:0 --json";
        let mut child = place
            .command(&words.split_whitespace().collect::<Vec<_>>())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !said.trim_end().ends_with('}') {
            if lines.read_line(&mut said).unwrap() == 0 {
                let mut why = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut why)
                    .unwrap();
                panic!("{why}");
            }
        }
        let at: serde_json::Value = serde_json::from_str(&said).unwrap();
        let at = at["service"].as_str().unwrap();
        place.ok(&format!(
            "producer authority set https://{at} --ca root.pem --dir producer"
        ));
        Self(child)
    }

    /// SIGTERM, and a good end.
    fn stop(mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Numbers of people, none beside another.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(12_345_u64), |number| {
        Some(number.wrapping_mul(48_271) % 99_999_989)
    })
}

fn registry(people: usize) -> String {
    let mut csv = String::from(
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to\n",
    );
    for (person, number) in numbers().take(people).enumerate() {
        writeln!(
            csv,
            "R{person},ヤマダ タロウ,1980-01-02,1,01010016,1,{number},00,2015-04-01,"
        )
        .unwrap();
    }
    csv
}

/// Three introduced parties; the producer can connect to the authority.
fn connected(people: usize) -> Place {
    let place = introduced(&registry(people));
    place.write(
        "columns.toml",
        "[columns]\nkey = \"key\"\ninsurer = \"insurer\"\nsymbol = \"symbol\"\nnumber = \"number\"\nbranch = \"branch\"\n",
    );
    place.ok("authority tls init --host 127.0.0.1 --host localhost --out root.pem --dir authority");
    place.ok("producer tls new --out certificate.json --dir producer");
    place.ok("authority tls enrol certificate.json --dir authority");
    place
}

/// Seals a request for these people.
fn request(place: &Place, name: &str, people: usize) {
    let mut csv = String::from("key,insurer,symbol,number,branch\n");
    for (person, number) in numbers().take(people).enumerate() {
        writeln!(csv, "K{person},01010016,1,{number},00").unwrap();
    }
    place.write(&format!("{name}.csv"), csv);
    place.ok(&format!(
        "producer request --dir producer --provision P-2026-0001 --table {name}.csv --columns columns.toml --out {name}.rkp"
    ));
}

/// The tables with IDs that an answer gives, delivered and counted in the user's study: points per diagnosis of the linked.
fn linked(place: &Place, answer: &str) -> String {
    let mut visits = String::from("key,dx,value\n");
    let mut points = String::from("person,points\n");
    for person in 0_u64..100 {
        writeln!(visits, "K{person},E{},{person}", person % 3).unwrap();
        writeln!(points, "R{person},{}", person.saturating_mul(10)).unwrap();
    }
    place.write("visits.csv", visits);
    place.write("ndb.csv", points);
    place.ok(&format!(
        "producer attach --dir producer --answers {answer} --key key --table visits=visits.csv"
    ));
    place.ok("producer deliver --dir producer --provision P-2026-0001 --purpose research --place room --contract C-1 --from 2026-01-01 --until 2099-12-31 --out delivery.rkp");
    place.ok("authority stamp ndb.csv --dir authority --provision P-2026-0001 --database ndb --approval A-1 --table ndb --person person --out ndb.rkp");
    place.vault("workspace");
    place.ok("study create --dir workspace --study S --provision P-2026-0001");
    place
        .ok("study import --dir workspace --study S --table visits --kind anonymized delivery.rkp");
    place.ok("study import --dir workspace --study S --table ndb --kind ndb ndb.rkp");
    place.ok("study link --dir workspace --study S");
    let sql = "select v.dx, count(distinct v.person) as persons, sum(n.points) as points from visits v join ndb n on v.person = n.person group by v.dx order by v.dx";
    let output = place.ask("workspace", sql);
    assert!(output.status.success(), "{}", crate::text(&output.stderr));
    crate::text(&output.stdout)
}

#[test]
fn over_https_and_over_files_the_results_are_equal() {
    let by_file = connected(100);
    request(&by_file, "one", 100);
    by_file.ok("authority issue one.rkp --dir authority --out answer.rkp");

    let by_https = connected(100);
    request(&by_https, "one", 100);
    let served = Served::start(&by_https);
    let sent = by_https.json("producer send one.rkp --dir producer --out answer.rkp --json");
    assert_eq!(sent["state"], "answered");
    by_https.ok("producer send one.rkp --dir producer --out again.rkp");
    served.stop();
    assert_eq!(
        std::fs::read(by_https.path("answer.rkp")).unwrap(),
        std::fs::read(by_https.path("again.rkp")).unwrap()
    );

    let results = linked(&by_https, "answer.rkp");
    assert_eq!(results.lines().count(), 4, "{results}");
    assert_eq!(results, linked(&by_file, "answer.rkp"));
    let record = by_https.ok("record --dir authority --json");
    for action in ["service.accepted", "service.answered", "service.fetched"] {
        assert!(record.contains(action), "{record}");
    }
}

/// What can be seen of a request's way from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Begun,
    Received,
    Accepted,
    Made,
    Issued,
    Answered,
}

const POINTS: [Point; 6] = [
    Point::Begun,
    Point::Received,
    Point::Accepted,
    Point::Made,
    Point::Issued,
    Point::Answered,
];

/// Files of the service and their lengths.
fn files(place: &Place, name: &str) -> BTreeMap<OsString, u64> {
    let dir = std::fs::read_dir(place.path("authority/service").join(name)).unwrap();
    dir.filter_map(|entry| {
        let entry = entry.ok()?;
        // It can be gone by now.
        Some((entry.file_name(), entry.metadata().ok()?.len()))
    })
    .collect()
}

/// How far the newest request is. `old` are the uploads that earlier kills left.
fn stands(
    place: &Place,
    store: &Store,
    before: u64,
    old: &BTreeMap<OsString, u64>,
) -> Option<Point> {
    let acted = store.actions_after(before).unwrap();
    let did = |action: &str| acted.iter().any(|(_, done)| done == action);
    if did("service.answered") {
        return Some(Point::Answered);
    }
    if did("provision.issued") {
        return Some(Point::Issued);
    }
    if did("service.accepted") {
        let answers = store.answered_requests().unwrap().len();
        let made = files(place, "outbox").len() > answers;
        return Some(if made { Point::Made } else { Point::Accepted });
    }
    let parts = files(place, "uploads");
    let parts = parts
        .iter()
        .filter(|(name, _)| name.to_string_lossy().ends_with(".part") && !old.contains_key(*name));
    match parts.map(|(_, length)| length).max() {
        None => None,
        Some(0) => Some(Point::Begun),
        Some(_) => Some(Point::Received),
    }
}

/// The points at which the kills come, from a seed, and how long after each: that is in no step with what happens there.
fn points(kills: usize) -> Vec<(Point, u64)> {
    let mut state = 2026_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut points = Vec::new();
    for _ in 0..kills {
        let point = POINTS[usize::try_from(next() % 6).unwrap()];
        points.push((point, next() % 400));
    }
    points
}

#[test]
fn a_kill_at_any_time_loses_no_accepted_request() {
    let place = connected(120);
    let kills = wanted();
    for at in 0..kills {
        request(&place, &format!("r{at}"), 100);
    }
    let mut accepted = Vec::new();
    let mut met = BTreeMap::new();
    for (at, (point, after)) in points(kills).into_iter().enumerate() {
        let served = Served::start(&place);
        let store = Store::open(&place.path("authority")).unwrap();
        // What an earlier kill left is done first.
        let waits = || !store.waiting_requests().unwrap().is_empty();
        while waits() {
            std::thread::yield_now();
        }
        let before = store.last_event().unwrap();
        let old = files(&place, "uploads");
        let words = format!("producer send r{at}.rkp --dir producer --json");
        let mut sending = place
            .command(&words.split_whitespace().collect::<Vec<_>>())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while stands(&place, &store, before, &old) < Some(point) {
            let ended = sending.try_wait().unwrap();
            assert!(ended.is_none_or(|status| status.success()), "r{at}");
            std::thread::yield_now();
        }
        for _ in 0..after {
            std::thread::yield_now();
        }
        // When it comes, it may be further.
        let found = stands(&place, &store, before, &old);
        served.kill();
        *met.entry(found).or_insert(0_usize) += 1;
        let output = {
            // Nobody is there any more: the client is not waited for through all its tries.
            if sending.try_wait().unwrap().is_none() {
                sending.kill().unwrap();
            }
            sending.wait_with_output().unwrap()
        };
        if output.status.success() {
            let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            accepted.push(told["request"].as_str().unwrap().to_owned());
        }
    }
    println!(
        "{kills} kills, {} requests told as accepted; the kills met: {met:?}",
        accepted.len()
    );
    // A handful can all come early; many cannot.
    assert!(kills < 20 || !accepted.is_empty());
    // What was told to be accepted is there, and every request gets its answer.
    let served = Served::start(&place);
    for at in 0..kills {
        place.ok(&format!(
            "producer send r{at}.rkp --dir producer --out a{at}.rkp"
        ));
    }
    served.stop();
    let store = Store::open(&place.path("authority")).unwrap();
    for request in accepted {
        let kept = store.service_request(&request).unwrap().unwrap();
        assert!(
            matches!(kept.end, Some(RequestEnd::Answered(_))),
            "{kept:?}"
        );
    }
    let issued = store.events().unwrap();
    let issued = issued
        .iter()
        .filter(|entry| entry.event.action == "provision.issued");
    assert_eq!(issued.count(), kills);
    assert!(store.waiting_requests().unwrap().is_empty());
}

#[test]
fn what_the_authority_has_to_cure_is_listed_and_tried_again() {
    let place = connected(120);
    request(&place, "one", 100);
    place.ok("authority meter start --dir authority --provision P-2026-0001 --who 担当者");
    let served = Served::start(&place);
    place.fails(
        "producer send one.rkp --dir producer --out answer.rkp",
        3,
        "service.send.held",
    );
    let again = place.json("producer send one.rkp --dir producer --json");
    assert_eq!(
        (&again["state"], &again["reason"]),
        (&"held".into(), &"authority.fee.open_session".into())
    );
    let list = place.json("authority requests list --dir authority --json");
    let listed = &list["requests"][0];
    assert_eq!(listed["reason"], "authority.fee.open_session");
    assert_eq!(listed["producer"], "producer");
    assert!(
        place
            .ok("authority requests list --dir authority")
            .contains("waits for the authority: authority.fee.open_session")
    );
    let status = place.ok("authority status --dir authority");
    assert!(
        status.contains("wait for the authority: 1 (authority.fee.open_session)"),
        "{status}"
    );
    place.fails(
        &format!(
            "authority requests retry {} --dir authority",
            "0".repeat(64)
        ),
        2,
        "store.missing",
    );
    place.ok("authority meter stop --dir authority --provision P-2026-0001");
    place.ok("authority requests retry --dir authority");
    let store = Store::open(&place.path("authority")).unwrap();
    while !store.waiting_requests().unwrap().is_empty() {
        std::thread::yield_now();
    }
    place.ok("producer send one.rkp --dir producer --out answer.rkp");
    served.stop();
    assert!(
        place
            .ok("authority requests list --dir authority")
            .contains("No request waits.")
    );
}

#[test]
fn only_a_producer_sends() {
    let place = connected(1);
    place.write("one.rkp", "x");
    for dir in ["workspace", "authority"] {
        place.fails(
            &format!("producer send one.rkp --dir {dir}"),
            1,
            "cli.role.other",
        );
    }
    place.fails(
        "producer send one.rkp --dir producer",
        2,
        "service.link.unset",
    );
    place.fails(
        "producer authority set http://127.0.0.1 --ca root.pem --dir producer",
        2,
        "service.link.url",
    );
    place.fails(
        "producer tls new --out other.json --dir producer",
        1,
        "service.link.has_certificate",
    );
    assert!(!place.path("other.json").exists());
    place.ok("producer tls new --out other.json --dir producer --replace");
    place.fails(
        "authority serve --dir authority --listen 127.0.0.1:0 --operator 0.0.0.0:0",
        2,
        "service.serve.operator",
    );
    let listed = place.json("authority tls list --dir authority --json");
    let certificate = listed["certificates"][0]["certificate"].as_str().unwrap();
    place.ok(&format!(
        "authority tls revoke {certificate} --dir authority"
    ));
    assert!(
        place
            .ok("authority tls list --dir authority")
            .contains("revoked")
    );
}
