//! A question as Cedar takes it: the session, the object and what they refer to, held to the schema.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
    Schema,
};

use crate::{Action, Factors, Object, PersonId, Principal, Scope, Study};

/// The types of the schema.
#[derive(Debug)]
pub(crate) struct Types {
    action: EntityTypeName,
    office: EntityTypeName,
    person: EntityTypeName,
    proposal: EntityTypeName,
    question: EntityTypeName,
    role: EntityTypeName,
    session: EntityTypeName,
    study: EntityTypeName,
    terminal: EntityTypeName,
}

type Attributes = BTreeMap<&'static str, RestrictedExpression>;

impl Types {
    pub(crate) fn new() -> Option<Self> {
        let named = |name| EntityTypeName::from_str(name).ok();
        Some(Self {
            action: named("Action")?,
            office: named("Office")?,
            person: named("Person")?,
            proposal: named("Proposal")?,
            question: named("Question")?,
            role: named("Role")?,
            session: named("Session")?,
            study: named("Study")?,
            terminal: named("Terminal")?,
        })
    }

    fn person(&self, id: &PersonId) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.person, id.as_str()))
    }

    fn study(&self, id: &str) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.study, id))
    }
}

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

/// `None` is what the schema refuses: an action on an object it is not done to.
pub(crate) fn ask(
    types: &Types,
    schema: &Schema,
    action: Action,
    who: &Principal,
    on: &Object,
) -> Option<(Request, Entities)> {
    let session = session(types, who)?;
    let (object, attributes) = object(types, on);
    let request = Request::new(
        session.uid(),
        uid(&types.action, action.as_str()),
        object.clone(),
        Context::empty(),
        Some(schema),
    )
    .ok()?;
    let mut entities = vec![session];
    if let Some(study) = on.study() {
        let state = ("state".to_owned(), text(study.state.as_str()));
        let id = uid(&types.study, study.id.as_str());
        entities.push(Entity::new(id, [state].into(), [].into()).ok()?);
    }
    if !matches!(on, Object::Study(_)) {
        let attributes = attributes.into_iter();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        entities.push(Entity::new(object, attributes.collect(), [].into()).ok()?);
    }
    let entities = Entities::from_entities(entities, Some(schema)).ok()?;
    Some((request, entities))
}

fn session(types: &Types, who: &Principal) -> Option<Entity> {
    let factors = match who.factors {
        Factors::One => "one",
        Factors::OneByException => "one-by-exception",
        Factors::Two => "two",
    };
    let mut attributes = Attributes::from([
        ("person", types.person(&who.person)),
        ("factors", text(factors)),
        (
            "pledged",
            RestrictedExpression::new_bool(who.standing.pledged),
        ),
        (
            "trained",
            RestrictedExpression::new_bool(who.standing.trained),
        ),
    ]);
    if let Scope::Study(study) = &who.scope {
        attributes.insert("study", types.study(study.as_str()));
    }
    Entity::new(
        uid(&types.session, who.session.as_str()),
        attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        who.roles()
            .map(|role| uid(&types.role, role.as_str()))
            .collect(),
    )
    .ok()
}

/// An object has no name of its own where the policies don't tell one from another.
fn object(types: &Types, on: &Object) -> (EntityUid, Attributes) {
    let of = |study: &Study| ("study", types.study(study.id.as_str()));
    match on {
        Object::Office => (uid(&types.office, "office"), Attributes::new()),
        Object::Person { id } => (uid(&types.person, id.as_str()), Attributes::new()),
        Object::Proposal {
            study,
            proposer,
            about,
        } => {
            let mut attributes = Attributes::from([("proposer", types.person(proposer))]);
            attributes.extend(study.as_ref().map(of));
            attributes.extend(about.as_ref().map(|about| ("about", types.person(about))));
            (uid(&types.proposal, "proposal"), attributes)
        }
        Object::Question { study, owner } => (
            uid(&types.question, "question"),
            Attributes::from([of(study), ("owner", types.person(owner))]),
        ),
        Object::Study(study) => (uid(&types.study, study.id.as_str()), Attributes::new()),
        Object::Terminal { id, study } => (
            uid(&types.terminal, id.as_str()),
            study.as_ref().map(of).into_iter().collect(),
        ),
    }
}
