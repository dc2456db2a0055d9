//! The policies: read, checked against their schema, and asked.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr as _;
use std::sync::OnceLock;

use cedar_policy::{
    Authorizer, Decision, Effect, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};

use crate::denial::{Denial, Reason};
use crate::request::{Types, ask};
use crate::{
    Act, Action, Factors, Grant, Object, Permit, PersonId, Principal, Role, Scope, SessionId,
    Standing, Study, StudyId, StudyState, TerminalId,
};

/// What the policies speak of.
pub const SCHEMA: &str = include_str!("../policies/schema.cedarschema");

/// The policies that the program brings: name of the file and text. There are no others.
pub const FILES: &[(&str, &str)] = &[
    ("never.cedar", include_str!("../policies/never.cedar")),
    ("own.cedar", include_str!("../policies/own.cedar")),
    ("people.cedar", include_str!("../policies/people.cedar")),
    ("site.cedar", include_str!("../policies/site.cedar")),
    ("study.cedar", include_str!("../policies/study.cedar")),
];

/// Policies that are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Two policies have one name.
    #[error("two policies are called `{policy}`")]
    Doubled {
        /// The name.
        policy: String,
    },
    /// A policy speaks of what the schema doesn't know, or may mean nothing.
    #[error("the policies don't fit their schema")]
    Invalid,
    /// A policy has no `@id`, or one that forbids has no `@clause` or no known `@reason`.
    #[error("a policy of `{file}` doesn't say its name, clause or reason")]
    Nameless {
        /// Where it stands.
        file: String,
    },
    /// The schema can't be read.
    #[error("the schema of the policies can't be read")]
    Schema,
    /// A file can't be read as policies.
    #[error("`{file}` can't be read as policies")]
    Text {
        /// Which.
        file: String,
    },
}

impl LoadError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("access.policies.doubled", &["policy"]),
        ("access.policies.invalid", &[]),
        ("access.policies.nameless", &["file"]),
        ("access.policies.schema", &[]),
        ("access.policies.text", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Doubled { .. } => "access.policies.doubled",
            Self::Invalid => "access.policies.invalid",
            Self::Nameless { .. } => "access.policies.nameless",
            Self::Schema => "access.policies.schema",
            Self::Text { .. } => "access.policies.text",
        }
    }
}

/// What decides.
pub struct Policies {
    authorizer: Authorizer,
    /// What each role may do, once somebody asked.
    roles: OnceLock<BTreeMap<Role, Vec<Action>>>,
    schema: Schema,
    set: PolicySet,
    types: Types,
}

impl fmt::Debug for Policies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Policies")
            .field("policies", &self.set.num_of_policies())
            .finish_non_exhaustive()
    }
}

impl Policies {
    /// Those that the program brings.
    pub fn shipped() -> Result<Self, LoadError> {
        Self::read(SCHEMA, FILES)
    }

    /// Others, held to the same: tests of what happens when one of them can't be evaluated.
    pub fn read(schema: &str, files: &[(&str, &str)]) -> Result<Self, LoadError> {
        let (schema, _warnings) =
            Schema::from_cedarschema_str(schema).map_err(|_| LoadError::Schema)?;
        let mut set = PolicySet::new();
        for (file, text) in files {
            add(&mut set, file, text)?;
        }
        let found = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        if !found.validation_passed_without_warnings() {
            return Err(LoadError::Invalid);
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            roles: OnceLock::new(),
            types: Types::new().ok_or(LoadError::Schema)?,
            schema,
            set,
        })
    }

    /// Leave to do `A` to this object, or why not. Every refusal is an event; one that [`is_fault`](Denial::is_fault) an alarm.
    pub fn permit<A: Act>(&self, who: &Principal, on: &Object) -> Result<Permit<A>, Denial> {
        self.judge(A::ACTION, who, on)?;
        Ok(Permit::granted(who, on))
    }

    /// Whether it would be allowed: for menus, which show what a person may do. Nothing is done on the strength of this.
    pub fn allows(&self, action: Action, who: &Principal, on: &Object) -> bool {
        self.decide(action, who, on).is_ok()
    }

    /// What a role may do to something that it is done to: for the printed table of 4-3-1.roles, asked of the policies themselves.
    /// They don't change while the program runs, and are asked for all roles once: that is thousands of questions.
    pub fn of_role(&self, role: Role) -> &[Action] {
        let all = self.roles.get_or_init(|| {
            let objects = things();
            let may = |role| {
                let any = |action: &Action| objects.iter().any(|on| self.has(role, *action, on));
                Action::ALL.iter().copied().filter(any).collect()
            };
            Role::ALL
                .into_iter()
                .map(|role| (role, may(role)))
                .collect()
        });
        all.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Why it would be refused. Nothing is done on the strength of this either.
    pub fn judge(&self, action: Action, who: &Principal, on: &Object) -> Result<(), Denial> {
        let Err((reason, clause)) = self.decide(action, who, on) else {
            return Ok(());
        };
        Err(Denial {
            action,
            clause: clause.unwrap_or_else(|| {
                let first = action.clauses().first();
                first.map(|clause| (*clause).to_owned()).unwrap_or_default()
            }),
            reason,
            ask: self.whom(reason, action, on),
        })
    }

    /// Errors deny: Cedar skips a policy that can't be evaluated, and that may be one that forbids.
    fn decide(
        &self,
        action: Action,
        who: &Principal,
        on: &Object,
    ) -> Result<(), (Reason, Option<String>)> {
        let fault = (Reason::Fault, None);
        let Some((request, entities)) = ask(&self.types, &self.schema, action, who, on) else {
            return Err(fault);
        };
        let answer = self
            .authorizer
            .is_authorized(&request, &self.set, &entities);
        if answer.diagnostics().errors().next().is_some() {
            return Err(fault);
        }
        if answer.decision() == Decision::Allow {
            return Ok(());
        }
        let refusing = answer
            .diagnostics()
            .reason()
            .filter_map(|id| self.refusal(id, on))
            .min();
        Err(
            refusing.map_or((Reason::NotAllowed, None), |(reason, clause)| {
                (reason, Some(clause))
            }),
        )
    }

    fn refusal(&self, id: &PolicyId, on: &Object) -> Option<(Reason, String)> {
        let policy = self.set.policy(id)?;
        let reason = policy.annotation("reason").and_then(reason)?;
        let clause = policy.annotation("clause")?.to_owned();
        let suspended = on
            .study()
            .is_some_and(|study| study.state == StudyState::Suspended);
        if reason == Reason::NotInUse && suspended {
            return Some((Reason::Suspended, clause));
        }
        Some((reason, clause))
    }

    /// The roles that may, asked of the policies themselves; for what stands in the way of everybody, those that can clear it.
    fn whom(&self, reason: Reason, action: Action, on: &Object) -> Vec<Role> {
        match reason {
            Reason::OtherStudy => Vec::new(),
            // What can't be evaluated names nobody.
            Reason::Fault => vec![Role::SystemOperator, Role::SecurityManager],
            Reason::Factors => self.may(
                Action::ExceptionRecord,
                &Object::Person {
                    id: PersonId::new(""),
                },
            ),
            Reason::Standing => self.may(Action::PeopleEnrol, &Object::Office),
            Reason::Suspended | Reason::NotInUse => {
                let study = on.study().cloned().map_or(Object::Office, Object::Study);
                self.may(Action::StudySuspend, &study)
            }
            Reason::Elsewhere | Reason::OwnProposal | Reason::NotAllowed => self.may(action, on),
        }
    }

    /// The roles with which somebody who had no part in it so far may do it, in the study or in the office.
    fn may(&self, action: Action, on: &Object) -> Vec<Role> {
        let may = |role: &Role| self.has(*role, action, on);
        Role::ALL.into_iter().filter(may).collect()
    }

    fn has(&self, role: Role, action: Action, on: &Object) -> bool {
        let study = on.study().map(|study| Scope::Study(study.id.clone()));
        [Some(Scope::Office), study]
            .into_iter()
            .flatten()
            .any(|scope| {
                let Ok(grant) = Grant::new(role, scope.clone()) else {
                    return false;
                };
                let somebody = Principal {
                    person: PersonId::new(NOBODY),
                    session: SessionId::new(" "),
                    scope,
                    grants: vec![grant],
                    factors: Factors::Two,
                    standing: Standing::WHOLE,
                };
                self.decide(action, &somebody, on).is_ok()
            })
    }
}

/// The state gives no empty name.
const NOBODY: &str = " ";

/// One thing of each kind, of a study in use, of others and of the one who asks.
fn things() -> Vec<Object> {
    let study = Study {
        id: StudyId::new("study"),
        state: StudyState::InUse,
    };
    let (somebody, oneself) = (PersonId::new("somebody"), PersonId::new(NOBODY));
    let proposal = |study: Option<&Study>| Object::Proposal {
        study: study.cloned(),
        proposer: somebody.clone(),
        about: None,
    };
    let people = [&somebody, &oneself].map(|id| Object::Person { id: id.clone() });
    let questions = [&somebody, &oneself].map(|owner| Object::Question {
        study: study.clone(),
        owner: owner.clone(),
    });
    let terminal = Object::Terminal {
        id: TerminalId::new("terminal"),
        study: Some(study.clone()),
    };
    let rest = [
        proposal(None),
        proposal(Some(&study)),
        terminal,
        Object::Office,
        Object::Study(study),
    ];
    people.into_iter().chain(questions).chain(rest).collect()
}

fn reason(name: &str) -> Option<Reason> {
    Reason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == name)
}

/// Adds the policies of one file under the names they give themselves.
fn add(set: &mut PolicySet, file: &str, text: &str) -> Result<(), LoadError> {
    let nameless = || LoadError::Nameless {
        file: file.to_owned(),
    };
    let unreadable = || LoadError::Text {
        file: file.to_owned(),
    };
    let read = PolicySet::from_str(text).map_err(|_| unreadable())?;
    // A template would need links, and there are none.
    if read.num_of_templates() > 0 {
        return Err(unreadable());
    }
    for policy in read.policies() {
        let name = policy.annotation("id").ok_or_else(nameless)?.to_owned();
        let explained = policy.annotation("clause").is_some()
            && policy.annotation("reason").and_then(reason).is_some();
        if policy.effect() == Effect::Forbid && !explained {
            return Err(nameless());
        }
        set.add(policy.new_id(PolicyId::new(&name)))
            .map_err(|_| LoadError::Doubled { policy: name })?;
    }
    Ok(())
}
