//! Values of the data are planted and looked for in every byte that the program leaves on disk, and in the nameless files
//! of its sort while it runs.
//!
//! Compression would hide a text even in a file in clear. IDs are random bytes, which nothing compresses, and names of
//! columns stand in the uncompressed part of every Parquet and Arrow file: between them they find a file in clear.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::plain::KCV;
use crate::{Place, refused, text};

const ROWS: u64 = 72_000;
const TEXT: &str = "ZqxMarkerValueQ7";
const COLUMN: &str = "zqxmarkercolumn";

/// Bytes that look random and are the same in every run (splitmix64).
fn random(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (word, into) in (0_u64..).zip(bytes.chunks_mut(8)) {
        let mut z = seed
            .wrapping_mul(4)
            .wrapping_add(word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        into.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes());
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What may stand nowhere.
struct Markers(Vec<(String, Vec<u8>)>);

impl Markers {
    fn new() -> Self {
        let mut all = Vec::new();
        let mut text = |what: &str, text: &str| {
            all.push((what.to_owned(), text.as_bytes().to_vec()));
            let units: Vec<u16> = text.encode_utf16().collect();
            all.push((
                format!("{what} UTF-16LE"),
                units.iter().flat_map(|u| u.to_le_bytes()).collect(),
            ));
            all.push((
                format!("{what} UTF-16BE"),
                units.iter().flat_map(|u| u.to_be_bytes()).collect(),
            ));
        };
        text("value", TEXT);
        text("column", COLUMN);
        let mut raw = Vec::new();
        for person in [0, 1, ROWS / 2, ROWS - 1] {
            for seed in [person, person.saturating_add(ROWS)] {
                let id = random(seed);
                text("ID", &hex(&id)[..24]);
                text("ID in capitals", &hex(&id).to_uppercase()[..24]);
                raw.push(("raw ID".to_owned(), id[..12].to_vec()));
            }
        }
        all.extend(raw);
        Self(all)
    }

    /// Which of them stand in `bytes`.
    fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        // One pass: few pairs of bytes begin a marker.
        let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        let mut begins = vec![false; 1 << 16];
        for (_, marker) in &self.0 {
            begins[pair(marker)] = true;
        }
        let mut found = BTreeSet::new();
        for (at, two) in bytes.windows(2).enumerate() {
            if begins[pair(two)] {
                let here = self
                    .0
                    .iter()
                    .filter(|(_, marker)| bytes[at..].starts_with(marker));
                found.extend(here.map(|(what, _)| what.as_str()));
            }
        }
        found
    }

    fn in_files(&self, dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.in_files(&path, found);
            } else {
                let mut what = self.in_bytes(&std::fs::read(&path).unwrap());
                // The state names the columns of a table, in the report of its import.
                let name = path.file_name().unwrap().to_string_lossy();
                if name.starts_with("state.") {
                    what.remove("column");
                }
                assert_eq!(what, BTreeSet::new(), "{}", path.display());
                found.push(path);
            }
        }
    }
}

/// Two tables whose rows need more than the least memory: `ndb` names every third person by a kana ID alone.
fn planted() -> Place {
    let place = Place::new();
    place.vault("w");
    std::fs::create_dir(place.path("scratch")).unwrap();
    let filler = TEXT.repeat(60);
    let mut anon = format!("n,k,u,{COLUMN},v\n");
    let mut ndb = anon.clone();
    for person in 0..ROWS {
        let number = hex(&random(person));
        let kana = hex(&random(person.saturating_add(ROWS)));
        writeln!(anon, "{number},{kana},1,{TEXT},{}", person % 10).unwrap();
        let number = if person % 3 == 0 {
            String::new()
        } else {
            number.to_uppercase()
        };
        writeln!(ndb, "{number},{kana},1,{person}{filler},1").unwrap();
    }
    place.write("anon.csv", anon);
    place.write("ndb.csv", ndb);
    place
}

/// Runs a command with its temporary files below the place.
fn run(place: &Place, words: &[&str]) -> std::process::Output {
    let output = place
        .command(words)
        .env("TMPDIR", place.path("scratch"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{words:?}\n{}",
        text(&output.stderr)
    );
    output
}

/// Runs a long command, stops it at two lines of its stage `stage`, from the `first` on, and looks into every nameless
/// file it has open. Returns how many these were.
fn watched(place: &Place, markers: &Markers, line: &str, stage: &str, first: usize) -> usize {
    let words: Vec<&str> = line
        .split_whitespace()
        .chain(["--progress-lines"])
        .collect();
    let mut child = place
        .command(&words)
        .env("TMPDIR", place.path("scratch"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap()).lines();
    let pid = child.id().to_string();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(sent.success());
    };
    let of_stage = said.map(Result::unwrap).filter(|line| line.contains(stage));
    let mut nameless = Vec::new();
    let mut lines: usize = 0;
    for _ in of_stage {
        lines = lines.saturating_add(1);
        if lines == first || lines == first.saturating_add(1) {
            signal("-STOP");
            nameless.push(look_into(&pid, markers));
            signal("-CONT");
        }
    }
    assert!(child.wait().unwrap().success(), "{line}");
    assert_eq!(nameless.len(), 2, "{line}: {lines} lines of {stage}");
    nameless.into_iter().sum()
}

/// Looks for markers in the nameless files of a process. One that may not be dumped shows its files to root only.
fn look_into(pid: &str, markers: &Markers) -> usize {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"));
    let nameless = open
        .into_iter()
        .flatten()
        .map(Result::unwrap)
        .filter(|entry| {
            let name = std::fs::read_link(entry.path()).unwrap_or_default();
            name.to_string_lossy().ends_with(" (deleted)")
        });
    nameless
        .filter(|entry| {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert_eq!(markers.in_bytes(&bytes), BTreeSet::new());
            !bytes.is_empty()
        })
        .count()
}

/// Imports both tables and links them, looking into the files of their sorts.
fn sorted(place: &Place, markers: &Markers) {
    run(
        place,
        &[
            "study",
            "create",
            "--dir",
            "w",
            "--study",
            "S",
            "--provision",
            "P-1",
        ],
    );
    let import = |table: &str, kind: &str| {
        format!(
            "study import --dir w --study S --table {table} --kind {kind} {table}.csv --provision P-1 --kcv {KCV} --memory 64 \
             --number-id n --kana-id k --kana-unique u --approval A-1"
        )
    };
    let anon = import("anon", "anonymized");
    run(place, &anon.split_whitespace().collect::<Vec<_>>());
    let link = "study link --dir w --study S --memory 64";
    for (line, stage, first) in [
        (import("ndb", "ndb").as_str(), "\"writing\"", 1),
        (link, "\"linking\"", 6),
    ] {
        let nameless = watched(place, markers, line, stage, first);
        let seen = std::fs::read_dir("/proc/1/fd").is_ok();
        assert!(
            nameless > 0 || !seen,
            "{line}: sorted in memory; nothing was looked at"
        );
    }
}

/// Saves a cohort and asks, with values of the data in both statements.
fn asked(place: &Place) {
    let save = format!("select person from ndb where {COLUMN} like '%{TEXT}'");
    let of = ["--dir", "w", "--study", "S", "--sql"];
    let cohort = ["study", "cohort", "save", "--name", "c"];
    run(place, &[&cohort[..], &of[..], &[&save]].concat());
    let sql = format!(
        "select count(distinct n.person) as persons, count(distinct n.{COLUMN}) as texts from ndb n \
         join anon a on a.person = n.person join c on c.person = a.person where a.{COLUMN} = '{TEXT}'"
    );
    let ask = [&["study", "query"], &of[..], &[&sql]].concat();
    let answer = run(place, &ask);
    assert_eq!(
        text(&answer.stdout),
        format!("persons,texts\n{ROWS},{ROWS}\n")
    );
    // More than the memory it may have: refused, not spilled.
    let output = place
        .command(&[&ask[..], &["--memory", "16"]].concat())
        .env("TMPDIR", place.path("scratch"))
        .output()
        .unwrap();
    refused(&output, 3, "engine.query.memory", &sql);
}

#[test]
fn no_value_of_the_data_stands_in_clear_anywhere() {
    let place = planted();
    let markers = Markers::new();
    // The search itself finds what is there.
    let source = std::fs::read(place.path("ndb.csv")).unwrap();
    let found = markers.in_bytes(&source[..1 << 16]);
    assert_eq!(
        found,
        BTreeSet::from(["ID", "ID in capitals", "column", "value"])
    );
    assert_eq!(markers.in_bytes(&random(0)), BTreeSet::from(["raw ID"]));

    sorted(&place, &markers);
    asked(&place);
    let mut looked_at = Vec::new();
    for dir in ["w", "scratch"] {
        markers.in_files(&place.path(dir), &mut looked_at);
    }
    for ending in [
        "keys.parquet",
        "rows.parquet",
        "ndb.linked.parquet",
        "ndb.runs.parquet",
        "ndb.persons",
        "c.1",
        "state.sqlite",
    ] {
        let found = looked_at.iter().any(|path| path.ends_with(ending));
        assert!(found, "{ending} in {looked_at:?}");
    }
}
