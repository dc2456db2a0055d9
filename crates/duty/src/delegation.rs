//! The delegation (法31条4項) of the work of giving the information, and who is paid because of it (5項).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Whom the Minister may delegate to: 支払基金等.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelegateKind {
    /// 社会保険診療報酬支払基金.
    PaymentFund,
    /// A 国民健康保険団体連合会.
    InsuranceFederation,
    /// Another body named by ordinance (主務省令).
    Ordinance,
}

impl DelegateKind {
    /// The word in files: `payment_fund`, `insurance_federation`, `ordinance`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentFund => "payment_fund",
            Self::InsuranceFederation => "insurance_federation",
            Self::Ordinance => "ordinance",
        }
    }
}

/// One of 支払基金等.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Which kind of body.
    pub kind: DelegateKind,
    /// Its name.
    pub name: String,
}

/// A part of the work of giving the information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Taking requests in.
    Receive,
    /// Finding persons and their first-assigned numbers.
    Resolve,
    /// Making and sealing the IDs.
    Issue,
    /// Notifying the fee.
    Notify,
    /// Passing deliveries on (法31条7項).
    Forward,
}

/// How much of the work is delegated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of it (事務の全部).
    All,
    /// Only these parts (一部).
    Part(BTreeSet<Task>),
}

impl Scope {
    /// Whether it has this part.
    pub fn has(&self, task: Task) -> bool {
        match self {
            Self::All => true,
            Self::Part(tasks) => tasks.contains(&task),
        }
    }
}

/// Work that is delegated for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// To whom.
    pub delegate: Delegate,
    /// How much.
    pub scope: Scope,
    /// First day.
    pub from: Date,
    /// Last day; none while no end is set.
    pub until: Option<Date>,
}

impl Delegation {
    /// Whether it holds on a day.
    pub fn holds(&self, on: Date) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }

    /// Whether both can't be: one has all of the work on a day on which another body has some of it.
    pub fn contradicts(&self, other: &Self) -> bool {
        let apart = self.until.is_some_and(|until| until < other.from)
            || other.until.is_some_and(|until| until < self.from);
        let all = self.scope == Scope::All || other.scope == Scope::All;
        !apart && all && self.delegate != other.delegate
    }
}

/// Who is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payee {
    /// The State (国).
    State,
    /// The one of 支払基金等 that does all of the work; it keeps the fee (法31条6項).
    Delegate(Delegate),
}

/// How the fee is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Revenue stamps (収入印紙) on a fee payment form (手数料納付書).
    RevenueStamps,
    /// As the delegate says: no form, no stamps (令9条2項ただし書).
    Delegate,
}

impl Payee {
    /// The State, unless one body does all of the work on that day.
    pub fn on(delegations: &[Delegation], day: Date) -> Self {
        delegations
            .iter()
            .find(|delegation| delegation.scope == Scope::All && delegation.holds(day))
            .map_or(Self::State, |found| Self::Delegate(found.delegate.clone()))
    }

    /// By which means it is paid (令9条2項).
    pub fn means(&self) -> Means {
        match self {
            Self::State => Means::RevenueStamps,
            Self::Delegate(_) => Means::Delegate,
        }
    }
}

/// The body that may pass deliveries on that day (法31条7項).
pub fn forwarder(delegations: &[Delegation], day: Date) -> Option<&Delegate> {
    delegations
        .iter()
        .find(|delegation| delegation.holds(day) && delegation.scope.has(Task::Forward))
        .map(|found| &found.delegate)
}
