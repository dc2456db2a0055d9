//! The reviewed table: role × action × object × state of the study.

use std::fmt::Write as _;
use std::path::Path;

use renketsu_access::{Action, Grant, Object, Policies, Role, Scope, StudyState};

use crate::somebody::{in_study, me, objects, study};

const STUDY: &str = "diabetes";
const HEAD: &str = "\
What each role may do. Made from the policies by `RENKETSU_MATRIX=write cargo test -p renketsu-access --test it -- matrix`;
a change of this file is a change of who may do what, and is reviewed as such.

Letters are the states of the study in which it is allowed: P preparing, U in use, S suspended, E ended. `yes` is where the
object belongs to no study, `.` is never. Each column has this role alone, two factors, and undertakings and training in order.
";

fn cell(
    policies: &Policies,
    action: Action,
    scope: &Scope,
    role: Option<Role>,
    at: usize,
) -> String {
    let roles = match role {
        Some(role) if Grant::new(role, scope.clone()).is_err() => return " ".to_owned(),
        Some(role) => vec![role],
        None => Vec::new(),
    };
    let who = me(scope.clone(), &roles);
    let allowed = StudyState::ALL.map(|state| {
        let (_, object) = objects(action, &study(STUDY, state)).swap_remove(at);
        policies.allows(action, &who, &object)
    });
    let (_, object) = objects(action, &study(STUDY, StudyState::InUse)).swap_remove(at);
    if object.study().is_none() {
        return if allowed == [true; 4] { "yes" } else { "." }.to_owned();
    }
    let letters: String = "PUSE"
        .chars()
        .zip(allowed)
        .filter(|(_, allowed)| *allowed)
        .map(|(letter, _)| letter)
        .collect();
    if letters.is_empty() {
        ".".to_owned()
    } else {
        letters
    }
}

fn table(policies: &Policies) -> String {
    let mut text = HEAD.to_owned();
    for (title, scope) in [
        ("In a session of the study", in_study(STUDY)),
        ("In a session of the office", Scope::Office),
    ] {
        let columns: Vec<Option<Role>> = std::iter::once(None)
            .chain(Role::ALL.map(Some))
            .filter(|role| role.is_none_or(|role| Grant::new(role, scope.clone()).is_ok()))
            .collect();
        write!(text, "\n{title}\n{:24} {:14}", "action", "object").unwrap();
        for column in &columns {
            write!(text, " {:16}", column.map_or("no role", Role::as_str)).unwrap();
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        for action in Action::ALL {
            let names = objects(*action, &study(STUDY, StudyState::InUse));
            for (at, (name, _)) in names.iter().enumerate() {
                write!(text, "{:24} {name:14}", action.as_str()).unwrap();
                for role in &columns {
                    let cell = cell(policies, *action, &scope, *role, at);
                    write!(text, " {cell:16}").unwrap();
                }
                text.truncate(text.trim_end().len());
                text.push('\n');
            }
        }
    }
    text
}

#[test]
fn the_policies_say_what_the_reviewed_matrix_says() {
    let policies = Policies::shipped().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix.txt");
    let made = table(&policies);
    if std::env::var_os("RENKETSU_MATRIX").is_some_and(|what| what == "write") {
        std::fs::write(&path, &made).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    for (number, (made, reviewed)) in made.lines().zip(reviewed.lines()).enumerate() {
        assert_eq!(made, reviewed, "line {} of tests/matrix.txt", number + 1);
    }
    assert_eq!(made.lines().count(), reviewed.lines().count());
}

#[test]
fn every_action_is_allowed_to_somebody_in_some_state() {
    let policies = Policies::shipped().unwrap();
    for action in Action::ALL {
        let allowed = StudyState::ALL.into_iter().any(|state| {
            let objects: Vec<Object> = objects(*action, &study(STUDY, state))
                .into_iter()
                .map(|(_, object)| object)
                .collect();
            Role::ALL.into_iter().any(|role| {
                [Scope::Office, in_study(STUDY)].into_iter().any(|scope| {
                    Grant::new(role, scope.clone()).is_ok()
                        && objects.iter().any(|object| {
                            policies.allows(*action, &me(scope.clone(), &[role]), object)
                        })
                })
            })
        });
        assert!(allowed, "{}", action.as_str());
    }
}
