use std::io::{self, Cursor, Read};

use encoding_rs::SHIFT_JIS;
use proptest::prelude::*;
use renketsu_table::delimited::{Delimited, DelimitedError, Delimiter, Encoding, Options, Record};

fn open(bytes: &[u8], options: Options) -> Result<Delimited, DelimitedError> {
    Delimited::from_reader("t.csv", Cursor::new(bytes.to_vec()), options)
}

fn rows(bytes: &[u8], options: Options) -> Result<Vec<(u64, Vec<String>)>, DelimitedError> {
    let plain = |record: Record| (record.line(), record.iter().map(str::to_owned).collect());
    open(bytes, options)?
        .map(|record| record.map(plain))
        .collect()
}

fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, DelimitedError> {
    rows(bytes, Options::default())
}

fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
    (line, fields.iter().map(|&field| field.to_owned()).collect())
}

fn refusal(bytes: &[u8]) -> (&'static str, Vec<String>) {
    let error = read(bytes).unwrap_err();
    (
        error.code(),
        error
            .details()
            .into_iter()
            .skip(1)
            .map(|(_, value)| value)
            .collect(),
    )
}

fn values(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn line_endings_may_be_mixed_and_lines_are_physical() {
    let found = read(b"a,b\r\n1,2\n\n\r\n3,\"x\r\ny\"\r4,5").unwrap();
    assert_eq!(
        found,
        [
            row(2, &["1", "2"]),
            row(5, &["3", "x\r\ny"]),
            row(7, &["4", "5"])
        ]
    );
}

#[test]
fn quotes_hold_delimiters_and_doubled_quotes() {
    let found = read(b"a,b\n\"1,\"\"2\"\"\",\"\"\nx\"y,z\n").unwrap();
    assert_eq!(found, [row(2, &["1,\"2\"", ""]), row(3, &["x\"y", "z"])]);
}

#[test]
fn a_mark_is_left_out_and_makes_the_file_utf_8() {
    let file = open("\u{feff}カナ\nア\n".as_bytes(), Options::default()).unwrap();
    assert_eq!(
        (file.columns(), file.encoding()),
        (&["カナ".to_owned()][..], Encoding::Utf8)
    );
}

#[test]
fn bytes_that_are_no_utf_8_are_read_as_cp932() {
    let (bytes, _, lossy) = SHIFT_JIS.encode("氏名,記号\n都ぞ弥生,１０－２３\n");
    assert!(!lossy);
    let file = open(&bytes, Options::default()).unwrap();
    assert_eq!(
        (file.encoding(), file.column("記号")),
        (Encoding::Cp932, Some(1))
    );
    assert_eq!(read(&bytes).unwrap(), [row(2, &["都ぞ弥生", "１０－２３"])]);
}

#[test]
fn the_dash_of_cp932_is_the_full_width_one() {
    let options = Options {
        encoding: Encoding::Cp932,
        ..Options::default()
    };
    assert_eq!(
        rows(b"a\n\x81\x7C\n", options).unwrap(),
        [row(2, &["\u{ff0d}"])]
    );
}

#[test]
fn a_tab_divides_by_name_or_by_wish() {
    let tabbed = Delimited::from_reader(
        "t.TSV",
        Cursor::new(b"a\tb,c\n".to_vec()),
        Options::default(),
    )
    .unwrap();
    assert_eq!(tabbed.columns(), ["a", "b,c"]);
    let options = Options {
        delimiter: Delimiter::Tab,
        ..Options::default()
    };
    assert_eq!(open(b"a\tb", options).unwrap().columns(), ["a", "b"]);
}

#[test]
fn wrong_bytes_are_refused_with_line_and_column_and_no_value() {
    let options = Options {
        encoding: Encoding::Utf8,
        ..Options::default()
    };
    let error = rows(b"a,b\nx,y\nSECRET,\x83\x84\n", options).unwrap_err();
    assert_eq!(error.code(), "table.delimited.encoding");
    assert_eq!(
        error.details()[1..],
        [("line", "3".to_owned()), ("column", "2".to_owned())]
    );
    assert!(!format!("{error}{error:?}").contains("SECRET"));
    let options = Options {
        encoding: Encoding::Cp932,
        ..Options::default()
    };
    assert_eq!(
        rows(b"a\n\xFF\xFE\n", options).unwrap_err().code(),
        "table.delimited.encoding"
    );
}

#[test]
fn a_utf_8_file_broken_after_the_sample_is_not_read_as_cp932() {
    let mut bytes = b"a\n".to_vec();
    bytes.resize(1024 * 1024 - 1, b'\n');
    bytes.extend_from_slice("ア\n".as_bytes());
    assert_eq!(read(&bytes).unwrap().len(), 1);
    bytes.extend_from_slice(b"\x83\x84\n");
    assert_eq!(refusal(&bytes).0, "table.delimited.encoding");
}

#[test]
fn utf_16_is_refused() {
    let bytes: Vec<u8> = "\u{feff}a,b\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(refusal(&bytes), ("table.delimited.nul", values(&["1"])));
}

#[test]
fn ragged_rows_are_refused_with_their_line() {
    assert_eq!(
        refusal(b"a,b\n1,2\n1\n"),
        ("table.delimited.ragged", values(&["3", "2", "1"]))
    );
    assert_eq!(
        refusal(b"a,b\n1,2,\n"),
        ("table.delimited.ragged", values(&["2", "2", "3"]))
    );
}

#[test]
fn nul_bytes_are_refused_with_their_line_wherever_they_stand() {
    assert_eq!(
        refusal(b"a,b\n1,\x00\n"),
        ("table.delimited.nul", values(&["2"]))
    );
    assert_eq!(
        refusal(b"a,b\n1,\"x\ny\x00\"\n"),
        ("table.delimited.nul", values(&["3"]))
    );
}

#[test]
fn quotes_out_of_place_are_refused() {
    assert_eq!(
        refusal(b"a,b\n\"1\"x,2\n"),
        ("table.delimited.quote", values(&["2"]))
    );
    assert_eq!(
        refusal(b"a,b\n1,2\n\"1,2\n3,4\n"),
        ("table.delimited.quote", values(&["3"]))
    );
}

#[test]
fn headers_must_have_names_each_its_own() {
    assert_eq!(
        refusal(b"a,b,a\n"),
        ("table.delimited.duplicate", values(&["3", "1"]))
    );
    assert_eq!(
        refusal(b"a,,b\n"),
        ("table.delimited.unnamed", values(&["2"]))
    );
}

#[test]
fn a_hundred_thousand_columns_are_refused() {
    let header = (0..100_000)
        .map(|index| format!("c{index}"))
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(refusal(header.as_bytes()).0, "table.delimited.wide");
    let most = (0..4096)
        .map(|index| format!("c{index}"))
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(
        open(most.as_bytes(), Options::default())
            .unwrap()
            .columns()
            .len(),
        4096
    );
}

/// Gives a gigabyte, and counts what was taken of it.
struct Endless(u64, std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.0).unwrap());
        buffer[..count].fill(b'x');
        self.0 = self.0.saturating_sub(count as u64);
        self.1
            .fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(count)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_refused_without_being_read() {
    for start in ["a,b\n1,", "a,b\n1,\"", "a,"] {
        let taken = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let input = Cursor::new(start).chain(Endless(1 << 30, std::sync::Arc::clone(&taken)));
        let outcome = Delimited::from_reader("t.csv", input, Options::default());
        let error = outcome
            .and_then(|mut file| file.next().unwrap().map(drop))
            .unwrap_err();
        assert_eq!(error.code(), "table.delimited.long");
        assert!(taken.load(std::sync::atomic::Ordering::Relaxed) < 18 * 1024 * 1024);
    }
}

#[test]
fn a_file_that_is_not_there_is_a_directory_or_is_empty_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let code = |path: &std::path::Path| {
        Delimited::open(path, Options::default())
            .unwrap_err()
            .code()
    };
    assert_eq!(code(directory.path()), "table.delimited.directory");
    assert_eq!(
        code(&directory.path().join("none.csv")),
        "table.delimited.missing"
    );
    let empty = directory.path().join("empty.csv");
    std::fs::write(&empty, b"\r\n\n").unwrap();
    assert_eq!(code(&empty), "table.delimited.empty");
    std::fs::write(&empty, b"").unwrap();
    assert_eq!(code(&empty), "table.delimited.empty");
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("gone"))
    }
}

#[test]
fn a_medium_that_fails_is_an_error_of_the_environment() {
    let error = Delimited::from_reader("t.csv", Failing, Options::default()).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.delimited.io", 3));
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let mut file = open(b"a,b\n1\n1,2\n", Options::default()).unwrap();
    assert!(file.next().unwrap().is_err());
    assert!(file.next().is_none());
}

#[test]
fn a_record_shows_no_field_when_printed() {
    let record = open(b"a\nSECRET\n", Options::default())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert!(!format!("{record:?}").contains("SECRET"));
    assert_eq!(
        (record.get(0), record.get(1), record.is_empty()),
        (Some("SECRET"), None, false)
    );
}

#[test]
fn every_code_is_listed_with_its_details() {
    for bytes in [
        &b""[..],
        b"a,a\n",
        b"a,\n",
        b"a\n\x00",
        b"a\n\"",
        b"a\nb,c\n",
        b"a\n\xFF",
    ] {
        let error = read(bytes).unwrap_err();
        let (_, names) = DelimitedError::CODES
            .iter()
            .find(|(code, _)| *code == error.code())
            .unwrap();
        assert_eq!(
            error
                .details()
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>(),
            *names
        );
    }
}

proptest! {
    #[test]
    fn what_was_written_comes_back(
        table in proptest::collection::vec(proptest::collection::vec("[^\0]{0,8}", 3), 0..12),
        crlf in any::<bool>(),
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer =
            csv::WriterBuilder::new().terminator(terminator).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let options = Options { encoding: Encoding::Utf8, ..Options::default() };
        let found: Vec<Vec<String>> = rows(&bytes, options).unwrap().into_iter().map(|(_, fields)| fields).collect();
        prop_assert_eq!(found, table);
    }

    #[test]
    fn what_is_taken_reads_as_the_csv_crate_reads_it(bytes in "[ab,\"\r\n]{0,40}") {
        let whole = format!("c,d\n{bytes}");
        if let Ok(found) = read(whole.as_bytes()) {
            let mut reader = csv::Reader::from_reader(whole.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let found: Vec<Vec<String>> = found.into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn no_bytes_panic_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Cp932, Encoding::Detect, Encoding::Utf8] {
            let _outcome = rows(&bytes, Options { encoding, ..Options::default() });
        }
    }
}
