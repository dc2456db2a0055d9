//! Any number of threads reads the same: records, their order, what is rejected, where an error is.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use renketsu_producer::sources::fhir::PatientKey;
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, Threads};
use renketsu_table::columns::ColumnMap;
use renketsu_testkit::{Characters, Insured};

use crate::people::{archive, hanako, read_with};
use crate::world::{HEAD, World, cp932};

const COUNT: u32 = 4000;

fn threads() -> [Threads; 3] {
    [1, 2, 4].map(|threads| Threads::exactly(NonZero::new(threads).unwrap()))
}

/// People of whom one in seven can get no ID, and one in five is there twice.
fn person(number: u32) -> Insured {
    let mut person = hanako();
    let number = if number % 5 == 4 { number ^ 1 } else { number };
    person.key = format!("P-{number}");
    person.number = format!("{number:07}");
    if number % 7 == 3 {
        person.number = "X".repeat(90);
        person.given = "●".to_owned();
    }
    person
}

fn all(of: impl Fn(u32) -> String) -> String {
    (0..COUNT).map(of).collect::<Vec<_>>().concat()
}

/// The number of the long-term care insurance; every second person has none in the ledger.
fn care(number: u32) -> String {
    format!("{number:010}")
}

/// One source of every kind; `damage` is put in at the end of its content.
fn sources(world: &World, damage: &str) -> Vec<(&'static str, Source)> {
    let ledger = ledger(world);
    vec![
        ("uke", claims(world, damage)),
        ("table", table(world, damage)),
        ("care", care_claims(world, &ledger, damage)),
        (
            "ledger",
            Source::CareLedger {
                files: vec![ledger],
            },
        ),
        ("fhir", fhir(world, damage)),
        ("checkups", checkups(world, damage)),
        ("eligibility", eligibility(world, damage)),
    ]
}

fn claims(world: &World, damage: &str) -> Source {
    let lines = "SI,80,1,120002910,,42,1,,,,,,,,,,,,,,,,,,,,,,,,,,\r\n".repeat(9);
    let claims = all(|number| format!("{}{lines}", person(number).claim(number)));
    Source::Claims {
        path: world.file("a.UKE", cp932(&format!("{HEAD}{claims}{damage}"))),
        key: ClaimKey::Chart,
    }
}

fn table(world: &World, damage: &str) -> Source {
    let rows = all(|number| {
        let person = person(number);
        [
            &person.key,
            &person.insurer,
            &person.symbol,
            &person.number,
            &person.kana(),
            &person.birth,
            &person.sex.to_string(),
        ]
        .map(String::as_str)
        .join(",")
            + "\n"
    });
    let names = [
        "key",
        "insurer",
        "symbol",
        "number",
        "kana",
        "birth_date",
        "sex",
    ];
    let columns = names.map(|name| format!("{name} = '{name}'\n")).concat();
    let content = format!("{}\n{rows}{damage}", names.join(","));
    Source::Table {
        path: world.file("t.csv", content),
        columns: Box::new(ColumnMap::parse("map.toml", &format!("[columns]\n{columns}")).unwrap()),
    }
}

fn ledger(world: &World) -> PathBuf {
    let rows = all(|number| {
        let care = care(number);
        person(number).ledger_row(("131052", &care))
    });
    world.file("ledger.csv", cp932(&format!("{}{rows}", Insured::LEDGER)))
}

fn care_claims(world: &World, ledger: &Path, damage: &str) -> Source {
    let claims = all(|number| {
        let care = care(number ^ (number & 1));
        person(number).care_claim(number, ("131052", &care))
            + "2,1,7131,02,202404,1370000001,131052\r\n"
    });
    let content = format!("1,1,0,2,711\r\n{claims}{damage}3,9\r\n");
    Source::CareClaims {
        files: vec![world.file("c.csv", cp932(&content))],
        ledger: vec![ledger.to_owned()],
    }
}

fn fhir(world: &World, damage: &str) -> Source {
    let resources = all(|number| {
        let person = person(number);
        let patient = format!("Patient/{}", person.key);
        let coverage = person.coverage(&patient, "Organization/o");
        [coverage, person.patient()].join("\n") + "\n"
    });
    Source::Fhir {
        files: vec![world.file("a.ndjson", format!("{resources}{damage}"))],
        key: PatientKey::Id,
    }
}

fn checkups(world: &World, damage: &str) -> Source {
    let documents: Vec<(String, String)> = (0..200)
        .map(|number| (format!("DATA/h{number:04}.xml"), person(number).checkup()))
        .collect();
    let mut entries: Vec<(&str, &[u8])> = vec![("x/index.xml", b"<index/>")];
    let documents = documents.iter();
    entries.extend(documents.map(|(name, text)| (name.as_str(), text.as_bytes())));
    if !damage.is_empty() {
        entries.push(("DATA/z.xml", damage.as_bytes()));
    }
    Source::Checkups {
        files: vec![world.file("a.zip", archive(&entries))],
    }
}

fn eligibility(world: &World, damage: &str) -> Source {
    let answer = hanako().eligibility(Characters::Utf8);
    let (head, _) = answer.split_once("<MessageBody>").unwrap();
    let units = all(|number| {
        let validity = if number % 2 == 0 { "1" } else { "5" };
        let result = person(number).eligibility_result();
        format!(
            "<BulkConfirmUnit><QualificationValidity>{validity}</QualificationValidity>{result}</BulkConfirmUnit>\n"
        )
    });
    let content = format!("{head}<MessageBody>{units}{damage}</MessageBody></XmlMsg>");
    Source::Eligibility {
        files: vec![world.file("e.xml", content)],
    }
}

#[test]
fn records_and_what_is_passed_over_do_not_depend_on_threads() {
    let world = World::uncertified();
    for (what, source) in sources(&world, "") {
        let [one, others @ ..] = threads();
        let expected = read_with(&source, one).unwrap();
        assert!(expected.0.len() >= 200, "{what}");
        for threads in others {
            assert!(read_with(&source, threads).unwrap() == expected, "{what}");
        }
    }
}

#[test]
fn a_request_and_its_reject_report_do_not_depend_on_threads() {
    let mut first = None;
    for threads in threads() {
        let mut world = World::new();
        world.threads = threads;
        world.keys = renketsu_producer::request::Keys::Shared;
        let sources: Vec<Source> = sources(&world, "")
            .into_iter()
            .map(|(_, source)| source)
            .collect();
        let rejects = world.path("rejects.csv");
        let mut report = world
            .request_with(&sources, "r.rkp", Some(&rejects))
            .unwrap();
        let asked = world.asked(&report.file);
        let mut texts: Vec<Vec<String>> = asked.into_iter().map(|(_, texts)| texts).collect();
        texts.sort();
        let dir = world.files.path().display().to_string();
        let rejects = std::fs::read_to_string(rejects).unwrap().replace(&dir, "");
        for file in &mut report.count.files {
            file.file = file.file.replace(&dir, "");
        }
        let found = (report.count, texts, rejects);
        assert!(
            found.0.rejected() > 1000 && found.0.merged() > 1000 && found.0.passed_over() > 1000
        );
        assert!(
            *first.get_or_insert_with(|| found.clone()) == found,
            "{threads:?}"
        );
    }
}

#[test]
fn an_error_is_in_the_same_place_with_any_number_of_threads() {
    let world = World::uncertified();
    // Bytes that no source takes: a NUL, in a line of its own.
    for (what, source) in sources(&world, "\0<\"\r\n") {
        if what == "ledger" {
            continue;
        }
        let said = threads().map(|threads| {
            let error = read_with(&source, threads).map(drop).unwrap_err();
            (error.code(), error.details(), error.exit())
        });
        assert!(
            said.iter().all(|other| *other == said[0]),
            "{what}: {said:?}"
        );
        assert_eq!(said[0].2, 2, "{what}");
    }
}
