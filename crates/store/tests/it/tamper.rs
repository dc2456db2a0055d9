//! Copies of a log that somebody changed, cut, or made anew: what is refused, and by whom.

use std::fs;
use std::path::Path;

use renketsu_seal::log::{Copy, Examined, LogFault, Verifier, Witness, WitnessError};
use renketsu_store::{LogError, Store};
use renketsu_testkit::passphrase;
use tempfile::TempDir;

use crate::log::{Logged, believed, listing, witness};
use crate::now;

/// Every byte if `cargo xtask long` asks for it; otherwise all of a small file and some of a large one, whose bytes are all
/// of one kind.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of the same test is asked for by its environment"
)]
fn places(length: usize) -> impl Iterator<Item = usize> {
    let every = std::env::var("RENKETSU_FLIPS").is_ok_and(|flips| flips == "every");
    let step = if every { 1 } else { (length / 12).max(1) };
    (0..length).step_by(if length < 2_000 { 1 } else { step })
}

#[test]
fn every_byte_of_a_copy_of_a_thousand_entries_matters() {
    let mut logged = Logged::new(1000);
    logged.sign();
    let (_witness_dir, witness, key) = witness("audit.example/1");
    let (_dir, copy) = logged.export();
    let expected = logged.card.fingerprint();
    let cosigned = witness.cosign(&copy, Some(&expected), now()).unwrap();
    let dir = TempDir::new().unwrap();
    let note = dir.path().join("cosigned");
    fs::write(&note, cosigned.note.to_string()).unwrap();
    logged
        .store
        .take_witnessed(logged.dir.path(), &logged.card, &note, Some(&key), now())
        .unwrap();
    let (_dir, copy) = logged.export();
    assert!(believed(&copy, &logged, Some(&key)));
    for file in listing(&copy) {
        let name = file.display();
        let whole = fs::read(&file).unwrap();
        for place in places(whole.len()) {
            let mut changed = whole.clone();
            // A letter becomes another, in the other case at times.
            changed[place] ^= if place % 2 == 0 { 1 } else { 0x20 };
            fs::write(&file, &changed).unwrap();
            let believed = believed(&copy, &logged, Some(&key));
            assert!(!believed, "{name} byte {place}");
        }
        fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert!(!believed(&copy, &logged, Some(&key)), "{name} cut");
        fs::remove_file(&file).unwrap();
        // A head in the list is one more anchor, and not a part of the log.
        let optional = file.ends_with("checkpoints/1000");
        assert_eq!(
            believed(&copy, &logged, Some(&key)),
            optional,
            "{name} removed"
        );
        fs::write(&file, &whole).unwrap();
    }
    fs::write(copy.join("tile/0/note"), "").unwrap();
    assert!(!believed(&copy, &logged, Some(&key)), "one file more");
}

#[test]
fn a_log_cut_anywhere_in_its_last_three_entries_is_refused() {
    let logged = Logged::new(9);
    logged.sign();
    let (_dir, copy) = logged.export();
    let file = copy.join("tile/entries/000.p/9");
    let whole = fs::read(&file).unwrap();
    let entry = whole.len() / 9;
    for length in whole.len() - 3 * entry..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert!(!believed(&copy, &logged, None), "{length}");
    }
    // Entries left out as a whole, under their name as well.
    let mut at = 0;
    for kept in 1..9 {
        at += 2 + usize::from(u16::from_be_bytes([whole[at], whole[at + 1]]));
        let shorter = copy.join(format!("tile/entries/000.p/{kept}"));
        fs::write(&shorter, &whole[..at]).unwrap();
        fs::write(&file, &whole[..at]).unwrap();
        assert!(!believed(&copy, &logged, None), "{kept}");
        fs::remove_file(&shorter).unwrap();
    }
}

fn examined(copy: &Path, anchor: &Path) -> Result<Examined, LogFault> {
    let copy = Copy::open(copy, None)?;
    let anchor = copy.anchor(anchor)?;
    copy.examine(&[anchor], &mut |_, _| {})
}

/// The log that somebody with the party's keys makes instead: with `entries` of their own.
fn rewritten(logged: &Logged, entries: u64) -> Logged {
    let dir = TempDir::new().unwrap();
    let keys = dir.path().join("keys");
    fs::create_dir(&keys).unwrap();
    for name in ["card.json", "private.age"] {
        fs::copy(logged.path().join("keys").join(name), keys.join(name)).unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    let keys = renketsu_seal::party::open(dir.path(), &passphrase()).unwrap();
    let mut other = Logged {
        card: keys.card().clone(),
        keys,
        dir,
        store,
    };
    other.add(entries);
    other.sign();
    other
}

#[test]
fn a_log_rewritten_and_signed_again_is_refused_by_whoever_kept_a_head() {
    let mut logged = Logged::new(300);
    logged.sign();
    let (_dir, copy) = logged.export();
    let expected = logged.card.fingerprint();
    let (_witness_dir, witness, key) = witness("audit.example/1");
    assert!(matches!(
        witness.cosign(&copy, None, now()),
        Err(WitnessError::Stranger { fingerprint }) if fingerprint == expected
    ));
    let cosigned = witness.cosign(&copy, Some(&expected), now()).unwrap();
    assert_eq!(cosigned.before, None);
    assert_eq!(cosigned.note.cosigned(&key), Some(now()));
    let anchor = copy.join("checkpoint");

    let longer = rewritten(&logged, 400);
    assert!(longer.verify().is_ok(), "alone it can't be told");
    let (_dir, forged) = longer.export();
    assert!(believed(&forged, &logged, None), "alone it can't be told");
    assert!(matches!(
        examined(&forged, &anchor),
        Err(LogFault::Root { size: 300, .. })
    ));
    assert!(matches!(
        witness.cosign(&forged, None, now()),
        Err(WitnessError::Log(LogFault::Root { size: 300, .. }))
    ));
    let shorter = rewritten(&logged, 200);
    let (_dir, forged) = shorter.export();
    assert!(matches!(
        examined(&forged, &anchor),
        Err(LogFault::Short {
            size: 300,
            entries: 200,
            ..
        })
    ));
    assert!(matches!(
        witness.cosign(&forged, None, now()),
        Err(WitnessError::Log(LogFault::Short { size: 300, .. }))
    ));
    // Its own party finds the head it gave away as well.
    assert!(matches!(
        longer
            .store
            .verify_log(longer.path(), &longer.card, &[anchor]),
        Err(LogError::Rows { size: 300 })
    ));

    logged.add(5);
    logged.sign();
    let (_dir, copy) = logged.export();
    let next = witness.cosign(&copy, None, now()).unwrap();
    assert_eq!(next.before, Some(300));
    assert_eq!(next.examined.head.head.size, 305);
}

#[test]
fn a_witness_the_party_does_not_know_gives_it_nothing() {
    let mut logged = Logged::new(3);
    logged.sign();
    let (_dir, copy) = logged.export();
    let (_known_dir, known, key) = witness("audit.example/1");
    let (_other_dir, other, _) = witness("audit.example/1");
    let expected = logged.card.fingerprint();
    let dir = TempDir::new().unwrap();
    let note = dir.path().join("note");
    let mut take = |by: &Witness, introduced: Option<&Verifier>| {
        let cosigned = by.cosign(&copy, Some(&expected), now()).unwrap();
        fs::write(&note, cosigned.note.to_string()).unwrap();
        let (path, card) = (logged.dir.path(), &logged.card);
        logged
            .store
            .take_witnessed(path, card, &note, introduced, now())
    };
    assert!(matches!(
        take(&known, None),
        Err(LogError::Unwitnessed { .. })
    ));
    assert!(matches!(
        take(&other, Some(&key)),
        Err(LogError::Unwitnessed { .. })
    ));
    assert_eq!(take(&known, Some(&key)).unwrap().size, 3);
    assert_eq!(take(&known, None).unwrap().witness, "audit.example/1");
    let standing = logged
        .store
        .verify_log(logged.path(), &logged.card, &[])
        .unwrap();
    assert_eq!(standing.witnessed.unwrap().at, now());
    let (_dir, copy) = logged.export();
    assert!(believed(&copy, &logged, Some(&key)));
}
