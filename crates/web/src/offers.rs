//! What pages offer in a session: the same for as long as who asks and what is asked about are the same, so that a menu of fifteen entries
//! isn't fifteen questions to the policies at every page. Nothing is done on the strength of it: whoever acts needs a permit, and that is
//! asked for anew each time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use renketsu_access::{Action, Object, Policies, Principal};

/// A session that saw more things than this forgets what it knew of them.
const MOST: usize = 512;

/// What was answered in the open sessions.
#[derive(Debug, Default)]
pub(crate) struct Offers(Mutex<BTreeMap<String, Known>>);

#[derive(Debug)]
struct Known {
    who: Principal,
    answers: BTreeMap<(Action, Object), bool>,
}

impl Offers {
    /// Whether the policies allow it.
    pub(crate) fn allows(
        &self,
        policies: &Policies,
        action: Action,
        who: &Principal,
        on: &Object,
    ) -> bool {
        let asked = (action, on.clone());
        {
            let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = open.get(who.session.as_str());
            // With another role they are somebody else.
            let answer = known
                .filter(|known| known.who == *who)
                .and_then(|known| known.answers.get(&asked));
            if let Some(answer) = answer {
                return *answer;
            }
        }
        let answer = policies.allows(action, who, on);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open
            .entry(who.session.as_str().to_owned())
            .or_insert_with(|| Known {
                who: who.clone(),
                answers: BTreeMap::new(),
            });
        if known.who != *who || known.answers.len() >= MOST {
            known.who = who.clone();
            known.answers.clear();
        }
        known.answers.insert(asked, answer);
        answer
    }

    /// A session is over.
    pub(crate) fn forget(&self, session: &str) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use renketsu_access::{
        Factors, Grant, PersonId, Role, Scope, SessionId, Standing, Study, StudyId, StudyState,
    };

    use super::*;

    #[test]
    fn what_a_role_offers_goes_with_the_role_and_with_the_state_of_the_study() {
        let policies = Policies::shipped().unwrap();
        let offers = Offers::default();
        let scope = Scope::Study(StudyId::new("s1"));
        let mut who = Principal {
            person: PersonId::new("sato"),
            session: SessionId::new("a"),
            scope: scope.clone(),
            grants: vec![Grant::new(Role::Handler, scope).unwrap()],
            factors: Factors::Two,
            standing: Standing::WHOLE,
        };
        let study = |state| {
            Object::Study(Study {
                id: StudyId::new("s1"),
                state,
            })
        };
        for _ in 0..2 {
            for (state, expected) in [(StudyState::InUse, true), (StudyState::Suspended, false)] {
                let on = study(state);
                assert_eq!(
                    offers.allows(&policies, Action::AskRun, &who, &on),
                    expected
                );
            }
        }
        who.grants.clear();
        let on = study(StudyState::InUse);
        assert!(!offers.allows(&policies, Action::AskRun, &who, &on));
        offers.forget("a");
        assert!(offers.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_session_keeps_so_much_and_no_more() {
        let policies = Policies::shipped().unwrap();
        let offers = Offers::default();
        let who = Principal {
            person: PersonId::new("sato"),
            session: SessionId::new("a"),
            scope: Scope::Office,
            grants: Vec::new(),
            factors: Factors::Two,
            standing: Standing::WHOLE,
        };
        for number in 0..=MOST {
            let on = Object::Person {
                id: PersonId::new(number.to_string()),
            };
            offers.allows(&policies, Action::PeopleGrant, &who, &on);
        }
        assert_eq!(offers.0.lock().unwrap()["a"].answers.len(), 1);
    }
}
