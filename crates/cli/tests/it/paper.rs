//! Papers: what is on record stands in the PDF, and what is not is refused.

use std::process::Command;

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, exchanged, introduced};
use crate::{Place, refused, text};

/// The text of a PDF without its spaces; none where the judge is not installed, which fails in CI.
#[expect(
    clippy::disallowed_methods,
    reason = "CI must not skip what a developer's machine may"
)]
fn read(place: &Place, name: &str) -> Option<String> {
    assert!(
        std::fs::read(place.path(name))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    let output = Command::new("pdftotext")
        .arg(place.path(name))
        .arg("-")
        .output();
    let Ok(output) = output else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "not installed: pdftotext"
        );
        return None;
    };
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    Some(printed.chars().filter(|c| !c.is_whitespace()).collect())
}

pub(crate) fn holds(place: &Place, name: &str, expected: &[&str]) {
    let Some(printed) = read(place, name) else {
        return;
    };
    for wanted in expected {
        assert!(printed.contains(wanted), "{name}: {wanted}: {printed}");
    }
}

/// The number of the only notice.
fn notice(place: &Place) -> String {
    let list = place.json("authority fee list --dir authority --json");
    list["notices"][0]["notice"]["number"]
        .as_str()
        .unwrap_or_else(|| panic!("{list}"))
        .to_owned()
}

#[test]
fn notice_slip_and_decision_of_an_exchange() {
    let place = exchanged();
    let number = notice(&place);
    place.ok(&format!(
        "authority fee notice {number} --dir authority --pdf notice.pdf --attention 代表理事"
    ));
    holds(
        &place,
        "notice.pdf",
        &[
            &number,
            "10,200円",
            "金１０，２００円也",
            "N-1",
            "A-1",
            "代表理事",
            "当方の解釈",
        ],
    );
    let answer = place.json(&format!(
        "authority fee slip {number} --dir authority --pdf slip.pdf --paper-lang en --json"
    ));
    assert_eq!(answer["schema"], "renketsu.paper/1");
    holds(
        &place,
        "slip.pdf",
        &[&number, "10,200yen", "Affixrevenuestampshere"],
    );
    place.ok("authority application notice A-1 --dir authority --pdf decision.pdf");
    holds(
        &place,
        "decision.pdf",
        &[
            "（提供通知）",
            "令和8年4月1日（2026年4月1日）",
            "producer",
            "N-1",
        ],
    );

    // Nothing is replaced, and what can't be printed leaves nothing.
    let again = format!("authority fee notice {number} --dir authority --pdf notice.pdf");
    place.fails(&again, 1, "cli.file.exists");
    let line = format!("authority fee notice {number} --dir authority --pdf other.pdf --signed");
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.push("大臣\u{e000}");
    refused(&place.run_words(&words), 2, "documents.glyph", &line);
    assert!(!place.path("other.pdf").exists());
    place.fails(
        "authority fee slip P-2026-0001-F9 --dir authority --pdf other.pdf",
        2,
        "authority.fee.notice_unknown",
    );
    place.fails(
        "authority provision record P-2026-0001 --dir authority --pdf other.pdf",
        1,
        "cli.paper.closing",
    );
    place.fails(
        &format!("authority fee notice {number} --dir producer --pdf other.pdf"),
        1,
        "cli.role.other",
    );

    place.ok("authority provision close P-2026-0001 --dir authority");
    let status = place.ok("authority status --dir authority");
    assert!(
        status.contains("deleted when the provision closed"),
        "{status}"
    );
    place.ok("authority provision record P-2026-0001 --dir authority --pdf closed.pdf");
    holds(
        &place,
        "closed.pdf",
        &[
            "提供の終了及び鍵の消去に関する記録",
            "S-P-2026-0001",
            "workspace",
            "封緘したソルトの鍵を消去した後",
            "人数を数えるためのスケッチも削除した",
        ],
    );
}

#[test]
fn no_slip_where_one_body_does_all_of_the_work() {
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.write("delegation.pdf", "a delegation");
    place.ok("authority delegation record --dir authority --provision P-2026-0001 --to payment-fund --name 支払基金 --all --from 2026-01-01 --document delegation.pdf");
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    place.ok("authority issue request.rkp --dir authority --out answer.rkp");
    let number = notice(&place);
    place.fails(
        &format!("authority fee slip {number} --dir authority --pdf slip.pdf"),
        1,
        "cli.paper.slip",
    );
    place.ok(&format!(
        "authority fee notice {number} --dir authority --pdf notice.pdf"
    ));
    holds(&place, "notice.pdf", &["支払基金", "納付先の定める方法"]);
}

#[test]
fn receipt_and_refusal_of_an_application_without_a_provision() {
    let place = introduced(REGISTRY);
    place.write("other.pdf", "an application");
    place.ok("authority application receive --dir authority --number A-2 --provision P-2026-0002 --dated 2026-04-01 --document other.pdf");
    place.fails(
        "authority application notice A-2 --dir authority --pdf receipt.pdf",
        2,
        "cli.paper.applicant",
    );
    place.ok("authority application notice A-2 --dir authority --pdf receipt.pdf --producer 試験機構 --certification-number N-2");
    holds(
        &place,
        "receipt.pdf",
        &[
            "申出の受付について（通知）",
            "A-2",
            "申出書の提出（2024-04）",
            "試験機構",
            "N-2",
        ],
    );
    place.ok("authority application refuse A-2 --dir authority --reason 承諾が確認できないため。");
    place.ok("authority application notice A-2 --dir authority --pdf refusal.pdf --producer 試験機構 --certification-number N-2 --remedy 教示の文");
    holds(
        &place,
        "refusal.pdf",
        &["（不提供通知）", "承諾が確認できないため。", "教示の文"],
    );
    place.fails(
        "authority application notice A-9 --dir authority --pdf none.pdf",
        2,
        "authority.fee.application_unknown",
    );
}
