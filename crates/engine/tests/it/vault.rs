//! The files of a study in the hands of somebody who may write them but has no key: whatever is done to them is an error,
//! or changes nothing.

use std::fs;

use renketsu_engine::import::{self, IdColumns, Imported, Source};
use renketsu_engine::link::{BITMAP, LINKED, LinkDone, RUNS};
use renketsu_engine::person::{PersonFiles, PersonTable};
use renketsu_engine::query::{Tables, query};
use renketsu_seal::vault::{Entry, FileName};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;

use crate::study::{OPTIONS, Place, by_number, entry, id};

/// A word of the tables that no error may repeat.
const MARKER: &str = "秘密の値";

struct Vaulted {
    place: Place,
    a: Imported,
    done: LinkDone,
    /// Everything, with an older version of table `a`.
    files: Vec<Entry>,
}

fn csv(rows: u64, add: u64) -> String {
    let mut csv = String::from("number_id,kana_id,kana_unique,value,note\n");
    for row in 0..rows {
        let person = row % 13;
        // Some persons' rows bear the kana ID alone: their table is written anew by the link.
        let number = if row % 5 == 0 {
            String::new()
        } else {
            id(person)
        };
        csv += &format!(
            "{number},{},true,{},{MARKER} {row}\n",
            id(500 + person),
            row + add
        );
    }
    csv
}

fn import(place: &Place, name: &str, version: u64, csv: &str) -> Imported {
    let path = place.at("source.csv");
    fs::write(&path, csv).unwrap();
    let source = Source::file(&path, Options::default()).unwrap();
    let target = import::Target {
        shelf: &place.shelf,
        table: name,
        version,
        dir: &place.at(&format!("{name}-{version}")),
        keep: &[],
        memory: import::MEMORY,
        watch: &|_| {},
    };
    let imported = import::import(&source, Some(&IdColumns::default()), &target).unwrap();
    fs::remove_file(path).unwrap();
    imported
}

fn vaulted() -> Vaulted {
    let place = Place::new();
    let older = import(&place, "a", 1, &csv(40, 100));
    let a = import(&place, "a", 2, &csv(40, 200));
    let b = import(
        &place,
        "b",
        1,
        "number_id,kana_id,kana_unique,value\n,,,7\n",
    );
    let tables = [
        place.table("a", "ndb", &a.files),
        place.table("b", "ndb", &b.files),
    ];
    let done = place.link(&tables, None, "link-1").unwrap();
    assert!(entry(&done.files, "a", LINKED).is_some());
    let files = [&older.files, &a.files, &b.files, &done.files];
    let files = files.into_iter().flatten().cloned().collect();
    Vaulted {
        place,
        a,
        done,
        files,
    }
}

/// Everything in a file, read as the engine reads it, or the error's words.
fn content(place: &Place, entry: &Entry) -> Result<String, String> {
    let stored = place.shelf.open(entry).map_err(|error| told(&error))?;
    if entry.name.file == BITMAP {
        let persons = stored.persons().map_err(|error| told(&error))?;
        return Ok(format!("{persons:?}"));
    }
    let study = place.kit.study.study_key();
    let key = study
        .open_file(&entry.name, &entry.key)
        .map_err(|e| told(&e))?;
    let source = ParquetSource::resting(stored.path(), &key).map_err(|e| told(&e))?;
    let mut text = format!("{:?}", source.schema());
    for batch in source.batches(None, 1000).map_err(|error| told(&error))? {
        text += &format!("{:?}", batch.map_err(|error| told(&error))?);
    }
    Ok(text)
}

/// An error with its causes, in which no value of a row may be found.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error:?}");
    let mut at = Some(error);
    while let Some(error) = at {
        text += &format!(" {error}");
        at = error.source();
    }
    assert!(
        !text.contains("秘密") && !text.contains(&id(1)[..16]),
        "{text}"
    );
    text
}

/// The entry as if its file were this long: what is left when the catalogue doesn't notice.
fn as_long(place: &Place, entry: &Entry) -> Entry {
    Entry {
        bytes: fs::metadata(place.path_of(entry)).unwrap().len(),
        ..entry.clone()
    }
}

#[test]
fn a_file_opens_under_its_own_name_and_key_only() {
    let Vaulted { place, files, .. } = vaulted();
    for mine in &files {
        content(&place, mine).unwrap();
        for other in files.iter().filter(|other| other.name != mine.name) {
            let wrong_key = Entry {
                key: other.key.clone(),
                ..mine.clone()
            };
            let renamed = Entry {
                name: other.name.clone(),
                ..mine.clone()
            };
            let key_and_name = Entry {
                name: other.name.clone(),
                key: other.key.clone(),
                ..mine.clone()
            };
            // Among the others is the older version of the table, of the same length.
            let swapped = Entry {
                path: other.path.clone(),
                bytes: other.bytes,
                ..mine.clone()
            };
            for (what, entry) in [
                ("key", wrong_key),
                ("name", renamed),
                ("name and key", key_and_name),
                ("content", swapped),
            ] {
                let found = content(&place, &entry);
                assert!(found.is_err(), "{what} of {} for {}", other.name, mine.name);
            }
        }
        for name in [
            FileName {
                version: mine.name.version + 1,
                ..mine.name.clone()
            },
            FileName {
                study: "another".to_owned(),
                ..mine.name.clone()
            },
        ] {
            let entry = Entry {
                name,
                ..mine.clone()
            };
            assert!(content(&place, &entry).is_err(), "{}", entry.name);
        }
    }
}

#[test]
fn an_older_version_in_the_place_of_the_newer_is_refused() {
    let Vaulted {
        place, files, a, ..
    } = vaulted();
    for newer in &a.files {
        let older = files
            .iter()
            .find(|e| e.name.file == newer.name.file && e.name.table == "a" && e.name.version == 1)
            .unwrap();
        let before = fs::read(place.path_of(newer)).unwrap();
        fs::copy(place.path_of(older), place.path_of(newer)).unwrap();
        assert_eq!(
            as_long(&place, newer).bytes,
            newer.bytes,
            "they have one length"
        );
        assert!(content(&place, newer).is_err());
        assert!(place.shelf.open(newer).unwrap().verify().is_err());
        fs::write(place.path_of(newer), before).unwrap();
        content(&place, newer).unwrap();
    }
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let Vaulted { place, files, .. } = vaulted();
    for entry in &files {
        let path = place.path_of(entry);
        let before = fs::read(&path).unwrap();
        let lengths = (0..before.len()).step_by(61);
        for length in lengths.chain([before.len() - 1, before.len() - 8]) {
            fs::write(&path, &before[..length]).unwrap();
            assert!(
                content(&place, entry).is_err(),
                "{} to {length}",
                entry.name
            );
            let unnoticed = as_long(&place, entry);
            assert!(
                content(&place, &unnoticed).is_err(),
                "{} to {length}",
                entry.name
            );
        }
        let longer = [before.as_slice(), &[0]].concat();
        fs::write(&path, longer).unwrap();
        assert!(content(&place, entry).is_err());
        assert!(content(&place, &as_long(&place, entry)).is_err());
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing() {
    let Vaulted { place, files, .. } = vaulted();
    let mut flips = 0;
    for entry in &files {
        let path = place.path_of(entry);
        let whole = content(&place, entry).unwrap();
        let stored = place.shelf.open(entry).unwrap();
        stored.verify().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let mut same = Vec::new();
        let last = bytes.len() - 1;
        for at in (0..bytes.len()).step_by(7).chain([1, 2, 3, last]) {
            let bit = 1 << (at % 8);
            bytes[at] ^= bit;
            fs::write(&path, &bytes).unwrap();
            match content(&place, entry) {
                Err(_) => {}
                Ok(text) => {
                    assert!(text == whole, "{} reads as another at {at}", entry.name);
                    same.push(at);
                }
            }
            assert!(stored.verify().is_err(), "{} at {at}", entry.name);
            bytes[at] ^= bit;
            flips += 1;
        }
        // The first four bytes say what kind of file it is, and nobody needs them; some more are lengths that are known
        // otherwise. The digest covers them.
        let others = same.iter().filter(|at| **at >= 4).count();
        assert!(others <= 4, "{}: {same:?}", entry.name);
        fs::write(&path, &bytes).unwrap();
    }
    assert!(flips > 1500, "{flips}");
}

/// The tables as SQL reads them: opened, then asked for every cell.
#[test]
fn a_question_over_a_damaged_table_has_no_other_answer() {
    let Vaulted { place, a, done, .. } = vaulted();
    let sql = "select count(*), count(distinct person), sum(value), min(value), count(distinct note) from a";
    let answer = |files: &PersonFiles| -> Result<String, String> {
        let table = PersonTable::open("a", files).map_err(|error| told(&error))?;
        let tables = Tables {
            persons: vec![table.into()],
            references: Vec::new(),
        };
        let answer = query(sql, &tables, OPTIONS).map_err(|error| told(&error))?;
        Ok(format!("{:?}", answer.cells().unwrap()))
    };
    let files = place.person_files("a", &a, &done);
    let whole = answer(&files).unwrap();
    let mut errors = 0;
    for file in [RUNS, LINKED, BITMAP] {
        let entry = entry(&done.files, "a", file).unwrap();
        let path = place.path_of(entry);
        let mut bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 24) {
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            match answer(&files) {
                Ok(found) => assert_eq!(found, whole, "{file} at {at}"),
                Err(_) => errors += 1,
            }
            bytes[at] ^= 0x10;
        }
        fs::write(&path, &bytes).unwrap();
        assert_eq!(answer(&files).unwrap(), whole);
    }
    assert!(errors > 60, "{errors}");
}

#[test]
fn an_import_that_is_another_file_than_was_recorded_is_refused() {
    let place = Place::new();
    let import = |name: &str, n: u64| {
        place.import_csv(
            name,
            &format!("number_id,x\n{},1\n", id(n)),
            Some(&by_number()),
        )
    };
    let (a, other) = (import("a", 1), import("other", 2));
    let recorded = place.table("a", "ndb", &a.files);
    place
        .link(std::slice::from_ref(&recorded), None, "out")
        .unwrap();
    // Another table, as an import leaves it, in its place.
    for (mine, other) in a.files.iter().zip(&other.files) {
        let before = fs::read(place.at(&mine.path)).unwrap();
        fs::copy(place.at(&other.path), place.at(&mine.path)).unwrap();
        let error = place
            .link(std::slice::from_ref(&recorded), None, "again")
            .unwrap_err();
        assert_eq!((error.code(), error.exit()), ("engine.link.import", 1));
        assert!(!place.at("again").exists());
        fs::write(place.at(&mine.path), before).unwrap();
    }
    place.link(&[recorded], None, "again").unwrap();
}

#[test]
fn a_link_on_the_way_leads_no_import_elsewhere() {
    let place = Place::new();
    let out = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(out.path(), place.at("tables")).unwrap();
    let path = place.at("source.csv");
    fs::write(&path, "v\n1\n").unwrap();
    let target = import::Target {
        shelf: &place.shelf,
        table: "t",
        version: 1,
        dir: &place.at("tables/t/1"),
        keep: &[],
        memory: import::MEMORY,
        watch: &|_| {},
    };
    let source = Source::file(&path, Options::default()).unwrap();
    let error = import::import(&source, None, &target).unwrap_err();
    assert_eq!(error.code(), "engine.file.io");
    let named = place.at("tables").display().to_string();
    assert_eq!(error.details(), [("path", named)]);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
