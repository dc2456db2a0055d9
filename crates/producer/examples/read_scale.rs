//! Time and memory of reading sources, with made-up people: `read_scale DIR PEOPLE THREADS`.
//!
//! Makes the files of `PEOPLE` people in `DIR` unless they are there, and lists the people of one kind of source after the
//! other, as `producer request --list` does: read, parsed, judged, told apart.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a measurement that fails says so by stopping"
)]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use renketsu_producer::listing::identities;
use renketsu_producer::sources::fhir::PatientKey;
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, Threads};
use renketsu_table::columns::ColumnMap;
use renketsu_testkit::{Characters, Insured, peak_kib, processor_seconds, today};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(&arguments[0]);
    let people: u32 = arguments[1].parse().unwrap();
    let threads = Threads::exactly(arguments[2].parse().unwrap());
    std::fs::create_dir_all(dir).unwrap();
    for (kind, source, bytes) in sources(dir, people) {
        let (begin, before) = (Instant::now(), processor_seconds());
        let listing = identities(dir, &[source], threads, today(), &mut |_| {}).unwrap();
        let (seconds, spent) = (begin.elapsed().as_secs_f64(), processor_seconds() - before);
        println!(
            "{kind:<12} {:>8} records, {:>5} MiB: {seconds:>6.1} s, {spent:>6.1} s of processor time, {:>8.0} records/s, peak {} MiB",
            listing.count.records,
            bytes >> 20,
            f64::from(people) / seconds,
            peak_kib() / 1024,
        );
    }
}

fn person(number: u32) -> Insured {
    Insured {
        key: format!("P-{number}"),
        family: "ヤマダ".to_owned(),
        given: "ハナコ".to_owned(),
        birth: format!(
            "{}{:02}{:02}",
            1930 + number % 80,
            1 + number % 12,
            1 + number % 28
        ),
        sex: 1 + u8::from(number.is_multiple_of(2)),
        insurer: "06132013".to_owned(),
        symbol: "13-1".to_owned(),
        number: number.to_string(),
        branch: Some("05".to_owned()),
        day: "20240405".to_owned(),
    }
}

fn sources(dir: &Path, people: u32) -> Vec<(&'static str, Source, u64)> {
    let cp932 = |text: &str| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    let file = |name: &str, head: &str, tail: &str, one: &dyn Fn(u32) -> String| -> PathBuf {
        let path = dir.join(name);
        if !path.exists() {
            let encoded = |text: &str| {
                if Path::new(name)
                    .extension()
                    .is_some_and(|ending| ending == "csv")
                {
                    cp932(text)
                } else {
                    text.as_bytes().to_vec()
                }
            };
            let mut out = BufWriter::new(File::create(&path).unwrap());
            out.write_all(&encoded(head)).unwrap();
            for number in 0..people {
                out.write_all(&encoded(&one(number))).unwrap();
            }
            out.write_all(&encoded(tail)).unwrap();
            out.flush().unwrap();
        }
        path
    };
    let size = |path: &Path| path.metadata().unwrap().len();
    let care = |number: u32| format!("{number:010}");
    let clinical = "SI,80,1,120002910,,42,1,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n".repeat(30);
    let claims = file(
        "claims.csv",
        "IR,1,13,1,1234567,,,202405,00,\r\n",
        "",
        &|number| format!("{}{clinical}", person(number).claim(number)),
    );
    let head = "key,insurer,symbol,number,kana,birth,sex\n";
    let table = file("table.csv", head, "", &|number| {
        let person = person(number);
        format!(
            "{},{},{},{},{},{},{}\n",
            person.key,
            person.insurer,
            person.symbol,
            person.number,
            person.kana(),
            person.birth,
            person.sex
        )
    });
    let map = "[columns]\nkey='key'\ninsurer='insurer'\nsymbol='symbol'\nnumber='number'\nkana='kana'\nbirth_date='birth'\nsex='sex'\n";
    let columns = Box::new(ColumnMap::parse("map.toml", map).unwrap());
    let care_claims = file("care.csv", "1,1,0,2,711\r\n", "3,9\r\n", &|number| {
        let lines = "2,1,7131,02,202404,1370000001,131052,0000012345,11,1111,500\r\n".repeat(5);
        person(number).care_claim(number, ("131052", &care(number))) + &lines
    });
    let ledger = file("ledger.csv", Insured::LEDGER, "", &|number| {
        person(number).ledger_row(("131052", &care(number)))
    });
    let resources = file("fhir.ndjson", "", "", &|number| {
        let person = person(number);
        let patient = format!("Patient/{}", person.key);
        person.coverage(&patient, "Organization/o") + "\n" + &person.patient() + "\n"
    });
    let answer = person(0).eligibility(Characters::Utf8);
    let (head, _) = answer.split_once("<MessageBody>").unwrap();
    let head = format!("{head}<MessageBody>");
    let answers = file("answer.xml", &head, "</MessageBody></XmlMsg>", &|number| {
        let result = person(number).eligibility_result();
        format!(
            "<BulkConfirmUnit><QualificationValidity>1</QualificationValidity>{result}</BulkConfirmUnit>\n"
        )
    });
    let sizes = [&claims, &table, &care_claims, &resources, &answers].map(|path| size(path));
    vec![
        (
            "claims",
            Source::Claims {
                path: claims,
                key: ClaimKey::Chart,
            },
            sizes[0],
        ),
        (
            "table",
            Source::Table {
                path: table,
                columns,
            },
            sizes[1],
        ),
        (
            "care",
            Source::CareClaims {
                files: vec![care_claims],
                ledger: vec![ledger],
            },
            sizes[2],
        ),
        (
            "fhir",
            Source::Fhir {
                files: vec![resources],
                key: PatientKey::Id,
            },
            sizes[3],
        ),
        (
            "eligibility",
            Source::Eligibility {
                files: vec![answers],
            },
            sizes[4],
        ),
    ]
}
