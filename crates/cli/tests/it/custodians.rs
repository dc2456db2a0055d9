//! A vault that two custodians open together, as they and others meet it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};

use renketsu_seal::Passphrase;
use renketsu_seal::durable::is_unfinished;
use renketsu_seal::vault::{Vault, VaultCost, Words};

use crate::plain::KCV;
use crate::{Place, VAULT_PASSPHRASE, refused, text};

const FIRST: &str = "the first custodian's part";
const SECOND: &str = "and what the second one holds";
const THIRD: &str = "who comes after the second";
const STRANGER: &str = "a stranger's idea of a part";

/// What both custodians bring with them, as systemd credentials.
fn bring(place: &Place, first: &str, second: &str) {
    place.write("credentials/renketsu-vault-passphrase", first);
    place.write("credentials/renketsu-second-vault-passphrase", second);
}

/// Runs a command with what stands behind file descriptors as well.
fn with_files(place: &Place, line: &str, files: &[(&str, u8, &str)]) -> Output {
    let mut script = format!("exec {} {line}", env!("CARGO_BIN_EXE_renketsu"));
    for (option, descriptor, words) in files {
        place.write(&format!("words-{descriptor}"), format!("{words}\n"));
        write!(
            script,
            " {option} {descriptor} {descriptor}<words-{descriptor}"
        )
        .unwrap();
    }
    std::process::Command::new("sh")
        .args(["-c", &script])
        .env("LC_ALL", "en_US.UTF-8")
        .env("CREDENTIALS_DIRECTORY", place.path("credentials"))
        .current_dir(place.dir.path())
        .output()
        .unwrap()
}

fn rewrap(place: &Place, more: &str, first: &str, second: &str) -> Output {
    with_files(
        place,
        &format!("vault rewrap --dir w --reason handover {more}"),
        &[
            ("--new-vault-passphrase-fd", 5, first),
            ("--new-second-vault-passphrase-fd", 6, second),
        ],
    )
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

const INIT: &str =
    "init --dir w --role workspace --name University --host localhost --vault-custodians 2";
const CREATE: &str = "study create --dir w --study S --provision P-2026-0001";
const VERIFY: &str = "study verify --dir w --study S";

/// A workspace of two custodians with a study and a table.
fn workspace() -> Place {
    let place = Place::new();
    bring(&place, FIRST, SECOND);
    place.ok(INIT);
    place.ok(CREATE);
    place.write("anon.csv", format!("id5,dx\n{},E11\n", "1".repeat(64)));
    place.ok(&format!(
        "study import --dir w --study S --table anon --kind anonymized anon.csv --provision P-2026-0001 --kcv {KCV} --number-id id5"
    ));
    place
}

#[test]
fn a_vault_of_two_custodians_opens_with_both_and_with_nothing_less() {
    let place = workspace();
    let shown = place.json("vault show --dir w --json");
    assert_eq!(shown["custodians"], 2);
    assert_eq!(shown["recorded"], true);
    assert!(place.ok("vault show --dir w").contains("two custodians"));
    place.ok(VERIFY);

    // One part and a wrong one: nothing tells which is wrong.
    let mut said = Vec::new();
    for (first, second) in [
        (FIRST, STRANGER),
        (STRANGER, SECOND),
        (STRANGER, THIRD),
        (SECOND, FIRST),
        (FIRST, FIRST),
    ] {
        bring(&place, first, second);
        let output = place.run(VERIFY);
        refused(&output, 1, "seal.vault.passphrase", first);
        said.push(text(&output.stderr));
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");

    // One alone isn't tried at all.
    let second = place.path("credentials/renketsu-second-vault-passphrase");
    std::fs::remove_file(&second).unwrap();
    for alone in [FIRST, STRANGER] {
        place.write("credentials/renketsu-vault-passphrase", alone);
        place.fails(VERIFY, 2, "cli.passphrase.second_vault_missing");
        place.fails(
            "serve --dir w --listen 127.0.0.1:0",
            2,
            "cli.passphrase.second_vault_missing",
        );
    }
    let files = [
        ("--vault-passphrase-fd", 3, FIRST),
        ("--second-vault-passphrase-fd", 4, SECOND),
    ];
    done(&with_files(&place, VERIFY, &files));
}

#[test]
fn what_makes_no_vault_makes_no_party_either() {
    let place = Place::new();
    for (first, second, code) in [
        (FIRST, FIRST, "seal.vault.parts_equal"),
        (FIRST, "short", "seal.vault.passphrase_short"),
        ("short", SECOND, "seal.vault.passphrase_short"),
    ] {
        bring(&place, first, second);
        place.fails(INIT, 1, code);
        assert!(!place.path("w").exists());
    }
    place.fails(
        "init --dir p --role producer --vault-custodians 2",
        2,
        "cli.usage.role",
    );
    assert!(!place.path("p").exists());
    // As it was: one, and no vault before the first study.
    let place = Place::new();
    place.ok("init --dir w --role workspace --name University");
    place.fails("vault show --dir w", 2, "seal.vault.missing");
    place.ok(CREATE);
    assert_eq!(place.json("vault show --dir w --json")["custodians"], 1);
}

/// What lies in the vault, and nothing of the state.
fn files(place: &Place) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let listing = place.listing().into_iter().map(|(path, _)| path);
    listing
        .filter(|path| path.starts_with(place.path("w/studies")))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn the_words_change_and_the_files_stay_with_a_record_that_names_no_words() {
    let place = crate::plain::study();
    let before = files(&place);
    assert!(!before.is_empty());
    refused(
        &rewrap(&place, "--custodians 2", FIRST, FIRST),
        1,
        "seal.vault.parts_equal",
        "equal",
    );
    place.write("credentials/renketsu-vault-passphrase", STRANGER);
    let wrong = rewrap(&place, "--custodians 2", FIRST, SECOND);
    refused(&wrong, 1, "seal.vault.passphrase", "a stranger");
    place.write("credentials/renketsu-vault-passphrase", VAULT_PASSPHRASE);
    place.ok(VERIFY);

    done(&rewrap(&place, "--custodians 2", FIRST, SECOND));
    place.fails(VERIFY, 2, "cli.passphrase.second_vault_missing");
    bring(&place, FIRST, SECOND);
    place.ok(VERIFY);
    // The second custodian leaves.
    let told = done(&rewrap(&place, "--json", FIRST, THIRD));
    assert!(told.contains("\"custodians\": 2"), "{told}");
    place.fails(VERIFY, 1, "seal.vault.passphrase");
    bring(&place, FIRST, THIRD);
    place.ok(VERIFY);
    let fewer = rewrap(&place, "--custodians 1", FIRST, SECOND);
    refused(&fewer, 1, "cli.vault.fewer", "one again");
    assert_eq!(files(&place), before);
    assert_eq!(place.json("vault show --dir w --json")["recorded"], true);

    let record = place.ok("record --dir w --json");
    for words in [VAULT_PASSPHRASE, FIRST, SECOND, THIRD] {
        assert!(!record.contains(words));
    }
    assert_eq!(record.matches("\"vault.rewrapped\"").count(), 2);
    assert!(record.contains("handover"));
    assert!(
        place
            .ok("record --dir w")
            .contains("passphrase of the vault changed")
    );
}

/// Whether these words open the vault.
fn opens(place: &Place, first: &str, second: &str) -> bool {
    let [first, second] = [first, second].map(|part| Passphrase::new(part.to_owned()).unwrap());
    Vault::open(&place.path("w"), Words::Two([&first, &second])).is_ok()
}

#[test]
fn a_kill_leaves_the_vault_to_the_words_of_before_or_to_the_new_ones() {
    let place = Place::new();
    let [first, second] = [FIRST, SECOND].map(|part| Passphrase::new(part.to_owned()).unwrap());
    place.ok("init --dir w --role workspace --name University");
    Vault::create(
        &place.path("w"),
        Words::Two([&first, &second]),
        VaultCost::Light,
    )
    .unwrap();
    bring(&place, FIRST, SECOND);
    place.ok(CREATE);
    place.write("new-first", FIRST);
    place.write("new-second", THIRD);
    for _ in 0..5 {
        let script = format!(
            "exec {} vault rewrap --dir w --reason kill --new-vault-passphrase-fd 5 --new-second-vault-passphrase-fd 6 5<new-first 6<new-second",
            env!("CARGO_BIN_EXE_renketsu")
        );
        let mut child = std::process::Command::new("sh")
            .args(["-c", &script])
            .env("CREDENTIALS_DIRECTORY", place.path("credentials"))
            .current_dir(place.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The new file is on disk and has no name yet: the record is being written, or was.
        while child.try_wait().unwrap().is_none() && !half_done(&place) {}
        child.kill().unwrap();
        child.wait().unwrap();

        let [old, new] = [opens(&place, FIRST, SECOND), opens(&place, FIRST, THIRD)];
        assert!(old != new, "{old} {new}");
        let second = if old { SECOND } else { THIRD };
        bring(&place, FIRST, second);
        place.ok(VERIFY);
        // Whatever the record says, doing it again makes it true.
        done(&rewrap(&place, "", FIRST, SECOND));
        bring(&place, FIRST, SECOND);
        place.ok(VERIFY);
        assert!(!half_done(&place));
        assert_eq!(place.json("vault show --dir w --json")["recorded"], true);
    }
}

/// Whether a file of the vault is being written.
fn half_done(place: &Place) -> bool {
    let names = std::fs::read_dir(place.path("w/vault")).unwrap();
    names
        .map(|entry| entry.unwrap().file_name())
        .any(|name| is_unfinished(name.to_str().unwrap()))
}

#[test]
fn a_file_of_before_in_the_place_of_the_vaults_is_told() {
    let place = workspace();
    let before = std::fs::read(place.path("w/vault/vault.json")).unwrap();
    done(&rewrap(&place, "", FIRST, THIRD));
    std::fs::write(place.path("w/vault/vault.json"), before).unwrap();
    assert_eq!(place.json("vault show --dir w --json")["recorded"], false);
    assert!(place.ok("vault show --dir w").contains("rewrap again"));
}

struct Served(Child);

impl Served {
    fn new(place: &Place) -> Self {
        let words = "serve --dir w --listen 127.0.0.1:0 --json";
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

    fn stop(mut self) {
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

#[test]
fn a_server_starts_with_both_custodians_and_their_parts_change_between_two_starts() {
    let place = workspace();
    bring(&place, FIRST, STRANGER);
    place.fails(
        "serve --dir w --listen 127.0.0.1:0",
        1,
        "seal.vault.passphrase",
    );
    bring(&place, FIRST, SECOND);
    let served = Served::new(&place);
    let refusal = rewrap(&place, "", FIRST, THIRD);
    refused(&refusal, 1, "cli.serve.running", "while it is served");
    served.stop();
    // The state is proven from now on: the change is made under the party's keys.
    done(&rewrap(&place, "", FIRST, THIRD));
    place.fails(
        "serve --dir w --listen 127.0.0.1:0",
        1,
        "seal.vault.passphrase",
    );
    bring(&place, FIRST, THIRD);
    Served::new(&place).stop();
}
