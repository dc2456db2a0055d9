//! Applications, delegations, the meter and the notice that goes out with an answer.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::date;
use renketsu_authority::fee::application;
use renketsu_authority::fee::ledger::{self, Payment};
use renketsu_authority::fee::meter::{self, Meter, Stated};
use renketsu_authority::fee::{FeeError, delegation};
use renketsu_authority::forward;
use renketsu_authority::issue::{Answered, IssueError};
use renketsu_duty::delegation::{Delegate, DelegateKind, Delegation, Means, Payee, Scope, Task};
use renketsu_duty::fee::{FeeRule, Rounding, TariffDay};
use renketsu_duty::ledger::LedgerEntry;
use renketsu_duty::notice::{FeeNotice, Standing};
use renketsu_seal::package::{Counts, Draft, Header, PackageKind};
use renketsu_seal::statement::{DeliveryCover, PreparedStatement, StatementKind, read};
use renketsu_testkit::{Party, given};

use crate::parties::{AskedRow, PROVISION, Parties, only_the_authority_knows, opened};

const REGISTRY: &str = "\
person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
A,ヤマダ タロウ,19800102,1,06132013,12-34,0007,00,20150401,
B,ヤマダ ハナコ,19820304,2,06132013,12-34,0007,01,20150401,
";
const ROWS: [AskedRow; 2] = [
    (
        1,
        ["06132013", "12-34", "0007", "00", "", "19800102", "1", ""],
    ),
    (
        2,
        [
            "06132013", "12-34", "0007", "01", "", "19820304", "2", "202110",
        ],
    ),
];
const MINUTE: Duration = Duration::from_mins(1);

impl Parties {
    /// Answers a fresh request.
    fn answer(&mut self, name: &str) -> Result<Answered, IssueError> {
        let files = self.files().len();
        let request = self.request(&format!("{name}-{files}-request.rkp"), &ROWS);
        self.issue(&request, &format!("{name}.rkp"))
    }

    fn start(&mut self, who: &str) -> Result<u64, FeeError> {
        self.at_work(|authority, store| meter::start(authority, store, PROVISION, who))
    }

    fn stop(
        &mut self,
        session: Option<u64>,
        stated: Option<&Stated>,
    ) -> Result<meter::Shown, FeeError> {
        self.at_work(|authority, store| meter::stop(authority, store, PROVISION, session, stated))
    }

    /// A person works for exactly this long.
    fn work(&mut self, time: Duration) {
        self.clock
            .step
            .store(0, std::sync::atomic::Ordering::SeqCst);
        self.start("担当者").unwrap();
        self.clock.pass(time);
        self.stop(None, None).unwrap();
    }

    fn meter(&self) -> Meter {
        meter::show(&self.store, PROVISION).unwrap()
    }

    fn fees(&self) -> Vec<LedgerEntry> {
        ledger::list(
            &self.store,
            self.now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        )
        .unwrap()
    }

    fn delegate(&mut self, name: &str, scope: Scope) -> Result<delegation::Delegated, FeeError> {
        let document = self.file("delegation.pdf", "委託契約書");
        let delegation = Delegation {
            delegate: Delegate {
                kind: DelegateKind::PaymentFund,
                name: name.to_owned(),
            },
            scope,
            from: date(2026, 4, 1),
            until: None,
        };
        self.at_work(|authority, store| {
            delegation::record(authority, store, PROVISION, &delegation, &document)
        })
    }

    fn correct(&mut self, notice: &str, out: &str) -> Result<LedgerEntry, FeeError> {
        let out = self.path(out);
        self.at_work(|authority, store| {
            ledger::correct(authority, store, notice, "計時の誤り", &out)
        })
    }

    fn pay(&mut self, notice: &str, yen: Option<u64>) -> Result<LedgerEntry, FeeError> {
        let payment = Payment {
            notice: notice.to_owned(),
            yen,
            on: date(2026, 11, 22),
            proof: self.file("slip.pdf", "収入印紙"),
        };
        self.at_work(|authority, store| ledger::paid(authority, store, &payment))
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.files.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn stated(time: Duration) -> Stated {
    Stated {
        length: time,
        reason: "停電による再起動".to_owned(),
    }
}

#[test]
fn without_an_accepted_application_nothing_is_answered_and_nothing_notified() {
    let mut parties = Parties::ready(REGISTRY);
    let latest = |parties: &mut Parties, code: &str| {
        let events = parties.actions();
        let error = parties.answer("refused").unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, 1));
        assert_eq!(parties.actions(), events);
        assert!(!parties.path("refused.rkp").exists());
        assert!(parties.fees().is_empty() && parties.meter().sessions.is_empty());
    };
    parties.hand_in("申出-2", PROVISION).unwrap();
    latest(&mut parties, "authority.fee.undecided");
    let blank =
        parties.at_work(|authority, store| application::refuse(authority, store, "申出-2", " "));
    assert_eq!(blank.unwrap_err().code(), "duty.application.no_reason");
    let refused = parties
        .at_work(|authority, store| application::refuse(authority, store, "申出-2", "要件"))
        .unwrap();
    assert_eq!(
        (refused.state, refused.reason.as_deref()),
        ("refused", Some("要件"))
    );
    latest(&mut parties, "authority.fee.refused");
    let decided =
        parties.at_work(|authority, store| application::accept(authority, store, "申出-2"));
    assert_eq!(decided.unwrap_err().code(), "authority.fee.decided");
    // A new application decides again.
    parties.hand_in("申出-3", PROVISION).unwrap();
    parties
        .at_work(|authority, store| application::accept(authority, store, "申出-3"))
        .unwrap();
    assert_eq!(parties.answer("answer").unwrap().fee.application, "申出-3");
    let actions = parties.actions();
    for action in ["received", "accepted", "refused"] {
        assert!(actions.contains(&format!("application.{action}")));
    }
}

#[test]
fn an_application_is_checked_and_its_document_kept_sealed() {
    let mut parties = Parties::new();
    let listed = parties.hand_in("申出-1", "P-2026-0009").unwrap();
    assert_eq!(
        (listed.method.as_str(), listed.version.as_str()),
        ("document", "2024-04")
    );
    let again = parties.hand_in("申出-1", PROVISION).unwrap_err();
    assert_eq!(again.code(), "authority.fee.application_exists");
    for (number, provision) in [(" ", PROVISION), ("a\nb", PROVISION), ("申出-2", "p 1")] {
        let error = parties.hand_in(number, provision).unwrap_err();
        assert_eq!((error.code(), error.exit()), ("authority.fee.text", 2));
    }
    let kept = parties
        .authority
        .path()
        .join("documents")
        .join(&listed.sha256);
    let bytes = std::fs::read(kept).unwrap();
    assert!(!bytes.windows(9).any(|window| window == "申出書".as_bytes()));
    let unknown =
        parties.at_work(|authority, store| application::accept(authority, store, "申出-9"));
    assert_eq!(unknown.unwrap_err().exit(), 2);
}

#[test]
fn the_answer_carries_its_notice_and_both_are_one_change() {
    let mut parties = Parties::ready(REGISTRY);
    let answered = parties.answer("answer").unwrap();
    let notice = opened(&parties.path("answer.rkp"), &parties.producer)
        .header()
        .fee_notice
        .clone()
        .unwrap();
    assert_eq!(notice, answered.fee);
    assert!(notice.adds_up() && notice.has_slip());
    assert_eq!(notice.number, "P-2026-0001-F1");
    // One second by the test's clock: an hour has begun.
    assert_eq!((notice.units, notice.amount_yen), (1, 10_200));
    assert_eq!(notice.due, Some(date(2026, 12, 22)));
    assert_eq!(
        (&notice.payee, notice.means),
        (&Payee::State, Means::RevenueStamps)
    );
    let actions = parties.actions();
    assert_eq!(
        actions[actions.len() - 2..],
        ["fee.notified", "provision.issued"]
    );
    let records = parties.store.fee_notices(Some(PROVISION)).unwrap();
    assert_eq!(
        records[0].answer.as_deref(),
        Some(answered.answer.package.as_str())
    );
    let sent = parties.store.request_transport(&answered.request).unwrap();
    assert_eq!(sent, Some(("medium".to_owned(), "1".to_owned())));
}

#[test]
fn an_answer_that_fails_costs_nothing() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let outcome = parties.issue_while(&request, "answer.rkp", |authority, store| {
        // Somebody closes the provision before the answer is recorded.
        drop(renketsu_authority::provision::close(
            authority, store, PROVISION,
        ));
    });
    assert_eq!(outcome.unwrap_err().code(), "authority.provision.closed");
    assert!(parties.fees().is_empty() && parties.meter().sessions.is_empty());
}

#[test]
fn the_hours_of_people_and_machines_are_one_total() {
    let mut parties = Parties::ready(REGISTRY);
    parties.work(25 * MINUTE);
    parties.work(25 * MINUTE);
    parties.work(25 * MINUTE);
    assert_eq!(parties.meter().units, 2);
    let first = parties.answer("first").unwrap().fee;
    assert_eq!(
        (first.units_before, first.units, first.amount_yen),
        (0, 2, 20_400)
    );
    // Within the second hour: nothing more, and a notice that says so.
    parties.work(45 * MINUTE);
    let second = parties.answer("second").unwrap().fee;
    assert_eq!(
        (second.units_before, second.units, second.amount_yen),
        (2, 0, 0)
    );
    assert!(second.due.is_none() && !second.has_slip());
    parties.work(Duration::from_nanos(1));
    let third = parties.answer("third").unwrap().fee;
    assert_eq!(
        (third.units_before, third.units, third.amount_yen),
        (2, 1, 10_200)
    );
    let states: Vec<Standing> = parties.fees().into_iter().map(|fee| fee.standing).collect();
    let due = Standing::Due {
        by: date(2026, 12, 22),
    };
    assert_eq!(states, [due.clone(), Standing::NothingDue, due]);
}

#[test]
fn to_the_millisecond_an_hour_is_an_hour() {
    for (time, units) in [
        (Duration::from_millis(3_599_999), 1),
        (Duration::from_hours(1), 1),
        (Duration::from_millis(3_600_001), 2),
    ] {
        let mut parties = Parties::ready(REGISTRY);
        parties.work(time);
        assert_eq!(parties.meter().units, units, "{time:?}");
        assert_eq!(parties.answer("answer").unwrap().fee.units, units);
    }
}

#[test]
fn setting_the_machines_time_changes_no_length() {
    let mut parties = Parties::ready(REGISTRY);
    parties
        .clock
        .step
        .store(0, std::sync::atomic::Ordering::SeqCst);
    parties.start("担当者").unwrap();
    parties.clock.pass(30 * MINUTE);
    let told = parties.now;
    parties.now = told - SignedDuration::from_hours(48);
    let stopped = parties.stop(None, None).unwrap();
    assert_eq!(stopped.nanos, Some(1_800_000_000_000));
    parties.now = told;
    let notice = parties.answer("answer").unwrap().fee;
    only_the_authority_knows(&parties.store, &notice, 1_800_000_000_000);
}

#[test]
fn after_a_restart_a_person_states_the_time_and_only_then() {
    let mut parties = Parties::ready(REGISTRY);
    parties.start("担当者").unwrap();
    let measured = parties.stop(None, Some(&stated(MINUTE))).unwrap_err();
    assert_eq!(measured.code(), "authority.fee.measured");
    parties.clock.restart();
    assert_eq!(
        parties.stop(None, None).unwrap_err().code(),
        "duty.meter.restarted"
    );
    let long = parties
        .stop(None, Some(&stated(Duration::MAX)))
        .unwrap_err();
    assert_eq!(long.code(), "duty.meter.overflow");
    let stopped = parties.stop(None, Some(&stated(90 * MINUTE))).unwrap();
    assert_eq!(stopped.stated.as_deref(), Some("停電による再起動"));
    assert_eq!(parties.meter().units, 2);
}

#[test]
fn a_session_that_runs_is_not_overlooked() {
    let mut parties = Parties::ready(REGISTRY);
    let one = parties.start("担当者一").unwrap();
    let two = parties.start("担当者二").unwrap();
    let error = parties.answer("answer").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.fee.open_session", 1)
    );
    assert_eq!(
        parties.stop(None, None).unwrap_err().code(),
        "authority.fee.several_sessions"
    );
    parties.clock.pass(10 * MINUTE);
    parties.stop(Some(two), None).unwrap();
    parties.stop(Some(one), None).unwrap();
    // At once, so once.
    assert!(parties.meter().total_nanos < 11 * 60 * 1_000_000_000);
    assert_eq!(
        parties.stop(None, None).unwrap_err().code(),
        "authority.fee.no_session"
    );
    parties.answer("answer").unwrap();
    let late = parties.request("late-request.rkp", &ROWS);
    let outcome = parties.issue_while(&late, "late.rkp", |authority, store| {
        drop(meter::start(authority, store, PROVISION, "担当者三"));
    });
    assert_eq!(outcome.unwrap_err().code(), "authority.fee.open_session");
}

#[test]
fn the_payee_follows_the_delegation() {
    let mut parties = Parties::ready(REGISTRY);
    let part = Scope::Part([Task::Issue, Task::Forward].into_iter().collect());
    let partly = parties.delegate("支払基金", part.clone()).unwrap();
    assert_eq!(parties.answer("part").unwrap().fee.payee, Payee::State);
    let beside = parties.delegate("他の者", Scope::All).unwrap_err();
    assert_eq!(beside.code(), "authority.fee.contradiction");
    parties.delegate("支払基金", Scope::All).unwrap();
    parties.work(120 * MINUTE);
    let fee = parties.answer("all").unwrap().fee;
    let Payee::Delegate(delegate) = &fee.payee else {
        panic!("{:?}", fee.payee);
    };
    assert_eq!(delegate.name, "支払基金");
    assert!(fee.amount_yen > 0 && !fee.has_slip());
    let past = parties.at_work(|authority, store| {
        delegation::end(authority, store, partly.entry, date(2026, 11, 21))
    });
    assert_eq!(past.unwrap_err().code(), "authority.fee.period");
    let ended = parties
        .at_work(|authority, store| {
            delegation::end(authority, store, partly.entry, date(2026, 11, 22))
        })
        .unwrap();
    assert_eq!(ended.delegation.until, Some(date(2026, 11, 22)));
}

#[test]
fn a_correction_is_a_new_notice_and_money_paid_counts_for_it() {
    let mut parties = Parties::ready(REGISTRY);
    parties.work(150 * MINUTE);
    let first = parties.answer("answer").unwrap().fee;
    assert_eq!(first.units, 3);
    let same = parties.correct(&first.number, "same.json").unwrap_err();
    assert_eq!(same.code(), "authority.fee.unchanged");
    assert_eq!(
        parties.pay(&first.number, Some(30_601)).unwrap_err().code(),
        "authority.fee.amount"
    );
    let paid = parties.pay(&first.number, None).unwrap();
    assert_eq!(
        paid.standing,
        Standing::Paid {
            on: date(2026, 11, 22)
        }
    );
    let corrected = parties
        .at_work(|authority, store| {
            meter::correct(authority, store, PROVISION, 1, &stated(50 * MINUTE))
        })
        .unwrap();
    assert_eq!(corrected.corrects, Some(1));
    let entry = parties.correct(&first.number, "notice.json").unwrap();
    assert_eq!((entry.notice.units, entry.notice.amount_yen), (1, 10_200));
    assert_eq!(
        (entry.paid_yen, entry.excess_yen, entry.outstanding_yen),
        (30_600, 20_400, 0)
    );
    let path = parties.path("notice.json");
    let (told, signer) = read::<FeeNotice>(
        &path,
        StatementKind::FeeCorrection,
        &parties.producer.trust(),
    )
    .unwrap();
    assert_eq!((&told, &signer), (&entry.notice, &parties.authority.card));
    let fees = parties.fees();
    assert_eq!(
        fees[0].standing,
        Standing::Corrected {
            by: "P-2026-0001-F2".to_owned()
        }
    );
    // The old one stands as it was.
    assert_eq!(fees[0].notice, first);
    let twice = parties.correct(&first.number, "twice.json").unwrap_err();
    assert_eq!(twice.code(), "authority.fee.notice_corrected");
    assert!(!parties.path("twice.json").exists());
    // What is notified next starts from the corrected hours.
    parties.work(20 * MINUTE);
    let next = parties.answer("next").unwrap().fee;
    assert_eq!(
        (next.number.as_str(), next.units_before, next.units),
        ("P-2026-0001-F3", 1, 1)
    );
}

#[test]
fn a_notice_is_overdue_the_day_after_its_due_date() {
    let mut parties = Parties::ready(REGISTRY);
    parties.answer("answer").unwrap();
    parties.now += SignedDuration::from_hours(24 * 30);
    assert!(matches!(parties.fees()[0].standing, Standing::Due { .. }));
    parties.now += SignedDuration::from_hours(24);
    assert_eq!(
        parties.fees()[0].standing,
        Standing::Overdue {
            since: date(2026, 12, 22)
        }
    );
}

#[test]
fn the_reading_of_the_order_can_be_set_and_stands_in_the_notice() {
    let mut parties = Parties::ready(REGISTRY);
    let rule = FeeRule {
        rounding: Rounding::Answer,
        tariff_day: TariffDay::Begun,
        due_days: 14,
    };
    parties
        .at_work(|authority, store| ledger::set_rule(authority, store, &rule))
        .unwrap();
    for name in ["one", "two"] {
        parties.work(10 * MINUTE);
        let fee = parties.answer(name).unwrap().fee;
        assert_eq!(
            (fee.rule, fee.units, fee.due),
            (rule, 1, Some(date(2026, 12, 6)))
        );
    }
}

/// A delivery of the producer to somebody, with the cover that goes with it.
fn delivery(parties: &Parties, to: &Party, name: &str) -> (PathBuf, PathBuf, DeliveryCover) {
    let mut draft = Draft::new(parties.files.path());
    let schema = serde_json::json!({ "fields": [{ "name": "x", "type": "string" }] });
    let mut table = draft.table("labs", schema).unwrap();
    table.write_all(b"the rows of patients").unwrap();
    table.finish(Counts::default()).unwrap();
    let header = Header {
        kind: PackageKind::Delivery,
        ..Parties::request_header()
    };
    let file = parties.path(&format!("{name}.rkp"));
    let keys = &parties.producer.keys;
    let receipt = draft
        .sign(header, given(keys), keys, &to.card)
        .unwrap()
        .seal(&file)
        .unwrap();
    let cover = DeliveryCover {
        sha256: receipt.sha256,
        bytes: receipt.bytes,
        package: receipt.package_id,
        provision: PROVISION.to_owned(),
        recipient: to.card.name.clone(),
        fingerprint: to.card.fingerprint(),
    };
    let path = parties.path(&format!("{name}.json"));
    signed(parties, &cover, &path);
    (file, path, cover)
}

fn signed(parties: &Parties, cover: &DeliveryCover, path: &Path) {
    let kind = StatementKind::DeliveryCover;
    PreparedStatement::new(path, kind, cover, &parties.producer.keys)
        .unwrap()
        .publish()
        .unwrap();
}

#[test]
fn a_delivery_is_passed_on_byte_for_byte_and_only_under_a_delegation() {
    let mut parties = Parties::ready(REGISTRY);
    let (file, cover, stated) = delivery(&parties, &parties.recipient, "delivery");
    let pass = |parties: &mut Parties, file: &Path, cover: &Path, out: &str| {
        let order = forward::Order {
            delivery: file.to_owned(),
            cover: cover.to_owned(),
            out: parties.path(out),
        };
        parties.at_work(|authority, store| forward::forward(authority, store, &order))
    };
    let refused = |parties: &mut Parties, file: &Path, cover: &Path| {
        let code = pass(parties, file, cover, "x.rkp").unwrap_err().code();
        assert!(!parties.path("x.rkp").exists());
        code
    };
    assert_eq!(
        refused(&mut parties, &file, &cover),
        "authority.forward.not_delegated"
    );
    let issue = Scope::Part([Task::Issue].into_iter().collect());
    parties.delegate("支払基金", issue).unwrap();
    assert_eq!(
        refused(&mut parties, &file, &cover),
        "authority.forward.not_delegated"
    );
    let passes = Scope::Part([Task::Forward].into_iter().collect());
    parties.delegate("支払基金", passes).unwrap();

    let damaged = parties.path("damaged.rkp");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    assert_eq!(
        refused(&mut parties, &damaged, &cover),
        "authority.forward.other"
    );
    let elsewhere = parties.path("elsewhere.json");
    let mut other = stated.clone();
    other.fingerprint = parties.producer.card.fingerprint();
    signed(&parties, &other, &elsewhere);
    assert_eq!(
        refused(&mut parties, &file, &elsewhere),
        "authority.forward.recipient"
    );
    let text = parties.file("text.rkp", "age-encryption.org/v1, but nothing sealed");
    assert_eq!(
        refused(&mut parties, &text, &cover),
        "authority.forward.readable"
    );
    // A request is sealed for the authority itself.
    let own = parties.request("own.rkp", &ROWS);
    assert_eq!(
        refused(&mut parties, &own, &cover),
        "authority.forward.readable"
    );

    let forwarded = pass(&mut parties, &file, &cover, "passed.rkp").unwrap();
    assert_eq!(
        (&forwarded.cover, forwarded.delegate.name.as_str()),
        (&stated, "支払基金")
    );
    let passed = std::fs::read(parties.path("passed.rkp")).unwrap();
    assert_eq!(passed, std::fs::read(&file).unwrap());
    assert!(!passed.windows(8).any(|window| window == b"patients"));
    assert_eq!(
        opened(&parties.path("passed.rkp"), &parties.recipient)
            .tables()
            .len(),
        1
    );
    let again = pass(&mut parties, &file, &cover, "again.rkp").unwrap_err();
    assert_eq!((again.code(), again.exit()), ("authority.forward.again", 1));
    assert_eq!(parties.actions().last().unwrap(), "delivery.forwarded");
}
