//! What the files of the tests are made with.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "lengths of the files made here"
)]

use std::io::Cursor;

use dta::stata::dta::byte_order::ByteOrder;
use dta::stata::dta::dta_writer::DtaWriter;
use dta::stata::dta::header::Header;
use dta::stata::dta::long_string::LongStringContent;
use dta::stata::dta::long_string_table::LongStringTable;
use dta::stata::dta::release::Release;
use dta::stata::dta::schema::Schema;
use dta::stata::dta::value::Value;
use dta::stata::dta::variable::{Variable, VariableBuilder};
use dta::stata::dta::variable_type::VariableType;
use dta::stata::missing_value::MissingValue;
use dta::stata::stata_byte::StataByte;
use dta::stata::stata_double::StataDouble;
use dta::stata::stata_float::StataFloat;
use dta::stata::stata_int::StataInt;
use dta::stata::stata_long::StataLong;
use encoding_rs::{SHIFT_JIS, UTF_8};
use renketsu_table::delimited::Encoding;
use sas_xport::sas::xport::{
    XportDatasetVersion, XportFileVersion, XportMetadata, XportSchema, XportValue, XportVariable,
    XportWriter,
};
use sas_xport::sas::{SasFloat64, SasMissingValue, SasVariableType};

/// Two rows of every type a release has; the second is missing throughout.
pub(super) fn stata(release: Release, order: ByteOrder, encoding: Encoding) -> Vec<u8> {
    let foreign = if encoding == Encoding::Cp932 {
        SHIFT_JIS
    } else {
        UTF_8
    };
    let long_texts = release >= Release::V117;
    let header = Header::builder(release, order).dataset_label("x").build();
    let schema = Schema::builder().variables(variables(release)).build();
    let characteristics = DtaWriter::new()
        .encoding(foreign)
        .from_writer(Cursor::new(Vec::new()))
        .write_header(header)
        .unwrap()
        .write_schema(schema.unwrap())
        .unwrap();
    let mut records = characteristics.into_record_writer().unwrap();
    let mut table = LongStringTable::for_writing();
    let [mut first, mut second] = rows(release);
    if encoding == Encoding::Utf8 {
        // 15 bytes; the field has 12.
        first[5] = Value::string("薬名です");
    }
    if long_texts {
        let texts = ["長い記録\0", "\0"].map(|text| {
            let text = foreign.encode(text).0.into_owned();
            LongStringContent::Text(text.into())
        });
        let [text, none] = texts;
        first.push(Value::LongStringRef(table.get_or_insert(7, 1, text)));
        second.push(Value::LongStringRef(table.get_or_insert(7, 2, none)));
    }
    records.write_record(&first).unwrap();
    records.write_record(&second).unwrap();
    let mut long = records.into_long_string_writer().unwrap();
    if long_texts {
        long.write_long_string_table(&table).unwrap();
    }
    let labels = long.into_value_label_writer().unwrap();
    let bytes = labels.finish().unwrap().into_inner();
    with_sections(&bytes, release, order, foreign)
}

fn variables(release: Release) -> Vec<VariableBuilder> {
    let byte = if release == Release::V102 {
        VariableType::Int
    } else {
        VariableType::Byte
    };
    let mut variables = vec![
        Variable::builder(byte, "sex")
            .format("%8.0g")
            .value_label_name("sexl")
            .label("性別"),
        Variable::builder(VariableType::Int, "day").format("%d"),
        Variable::builder(VariableType::Long, "points").format("%12.0g"),
        Variable::builder(VariableType::Float, "bmi").format("%9.0g"),
        Variable::builder(VariableType::Double, "at").format("%tc"),
        Variable::builder(VariableType::FixedString(12), "drug")
            .format("%12s")
            .label("薬"),
    ];
    if release >= Release::V117 {
        variables.push(Variable::builder(VariableType::LongString, "memo").format("%9s"));
    }
    variables
}

fn rows(release: Release) -> [Vec<Value<'static>>; 2] {
    let tagged = if release >= Release::V113 {
        MissingValue::C
    } else {
        MissingValue::System
    };
    let sex = if release == Release::V102 {
        [StataInt::Present(1), StataInt::Missing(tagged)].map(Value::Int)
    } else {
        [StataByte::Present(1), StataByte::Missing(tagged)].map(Value::Byte)
    };
    let [first, second] = sex;
    let none = MissingValue::System;
    [
        vec![
            first,
            Value::Int(StataInt::Present(21_915)),
            Value::Long(StataLong::Present(-70_000)),
            Value::Float(StataFloat::Present(21.5)),
            Value::Double(StataDouble::Present(1_893_456_000_000.0)),
            Value::string("アスピリン"),
        ],
        vec![
            second,
            Value::Int(StataInt::Missing(none)),
            Value::Long(StataLong::Missing(none)),
            Value::Float(StataFloat::Missing(none)),
            Value::Double(StataDouble::Missing(none)),
            Value::string(""),
        ],
    ]
}

/// The same with a characteristic and a list of codes. The library has no way to make either.
fn with_sections(
    bytes: &[u8],
    release: Release,
    order: ByteOrder,
    foreign: &'static encoding_rs::Encoding,
) -> Vec<u8> {
    let order = |value: u32| {
        if order == ByteOrder::LittleEndian {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    };
    let labels = label_set(release, foreign, &order);
    // A characteristic of 2 names and a value.
    let width = if release >= Release::V118 {
        129
    } else if release >= Release::V110 {
        33
    } else {
        9
    };
    let note = [vec![b'n'; 2 * width], b"hello\0".to_vec()].concat();
    let length = order(u32::try_from(note.len()).unwrap());
    if release >= Release::V117 {
        let labels = [b"<lbl>", labels.as_slice(), b"</lbl>"].concat();
        let bytes = spliced(bytes, b"<value_labels>", &labels);
        let note = [b"<ch>", length.as_slice(), &note, b"</ch>"].concat();
        return spliced(&bytes, b"<characteristics>", &note);
    }
    let rows = if release == Release::V102 { 64 } else { 62 };
    let (head, rows) = bytes.split_at(bytes.len() - rows);
    if release < Release::V105 {
        return [head, rows, &labels].concat();
    }
    let end = if release < Release::V110 { 3 } else { 5 };
    let (head, end) = head.split_at(head.len() - end);
    let length: &[u8] = if end.len() == 5 {
        &length
    } else if length[0] == 0 {
        &length[2..]
    } else {
        &length[..2]
    };
    [head, &[1], length, &note, end, rows, &labels].concat()
}

/// `with` after the first `tag`.
fn spliced(bytes: &[u8], tag: &[u8], with: &[u8]) -> Vec<u8> {
    let found = bytes.windows(tag.len()).position(|part| part == tag);
    let (before, after) = bytes.split_at(found.unwrap() + tag.len());
    [before, with, after].concat()
}

/// The list `sexl`: 1 男, 2 女.
fn label_set(
    release: Release,
    foreign: &'static encoding_rs::Encoding,
    order: &dyn Fn(u32) -> [u8; 4],
) -> Vec<u8> {
    let padded = |text: &[u8], length: usize| {
        let mut text = text.to_vec();
        text.resize(length, 0);
        text
    };
    let short = |value: u16| {
        let bytes = order(value.into());
        if bytes[0] == 0 {
            [bytes[2], bytes[3]]
        } else {
            [bytes[0], bytes[1]]
        }
    };
    let [man, woman] = ["男", "女"].map(|text| foreign.encode(text).0.into_owned());
    if release < Release::V108 {
        let values = [short(2), short(1), short(2)].concat();
        let (count, values) = values.split_at(2);
        return [
            count,
            &padded(b"sexl", 10),
            values,
            &padded(&man, 8),
            &padded(&woman, 8),
        ]
        .concat();
    }
    let name = if release >= Release::V118 {
        132
    } else if release >= Release::V110 {
        36
    } else {
        12
    };
    let texts = [&man[..], b"\0", &woman, b"\0"].concat();
    let second = u32::try_from(man.len() + 1).unwrap();
    let size = u32::try_from(texts.len()).unwrap();
    let table = [2, size, 0, second, 1, 2].map(order).concat();
    let length = order(u32::try_from(table.len() + texts.len()).unwrap());
    [&length[..], &padded(b"sexl", name), &table, &texts].concat()
}

pub(super) struct Xport {
    pub(super) version: XportFileVersion,
    pub(super) encoding: &'static encoding_rs::Encoding,
    pub(super) columns: Vec<(&'static str, &'static str, &'static str, u16, bool)>,
}

impl Xport {
    pub(super) fn write(&self, rows: &[Vec<XportValue<'_>>]) -> Vec<u8> {
        let metadata = XportMetadata::builder()
            .xport_file_version(self.version)
            .build();
        let mut schema = XportSchema::builder();
        schema.dataset_name("T");
        if self.version == XportFileVersion::V8 {
            schema.xport_dataset_version(XportDatasetVersion::V8);
        }
        for (name, label, format, length, numeric) in &self.columns {
            let mut variable = XportVariable::builder();
            let kind = if *numeric {
                SasVariableType::Numeric
            } else {
                SasVariableType::Character
            };
            variable
                .full_name(*name)
                .short_label(*label)
                .long_label(*label)
                .short_format(*format)
                .value_type(kind)
                .value_length(*length);
            schema.add_variable(variable);
        }
        let mut target = Vec::new();
        let mut options = XportWriter::options();
        options.encoding(self.encoding);
        let writer = options.from_writer(&mut target, metadata).unwrap();
        let mut writer = writer.write_schema(schema.try_build().unwrap()).unwrap();
        for row in rows {
            writer.write_record(row).unwrap();
        }
        writer.finish().unwrap();
        target
    }
}

pub(super) fn claims(version: XportFileVersion, encoding: &'static encoding_rs::Encoding) -> Xport {
    Xport {
        version,
        encoding,
        columns: vec![
            ("DAY", "診療日", "YYMMDD10", 8, true),
            ("AT", "", "DATETIME", 8, true),
            ("POINTS", "Points", "8.2", 8, true),
            ("SHORT", "", "", 4, true),
            ("DRUG", "薬", "", 20, false),
        ],
    }
}

pub(super) fn missing(code: u8) -> XportValue<'static> {
    let reason = SasMissingValue::try_from_u8(code).unwrap();
    XportValue::Number(f64::from(SasFloat64::from(reason)))
}
