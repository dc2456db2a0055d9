//! What a use case takes before it does anything.

use std::fmt;
use std::marker::PhantomData;

use crate::action::Act;
use crate::{Action, Object, PersonId, Principal, Scope, SessionId};

/// Leave for one person, in one session, to do one action to one object, once.
///
/// Only [`Policies::permit`](crate::Policies::permit) makes one.
/// ```compile_fail,E0451
/// use renketsu_access::{Object, Permit, PersonId, Scope, SessionId, act};
/// let forged: Permit<act::AskRun> = Permit {
///     person: PersonId::new("p"),
///     session: SessionId::new("s"),
///     scope: Scope::Office,
///     object: Object::Office,
///     act: std::marker::PhantomData,
/// };
/// ```
/// It is not copied:
/// ```compile_fail,E0599
/// fn twice(permit: renketsu_access::Permit<renketsu_access::act::AskRun>) {
///     let other = permit.clone();
/// }
/// ```
/// It is used up:
/// ```compile_fail,E0382
/// fn run(permit: renketsu_access::Permit<renketsu_access::act::AskRun>) {}
/// fn twice(permit: renketsu_access::Permit<renketsu_access::act::AskRun>) {
///     run(permit);
///     run(permit);
/// }
/// ```
/// That of one action is not that of another:
/// ```compile_fail,E0308
/// fn run(permit: renketsu_access::Permit<renketsu_access::act::AskRun>) {}
/// fn other(permit: renketsu_access::Permit<renketsu_access::act::HomeView>) {
///     run(permit);
/// }
/// ```
/// And nobody adds an action:
/// ```compile_fail,E0277
/// struct Anything;
/// impl renketsu_access::Act for Anything {
///     const ACTION: renketsu_access::Action = renketsu_access::Action::AskRun;
/// }
/// ```
#[must_use = "what it allows is done with it, or not at all"]
pub struct Permit<A: Act> {
    person: PersonId,
    session: SessionId,
    scope: Scope,
    object: Object,
    act: PhantomData<fn() -> A>,
}

impl<A: Act> Permit<A> {
    /// The only call is after the policies allowed it.
    pub(crate) fn granted(who: &Principal, on: &Object) -> Self {
        Self {
            person: who.person.clone(),
            session: who.session.clone(),
            scope: who.scope.clone(),
            object: on.clone(),
            act: PhantomData,
        }
    }

    /// For what.
    pub fn action(&self) -> Action {
        A::ACTION
    }

    /// To whom it was given.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// In which session.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The session's study, or the office.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// To what.
    pub fn object(&self) -> &Object {
        &self.object
    }
}

impl<A: Act> fmt::Debug for Permit<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Permit")
            .field("action", &A::ACTION.as_str())
            .field("person", &self.person)
            .field("session", &self.session)
            .field("scope", &self.scope)
            .field("object", &self.object)
            .finish()
    }
}
