use std::fs;
use std::path::{Path, PathBuf};

use renketsu_seal::Role;
use renketsu_seal::backup::{About, BackupError, BackupWriter, VerifiedBackup};

use crate::fixture::{Party, now, party};
use crate::hostile::private;

const FILES: [(&str, &[u8]); 3] = [
    ("keys/card.json", b"a card"),
    ("registry/1.blocks", &[7; 1300]),
    ("empty", b""),
];

fn made(me: &Party, name: &str) -> PathBuf {
    let out = me.dir.path().join(name);
    let mut writer = BackupWriter::create(&out, &me.keys).unwrap();
    for (path, mut content) in FILES {
        let bytes = content.len() as u64;
        writer.add(path, &mut content, bytes).unwrap();
    }
    let about = About {
        entries: 3,
        custodians: vec!["keys/private.age".to_owned()],
        ..About::default()
    };
    let prepared = writer.finish(&me.keys, about, now()).unwrap();
    assert!(!out.exists(), "it is recorded before it has a name");
    prepared.publish().unwrap();
    out
}

fn code(outcome: Result<VerifiedBackup, BackupError>) -> &'static str {
    outcome.unwrap_err().code()
}

#[test]
fn a_backup_is_put_back_as_it_was() {
    let me = party(Role::Producer, "P");
    let backup = made(&me, "b");
    let verified = VerifiedBackup::read(&backup, &me.keys).unwrap();
    let manifest = verified.manifest();
    assert_eq!((manifest.entries, manifest.role), (3, Role::Producer));
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    verified.restore(&me.keys, place).unwrap();
    for (path, content) in FILES {
        assert_eq!(fs::read(dir.path().join(path)).unwrap(), content);
    }
    // Nothing is replaced.
    let again = verified.restore(&me.keys, place).unwrap_err();
    assert_eq!(again.code(), "seal.backup.exists");
    let sealed = fs::read(&backup).unwrap();
    assert!(!sealed.windows(6).any(|part| part == b"a card"));
}

#[test]
fn the_programs_age_and_tar_open_a_backup_too() {
    let me = party(Role::Producer, "P");
    let tar = private(me.dir.path()).decrypt(&fs::read(made(&me, "b")).unwrap());
    let mut archive = tar::Archive::new(tar.as_slice());
    let names: Vec<String> = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "files/0000001",
            "files/0000002",
            "files/0000003",
            "manifest.json",
            "manifest.json.minisig"
        ]
    );
}

#[test]
fn a_backup_with_any_byte_changed_or_cut_off_is_refused() {
    let me = party(Role::Producer, "P");
    let whole = fs::read(made(&me, "b")).unwrap();
    let path = me.dir.path().join("changed");
    for place in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(&path, &changed).unwrap();
        VerifiedBackup::read(&path, &me.keys).unwrap_err();
        fs::write(&path, &whole[..place]).unwrap();
        VerifiedBackup::read(&path, &me.keys).unwrap_err();
    }
}

/// Seals a tar for a party as anybody can who has its card.
fn sealed(to: &Party, tar: &[u8], path: &Path) {
    use std::io::Write as _;
    use std::str::FromStr as _;
    let own = age::x25519::Recipient::from_str(&to.card.recipient).unwrap();
    let mut writer = age::Encryptor::with_recipients(std::iter::once(&own as _))
        .unwrap()
        .wrap_output(Vec::new())
        .unwrap();
    writer.write_all(tar).unwrap();
    fs::write(path, writer.finish().unwrap()).unwrap();
}

#[test]
fn who_has_only_the_card_makes_no_backup() {
    let (me, other) = (party(Role::Producer, "P"), party(Role::Producer, "Q"));
    let path = me.dir.path().join("forged");
    let mine = private(me.dir.path()).decrypt(&fs::read(made(&me, "b")).unwrap());
    let theirs = private(other.dir.path()).decrypt(&fs::read(made(&other, "b")).unwrap());
    sealed(&me, &theirs, &path);
    assert_eq!(
        code(VerifiedBackup::read(&path, &me.keys)),
        "seal.backup.forged"
    );
    // One file exchanged under the party's own signature.
    let place = mine.windows(6).position(|part| part == b"a card").unwrap();
    let mut exchanged = mine.clone();
    exchanged[place..place + 6].copy_from_slice(b"b card");
    sealed(&me, &exchanged, &path);
    assert_eq!(
        code(VerifiedBackup::read(&path, &me.keys)),
        "seal.backup.digest"
    );
    sealed(&me, &mine, &path);
    VerifiedBackup::read(&path, &me.keys).unwrap();
    let foreign = made(&other, "c");
    assert_eq!(
        code(VerifiedBackup::read(&foreign, &me.keys)),
        "seal.backup.other_party"
    );
    fs::write(&path, "no backup").unwrap();
    assert_eq!(
        code(VerifiedBackup::read(&path, &me.keys)),
        "seal.backup.damaged"
    );
}

#[test]
fn a_file_that_became_shorter_while_it_was_read_leaves_no_backup() {
    let me = party(Role::Producer, "P");
    let out = me.dir.path().join("b");
    let mut writer = BackupWriter::create(&out, &me.keys).unwrap();
    let error = writer.add("f", &mut &b"short"[..], 6).unwrap_err();
    assert_eq!(error.code(), "seal.backup.changed");
    drop(writer);
    assert!(!out.exists());
}
