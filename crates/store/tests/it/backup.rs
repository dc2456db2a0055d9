use std::fs;
use std::path::Path;

use renketsu_seal::party::{self, Cost};
use renketsu_seal::{PartyKeys, Passphrase, Role};
use renketsu_store::{Store, StoreError, backup};
use tempfile::TempDir;

use crate::{event, now};

fn party(dir: &Path, role: Role) -> (PartyKeys, Store) {
    let words = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    let keys = party::create_opened(dir, "A", role, &words, now(), Cost::Light).unwrap();
    let mut store = opened(dir, &keys).unwrap();
    let txn = store.begin().unwrap();
    txn.put_trusted(None, "a list").unwrap();
    txn.commit(&event("party.trusted").at_trust("a list"))
        .unwrap();
    (keys, store)
}

fn opened(dir: &Path, keys: &PartyKeys) -> Result<Store, StoreError> {
    match keys.card().role {
        Role::Workspace => Store::open(dir),
        Role::Authority | Role::Issuer | Role::Producer => Store::open_proven(dir, &keys.proof()),
    }
}

/// Every kind of file that a party has, the content being the path.
const FILES: [&str; 14] = [
    "registry/1.blocks",
    "documents/A-1",
    "documents/A-1.key",
    "service/site.json",
    "service/inbox/x.rkp",
    "link/authority.json",
    "studies/S/tables/a table with a long name, as somebody would like to have it/1/rows.parquet",
    "secrets/issuer/salt-P-1",
    "secrets/issuer/root-1",
    "service/root-private",
    "vault/vault.json",
    "maps/m.parquet",
    "attached/P/t",
    "tmp/x",
];

fn filled(dir: &Path) {
    for file in FILES {
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
}

#[test]
fn a_directory_is_put_back_without_what_only_its_custodians_have() {
    for role in [
        Role::Authority,
        Role::Issuer,
        Role::Producer,
        Role::Workspace,
    ] {
        let (dir, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (keys, mut store) = party(dir.path(), role);
        filled(dir.path());
        let file = out.path().join("backup");
        let made = backup::backup(dir.path(), &mut store, &keys, &file, now()).unwrap();
        assert_eq!(
            made.manifest.custodians,
            [
                "keys/private.age",
                "secrets/issuer/root-1",
                "secrets/issuer/salt-P-1",
                "service/root-private",
                "vault/vault.json"
            ]
        );
        assert_eq!(
            made.manifest.left_out,
            ["attached/P/t", "maps/m.parquet", "tmp/x"]
        );
        assert_eq!(store.events().unwrap().len(), 2);
        let again = backup::backup(dir.path(), &mut store, &keys, &file, now()).unwrap_err();
        assert_eq!(again.code(), "seal.backup.exists");
        let verified = backup::verify(&file, &keys).unwrap();
        let new = out.path().join("new");
        let open = |dir: &Path| opened(dir, &keys);
        let back = backup::restore(&verified, &keys, &new, open, now()).unwrap();
        let actions: Vec<String> = back
            .events()
            .unwrap()
            .into_iter()
            .map(|entry| entry.event.action)
            .collect();
        // The backup ends before the line that tells of it.
        assert_eq!(actions, ["party.trusted", "party.restored"]);
        assert_eq!(back.trusted().unwrap().as_deref(), Some("a list"));
        for (place, path) in FILES.iter().enumerate() {
            let found = fs::read_to_string(new.join(path)).ok();
            assert_eq!(found.as_deref(), (place < 7).then_some(*path), "{path}");
        }
        assert!(new.join("keys/card.json").exists());
        assert!(!new.join("keys/private.age").exists());
        let twice = backup::restore(&verified, &keys, &new, open, now()).unwrap_err();
        assert_eq!(twice.code(), "backup.not_empty");
    }
}

#[test]
fn a_state_that_somebody_edited_is_not_backed_up_as_if_it_were_whole() {
    let dir = TempDir::new().unwrap();
    let (keys, mut store) = party(dir.path(), Role::Authority);
    rusqlite::Connection::open(dir.path().join("state.sqlite"))
        .unwrap()
        .execute("UPDATE trusted SET list = 'b'", [])
        .unwrap();
    let file = dir.path().join("backup");
    let refused = backup::backup(dir.path(), &mut store, &keys, &file, now()).unwrap_err();
    assert_eq!(refused.code(), "store.edited");
    assert!(!file.exists());
}
