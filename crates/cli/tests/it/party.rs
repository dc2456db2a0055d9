use crate::{PASSPHRASE, Place, refused, text};

#[test]
fn keys_are_made_once_and_shown_without_the_passphrase() {
    let place = Place::new();
    place.ok("init --dir p --role producer --name Producer");
    let shown = place.ok("keys show --dir p --json");
    let card: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(card["schema"], "renketsu.keys/1");
    assert_eq!(card["role"], "producer");
    assert!(card["recipient"].as_str().unwrap().starts_with("age1"));
    place.fails(
        "init --dir p --role producer --name Producer",
        1,
        "cli.init.again",
    );
    for file in place.listing() {
        let bytes = std::fs::read(&file.0).unwrap();
        let found = bytes
            .windows(PASSPHRASE.len())
            .any(|window| window == PASSPHRASE.as_bytes());
        assert!(
            !found || file.0.ends_with("renketsu-passphrase"),
            "{}",
            file.0.display()
        );
    }
}

#[test]
fn a_passphrase_that_is_short_or_missing_is_refused() {
    let place = Place::new();
    place.write("credentials/renketsu-passphrase", "short\n");
    place.fails(
        "init --dir p --role producer",
        1,
        "seal.keys.passphrase_short",
    );
    std::fs::remove_file(place.path("credentials/renketsu-passphrase")).unwrap();
    place.fails("init --dir p --role producer", 2, "cli.passphrase.missing");
    assert!(!place.path("p/keys/card.json").exists());
}

#[test]
fn a_passphrase_comes_by_a_file_descriptor() {
    let place = Place::new();
    std::fs::remove_file(place.path("credentials/renketsu-passphrase")).unwrap();
    place.write("words", format!("{PASSPHRASE}\nand more\n"));
    let script = format!(
        "{} init --dir p --passphrase-fd 3 3<words",
        env!("CARGO_BIN_EXE_renketsu")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(place.path("p/keys/card.json").exists());
}

#[test]
fn trust_needs_the_fingerprint_of_another_channel() {
    let place = Place::new();
    place.ok("init --dir a --role authority --name A");
    place.ok("init --dir p --role producer --name P");
    place.ok("keys show --dir a --out a.card");
    place.fails("trust add a.card --dir p", 2, "cli.trust.unconfirmed");
    let wrong = "0".repeat(64);
    let output = place.run(&format!("trust add a.card --dir p --fingerprint {wrong}"));
    refused(&output, 1, "seal.trust.fingerprint", "wrong fingerprint");
    assert!(place.ok("trust list --dir p").contains("No card"));
    let card: serde_json::Value =
        serde_json::from_str(&place.ok("keys show --dir a --json")).unwrap();
    let fingerprint = card["fingerprint"].as_str().unwrap();
    let output = place.run_words(&[
        "trust",
        "add",
        "a.card",
        "--dir",
        "p",
        "--fingerprint",
        fingerprint,
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let list: serde_json::Value =
        serde_json::from_str(&place.ok("trust list --dir p --json")).unwrap();
    assert_eq!(list["cards"][0]["name"], "A");
    place.ok("trust remove A --dir p");
    place.fails("trust remove A --dir p", 2, "cli.party.unknown");
    assert!(place.ok("trust list --dir p").contains("No card"));
}

#[test]
fn the_record_tells_what_was_done_and_that_it_is_whole() {
    let place = Place::new();
    place.ok("init --dir p --role producer --name P");
    place.ok("producer certify --dir p --kind anonymized --number N-1 --ground 19-1");
    let record: serde_json::Value =
        serde_json::from_str(&place.ok("record --dir p --json")).unwrap();
    let actions: Vec<_> = record["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"]["action"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actions.first().map(String::as_str), Some("party.created"));
    assert_eq!(actions.len(), 2);
    assert!(place.ok("record --dir p").contains("2 entries"));
}
