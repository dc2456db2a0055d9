use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int8Array,
    Int64Array, ListArray, NullArray, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt32Array, new_null_array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::{FileReader, SerializedFileReader};
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetError, ParquetSink, ParquetSource, SinkError, Sorting};

fn whole() -> RecordBatch {
    let front = ids::front();
    let fields = [
        front[0].clone(),
        front[1].clone(),
        front[2].clone(),
        Field::new("small", DataType::Int8, true),
        Field::new("person", DataType::UInt32, false),
        Field::new("text", DataType::Utf8, true),
        Field::new("day", DataType::Date32, true),
        Field::new(
            "at",
            DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("yen", DataType::Decimal128(12, 2), true),
    ];
    let columns: Vec<ArrayRef> = vec![
        ids::array::<32>([Some([1; 32]), Some([2; 32]), None]),
        ids::array::<32>([None, Some([4; 32]), Some([3; 32])]),
        Arc::new(BooleanArray::from(vec![None, Some(true), Some(false)])),
        Arc::new(Int8Array::from(vec![Some(-1), None, Some(7)])),
        Arc::new(UInt32Array::from(vec![0, u32::MAX, 7])),
        Arc::new(StringArray::from(vec![Some("ア"), None, Some("")])),
        Arc::new(Date32Array::from(vec![Some(0), None, Some(19_000)])),
        Arc::new(
            TimestampMicrosecondArray::from(vec![Some(1), None, Some(2)]).with_timezone("UTC"),
        ),
        Arc::new(
            Decimal128Array::from(vec![Some(100), None, Some(-250)])
                .with_precision_and_scale(12, 2)
                .unwrap(),
        ),
    ];
    let noted = Schema::new(fields.to_vec())
        .with_metadata([("pandas".to_owned(), "SECRET".to_owned())].into());
    RecordBatch::try_new(Arc::new(noted), columns).unwrap()
}

fn written(batch: &RecordBatch, sorting: &Sorting) -> Vec<u8> {
    let mut sink = ParquetSink::create(Vec::new(), &batch.schema(), sorting).unwrap();
    sink.write(batch).unwrap();
    let done = sink.finish().unwrap();
    assert_eq!(done.rows, batch.num_rows() as u64);
    done.target
}

fn source(bytes: Vec<u8>) -> Result<ParquetSource, ParquetError> {
    let length = bytes.len() as u64;
    ParquetSource::open("t.parquet", Cursor::new(bytes), length)
}

/// Written by the foreign writer with all its defaults.
fn foreign(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn one(name: &str, column: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, column, true)]).unwrap()
}

#[test]
fn what_was_written_comes_back_with_its_types() {
    let batch = whole();
    let source = source(written(&batch, &Sorting::by_ids())).unwrap();
    assert_eq!(source.rows(), 3);
    let found: Vec<_> = source
        .batches(None, 2)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(
        found.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
        [2, 1]
    );
    let joined = arrow::compute::concat_batches(source.schema(), &found).unwrap();
    assert_eq!(joined.columns(), batch.columns());
    assert_eq!(joined.schema().fields(), batch.schema().fields());
}

#[test]
fn nothing_of_the_writer_is_in_the_file() {
    let bytes = written(&whole(), &Sorting::by_ids());
    let reader = SerializedFileReader::new(parquet_bytes(&bytes)).unwrap();
    let file = reader.metadata().file_metadata();
    assert_eq!(file.created_by(), Some("renketsu"));
    assert!(file.key_value_metadata().is_none_or(Vec::is_empty));
    assert!(!bytes.windows(6).any(|window| window == b"SECRET"));
    assert!(!bytes.windows(6).any(|window| window == b"ARROW:"));
}

#[test]
fn ids_are_fixed_bytes_without_dictionary_compression_or_statistics() {
    let bytes = written(&whole(), &Sorting::by_ids());
    let reader = SerializedFileReader::new(parquet_bytes(&bytes)).unwrap();
    let group = reader.metadata().row_group(0);
    let sorted: Vec<_> = group
        .sorting_columns()
        .unwrap()
        .iter()
        .map(|column| (column.column_idx, column.nulls_first))
        .collect();
    assert_eq!(sorted, [(0, false), (1, false)]);
    for index in [0, 1] {
        let column = group.column(index);
        assert_eq!(
            column.column_type(),
            parquet::basic::Type::FIXED_LEN_BYTE_ARRAY
        );
        assert_eq!(column.column_descr().type_length(), 32);
        assert_eq!(column.compression(), Compression::UNCOMPRESSED);
        assert_eq!(column.dictionary_page_offset(), None);
        assert!(column.statistics().is_none());
    }
    assert!(matches!(
        group.column(5).compression(),
        Compression::ZSTD(_)
    ));
}

#[test]
fn columns_can_be_chosen_by_name() {
    let source = source(written(&whole(), &Sorting::none())).unwrap();
    let batch = source
        .batches(Some(&["text", "number_id"]), 10)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let names: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["number_id", "text"]);
    let error = source.batches(Some(&["nothing"]), 10).unwrap_err();
    assert_eq!(
        error.details(),
        [
            ("file", "t.parquet".to_owned()),
            ("column", "nothing".to_owned())
        ]
    );
    let none = source
        .batches(Some(&[]), 10)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!((none.num_rows(), none.num_columns()), (3, 0));
}

#[test]
fn texts_as_views_are_the_same_texts() {
    let bytes = written(&whole(), &Sorting::none());
    let plain: Vec<RecordBatch> = source(bytes.clone())
        .unwrap()
        .batches(None, 2)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let views = source(bytes)
        .unwrap()
        .batches(None, 2)
        .unwrap()
        .with_views();
    let schema = Arc::clone(views.schema());
    let views: Vec<RecordBatch> = views.collect::<Result<_, _>>().unwrap();
    assert_eq!(plain.len(), views.len());
    let mut texts = 0;
    for (plain, views) in plain.iter().zip(&views) {
        assert_eq!(views.schema(), schema);
        for (one, other) in plain.columns().iter().zip(views.columns()) {
            texts += usize::from(other.data_type() == &DataType::Utf8View);
            assert_eq!(&arrow::compute::cast(other, one.data_type()).unwrap(), one);
        }
    }
    assert!(texts > 0);
}

#[test]
fn metadata_of_others_is_left_behind() {
    let source = source(foreign(&whole())).unwrap();
    assert!(source.schema().metadata().is_empty());
    assert!(
        source
            .schema()
            .fields()
            .iter()
            .all(|field| field.metadata().is_empty())
    );
    assert_eq!(
        source
            .batches(None, 10)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .columns(),
        whole().columns()
    );
}

#[test]
fn types_are_those_of_the_file_not_of_the_program_that_wrote_it() {
    let categories: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let source = source(foreign(&one("category", Arc::new(categories)))).unwrap();
    assert_eq!(source.schema().field(0).data_type(), &DataType::Utf8);
    let batch = source.batches(None, 10).unwrap().next().unwrap().unwrap();
    let found = batch
        .column(0)
        .as_any()
        .downcast_ref::<StringArray>()
        .unwrap();
    assert_eq!(found, &StringArray::from(vec!["a", "b", "a"]));
}

#[test]
fn a_column_that_never_held_anything_is_text() {
    let source = source(foreign(&one("none", Arc::new(NullArray::new(3))))).unwrap();
    assert_eq!(source.schema().field(0).data_type(), &DataType::Utf8);
    let batch = source.batches(None, 10).unwrap().next().unwrap().unwrap();
    assert_eq!(batch.column(0).null_count(), 3);
}

#[test]
fn nested_and_unknown_types_are_refused_by_column() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)])]);
    let error = source(foreign(&one("visits", Arc::new(list)))).unwrap_err();
    assert_eq!(
        (error.code(), error.details()[1].1.as_str()),
        ("table.parquet.nested", "visits")
    );
    let blob = arrow::array::BinaryArray::from(vec![&b"x"[..]]);
    assert_eq!(
        source(foreign(&one("blob", Arc::new(blob))))
            .unwrap_err()
            .code(),
        "table.parquet.kind"
    );
}

#[test]
fn too_many_columns_are_refused() {
    let fields: Vec<_> = (0..5000)
        .map(|index| Field::new(format!("c{index}"), DataType::Int64, true))
        .collect();
    let columns: Vec<ArrayRef> = fields
        .iter()
        .map(|_| Arc::new(Int64Array::from(vec![1])) as ArrayRef)
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(
        source(foreign(&batch)).unwrap_err().code(),
        "table.parquet.wide"
    );
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let fields = vec![
        Field::new("a", DataType::Int64, true),
        Field::new("a", DataType::Int64, true),
    ];
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        vec![Arc::clone(&column), column],
    )
    .unwrap();
    assert_eq!(
        source(foreign(&batch)).unwrap_err().code(),
        "table.parquet.duplicate"
    );
}

#[test]
fn what_is_no_parquet_file_is_refused() {
    assert_eq!(
        source(Vec::new()).unwrap_err().code(),
        "table.parquet.empty"
    );
    assert_eq!(
        source(b"a,b\n1,2\n3,4\n".to_vec()).unwrap_err().code(),
        "table.parquet.malformed"
    );
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(
        ParquetSource::file(directory.path()).unwrap_err().code(),
        "table.parquet.directory"
    );
    let missing = ParquetSource::file(&directory.path().join("none")).unwrap_err();
    assert_eq!(
        (missing.code(), missing.exit()),
        ("table.parquet.missing", 2)
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = written(&whole(), &Sorting::none());
    for length in 1..bytes.len() {
        assert!(source(bytes[..length].to_vec()).is_err(), "cut at {length}");
    }
}

#[test]
fn damaged_pages_are_refused_without_foreign_words() {
    let bytes = written(&whole(), &Sorting::none());
    let mut refused = 0;
    for index in 4..200 {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0xFF;
        let Ok(source) = source(damaged) else {
            continue;
        };
        let Ok(batches) = source.batches(None, 10) else {
            continue;
        };
        for error in batches.filter_map(Result::err) {
            assert_eq!(error.code(), "table.parquet.damaged");
            assert_eq!(format!("{error}"), "`t.parquet` is damaged after row 0");
            refused += 1;
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn types_that_would_not_come_back_are_not_written() {
    let schema = Schema::new(vec![Field::new(
        "at",
        DataType::Timestamp(arrow::datatypes::TimeUnit::Second, None),
        true,
    )]);
    let error = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap_err();
    assert!(matches!(error, SinkError::Kind { column } if column == "at"));
}

#[test]
fn a_batch_of_other_columns_is_our_fault() {
    let mut sink = ParquetSink::create(Vec::new(), &whole().schema(), &Sorting::none()).unwrap();
    let error = sink
        .write(&one("a", Arc::new(Int64Array::from(vec![1]))))
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.sink.broken", 70));
    let missing = ParquetSink::create(
        Vec::new(),
        &Schema::new(vec![ids::id_field("x")]),
        &Sorting::by_ids(),
    )
    .unwrap_err();
    assert_eq!(missing.code(), "table.sink.broken");
}

#[derive(Debug)]
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.0.min(bytes.len());
        self.0 = self.0.saturating_sub(left);
        if left == 0 {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            Ok(left)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_of_the_environment() {
    let outcome =
        ParquetSink::create(Full(100), &whole().schema(), &Sorting::none()).and_then(|mut sink| {
            sink.write(&whole())?;
            sink.finish()
        });
    let error = outcome.unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.sink.io", 3));
    assert!(
        matches!(error, SinkError::Io { source } if source.kind() == io::ErrorKind::StorageFull)
    );
}

/// Fails once it is asked for anything before its last bytes.
struct Torn(Cursor<Vec<u8>>);

impl Read for Torn {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() < 100 {
            Err(io::Error::other("torn"))
        } else {
            self.0.read(buffer)
        }
    }
}

impl Seek for Torn {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_medium_that_fails_is_told_apart_from_no_parquet() {
    let length = 50;
    let error = ParquetSource::open("t", Torn(Cursor::new(vec![0; 50])), length).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.parquet.io", 3));
}

fn parquet_bytes(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn rows_after_the_first_come_whatever_row_group_they_are_in() {
    let all: Vec<i64> = (0..50).collect();
    let column: ArrayRef = Arc::new(Int64Array::from(all.clone()));
    let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
    let groups = WriterProperties::builder()
        .set_max_row_group_row_count(Some(7))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(groups)).unwrap();
    writer.write(&batch).unwrap();
    let source = source(writer.into_inner().unwrap()).unwrap();
    for skip in 0..=51_u64 {
        let rest: Vec<i64> = source
            .batches_after(skip, None, 4)
            .unwrap()
            .flat_map(|batch| {
                let batch = batch.unwrap();
                batch
                    .column(0)
                    .as_primitive::<Int64Type>()
                    .values()
                    .to_vec()
            })
            .collect();
        let first = usize::try_from(skip).unwrap().min(50);
        assert_eq!(rest, all[first..], "after {skip}");
    }
}

/// Written with `set` changed from the defaults of the foreign writer.
fn packed(
    column: ArrayRef,
    set: impl FnOnce(WriterPropertiesBuilder) -> WriterPropertiesBuilder,
) -> Vec<u8> {
    let batch = one("x", column);
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = set(WriterProperties::builder().set_compression(zstd)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_small_file_never_becomes_a_large_batch() {
    let long = "x".repeat(8 << 20);
    let again = StringArray::from_iter_values(std::iter::repeat_n(&long, 20));
    // The values share all but their ends.
    let prefix = "x".repeat(1 << 20);
    let prefixed = (0..90).map(|n| format!("{prefix}{n:03}"));
    let prefixed = StringArray::from_iter_values(prefixed);
    let nothing = new_null_array(&DataType::FixedSizeBinary(1 << 20), 1000);
    for (column, rows, most) in [
        (
            packed(Arc::new(again), |with| {
                with.set_dictionary_page_size_limit(32 << 20)
            }),
            20,
            8,
        ),
        (
            packed(Arc::new(prefixed), |with| {
                with.set_dictionary_enabled(false)
                    .set_encoding(Encoding::DELTA_BYTE_ARRAY)
            }),
            90,
            64,
        ),
        (packed(nothing, |with| with), 1000, 256),
    ] {
        assert!(column.len() < 100_000, "{}", column.len());
        let batches = source(column).unwrap().batches(None, 16 * 1024).unwrap();
        let counts: Vec<usize> = batches.map(|batch| batch.unwrap().num_rows()).collect();
        assert_eq!(counts.iter().sum::<usize>(), rows);
        assert!(counts.iter().all(|count| *count <= most), "{counts:?}");
    }
}

#[test]
fn a_page_or_a_row_that_no_table_needs_is_refused() {
    let page = StringArray::from(vec!["x".repeat(129 << 20)]);
    let page = source(packed(Arc::new(page), |with| {
        with.set_dictionary_enabled(false)
    }));
    assert_eq!(page.unwrap_err().code(), "table.parquet.long");
    let wide = new_null_array(&DataType::FixedSizeBinary(17 << 20), 1);
    let wide = source(packed(wide, |with| with));
    assert_eq!(wide.unwrap_err().code(), "table.parquet.long");

    let row = StringArray::from(vec![Some("x".repeat(65 << 20)), None]);
    let row = source(packed(Arc::new(row), |with| {
        with.set_dictionary_enabled(false)
    }));
    let mut batches = row.unwrap().batches(None, 10).unwrap();
    let refused = batches.next().unwrap().unwrap_err();
    assert_eq!(refused.code(), "table.parquet.long");
    assert!(batches.next().is_none());
}

#[test]
fn headers_of_pages_that_lie_are_refused_or_do_no_harm() {
    let values = StringArray::from_iter_values((0..100).map(|n| format!("wert {n}")));
    let good = packed(Arc::new(values), |with| with);
    // The first page of the only column begins behind the magic bytes.
    for place in 4..60 {
        for byte in [0, 1, 0x15, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[place] = byte;
            if let Ok(source) = source(bytes) {
                let batches = source.batches(None, 1000).unwrap();
                let rows: usize = batches.map_while(|b| Some(b.ok()?.num_rows())).sum();
                assert!(rows <= 100);
            }
        }
    }
}
