//! A directory is backed up, and put back where nothing is.

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, introduced};

#[test]
fn a_directory_is_backed_up_checked_and_put_back() {
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    let made = place.json("backup --dir authority --out authority.backup --json");
    assert_eq!(made["role"], "authority");
    let custodians = made["custodians"].as_array().unwrap();
    assert!(custodians.contains(&"keys/private.age".into()));
    let salt = "secrets/issuer/salt-P-2026-0001";
    assert!(custodians.contains(&salt.into()), "{made}");
    place.fails(
        "backup --dir authority --out authority.backup",
        1,
        "cli.file.exists",
    );
    let before = place.listing();
    let checked = place.json("restore authority.backup --keys authority --verify --json");
    assert_eq!(checked["entries"], made["entries"]);
    assert_eq!(checked["head"], made["head"]);
    assert_eq!(place.listing(), before, "a check writes nothing");
    place.fails(
        "restore authority.backup --keys authority",
        2,
        "cli.usage.missing",
    );
    place.fails(
        "restore authority.backup --keys producer --verify",
        1,
        "seal.backup.other_party",
    );
    let mut bytes = std::fs::read(place.path("authority.backup")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write("changed.backup", bytes);
    place.fails(
        "restore changed.backup --keys authority --dir new",
        1,
        "seal.backup.damaged",
    );
    assert!(!place.path("new").exists());
    place.fails(
        "restore authority.backup --keys authority --dir producer",
        1,
        "backup.not_empty",
    );
    // The disk is lost; the custodians have the keys, and what lies in secrets.
    std::fs::rename(place.path("authority"), place.path("custodians")).unwrap();
    let back = place.json("restore authority.backup --keys custodians --dir authority --json");
    assert_eq!(back["open"], serde_json::json!(["P-2026-0001"]));
    let issue = "authority issue request.rkp --dir authority --out answer.rkp";
    place.fails(issue, 2, "seal.keys.missing");
    for name in back["custodians"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let to = place.path("authority").join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(place.path("custodians").join(name), to).unwrap();
    }
    place.ok("state check --dir authority");
    place.ok(issue);
    let record = place.ok("record --dir authority");
    assert!(record.contains("party.restored"), "{record}");
    // A producer's maps are in no backup.
    let made = place.json("backup --dir producer --out producer.backup --json");
    let left = made["left_out"].as_array().unwrap();
    assert!(
        left.iter()
            .any(|path| path.as_str().unwrap().starts_with("maps/")),
        "{made}"
    );
}
