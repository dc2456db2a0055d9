//! Files of other programs: `ReadStat` (through pyreadstat) and pandas write, we read.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use arrow::array::{ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, TimestampMicrosecondType};
use renketsu_table::delimited::Encoding;
use renketsu_table::statistical::{Format, StatisticalSource};

const SCRIPT: &str = r#"
import sys, datetime, pandas, pyreadstat
out = sys.argv[1]
day = datetime.date
at = datetime.datetime
frame = pandas.DataFrame({
    "sex": [1.0, 2.0, float("nan")],
    "day": [day(1960, 1, 1), day(2024, 2, 29), None],
    "at": pandas.to_datetime(pandas.Series([at(1959, 12, 31, 23, 59, 59), at(2024, 2, 29, 12, 34, 56), None])),
    "bmi": [21.5, -1e-3, 123456789012.0],
    "drug": ["アスピリン", "カナマイシン", ""],
})
labels = ["性別", "日", "時", "BMI", "薬"]
for version in (5, 8):
    pyreadstat.write_xport(frame, f"{out}/readstat-{version}.xpt", column_labels=labels, file_format_version=version)
for version in (8, 10, 12, 13, 14, 15):
    pyreadstat.write_dta(frame, f"{out}/readstat-{version}.dta", column_labels=labels, version=version,
                         variable_value_labels={"sex": {1: "男", 2: "女"}})
stata = frame.copy()
stata["day"] = pandas.to_datetime(stata["day"])
for version in (118, 119):
    stata.to_stata(f"{out}/pandas-{version}.dta", version=version, write_index=False,
                   convert_dates={"day": "td", "at": "tc"}, variable_labels=dict(zip(frame.columns, labels)),
                   value_labels={"sex": {1: "男", 2: "女"}}, convert_strl=["drug"])
"#;

/// Whether Python and its two modules are here. On a developer's machine their absence is said and passes; in CI it
/// fails.
#[expect(
    clippy::disallowed_methods,
    reason = "CI must not skip what a developer's machine may"
)]
fn written(directory: &Path) -> bool {
    let script = directory.join("write.py");
    fs::write(&script, SCRIPT).unwrap();
    let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python)
        .args(["-c", "import pandas, pyreadstat"])
        .stdin(Stdio::null())
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "not installed: pandas, pyreadstat"
        );
        println!("SKIPPED: not installed: pandas, pyreadstat");
        return false;
    }
    let output = Command::new(&python)
        .arg(&script)
        .arg(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    true
}

fn numbers(column: &ArrayRef) -> Vec<Option<f64>> {
    let column = cast(column, &DataType::Float64).unwrap();
    column.as_primitive::<Float64Type>().iter().collect()
}

fn column<'a>(batch: &'a RecordBatch, name: &str, file: &str) -> &'a ArrayRef {
    batch
        .column_by_name(name)
        .unwrap_or_else(|| panic!("{file}: {name}"))
}

#[test]
fn what_readstat_and_pandas_write_is_read_as_they_meant_it() {
    let directory = tempfile::tempdir().unwrap();
    if !written(directory.path()) {
        return;
    }
    let mut files: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "py"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 10);
    for path in files {
        let file = path.display().to_string();
        let source = StatisticalSource::file(&path, Encoding::Detect)
            .unwrap_or_else(|error| panic!("{error}"));
        let batches: Vec<_> = source
            .batches(10)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{error}"));
        let [batch] = batches.as_slice() else {
            panic!("{file}")
        };
        assert_eq!((batch.num_rows(), source.rows()), (3, 3), "{file}");
        assert_eq!(
            numbers(column(batch, "sex", &file)),
            [Some(1.0), Some(2.0), None],
            "{file}"
        );
        let days = column(batch, "day", &file).as_primitive::<Date32Type>();
        assert_eq!(
            days.iter().collect::<Vec<_>>(),
            [Some(-3653), Some(19_782), None],
            "{file}"
        );
        let instants = column(batch, "at", &file).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(
            instants.iter().collect::<Vec<_>>(),
            [
                Some(-315_619_201_000_000),
                Some(1_709_210_096_000_000),
                None
            ],
            "{file}"
        );
        assert_eq!(
            numbers(column(batch, "bmi", &file)),
            [Some(21.5), Some(-1e-3), Some(123_456_789_012.0)],
            "{file}"
        );
        let drugs = column(batch, "drug", &file).as_string::<i32>();
        assert_eq!(
            drugs.iter().collect::<Vec<_>>(),
            [Some("アスピリン"), Some("カナマイシン"), None],
            "{file}"
        );
        let labels = source.labels();
        assert_eq!(labels["sex"].label.as_deref(), Some("性別"), "{file}");
        assert_eq!(labels["drug"].label.as_deref(), Some("薬"), "{file}");
        if source.format() == Format::Stata {
            let codes = [("1", "男"), ("2", "女")]
                .map(|(value, label)| (value.to_owned(), label.to_owned()));
            assert_eq!(*labels["sex"].codes, codes, "{file}");
        }
    }
}
