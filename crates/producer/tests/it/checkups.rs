//! 特定健診: CDA documents and their archives.

use std::io::Cursor;

use proptest::prelude::*;
use renketsu_producer::judgement::Part;
use renketsu_producer::sources::{Refusal, Source};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::people::{Files, archive, canonical, hanako, judged, passed, read, refusal};
use crate::world::World;

fn checkups(files: &Files, name: &str, content: impl AsRef<[u8]>) -> Source {
    Source::Checkups {
        files: vec![files.file(name, content)],
    }
}

fn one(text: &str) -> renketsu_producer::sources::SourceRecord {
    let files = Files::new();
    let mut records = read(&checkups(&files, "h1.xml", text)).unwrap();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

#[test]
fn a_document_gives_number_name_and_day_of_the_check() {
    let found = one(&hanako().checkup());
    assert_eq!(
        canonical(&found),
        [
            "06132013",
            "13-1",
            "0187",
            "05",
            "ヤマダハナコ",
            "19800203",
            "2"
        ]
    );
    assert_eq!(
        found.texts.service, "20240405",
        "not the day it was written"
    );
    assert_eq!(
        (found.key.as_str(), found.institution.as_str()),
        ("P-1", "checkup/1312345678")
    );
    assert_eq!((found.entry, found.line, found.record), (0, 4, 1));
}

#[test]
fn prefixes_marks_and_other_namespaces_make_no_difference() {
    let plain = hanako().checkup();
    let marked = format!("\u{feff}{plain}");
    let prefixed = plain
        .replace("xmlns=", "xmlns:c=")
        .replace('<', "<c:")
        .replace("<c:/", "</c:")
        .replace("<c:?", "<?");
    let foreign = plain.replace(
        "<patientRole>",
        "<patientRole><x:id xmlns:x=\"urn:other\" root=\"1.2.392.200119.6.101\" extension=\"99999999\"/>",
    );
    for text in [marked, prefixed, foreign] {
        assert_eq!(canonical(&one(&text)), canonical(&one(&plain)));
    }
    let files = Files::new();
    let other = plain.replace("urn:hl7-org:v3", "urn:other");
    let (code, _) = refusal(&checkups(&files, "h.xml", other));
    assert_eq!(code, "producer.xml.root");
}

#[test]
fn widths_are_mixed_in_old_files() {
    let wide = one(&hanako().checkup());
    let half = one(&hanako()
        .checkup()
        .replace("１３－１", "13-1")
        .replace("０１８７", "0187"));
    assert_eq!(canonical(&wide), canonical(&half));
}

#[test]
fn a_branch_that_is_not_given_is_not_00() {
    let mut person = hanako();
    person.branch = None;
    assert_eq!(judged(&one(&person.checkup())).texts.branch, "");
    person.branch = Some("00".to_owned());
    assert_eq!(judged(&one(&person.checkup())).texts.branch, "00");
}

#[test]
fn ids_that_differ_and_several_people_are_refused() {
    let plain = hanako().checkup();
    let second = "<patientRole><id root=\"1.2.392.200119.6.101\" extension=\"01130012\"/>";
    let differs = one(&plain.replace("<patientRole>", second));
    assert_eq!(differs.refusals, [Refusal::InsurerDiffers]);
    let twice = plain.replace(
        "</recordTarget>",
        "</recordTarget><recordTarget><patientRole/></recordTarget>",
    );
    assert_eq!(one(&twice).refusals, [Refusal::PersonSeveral]);
}

#[test]
fn without_an_agreed_number_the_key_is_the_name_of_the_file() {
    let text = hanako().checkup().replace("6.299", "6.298");
    assert_eq!(one(&text).key, "h1");
    let files = Files::new();
    let zip = archive(&[("a_b_20240405_1/DATA/h3.xml", text.as_bytes())]);
    let found = read(&checkups(&files, "a.zip", zip)).unwrap();
    assert_eq!((found[0].key.as_str(), found[0].entry), ("h3", 1));
}

#[test]
fn a_time_after_the_day_and_an_interval_are_read() {
    let time = hanako().checkup().replace(
        "\"20240405\"/><performer",
        "\"20240405103000+0900\"/><performer",
    );
    assert_eq!(one(&time).texts.service, "20240405");
    let low = hanako().checkup().replace(
        "<effectiveTime value=\"20240405\"/>",
        "<effectiveTime><low value=\"20240405\"/></effectiveTime>",
    );
    assert_eq!(one(&low).texts.service, "20240405");
}

#[test]
fn an_archive_gives_its_documents_in_their_order() {
    let mut content = Vec::new();
    for index in 0..300 {
        let mut person = hanako();
        person.key = format!("K{index}");
        content.push((format!("x/DATA/h{index:03}.xml"), person.checkup()));
    }
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("x/ix08_V08.xml", b"<index/>"),
        ("x/XSD/hc08_V08.xsd", b"<schema/>"),
        ("x/CLAIMS/c1.xml", b"<checkupClaim/>"),
    ];
    entries.extend(
        content
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes())),
    );
    let files = Files::new();
    let found = read(&checkups(&files, "x.zip", archive(&entries))).unwrap();
    let keys: Vec<_> = found.iter().map(|record| record.key.clone()).collect();
    assert_eq!(
        keys,
        (0..300)
            .map(|index| format!("K{index}"))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        (found[0].entry, found[299].entry, found[299].record),
        (4, 303, 300)
    );
    let source = checkups(&files, "x.zip", archive(&entries));
    assert_eq!(passed(&source), [("checkup:other_entry".to_owned(), 3)]);
}

#[test]
fn documents_that_are_none_are_refused_with_their_place() {
    let plain = hanako().checkup();
    let doctype = |inner: &str| {
        plain.replace(
            "<ClinicalDocument",
            &format!("<!DOCTYPE ClinicalDocument [{inner}]><ClinicalDocument"),
        )
    };
    let deep = format!("{}{}", "<a>".repeat(1000), "</a>".repeat(1000));
    let lots = plain.replace(
        "</patientRole>",
        &format!("{}</patientRole>", "<id/>".repeat(600_000)),
    );
    let long = plain.replace(
        "<patientRole>",
        &format!("<!--{}--><patientRole>", "x".repeat(17 << 20)),
    );
    let unread = plain.replace(
        "<recordTarget>",
        &format!("<other>{}</other><recordTarget>", "<b/>".repeat(100)),
    );
    assert_eq!(canonical(&one(&unread)), canonical(&one(&plain)));
    let entities = "<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">";
    let external = "<!ENTITY x SYSTEM \"file:///etc/passwd\">";
    let cases: Vec<(&str, String)> = vec![
        ("producer.xml.doctype", doctype(entities)),
        ("producer.xml.doctype", doctype(external)),
        ("producer.xml.doctype", doctype("")),
        ("producer.xml.entity", plain.replace("ヤマダ", "&x;")),
        ("producer.xml.entity", plain.replace("20240405", "&x;")),
        (
            "producer.xml.depth",
            plain.replace("<recordTarget>", &format!("{deep}<recordTarget>")),
        ),
        ("producer.xml.large", lots),
        ("producer.xml.large", long),
        ("producer.xml.root", "<a/>".to_owned()),
        (
            "producer.xml.root",
            plain.replace("ClinicalDocument", "Document"),
        ),
        (
            "producer.xml.empty",
            "<?xml version=\"1.0\"?><!-- nothing -->".to_owned(),
        ),
        ("producer.xml.syntax", plain.chars().take(500).collect()),
        (
            "producer.xml.syntax",
            plain.replace("</patient>", "</patent>"),
        ),
        ("producer.xml.syntax", format!("{plain}<more/>")),
        ("producer.xml.syntax", format!("{plain}more")),
        (
            "producer.xml.syntax",
            plain
                .replace("<recordTarget>", "<u:recordTarget>")
                .replace("</recordTarget>", "</u:recordTarget>"),
        ),
        (
            "producer.xml.syntax",
            plain.replace("<birthTime value=", "<birthTime value=\"1\" value="),
        ),
        (
            "producer.xml.encoding",
            plain.replace("UTF-8", "EBCDIC-JP-KANA"),
        ),
        ("producer.input.empty", String::new()),
    ];
    let files = Files::new();
    for (expected, text) in cases {
        let (code, details) = refusal(&checkups(&files, "h.xml", &text));
        assert_eq!(code, expected, "{text:.80}");
        assert!(details.iter().all(|(_, value)| !value.contains("ヤマダ")));
    }
}

#[test]
fn utf_16_is_refused() {
    let utf16: Vec<u8> = hanako()
        .checkup()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let files = Files::new();
    let (code, _) = refusal(&checkups(&files, "h.xml", utf16));
    assert!(
        matches!(code, "producer.xml.syntax" | "producer.xml.encoding"),
        "{code}"
    );
}

/// Two entries of four letters whose bytes can be told apart.
fn two() -> Vec<u8> {
    let text = hanako().checkup();
    archive(&[("aaaa.xml", text.as_bytes()), ("bbbb.xml", text.as_bytes())])
}

/// Where these bytes stand.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(|(_, window)| *window == wanted)
        .map(|(place, _)| place)
        .collect()
}

/// Writes over what stands `after` a place.
fn write(bytes: &mut [u8], place: usize, after: usize, new: &[u8]) {
    let old = bytes.iter_mut().skip(place).skip(after);
    old.zip(new).for_each(|(old, new)| *old = *new);
}

fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let places = places(&bytes, from);
    assert!(!places.is_empty() && from.len() == to.len());
    for place in places {
        write(&mut bytes, place, 0, to);
    }
    bytes
}

/// Sets bytes at an offset of every local and every central header.
fn headers(mut bytes: Vec<u8>, local: usize, central: usize, value: [u8; 2]) -> Vec<u8> {
    for (mark, offset) in [(b"PK\x03\x04", local), (b"PK\x01\x02", central)] {
        for place in places(&bytes, mark) {
            write(&mut bytes, place, offset, &value);
        }
    }
    bytes
}

fn stored(content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.start_file("a.xml", options).unwrap();
    std::io::Write::write_all(&mut zip, content).unwrap();
    zip.finish().unwrap().into_inner()
}

fn linked() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("a.xml", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap().into_inner()
}

/// Names that no honest archive has.
fn hostile_names() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = hanako().checkup();
    let named = |name: &str| archive(&[(name, text.as_bytes())]);
    vec![
        ("traversal", "producer.archive.name", named("../a.xml")),
        (
            "deep traversal",
            "producer.archive.name",
            named("DATA/../../a.xml"),
        ),
        ("absolute", "producer.archive.name", named("/a.xml")),
        ("drive", "producer.archive.name", named("C:a.xml")),
        ("backslash", "producer.archive.name", named("DATA\\a.xml")),
        ("control", "producer.archive.name", named("a\u{1b}[2J.xml")),
        (
            "nested by name",
            "producer.archive.nested",
            named("DATA/a.zip"),
        ),
    ]
}

/// What it is, the code it is refused with, and its bytes.
fn hostile() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let text = hanako().checkup();
    let xml = text.as_bytes();
    let bomb = vec![b' '; 8 * 1024 * 1024];
    let stored_text = stored(xml);
    vec![
        (
            "nested by content",
            "producer.archive.nested",
            archive(&[("a.xml", &two())]),
        ),
        (
            "bomb",
            "producer.archive.ratio",
            archive(&[("a.xml", &bomb)]),
        ),
        (
            "large",
            "producer.archive.large",
            // Its directory says four GiB of each of five entries.
            headers(
                archive(&["a", "b", "c", "d", "e"].map(|name| (name, xml))),
                24,
                26,
                [0xFF, 0xFF],
            ),
        ),
        (
            "duplicate",
            "producer.archive.duplicate",
            replaced(two(), b"bbbb", b"aaaa"),
        ),
        (
            "encrypted",
            "producer.archive.encrypted",
            headers(two(), 6, 8, [1, 0]),
        ),
        (
            "method",
            "producer.archive.method",
            headers(two(), 8, 10, [12, 0]),
        ),
        (
            "cut",
            "producer.archive.damaged",
            two()[..two().len() / 2].to_vec(),
        ),
        (
            "cut by one",
            "producer.archive.damaged",
            two()[..two().len().saturating_sub(1)].to_vec(),
        ),
        (
            "checksum",
            "producer.archive.damaged",
            replaced(stored_text, b"19800203", b"19800204"),
        ),
        ("link", "producer.archive.link", linked()),
        ("nothing", "producer.archive.empty", archive(&[])),
        (
            "no document",
            "producer.archive.empty",
            archive(&[("readme.txt", b"x")]),
        ),
        (
            "not CDA",
            "producer.xml.root",
            archive(&[("DATA/a.xml", xml), ("DATA/b.xml", b"<a/>")]),
        ),
    ]
}

#[test]
fn hostile_archives_are_refused_and_leave_nothing() {
    let text = hanako().checkup();
    for (what, expected, bytes) in hostile_names().into_iter().chain(hostile()) {
        let mut world = World::new();
        let good = world.file("good.xml", &text);
        let bad = world.file("bad.zip", bytes);
        let source = Source::Checkups {
            files: vec![good, bad],
        };
        let error = world.request(&[source], "r.rkp").unwrap_err();
        assert_eq!((error.code(), error.exit()), (expected, 2), "{what}");
        assert!(
            !world.path("r.rkp").exists() && world.kept("maps").is_empty(),
            "{what}"
        );
        assert!(world.store.requests().unwrap().is_empty(), "{what}");
    }
}

/// Sizes in 64 bits, or after the content: both are what honest programs write.
#[test]
fn archives_of_other_programs_are_read() {
    let text = hanako().checkup();
    let write = |zip: &mut dyn FnMut(SimpleFileOptions, &[u8])| {
        zip(
            SimpleFileOptions::default().large_file(true),
            text.as_bytes(),
        );
    };
    let mut large = ZipWriter::new(Cursor::new(Vec::new()));
    write(&mut |options, content| {
        large.start_file("DATA/a.xml", options).unwrap();
        std::io::Write::write_all(&mut large, content).unwrap();
    });
    let mut streamed = ZipWriter::new_stream(Vec::new());
    write(&mut |options, content| {
        streamed.start_file("DATA/a.xml", options).unwrap();
        std::io::Write::write_all(&mut streamed, content).unwrap();
    });
    let files = Files::new();
    for bytes in [
        large.finish().unwrap().into_inner(),
        streamed.finish().unwrap().into_inner(),
    ] {
        let found = read(&checkups(&files, "a.zip", bytes)).unwrap();
        assert_eq!(canonical(&found[0]), canonical(&one(&text)));
    }
}

#[test]
fn a_local_header_unlike_the_directory_is_refused() {
    let mut bytes = two();
    let second = places(&bytes, b"PK\x03\x04")[1];
    write(&mut bytes, second, 30, b"cccc");
    let files = Files::new();
    let (code, _) = refusal(&checkups(&files, "a.zip", bytes));
    assert_eq!(code, "producer.archive.inconsistent");
}

#[test]
fn the_same_key_of_two_institutions_is_refused() {
    let mut world = World::new();
    let text = hanako().checkup();
    let files = vec![
        world.file("a.xml", &text),
        world.file("b.xml", text.replace("1312345678", "1312345679")),
    ];
    let error = world
        .request(&[Source::Checkups { files }], "r.rkp")
        .unwrap_err();
    assert_eq!(error.code(), "producer.request.shared_keys");
}

#[test]
fn a_person_without_a_number_goes_by_name() {
    let text = hanako()
        .checkup()
        .replace("6.101", "6.100")
        .replace("6.204", "6.200")
        .replace("6.205", "6.201");
    let found = judged(&one(&text));
    assert_eq!((found.number, found.triple), (Part::Absent, Part::Valid));
}

proptest! {
    #[test]
    fn no_damage_panics_the_reader(at in 0_usize..6000, byte in any::<u8>(), cut in 0_usize..6000) {
        let files = Files::new();
        let mut text = hanako().checkup().into_bytes();
        if let Some(place) = text.get_mut(at) { *place = byte; }
        text.truncate(cut);
        let _outcome = read(&checkups(&files, "h.xml", &text));
        let mut zip = two();
        if let Some(place) = zip.get_mut(at) { *place = byte; }
        let _outcome = read(&checkups(&files, "h.zip", &zip));
        zip.truncate(cut);
        let _outcome = read(&checkups(&files, "h.zip", &zip));
    }
}
