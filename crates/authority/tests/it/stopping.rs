//! What counts although nothing was answered, and what a dry run tells.

use renketsu_authority::controls::{Declared, Kind};
use renketsu_authority::issue::Cure;
use renketsu_store::{Attempt, Event};
use renketsu_testkit::now;

use crate::asking::{Asking, asked, code, declared, half_guessed, rows};
use crate::parties::{PROVISION, opened};

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
fn what_was_asked_under_a_package_id_is_not_what_another_file_asks_under_it() {
    let mut asking = Asking::under(declared(600));
    let request = asking.request(&rows(0..150));
    // A producer with a program of its own sent another file under the same package id before.
    let before = Attempt {
        provision: PROVISION.to_owned(),
        sha256: "0".repeat(64),
        request: opened(&request, &asking.parties.authority)
            .package_id()
            .to_string(),
        rows: 150,
        attempted_at: now(),
    };
    let txn = asking.parties.store.begin().unwrap();
    txn.attempt(&before).unwrap();
    txn.commit(&Event::new("provision.asked", PROVISION, now()))
        .unwrap();
    let refused = asking.order(request, &[Kind::Sequential]).unwrap_err();
    assert_eq!(
        (refused.code(), refused.exit(), refused.cure()),
        ("authority.control.renewed", 1, Cure::Sender)
    );
    assert_eq!(asking.standing().used, 0);
    // Under an id of its own the same rows are answered.
    asking.issue(&rows(0..150)).unwrap();
}
