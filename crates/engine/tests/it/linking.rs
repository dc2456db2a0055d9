//! Persons of a study, on files.

use std::fs;

use renketsu_engine::evaluate::persons_by;
use renketsu_engine::import::{IdColumns, Imported, KEYS};
use renketsu_engine::link::{BITMAP, LINKED, LinkDone, LinkTable, RUNS};
use renketsu_engine::query::{Tables, query};
use renketsu_engine::report::{LinkChanges, PersonStatus, RowStatus, Unlinked};

use crate::study::{OPTIONS, Place, by_number, entry, id, mix};

/// A row (number, kana, unique, sex, birth year); 0 stands for none.
pub(crate) type Row = (u64, u64, bool, &'static str, u64);

/// Imported tables of rows.
pub(crate) struct Tested {
    pub(crate) place: Place,
    tables: Vec<(&'static str, Imported)>,
}

pub(crate) fn tested(tables: &[(&'static str, &[Row])]) -> Tested {
    let place = Place::new();
    let import = |(name, rows): &(&'static str, &[Row])| {
        let imported = place.import_csv(name, &csv(rows), Some(&IdColumns::default()));
        (*name, imported)
    };
    let tables = tables.iter().map(import).collect();
    Tested { place, tables }
}

fn csv(rows: &[Row]) -> String {
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
    csv
}

impl Tested {
    fn imported(&self, name: &str) -> &Imported {
        let found = self.tables.iter().find(|(table, _)| *table == name);
        &found.unwrap().1
    }

    pub(crate) fn table(&self, name: &str, kind: &str) -> LinkTable {
        self.place.table(name, kind, &self.imported(name).files)
    }

    fn link(&self, names: &[&str], previous: Option<&LinkDone>, to: &str) -> LinkDone {
        let tables: Vec<LinkTable> = names.iter().map(|n| self.table(n, "anonymized")).collect();
        self.place.link(&tables, previous, to).unwrap()
    }

    /// Person and note of each linked row of a table, as its files have them.
    fn linked(&self, name: &str, done: &LinkDone) -> Vec<(u32, String)> {
        let data = entry(&done.files, name, LINKED)
            .or_else(|| entry(&self.imported(name).files, name, "rows"))
            .map(|entry| self.place.rows(entry))
            .unwrap();
        let mut found = Vec::new();
        for run in self.place.rows(entry(&done.files, name, RUNS).unwrap()) {
            let number = |cell: &str| cell.parse::<usize>().unwrap();
            let (start, rows) = (number(&run[1]), number(&run[2]));
            for row in &data[start..start + rows] {
                found.push((run[0].parse().unwrap(), row[2].clone()));
            }
        }
        found
    }
}

const HOSPITAL: &[Row] = &[
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
const CLAIMS: &[Row] = &[
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
    let tested = tested(&[("hospital", HOSPITAL), ("claims", CLAIMS)]);
    let report = tested.link(&["hospital", "claims"], None, "link").report;
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
            kana_ambiguous: 1,
            removed: 0,
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
    let tested = tested(&[("hospital", HOSPITAL), ("claims", CLAIMS)]);
    let place = &tested.place;
    let done = tested.link(&["hospital", "claims"], None, "link");
    for name in ["hospital", "claims"] {
        let table = place.person_table(name, tested.imported(name), &done);
        let fields = table.schema().fields();
        let columns: Vec<&str> = fields.iter().map(|f| f.name().as_str()).collect();
        assert_eq!(columns, ["person", "sex", "birth_year", "note"]);
        assert!(!table.schema().field(0).is_nullable());
        let rows = tested.linked(name, &done);
        assert!(rows.is_sorted_by_key(|(person, _)| *person));
        let bitmap = place.file(&done.files, name, BITMAP).unwrap();
        let bitmap = bitmap.persons().unwrap();
        assert_eq!(bitmap, rows.iter().map(|(person, _)| *person).collect());
        // What the link's truth is compared with reads the same rows.
        let files = place.person_files(name, tested.imported(name), &done);
        let years = persons_by(&files.runs, &files.rows.unwrap(), "birth_year").unwrap();
        let persons: Vec<u32> = years.iter().map(|(person, _)| *person).collect();
        let expected: Vec<u32> = rows.iter().map(|(person, _)| *person).collect();
        assert_eq!(persons, expected);
    }
    // No ID, whole or in its first bytes, stands in any file of the link or of the rows.
    let raw: Vec<u8> = (0..64)
        .step_by(2)
        .map(|i| u8::from_str_radix(&id(1)[i..i + 2], 16).unwrap())
        .collect();
    let imported = tested.tables.iter().flat_map(|(_, i)| &i.files);
    for entry in done.files.iter().chain(imported) {
        let bytes = fs::read(place.at(&entry.path)).unwrap();
        assert!(!bytes.windows(8).any(|window| window == &raw[..8]));
        assert!(
            !bytes
                .windows(16)
                .any(|window| window == &id(1).as_bytes()[..16])
        );
    }
    // The attached row is the same person's as the row that bears the kana ID.
    let person = |table: &str, note: &str| {
        tested
            .linked(table, &done)
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
    let many = |seed: u64, persons: u64| -> Vec<Row> {
        (0..3000)
            .map(|row| {
                let person = mix(row + seed) % persons + 1;
                let number = if mix(row ^ seed) % 10 < 7 { person } else { 0 };
                (number, person, !person.is_multiple_of(9), "1", 1950)
            })
            .collect()
    };
    let tested = tested(&[("a", &many(1, 400)), ("b", &many(2, 900))]);
    let one = tested.link(&["a"], None, "one-1");
    let two = tested.link(&["b", "a"], Some(&one), "two-2");
    let (first, second) = (&one.report, &two.report);
    assert!(second.changes.appended > 0 && second.persons > first.persons);
    // Persons whose number is no alias now have the rows they had.
    let before = tested.linked("a", &one);
    let after: std::collections::BTreeMap<String, u32> = tested
        .linked("a", &two)
        .into_iter()
        .map(|(person, note)| (note, person))
        .collect();
    let changed = before
        .iter()
        .filter(|(person, note)| after.get(note) != Some(person))
        .count();
    assert_eq!(changed, 0);
    assert!(
        tested
            .linked("b", &two)
            .is_sorted_by_key(|(person, _)| *person)
    );
    // The same without the first version is the same partition, whatever its numbers.
    let third = tested.link(&["a", "b"], None, "fresh-3").report;
    assert_eq!(third.persons, second.persons);
    assert_eq!(
        third.overlaps.combinations,
        second
            .overlaps
            .combinations
            .clone()
            .map(|mut combinations| {
                for combination in &mut combinations {
                    combination.tables.sort();
                }
                combinations
            })
    );
}

#[test]
fn what_changes_between_links_is_reported() {
    let tested = tested(&[
        (
            "a",
            &[
                (1, 11, true, "1", 1),
                (0, 11, true, "1", 1),
                (0, 12, true, "1", 1),
                (0, 13, true, "1", 1),
            ],
        ),
        (
            "b",
            &[
                (2, 11, true, "1", 1),
                (1, 12, true, "1", 1),
                (3, 13, true, "1", 1),
            ],
        ),
    ]);
    let one = tested.link(&["a"], None, "one-1");
    let first = &one.report;
    assert_eq!((first.persons, first.persons_by_kana), (3, 2));
    let two = tested.link(&["a", "b"], Some(&one), "two-2");
    let second = &two.report;
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
    let three = tested.link(&["a", "b"], Some(&two), "three-3");
    assert_eq!(
        three.report.changes,
        LinkChanges {
            aliases: 1,
            ..LinkChanges::default()
        }
    );
    assert_eq!(tested.linked("b", &two), tested.linked("b", &three));
}

#[test]
fn a_table_of_ids_alone_can_be_linked_and_asked() {
    let place = Place::new();
    let csv: String = std::iter::once("number_id\n".to_owned())
        .chain((1..50).map(|n| format!("{}\n", id(n % 20))))
        .collect();
    let imported = place.import_csv("visits", &csv, Some(&by_number()));
    let table = place.table("visits", "ndb", &imported.files);
    let done = place.link(&[table], None, "link").unwrap();
    let tables = Tables {
        persons: vec![place.person_table("visits", &imported, &done)],
        references: Vec::new(),
    };
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
    let tested = tested(&[("a", HOSPITAL)]);
    let place = &tested.place;
    for name in [
        "",
        "A",
        "1a",
        "a b",
        "../a",
        "a/b",
        "a.runs",
        "a-1",
        "表",
        &"a".repeat(64),
    ] {
        let mut bad = tested.table("a", "ndb");
        bad.name = name.to_owned();
        let error = place.link(&[bad], None, "out").unwrap_err();
        assert_eq!(
            (error.code(), error.exit()),
            ("engine.link.name", 2),
            "{name}"
        );
    }
    let twice = [tested.table("a", "ndb"), tested.table("a", "ndb")];
    assert_eq!(
        place.link(&twice, None, "out").unwrap_err().code(),
        "engine.link.name"
    );
    assert_eq!(
        place.link(&[], None, "out").unwrap_err().code(),
        "engine.link.no_tables"
    );
    assert!(!place.at("out").exists());
}

#[test]
fn a_table_may_be_called_as_a_file_of_the_directory_is() {
    let tested = tested(&[
        ("persons", HOSPITAL),
        ("attached", CLAIMS),
        ("aliases", CLAIMS),
    ]);
    let names = ["persons", "attached", "aliases"];
    let done = tested.link(&names, None, "link-1");
    let mut paths: Vec<&str> = done.files.iter().map(|e| e.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), done.files.len());
    let again = tested.link(&names, Some(&done), "link-2");
    for name in names {
        assert_eq!(tested.linked(name, &done), tested.linked(name, &again));
    }
}

#[test]
fn a_link_that_fails_leaves_nothing_and_one_that_was_killed_is_no_hindrance() {
    let tested = tested(&[("a", HOSPITAL), ("b", CLAIMS)]);
    let place = &tested.place;
    let count = || fs::read_dir(place.at("links")).map_or(0, Iterator::count);
    let bytes = |table: &str, file: &str| fs::read(place.at(table).join(file)).unwrap();
    let (keys, rows) = (bytes("b", "keys.parquet"), bytes("b", "rows.parquet"));
    let a = tested.table("a", "ndb");
    for (file, damage, code) in [
        ("keys.parquet", None, "engine.file.io"),
        ("rows.parquet", None, "engine.file.io"),
        (
            "keys.parquet",
            Some(b"PAR1 and nothing that follows".to_vec()),
            "engine.link.import",
        ),
        ("keys.parquet", Some(rows.clone()), "engine.link.import"),
        ("rows.parquet", Some(keys.clone()), "engine.link.import"),
    ] {
        let b = tested.table("b", "ndb");
        let path = place.at("b").join(file);
        let before = fs::read(&path).unwrap();
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        let error = place.link(&[a.clone(), b], None, "links/1").unwrap_err();
        assert_eq!(error.code(), code, "{file}");
        assert_eq!(count(), 0);
        fs::write(&path, before).unwrap();
    }
    // A directory of the previous link that isn't what was written.
    let first = tested.link(&["a"], None, "first-1");
    for file in ["persons.parquet", "attached.parquet", "aliases.parquet"] {
        let path = place.at("first-1").join(file);
        let before = fs::read(&path).unwrap();
        let mut damaged = before.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let tables = [a.clone(), tested.table("b", "ndb")];
        let error = place.link(&tables, Some(&first), "links/1").unwrap_err();
        assert_eq!((error.code(), error.exit()), ("engine.link.previous", 1));
        assert_eq!(count(), 0);
        fs::write(&path, &before).unwrap();
    }
    // What a killed run leaves, or one that is still at work; nobody else's directory is touched.
    fs::create_dir_all(place.at("links/.1.partial")).unwrap();
    fs::write(place.at("links/.1.partial/a.parquet"), b"half").unwrap();
    tested.link(&["a"], None, "links/1");
    assert_eq!(count(), 2);
    assert!(place.at("links/.1.partial/a.parquet").exists());
    let before = fs::read_dir(place.at("links/1")).unwrap().count();
    let again = place.link(&[a], None, "links/1").unwrap_err();
    assert_eq!((again.code(), again.exit()), ("engine.file.exists", 2));
    assert_eq!(fs::read_dir(place.at("links/1")).unwrap().count(), before);
}

#[test]
fn an_import_whose_rows_were_moved_is_refused() {
    let tested = tested(&[("a", HOSPITAL), ("b", CLAIMS)]);
    let place = &tested.place;
    // The keys of another import: every file is whole, and they don't belong together.
    let (a, b) = (tested.table("a", "ndb"), tested.table("b", "ndb"));
    let mixed = LinkTable { rows: b.rows, ..a };
    let error = place.link(&[mixed], None, "out").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("engine.link.import", 1));
    // Keys that are in another order than an import leaves, under the right name and key.
    let entry = entry(&tested.imported("a").files, "a", KEYS).unwrap();
    let study = place.kit.study.study_key();
    let key = study.open_file(&entry.name, &entry.key).unwrap();
    let path = place.at(&entry.path);
    let source = renketsu_table::parquet::ParquetSource::resting(&path, &key).unwrap();
    let batch = source.batches(None, 100).unwrap().next().unwrap().unwrap();
    let rows = u32::try_from(batch.num_rows()).unwrap();
    let backward = arrow::array::UInt32Array::from_iter_values((0..rows).rev());
    let batch = arrow::compute::take_record_batch(&batch, &backward).unwrap();
    let mut sink = renketsu_table::parquet::ParquetSink::begin(
        Vec::new(),
        &batch.schema(),
        &renketsu_table::parquet::Sorting::none(),
        renketsu_table::parquet::Purpose::Rest(Some(&key)),
    )
    .unwrap();
    sink.write(&batch).unwrap();
    let bytes = sink.finish().unwrap().target;
    fs::write(&path, &bytes).unwrap();
    let moved = renketsu_seal::vault::Entry {
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
        ..entry.clone()
    };
    let moved = LinkTable {
        keys: place.shelf.open(&moved).unwrap(),
        ..tested.table("b", "ndb")
    };
    let error = place.link(&[moved], None, "out").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("engine.link.import", 1));
    assert!(!place.at("out").exists());
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes))
}

#[test]
fn a_kana_id_that_one_table_denies_links_no_row_of_another() {
    let tested = tested(&[
        ("a", &[(1, 11, false, "1", 1950)]),
        ("b", &[(0, 11, true, "1", 1950)]),
    ]);
    let report = tested.link(&["a", "b"], None, "out").report;
    assert_eq!(report.overlaps.pairs[0].persons, 0);
    assert_eq!(report.persons, 1);
    assert_eq!(report.tables[1].unlinked.kana_not_unique, 1);
}

#[test]
fn links_at_once_do_not_share_a_directory_and_one_of_them_is_the_link() {
    let tested = tested(&[("a", HOSPITAL), ("b", CLAIMS)]);
    let place = &tested.place;
    let asked: Vec<LinkTable> = (0..8)
        .map(|n| tested.table(if n % 2 == 0 { "a" } else { "b" }, "ndb"))
        .collect();
    let shelf = &place.shelf;
    let out = place.at("links/1");
    let ended: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = asked
            .into_iter()
            .map(|table| {
                let out = out.clone();
                scope.spawn(move || {
                    let target = renketsu_engine::link::Target {
                        shelf,
                        version: 1,
                        dir: &out,
                        memory: 64 << 20,
                        watch: &|_| {},
                    };
                    renketsu_engine::link::link(&[table], None, &target)
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let won: Vec<_> = ended.iter().flatten().collect();
    assert!(won.len() <= 1);
    for error in ended.iter().filter_map(|run| run.as_ref().err()) {
        assert_eq!(error.code(), "engine.file.exists", "{error:?}");
    }
    let [won] = won[..] else {
        panic!("none of them is the link")
    };
    for entry in &won.files {
        place.shelf.open(entry).unwrap().verify().unwrap();
    }
    assert_eq!(fs::read_dir(place.at("links")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&out).unwrap().count(), won.files.len());
}
