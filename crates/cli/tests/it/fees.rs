//! The fee from the meter to the payment, and a delivery that goes through a delegate: with real commands, on both sides.

use jiff::civil::date;
use renketsu_seal::Passphrase;
use renketsu_store::{Event, NoticeRecord, Store};
use serde_json::Value;

use crate::chain::{COLUMNS, PATIENTS, REGISTRY, exchanged, introduced};
use crate::paper::holds;
use crate::{PASSPHRASE, Place, text};

/// A request of the producer, not answered yet.
fn requested() -> Place {
    let place = introduced(REGISTRY);
    place.write("patients.csv", PATIENTS);
    place.write("columns.toml", COLUMNS);
    place.write("visits.csv", "患者番号,dx\nA1,E11\nA2,I10\n");
    place.ok("producer request --dir producer --provision P-2026-0001 --table patients.csv --columns columns.toml --out request.rkp");
    place
}

/// The state of a party, to change it as the party itself would.
fn own(place: &Place, dir: &str) -> Store {
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let keys = renketsu_seal::party::open(&place.path(dir), &passphrase).unwrap();
    Store::open_proven(&place.path(dir), &keys.proof()).unwrap()
}

/// The notices that a side has, with what became of them.
fn notices(place: &Place, command: &str) -> Vec<Value> {
    let list = place.json(&format!("{command} --json"));
    list["notices"].as_array().unwrap().clone()
}

fn authority(place: &Place) -> Vec<Value> {
    notices(place, "authority fee list --dir authority")
}

fn producer(place: &Place) -> Vec<Value> {
    notices(place, "producer fees list --dir producer")
}

fn states(notices: &[Value]) -> Vec<&str> {
    notices
        .iter()
        .map(|entry| entry["standing"]["state"].as_str().unwrap())
        .collect()
}

#[test]
fn the_meter_runs_is_stopped_and_is_corrected_and_the_answer_waits_for_it() {
    let place = requested();
    let meter =
        |rest: &str| format!("authority meter {rest} --dir authority --provision P-2026-0001");
    let started = place.json(&meter("start --json --who 担当者"));
    assert_eq!(started["session"], 1);
    place.fails(
        "authority issue request.rkp --dir authority --out answer.rkp",
        1,
        "authority.fee.open_session",
    );
    place.ok(&meter("start --who 確認者"));
    place.fails(&meter("stop"), 2, "authority.fee.several_sessions");
    let stopped = place.json(&meter("stop --session 2 --json"));
    assert!(stopped["nanos"].as_u64().unwrap() > 0, "{stopped}");
    place.ok(&meter("stop"));
    place.fails(&meter("stop"), 2, "authority.fee.no_session");
    // A length that was measured is not stated beside it; another is put in its place.
    place.ok(&meter(
        "correct --session 1 --stated 2h30m --reason 記録漏れ",
    ));
    place.fails(
        &meter("correct --session 1 --stated 1h --reason 再訂正"),
        1,
        "authority.fee.session_corrected",
    );
    let shown = place.json(&meter("show --json"));
    let kinds: Vec<&str> = shown["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["person", "person", "correction"]);
    assert_eq!(shown["units"], 3);
    let said = place.ok(&meter("show"));
    assert!(said.contains("2:30:00.000"), "{said}");

    // The hours of people and of the machine are the fee.
    let issued = place.json("authority issue request.rkp --dir authority --out answer.rkp --json");
    let fee = &issued["fee"];
    assert_eq!(
        (&fee["units"], &fee["amount_yen"]),
        (&3.into(), &30_600.into())
    );
    assert_eq!(states(&authority(&place)), ["due"]);
}

#[test]
fn a_correction_and_payments_stand_on_both_sides_and_the_producer_prints_what_it_received() {
    let place = requested();
    let meter =
        |rest: &str| format!("authority meter {rest} --dir authority --provision P-2026-0001");
    place.ok(&meter("start --who 担当者"));
    place.ok(&meter("stop"));
    place.ok(&meter(
        "correct --session 1 --stated 1h59m --reason 記録漏れ",
    ));
    place.ok("authority issue request.rkp --dir authority --out answer.rkp");
    place.ok("producer attach --dir producer --answers answer.rkp --key 患者番号 --table visits=visits.csv");
    let first = authority(&place).remove(0);
    assert_eq!(first["notice"]["amount_yen"], 20_400);
    assert_eq!(producer(&place), std::slice::from_ref(&first));
    let old = first["notice"]["number"].as_str().unwrap().to_owned();

    // More than is to be paid is no payment; a part is one, and counts for what comes in its place.
    place.write("stamps.pdf", "a form with stamps");
    let paid = |yen: u64| {
        format!("authority fee paid {old} --dir authority --proof stamps.pdf --yen {yen}")
    };
    place.fails(&paid(20_401), 1, "authority.fee.amount");
    place.fails(&paid(0), 1, "authority.fee.amount");
    let part = place.json(&format!("{} --json", paid(10_200)));
    assert_eq!(part["outstanding_yen"], 10_200);
    assert_eq!(part["standing"]["state"], "due");

    place.fails(
        &format!("authority fee correct {old} --dir authority --reason 同じ --out same.json"),
        2,
        "authority.fee.unchanged",
    );
    let session = place.json(&meter("show --json"));
    let correction = session["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["kind"] == "correction")
        .unwrap()["session"]
        .to_string();
    place.ok(&meter(&format!(
        "correct --session {correction} --stated 30m --reason 時間の記録の誤り"
    )));
    place.ok(&format!(
        "authority fee correct {old} --dir authority --reason 時間の記録の誤り --out correction.json"
    ));
    place.fails(
        &format!("authority fee correct {old} --dir authority --reason 再 --out again.json"),
        1,
        "authority.fee.notice_corrected",
    );
    let altered = String::from_utf8(std::fs::read(place.path("correction.json")).unwrap()).unwrap();
    place.write("altered.json", altered.replace("10200", "10100"));
    place.fails(
        "producer fees receive altered.json --dir producer",
        1,
        "seal.statement.signature",
    );
    place.ok("producer fees receive correction.json --dir producer");
    place.fails(
        "producer fees receive correction.json --dir producer",
        1,
        "producer.fees.corrected",
    );
    let both = authority(&place);
    assert_eq!(states(&both), ["corrected", "paid"]);
    assert_eq!(both[1]["notice"]["amount_yen"], 10_200);
    let new = both[1]["notice"]["number"].as_str().unwrap().to_owned();
    assert_eq!(states(&producer(&place)), ["corrected", "due"]);
    place.ok(&format!(
        "producer fees pay {new} --dir producer --proof stamps.pdf"
    ));
    assert_eq!(states(&producer(&place)), ["corrected", "paid"]);
    place.fails(
        &format!("producer fees pay {new} --dir producer --proof stamps.pdf --on 2999-01-01"),
        2,
        "producer.fees.future",
    );

    printed(&place, &old, &new);
}

/// What the producer prints of its two notices, in both languages.
fn printed(place: &Place, old: &str, new: &str) {
    let print = |number: &str, rest: &str| {
        format!("producer fees notice {number} --dir producer --pdf {rest}")
    };
    let answer = place.json("record --dir authority --json");
    let answer = answer["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["event"]["action"] == "provision.issued")
        .unwrap()["event"]["details"]["answer"]
        .as_str()
        .unwrap()
        .to_owned();
    place.ok(&print(old, "old.pdf"));
    holds(
        place,
        "old.pdf",
        &[
            old,
            "金２０，４００円也",
            "手数料の額及び納付期限について（通知）",
            "この書面は、認定事業者が受け取った通知を印刷したものです。",
            &format!("回答{answer}とともに受け取り"),
        ],
    );
    place.ok(&print(new, "new.pdf --paper-lang en"));
    holds(
        place,
        "new.pdf",
        &[
            "Copyforreading.ThepaperinJapaneseistheofficialone.",
            "10,200yen",
            "Printedbythecertifiedproducer",
            "asacorrection",
        ],
    );
    place.fails(&print(new, "new.pdf"), 1, "cli.file.exists");
    place.fails(
        &print("P-2026-0001-F9", "none.pdf"),
        2,
        "producer.fees.unknown",
    );
    // A notice that came by no signature that was checked is not printed.
    let mut store = own(place, "producer");
    let mut record = store.fee_notices(None).unwrap().remove(0);
    "P-2026-0001-F7".clone_into(&mut record.notice.number);
    record.answer = None;
    let transaction = store.begin().unwrap();
    transaction.notify_fee(&record).unwrap();
    let event = Event::new("fee.received", "P-2026-0001-F7", record.recorded_at);
    transaction.commit(&event).unwrap();
    place.fails(
        &print("P-2026-0001-F7", "none.pdf"),
        1,
        "producer.fees.differs",
    );
    assert!(!place.path("none.pdf").exists());
}

/// A notice of months ago, as an earlier run would have left it.
fn long_ago(place: &Place, dir: &str) {
    let mut store = own(place, dir);
    let mut record: NoticeRecord = store.fee_notices(None).unwrap().remove(0);
    "P-2026-0001-F0".clone_into(&mut record.notice.number);
    record.answer = None;
    record.notice.date = date(2026, 1, 5);
    record.notice.due = Some(date(2026, 2, 4));
    record.recorded_at = "2026-01-05T03:00:00Z".parse().unwrap();
    let transaction = store.begin().unwrap();
    transaction.notify_fee(&record).unwrap();
    let event = Event::new("fee.notified", &record.notice.number, record.recorded_at);
    transaction.commit(&event).unwrap();
}

#[test]
fn a_fee_that_is_not_paid_in_time_is_overdue_until_it_is_paid() {
    let place = exchanged();
    long_ago(&place, "authority");
    long_ago(&place, "producer");
    place.write("stamps.pdf", "a form with stamps");
    for (list, pay) in [
        (
            "authority fee list --dir authority",
            "authority fee paid P-2026-0001-F0 --dir authority",
        ),
        (
            "producer fees list --dir producer",
            "producer fees pay P-2026-0001-F0 --dir producer",
        ),
    ] {
        let found = notices(&place, list);
        assert_eq!(states(&found), ["due", "overdue"]);
        assert_eq!(found[1]["standing"]["since"], "2026-02-04");
        assert!(place.ok(list).contains("overdue since 2026-02-04"));
        let paid = place.json(&format!("{pay} --proof stamps.pdf --on 2026-03-01 --json"));
        assert_eq!(paid["standing"]["on"], "2026-03-01");
        assert_eq!(states(&notices(&place, list)), ["due", "paid"]);
        place.fails(
            &format!("{pay} --proof stamps.pdf --on 2026-03-01"),
            1,
            if pay.starts_with("authority") {
                "authority.fee.amount"
            } else {
                "producer.fees.amount"
            },
        );
    }
}

#[test]
fn a_delivery_is_passed_on_once_unread_and_only_under_a_delegation() {
    let place = exchanged();
    place.ok("producer cover delivery.rkp --dir producer --out cover.json");
    let forward = |out: &str| {
        format!("authority forward delivery.rkp --dir authority --cover cover.json --out {out}")
    };
    place.fails(&forward("passed.rkp"), 1, "authority.forward.not_delegated");
    place.write("delegation.pdf", "a delegation");
    let delegate = |rest: &str| {
        format!(
            "authority delegation record --dir authority --provision P-2026-0001 --document delegation.pdf --from 2026-01-01 {rest}"
        )
    };
    // A part of the work that isn't this one allows nothing.
    place.ok(&delegate(
        "--to insurance-federation --name 連合会 --part receive --part notify",
    ));
    place.fails(&forward("passed.rkp"), 1, "authority.forward.not_delegated");
    place.ok(&delegate(
        "--to payment-fund --name 支払基金 --part forward",
    ));
    place.fails(
        &delegate("--to ordinance --name 別の機構 --all"),
        1,
        "authority.fee.contradiction",
    );
    let delivery = std::fs::read(place.path("delivery.rkp")).unwrap();
    let mut altered = delivery.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    place.write("altered.rkp", altered);
    place.fails(
        "authority forward altered.rkp --dir authority --cover cover.json --out passed.rkp",
        1,
        "authority.forward.other",
    );
    // What the authority could open is none of a producer's deliveries to somebody else.
    place.fails(
        "producer cover request.rkp --dir producer --out other.json",
        1,
        "producer.cover.not_ours",
    );
    assert!(!place.path("passed.rkp").exists());
    let passed = place.json(&format!("{} --json", forward("passed.rkp")));
    assert_eq!(passed["delegate"]["name"], "支払基金");
    assert_eq!(passed["cover"]["recipient"], "workspace");
    assert_eq!(std::fs::read(place.path("passed.rkp")).unwrap(), delivery);
    place.fails(&forward("twice.rkp"), 1, "authority.forward.again");
    let record = place.ok("record --dir authority");
    assert!(record.contains("delivery.forwarded"), "{record}");
    place.ok("study import --dir workspace --study S --table visits --kind anonymized passed.rkp");

    // The delegation ends; what it decided stays.
    place.fails(
        "authority delegation end 2 --dir authority --until 2026-01-02",
        2,
        "authority.fee.period",
    );
    place.ok("authority delegation end 2 --dir authority --until 2999-12-31");
    let list = place.json("authority delegation list --dir authority --json");
    assert_eq!(list["delegations"].as_array().unwrap().len(), 2);
    assert_eq!(list["delegations"][1]["until"], "2999-12-31");
    let said = text(
        &place
            .run("authority delegation list --dir authority")
            .stdout,
    );
    assert!(said.contains("支払基金"), "{said}");
}
