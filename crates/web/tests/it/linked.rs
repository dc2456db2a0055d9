//! A study that is linked: rows of its table and its link as an import and a link leave them, proven by its catalogue.

use renketsu_seal::vault::{Entry, FileName, Vault};
use renketsu_store::{Event, LinkRecord, Store, TableRecord};
use renketsu_testkit::{now, passphrase};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::site::{People, STUDY, Site};

/// The table's name in SQL.
pub(crate) const TABLE: &str = "claims";

/// A workspace with sample people whose study is linked.
pub(crate) fn site() -> Site {
    linked(Site::new(People::Samples))
}

/// Links the study of a workspace.
pub(crate) fn linked(mut site: Site) -> Site {
    let mut store = site.stop();
    let dir = site.party.path().to_owned();
    let vault = Vault::open(&dir, &passphrase()).unwrap();
    let (wrapped, catalogue, mac) = store.vault(STUDY).unwrap().unwrap();
    let open = vault
        .open_catalogue(STUDY, &wrapped, catalogue, &mac)
        .unwrap();
    let labels = json!({
        "icd": {
            "label": "傷病名<script>alert(1)</script>",
            "codes": [["E11", "2型糖尿病"], ["I10", "本態性\u{202e}高血圧"]],
        },
        "days": {"label": "在院日数", "unit": "日"},
    });
    let labels = file(&open, &dir, "labels", &serde_json::to_vec(&labels).unwrap());
    let txn = store.begin().unwrap();
    txn.import_table(&TableRecord {
        study: STUDY.to_owned(),
        name: TABLE.to_owned(),
        version: 1,
        kind: "anonymized".to_owned(),
        reference: None,
        directory: format!("studies/{STUDY}/tables/{TABLE}/1"),
        origin: json!({
            "package": "PKG-1", "sender": "事業者", "purpose": "心臓の研究", "contract": "C-1",
            "places": ["研究棟2階"], "period_start": "2026-01-01", "period_end": "2027-12-31", "recipient": null,
        }),
        report: json!({
            "rows": 1200,
            "columns": [
                {"name": "icd", "kind": "Utf8", "labelled": true, "codes": 2},
                {"name": "days", "kind": "Int32", "labelled": true},
            ],
        }),
        imported_at: now(),
    })
    .unwrap();
    txn.link(&LinkRecord {
        study: STUDY.to_owned(),
        version: 1,
        directory: format!("studies/{STUDY}/links/1"),
        tables: json!([{"name": TABLE, "version": 1, "kind": "anonymized"}]),
        report: json!({
            "schema": "renketsu.link/1",
            "persons": 340, "persons_by_number": 339, "persons_by_kana": 1,
            "tables": [{
                "name": TABLE, "kind": "anonymized", "rows": 1200, "persons": 340,
                "rows_by": {"number": 1190, "kana_attached": 4, "kana_person": 1},
                "unlinked": {"no_id": 3, "kana_not_unique": 2, "kana_ambiguous": 0},
                "persons_by": {"number": 339, "kana_attached": 0, "kana_person": 1},
            }],
            "overlaps": {"pairs": [], "combinations": [{"tables": [TABLE], "persons": 340}]},
            "consistency": [{"column": "sex", "tables": [TABLE], "agree": 300, "disagree": 7, "several": 1}],
            "changes": {"appended": 340, "aliases": 0, "merged": 0, "undone_ambiguous": 0,
                "undone_not_unique": 0, "undone_rows": 0, "moved": 0},
        }),
        linked_at: now(),
    })
    .unwrap();
    let files = [labels];
    let said = txn.said(STUDY).unwrap();
    let (next, mac) = open.next(&files, &[], said).unwrap();
    txn.put_files(STUDY, &files, &[], next.sequence, &mac)
        .unwrap();
    let event = Event::new("study.linked", STUDY, now());
    txn.commit(&event.at_catalogue(STUDY, next.sequence, &mac))
        .unwrap();
    drop(store);
    site.start();
    site
}

/// Another version of the link, beside the running server.
pub(crate) fn link_again(site: &Site) {
    let mut store = Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
    let mut link = store.link(STUDY).unwrap().unwrap();
    link.version = 2;
    let txn = store.begin().unwrap();
    txn.link(&link).unwrap();
    txn.commit(&Event::new("study.linked", STUDY, now()))
        .unwrap();
}

fn file(
    open: &renketsu_seal::vault::OpenStudy,
    dir: &std::path::Path,
    file: &str,
    content: &[u8],
) -> Entry {
    let name = FileName {
        study: STUDY.to_owned(),
        table: TABLE.to_owned(),
        file: file.to_owned(),
        version: 1,
    };
    let (key, wrapped) = open.study_key().new_file(&name).unwrap();
    let sealed = key.seal(content).unwrap();
    let path = format!("studies/{STUDY}/tables/{TABLE}/1/{file}");
    let full = dir.join(&path);
    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
    std::fs::write(&full, &sealed).unwrap();
    Entry {
        name,
        path,
        bytes: u64::try_from(sealed.len()).unwrap(),
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(&sealed)),
        key: wrapped,
    }
}
