//! Sources of synthetic people, and what is read from them.

use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use renketsu_producer::judgement::{Judged, judge};
use renketsu_producer::sources::{PassedOver, Reading, Source, SourceError, SourceRecord, Threads};
use renketsu_testkit::{Insured, today};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Somebody with everything.
pub(crate) fn hanako() -> Insured {
    Insured {
        key: "P-1".to_owned(),
        family: "ヤマダ".to_owned(),
        given: "ハナコ".to_owned(),
        birth: "19800203".to_owned(),
        sex: 2,
        insurer: "06132013".to_owned(),
        symbol: "13-1".to_owned(),
        number: "0187".to_owned(),
        branch: Some("05".to_owned()),
        day: "20240405".to_owned(),
    }
}

pub(crate) fn read(source: &Source) -> Result<Vec<SourceRecord>, SourceError> {
    read_with(source, Threads::of_machine()).map(|(records, _)| records)
}

/// The records, and what was passed over.
pub(crate) fn read_with(
    source: &Source,
    threads: Threads,
) -> Result<(Vec<SourceRecord>, PassedOver), SourceError> {
    let mut records = Vec::new();
    let mut passed = PassedOver::default();
    let scratch = tempfile::tempdir().unwrap();
    let reading = Reading {
        scratch: &scratch.path().join("tmp"),
        threads,
    };
    source.read(
        reading,
        &mut passed,
        &mut |record| -> Result<(), SourceError> {
            records.push(record);
            Ok(())
        },
    )?;
    Ok((records, passed))
}

/// The kinds that are passed over, with how many there were.
pub(crate) fn passed(source: &Source) -> Vec<(String, u64)> {
    let (_, passed) = read_with(source, Threads::of_machine()).unwrap();
    let kinds = passed.kinds().iter();
    kinds
        .map(|(kind, records)| (kind.clone(), *records))
        .collect()
}

/// Code and details without the file.
pub(crate) fn refusal(source: &Source) -> (&'static str, Vec<(&'static str, String)>) {
    let error = read(source).map(|records| records.len()).unwrap_err();
    assert!(matches!(error.exit(), 2 | 3));
    let mut details = error.details();
    details.retain(|(name, _)| *name != "file");
    (error.code(), details)
}

pub(crate) fn judged(record: &SourceRecord) -> Judged {
    judge(&record.texts, today())
}

/// The canonical texts of a person as each source should give them: number, then kana, birth date, sex.
pub(crate) fn canonical(record: &SourceRecord) -> [String; 7] {
    let texts = judged(record).texts;
    [
        texts.insurer,
        texts.symbol,
        texts.number,
        texts.branch,
        texts.kana,
        texts.birth_date,
        texts.sex,
    ]
}

/// An archive of these entries.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A file in a directory that lives as long as the test.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}
