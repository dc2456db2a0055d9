//! Small files that claim much.

use super::*;

/// A file whose columns all refer to one text, in every row.
fn echoing(columns: u16, rows: u64, length: usize) -> Vec<u8> {
    let header = Header::builder(Release::V118, ByteOrder::LittleEndian).build();
    let variables = (0..columns)
        .map(|n| Variable::builder(VariableType::LongString, format!("v{n}")).format("%9s"));
    let schema = Schema::builder().variables(variables.collect()).build();
    let mut records = DtaWriter::new()
        .from_writer(Cursor::new(Vec::new()))
        .write_header(header)
        .unwrap()
        .write_schema(schema.unwrap())
        .unwrap()
        .into_record_writer()
        .unwrap();
    let mut table = LongStringTable::for_writing();
    let text = vec![b'x'; length];
    let text = table.get_or_insert(1, 1, LongStringContent::Text(text.into()));
    let row: Vec<Value<'_>> = (0..columns).map(|_| Value::LongStringRef(text)).collect();
    for _ in 0..rows {
        records.write_record(&row).unwrap();
    }
    let mut long = records.into_long_string_writer().unwrap();
    long.write_long_string_table(&table).unwrap();
    let labels = long.into_value_label_writer().unwrap();
    labels.finish().unwrap().into_inner()
}

#[test]
fn one_long_text_never_becomes_a_large_batch() {
    let bytes = echoing(1, 20, 15 << 20);
    let batches = open(&bytes, Encoding::Detect)
        .unwrap()
        .batches(100)
        .unwrap();
    let counts: Vec<usize> = batches.map(|batch| batch.unwrap().num_rows()).collect();
    assert_eq!(counts, [5, 5, 5, 5]);
    assert_eq!(
        code(read(&echoing(6, 1, 15 << 20))),
        "table.statistical.long"
    );
}
