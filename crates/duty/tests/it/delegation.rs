use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use renketsu_duty::delegation::{
    Delegate, DelegateKind, Delegation, Means, Payee, Scope, Task, forwarder,
};

fn to(kind: DelegateKind, name: &str, scope: Scope) -> Delegation {
    Delegation {
        delegate: Delegate {
            kind,
            name: name.to_owned(),
        },
        scope,
        from: date(2026, 4, 1),
        until: Some(date(2027, 3, 31)),
    }
}

fn part(tasks: &[Task]) -> Scope {
    Scope::Part(tasks.iter().copied().collect::<BTreeSet<_>>())
}

fn day() -> Date {
    date(2026, 11, 22)
}

#[test]
fn only_who_does_all_of_the_work_is_paid_instead_of_the_state() {
    let every = [
        Task::Receive,
        Task::Resolve,
        Task::Issue,
        Task::Notify,
        Task::Forward,
    ];
    let state = (Payee::State, Means::RevenueStamps);
    let payee = |delegations: &[Delegation], day| {
        let payee = Payee::on(delegations, day);
        let means = payee.means();
        (payee, means)
    };
    assert_eq!(payee(&[], day()), state);
    for kind in [
        DelegateKind::PaymentFund,
        DelegateKind::InsuranceFederation,
        DelegateKind::Ordinance,
    ] {
        let all = to(kind, "支払基金等", Scope::All);
        let paid = (Payee::Delegate(all.delegate.clone()), Means::Delegate);
        assert_eq!(payee(std::slice::from_ref(&all), day()), paid);
        assert_eq!(payee(std::slice::from_ref(&all), date(2026, 3, 31)), state);
        assert_eq!(payee(&[all], date(2027, 4, 1)), state);
        for tasks in [&every[..1], &every[..4], &[][..]] {
            let partly = to(kind, "支払基金等", part(tasks));
            assert_eq!(payee(&[partly], day()), state);
        }
    }
}

#[test]
fn all_of_the_work_and_some_of_it_cannot_be_with_two() {
    let all = to(DelegateKind::PaymentFund, "支払基金", Scope::All);
    let other = to(
        DelegateKind::InsuranceFederation,
        "国保連合会",
        part(&[Task::Issue]),
    );
    assert!(all.contradicts(&other) && other.contradicts(&all));
    let own = to(
        DelegateKind::PaymentFund,
        "支払基金",
        part(&[Task::Forward]),
    );
    assert!(!all.contradicts(&own));
    let mut later = other.clone();
    (later.from, later.until) = (date(2027, 4, 1), None);
    assert!(!all.contradicts(&later));
    let second = to(DelegateKind::PaymentFund, "支払基金", part(&[Task::Issue]));
    assert!(!second.contradicts(&other));
}

#[test]
fn a_delivery_passes_only_through_whom_that_was_delegated_to() {
    let issue = to(DelegateKind::PaymentFund, "支払基金", part(&[Task::Issue]));
    let all = to(DelegateKind::PaymentFund, "支払基金", Scope::All);
    let passes = to(
        DelegateKind::InsuranceFederation,
        "国保連合会",
        part(&[Task::Forward]),
    );
    assert_eq!(forwarder(&[], day()), None);
    assert_eq!(forwarder(std::slice::from_ref(&issue), day()), None);
    assert_eq!(
        forwarder(std::slice::from_ref(&all), day()),
        Some(&all.delegate)
    );
    assert_eq!(
        forwarder(&[issue, passes.clone()], day()),
        Some(&passes.delegate)
    );
    assert_eq!(forwarder(&[all], date(2027, 4, 1)), None);
}
