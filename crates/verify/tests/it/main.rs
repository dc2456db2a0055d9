//! The program as an inspector runs it, on copies that a party wrote.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use renketsu_seal::Role;
use renketsu_seal::log::Witness;
use renketsu_seal::party::Cost;
use renketsu_store::{Event, Store};
use renketsu_testkit::{Party, now, passphrase};
use tempfile::TempDir;

/// A party with a log, and a directory for what it hands out.
struct Place {
    party: Party,
    store: Store,
    dir: TempDir,
}

impl Place {
    fn new(entries: u64) -> Self {
        let party = Party::new(Role::Workspace, "利用者");
        let store = Store::open(party.path()).unwrap();
        let dir = TempDir::new().unwrap();
        let mut place = Self { party, store, dir };
        place.record(entries);
        place
    }

    fn record(&mut self, entries: u64) {
        let at: Timestamp = now();
        let txn = self.store.begin().unwrap();
        for n in 1..entries {
            let event = Event::new("study.asked", "S", at).with("rows", n);
            txn.also(&event).unwrap();
        }
        txn.commit(&Event::new("study.verified", "S", at)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn copy(&self, name: &str) {
        self.store
            .sign_log(self.party.path(), &self.party.keys)
            .unwrap();
        self.store
            .export_log(self.party.path(), &self.party.card, &self.path(name))
            .unwrap();
    }

    fn run(&self, words: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_renketsu-verify"))
            .args(words)
            .current_dir(self.dir.path())
            .env("LC_ALL", "en_US.UTF-8")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    fn ok(&self, words: &[&str]) -> String {
        let (code, out, err) = self.run(words);
        assert_eq!(code, 0, "{words:?}\n{err}");
        out
    }

    fn fails(&self, words: &[&str], exit: i32, code: &str) {
        let (found, _, err) = self.run(words);
        assert_eq!(found, exit, "{words:?}\n{err}");
        assert!(err.contains(&format!("[{code}]")), "{words:?}\n{err}");
        let japanese = self.run(&[&["--lang", "ja"], words].concat()).2;
        assert!(
            japanese.starts_with(&format!("エラー [{code}]：")),
            "{japanese}"
        );
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap().trim().to_owned()
}

#[test]
fn an_inspector_checks_a_copy_against_what_was_kept_outside() {
    let mut place = Place::new(300);
    place.copy("first");
    let fingerprint = place.party.card.fingerprint().to_hex();
    let said = place.ok(&["log", "first"]);
    assert!(said.contains("300 entries"), "{said}");
    assert!(said.contains("Compare by another channel"), "{said}");
    assert!(said.contains("never rewritten as a whole"), "{said}");

    let dir = TempDir::new().unwrap();
    let key = Witness::create(dir.path(), "audit.example/1", &passphrase(), Cost::Light).unwrap();
    let witness = Witness::open(dir.path(), &passphrase()).unwrap();
    let expected = place.party.card.fingerprint();
    let signed = witness
        .cosign(&place.path("first"), Some(&expected), now())
        .unwrap();
    fs::write(place.path("cosigned"), signed.note.to_string()).unwrap();
    place.record(40);
    place.copy("second");
    let key = key.to_string();
    let whole = [
        "log",
        "second",
        "--fingerprint",
        &fingerprint,
        "--earlier",
        "first/checkpoint",
        "--earlier",
        "cosigned",
        "--witness",
        &key,
    ];
    let said = place.ok(&whole);
    assert!(said.contains("340 entries, 2 signed heads"), "{said}");
    assert!(
        said.contains("Not rewritten up to entry 300: signed by audit.example/1"),
        "{said}"
    );
    assert!(!said.contains("another channel"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&place.ok(&[whole.as_slice(), &["--json"]].concat())).unwrap();
    let field = |name: &str| json.get(name).unwrap().clone();
    assert_eq!(field("schema"), "renketsu.verified/1");
    assert_eq!(
        (field("entries"), field("confirmed")),
        (340.into(), true.into())
    );

    place.fails(&["log", "first", "--witness", &key], 1, "verify.witness");
    place.fails(&["log", "first", "--witness", "x"], 2, "verify.key");
    place.fails(
        &["log", "first", "--fingerprint", "12"],
        2,
        "seal.fingerprint.form",
    );
    let other = "0".repeat(64);
    place.fails(
        &["log", "first", "--fingerprint", &other],
        1,
        "seal.log.fingerprint",
    );
    place.fails(
        &["log", "first", "--earlier", "second/checkpoint"],
        1,
        "seal.log.short",
    );
    place.fails(&["log", "none"], 3, "seal.card.io");
}

#[test]
fn a_head_on_paper_is_one_more_anchor() {
    let mut place = Place::new(5);
    place.copy("copy");
    let note = text(&place.path("copy/checkpoint"));
    let root = note.lines().nth(2).unwrap();
    let bytes = data_encoding::BASE64.decode(root.as_bytes()).unwrap();
    let letters = data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase();
    let (left, right) = letters.split_at(20);
    let right = format!("5: {left} {right}");
    assert!(
        place
            .ok(&["log", "copy", "--paper", &right])
            .contains("1 from paper")
    );
    // The paper of a smaller log, whose files are no longer there.
    place.record(600);
    place.copy("later");
    assert!(
        place
            .ok(&["log", "later", "--paper", &right])
            .contains("1 from paper")
    );
    let wrong = right.replacen("5:", "4:", 1);
    place.fails(&["log", "copy", "--paper", &wrong], 1, "verify.paper_root");
    let wrong = right.replacen("5:", "6:", 1);
    place.fails(&["log", "copy", "--paper", &wrong], 1, "verify.paper_root");
    place.fails(&["log", "copy", "--paper", "5:ABC"], 2, "verify.paper");
}

#[test]
fn one_entry_is_proven_without_the_log() {
    let place = Place::new(700);
    place.copy("copy");
    let key = text(&place.path("copy/verifier"));
    for index in ["0", "255", "256", "699"] {
        let proof = format!("{index}.tlog-proof");
        let said = place.ok(&["entry", "copy", index, "--proof", &proof]);
        let mut lines = said.lines();
        let line = lines.next().unwrap();
        assert!(lines.next().unwrap().starts_with('{'), "{said}");
        fs::write(place.path("line"), line).unwrap();
        let said = place.ok(&["proof", &proof, "line", "--key", &key]);
        assert!(
            said.contains(&format!("Entry {index} is in the log")),
            "{said}"
        );
        let changed = line.replace("study", "Study");
        fs::write(place.path("line"), changed).unwrap();
        place.fails(&["proof", &proof, "line", "--key", &key], 1, "verify.proof");
    }
    place.fails(&["entry", "copy", "700"], 2, "verify.index");
    place.fails(&["entry", "copy", "1", "--proof", "line"], 3, "seal.log.io");
}
