//! The notice that comes with an answer, payments, corrections, and the cover of a delivery.

use std::time::Duration;

use jiff::civil::date;
use renketsu_duty::application::{Application, Received};
use renketsu_duty::delegation::Payee;
use renketsu_duty::fee::{FeeRule, assess};
use renketsu_duty::ledger::LedgerEntry;
use renketsu_duty::meter::{Length, Span};
use renketsu_duty::notice::{Between, Correction, FeeNotice, Standing};
use renketsu_duty::tariff::Tariff;
use renketsu_producer::cover;
use renketsu_producer::fee::{self, FeesError, Payment};
use renketsu_seal::Role;
use renketsu_seal::statement::{DeliveryCover, PreparedStatement, StatementKind, read};
use renketsu_testkit::{Party, introduce, now, today};

use crate::attach::{requested, say, table};
use crate::world::{PROVISION, World};

fn notice(world: &World, number: &str, hours: u64) -> FeeNotice {
    let span = Span {
        began: now(),
        length: Length::Stated(Duration::from_hours(hours)),
    };
    let rule = FeeRule::default();
    let assessed = assess(&Tariff::current().unwrap(), &rule, &[], &[span], 0, today()).unwrap();
    let application = Application {
        number: "申出-1".to_owned(),
        provision: PROVISION.to_owned(),
        state: Received,
    };
    let between = Between {
        authority: &world.authority.card.name,
        producer: &world.producer.card.name,
        certification: "N-1",
    };
    FeeNotice::new(
        number.to_owned(),
        &application.accept(date(2026, 11, 1)),
        between,
        Payee::State,
        assessed,
        rule,
        today(),
    )
    .unwrap()
}

/// A producer that attached an answer with a notice of three hours.
fn notified() -> World {
    let mut world = World::new();
    let request = requested(&mut world);
    let told = notice(&world, "P-2026-0001-F1", 3);
    let answer = world.answer_with(&request, "a.rkp", say, |header| {
        header.fee_notice = Some(told.clone());
    });
    let table = table(&world);
    world.attach(&answer, &[("labs", &table)]).unwrap();
    world
}

fn pay(world: &mut World, yen: Option<u64>) -> Result<LedgerEntry, FeesError> {
    let payment = Payment {
        notice: "P-2026-0001-F1".to_owned(),
        yen,
        on: today(),
        proof: world.file("proof.pdf", "領収書"),
    };
    fee::pay(&mut world.producer(), &payment)
}

fn correction(world: &World, name: &str, change: impl Fn(&mut FeeNotice)) -> std::path::PathBuf {
    let mut notice = notice(world, "P-2026-0001-F2", 1);
    notice.corrects = Some(Correction {
        notice: "P-2026-0001-F1".to_owned(),
        reason: "計時の誤り".to_owned(),
    });
    change(&mut notice);
    let path = world.path(name);
    PreparedStatement::new(
        &path,
        StatementKind::FeeCorrection,
        &notice,
        &world.authority.keys,
    )
    .unwrap()
    .publish()
    .unwrap();
    path
}

#[test]
fn a_notice_between_others_is_not_taken() {
    let mut world = World::new();
    let request = requested(&mut world);
    let changes: [fn(&mut FeeNotice); 2] = [
        |notice| notice.authority = "他の大臣".to_owned(),
        |notice| notice.producer = "他の事業者".to_owned(),
    ];
    for (case, change) in changes.into_iter().enumerate() {
        let mut told = notice(&world, "P-2026-0001-F1", 3);
        change(&mut told);
        let answer = world.answer_with(&request, &format!("{case}.rkp"), say, |header| {
            header.fee_notice = Some(told.clone());
        });
        let table = table(&world);
        let error = world.attach(&answer, &[("labs", &table)]).unwrap_err();
        assert_eq!((error.code(), error.exit()), ("producer.attach.notice", 1));
    }
    assert!(fee::list(&world.store, today()).unwrap().is_empty());
}

#[test]
fn a_correction_comes_from_whoever_notified() {
    let mut world = notified();
    let name = world.authority.card.name.clone();
    // Another authority, as trusted as the first, under either name.
    let other = Party::new(Role::Authority, "他の大臣");
    introduce(&world.producer, &other);
    world.trust = world.producer.trust();
    let first = std::mem::replace(&mut world.authority, other);
    let forged = [
        correction(&world, "openly", |_| ()),
        correction(&world, "forged", |notice| {
            notice.authority.clone_from(&name);
        }),
    ];
    world.authority = first;
    for file in forged {
        let error = fee::receive(&mut world.producer(), &file).unwrap_err();
        assert_eq!(error.code(), "producer.fees.no_correction");
    }
    let true_one = correction(&world, "true", |_| ());
    fee::receive(&mut world.producer(), &true_one).unwrap();
}

#[test]
fn the_notice_of_an_answer_is_taken_over_with_it_and_paid_with_proof() {
    let mut world = notified();
    let [entry] = <[_; 1]>::try_from(fee::list(&world.store, today()).unwrap()).unwrap();
    assert_eq!(entry.notice.amount_yen, 30_600);
    assert_eq!(
        entry.standing,
        Standing::Due {
            by: date(2026, 12, 22)
        }
    );
    let late = &fee::list(&world.store, date(2026, 12, 23)).unwrap()[0];
    assert_eq!(
        late.standing,
        Standing::Overdue {
            since: date(2026, 12, 22)
        }
    );
    assert_eq!(
        pay(&mut world, Some(0)).unwrap_err().code(),
        "producer.fees.amount"
    );
    assert_eq!(
        pay(&mut world, Some(10_000)).unwrap().outstanding_yen,
        20_600
    );
    let paid = pay(&mut world, None).unwrap();
    assert_eq!(paid.standing, Standing::Paid { on: today() });
    assert_eq!(pay(&mut world, None).unwrap_err().exit(), 1);
    let events = world.store.events().unwrap();
    let actions: Vec<_> = events
        .iter()
        .map(|entry| entry.event.action.as_str())
        .collect();
    assert!(actions.contains(&"fee.received"));
    assert_eq!(
        actions
            .iter()
            .filter(|action| **action == "fee.paid")
            .count(),
        2
    );
    let payments = world.store.fee_payments().unwrap();
    let kept = std::fs::read(world.producer.path().join(&payments[0].file)).unwrap();
    assert!(!kept.windows(9).any(|window| window == "領収書".as_bytes()));
}

#[test]
fn a_signed_correction_stands_in_the_place_of_the_notice() {
    let mut world = notified();
    pay(&mut world, None).unwrap();
    let refused = |world: &mut World, file: std::path::PathBuf| {
        fee::receive(&mut world.producer(), &file)
            .unwrap_err()
            .code()
    };
    let other = correction(&world, "other.json", |notice| {
        notice.provision = "P-2".to_owned();
    });
    assert_eq!(refused(&mut world, other), "producer.fees.no_correction");
    let wrong = correction(&world, "wrong.json", |notice| notice.amount_yen += 1);
    assert_eq!(refused(&mut world, wrong), "producer.fees.no_correction");
    let plain = correction(&world, "plain.json", |notice| notice.corrects = None);
    assert_eq!(refused(&mut world, plain), "producer.fees.no_correction");
    let good = correction(&world, "good.json", |_| ());
    let entry = fee::receive(&mut world.producer(), &good).unwrap();
    assert_eq!((entry.paid_yen, entry.excess_yen), (30_600, 20_400));
    let fees = fee::list(&world.store, today()).unwrap();
    assert_eq!(
        fees[0].standing,
        Standing::Corrected {
            by: "P-2026-0001-F2".to_owned()
        }
    );
    assert_eq!(refused(&mut world, good), "producer.fees.corrected");
}

#[test]
fn the_cover_names_the_delivery_and_its_recipient() {
    let mut world = notified();
    let delivered = world.deliver("d.rkp").unwrap();
    let out = world.path("cover.json");
    let request = world.path("request.rkp");
    let error = cover::cover(&mut world.producer(), &request, &out).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("producer.cover.not_ours", 1));
    let signed = cover::cover(&mut world.producer(), &delivered.file, &out).unwrap();
    let (found, signer) =
        read::<DeliveryCover>(&out, StatementKind::DeliveryCover, &world.authority.trust())
            .unwrap();
    assert_eq!((&found, &signer), (&signed, &world.producer.card));
    assert_eq!(found.sha256, delivered.sha256);
    assert_eq!(found.fingerprint, world.workspace.card.fingerprint());
}
