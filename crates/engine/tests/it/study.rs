//! A small study, made from a seed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use renketsu_engine::import::{self, IdColumns, ImportError, Imported, Source};
use renketsu_engine::link::{self, LinkDone, LinkError, LinkTable, Previous};
use renketsu_engine::person::{PersonFiles, PersonTable};
use renketsu_engine::query::{QueryOptions, ReferenceTable, Tables};
use renketsu_engine::report::LinkReport;
use renketsu_engine::{Shelf, StoredFile};
use renketsu_seal::vault::{Entry, FileKey};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::ParquetSource;
use renketsu_testkit::{TestVault, vault};

pub(crate) const OPTIONS: QueryOptions = QueryOptions {
    threads: 2,
    memory: 256 << 20,
    row_level: None,
    operators: renketsu_engine::query::Operators::Person,
};

/// An ID: 64 hexadecimal digits that stand in no order.
pub(crate) fn id(n: u64) -> String {
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut text = String::new();
    for _ in 0..4 {
        state = mix(state);
        text += &format!("{state:016x}");
    }
    text
}

pub(crate) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A hospital row of the benchmark's shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Anon {
    pub(crate) person: Option<u64>,
    pub(crate) sex: u64,
    pub(crate) age_band: u64,
    pub(crate) dx: u64,
    pub(crate) month: u64,
    pub(crate) value: u64,
}

/// A claim row of the benchmark's shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ndb {
    pub(crate) person: Option<u64>,
    pub(crate) drug: u64,
    pub(crate) points: u64,
    pub(crate) month: u64,
}

pub(crate) const PERSONS: u64 = 300;

fn usable(row: u64, person: u64) -> Option<u64> {
    (mix(row * 101) % 100 >= 3).then_some(person)
}

/// 40 % of the persons, as `shared/bench/make_data.py` does it.
pub(crate) fn anon() -> Vec<Anon> {
    (0..900)
        .map(|row| {
            let person = mix(row * 31 + 7) % (PERSONS * 4 / 10);
            Anon {
                person: usable(row, person),
                sex: mix(person * 7) % 2 + 1,
                age_band: mix(person * 13) % 20 * 5,
                dx: mix(row * 3) % 200,
                month: mix(row * 23) % 60,
                value: mix(row) % 100_000,
            }
        })
        .collect()
}

pub(crate) fn ndb() -> Vec<Ndb> {
    (0..4000)
        .map(|row| Ndb {
            person: usable(row + 5000, mix(row * 37 + 11) % PERSONS),
            drug: mix(row * 5) % 3000,
            points: mix(row * 11) % 100_000,
            month: mix(row * 17) % 60,
        })
        .collect()
}

/// What a delivered file has where there is no ID.
fn written(person: Option<u64>, row: usize) -> String {
    person.map_or_else(
        || {
            if row.is_multiple_of(2) {
                String::new()
            } else {
                "9".to_owned()
            }
        },
        id,
    )
}

pub(crate) fn write(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).unwrap();
    path.to_owned()
}

/// A study's vault, and a shelf of its files.
pub(crate) struct Place {
    pub(crate) kit: TestVault,
    pub(crate) shelf: Shelf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let kit = vault();
        let shelf = shelf(&kit, kit.path());
        Self { kit, shelf }
    }

    pub(crate) fn path(&self) -> &Path {
        self.kit.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Imports version 1 of a table into the directory of its name.
    pub(crate) fn import(
        &self,
        source: &Source,
        name: &str,
        ids: Option<&IdColumns>,
        keep: &[String],
    ) -> Result<Imported, ImportError> {
        let dir = self.shelf.root().join(name);
        let target = import::Target {
            shelf: &self.shelf,
            table: name,
            version: 1,
            dir: &dir,
            keep,
            memory: import::MEMORY,
            watch: &|_| {},
        };
        import::import(source, ids, &target)
    }

    pub(crate) fn import_csv(&self, name: &str, csv: &str, ids: Option<&IdColumns>) -> Imported {
        let path = write(&self.shelf.root().join(format!("{name}.csv")), csv);
        let source = Source::file(&path, Options::default()).unwrap();
        self.import(&source, name, ids, &[]).unwrap()
    }

    /// Links into the directory `to`, whose name ends with the version.
    pub(crate) fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<&LinkDone>,
        to: &str,
    ) -> Result<LinkDone, LinkError> {
        let dir = self.shelf.root().join(to);
        let previous = previous.map(|done| self.previous(done));
        let digits = to.trim_start_matches(|c: char| !c.is_ascii_digit());
        let target = link::Target {
            shelf: &self.shelf,
            version: digits.parse().unwrap_or(1),
            dir: &dir,
            memory: import::MEMORY,
            watch: &|_| {},
        };
        link::link(tables, previous.as_ref(), &target)
    }

    fn previous(&self, done: &LinkDone) -> Previous {
        let file = |file| {
            self.file(&done.files, link::DIRECTORY, file)
                .unwrap_or_else(|| panic!("{file}"))
        };
        Previous {
            persons: file(link::PERSONS),
            attached: file(link::ATTACHED),
            aliases: file(link::ALIASES),
            removed: done
                .report
                .removals
                .iter()
                .map(|removal| {
                    let file = self.file(&done.files, &removal.name, link::BITMAP);
                    (removal.name.clone(), file.unwrap())
                })
                .collect(),
        }
    }

    /// A file of these, opened.
    pub(crate) fn file(&self, files: &[Entry], table: &str, file: &str) -> Option<StoredFile> {
        let entry = entry(files, table, file)?;
        Some(self.shelf.open(entry).unwrap())
    }

    pub(crate) fn table(&self, name: &str, kind: &str, files: &[Entry]) -> LinkTable {
        LinkTable {
            name: name.to_owned(),
            kind: kind.to_owned(),
            keys: self.file(files, name, import::KEYS).unwrap(),
            rows: self.file(files, name, import::ROWS),
        }
    }

    /// The files of a linked table; its rows are those the link wrote, or else those of the import.
    pub(crate) fn person_files(
        &self,
        name: &str,
        imported: &Imported,
        linked: &LinkDone,
    ) -> PersonFiles {
        PersonFiles {
            runs: self.file(&linked.files, name, link::RUNS).unwrap(),
            rows: self
                .file(&linked.files, name, link::LINKED)
                .or_else(|| self.file(&imported.files, name, import::ROWS)),
            persons: self.file(&linked.files, name, link::BITMAP).unwrap(),
        }
    }

    pub(crate) fn person_table(
        &self,
        name: &str,
        imported: &Imported,
        linked: &LinkDone,
    ) -> Arc<PersonTable> {
        let files = self.person_files(name, imported, linked);
        Arc::new(PersonTable::open(name, &files).unwrap())
    }

    pub(crate) fn reference_table(&self, name: &str, files: &[Entry]) -> Arc<ReferenceTable> {
        let rows = self.file(files, name, import::ROWS).unwrap();
        Arc::new(ReferenceTable::open(name, &rows).unwrap())
    }

    /// All rows of a file as text, nulls as `-`.
    pub(crate) fn rows(&self, entry: &Entry) -> Vec<Vec<String>> {
        cells(&self.source(entry))
    }

    pub(crate) fn key(&self, entry: &Entry) -> FileKey {
        let study = self.kit.study.study_key();
        study.open_file(&entry.name, &entry.key).unwrap()
    }

    pub(crate) fn path_of(&self, entry: &Entry) -> PathBuf {
        self.shelf.root().join(&entry.path)
    }

    /// The same as it is read, in batches.
    pub(crate) fn batches(&self, entry: &Entry) -> Vec<RecordBatch> {
        let batches = self.source(entry).batches(None, 1000).unwrap();
        batches.collect::<Result<_, _>>().unwrap()
    }

    fn source(&self, entry: &Entry) -> ParquetSource {
        ParquetSource::resting(&self.path_of(entry), &self.key(entry)).unwrap()
    }

    /// The rows of an import with their IDs before the data, as its two files have them.
    pub(crate) fn imported(&self, table: &str, imported: &Imported) -> Vec<Vec<String>> {
        let data = entry(&imported.files, table, import::ROWS).map(|entry| self.rows(entry));
        let Some(keys) = entry(&imported.files, table, import::KEYS) else {
            return data.unwrap();
        };
        let mut rows = Vec::new();
        for mut key in self.rows(keys) {
            let count = key.pop().unwrap().parse().unwrap();
            rows.extend(std::iter::repeat_n(key, count));
        }
        let Some(data) = data else { return rows };
        assert_eq!(rows.len(), data.len(), "a key for every row");
        for (row, data) in rows.iter_mut().zip(data) {
            row.extend(data);
        }
        rows
    }
}

/// The study of a test vault, its files below `root`.
pub(crate) fn shelf(kit: &TestVault, root: &Path) -> Shelf {
    let catalogue = kit.study.catalogue().clone();
    let mac = kit.study.study_key().mac(&catalogue);
    let name = catalogue.study.clone();
    let study = kit
        .vault
        .open_catalogue(&name, &kit.wrapped, catalogue, &mac)
        .unwrap();
    Shelf::new(root, Arc::new(study))
}

pub(crate) fn entry<'a>(files: &'a [Entry], table: &str, file: &str) -> Option<&'a Entry> {
    files
        .iter()
        .find(|entry| entry.name.table == table && entry.name.file == file)
}

/// All rows of a source as text, nulls as `-`.
pub(crate) fn cells(source: &ParquetSource) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in source.batches(None, 1000).unwrap() {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let cell = |array: &ArrayRef| {
                if array.is_null(row) {
                    return "-".to_owned();
                }
                arrow::util::display::array_value_to_string(array, row).unwrap()
            };
            rows.push(batch.columns().iter().map(cell).collect());
        }
    }
    rows
}

pub(crate) fn by_number() -> IdColumns {
    IdColumns {
        number_id: "number_id".to_owned(),
        kana_id: None,
        kana_unique: None,
    }
}

pub(crate) struct Study {
    pub(crate) tables: Tables,
    pub(crate) report: LinkReport,
    pub(crate) place: Place,
    pub(crate) files: Vec<PersonFiles>,
}

/// Imported, linked, once for all tests.
pub(crate) fn study() -> &'static Study {
    static STUDY: OnceLock<Study> = OnceLock::new();
    STUDY.get_or_init(make)
}

fn make() -> Study {
    let mut place = Place::new();
    // A path that neither an address nor a pattern may read otherwise.
    let dir = place.at("研究 1 [a]*%41");
    fs::create_dir(&dir).unwrap();
    place.shelf = shelf(&place.kit, &dir);
    let mut csv = String::from("number_id,sex,age_band,dx,month,value,note\n");
    for (row, r) in anon().iter().enumerate() {
        let number = written(r.person, row);
        csv += &format!(
            "{number},{},{},{},{},{},text {row}\n",
            r.sex, r.age_band, r.dx, r.month, r.value
        );
    }
    let anon = place.import_csv("anon", &csv, Some(&by_number()));
    let mut csv = String::from("number_id,drug,points,month\n");
    for (row, r) in ndb().iter().enumerate() {
        csv += &format!(
            "{},{},{},{}\n",
            written(r.person, row),
            r.drug,
            r.points,
            r.month
        );
    }
    let ndb = place.import_csv("ndb", &csv, Some(&by_number()));
    let mut csv = String::from("code,price,label\n");
    for code in 0..3000 {
        csv += &format!("{code},{},drug {code}\n", code % 77);
    }
    let drugs = place.import_csv("drugs", &csv, None);
    let tables = [
        place.table("anon", "anonymized", &anon.files),
        place.table("ndb", "ndb", &ndb.files),
    ];
    let done = place.link(&tables, None, "link-1").unwrap();
    let files = vec![
        place.person_files("anon", &anon, &done),
        place.person_files("ndb", &ndb, &done),
    ];
    let tables = Tables {
        persons: vec![
            place.person_table("anon", &anon, &done),
            place.person_table("ndb", &ndb, &done),
        ],
        references: vec![place.reference_table("drugs", &drugs.files)],
    };
    Study {
        tables,
        report: done.report,
        place,
        files,
    }
}

/// Groups rows of a person.
pub(crate) fn by_person<T: Copy>(
    rows: &[T],
    person: impl Fn(&T) -> Option<u64>,
) -> BTreeMap<u64, Vec<T>> {
    let mut groups: BTreeMap<u64, Vec<T>> = BTreeMap::new();
    for row in rows {
        if let Some(person) = person(row) {
            groups.entry(person).or_default().push(*row);
        }
    }
    groups
}
