//! What may be asked of a provision, and what stops a request.

use renketsu_authority::controls::{Amending, Controls, Declared, Kind, Leave, amend};
use renketsu_authority::issue::{self, Cure};
use renketsu_authority::methods::Transport;
use renketsu_authority::provision;
use renketsu_store::Store;
use renketsu_testkit::now;

use crate::asking::{Asking, asked, code, declared, leave, rows};
use crate::parties::PROVISION;

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
fn nothing_goes_out_under_controls_that_were_changed_while_it_was_made() {
    let mut asking = Asking::under(declared(600));
    let request = asking.request(&rows(0..150));
    let amending = Amending {
        provision: PROVISION.to_owned(),
        cohort: None,
        quota: Some(100_000),
        least: None,
        largest: None,
        allow: Vec::new(),
        by: leave(),
    };
    let mut amended = false;
    let outcome = asking
        .parties
        .issue_while(&request, "answer.rkp", |authority, store| {
            if !std::mem::replace(&mut amended, true) {
                amend(authority, store, &amending).unwrap();
            }
        });
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.code(), error.exit(), error.cure()),
        ("authority.provision.changed", 1, Cure::Machine)
    );
    assert!(!asking.parties.path("answer.rkp").exists());
    // Asked again, it is made under those that stand, and counts once.
    asking.order(request, &[]).unwrap();
    assert_eq!(asking.standing().used, 150);
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
