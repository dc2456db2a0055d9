//! The signed log, as three parties and a witness keep it.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use renketsu_seal::log::{Copy, names};
use renketsu_seal::{Passphrase, party};
use renketsu_store::{Event, Store};

use crate::chain::{REGISTRY, exchanged, introduced};
use crate::{PASSPHRASE, Place, refused, text};

/// Runs a judge; says nothing where it is not installed, which fails in CI.
#[expect(
    clippy::disallowed_methods,
    reason = "CI must not skip what a developer's machine may"
)]
fn judge(name: &str, installed: bool, command: &mut Command) -> Option<String> {
    if !installed {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "not installed: {name}"
        );
        let _unread = writeln!(std::io::stderr(), "skipped: {name} is not installed");
        return None;
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    Some(text(&output.stdout))
}

/// Debian's golang-golang-x-mod-dev, without modules and network.
const GOPATH: &str = "/usr/share/gocode";

fn go(place: &Place, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("go");
    command
        .args([
            "run",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/log.go"),
        ])
        .args(arguments)
        .current_dir(place.dir.path())
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOPATH", GOPATH);
    let installed = Path::new(GOPATH)
        .join("src/golang.org/x/mod/sumdb/tlog")
        .is_dir()
        && Command::new("go").arg("version").output().is_ok();
    judge("go with golang.org/x/mod", installed, &mut command)
}

const PYMERKLE: &str = r"
import base64, pathlib, sys
from pymerkle import InmemoryTree
copy = pathlib.Path(sys.argv[1])
origin, size, root = (copy / 'checkpoint').read_text().split('\n')[:3]
tree, number, entries = InmemoryTree(algorithm='sha256'), 0, int(size)
while number * 256 < entries:
    width = min(256, entries - number * 256)
    name = '%03d' % number + ('' if width == 256 else '.p/%d' % width)
    bundle = (copy / 'tile/entries' / name).read_bytes()
    while bundle:
        length = int.from_bytes(bundle[:2], 'big')
        tree.append_entry(bundle[2:2 + length])
        bundle = bundle[2 + length:]
    number += 1
assert tree.get_size() == entries
assert tree.get_root() == base64.b64decode(root), tree.get_root().hex()
print(entries)
";

#[expect(
    clippy::disallowed_methods,
    reason = "the interpreter of the judges is named by its environment"
)]
fn pymerkle(place: &Place, copy: &str) -> Option<String> {
    let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let installed = Command::new(&python)
        .args(["-c", "import pymerkle"])
        .output()
        .is_ok_and(|output| output.status.success());
    let mut command = Command::new(&python);
    command
        .args(["-W", "ignore", "-c", PYMERKLE, copy])
        .current_dir(place.dir.path());
    judge("pymerkle", installed, &mut command)
}

fn fingerprint(place: &Place, dir: &str) -> String {
    let card = place.json(&format!("keys show --dir {dir} --json"));
    card["fingerprint"].as_str().unwrap().to_owned()
}

/// Adds entries as commands do, many at once.
fn record(place: &Place, dir: &str, entries: u64) {
    let dir = place.path(dir);
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let keys = party::open(&dir, &passphrase).unwrap();
    let mut store = Store::open_proven(&dir, &keys.proof()).unwrap();
    let at = "2026-11-30T00:00:00Z".parse().unwrap();
    let event = |n: u64| Event::new("log.heartbeat", "log", at).with("n", n);
    let txn = store.begin().unwrap();
    for n in 1..entries {
        txn.also(&event(n)).unwrap();
    }
    txn.commit(&event(0)).unwrap();
}

/// Has the log of `dir` copied to `copy` and signed by the witness in `w`, and takes the signature in.
fn witnessed(place: &Place, dir: &str, copy: &str, first: bool) {
    place.ok(&format!("log checkpoint --dir {dir}"));
    place.ok(&format!("log export {copy} --dir {dir}"));
    let sign = format!("log witness sign {copy} --dir w --out {copy}.cosigned");
    let mut take = format!("log take {copy}.cosigned --dir {dir}");
    let mut words: Vec<&str> = sign.split_whitespace().collect();
    let fingerprint = fingerprint(place, dir);
    if first {
        let output = place.run_words(&words);
        refused(&output, 1, "seal.witness.stranger", &sign);
        words.extend(["--fingerprint", &fingerprint]);
        place.fails(&take, 2, "seal.log.missing");
        take = format!("{take} --witness {}", place.ok("log witness show --dir w"));
    }
    let output = place.run_words(&words);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(place.ok(&take).contains("audit.example.jp/1"));
}

#[test]
fn an_exchange_leaves_each_log_anchored_with_whoever_received_a_package() {
    let place = crate::removal::link(exchanged());
    for (receiver, senders) in [
        ("authority", vec!["producer"]),
        ("producer", vec!["authority"]),
        ("workspace", vec!["authority", "producer"]),
    ] {
        let received = place.json(&format!("log received --dir {receiver} --json"));
        let heads = received["heads"].as_array().unwrap();
        for head in heads {
            assert_eq!(head["doubt"], serde_json::Value::Null, "{head}");
            assert!(head["entries"].as_u64().unwrap() > 0, "{head}");
        }
        for sender in senders {
            let party = fingerprint(&place, sender).replace(' ', "");
            assert!(
                heads.iter().any(|head| head["party"] == party.as_str()),
                "{party}: {received}"
            );
            let file = format!("{sender}-at-{receiver}");
            place.ok(&format!(
                "log received --dir {receiver} --of {party} --out {file}"
            ));
            place.ok(&format!("log verify --dir {sender} --earlier {file}"));
            // Another party's log has nothing to do with it.
            place.fails(
                &format!("log verify --dir {receiver} --earlier {file}"),
                if receiver == "workspace" { 2 } else { 1 },
                if receiver == "workspace" {
                    "store.log.unsigned"
                } else {
                    "seal.log.signature"
                },
            );
        }
    }
    let nobody = "0".repeat(64);
    place.fails(
        &format!("log received --dir authority --of {nobody} --out none"),
        2,
        "cli.log.no_head",
    );
}

#[test]
fn logs_of_an_exchange_are_witnessed_and_judged_by_other_programs() {
    let place = exchanged();
    place.ok("log witness init --dir w --name audit.example.jp/1");
    for party in ["producer", "authority", "workspace"] {
        // Who has sent a package has signed.
        if party == "workspace" {
            place.fails("log verify --dir workspace", 2, "store.log.unsigned");
        }
        let signed = place.json(&format!("log checkpoint --dir {party} --json"));
        assert_eq!(signed["fresh"], true);
        let said = place.ok(&format!("log verify --dir {party}"));
        assert!(said.contains("Nobody outside has signed"), "{said}");
        // Every command asked the clock.
        let found = place.json(&format!("log verify --dir {party} --json"));
        assert_eq!(found["unclocked"], 0, "{found}");
        assert!(found["entries"].as_u64().unwrap() > 2, "{found}");
        let record = place.json(&format!("record --dir {party} --json"));
        let first = &record["entries"][0];
        assert_eq!(first["index"], 0);
        assert!(first["clock"]["boot"].is_string(), "{first}");
    }
    let key = place.ok("log witness show --dir w");
    let key = key.trim();
    witnessed(&place, "authority", "one", true);
    record(&place, "authority", 700);
    witnessed(&place, "authority", "two", false);
    let found = place
        .json("log verify --dir authority --json --earlier one.cosigned --earlier one/checkpoint");
    assert_eq!(found["witnessed"]["witness"], "audit.example.jp/1");
    place.ok("log export copy --dir authority");

    let copy = Copy::open(&place.path("copy"), None).unwrap();
    let newest = copy.anchor(&copy.dir().join(names::CHECKPOINT)).unwrap();
    for index in [0, 255, 300] {
        let (line, proof) = copy.proof(index, &newest).unwrap().unwrap();
        place.write("proof", proof.to_string());
        place.write("line", line);
        if let Some(said) = go(&place, &["copy", key, "proof", "line"]) {
            let size = newest.head.size;
            assert!(said.starts_with(&format!("{size} entries")), "{said}");
            assert!(said.contains("2 cosignatures"), "{said}");
            assert!(said.contains(&format!("proof of {index}")), "{said}");
        }
    }
    if let Some(said) = pymerkle(&place, "copy") {
        assert_eq!(said.trim(), newest.head.size.to_string());
    }
}

#[test]
fn a_log_that_was_rewritten_is_told_by_the_commands() {
    let place = introduced(REGISTRY);
    place.ok("log witness init --dir w --name audit.example.jp/1");
    place.ok("log checkpoint --dir producer");
    let state = std::fs::read(place.path("producer/state.sqlite")).unwrap();
    place.ok("log heartbeat --dir producer");
    witnessed(&place, "producer", "one", true);
    let said = place.ok("log sheet --dir producer");
    assert!(said.contains("SIGNED HEAD OF THE LOG"), "{said}");
    place.fails(
        "log erase 0 --dir producer --reason early",
        1,
        "store.log.retained",
    );
    place.fails(
        "log take one.cosigned --dir producer --witness x",
        2,
        "cli.log.verifier",
    );
    place.fails(
        "log witness init --dir w --name audit.example.jp/2",
        1,
        "seal.keys.exists",
    );
    place.fails(
        "log witness init --dir v --name audit+2",
        2,
        "seal.witness.name",
    );
    // The state of yesterday, in today's directory.
    for name in ["state.sqlite-wal", "state.sqlite-shm"] {
        let _absent = std::fs::remove_file(place.path(&format!("producer/{name}")));
    }
    std::fs::write(place.path("producer/state.sqlite"), state).unwrap();
    for command in ["log verify", "log checkpoint"] {
        place.fails(&format!("{command} --dir producer"), 1, "store.log.rows");
    }
    // And without the heads that were signed: alone it looks whole, to the witness it doesn't.
    std::fs::remove_dir_all(place.path("producer/log")).unwrap();
    place.ok("log checkpoint --dir producer");
    place.ok("log verify --dir producer");
    place.ok("log export forged --dir producer");
    place.fails(
        "log witness sign forged --dir w --out forged.cosigned",
        1,
        "seal.log.short",
    );
    assert!(!place.path("forged.cosigned").exists());
    place.fails(
        "log verify --dir producer --earlier one/checkpoint",
        1,
        "store.log.rows",
    );
}

#[test]
fn a_kill_while_a_head_is_signed_leaves_a_log_that_goes_on() {
    let place = Place::new();
    place.ok("init --dir p --role producer --name producer");
    let mut entries = 1;
    for round in 0..4 {
        record(&place, "p", 900);
        entries += 900;
        let words = ["log", "checkpoint", "--dir", "p"];
        let mut child = place.command(&words).spawn().unwrap();
        // What the round writes first, or in its midst.
        let bundle = entries / 256 - 1 - round % 3;
        let mark = place.path(&format!("p/log/tile/entries/{bundle:03}"));
        while !mark.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if place.path("p/log/checkpoint").exists() {
            place.ok("log verify --dir p");
        }
        let signed = place.json("log checkpoint --dir p --json");
        assert_eq!(signed["entries"], entries);
        let found = place.json("log verify --dir p --json");
        assert_eq!(
            (&found["entries"], &found["signed"]),
            (&entries.into(), &entries.into())
        );
    }
}
