//! Asking a workspace with accounts: as a person, at the door of the running server.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use renketsu_seal::sign_in::{OneTimeCode, PasswordCost, PasswordHash, TotpSeed};
use renketsu_seal::{Passphrase, party};
use renketsu_store::{Event, FactorRecord, PersonRecord, PlaceRecord, Store, TerminalRecord};
use totp_rs::{Algorithm, Builder, Secret};

use crate::plain::{KCV, hex};
use crate::{PASSPHRASE, Place, refused, text};

pub(crate) const PASSWORD: &str = "Tsuru-Kame-Kawara-93!";
const SQL: &str = "select dx, count(distinct person) as persons, avg(value) as mean from anon group by dx order by dx";

#[expect(
    clippy::disallowed_methods,
    reason = "the server that is started here reads the same clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// A linked study in a workspace that can be served.
pub(crate) fn linked() -> Place {
    let place = Place::new();
    let rows: Vec<String> = (0..30)
        .map(|person| {
            format!(
                "{},{},{person}\n",
                hex(person),
                ["E11", "I10"][person as usize % 2]
            )
        })
        .collect();
    place.write("anon.csv", format!("id5,dx,value\n{}", rows.concat()));
    place.ok("init --dir w --role workspace --name University --host localhost");
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-2026-0001");
    place.ok("study create --dir w --study T --provision P-2026-0002");
    place.ok(&format!(
        "study import --dir w --study S --table anon --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5"
    ));
    place.ok("study link --dir w --study S");
    place
}

/// People and terminals, as if they had enrolled: of `S` a handler, a lead and an operator with one factor, and a handler with two.
/// The terminals are for `S`, for `T`, and for the office, where the operator is one too.
pub(crate) fn enrolled(place: &Place, dir: &str) -> ([String; 3], TotpSeed) {
    let dir = place.path(dir);
    let keys = party::open(&dir, &Passphrase::new(PASSPHRASE.to_owned()).unwrap()).unwrap();
    let seed = TotpSeed::random().unwrap();
    let hash = PasswordHash::of(PASSWORD.as_bytes(), PasswordCost::Light).unwrap();
    let mut store = Store::open(&dir).unwrap();
    let txn = store.begin().unwrap();
    let at = now();
    for (id, role) in [
        ("handler", "handler"),
        ("lead", "lead"),
        ("operator", "system-operator"),
        ("sato", "handler"),
    ] {
        let person = PersonRecord {
            person: id.to_owned(),
            name: id.to_owned(),
            affiliation: "University".to_owned(),
            language: "en".to_owned(),
            added_at: at,
            added_by: "test".to_owned(),
            suspended_at: None,
            password: None,
            password_at: None,
            password_long: false,
            pledged_at: None,
            single_factor: None,
            failures: 0,
            failed_at: None,
        };
        txn.add_person(&person).unwrap();
        txn.set_password(id, Some(hash.as_str()), true, at).unwrap();
        txn.pledged(id, at).unwrap();
        txn.add_grant(id, role, Some("S"), at, "test").unwrap();
        if id != "sato" {
            let why = serde_json::json!({ "reason": "a token was lost" });
            txn.allow_single_factor(id, Some(&why)).unwrap();
        }
    }
    txn.add_grant("operator", "system-operator", None, at, "test")
        .unwrap();
    txn.add_factor(&FactorRecord {
        factor: "f".to_owned(),
        person: "sato".to_owned(),
        kind: "totp".to_owned(),
        label: "telephone".to_owned(),
        body: seed.seal(&keys.proof()).unwrap(),
        last_step: None,
        made_at: at,
        removed_at: None,
    })
    .unwrap();
    let codes = [Some("S"), Some("T"), None].map(|study| {
        let code = OneTimeCode::random().unwrap();
        let name = study.unwrap_or("office").to_lowercase();
        let room = PlaceRecord {
            place: format!("room-{name}"),
            name: name.clone(),
            acceptance: None,
        };
        txn.add_place(&room, at, "test").unwrap();
        let terminal = TerminalRecord {
            terminal: format!("line-{name}"),
            place: room.place,
            study: study.map(str::to_owned),
            code: Some((
                code.digest(),
                at.checked_add(SignedDuration::from_hours(1)).unwrap(),
            )),
            enrolled_at: None,
            revoked_at: None,
            failures: 0,
            failed_at: None,
        };
        txn.add_terminal(&terminal, at, "test").unwrap();
        code.reveal().to_string()
    });
    txn.commit(&Event::new("test.people", "w", at)).unwrap();
    (codes, seed)
}

pub(crate) struct Served(Child);

impl Served {
    pub(crate) fn new(place: &Place, dir: &str) -> Self {
        let words = format!("serve --dir {dir} --listen 127.0.0.1:0 --json");
        let words: Vec<_> = words.split_whitespace().collect();
        let mut child = place
            .command(&words)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = out.lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "}"), "it never told where");
        Self(child)
    }

    pub(crate) fn stop(mut self) {
        let id = i32::try_from(self.0.id()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::SIGTERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Makes this command line a terminal.
pub(crate) fn entered(place: &Place, code: &str, seat: &str) {
    place.ok(&format!("study enter --dir w --code {code} --seat {seat}"));
}

/// A question at the door, by a process that has a person's password and code, and no passphrase of keys or vault.
pub(crate) fn ask(place: &Place, person: &str, seat: &str, more: &[&str]) -> Output {
    let mut words = vec!["study", "query", "--dir", "w", "--study", "S", "--sql", SQL];
    words.extend(["--as", person, "--seat", seat]);
    words.extend(more);
    let mut command = place.command(&words);
    command.env("CREDENTIALS_DIRECTORY", place.path("mine"));
    command.output().unwrap()
}

fn shown(seed: &TotpSeed) -> String {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::new_stack(*seed.bytes()))
        .with_issuer(Some("Renketsu".to_owned()))
        .with_account_name("a".to_owned())
        .build()
        .unwrap()
        .generate(u64::try_from(now().as_second()).unwrap())
        .to_string()
}

/// Linking at the door, from the study's own terminal alone.
fn links(place: &Place) {
    let link = |person: &str, seat: &str| {
        let words = format!("study link --dir w --study S --as {person} --seat {seat} --json");
        let words: Vec<_> = words.split_whitespace().collect();
        let mut command = place.command(&words);
        command.env("CREDENTIALS_DIRECTORY", place.path("mine"));
        command.output().unwrap()
    };
    let linked = link("handler", "s");
    assert!(linked.status.success(), "{}", text(&linked.stderr));
    let linked: serde_json::Value = serde_json::from_slice(&linked.stdout).unwrap();
    assert_eq!(linked["version"], 2);
    refused(
        &link("handler", "t"),
        1,
        "workspace.account.no_role",
        "another study's terminal",
    );
}

/// What roles, statements, files and other studies are refused.
fn refusals(place: &Place) {
    let lead = ask(place, "lead", "s", &[]);
    refused(&lead, 1, "access.denied.not-allowed", "asks nothing");
    let rows = [
        "study",
        "query",
        "--dir",
        "w",
        "--study",
        "S",
        "--as",
        "handler",
        "--seat",
        "s",
        "--sql",
        "select person from anon",
    ];
    let mut rows = place.command(&rows);
    let rows = rows.env("CREDENTIALS_DIRECTORY", place.path("mine"));
    assert_eq!(rows.output().unwrap().status.code(), Some(1));

    std::fs::set_permissions(place.path("t"), PermissionsExt::from_mode(0o644)).unwrap();
    refused(
        &ask(place, "handler", "t", &[]),
        1,
        "cli.door.open",
        "read by others",
    );
    std::fs::set_permissions(place.path("t"), PermissionsExt::from_mode(0o600)).unwrap();
    // Nobody has a role in the other study, so nobody signs in at its terminal.
    let other = ask(place, "handler", "t", &[]);
    refused(
        &other,
        1,
        "workspace.account.no_role",
        "another study's terminal",
    );
}

#[test]
fn a_person_asks_the_running_server_with_the_answers_and_refusals_of_before() {
    let place = linked();
    let direct = ["csv", "json"].map(|format| {
        let words = ["study", "query", "--dir", "w", "--study", "S"];
        let output = place.run_words(&[&words[..], &["--sql", SQL, "--format", format]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    });
    let (codes, seed) = enrolled(&place, "w");
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/renketsu-password", PASSWORD);
    refused(&place.ask("w", SQL), 2, "cli.door.who", "nobody asks");
    let entering = |code: &str, seat: &str| {
        place.run(&format!("study enter --dir w --code {code} --seat {seat}"))
    };
    refused(&entering(&codes[0], "s"), 3, "web.door.closed", "no server");

    let served = Served::new(&place, "w");
    let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("w/service/door.sock"), 0o600);
    for (code, seat) in [(&codes[0], "s"), (&codes[1], "t")] {
        let output = entering(code, seat);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(mode(seat), 0o600);
    }
    let again = entering(&codes[0], "again");
    refused(&again, 1, "workspace.account.code", "a code is good once");
    assert!(!place.path("again").exists());

    for (format, before) in ["csv", "json"].iter().zip(&direct) {
        let output = ask(&place, "handler", "s", &["--format", format]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), *before);
    }
    links(&place);
    place.write("mine/renketsu-totp", shown(&seed));
    let output = ask(&place, "sato", "s", &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), direct[0]);
    let replayed = ask(&place, "sato", "s", &[]);
    refused(
        &replayed,
        1,
        "workspace.account.refused",
        "a code is shown once",
    );

    refusals(&place);
    place.write("mine/renketsu-password", "wrong");
    let wrong = ask(&place, "handler", "s", &[]);
    refused(&wrong, 1, "workspace.account.refused", "a wrong password");
    served.stop();
    assert!(!place.path("w/service/door.sock").exists());
    refused(
        &ask(&place, "handler", "s", &[]),
        3,
        "web.door.closed",
        "no server",
    );

    let record = place.ok("record --dir w --json");
    for action in [
        "terminal.enrolled",
        "session.opened",
        "session.closed",
        "access.denied",
        "link.asked",
        "study.linked",
    ] {
        assert!(record.contains(action), "{action}");
    }
}
