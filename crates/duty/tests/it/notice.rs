use std::time::Duration;

use jiff::civil::date;
use renketsu_duty::application::{Accepted, Application, NoReason, Received};
use renketsu_duty::delegation::{Delegate, DelegateKind, Payee};
use renketsu_duty::fee::{FeeRule, assess};
use renketsu_duty::notice::{Between, FeeNotice, Paid, Standing, outstanding, standing};
use renketsu_duty::tariff::Tariff;

use crate::meter::stated;

fn received() -> Application<Received> {
    Application {
        number: "申出-1".to_owned(),
        provision: "P-1".to_owned(),
        state: Received,
    }
}

fn accepted() -> Application<Accepted> {
    received().accept(date(2026, 11, 1))
}

fn notice(payee: Payee, time: Duration) -> FeeNotice {
    let rule = FeeRule::default();
    let on = date(2026, 11, 22);
    let tariff = Tariff::current().unwrap();
    let assessed = assess(&tariff, &rule, &[], &[stated(time)], 0, on).unwrap();
    let between = Between {
        authority: "厚生労働大臣",
        producer: "認定作成事業者",
        certification: "認定第1号",
    };
    FeeNotice::new(
        "P-1-F1".to_owned(),
        &accepted(),
        between,
        payee,
        assessed,
        rule,
        on,
    )
    .unwrap()
}

fn fund() -> Payee {
    Payee::Delegate(Delegate {
        kind: DelegateKind::PaymentFund,
        name: "社会保険診療報酬支払基金".to_owned(),
    })
}

#[test]
fn a_notice_goes_there_and_back_and_its_figures_agree() {
    for payee in [Payee::State, fund()] {
        let notice = notice(payee, Duration::from_secs(3601));
        assert!(notice.adds_up());
        assert_eq!(notice.due, Some(date(2026, 12, 22)));
        let text = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<FeeNotice>(&text).unwrap(), notice);
        let mut other = notice.clone();
        other.amount_yen -= 1;
        assert!(!other.adds_up());
        let mut other = notice.clone();
        other.units += 1;
        assert!(!other.adds_up());
        let mut other = notice;
        other.due = None;
        assert!(!other.adds_up());
    }
}

#[test]
fn a_form_for_stamps_belongs_to_what_the_state_is_paid() {
    let hour = Duration::from_secs(3600);
    assert!(notice(Payee::State, hour).has_slip());
    assert!(!notice(fund(), hour).has_slip());
    let nothing = notice(Payee::State, Duration::ZERO);
    assert!(!nothing.has_slip() && nothing.adds_up());
    assert_eq!(
        standing(&nothing, &[], None, date(2030, 1, 1)),
        Standing::NothingDue
    );
}

#[test]
fn a_notice_is_due_overdue_paid_or_corrected() {
    let notice = notice(Payee::State, Duration::from_secs(3601));
    let due = date(2026, 12, 22);
    let paid = |yen| Paid {
        yen,
        on: date(2026, 12, 1),
    };
    assert_eq!(standing(&notice, &[], None, due), Standing::Due { by: due });
    let late = date(2026, 12, 23);
    assert_eq!(
        standing(&notice, &[paid(20_399)], None, late),
        Standing::Overdue { since: due }
    );
    let whole = [paid(10_200), paid(10_200)];
    assert_eq!(outstanding(&notice, &whole), 0);
    assert_eq!(
        standing(&notice, &whole, None, late),
        Standing::Paid {
            on: date(2026, 12, 1)
        }
    );
    assert_eq!(
        standing(&notice, &whole, Some("P-1-F2"), late),
        Standing::Corrected {
            by: "P-1-F2".to_owned()
        }
    );
}

#[test]
fn a_refusal_has_a_reason() {
    assert_eq!(received().refuse(date(2026, 11, 1), " "), Err(NoReason));
    let refused = received()
        .refuse(date(2026, 11, 1), "要件を満たさない")
        .unwrap();
    assert_eq!(refused.state.reason, "要件を満たさない");
}
