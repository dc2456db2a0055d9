//! The register as CSV, and requests as Parquet and, for the peers, with canonical values.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use renketsu_table::BATCH_ROWS;
use renketsu_table::ids::{self, ROW_REF, ROW_REF_BYTES};
use renketsu_table::parquet::{ParquetSink, Sorting};

use crate::people::{Person, below, mix};

/// Columns of a request.
pub(crate) const ASKED: [&str; 8] = [
    "insurer",
    "symbol",
    "number",
    "branch",
    "kana",
    "birth_date",
    "sex",
    "service",
];

/// Writes the register: a registry file of `docs/formats/registry.md`.
pub(crate) fn register(persons: u64, seed: u64, out: impl Write) -> Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, out);
    writeln!(
        out,
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to"
    )?;
    let mut rows = 0_u64;
    for number in 0..persons {
        let person = Person::new(number, seed);
        let (key, kana, birth, sex) = (person.key(), person.kana(), person.birth(), person.sex());
        for row in person.rows() {
            write!(
                out,
                "{key},{kana},{birth},{sex},{},{},{},{},{}0401,",
                row.insurer, row.symbol, row.number, row.branch, row.from
            )?;
            match row.to {
                Some(to) => writeln!(out, "{to}0331")?,
                None => writeln!(out)?,
            }
            rows = rows.saturating_add(1);
        }
    }
    out.flush()?;
    Ok(rows)
}

/// How a request writes what the register holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As producers do: widths, missing branches, names in half-width kana, people who are not registered.
    AsClaims,
    /// The same rows with canonical values: peers are spared the canonical forms.
    Canonical,
}

/// Asks for `rows` people of `persons`.
pub(crate) fn request(
    path: &Path,
    persons: u64,
    rows: u64,
    seed: u64,
    writing: Writing,
) -> Result<()> {
    let schema: SchemaRef = Arc::new(Schema::new(
        std::iter::once(ids::field_of(ROW_REF, ROW_REF_BYTES))
            .chain(ASKED.map(|name| Field::new(name, DataType::Utf8, false)))
            .collect::<Vec<_>>(),
    ));
    let mut sink = ParquetSink::create(File::create(path)?, &schema, &Sorting::by_reference())?;
    let mut next = 0;
    while next < rows {
        let end = rows.min(next.saturating_add(BATCH_ROWS as u64));
        let asked: Vec<[String; 8]> = (next..end)
            .map(|row| asked(row, persons, seed, writing))
            .collect();
        let mut columns: Vec<ArrayRef> = vec![ids::array::<16>((next..end).map(|row| {
            let mut reference = [0; 16];
            for (to, from) in reference.iter_mut().zip(row.to_be_bytes()) {
                *to = from;
            }
            Some(reference)
        }))];
        for column in 0..ASKED.len() {
            columns.push(Arc::new(StringArray::from_iter_values(
                asked.iter().filter_map(|row| row.get(column)),
            )));
        }
        sink.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        next = end;
    }
    sink.finish()?;
    Ok(())
}

pub(crate) fn asked(row: u64, persons: u64, seed: u64, writing: Writing) -> [String; 8] {
    let value = mix(seed ^ 0xA5A5, row);
    // Two in a hundred are not registered.
    let unknown = below(value, 100) < 2;
    let number = below(mix(value, 1), persons);
    let person = Person::new(
        if unknown {
            persons.saturating_add(number)
        } else {
            number
        },
        seed,
    );
    let rows: Vec<_> = person.rows().collect();
    let place = usize::try_from(below(mix(value, 2), rows.len() as u64)).unwrap_or(0);
    let Some(held) = rows.into_iter().nth(place) else {
        return Default::default();
    };
    let service = format!(
        "{}{:02}",
        held.from.saturating_add(1),
        below(value >> 8, 12).saturating_add(1)
    );
    let style = below(value >> 16, 10);
    let plain = writing == Writing::Canonical;
    let kana = match below(value >> 24, 10) {
        0 | 1 => String::new(),
        2 | 3 if !plain => half_width(&person.kana()),
        _ => person.kana(),
    };
    let wide = style < 2 && !plain;
    [
        held.insurer,
        if wide {
            full_width(&held.symbol)
        } else {
            held.symbol
        },
        if wide {
            full_width(&held.number)
        } else {
            held.number
        },
        if style == 9 && !plain {
            String::new()
        } else {
            held.branch
        },
        kana,
        person.birth(),
        person.sex().to_owned(),
        service,
    ]
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '!'..='~' => u32::from(c)
                .checked_add(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(c),
            other => other,
        })
        .collect()
}

fn half_width(kana: &str) -> String {
    const FULL: &str = "ヲアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";
    const HALF: &str = "ｦｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";
    kana.chars()
        .map(|c| {
            let place = FULL.chars().position(|full| full == c);
            place.and_then(|place| HALF.chars().nth(place)).unwrap_or(c)
        })
        .collect()
}
