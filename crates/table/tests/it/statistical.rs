//! Files of SAS and Stata, as the two libraries' own writers make them.

mod bounds;
mod files;

use std::io::Cursor;

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, TimeUnit,
    TimestampMicrosecondType,
};
use dta::stata::dta::byte_order::ByteOrder;
use dta::stata::dta::dta_writer::DtaWriter;
use dta::stata::dta::header::Header;
use dta::stata::dta::long_string::LongStringContent;
use dta::stata::dta::long_string_table::LongStringTable;
use dta::stata::dta::release::Release;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::value::Value;
use dta::stata::dta::variable::Variable;
use dta::stata::dta::variable_type::VariableType;
use dta::stata::stata_double::StataDouble;
use encoding_rs::{SHIFT_JIS, UTF_8};
use proptest::prelude::*;
use renketsu_table::delimited::Encoding;
use renketsu_table::statistical::{
    Format, MissingValues, StatisticalError, StatisticalSource, is_stata, is_xport,
};
use sas_xport::sas::xport::{XportFileVersion, XportValue};

use files::{Xport, claims, missing, stata};

fn open(bytes: &[u8], encoding: Encoding) -> Result<StatisticalSource, StatisticalError> {
    let length = bytes.len() as u64;
    StatisticalSource::open("t.file", Cursor::new(bytes.to_vec()), length, encoding)
}

fn read(bytes: &[u8]) -> Result<Vec<RecordBatch>, StatisticalError> {
    open(bytes, Encoding::Detect)?.batches(2)?.collect()
}

fn one(bytes: &[u8], encoding: Encoding) -> RecordBatch {
    let source = open(bytes, encoding).unwrap();
    let batches: Vec<_> = source
        .batches(usize::MAX)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let [batch] = batches.as_slice() else {
        panic!("one batch")
    };
    assert_eq!(source.rows(), batch.num_rows() as u64);
    batch.clone()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

fn numbers(batch: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    batch
        .column_by_name(column)
        .unwrap()
        .as_primitive::<Float64Type>()
        .iter()
        .collect()
}

fn code(outcome: Result<Vec<RecordBatch>, StatisticalError>) -> &'static str {
    outcome.unwrap_err().code()
}

const RELEASES: [Release; 18] = [
    Release::V102,
    Release::V103,
    Release::V104,
    Release::V105,
    Release::V106,
    Release::V107,
    Release::V108,
    Release::V109,
    Release::V110,
    Release::V111,
    Release::V112,
    Release::V113,
    Release::V114,
    Release::V115,
    Release::V116,
    Release::V117,
    Release::V118,
    Release::V119,
];

fn encoding_of(release: Release) -> Encoding {
    if release >= Release::V118 {
        Encoding::Utf8
    } else {
        Encoding::Cp932
    }
}

fn check(bytes: &[u8], release: Release, asked: Encoding) {
    let source = open(bytes, asked).unwrap();
    assert_eq!(
        (source.format(), source.encoding()),
        (Format::Stata, encoding_of(release)),
        "{release}"
    );
    let sex = &source.labels()["sex"];
    assert_eq!(sex.label.as_deref(), Some("性別"));
    let pair = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    assert_eq!(*sex.codes, [pair("1", "男"), pair("2", "女")]);
    assert_eq!(source.labels()["drug"].label.as_deref(), Some("薬"));
    assert!(!source.labels().contains_key("day"));
    let batch = one(bytes, asked);
    let kinds: Vec<DataType> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .take(6)
        .collect();
    let byte = if release == Release::V102 {
        DataType::Int16
    } else {
        DataType::Int8
    };
    let instant = DataType::Timestamp(TimeUnit::Microsecond, None);
    assert_eq!(
        kinds,
        [
            byte,
            DataType::Date32,
            DataType::Int32,
            DataType::Float32,
            instant,
            DataType::Utf8
        ]
    );
    if release == Release::V102 {
        assert_eq!(batch.column(0).as_primitive::<Int16Type>().value(0), 1);
    } else {
        assert_eq!(batch.column(0).as_primitive::<Int8Type>().value(0), 1);
    }
    // 2020-01-01, twice.
    assert_eq!(
        batch.column(1).as_primitive::<Date32Type>().value(0),
        18_262
    );
    assert_eq!(
        batch
            .column(4)
            .as_primitive::<TimestampMicrosecondType>()
            .value(0),
        1_577_836_800_000_000
    );
    assert_eq!(
        batch.column(2).as_primitive::<Int32Type>().value(0),
        -70_000
    );
    assert!((batch.column(3).as_primitive::<Float32Type>().value(0) - 21.5).abs() < f32::EPSILON);
    let drug = if release >= Release::V118 {
        "薬名です"
    } else {
        "アスピリン"
    };
    assert_eq!(texts(&batch, "drug"), [Some(drug.to_owned()), None]);
    if release >= Release::V117 {
        assert_eq!(texts(&batch, "memo"), [Some("長い記録".to_owned()), None]);
    }
    for column in batch.columns() {
        assert!(column.is_valid(0) && column.is_null(1), "{release}");
    }
}

#[test]
fn every_release_of_stata_is_read_in_either_byte_order() {
    for release in RELEASES {
        for order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
            if release == Release::V102 && order == ByteOrder::BigEndian {
                continue;
            }
            let bytes = stata(release, order, encoding_of(release));
            assert!(is_stata(&bytes) && !is_xport(&bytes), "{release}");
            check(&bytes, release, Encoding::Detect);
            check(&bytes, release, encoding_of(release));
        }
    }
}

#[test]
fn a_source_is_read_twice_and_counts_what_is_missing() {
    let bytes = stata(Release::V118, ByteOrder::LittleEndian, Encoding::Utf8);
    let source = open(&bytes, Encoding::Detect).unwrap();
    for _ in 0..2 {
        let mut batches = source.batches(1).unwrap();
        assert_eq!(
            batches
                .by_ref()
                .map(|batch| batch.unwrap().num_rows())
                .collect::<Vec<_>>(),
            [1, 1]
        );
        let missing = batches.missing();
        let of = |column: &str, system, tagged, empty| MissingValues {
            column: column.to_owned(),
            system,
            tagged,
            empty,
        };
        assert_eq!(missing[0], of("sex", 0, 1, 0));
        assert_eq!(missing[1], of("day", 1, 0, 0));
        assert_eq!(missing[5], of("drug", 0, 0, 1));
    }
}

#[test]
fn an_older_stata_file_in_the_other_encoding_is_refused_and_never_repaired() {
    let bytes = stata(Release::V115, ByteOrder::LittleEndian, Encoding::Cp932);
    assert_eq!(
        open(&bytes, Encoding::Utf8).unwrap_err().code(),
        "table.statistical.heading"
    );
    // A later one is UTF-8 whatever the caller says.
    let bytes = stata(Release::V118, ByteOrder::LittleEndian, Encoding::Utf8);
    check(&bytes, Release::V118, Encoding::Cp932);
}

#[test]
fn a_day_that_is_none_and_a_text_that_is_none_are_refused_with_their_place() {
    let file = |kind, format: &str, value: Value<'_>| {
        let schema = Schema::builder()
            .add_variable(Variable::builder(kind, "d").format(format))
            .build()
            .unwrap();
        let mut records = DtaWriter::new()
            .from_writer(Cursor::new(Vec::new()))
            .write_header(Header::builder(Release::V118, ByteOrder::LittleEndian).build())
            .unwrap()
            .write_schema(schema)
            .unwrap()
            .into_record_writer()
            .unwrap();
        records.write_record(&[value]).unwrap();
        let labels = records
            .into_long_string_writer()
            .unwrap()
            .into_value_label_writer()
            .unwrap();
        labels.finish().unwrap().into_inner()
    };
    let error = read(&file(
        VariableType::Double,
        "%td",
        Value::Double(StataDouble::Present(1.5)),
    ))
    .unwrap_err();
    assert_eq!(error.code(), "table.statistical.value");
    assert_eq!(
        error.details()[1..],
        [("row", "1".to_owned()), ("column", "d".to_owned())]
    );
    let mut bytes = file(VariableType::FixedString(3), "%3s", Value::string("abc"));
    let place = bytes
        .windows(9)
        .position(|part| part == b"<data>abc")
        .unwrap();
    bytes[place + 6] = 0xFF;
    assert_eq!(code(read(&bytes)), "table.statistical.encoding");
    // What counts months, and what counts leap seconds, stays a number.
    for format in ["%tm", "%tC", "%tw"] {
        let batch = one(
            &file(
                VariableType::Double,
                format,
                Value::Double(StataDouble::Present(720.0)),
            ),
            Encoding::Detect,
        );
        assert_eq!(numbers(&batch, "d"), [Some(720.0)]);
    }
}

#[test]
fn both_versions_of_xport_are_read_in_either_encoding() {
    for version in [XportFileVersion::V5, XportFileVersion::V8] {
        for (foreign, encoding) in [(UTF_8, Encoding::Utf8), (SHIFT_JIS, Encoding::Cp932)] {
            let file = claims(version, foreign);
            let bytes = file.write(&[
                vec![
                    21_915.0.into(),
                    1_893_456_000.25.into(),
                    123.25.into(),
                    7.0.into(),
                    "アスピリン".into(),
                ],
                vec![
                    missing(b'.'),
                    missing(b'_'),
                    missing(b'Z'),
                    missing(b'A'),
                    "".into(),
                ],
            ]);
            assert!(is_xport(&bytes) && !is_stata(&bytes));
            for asked in [encoding, Encoding::Detect] {
                let source = open(&bytes, asked).unwrap();
                assert_eq!(
                    (source.format(), source.encoding(), source.rows()),
                    (Format::Xport, encoding, 2)
                );
                assert_eq!(source.labels()["DAY"].label.as_deref(), Some("診療日"));
                assert!(!source.labels().contains_key("AT"));
                let batch = one(&bytes, asked);
                assert_eq!(
                    batch.column(0).as_primitive::<Date32Type>().value(0),
                    18_262
                );
                assert_eq!(
                    batch
                        .column(1)
                        .as_primitive::<TimestampMicrosecondType>()
                        .value(0),
                    1_577_836_800_250_000
                );
                assert_eq!(numbers(&batch, "POINTS"), [Some(123.25), None]);
                assert_eq!(numbers(&batch, "SHORT"), [Some(7.0), None]);
                assert_eq!(texts(&batch, "DRUG"), [Some("アスピリン".to_owned()), None]);
                let mut batches = source.batches(1).unwrap();
                assert_eq!(batches.by_ref().count(), 2);
                let missing = batches.missing();
                let tagged: Vec<u64> = missing.iter().map(|missing| missing.tagged).collect();
                assert_eq!(tagged, [0, 1, 1, 1, 0]);
                assert_eq!((missing[0].system, missing[4].empty), (1, 1));
            }
            let other = if encoding == Encoding::Utf8 {
                Encoding::Cp932
            } else {
                Encoding::Utf8
            };
            if let Ok(source) = open(&bytes, other) {
                assert_eq!(source.encoding(), other);
            }
        }
    }
}

#[test]
fn rows_of_zeros_are_rows_and_short_rows_are_counted_to_the_last() {
    for rows in [0, 1, 2, 3, 9, 10, 11, 100] {
        let file = Xport {
            version: XportFileVersion::V5,
            encoding: UTF_8,
            columns: vec![("A", "", "", 8, true)],
        };
        let values: Vec<Vec<XportValue<'_>>> = (0..rows)
            .map(|row| vec![f64::from(row % 2).into()])
            .collect();
        let bytes = file.write(&values);
        let found: Vec<Option<f64>> = read(&bytes)
            .unwrap()
            .iter()
            .flat_map(|batch| numbers(batch, "A"))
            .collect();
        assert_eq!(
            found,
            (0..rows)
                .map(|row| Some(f64::from(row % 2)))
                .collect::<Vec<_>>()
        );
        let zeros = file.write(&vec![vec![0.0.into()]; usize::try_from(rows).unwrap()]);
        assert_eq!(
            open(&zeros, Encoding::Detect).unwrap().rows(),
            u64::try_from(rows).unwrap()
        );
    }
}

#[test]
fn a_second_table_in_an_xport_file_is_refused() {
    let file = claims(XportFileVersion::V5, UTF_8);
    let row = || vec![1.0.into(), 2.0.into(), 3.0.into(), 4.0.into(), "x".into()];
    let first = file.write(&[row(), row()]);
    let second = file.write(&[row()]);
    let both = [first.as_slice(), &second[240..]].concat();
    assert_eq!(code(read(&both)), "table.statistical.several");
}

#[test]
fn an_xport_file_cut_off_within_a_row_is_refused() {
    for version in [XportFileVersion::V5, XportFileVersion::V8] {
        let row = || {
            vec![
                1.0.into(),
                2.0.into(),
                3.0.into(),
                4.0.into(),
                "12345678901234567890".into(),
            ]
        };
        let bytes = claims(version, UTF_8).write(&vec![row(); 50]);
        let mut shorter = 0;
        for length in 0..bytes.len() {
            match read(&bytes[..length]) {
                Err(error) => assert!(error.code().starts_with("table.statistical."), "{length}"),
                // Nothing in the file says how many rows it had.
                Ok(batches) => {
                    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
                    assert!(rows < 50 && length % 80 == 0, "{length}");
                    shorter += 1;
                }
            }
        }
        // 5 rows are 3 records.
        assert_eq!(shorter, 10);
    }
}

#[test]
fn a_stata_file_cut_off_anywhere_is_refused() {
    for release in [
        Release::V104,
        Release::V110,
        Release::V115,
        Release::V117,
        Release::V118,
        Release::V119,
    ] {
        let bytes = stata(release, ByteOrder::LittleEndian, encoding_of(release));
        let labels = bytes.len() - 200;
        for length in 0..bytes.len() {
            let outcome = read(&bytes[..length]);
            // The list of codes at the end of an old file has no end of its own.
            assert!(
                outcome.is_err() || (release < Release::V117 && length >= labels),
                "{release} {length}"
            );
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(read(&longer).is_err(), "{release}");
    }
}

#[test]
fn what_is_neither_is_refused() {
    assert_eq!(code(read(b"")), "table.statistical.empty");
    assert_eq!(code(read(b"a,b\n1,2\n")), "table.statistical.malformed");
    assert!(
        !is_stata(b"father,mother\n")
            && !is_stata(b"s")
            && !is_stata(b"")
            && !is_xport(b"HEADER RECORD")
    );
    let directory = tempfile::tempdir().unwrap();
    let code = |path| {
        StatisticalSource::file(path, Encoding::Detect)
            .unwrap_err()
            .code()
    };
    assert_eq!(code(directory.path()), "table.statistical.directory");
    assert_eq!(
        code(&directory.path().join("none")),
        "table.statistical.missing"
    );
}

#[test]
fn a_file_that_claims_more_than_it_has_is_refused_before_anything_is_kept_for_it() {
    let mut bytes = stata(Release::V119, ByteOrder::LittleEndian, Encoding::Utf8);
    let place = |bytes: &[u8], tag: &[u8]| {
        bytes
            .windows(tag.len())
            .position(|part| part == tag)
            .unwrap()
            + tag.len()
    };
    let at = place(&bytes, b"<K>");
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(code(read(&bytes)), "table.statistical.wide");
    for tag in [&b"<ch>"[..], b"<lbl>", b"GSO"] {
        let mut bytes = stata(Release::V118, ByteOrder::LittleEndian, Encoding::Utf8);
        let skipped = if tag == b"GSO" { 13 } else { 0 };
        let at = place(&bytes, tag) + skipped;
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(code(read(&bytes)), "table.statistical.long");
    }
    let mut bytes = stata(Release::V118, ByteOrder::LittleEndian, Encoding::Utf8);
    let at = place(&bytes, b"<N>");
    bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(code(read(&bytes)), "table.statistical.damaged");
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let mut bytes = Xport {
        version: XportFileVersion::V5,
        encoding: UTF_8,
        columns: vec![("A", "", "", 8, true), ("B", "", "", 8, true)],
    }
    .write(&[vec![1.0.into(), 2.0.into()]]);
    bytes[640 + 140 + 8] = b'A';
    assert_eq!(code(read(&bytes)), "table.statistical.duplicate");
    bytes[640 + 140 + 8] = b' ';
    assert_eq!(code(read(&bytes)), "table.statistical.unnamed");
}

fn samples() -> Vec<Vec<u8>> {
    let row = || vec![1.0.into(), 2.0.into(), 3.0.into(), 4.0.into(), "薬".into()];
    let mut samples: Vec<Vec<u8>> = [XportFileVersion::V5, XportFileVersion::V8]
        .into_iter()
        .map(|version| claims(version, UTF_8).write(&vec![row(); 5]))
        .collect();
    for release in RELEASES {
        samples.push(stata(
            release,
            ByteOrder::LittleEndian,
            encoding_of(release),
        ));
    }
    samples
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn altered_files_never_panic(sample in 0_usize..20, places in prop::collection::vec((any::<u16>(), any::<u8>()), 1..6), cut in prop::option::of(32_768_u16..), encoding in 0_u8..3) {
        thread_local! { static SAMPLES: Vec<Vec<u8>> = samples(); }
        let mut bytes = SAMPLES.with(|samples| samples[sample].clone());
        let place = |share: u16, length: usize| usize::from(share).wrapping_mul(length) >> 16;
        for (share, value) in places {
            let at = place(share, bytes.len());
            bytes[at] ^= value;
        }
        if let Some(cut) = cut {
            let length = place(cut, bytes.len());
            bytes.truncate(length);
        }
        let encoding = [Encoding::Detect, Encoding::Utf8, Encoding::Cp932][usize::from(encoding)];
        if let Ok(source) = open(&bytes, encoding) {
            let rows = source.batches(3).map(|batches| batches.take(1000).collect::<Result<Vec<_>, _>>());
            if let Ok(Ok(batches)) = rows {
                let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
                prop_assert_eq!(rows as u64, source.rows());
            }
        }
    }

    #[test]
    fn garbage_after_a_magic_never_panics(magic in 0_u8..4, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let magic: &[u8] = [&b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"[..], b"<stata_dta><header><release>118</release>", &[115, 2, 1, 0], &[105, 1, 1, 0]][usize::from(magic)];
        let file = [magic, &bytes].concat();
        prop_assert!(read(&file).is_err());
    }

    #[test]
    fn numbers_come_back_as_they_were(values in prop::collection::vec((-1.0_f64..1.0, -230_i32..230).prop_map(|(value, power)| value * 2_f64.powi(power)), 1..20)) {
        let file = Xport { version: XportFileVersion::V5, encoding: UTF_8, columns: vec![("A", "", "", 8, true), ("B", "", "", 80, false)] };
        let rows: Vec<Vec<XportValue<'_>>> = values.iter().map(|value| vec![(*value).into(), "x".into()]).collect();
        let found: Vec<Option<f64>> = read(&file.write(&rows)).unwrap().iter().flat_map(|batch| numbers(batch, "A")).collect();
        prop_assert_eq!(found, values.into_iter().map(Some).collect::<Vec<_>>());
    }
}
