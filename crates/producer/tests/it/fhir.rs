//! HL7 FHIR (JP Core): Coverages and their Patients.

use proptest::prelude::*;
use renketsu_producer::judgement::Part;
use renketsu_producer::sources::fhir::PatientKey;
use renketsu_producer::sources::{Refusal, Source, SourceRecord};
use renketsu_testkit::Insured;

use crate::people::{Files, canonical, hanako, judged, read, refusal};
use crate::world::World;

const EXPECTED: [&str; 7] = [
    "06132013",
    "13-1",
    "0187",
    "05",
    "ヤマダハナコ",
    "19800203",
    "2",
];

fn source(files: &Files, content: &[(&str, &str)]) -> Source {
    let files = content.iter().map(|(name, text)| files.file(name, text));
    Source::Fhir {
        files: files.collect(),
        key: PatientKey::Id,
    }
}

fn all(content: &[(&str, &str)]) -> Vec<SourceRecord> {
    let files = Files::new();
    read(&source(&files, content)).unwrap()
}

/// Of resources one a line.
fn lines(resources: &[String]) -> Vec<SourceRecord> {
    all(&[("a.ndjson", &resources.join("\n"))])
}

fn one(resources: &[String]) -> SourceRecord {
    let mut found = lines(resources);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Patient, insurer and Coverage of one export.
fn export(person: &Insured) -> [String; 3] {
    [
        person.patient(),
        person.payor("o"),
        person.coverage(&format!("Patient/{}", person.key), "Organization/o"),
    ]
}

fn bundle(entries: &[(&str, &str)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(url, resource)| format!("{{\"fullUrl\":\"{url}\",\n \"resource\":{resource}}}"))
        .collect();
    format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[\n{}\n]}}",
        entries.join(",\n")
    )
}

#[test]
fn a_coverage_is_a_record_of_its_patient_on_its_first_day() {
    let found = one(&export(&hanako()));
    assert_eq!(canonical(&found), EXPECTED);
    assert_eq!(
        [&found.texts.service, &found.key, &found.institution],
        ["2024-04-05", "P-1", "fhir/"]
    );
    assert_eq!((found.file, found.line, found.record), (0, 3, 3));
    assert!(found.refusals.is_empty());
}

#[test]
fn the_order_of_resources_and_files_does_not_matter() {
    let mut people = Vec::new();
    for index in 0..200 {
        let mut person = hanako();
        person.key = format!("K{index:03}");
        people.push(person);
    }
    let patients: Vec<String> = people.iter().map(Insured::patient).collect();
    let covers: Vec<String> = people
        .iter()
        .rev()
        .map(|person| person.coverage(&format!("Patient/{}", person.key), "Organization/o"))
        .collect();
    let (patients, covers) = (patients.join("\n"), covers.join("\r\n"));
    let payor = people[0].payor("o");
    let forward = all(&[
        ("p.ndjson", &patients),
        ("c.ndjson", &covers),
        ("o.ndjson", &payor),
    ]);
    let backward = all(&[
        ("c.ndjson", &covers),
        ("o.ndjson", &payor),
        ("p.ndjson", &patients),
    ]);
    let keys = |records: &[SourceRecord]| -> Vec<String> {
        assert!(records.iter().all(|record| canonical(record) == EXPECTED));
        records.iter().map(|record| record.key.clone()).collect()
    };
    assert_eq!(keys(&forward), keys(&backward));
    assert_eq!(forward.len(), 200);
    assert_eq!((forward[0].file, forward[0].line), (1, 200));
}

#[test]
fn bundles_are_read_by_address_urn_and_id() {
    let person = hanako();
    let [patient, payor, _] = export(&person);
    let cover = |beneficiary: &str, payor: &str| person.coverage(beneficiary, payor);
    let server = bundle(&[
        (
            "https://s/fhir/Coverage/c",
            &cover("Patient/P-1", "Organization/o"),
        ),
        ("https://s/fhir/Patient/P-1", &patient),
        ("https://s/fhir/Organization/o", &payor),
    ]);
    let urn = bundle(&[
        ("urn:uuid:1", &cover("urn:uuid:2", "urn:uuid:3")),
        ("urn:uuid:2", &patient),
        ("urn:uuid:3", &payor),
    ]);
    let bare = bundle(&[
        ("", &cover("Patient/P-1", "Organization/o")),
        ("", &patient),
        ("", &payor),
    ]);
    for (text, institution) in [(&server, "fhir/https://s/fhir"), (&urn, ""), (&bare, "")] {
        for (name, text) in [
            ("b.json", text.clone()),
            ("b.ndjson", text.replace('\n', "")),
        ] {
            let found = all(&[(name, &format!("\u{feff}{text}"))]);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(canonical(&found[0]), EXPECTED);
            assert_eq!(found[0].key, "P-1");
            assert!(found[0].institution.starts_with(institution));
        }
    }
    let found = all(&[("b.json", &server)]);
    assert_eq!(
        (found[0].line, found[0].record),
        (2, 1),
        "the entry of the Coverage"
    );
}

#[test]
fn pages_of_one_server_belong_together_and_bundles_of_none_do_not() {
    let person = hanako();
    let [patient, payor, cover] = export(&person);
    let first = bundle(&[("https://s/fhir/Coverage/c", &cover)]);
    let second = bundle(&[
        ("https://s/fhir/Patient/P-1", &patient),
        ("https://s/fhir/Organization/o", &payor),
    ]);
    assert_eq!(
        canonical(&all(&[("1.json", &first), ("2.json", &second)])[0]),
        EXPECTED
    );
    let strip = |text: &str| text.replace("https://s/fhir/", "urn:x:");
    let found = all(&[("1.json", &strip(&first)), ("2.json", &strip(&second))]);
    assert_eq!(found[0].refusals, [Refusal::PersonUnknown]);
}

#[test]
fn contained_resources_are_this_coverages_alone() {
    let person = hanako();
    let contained = |index: u32| {
        let mut person = person.clone();
        person.given = if index == 0 { "ハナコ" } else { "タロウ" }.to_owned();
        let patient = person.patient().replace("\"id\":\"P-1\"", "\"id\":\"p\"");
        let payor = person.payor("o");
        person.coverage("#p", "#o").replace(
            "\"id\":\"c-P-1\",",
            &format!("\"contained\":[{patient},{payor}],"),
        )
    };
    let found = lines(&[contained(0), contained(1)]);
    assert_eq!(found.len(), 2);
    assert_eq!(canonical(&found[0]), EXPECTED);
    assert_eq!(judged(&found[1]).texts.kana, "ヤマダタロウ");
    assert_eq!(
        (found[0].key.as_str(), found[0].substitute.as_str()),
        ("", "fhir:a.ndjson:1")
    );
}

#[test]
fn older_forms_of_the_identifier_are_read() {
    let person = hanako();
    let [patient, payor, cover] = export(&person);
    let bare = cover.split_once("\"extension\":[").unwrap();
    let rest = bare.1.split_once("],\"identifier\"").unwrap().1;
    let bare = format!("{}\"identifier\"{rest}", bare.0);
    assert_eq!(
        canonical(&one(&[patient.clone(), payor.clone(), bare.clone()])),
        EXPECTED
    );
    let older = bare
        .replace(
            "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID",
            "http://jpfhir.jp/fhir/core/IdSystem/JP_Coverage_id",
        )
        .replace(
            "06132013:１３－１:０１８７:05",
            "\\\"06132013\\\",\\\"１３－１\\\",\\\"０１８７\\\",\\\"05\\\"",
        );
    assert_ne!(older, bare);
    assert_eq!(canonical(&one(&[patient.clone(), older])), EXPECTED);
    let form = bare.replace("06132013:１３－１:０１８７:05", "06132013-１３－１");
    assert_eq!(
        one(&[patient, payor, form]).refusals,
        [Refusal::IdentifierForm]
    );
}

#[test]
fn identifiers_that_differ_reject_the_record_field_by_field() {
    let [patient, payor, cover] = export(&hanako());
    for (from, to, refusal) in [
        ("06132013:", "01130012:", Refusal::InsurerDiffers),
        (":１３－１:", ":１３:", Refusal::SymbolDiffers),
        (":０１８７:", ":１８７:", Refusal::NumberDiffers),
        (":05\"", ":06\"", Refusal::BranchDiffers),
    ] {
        let changed = cover.replace(from, to);
        assert_ne!(changed, cover);
        let found = one(&[patient.clone(), payor.clone(), changed]);
        assert_eq!(found.refusals, [refusal]);
    }
    // A member ID without its branch says nothing about it, and 00 is a branch.
    let silent = one(&[
        patient.clone(),
        payor.clone(),
        cover.replace(":05\"", ":\""),
    ]);
    assert_eq!(canonical(&silent), EXPECTED);
    let zero = one(&[
        patient,
        payor,
        cover.replace(":05\"", ":\"").replace("\"05\"", "\"00\""),
    ]);
    assert_eq!(judged(&zero).texts.branch, "00");
}

#[test]
fn several_coverages_are_several_records_with_their_days() {
    let person = hanako();
    let mut later = person.clone();
    later.insurer = "01130012".to_owned();
    later.day = "20260101".to_owned();
    let found = lines(&[
        person.patient(),
        person.payor("o"),
        later.payor("q"),
        person.coverage("Patient/P-1", "Organization/o"),
        later.coverage("Patient/P-1", "Organization/q"),
    ]);
    let texts: Vec<_> = found
        .iter()
        .map(|record| (record.texts.insurer.as_str(), record.texts.service.as_str()))
        .collect();
    assert_eq!(
        texts,
        [("06132013", "2024-04-05"), ("01130012", "2026-01-01")]
    );
}

#[test]
fn periods_say_a_day_or_a_month_or_nothing() {
    let [patient, payor, cover] = export(&hanako());
    let start = "\"period\":{\"start\":\"2024-04-05\"}";
    for (period, service) in [
        (
            "\"period\":{\"start\":\"2024-04-05T00:00:00+09:00\"}",
            "2024-04-05",
        ),
        ("\"period\":{\"start\":\"2024-04\"}", "2024-04"),
        ("\"period\":{\"start\":\"2024\"}", ""),
        (
            "\"period\":{\"start\":\"2024\",\"end\":\"2025-03-31\"}",
            "2025-03-31",
        ),
        ("\"period\":{\"end\":\"2025-03-31\"}", "2025-03-31"),
        ("\"language\":\"ja\"", ""),
    ] {
        let found = one(&[patient.clone(), payor.clone(), cover.replace(start, period)]);
        assert_eq!(found.texts.service, service);
        assert!(judged(&found).service.is_none() && found.refusals.is_empty());
    }
    let turned = "\"period\":{\"start\":\"2024-04-05\",\"end\":\"2024-04-04\"}";
    let found = one(&[patient, payor, cover.replace(start, turned)]);
    assert_eq!(found.refusals, [Refusal::PeriodOrder]);
}

#[test]
fn a_patient_without_a_number_goes_by_name() {
    let [patient, payor, cover] = export(&hanako());
    let alone = one(std::slice::from_ref(&patient));
    assert_eq!(
        (judged(&alone).number, judged(&alone).triple),
        (Part::Absent, Part::Valid)
    );
    let mistaken = cover.replace("\"active\"", "\"entered-in-error\"");
    assert_eq!(
        judged(&one(&[patient.clone(), payor, mistaken])).number,
        Part::Absent
    );
    let public = "{\"resourceType\":\"Coverage\",\"beneficiary\":{\"reference\":\"Patient/P-1\"},\"payor\":[]}".to_owned();
    assert_eq!(judged(&one(&[patient, public])).number, Part::Absent);
}

#[test]
fn partial_dates_and_other_sexes_leave_the_number_only() {
    let [patient, payor, cover] = export(&hanako());
    for (from, to) in [
        ("1980-02-03", "1980-02"),
        ("1980-02-03", "1980"),
        ("\"female\"", "\"other\""),
        ("\"female\"", "\"unknown\""),
        ("ハナコ", "ハ●コ"),
        ("\"SYL\"", "\"ABC\""),
    ] {
        let found = one(&[patient.replace(from, to), payor.clone(), cover.clone()]);
        let judged = judged(&found);
        assert_eq!(judged.number, Part::Valid);
        assert!(matches!(judged.triple, Part::Unusable(_)), "{to}");
    }
}

#[test]
fn names_that_differ_are_refused_unless_one_is_official_or_old() {
    let [patient, payor, cover] = export(&hanako());
    let start = patient.rfind("{\"extension\"").unwrap();
    let end = patient.find("],\"gender\"").unwrap();
    let name = patient.get(start..end).unwrap();
    let other = name.replace("ヤマダ", "スズキ");
    let with = |other: String| {
        let patient = patient.replace("],\"gender\"", &format!(",{other}],\"gender\""));
        one(&[patient, payor.clone(), cover.clone()])
    };
    assert_eq!(with(other.clone()).refusals, [Refusal::KanaDiffers]);
    for kept in [
        other.replace("official", "old"),
        other.replace("official", "usual"),
        name.replace("ヤマダ", "ﾔﾏﾀﾞ"),
    ] {
        assert_eq!(canonical(&with(kept)), EXPECTED);
    }
}

#[test]
fn a_patient_that_is_missing_or_there_twice_is_refused() {
    let [patient, payor, cover] = export(&hanako());
    let nobody = one(&[payor.clone(), cover.clone()]);
    assert_eq!(nobody.refusals, [Refusal::PersonUnknown]);
    let same = one(&[
        patient.clone(),
        patient.clone(),
        payor.clone(),
        cover.clone(),
    ]);
    assert!(same.refusals.is_empty());
    let twin = patient.replace("ハナコ", "ハルコ");
    let several = one(&[patient, twin, payor, cover]);
    assert_eq!(several.refusals, [Refusal::PersonSeveral]);
}

#[test]
fn the_key_may_be_an_identifier() {
    let files = Files::new();
    let [patient, payor, cover] = export(&hanako());
    let patient = patient.replace(
        "\"name\"",
        "\"identifier\":[{\"system\":\"urn:chart\",\"value\":\" 77 \"},{\"system\":\"urn:x\",\"value\":\"8\"}],\"name\"",
    );
    let source = |system: &str| Source::Fhir {
        files: vec![files.file("a.ndjson", [patient.as_str(), &payor, &cover].join("\n"))],
        key: PatientKey::Identifier(system.to_owned()),
    };
    assert_eq!(read(&source("urn:chart")).unwrap()[0].key, "77");
    assert_eq!(read(&source("urn:none")).unwrap()[0].key, "");
}

#[test]
fn hostile_and_broken_files_are_refused_and_leave_nothing() {
    let [patient, _, _] = export(&hanako());
    let entry = bundle(&[("", &patient)]);
    let deep = format!(
        "{{\"resourceType\":\"Patient\",\"a\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let many = format!(
        "{{\"resourceType\":\"Patient\",\"a\":[{}0]}}",
        "0,".repeat(300_000)
    );
    let long = format!(
        "{{\"resourceType\":\"Patient\",\"a\":\"{}\"}}",
        "x".repeat(17 * 1024 * 1024)
    );
    let sjis = encoding_rs::SHIFT_JIS.encode(&patient).0.into_owned();
    let cut: String = patient.chars().take(patient.chars().count() / 2).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("producer.fhir.depth", deep.into_bytes()),
        ("producer.fhir.large", many.into_bytes()),
        ("producer.fhir.large", long.into_bytes()),
        ("producer.fhir.encoding", sjis),
        ("producer.fhir.syntax", cut.into_bytes()),
        (
            "producer.fhir.syntax",
            format!("{patient}{patient}").into_bytes(),
        ),
        (
            "producer.fhir.syntax",
            patient
                .replace("\"gender\"", "\"gender\":\"male\",\"gender\"")
                .into_bytes(),
        ),
        ("producer.fhir.resource", b"{}".to_vec()),
        ("producer.fhir.resource", b"[1]".to_vec()),
        (
            "producer.fhir.resource",
            patient.replace("resourceType", "type").into_bytes(),
        ),
        (
            "producer.fhir.resource",
            entry
                .replace("\"resourceType\":\"Patient\"", "\"a\":1")
                .into_bytes(),
        ),
        ("producer.input.empty", Vec::new()),
    ];
    for (expected, bytes) in cases {
        for name in ["bad.json", "bad.ndjson"] {
            let bytes =
                if name == "bad.ndjson" && bytes.starts_with(b"{\"resourceType\":\"Bundle\"") {
                    bytes
                        .iter()
                        .copied()
                        .filter(|byte| *byte != b'\n')
                        .collect()
                } else {
                    bytes.clone()
                };
            let mut world = World::new();
            let files = vec![world.file("good.ndjson", &patient), world.file(name, bytes)];
            let source = Source::Fhir {
                files,
                key: PatientKey::Id,
            };
            let error = world.request(&[source], "r.rkp").unwrap_err();
            assert_eq!((error.code(), error.exit()), (expected, 2), "{name}");
            assert!(!world.path("r.rkp").exists() && world.kept("maps").is_empty());
        }
    }
}

#[test]
fn bundles_that_hide_something_from_the_cutting_are_refused() {
    let [patient, _, _] = export(&hanako());
    let entry = bundle(&[("", &patient)]);
    let files = Files::new();
    for (expected, text) in [
        (
            "producer.fhir.syntax",
            entry.replace("\"entry\"", "\"\\u0065ntry\""),
        ),
        (
            "producer.fhir.syntax",
            entry.replace("\"type\"", "\"entry\":[],\"type\""),
        ),
        ("producer.fhir.syntax", entry.replace("\n]}", ",\n]}")),
        ("producer.fhir.syntax", entry.replace("\n]}", "\n]}x")),
        (
            "producer.fhir.resource",
            entry.replace("\"Bundle\"", "\"List\""),
        ),
    ] {
        assert_eq!(
            refusal(&source(&files, &[("b.json", &text)])).0,
            expected,
            "{text:.60}"
        );
    }
    let (code, details) = refusal(&source(
        &files,
        &[("b.ndjson", &format!("{patient}\n\n{{"))],
    ));
    assert_eq!((code, details[1].1.as_str()), ("producer.fhir.syntax", "3"));
}

#[test]
fn a_request_asks_for_everyone_and_reports_the_rest() {
    let mut world = World::new();
    let mut other = hanako();
    other.key = "P-2".to_owned();
    let text = [
        export(&hanako()).join("\n"),
        other.coverage("Patient/P-2", "Organization/o"),
    ];
    let files = vec![world.file("a.ndjson", text.join("\n"))];
    let rejects = world.path("rejects.csv");
    let source = Source::Fhir {
        files,
        key: PatientKey::Id,
    };
    let report = world
        .request_with(&[source], "r.rkp", Some(&rejects))
        .unwrap();
    assert_eq!((report.count.rows, report.count.rejected()), (1, 1));
    assert_eq!(report.count.reject_reasons["person:unknown"], 1);
    let asked = world.asked(&report.file);
    assert_eq!(
        asked[0].1,
        [
            "06132013",
            "13-1",
            "0187",
            "05",
            "ヤマダハナコ",
            "19800203",
            "2",
            "20240405"
        ]
    );
    let text = std::fs::read_to_string(&rejects).unwrap();
    assert!(text.contains("a.ndjson,0,4,4,person:unknown"), "{text}");
}

proptest! {
    #[test]
    fn no_damage_panics_the_reader(at in 0_usize..3000, byte in any::<u8>(), cut in 0_usize..3000, by_line in any::<bool>()) {
        let files = Files::new();
        let [patient, payor, cover] = export(&hanako());
        let (name, text) = if by_line {
            ("a.ndjson", [patient, payor, cover].join("\n"))
        } else {
            ("a.json", bundle(&[("urn:uuid:1", &patient), ("", &payor), ("https://s/Coverage/1", &cover)]))
        };
        let mut bytes = text.into_bytes();
        if let Some(place) = bytes.get_mut(at) { *place = byte; }
        bytes.truncate(cut);
        let source = Source::Fhir { files: vec![files.file(name, &bytes)], key: PatientKey::Id };
        let _outcome = read(&source);
    }

    #[test]
    fn no_json_panics_the_reader(text in "(\\{\"resourceType\":\"(Patient|Coverage|Bundle)\",)?[\\[\\]{}\",:a-z0-9\\\\ \n]{0,80}\\}?") {
        let files = Files::new();
        for name in ["a.json", "a.ndjson"] {
            let source = Source::Fhir { files: vec![files.file(name, &text)], key: PatientKey::Id };
            let _outcome = read(&source);
        }
    }
}
