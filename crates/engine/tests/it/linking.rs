//! Persons of a study, on files.

use std::fs;
use std::path::Path;

use renketsu_engine::guard::Level;
use renketsu_engine::import::{FILE, IdColumns};
use renketsu_engine::link::{LinkTable, link, table_file};
use renketsu_engine::query::{QueryTable, query};
use renketsu_engine::report::{LinkChanges, PersonStatus, RowStatus, Unlinked};
use renketsu_table::parquet::ParquetSource;
use roaring::RoaringBitmap;

use crate::study::{OPTIONS, id, import_csv, mix, table};

/// A table of rows (number, kana, unique, sex, birth year); 0 stands for none.
fn import(dir: &Path, name: &str, rows: &[(u64, u64, bool, &str, u64)]) {
    let or_empty = |n: u64, offset: u64| {
        if n == 0 {
            String::new()
        } else {
            id(n + offset)
        }
    };
    let mut csv = String::from("number_id,kana_id,kana_unique,sex,birth_year,note\n");
    for (row, (number, kana, unique, sex, year)) in rows.iter().enumerate() {
        csv += &format!(
            "{},{},{unique},{sex},{year},row {row}\n",
            or_empty(*number, 0),
            or_empty(*kana, 1000)
        );
    }
    import_csv(dir, name, &csv, Some(&IdColumns::default()));
}

/// Person and note of each row of a linked table.
fn linked(file: &Path) -> Vec<(u32, String)> {
    let source = ParquetSource::file(file).unwrap();
    let mut rows = Vec::new();
    for batch in source.batches(None, 1000).unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let cell = |name: &str| {
                let array = batch.column_by_name(name).unwrap();
                arrow::util::display::array_value_to_string(array, row).unwrap()
            };
            rows.push((cell("person").parse().unwrap(), cell("note")));
        }
    }
    rows
}

fn tables(dir: &Path, names: &[&str]) -> Vec<LinkTable> {
    names
        .iter()
        .map(|name| table(dir, name, "anonymized"))
        .collect()
}

const HOSPITAL: &[(u64, u64, bool, &str, u64)] = &[
    (1, 11, true, "1", 1950),
    (1, 11, true, "1", 1950),
    (2, 0, false, "2", 1960),
    (0, 12, true, "1", 1970), // person 3 of the claims has it
    (0, 13, true, "2", 1980), // nobody with a number has it
    (0, 13, true, "2", 1980),
    (0, 14, false, "1", 1990), // not unique
    (0, 15, true, "1", 1991),  // two persons of the claims have it
    (0, 0, false, "2", 1992),
];
const CLAIMS: &[(u64, u64, bool, &str, u64)] = &[
    (1, 0, false, "男", 1951),
    (3, 12, true, "男", 1970),
    (4, 15, true, "1", 1991),
    (5, 15, true, "1", 1991),
    (0, 13, true, "2", 1980),
    (2, 0, false, "2", 1960),
    (2, 0, false, "1", 1960),
];

#[test]
fn every_row_is_linked_or_counted_by_reason() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "hospital", HOSPITAL);
    import(dir.path(), "claims", CLAIMS);
    let out = dir.path().join("link");
    let report = link(&tables(dir.path(), &["hospital", "claims"]), None, &out).unwrap();
    let [hospital, claims] = &report.tables[..] else {
        panic!()
    };
    assert_eq!(hospital.rows, 9);
    assert_eq!(
        hospital.rows_by,
        RowStatus {
            number: 3,
            kana_attached: 1,
            kana_person: 2
        }
    );
    assert_eq!(
        hospital.unlinked,
        Unlinked {
            no_id: 1,
            kana_not_unique: 1,
            kana_ambiguous: 1
        }
    );
    assert_eq!(
        hospital.persons_by,
        PersonStatus {
            number: 2,
            kana_attached: 1,
            kana_person: 1
        }
    );
    assert_eq!(hospital.persons, 4);
    assert_eq!(
        claims.rows_by,
        RowStatus {
            number: 6,
            kana_attached: 0,
            kana_person: 1
        }
    );
    assert_eq!(claims.unlinked.total(), 0);
    assert_eq!(
        (
            report.persons,
            report.persons_by_number,
            report.persons_by_kana
        ),
        (6, 5, 1)
    );
    assert_eq!(
        report.changes,
        LinkChanges {
            appended: 6,
            ..LinkChanges::default()
        }
    );
    let pair = &report.overlaps.pairs[0];
    assert_eq!(
        (pair.tables.join("+"), pair.persons),
        ("hospital+claims".to_owned(), 4)
    );
    let combinations = report.overlaps.combinations.as_ref().unwrap();
    let found: Vec<(String, u64)> = combinations
        .iter()
        .map(|c| (c.tables.join("+"), c.persons))
        .collect();
    assert_eq!(
        found,
        [("hospital+claims".to_owned(), 4), ("claims".to_owned(), 2)]
    );
    // 男 and 1 are one sex. Person 2 has two sexes in the claims, person 1 two birth years.
    let [sex, year] = &report.consistency[..] else {
        panic!()
    };
    assert_eq!(
        (sex.column, sex.agree, sex.disagree, sex.several),
        ("sex", 3, 0, 1)
    );
    assert_eq!(
        (year.column, year.agree, year.disagree, year.several),
        ("birth_year", 3, 1, 0)
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["schema"], "renketsu.link/1");
    assert_eq!(json["tables"][0]["unlinked"]["kana_ambiguous"], 1);
}

#[test]
fn linked_tables_carry_person_in_order_and_no_id() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "hospital", HOSPITAL);
    import(dir.path(), "claims", CLAIMS);
    let out = dir.path().join("link");
    link(&tables(dir.path(), &["hospital", "claims"]), None, &out).unwrap();
    for name in ["hospital", "claims"] {
        let file = table_file(&out, name);
        let source = ParquetSource::file(&file).unwrap();
        let columns: Vec<&str> = source
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().as_str())
            .collect();
        assert_eq!(columns, ["person", "sex", "birth_year", "note"]);
        assert!(!source.schema().field(0).is_nullable());
        let rows = linked(&file);
        assert!(rows.is_sorted_by_key(|(person, _)| *person));
        let bitmap = fs::File::open(out.join(format!("{name}.roaring"))).unwrap();
        let bitmap = RoaringBitmap::deserialize_from(bitmap).unwrap();
        assert_eq!(bitmap, rows.iter().map(|(person, _)| *person).collect());
        let bytes = fs::read(&file).unwrap();
        let raw: Vec<u8> = (0..64)
            .step_by(2)
            .map(|i| u8::from_str_radix(&id(1)[i..i + 2], 16).unwrap())
            .collect();
        assert!(!bytes.windows(32).any(|window| window == raw));
    }
    // The attached row is the same person's as the row that bears the kana ID.
    let person = |file: &str, note: &str| {
        linked(&table_file(&out, file))
            .into_iter()
            .find(|(_, n)| n == note)
            .map(|(person, _)| person)
    };
    assert_eq!(person("hospital", "row 3"), person("claims", "row 1"));
    assert_eq!(person("hospital", "row 4"), person("claims", "row 4"));
    assert_eq!(person("hospital", "row 6"), None);
    assert_eq!(person("hospital", "row 7"), None);
}

#[test]
fn linking_again_with_more_tables_keeps_every_number() {
    let dir = tempfile::tempdir().unwrap();
    let many = |seed: u64, persons: u64| -> Vec<(u64, u64, bool, &str, u64)> {
        (0..3000)
            .map(|row| {
                let person = mix(row + seed) % persons + 1;
                let number = if mix(row ^ seed) % 10 < 7 { person } else { 0 };
                (number, person, !person.is_multiple_of(9), "1", 1950)
            })
            .collect()
    };
    import(dir.path(), "a", &many(1, 400));
    import(dir.path(), "b", &many(2, 900));
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let first = link(&tables(dir.path(), &["a"]), None, &one).unwrap();
    let second = link(&tables(dir.path(), &["b", "a"]), Some(&one), &two).unwrap();
    assert!(second.changes.appended > 0 && second.persons > first.persons);
    // Persons whose number is no alias now have the rows they had.
    let before = linked(&table_file(&one, "a"));
    let after: std::collections::BTreeMap<String, u32> = linked(&table_file(&two, "a"))
        .into_iter()
        .map(|(person, note)| (note, person))
        .collect();
    let changed = before
        .iter()
        .filter(|(person, note)| after.get(note) != Some(person))
        .count();
    assert_eq!(changed, 0);
    assert!(linked(&table_file(&two, "b")).is_sorted_by_key(|(person, _)| *person));
    // The same without the first version is the same partition, whatever its numbers.
    let fresh = dir.path().join("fresh");
    let third = link(&tables(dir.path(), &["a", "b"]), None, &fresh).unwrap();
    assert_eq!(third.persons, second.persons);
    assert_eq!(
        third.overlaps.combinations,
        second.overlaps.combinations.map(|mut combinations| {
            for combination in &mut combinations {
                combination.tables.sort();
            }
            combinations
        })
    );
}

#[test]
fn what_changes_between_links_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    import(
        dir.path(),
        "a",
        &[
            (1, 11, true, "1", 1),
            (0, 11, true, "1", 1),
            (0, 12, true, "1", 1),
            (0, 13, true, "1", 1),
        ],
    );
    import(
        dir.path(),
        "b",
        &[
            (2, 11, true, "1", 1),
            (1, 12, true, "1", 1),
            (3, 13, true, "1", 1),
        ],
    );
    let (one, two, three) = (
        dir.path().join("one"),
        dir.path().join("two"),
        dir.path().join("three"),
    );
    let first = link(&tables(dir.path(), &["a"]), None, &one).unwrap();
    assert_eq!((first.persons, first.persons_by_kana), (3, 2));
    let second = link(&tables(dir.path(), &["a", "b"]), Some(&one), &two).unwrap();
    // 11 is now borne by two; the person of 12 is person 1; the person of 13 has a number and keeps the person number.
    assert_eq!(
        second.changes,
        LinkChanges {
            appended: 1,
            aliases: 1,
            merged: 1,
            undone_ambiguous: 1,
            undone_rows: 1,
            ..LinkChanges::default()
        }
    );
    assert_eq!((second.persons, second.persons_by_kana), (3, 0));
    let third = link(&tables(dir.path(), &["a", "b"]), Some(&two), &three).unwrap();
    assert_eq!(
        third.changes,
        LinkChanges {
            aliases: 1,
            ..LinkChanges::default()
        }
    );
    assert_eq!(
        linked(&table_file(&two, "b")),
        linked(&table_file(&three, "b"))
    );
}

#[test]
fn a_table_of_ids_alone_can_be_linked_and_asked() {
    let dir = tempfile::tempdir().unwrap();
    let csv: String = std::iter::once("number_id\n".to_owned())
        .chain((1..50).map(|n| format!("{}\n", id(n % 20))))
        .collect();
    let ids = crate::study::by_number();
    import_csv(dir.path(), "visits", &csv, Some(&ids));
    let out = dir.path().join("link");
    link(&tables(dir.path(), &["visits"]), None, &out).unwrap();
    let tables = [QueryTable {
        name: "visits".to_owned(),
        level: Level::Person,
        file: table_file(&out, "visits"),
    }];
    let answer = query(
        "select count(*), count(distinct person) from visits",
        &tables,
        OPTIONS,
    )
    .unwrap();
    assert_eq!(
        answer.cells().unwrap(),
        [[Some("49".to_owned()), Some("20".to_owned())]]
    );
}

#[test]
fn names_that_could_be_paths_or_other_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "a", HOSPITAL);
    for name in [
        "",
        "A",
        "1a",
        "a b",
        "../a",
        "a/b",
        "persons",
        "attached",
        "aliases",
        "表",
        &"a".repeat(64),
    ] {
        let mut bad = table(dir.path(), "a", "ndb");
        bad.name = name.to_owned();
        let error = link(&[bad], None, &dir.path().join("out")).unwrap_err();
        assert_eq!(
            (error.code(), error.exit()),
            ("engine.link.name", 2),
            "{name}"
        );
    }
    let twice = tables(dir.path(), &["a", "a"]);
    assert_eq!(
        link(&twice, None, &dir.path().join("out"))
            .unwrap_err()
            .code(),
        "engine.link.name"
    );
    assert_eq!(
        link(&[], None, &dir.path().join("out")).unwrap_err().code(),
        "engine.link.no_tables"
    );
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_link_that_fails_leaves_nothing_and_one_that_was_killed_is_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "a", HOSPITAL);
    let out = dir.path().join("links").join("1");
    let count = || fs::read_dir(dir.path().join("links")).map_or(0, Iterator::count);
    for (file, code) in [
        ("missing", "table.parquet.missing"),
        ("damaged", "table.parquet.malformed"),
        ("other", "table.parquet.unknown"),
    ] {
        fs::write(dir.path().join("damaged"), b"PAR1 and nothing that follows").unwrap();
        import_csv(dir.path(), "plain", "code\n1\n", None);
        fs::rename(
            dir.path().join("plain").join(FILE),
            dir.path().join("other"),
        )
        .unwrap();
        fs::remove_dir_all(dir.path().join("plain")).unwrap();
        let mut bad = table(dir.path(), "a", "ndb");
        bad.file = dir.path().join(file);
        let error = link(
            &[
                table(dir.path(), "a", "ndb"),
                LinkTable {
                    name: "b".to_owned(),
                    ..bad
                },
            ],
            None,
            &out,
        )
        .unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(count(), 0);
    }
    let no_previous = link(
        &tables(dir.path(), &["a"]),
        Some(&dir.path().join("nowhere")),
        &out,
    )
    .unwrap_err();
    assert_eq!(no_previous.code(), "table.parquet.missing");
    assert_eq!(count(), 0);
    // What a killed run leaves, or one that is still at work; nobody else's directory is touched.
    fs::create_dir_all(dir.path().join("links/.1.partial")).unwrap();
    fs::write(dir.path().join("links/.1.partial/a.parquet"), b"half").unwrap();
    link(&tables(dir.path(), &["a"]), None, &out).unwrap();
    assert_eq!(count(), 2);
    assert!(dir.path().join("links/.1.partial/a.parquet").exists());
    let again = link(&tables(dir.path(), &["a"]), None, &out).unwrap_err();
    assert_eq!((again.code(), again.exit()), ("engine.file.exists", 2));
}

#[test]
fn an_import_whose_rows_were_moved_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "a", HOSPITAL);
    let source = ParquetSource::file(&dir.path().join("a").join(FILE)).unwrap();
    let batch = source.batches(None, 100).unwrap().next().unwrap().unwrap();
    let backward = arrow::array::UInt32Array::from_iter_values((0..9).rev());
    let batch = arrow::compute::take_record_batch(&batch, &backward).unwrap();
    let file = fs::File::create(dir.path().join("moved.parquet")).unwrap();
    let mut sink = renketsu_table::parquet::ParquetSink::create(
        file,
        &batch.schema(),
        &renketsu_table::parquet::Sorting::none(),
    )
    .unwrap();
    sink.write(&batch).unwrap();
    sink.finish().unwrap();
    let moved = LinkTable {
        file: dir.path().join("moved.parquet"),
        ..table(dir.path(), "a", "ndb")
    };
    let error = link(&[moved], None, &dir.path().join("out")).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("engine.link.import", 1));
}

#[test]
fn a_kana_id_that_one_table_denies_links_no_row_of_another() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "a", &[(1, 11, false, "1", 1950)]);
    import(dir.path(), "b", &[(0, 11, true, "1", 1950)]);
    let report = link(
        &tables(dir.path(), &["a", "b"]),
        None,
        &dir.path().join("out"),
    )
    .unwrap();
    assert_eq!(report.overlaps.pairs[0].persons, 0);
    assert_eq!(report.persons, 1);
    assert_eq!(report.tables[1].unlinked.kana_not_unique, 1);
}

#[test]
fn links_at_once_do_not_share_a_directory_and_one_of_them_is_the_link() {
    let dir = tempfile::tempdir().unwrap();
    import(dir.path(), "a", HOSPITAL);
    import(dir.path(), "b", CLAIMS);
    let out = dir.path().join("links").join("1");
    let run = |name: &'static str| {
        let (asked, out) = (tables(dir.path(), &[name]), out.clone());
        std::thread::spawn(move || link(&asked, None, &out))
    };
    let ended: Vec<_> = (0..8)
        .map(|n| run(if n % 2 == 0 { "a" } else { "b" }))
        .collect();
    let ended: Vec<_> = ended.into_iter().map(|run| run.join().unwrap()).collect();
    let won: Vec<_> = ended.iter().flatten().collect();
    assert_eq!(won.len(), 1);
    for error in ended.iter().filter_map(|run| run.as_ref().err()) {
        assert_eq!(error.code(), "engine.file.exists", "{error:?}");
    }
    assert!(table_file(&out, &won[0].tables[0].name).exists());
    assert_eq!(fs::read_dir(dir.path().join("links")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 5);
}

#[test]
fn an_import_that_is_another_file_than_was_recorded_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let csv = format!("number_id,x\n{},1\n", id(1));
    let report = import_csv(dir.path(), "a", &csv, Some(&crate::study::by_number()));
    let recorded = LinkTable {
        sha256: Some(report.sha256.to_uppercase()),
        ..table(dir.path(), "a", "ndb")
    };
    let out = dir.path().join("out");
    link(std::slice::from_ref(&recorded), None, &out).unwrap();
    // Another table, as an import leaves it, in its place.
    let csv = format!("number_id,x\n{},1\n", id(2));
    import_csv(dir.path(), "other", &csv, Some(&crate::study::by_number()));
    fs::copy(dir.path().join("other").join(FILE), &recorded.file).unwrap();
    let out = dir.path().join("again");
    let error = link(&[recorded], None, &out).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("engine.link.import", 1));
    assert!(!out.exists());
}
