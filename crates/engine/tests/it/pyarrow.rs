//! `PyArrow` reads the files of the vault with the key and the AAD prefix, and with nothing else.

use std::process::{Command, Stdio};

use renketsu_engine::import::IdColumns;
use renketsu_testkit::file_key_hex;

use crate::study::{Place, id};

/// Prints the rows and a checksum of a file: of each column the numbers' sum, or the sum of the bytes of its texts.
const SCRIPT: &str = r#"
import sys
import pyarrow.parquet as parquet
from pyarrow.parquet.encryption import create_decryption_properties

path, key, aad = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
properties = create_decryption_properties(footer_key=key, aad_prefix=aad) if aad else create_decryption_properties(footer_key=key)
table = parquet.ParquetFile(path, decryption_properties=properties).read()

def weight(value):
    if value is None:
        return 0
    if isinstance(value, (int, bool)):
        return int(value)
    return sum(value.encode() if isinstance(value, str) else value)

print(table.num_rows, *(f"{name}={sum(map(weight, table[name].to_pylist()))}" for name in table.column_names))
"#;

/// The interpreter, if it has a `PyArrow` that can be given a key. On a developer's machine its absence is said and
/// passes; in CI it fails.
#[expect(
    clippy::disallowed_methods,
    reason = "CI must not skip what a developer's machine may"
)]
fn python() -> Option<String> {
    let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python)
        .args([
            "-c",
            "from pyarrow.parquet.encryption import create_decryption_properties",
        ])
        .stdin(Stdio::null())
        .output();
    if probe.is_ok_and(|probe| probe.status.success()) {
        return Some(python);
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "not installed: pyarrow 26 or later"
    );
    println!("SKIPPED: not installed: pyarrow 26 or later");
    None
}

/// What the script prints, or its complaint.
fn read(python: &str, path: &std::path::Path, key: &str, aad: &str) -> Result<String, String> {
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .arg(path)
        .args([key, aad])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// The same as the script has it, of cells as text; a cell that is hexadecimal is an ID.
fn expected(names: &[&str], rows: &[Vec<String>]) -> String {
    let weight = |cell: &String| match cell.as_str() {
        "-" | "false" => 0,
        "true" => 1,
        text if text.len() == 64 => (0..64)
            .step_by(2)
            .map(|at| i64::from_str_radix(&text[at..at + 2], 16).unwrap())
            .sum(),
        text => text
            .parse()
            .unwrap_or_else(|_| text.bytes().map(i64::from).sum()),
    };
    let sums = names.iter().enumerate().map(|(column, name)| {
        let sum: i64 = rows.iter().map(|row| weight(&row[column])).sum();
        format!(" {name}={sum}")
    });
    format!("{}{}", rows.len(), sums.collect::<String>())
}

#[test]
fn pyarrow_reads_each_file_with_its_key_and_its_name_and_not_otherwise() {
    let Some(python) = python() else { return };
    let place = Place::new();
    let mut csv = String::from("number_id,kana_id,kana_unique,value,word\n");
    for n in 0..3000_u64 {
        let number = if n % 7 == 0 {
            String::new()
        } else {
            id(n % 500)
        };
        csv += &format!(
            "{number},{},{},{},語{n}\n",
            id(9000 + n % 40),
            n % 5 != 0,
            n * 3
        );
    }
    let imported = place.import_csv("claims", &csv, Some(&IdColumns::default()));
    let table = place.table("claims", "ndb", &imported.files);
    let done = place.link(&[table], None, "link-1").unwrap();
    let columns: [(&str, &[&str]); 4] = [
        ("keys", &["number_id", "kana_id", "kana_unique", "rows"]),
        ("rows", &["value", "word"]),
        ("runs", &["person", "start", "rows"]),
        ("directory", &["person", "number_id", "kana_id"]),
    ];
    let mut seen = 0;
    for entry in imported.files.iter().chain(&done.files) {
        let Some((_, names)) = columns.iter().find(|(file, _)| *file == entry.name.file) else {
            continue;
        };
        seen += 1;
        let (path, key) = (place.path_of(entry), place.key(entry));
        let secret = file_key_hex(&key);
        let aad = data_encoding::HEXLOWER.encode(key.aad());
        let rows = place.rows(entry);
        assert!(rows.len() > 100);
        assert_eq!(
            read(&python, &path, &secret, &aad),
            Ok(expected(names, &rows))
        );
        // Without the name, under the name of its next version, and under the key of another file.
        let mut next = entry.name.clone();
        next.version += 1;
        let next = data_encoding::HEXLOWER.encode(&next.aad());
        let other = "00".repeat(32);
        for (secret, aad) in [(&secret, &String::new()), (&secret, &next), (&other, &aad)] {
            let refused = read(&python, &path, secret, aad);
            assert!(refused.is_err(), "{}: {refused:?}", entry.name);
        }
    }
    assert_eq!(seen, 4);
}
