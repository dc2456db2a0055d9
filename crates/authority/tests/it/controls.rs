//! What may be asked of a provision, and what stops a request.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use renketsu_authority::controls::{
    Amending, Controls, Declared, Dismissing, Kind, Leave, amend, dismiss, standing,
};
use renketsu_authority::issue::{self, Accepted, Answered, Estimate, IssueError, dry_run};
use renketsu_authority::methods::Transport;
use renketsu_authority::provision::{self, Opening};
use renketsu_authority::registry::Acceptance;
use renketsu_store::Store;
use renketsu_table::ids;
use renketsu_testkit::now;

use crate::parties::{COLUMNS, PROVISION, Parties, asked_schema};

/// Members `from..to` of a society, one person each; every third number is given.
fn registry(persons: u32) -> String {
    let mut csv = String::from(
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to\n",
    );
    for person in 0..persons {
        let [_, _, number, branch, kana, birth, sex, _] = asked(person);
        let row =
            format!("R{person},{kana},{birth},{sex},06132013,12-34,{number},{branch},20200401,\n");
        csv.push_str(&row);
    }
    csv
}

/// What is asked about a member.
fn asked(person: u32) -> [String; 8] {
    let syllables = ['ア', 'カ', 'サ', 'タ', 'ナ', 'ハ', 'マ', 'ヤ', 'ラ', 'ワ'];
    let kana = format!("{person:05}")
        .bytes()
        .map(|digit| syllables[usize::from(digit - b'0')])
        .collect();
    [
        "06132013".to_owned(),
        "12-34".to_owned(),
        (1_000 + 3 * person).to_string(),
        "00".to_owned(),
        kana,
        format!("19{:02}0102", person % 90),
        (1 + person % 2).to_string(),
        String::new(),
    ]
}

fn batch(rows: &[[String; 8]]) -> RecordBatch {
    let references = (0..u128::try_from(rows.len()).unwrap()).map(|row| Some(row.to_be_bytes()));
    let mut columns: Vec<ArrayRef> = vec![ids::array::<16>(references)];
    for place in 0..COLUMNS.len() {
        columns.push(Arc::new(StringArray::from_iter_values(
            rows.iter().map(|texts| &texts[place]),
        )));
    }
    RecordBatch::try_new(Arc::new(Schema::new(asked_schema())), columns).unwrap()
}

fn rows(persons: impl IntoIterator<Item = u32>) -> Vec<[String; 8]> {
    persons.into_iter().map(asked).collect()
}

struct Asking {
    parties: Parties,
    count: u32,
}

impl Asking {
    fn under(declared: Declared) -> Self {
        let mut parties = Parties::new();
        let opening = Opening {
            controls: declared,
            ..parties.opening(PROVISION)
        };
        parties.open(&opening).unwrap();
        parties.apply(PROVISION);
        parties
            .register(&registry(600), Acceptance::Refuse)
            .unwrap();
        Self { parties, count: 0 }
    }

    fn request(&mut self, rows: &[[String; 8]]) -> std::path::PathBuf {
        self.count += 1;
        let name = format!("request-{}.rkp", self.count);
        self.parties.request_of(
            &name,
            &self.parties.producer,
            Parties::request_header(),
            "identifiers",
            &batch(rows),
        )
    }

    fn issue(&mut self, rows: &[[String; 8]]) -> Result<Answered, IssueError> {
        self.accepting(rows, &[])
    }

    fn accepting(&mut self, rows: &[[String; 8]], accept: &[Kind]) -> Result<Answered, IssueError> {
        let request = self.request(rows);
        self.order(request, accept)
    }

    /// The request with this number once more, byte for byte.
    fn again(&mut self, number: u32, accept: &[Kind]) -> Result<Answered, IssueError> {
        let request = self.parties.path(&format!("request-{number}.rkp"));
        self.order(request, accept)
    }

    fn order(
        &mut self,
        request: std::path::PathBuf,
        accept: &[Kind],
    ) -> Result<Answered, IssueError> {
        let order = issue::Order {
            request,
            out: self.parties.path(&format!("answer-{}.rkp", self.count)),
            expires: now() + issue::VALID_FOR,
            transport: Transport::Medium,
            accept: accept
                .iter()
                .map(|finding| Accepted {
                    finding: *finding,
                    reason: "組合の全員".to_owned(),
                })
                .collect(),
        };
        self.parties
            .at_work(|authority, store| issue::issue(authority, store, &order, &mut |_| ()))
    }

    fn dry(&mut self, request: &std::path::Path) -> Result<Estimate, IssueError> {
        self.parties
            .at_work(|authority, store| dry_run(authority, store, request))
    }

    fn dismiss(&mut self) -> Result<usize, &'static str> {
        let dismissing = Dismissing {
            provision: PROVISION.to_owned(),
            by: leave(),
        };
        self.parties
            .at_work(|authority, store| dismiss(authority, store, &dismissing))
            .map(|dismissed| dismissed.len())
            .map_err(|error| error.code())
    }

    fn amend(&mut self, change: impl FnOnce(&mut Amending)) -> Result<Controls, &'static str> {
        let mut amending = Amending {
            provision: PROVISION.to_owned(),
            cohort: None,
            quota: None,
            least: None,
            largest: None,
            allow: Vec::new(),
            by: leave(),
        };
        change(&mut amending);
        self.parties
            .at_work(|authority, store| amend(authority, store, &amending))
            .map_err(|error| error.code())
    }

    fn standing(&self) -> renketsu_authority::controls::Standing {
        let store = &self.parties.store;
        standing(store, &provision::find(store, PROVISION).unwrap()).unwrap()
    }
}

fn leave() -> Leave {
    Leave {
        reason: "追加".to_owned(),
        approved_by: "管理者".to_owned(),
    }
}

fn declared(cohort: u64) -> Declared {
    Declared {
        cohort,
        ..Declared::default()
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, IssueError>) -> &'static str {
    outcome.unwrap_err().code()
}

#[test]
fn what_is_declared_must_be_possible_and_an_exception_has_a_reason_and_a_name() {
    let code = |declared: Declared| declared.controls().unwrap_err().code();
    let small = |least, exception| Declared {
        least: Some(least),
        exception,
        ..declared(10)
    };
    assert_eq!(code(declared(0)), "authority.control.zero");
    assert_eq!(code(small(1, Some(leave()))), "authority.control.floor");
    assert_eq!(code(small(99, None)), "authority.control.exception");
    let unnamed = Leave {
        approved_by: " ".to_owned(),
        ..leave()
    };
    assert_eq!(code(small(99, Some(unnamed))), "authority.control.approver");
    let unsaid = Leave {
        reason: "a\nb".to_owned(),
        ..leave()
    };
    assert_eq!(code(small(99, Some(unsaid))), "authority.control.reason");
    let turned = Declared {
        largest: Some(99),
        ..declared(10)
    };
    assert_eq!(code(turned), "authority.control.reversed");
    let controls = small(100, Some(leave())).controls().unwrap();
    assert_eq!((controls.exception, controls.least), (None, 100));
    assert_eq!(declared(10).controls().unwrap().quota(), 1_200);
}

#[test]
fn a_provision_that_opened_before_controls_behaves_by_the_defaults() {
    let controls: Controls = serde_json::from_str("{}").unwrap();
    assert_eq!(controls, Controls::default());
    assert_eq!((controls.least, controls.quota()), (100, 10_000_000));
    assert_eq!(
        controls.admit("P", 99, 0).unwrap_err().code(),
        "authority.control.few"
    );
}

#[test]
fn a_request_below_the_least_batch_is_refused_and_one_record_always() {
    let mut asking = Asking::under(declared(600));
    assert_eq!(code(asking.issue(&rows(0..99))), "authority.control.few");
    assert_eq!(code(asking.issue(&rows(0..1))), "authority.control.few");
    asking.issue(&rows(0..100)).unwrap();
    asking.amend(|amending| amending.least = Some(2)).unwrap();
    asking.issue(&rows(3..5)).unwrap();
    assert_eq!(code(asking.issue(&rows(0..1))), "authority.control.few");
    assert_eq!(
        asking.amend(|amending| amending.least = Some(1)),
        Err("authority.control.floor")
    );
    asking
        .amend(|amending| amending.largest = Some(50))
        .unwrap();
    assert_eq!(code(asking.issue(&rows(0..51))), "authority.control.many");
}

#[test]
fn the_quota_counts_every_request_and_is_raised_by_a_new_entry_only() {
    let mut asking = Asking::under(Declared {
        quota: Some(250),
        ..declared(600)
    });
    asking.issue(&rows(0..150)).unwrap();
    let refused = asking.issue(&rows(150..251)).unwrap_err();
    assert_eq!(
        (refused.code(), refused.exit()),
        ("authority.control.quota", 1)
    );
    assert!(refused.details().contains(&("left", "100".to_owned())));
    let before = asking.standing();
    assert_eq!((before.used, before.left, before.requests), (150, 100, 1));
    assert_eq!(asking.amend(|_| ()), Err("authority.control.nothing"));
    asking.amend(|amending| amending.quota = Some(251)).unwrap();
    asking.issue(&rows(150..251)).unwrap();
    let after = asking.standing();
    assert_eq!((after.used, after.left, after.requests), (251, 0, 2));
    assert_eq!(after.amendments.len(), 1);
    assert_eq!(after.amendments[0].approved_by, "管理者");
    // What it opened with stands as it was.
    let provision = provision::find(&asking.parties.store, PROVISION).unwrap();
    assert_eq!(provision.terms.controls.quota, Some(250));
    assert_eq!(provision.controls.quota, Some(251));
}

#[test]
fn two_requests_at_a_time_cannot_both_use_the_rest_of_the_quota() {
    let mut asking = Asking::under(Declared {
        quota: Some(250),
        ..declared(600)
    });
    let slow = asking.request(&rows(0..150));
    let quick = asking.request(&rows(150..300));
    let out = asking.parties.path("quick.rkp");
    let mut answered = false;
    let outcome = asking
        .parties
        .issue_while(&slow, "slow.rkp", |authority, store: &mut Store| {
            if !std::mem::replace(&mut answered, true) {
                let order = issue::Order {
                    request: quick.clone(),
                    out: out.clone(),
                    expires: now() + issue::VALID_FOR,
                    transport: Transport::Medium,
                    accept: Vec::new(),
                };
                // The rows of the slow one count from before its look-up.
                let refused = issue::issue(authority, store, &order, &mut |_| ());
                assert_eq!(code(refused), "authority.control.quota");
            }
        });
    outcome.unwrap();
    assert!(answered && !asking.parties.path("quick.rkp").exists());
    assert_eq!(asking.standing().used, 150);
}

#[test]
fn more_persons_than_were_declared_are_refused_in_one_request_and_over_several() {
    let mut asking = Asking::under(declared(200));
    assert_eq!(
        code(asking.issue(&rows(0..201))),
        "authority.control.cohort"
    );
    asking.issue(&rows(0..150)).unwrap();
    // The same persons again are no more persons; others are.
    asking.issue(&rows(0..200)).unwrap();
    assert_eq!(
        code(asking.issue(&rows(200..400))),
        "authority.control.cohort"
    );
    let persons = asking.standing().persons.unwrap();
    assert!(persons.abs_diff(200) <= 5, "{persons}");
    asking
        .amend(|amending| amending.cohort = Some(400))
        .unwrap();
    asking.issue(&rows(200..400)).unwrap();
}

#[test]
fn a_supplementary_request_gives_the_same_ids() {
    let mut asking = Asking::under(declared(600));
    asking.issue(&rows(0..200)).unwrap();
    asking.issue(&rows((50..150).rev())).unwrap();
    let (_, first) = asking.parties.answers("answer-1.rkp");
    let (_, second) = asking.parties.answers("answer-2.rkp");
    for (row, person) in second.iter().zip((50..150).rev()) {
        let before = &first[person];
        assert!(row.number_id.is_some());
        assert_eq!(
            (row.number_id, row.kana_id, row.kana_unique),
            (before.number_id, before.kana_id, before.kana_unique)
        );
    }
}

#[test]
fn a_finding_stops_the_request_until_it_is_accepted_and_both_are_recorded() {
    let mut asking = Asking::under(declared(600));
    let consecutive: Vec<[String; 8]> = (0..150)
        .map(|n| {
            let mut row = asked(n);
            row[2] = (50_000 + n).to_string();
            row
        })
        .collect();
    let error = asking.issue(&consecutive).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.control.stopped", 1)
    );
    let details = error.details();
    assert!(
        details.contains(&("findings", "sequential 150/150".to_owned())),
        "{details:?}"
    );
    assert!(!asking.parties.path("answer-1.rkp").exists());
    assert_eq!(asking.standing().used, 0);
    asking.again(1, &[Kind::Sequential]).unwrap();
    let findings = asking.standing().findings;
    let said: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding.finding.as_str(),
                finding.found,
                finding.accepted.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("sequential", 150, None),
            ("sequential", 150, Some("組合の全員"))
        ]
    );
    asking
        .amend(|amending| amending.allow = vec![Kind::Sequential])
        .unwrap();
    asking.issue(&consecutive).unwrap();
    let actions = asking.parties.actions();
    assert!(actions.contains(&"provision.stopped".to_owned()));
    assert!(actions.contains(&"provision.amended".to_owned()));
}

#[test]
fn repeated_rows_many_branches_probing_and_guessing_are_found() {
    let findings = |rows: &[[String; 8]]| {
        let error = Asking::under(declared(600)).issue(rows).unwrap_err();
        assert_eq!(error.code(), "authority.control.stopped");
        error.details()[1].1.clone()
    };
    let repeated: Vec<_> = rows((0..100).chain(0..30));
    assert_eq!(findings(&repeated), "repeated 30/130");
    let with = |place: usize, value: &dyn Fn(u32) -> String| {
        let mut many = rows(0..200);
        for n in 0..20 {
            many[usize::try_from(n).unwrap()] = {
                let mut row = asked(0);
                row[place] = value(n);
                row
            };
        }
        many
    };
    assert_eq!(findings(&with(3, &|n| format!("{n:02}"))), "branches 1/181");
    assert_eq!(
        findings(&with(5, &|n| format!("19{:02}0304", n + 10))),
        "probed 1/181"
    );
    let mut dates = with(5, &|n| format!("19{:02}0304", n + 10));
    for row in dates.iter_mut().take(20) {
        row[6] = String::new();
    }
    assert_eq!(findings(&dates), "probed 1/181", "without the sex");
    let mut spelled = with(5, &|n| format!("19{:02}0304", n + 10));
    for (zeros, row) in spelled.iter_mut().take(20).enumerate() {
        row[2] = format!("{}{}", "0".repeat(zeros % 4), row[2]);
    }
    assert_eq!(findings(&spelled), "probed 1/181", "in other spellings");
    let names = with(4, &|n| {
        format!("ヤマダ{}", char::from_u32(0x30AB + 2 * n).unwrap())
    });
    assert_eq!(findings(&names), "probed 1/181", "by names");
    let mut conflicting = rows(0..100);
    for row in conflicting.iter_mut().take(60) {
        row[5] = "19000101".to_owned();
    }
    assert_eq!(findings(&conflicting), "unknown 60/100");
    let guessed: Vec<[String; 8]> = (0..150)
        .map(|n| {
            let mut row = asked(n % 600);
            row[2] = (500_000 + u64::from(n) * 7_919).to_string();
            row[4] = String::new();
            row
        })
        .collect();
    assert_eq!(findings(&guessed), "unknown 150/150");
}

/// `known` members, and `guessed` numbers that nobody has.
fn half_guessed(known: std::ops::Range<u32>, guessed: std::ops::Range<u32>) -> Vec<[String; 8]> {
    let guesses = guessed.map(|n| {
        let mut row = asked(n);
        row[2] = (500_000 + u64::from(n) * 7_919).to_string();
        row[4] = String::new();
        row
    });
    rows(known).into_iter().chain(guesses).collect()
}

#[test]
fn what_was_stopped_counts_once_for_each_sealed_file_and_not_again_when_it_is_accepted() {
    let mut asking = Asking::under(Declared {
        quota: Some(580),
        ..declared(600)
    });
    let guesses = half_guessed(0..110, 0..120);
    assert_eq!(code(asking.issue(&guesses)), "authority.control.stopped");
    let standing = asking.standing();
    assert_eq!(
        (standing.used, standing.unanswered, standing.left),
        (0, 230, 350)
    );
    assert!(standing.halted && standing.findings[0].open);
    // The same file again is the same attempt.
    assert_eq!(code(asking.again(1, &[])), "authority.control.halted");
    assert_eq!(asking.standing().left, 350);
    asking.again(1, &[Kind::Unknown]).unwrap();
    let standing = asking.standing();
    assert_eq!(
        (standing.used, standing.unanswered, standing.left),
        (230, 0, 350)
    );
    assert!(!standing.halted && standing.findings.iter().all(|found| !found.open));
    // Found before anybody is looked up, it counts too; and what is left is what others may use.
    let mut twice = rows(100..220);
    twice.extend(rows(100..180));
    assert_eq!(code(asking.issue(&twice)), "authority.control.stopped");
    assert_eq!(asking.standing().left, 150);
    assert_eq!(asking.dismiss(), Ok(1));
    assert_eq!(code(asking.issue(&rows(0..151))), "authority.control.quota");
    asking.issue(&rows(0..150)).unwrap();
    assert_eq!(asking.standing().left, 0);
}

#[test]
fn guesses_mixed_with_known_persons_cannot_be_tried_again_for_ever() {
    // The attack: half and half and one more, as often as it takes, without anybody who looks.
    let mut asking = Asking::under(declared(600));
    for attempt in 0..5 {
        let guesses = half_guessed(0..70, 100 * attempt..100 * attempt + 80);
        let expected = if attempt == 0 {
            "authority.control.stopped"
        } else {
            "authority.control.halted"
        };
        assert_eq!(code(asking.issue(&guesses)), expected);
    }
    // One look-up happened, and honest requests wait with the others.
    assert_eq!(asking.standing().unanswered, 150);
    let refused = asking.issue(&rows(0..100)).unwrap_err();
    assert_eq!(refused.code(), "authority.control.halted");
    assert!(
        refused
            .details()
            .contains(&("findings", "unknown".to_owned())),
        "{:?}",
        refused.details()
    );
    let dry = asking.request(&rows(0..100));
    assert_eq!(code(asking.dry(&dry)), "authority.control.halted");
    // An acceptance of another request's finding is none.
    let other = half_guessed(0..70, 0..80);
    assert_eq!(
        code(asking.accepting(&other, &[Kind::Unknown])),
        "authority.control.halted"
    );
    assert_eq!(asking.dismiss(), Ok(1));
    assert_eq!(asking.dismiss(), Err("authority.control.not_halted"));
    asking.issue(&rows(0..100)).unwrap();
    // Dismissing is about what was found, and not about what comes.
    assert_eq!(code(asking.issue(&other)), "authority.control.stopped");
    assert_eq!(
        code(asking.issue(&rows(0..100))),
        "authority.control.halted"
    );
    asking
        .amend(|amending| amending.allow = vec![Kind::Unknown])
        .unwrap();
    asking.issue(&rows(0..100)).unwrap();
    let standing = asking.standing();
    assert_eq!(standing.dismissals.len(), 1);
    assert_eq!(standing.dismissals[0].approved_by, "管理者");
    let actions = asking.parties.actions();
    assert!(actions.contains(&"provision.dismissed".to_owned()));
}

#[test]
fn a_refusal_after_the_look_up_counts_and_a_refusal_before_does_not() {
    let mut asking = Asking::under(declared(150));
    assert_eq!(code(asking.issue(&rows(0..99))), "authority.control.few");
    assert_eq!(asking.standing().unanswered, 0);
    assert_eq!(
        code(asking.issue(&rows(0..151))),
        "authority.control.cohort"
    );
    assert_eq!(asking.standing().unanswered, 151);
    assert_eq!(code(asking.again(2, &[])), "authority.control.cohort");
    assert_eq!(asking.standing().unanswered, 151);
    let asked = asking.parties.actions();
    let asked = asked.iter().filter(|action| *action == "provision.asked");
    assert_eq!(asked.count(), 1);
}

#[test]
fn the_least_batch_is_of_different_registered_persons() {
    let mut asking = Asking::under(declared(600));
    let refused = |asking: &mut Asking, rows: &[[String; 8]]| {
        assert_eq!(code(asking.issue(rows)), "authority.control.persons");
        let standing = asking.standing();
        (standing.unanswered, standing.halted)
    };
    // Rows that can be about nobody, seen before the look-up: nothing counts.
    let mut invalid = rows(0..120);
    for row in invalid.iter_mut().skip(99) {
        row[2] = "?".to_owned();
        row[4] = String::new();
    }
    assert_eq!(refused(&mut asking, &invalid), (0, false));
    // The same persons in other spellings are no others.
    let mut spelled = rows((0..90).chain(0..60));
    for (zeros, row) in spelled.iter_mut().skip(90).enumerate() {
        row[2] = format!("{}{}", "0".repeat(1 + zeros % 3), row[2]);
    }
    assert_eq!(refused(&mut asking, &spelled), (0, false));
    // One person in many months is one person: only the look-up tells, where birth dates differ.
    let mut months = rows(0..95);
    for month in 0..10 {
        let mut row = asked(0);
        row[3] = String::new();
        row[5] = format!("19{month:02}0102");
        months.push(row);
    }
    let (counted, halted) = refused(&mut asking, &months);
    assert_eq!((counted, halted), (105, false));
    // Names that nobody has get a kana ID, and are nobody.
    let mut invented = rows(0..118);
    for row in invented.iter_mut().skip(99) {
        row[2] = String::new();
        row[0] = String::new();
        row[1] = String::new();
        row[4] = format!("{}ン", row[4]);
    }
    let (counted, halted) = refused(&mut asking, &invented);
    assert_eq!((counted, halted), (223, false));
    let refusal = asking.issue(&invented).unwrap_err();
    let details = refusal.details();
    assert_eq!(
        details,
        [("least", "100".to_owned())],
        "how many is not said"
    );
    // Exactly as many as are needed.
    asking.issue(&rows(0..100)).unwrap();
}

#[test]
fn a_dry_run_tells_coarse_counts_makes_no_id_and_counts_once_with_its_answer() {
    let mut asking = Asking::under(declared(600));
    let mut asked_rows = rows(0..237);
    for (n, row) in asked_rows.iter_mut().take(20).enumerate() {
        row[2] = (999_000 + 3 * n).to_string();
        row[4] = String::new();
    }
    let request = asking.request(&asked_rows);
    let estimate = asking.dry(&request).unwrap();
    assert_eq!((estimate.rows, estimate.step, estimate.left), (237, 100, 2));
    let number = estimate.by_status["number"].unwrap();
    assert!([200, 300].contains(&number), "{number}");
    assert!([None, Some(100)].contains(&estimate.by_status["not_found"]));
    assert_eq!(estimate.by_status["kana"], None);
    let standing = asking.standing();
    assert_eq!((standing.used, standing.unanswered), (0, 237));
    assert_eq!(standing.persons, Some(0));
    let again = asking.dry(&request).unwrap();
    assert_eq!(again.by_status, estimate.by_status, "the same coins");
    // In another package, under other references and in another order too.
    let turned: Vec<_> = asked_rows.iter().rev().cloned().collect();
    let turned = asking.request(&turned);
    assert_eq!(asking.dry(&turned).unwrap().by_status, estimate.by_status);
    assert_eq!(asking.standing().unanswered, 2 * 237);
    asking.dry(&request).unwrap();
    assert_eq!(code(asking.dry(&request)), "authority.control.dry_runs");
    let answered = asking.order(request, &[]).unwrap();
    assert_eq!(answered.by_status["number"], 217);
    let standing = asking.standing();
    assert_eq!((standing.used, standing.unanswered), (237, 237));
    let estimated = asking.parties.actions();
    let dry = estimated
        .iter()
        .filter(|action| *action == "provision.estimated");
    assert_eq!(dry.count(), 4);
}

#[test]
fn two_dry_runs_that_differ_in_one_row_cost_what_asking_costs_and_are_stopped_like_it() {
    let mut asking = Asking::under(Declared {
        quota: Some(400),
        ..declared(600)
    });
    // Known persons up to a step, and one more who is registered or is not.
    let known = asking.request(&rows(0..200));
    let mut guess = rows(0..199);
    guess.extend(half_guessed(0..0, 7..8));
    let guess = asking.request(&guess);
    asking.dry(&known).unwrap();
    asking.dry(&guess).unwrap();
    assert_eq!(asking.standing().left, 0);
    let third = asking.request(&rows(0..100));
    assert_eq!(code(asking.dry(&third)), "authority.control.quota");
    // The limit of a finding is no oracle: beyond it the provision stops, as it does for an answer.
    let mut asking = Asking::under(declared(600));
    let over = asking.request(&half_guessed(0..159, 0..41));
    assert_eq!(code(asking.dry(&over)), "authority.control.stopped");
    let under = asking.request(&half_guessed(0..160, 0..40));
    assert_eq!(code(asking.dry(&under)), "authority.control.halted");
}

#[test]
fn closing_forgets_how_many_persons_there_were() {
    let mut asking = Asking::under(declared(600));
    asking.issue(&rows(0..100)).unwrap();
    assert!(
        asking
            .parties
            .store
            .issue_sketch(PROVISION)
            .unwrap()
            .is_some()
    );
    asking
        .parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    assert!(
        asking
            .parties
            .store
            .issue_sketch(PROVISION)
            .unwrap()
            .is_none()
    );
    assert_eq!(asking.standing().persons, None);
    assert_eq!(
        code(asking.issue(&rows(0..100))),
        "authority.provision.closed"
    );
    assert_eq!(
        asking.amend(|amending| amending.quota = Some(9_999)),
        Err("authority.provision.closed")
    );
}

#[test]
fn an_answer_tells_neither_the_order_nor_the_files_of_the_source() {
    // The same persons in two orders of the source, under the same references in the order of a request.
    let mut asking = Asking::under(declared(600));
    let forth = rows(0..120);
    let back: Vec<_> = forth.iter().rev().cloned().collect();
    asking.issue(&forth).unwrap();
    asking.issue(&back).unwrap();
    let (header, one) = asking.parties.answers("answer-1.rkp");
    let (_, other) = asking.parties.answers("answer-2.rkp");
    for answer in [&one, &other] {
        assert!(
            answer
                .windows(2)
                .all(|pair| pair[0].reference < pair[1].reference),
            "rows stand in the order of the references, which are random"
        );
    }
    let references = |answer: &[crate::parties::AnswerRow]| -> Vec<[u8; 16]> {
        answer.iter().map(|row| row.reference).collect()
    };
    assert_eq!(references(&one), references(&other));
    // Nothing else travels: no name of a file, no count of files, no place, no purpose of the producer's.
    assert!(header.places.is_empty());
    assert_eq!(
        header.purpose,
        "法31条3項: information for linking with public databases"
    );
}
