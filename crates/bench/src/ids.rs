//! A link of very many IDs.
//!
//! Of `n` persons the first table has the first six tenths, the second the last six tenths. Everybody has a number and a
//! kana ID; every tenth row of the second table has the kana ID alone, so that a link attaches it or makes a person of it.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_engine::import::IdColumns;
use renketsu_table::BATCH_ROWS;
use renketsu_table::ids::{self, KANA_ID, KANA_UNIQUE, NUMBER_ID};
use renketsu_table::parquet::{ParquetSink, Sorting};
use sha2::{Digest as _, Sha256};

use crate::{clock, cpu, link_all, new_study, peak, shelf, take};

pub(crate) fn run(work: &Path, persons: u64, memory: u64) -> Result<String> {
    let (_, study) = new_study(work)?;
    let shelf = shelf(work, &study, false);
    let columns = IdColumns {
        number_id: NUMBER_ID.to_owned(),
        kana_id: Some(KANA_ID.to_owned()),
        kana_unique: Some(KANA_UNIQUE.to_owned()),
    };
    let tenth = persons / 10;
    let mut tables = Vec::new();
    let (mut rows, mut imported) = (0_u64, (0.0, 0.0));
    for (name, range, every) in [
        ("one", 0..tenth.saturating_mul(6), None),
        (
            "two",
            tenth.saturating_mul(4)..tenth.saturating_mul(10),
            Some(10),
        ),
    ] {
        rows = rows.saturating_add(range.end.saturating_sub(range.start));
        let source = work.join(format!("{name}.source.parquet"));
        write(&source, range, every)?;
        let (begun, before) = (clock(), cpu()?);
        let (table, _) = take(&shelf, name, &source, &columns, memory)?;
        imported.0 += begun.elapsed().as_secs_f64();
        imported.1 += cpu()? - before;
        fs::remove_file(&source)?;
        tables.push(table);
    }
    let import_peak = peak()?;
    // From here on the peak is the link's own.
    fs::write("/proc/self/clear_refs", "5").context("/proc/self/clear_refs")?;
    let (begun, before) = (clock(), cpu()?);
    let done = link_all(&shelf, &tables, memory)?;
    let (wall, used) = (begun.elapsed().as_secs_f64(), cpu()? - before);
    // Numbers: the first table's, and nine tenths of what the second adds. Kana IDs: everybody's.
    let added = tenth.saturating_mul(4);
    let numbers = tenth
        .saturating_mul(6)
        .saturating_add(added.saturating_sub(added / 10));
    Ok(serde_json::json!({
        "rows": rows,
        "distinct_ids": numbers.saturating_add(tenth.saturating_mul(10)),
        "persons": done.report.persons,
        "persons_by_kana": done.report.persons_by_kana,
        "import_wall_s": imported.0, "import_cpu_s": imported.1, "import_peak_rss_mib": import_peak,
        "link_wall_s": wall, "link_cpu_s": used, "link_peak_rss_mib": peak()?
    })
    .to_string())
}

fn id(person: u64, kind: u8) -> [u8; 32] {
    Sha256::new()
        .chain_update([kind])
        .chain_update(person.to_be_bytes())
        .finalize()
        .into()
}

/// Writes a table of `persons`, one row each; of every so many the row has the kana ID alone.
fn write(path: &Path, persons: Range<u64>, every: Option<u64>) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![
        ids::id_field(NUMBER_ID),
        ids::id_field(KANA_ID),
        Field::new(KANA_UNIQUE, DataType::Boolean, true),
        Field::new("points", DataType::Int32, false),
    ]));
    let file = fs::File::create(path)?;
    let mut sink = ParquetSink::create(file, &schema, &Sorting::none())?;
    let mut next = persons.start;
    while next < persons.end {
        let end = persons.end.min(next.saturating_add(BATCH_ROWS as u64));
        let without = |person: u64| every.is_some_and(|every| person.checked_rem(every) == Some(0));
        let points = (next..end).map(|person| i32::try_from(person & 0xfff).unwrap_or(0));
        let columns: Vec<ArrayRef> = vec![
            ids::array::<32>((next..end).map(|p| (!without(p)).then(|| id(p, 0)))),
            ids::array::<32>((next..end).map(|p| Some(id(p, 1)))),
            Arc::new((next..end).map(|_| Some(true)).collect::<BooleanArray>()),
            Arc::new(Int32Array::from_iter_values(points)),
        ];
        sink.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
        next = end;
    }
    sink.finish()?;
    Ok(())
}
