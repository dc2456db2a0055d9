//! Packages through the browser: only sealed bytes, only what its sender signed for this study, and nothing half done.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use renketsu_seal::package::{
    Certification, Counts, Draft, Header, PROFILE, PackageKind, RecipientGround,
};
use renketsu_seal::{Role, Trust};
use renketsu_store::Event;
use renketsu_testkit::{Party, now};
use renketsu_web::{Answer, Refusal};

use crate::browser::{Browser, Page};
use crate::site::{Does, OTHER, People, STUDY, Site};

/// A producer that the workspace trusts.
pub(crate) fn producer(site: &mut Site) -> Party {
    let producer = Party::new(Role::Producer, "認定事業者");
    let mut store = site.stop();
    let mut trust = Trust::open(store.trusted().unwrap().as_deref(), &site.party.keys).unwrap();
    trust
        .add(&producer.card, &producer.card.fingerprint())
        .unwrap();
    let list = trust.seal(None, &site.party.keys).unwrap();
    let event = Event::new("party.trusted", "認定事業者", now()).at_trust(&list);
    let txn = store.begin().unwrap();
    txn.put_trusted(None, &list).unwrap();
    txn.commit(&event).unwrap();
    drop(store);
    site.start();
    producer
}

/// A delivery of two tables for a provision.
fn sealed(site: &Site, producer: &Party, name: &str, provision: &str) -> PathBuf {
    let tables = ["receipts", "checkups"].map(|table| (table, table.as_bytes()));
    let of = (PackageKind::Delivery, provision);
    package(site, producer, name, of, &tables)
}

/// A delivery of one table, which holds this.
pub(crate) fn package_of(site: &Site, producer: &Party, name: &str, content: &[u8]) -> PathBuf {
    let of = (PackageKind::Delivery, "P-2026-0001");
    package(site, producer, name, of, &[("receipts", content)])
}

fn package(
    site: &Site,
    producer: &Party,
    name: &str,
    (kind, provision): (PackageKind, &str),
    tables: &[(&str, &[u8])],
) -> PathBuf {
    let header = Header {
        kind,
        provision: provision.to_owned(),
        study: Some(STUDY.to_owned()),
        profile: PROFILE.to_owned(),
        kcv: serde_json::from_value(
            serde_json::json!({"number": "0101000000000000", "kana": "0102000000000000"}),
        )
        .unwrap(),
        kana_mode: serde_json::from_value("keyed".into()).unwrap(),
        sequence: 1,
        in_reply_to: None,
        custody: None,
        created: now(),
        expires: now().checked_add(SignedDuration::from_hours(24)).unwrap(),
        purpose: "research".to_owned(),
        places: vec!["room 1".to_owned()],
        producer: Some(Certification {
            kind: "anonymized".to_owned(),
            number: "1".to_owned(),
            ground: "19-1".to_owned(),
        }),
        recipient_ground: Some(RecipientGround {
            name: "大学".to_owned(),
            fingerprint: site.party.card.fingerprint(),
            item: "1".to_owned(),
        }),
        databases: vec!["ndb".to_owned()],
        approval: Some("A-1".to_owned()),
        contract: Some("C-1".to_owned()),
        period_start: Some("2026-04-01".parse().unwrap()),
        period_end: Some("2029-03-31".parse().unwrap()),
        fee_notice: None,
    };
    let mut draft = Draft::new(producer.path());
    for (table, content) in tables {
        let schema = serde_json::json!({"fields": [{"name": "number_id", "type": "string"}]});
        let mut writer = draft.table(table, schema).unwrap();
        writer.write_all(content).unwrap();
        writer
            .finish(Counts {
                rows: 3,
                distinct_number_ids: Some(1),
                distinct_kana_ids: None,
            })
            .unwrap();
    }
    let path = producer.path().join(name);
    draft
        .sign(
            header,
            renketsu_testkit::given(&producer.keys),
            &producer.keys,
            &site.party.card,
        )
        .unwrap()
        .seal(&path)
        .unwrap();
    path
}

fn first_part(form: &str) -> String {
    format!("--edge\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{form}\r\n")
}

/// A part after others whose head goes on and on.
fn long_head(before: &str, length: usize) -> Vec<u8> {
    let long = "x".repeat(length);
    format!("{before}--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{long}\"\r\n\r\nage-encryption.org/v1\n\r\n--edge--\r\n").into_bytes()
}

fn body(form: &str, file: &[u8]) -> Vec<u8> {
    let first = first_part(form);
    let mut body = format!(
        "{first}--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.sealed\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    body
}

const KIND: [(&str, &str); 1] = [("content-type", "multipart/form-data; boundary=edge")];

pub(crate) fn upload(browser: &mut Browser, file: &[u8]) -> Page {
    let form = browser.get("/packages").field("form").unwrap();
    browser.send("POST", "/packages", &KIND, &body(&form, file))
}

/// The page of a delivery once no work on it is under way.
pub(crate) fn settled(browser: &mut Browser, address: &str) -> Page {
    for _ in 0..5_000 {
        let page = browser.get(&format!("{address}?by-itself"));
        assert_eq!(page.status, 200, "{}", page.text());
        if !page.text().contains("http-equiv=\"refresh\" content=\"3;") {
            return page;
        }
        std::thread::yield_now();
    }
    panic!("{address}: the work doesn't end");
}

/// Files below the quarantine.
fn files(site: &Site) -> usize {
    std::fs::read_dir(site.party.path().join("quarantine").join(STUDY)).map_or(0, Iterator::count)
}

fn states(site: &mut Site) -> Vec<String> {
    let store = site.stop();
    let found = store.quarantined(STUDY).unwrap();
    found.into_iter().map(|record| record.state).collect()
}

/// Imports both tables of a package that was verified.
fn import_both(site: &Site, browser: &mut Browser, address: &str) {
    for (table, left) in [("receipts", 1), ("checkups", 0)] {
        let fields = [
            ("package-table", table),
            ("table", ""),
            ("kind", "anonymized"),
        ];
        let page = browser.submit(&format!("{address}/import"), &fields);
        assert_eq!((page.status, page.location()), (303, address));
        let page = settled(browser, address);
        assert!(page.text().contains("notice good"), "{}", page.text());
        assert_eq!(files(site), left, "{table}");
    }
}

#[test]
fn a_package_is_received_verified_and_imported_table_by_table_and_its_file_is_erased() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let file = std::fs::read(sealed(&site, &producer, "one.sealed", "P-2026-0001")).unwrap();
    let mut browser = site.seated("study-operator");
    let page = upload(&mut browser, &file);
    assert_eq!(page.status, 303, "{}", page.text());
    let address = page.location().to_owned();
    let page = settled(&mut browser, &address);
    assert!(page.text().contains("認定事業者"), "{}", page.text());
    assert_eq!(files(&site), 1);
    // The same file again, while it waits.
    assert_eq!(upload(&mut browser, &file).status, 422);
    assert_eq!(files(&site), 1);
    import_both(&site, &mut browser, &address);
    // A table is taken once, and a package too.
    let fields = [("package-table", "receipts"), ("kind", "anonymized")];
    assert_eq!(
        browser.submit(&format!("{address}/import"), &fields).status,
        422
    );
    assert_eq!(upload(&mut browser, &file).status, 422);
    site.has_words();
    let store = site.stop();
    let tables: Vec<String> = store
        .tables(STUDY)
        .unwrap()
        .into_iter()
        .map(|table| table.name)
        .collect();
    assert_eq!(tables, ["checkups", "receipts"]);
    assert_eq!(store.quarantined(STUDY).unwrap()[0].state, "imported");
    assert!(store.tables(OTHER).unwrap().is_empty());
    let events = store.events().unwrap();
    let imported = events
        .iter()
        .filter(|entry| entry.event.action == "package.imported")
        .map(|entry| entry.event.details["person"].as_str().unwrap());
    assert_eq!(imported.collect::<Vec<_>>(), ["study-operator"; 2]);
}

#[test]
fn a_removal_has_a_page_of_its_own_and_is_taken_without_a_choice() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let of = (PackageKind::Removal, "P-2026-0001");
    let path = package(
        &site,
        &producer,
        "gone.sealed",
        of,
        &[("removed", b"removed")],
    );
    let file = std::fs::read(path).unwrap();
    let mut browser = site.seated("study-operator");
    let address = upload(&mut browser, &file).location().to_owned();
    let page = settled(&mut browser, &address);
    assert!(!page.text().contains("name=\"kind\""), "{}", page.text());
    let import = format!("{address}/import");
    // IDs of another package have nothing to do with it.
    let delivery = address.rsplit('/').next().unwrap();
    assert_eq!(browser.submit(&import, &[("ids", delivery)]).status, 422);
    assert_eq!(browser.submit(&import, &[]).location(), address);
    let page = settled(&mut browser, &address);
    assert!(page.text().contains("notice good"), "{}", page.text());
    assert_eq!(files(&site), 0);
    site.has_words();
    let store = site.stop();
    let tables = store.tables(STUDY).unwrap();
    let kinds: Vec<_> = tables
        .iter()
        .map(|table| (table.name.as_str(), table.kind.as_str()))
        .collect();
    assert_eq!(kinds, [("removed_1", "removed")]);
}

/// What a form of a file without a seal says of a table about no person.
const REFERENCE: [(&str, &str); 4] = [
    ("name", "codes.csv"),
    ("table", "codes"),
    ("kind", "reference"),
    ("source", "https://example.org/codes"),
];

/// A table about no person, `codes`, is confirmed by somebody else than who imported it.
fn is_confirmed_by_another(site: &Site) {
    let data = format!("/studies/{STUDY}/data");
    let address = format!("/studies/{STUDY}/references");
    let fields = [("table", "codes"), ("version", "1")];
    for person in ["handler", "study-operator", "output-checker"] {
        let mut browser = site.seated(person);
        assert!(!browser.get(&data).text().contains("/references"));
        assert_eq!(browser.submit(&address, &fields).status, 403, "{person}");
    }
    let mut lead = site.seated("lead");
    let page = lead.get(&data).text();
    assert!(page.contains("https://example.org/codes"), "{page}");
    for (table, version, status) in [("codes", "2", 422), ("codes", "x", 400), ("none", "1", 404)] {
        let fields = [("table", table), ("version", version)];
        assert_eq!(lead.submit(&address, &fields).status, status, "{table}");
    }
    let other = format!("/studies/{OTHER}/references");
    assert_eq!(lead.submit(&other, &fields).status, 404);
    assert_eq!(lead.submit(&address, &fields).location(), data);
    let page = lead.get(&data).text();
    assert!(!page.contains("/references"), "{page}");
}

#[test]
fn a_file_without_a_seal_is_imported_from_the_studys_own_directory_by_its_name_alone() {
    let mut site = Site::new(People::Samples);
    let incoming = site.party.path().join("incoming");
    for (study, name) in [(STUDY, "codes.csv"), (OTHER, "other.csv")] {
        std::fs::create_dir_all(incoming.join(study)).unwrap();
        std::fs::write(incoming.join(study).join(name), "code,label\n1,a\n").unwrap();
    }
    let mut browser = site.seated("study-operator");
    let page = browser.get("/packages/plain").text();
    assert!(page.contains("codes.csv") && !page.contains("other.csv"));
    for name in [
        "other.csv",
        "../secret-kidney/other.csv",
        "../../state.sqlite",
        "",
    ] {
        let fields = [("name", name), ("table", "t"), ("kind", "reference")];
        let page = browser.submit("/packages/plain", &fields);
        assert_eq!(page.status, 404, "{name}");
    }
    // What can't be read is said above the form, which keeps what was typed.
    let fields = [
        ("name", "codes.csv"),
        ("table", "extract"),
        ("kind", "ndb"),
        ("kcv", "number=1"),
    ];
    let page = browser.submit("/packages/plain", &fields);
    assert_eq!(page.status, 422);
    assert!(page.text().contains("value=\"extract\""), "{}", page.text());
    // And what an extract needs beside is said by its import.
    let fields = [("name", "codes.csv"), ("table", "extract"), ("kind", "ndb")];
    let page = browser.submit("/packages/plain", &fields);
    assert_eq!(page.location(), "/packages/plain");
    let page = settled(&mut browser, "/packages/plain").text();
    let dir = site.party.path().display().to_string();
    assert!(
        page.contains("notice bad") && !page.contains(&dir),
        "{page}"
    );

    let page = browser.submit("/packages/plain", &REFERENCE);
    assert_eq!(page.location(), "/packages/plain", "{}", page.text());
    let page = settled(&mut browser, "/packages/plain").text();
    assert!(page.contains("notice good"), "{page}");
    assert!(incoming.join(STUDY).join("codes.csv").exists());
    let mut handler = site.seated("handler");
    assert_eq!(handler.get("/packages/plain").status, 403);
    assert_eq!(handler.submit("/packages/plain", &REFERENCE).status, 403);
    is_confirmed_by_another(&site);
    site.has_words();
    let store = site.stop();
    let table = store.tables(STUDY).unwrap().remove(0);
    assert_eq!(table.kind, "reference");
    assert_eq!(table.origin["declared_by"], "study-operator");
    assert!(store.tables(OTHER).unwrap().is_empty());
    let events = store.events().unwrap();
    let plain: Vec<_> = events
        .iter()
        .map(|entry| entry.event.action.as_str())
        .filter(|action| action.starts_with("plain."))
        .collect();
    assert_eq!(
        plain,
        ["plain.import_asked", "plain.failed", "plain.import_asked"]
    );
}

#[test]
fn a_package_that_comes_with_its_form_in_one_piece_is_taken_whatever_its_length() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let mut browser = site.seated("study-operator");
    for (number, length) in [1, 7_000, 8_192, 20_000, 300_000].into_iter().enumerate() {
        let name = format!("{number}.sealed");
        let path = package_of(&site, &producer, &name, &vec![b'x'; length]);
        let page = upload(&mut browser, &std::fs::read(path).unwrap());
        assert_eq!(page.status, 303, "{length}: {}", page.text());
    }
    site.has_words();
    assert_eq!(states(&mut site).len(), 5);
}

#[test]
fn what_was_imported_is_linked_by_who_analyses_and_another_study_is_not() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let file = std::fs::read(sealed(&site, &producer, "one.sealed", "P-2026-0001")).unwrap();
    let mut browser = site.seated("study-operator");
    let address = upload(&mut browser, &file).location().to_owned();
    settled(&mut browser, &address);
    import_both(&site, &mut browser, &address);
    let link = format!("/studies/{STUDY}/link");
    assert_eq!(browser.submit(&link, &[]).status, 403);
    let mut handler = site.seated("handler");
    assert!(handler.get("/").text().contains(&link));
    let page = handler.get(&link).text();
    assert!(page.contains("checkups, receipts"), "{page}");
    site.engine.to(Does::Refuse(Refusal {
        code: "workspace.link.io",
        details: vec![("path", "/secret/place".to_owned())],
        exit: 1,
    }));
    assert_eq!(handler.submit(&link, &[]).location(), link);
    let page = settled(&mut handler, &link).text();
    assert!(
        page.contains("notice bad") && !page.contains("/secret"),
        "{page}"
    );
    site.engine.to(Does::Answer(Answer::default()));
    assert_eq!(handler.submit(&link, &[]).location(), link);
    let page = settled(&mut handler, &link).text();
    assert!(page.contains("notice good"), "{page}");
    let page = handler.get(&link).text();
    assert!(!page.contains("checkups, receipts"), "{page}");
    let other = format!("/studies/{OTHER}/link");
    assert_eq!(handler.submit(&other, &[]).status, 404);
    site.has_words();
    let store = site.stop();
    assert_eq!(store.link(STUDY).unwrap().unwrap().version, 1);
    assert_eq!(store.link(OTHER).unwrap(), None);
    let events = store.events().unwrap();
    let links = events
        .iter()
        .map(|entry| entry.event.action.as_str())
        .filter(|action| action.starts_with("link.") || *action == "study.linked");
    assert_eq!(
        links.collect::<Vec<_>>(),
        [
            "link.asked",
            "link.failed",
            "link.asked",
            "study.linked",
            "link.viewed"
        ]
    );
}

#[test]
fn what_is_no_package_of_this_study_is_refused_and_nothing_of_it_stays() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let whole = std::fs::read(sealed(&site, &producer, "one.sealed", "P-2026-0001")).unwrap();
    let mut browser = site.seated("study-operator");
    for (what, bytes) in [
        ("plain", b"number,name\n1,a\n".as_slice()),
        ("empty", b"".as_slice()),
        ("short", b"age-encryption".as_slice()),
    ] {
        let page = upload(&mut browser, bytes);
        assert_eq!(page.status, 422, "{what}");
        assert!(
            page.text().contains("workspace.intake.not_sealed"),
            "{what}"
        );
        assert_eq!(files(&site), 0, "{what}");
    }
    // Sealed, and something is wrong with it: refused when it is verified.
    let mut changed = whole.clone();
    let last = changed.len() - 20;
    changed[last] ^= 1;
    let elsewhere = std::fs::read(sealed(&site, &producer, "two.sealed", "P-2026-0002")).unwrap();
    let stranger = Party::new(Role::Producer, "知らない事業者");
    let strange = std::fs::read(sealed(&site, &stranger, "x.sealed", "P-2026-0001")).unwrap();
    for (what, bytes) in [
        ("changed", changed.as_slice()),
        ("cut", &whole[..whole.len() - 1]),
        ("of another study", &elsewhere),
        ("of a stranger", &strange),
    ] {
        let page = upload(&mut browser, bytes);
        assert_eq!(page.status, 303, "{what}");
        let address = page.location().to_owned();
        let page = settled(&mut browser, &address);
        assert!(
            page.text().contains("notice bad"),
            "{what}: {}",
            page.text()
        );
        assert!(!page.text().contains(OTHER), "{what}");
        let place = site.party.path().display().to_string();
        assert!(
            !page.text().contains(&place),
            "{what} tells where files lie"
        );
        let fields = [("package-table", "receipts"), ("kind", "anonymized")];
        assert_eq!(
            browser.submit(&format!("{address}/import"), &fields).status,
            422,
            "{what}"
        );
        let page = browser.submit(&format!("{address}/discard"), &[]);
        assert_eq!((page.status, page.location()), (303, "/packages"), "{what}");
        assert_eq!(files(&site), 0, "{what}");
        assert_eq!(
            browser.submit(&format!("{address}/discard"), &[]).status,
            422,
            "{what}"
        );
    }
    site.has_words();
    assert_eq!(states(&mut site), ["discarded"; 4]);
}

#[test]
fn an_upload_that_is_none_or_anybody_elses_takes_nothing() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("study-operator");
    let form = browser.get("/packages").field("form").unwrap();
    let sealed = b"age-encryption.org/v1\n-> X25519 x\n";
    let mut cut = body(&form, sealed);
    cut.truncate(cut.len() - 10);
    let other = site.seated("study-auditor").get("/").field("form").unwrap();
    for (what, sent, status) in [
        ("the form of another session", body(&other, sealed), 403),
        ("cut off", cut, 400),
        ("nothing", Vec::new(), 400),
        ("no parts", b"form=x".to_vec(), 400),
        ("a head without an end", long_head("", 64 << 10), 400),
        (
            "much before the first part",
            [vec![b'-'; 64 << 10], body(&form, sealed)].concat(),
            400,
        ),
        (
            "a head of the file without an end",
            long_head(&first_part(&form), 64 << 10),
            400,
        ),
    ] {
        let page = browser.send("POST", "/packages", &KIND, &sent);
        assert_eq!(page.status, status, "{what}: {}", page.text());
        assert_eq!(files(&site), 0, "{what}");
    }
    for person in ["handler", "study-auditor", "operator"] {
        assert_eq!(site.seated(person).get("/packages").status, 403, "{person}");
    }
    site.has_words();
}

#[test]
fn a_package_from_the_incoming_directory_is_copied_and_stays_there() {
    let mut site = Site::new(People::Samples);
    let producer = producer(&mut site);
    let made = sealed(&site, &producer, "one.sealed", "P-2026-0001");
    let place = |study: &str| {
        let dir = site.party.path().join("incoming").join(study);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    };
    let lies = place(STUDY).join("媒体-1.sealed");
    std::fs::copy(&made, &lies).unwrap();
    std::fs::copy(&made, place(OTHER).join("other.sealed")).unwrap();
    let mut browser = site.seated("study-operator");
    let page = browser.get("/packages");
    assert!(page.text().contains("媒体-1.sealed") && !page.text().contains("other.sealed"));
    let secret = format!("../{OTHER}/other.sealed");
    for none in ["", "..", "/etc/passwd", secret.as_str(), "other.sealed"] {
        assert_eq!(
            browser.submit("/packages/take", &[("name", none)]).status,
            404,
            "{none}"
        );
    }
    // What a machine that stopped left in the quarantine without a row goes with the next that comes.
    let quarantine = site.party.path().join("quarantine").join(STUDY);
    std::fs::create_dir_all(&quarantine).unwrap();
    std::fs::write(quarantine.join("20260101-00000000.sealed"), b"left").unwrap();
    let page = browser.submit("/packages/take", &[("name", "媒体-1.sealed")]);
    assert_eq!(page.status, 303, "{}", page.text());
    assert_eq!(files(&site), 1);
    let address = page.location().to_owned();
    settled(&mut browser, &address);
    assert!(Path::new(&lies).exists());
    site.has_words();
    assert_eq!(states(&mut site), ["verified"]);
}
