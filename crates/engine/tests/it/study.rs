//! A small study, made from a seed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use renketsu_engine::guard::Level;
use renketsu_engine::import::{self, IdColumns, ImportReport, Source};
use renketsu_engine::link::{self, LinkTable};
use renketsu_engine::query::{QueryOptions, QueryTable};
use renketsu_engine::report::LinkReport;
use renketsu_table::delimited::Options;

pub(crate) const OPTIONS: QueryOptions = QueryOptions {
    threads: 2,
    memory: 256 << 20,
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

pub(crate) fn import_csv(
    dir: &Path,
    name: &str,
    csv: &str,
    ids: Option<&IdColumns>,
) -> ImportReport {
    let path = write(&dir.join(format!("{name}.csv")), csv);
    let source = Source::file(&path, Options::default()).unwrap();
    import::import(&source, name, ids, &[], &dir.join(name)).unwrap()
}

pub(crate) fn by_number() -> IdColumns {
    IdColumns {
        number_id: "number_id".to_owned(),
        kana_id: None,
        kana_unique: None,
    }
}

pub(crate) fn table(dir: &Path, name: &str, kind: &str) -> LinkTable {
    LinkTable {
        name: name.to_owned(),
        kind: kind.to_owned(),
        file: dir.join(name).join(import::FILE),
        sha256: None,
    }
}

pub(crate) struct Study {
    pub(crate) tables: Vec<QueryTable>,
    pub(crate) report: LinkReport,
    _dir: tempfile::TempDir,
}

/// Imported, linked, once for all tests.
pub(crate) fn study() -> &'static Study {
    static STUDY: OnceLock<Study> = OnceLock::new();
    STUDY.get_or_init(make)
}

fn make() -> Study {
    let temp = tempfile::tempdir().unwrap();
    // A path that neither an address nor a pattern may read otherwise.
    let dir = temp.path().join("研究 1 [a]*%41");
    fs::create_dir(&dir).unwrap();
    let mut csv = String::from("number_id,sex,age_band,dx,month,value,note\n");
    for (row, r) in anon().iter().enumerate() {
        let number = written(r.person, row);
        csv += &format!(
            "{number},{},{},{},{},{},text {row}\n",
            r.sex, r.age_band, r.dx, r.month, r.value
        );
    }
    import_csv(&dir, "anon", &csv, Some(&by_number()));
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
    import_csv(&dir, "ndb", &csv, Some(&by_number()));
    let mut csv = String::from("code,price,label\n");
    for code in 0..3000 {
        csv += &format!("{code},{},drug {code}\n", code % 77);
    }
    import_csv(&dir, "drugs", &csv, None);
    let out = dir.join("link-1");
    let tables = [table(&dir, "anon", "anonymized"), table(&dir, "ndb", "ndb")];
    let report = link::link(&tables, None, &out).unwrap();
    let linked = |name: &str| QueryTable {
        name: name.to_owned(),
        level: Level::Person,
        file: link::table_file(&out, name),
    };
    let reference = QueryTable {
        name: "drugs".to_owned(),
        level: Level::Reference,
        file: dir.join("drugs").join(import::FILE),
    };
    Study {
        tables: vec![linked("anon"), linked("ndb"), reference],
        report,
        _dir: temp,
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
