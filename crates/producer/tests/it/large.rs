//! Documents of any size in little memory.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;

use renketsu_producer::sources::{PassedOver, Reading, Source, SourceError, Threads};
use renketsu_testkit::{Characters, peak_kib};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::people::hanako;

const JOB: &str = "RENKETSU_PRODUCER_LARGE_JOB";
/// The answer has 200 MB; the bound on what was read whole was 64 MiB.
const UNITS: u64 = 20_000;
const REMARK: usize = 10_000;
const LIMIT_KIB: u64 = 64 * 1024;

/// Runs itself as a child process, whose peak of resident memory is that of the reading and nothing else.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the child knows that it is the child"
)]
fn xml_of_200_mb_is_read_in_less_than_64_mib_of_memory() {
    if std::env::var(JOB).is_ok() {
        answer();
        document();
        println!("peak_kib={}", peak_kib());
        return;
    }
    let name = "large::xml_of_200_mb_is_read_in_less_than_64_mib_of_memory";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(JOB, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    let (_, peak) = said.split_once("peak_kib=").unwrap();
    let peak: u64 = peak.lines().next().unwrap().trim().parse().unwrap();
    println!("peak {} MiB", peak / 1024);
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

/// An answer of オンライン資格確認 for many people.
fn answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("answer.xml");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let whole = hanako().eligibility(Characters::Utf8);
    let (head, _) = whole.split_once("<MessageBody>").unwrap();
    let remark = "x".repeat(REMARK);
    write!(file, "{head}<MessageBody>").unwrap();
    let mut person = hanako();
    for number in 0..UNITS {
        person.key = format!("P-{number}");
        let result = person.eligibility_result();
        writeln!(
            file,
            "<BulkConfirmUnit><QualificationValidity>1</QualificationValidity><Remark>{remark}</Remark>{result}</BulkConfirmUnit>"
        )
        .unwrap();
    }
    write!(file, "</MessageBody></XmlMsg>").unwrap();
    file.flush().unwrap();
    drop(file);
    assert!(path.metadata().unwrap().len() > 200_000_000);
    let source = Source::Eligibility { files: vec![path] };
    assert_eq!(read(&source), UNITS);
}

/// A CDA document of 100 MB in an archive.
fn document() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    let mut zip = ZipWriter::new(BufWriter::new(File::create(&path).unwrap()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("DATA/h.xml", options).unwrap();
    let whole = hanako().checkup();
    let (head, tail) = whole.split_once("<recordTarget>").unwrap();
    write!(zip, "{head}").unwrap();
    let component = format!("<component><text>{}</text></component>", "x".repeat(REMARK));
    for _ in 0..10_000 {
        zip.write_all(component.as_bytes()).unwrap();
    }
    write!(zip, "<recordTarget>{tail}").unwrap();
    zip.finish().unwrap().flush().unwrap();
    assert!(path.metadata().unwrap().len() > 100_000_000);
    let source = Source::Checkups { files: vec![path] };
    assert_eq!(read(&source), 1);
}

fn read(source: &Source) -> u64 {
    let scratch = tempfile::tempdir().unwrap();
    let reading = Reading {
        scratch: scratch.path(),
        threads: Threads::of_machine(),
    };
    let mut read = 0_u64;
    let mut passed = PassedOver::default();
    source
        .read(reading, &mut passed, &mut |record| {
            assert!(record.refusals.is_empty() && record.texts.insurer == "06132013");
            read = read.saturating_add(1);
            Ok::<(), SourceError>(())
        })
        .unwrap();
    read
}
