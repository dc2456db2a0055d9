//! People and objects for the tests.

use renketsu_access::{
    Action, Factors, Grant, Object, PersonId, Principal, Role, Scope, SessionId, Standing, Study,
    StudyId, StudyState, TerminalId,
};

pub(crate) const ME: &str = "hanako";
pub(crate) const OTHER: &str = "ichiro";

pub(crate) fn in_study(study: &str) -> Scope {
    Scope::Study(StudyId::new(study))
}

pub(crate) fn study(id: &str, state: StudyState) -> Study {
    Study {
        id: StudyId::new(id),
        state,
    }
}

/// In a session of the scope, with these roles in it.
pub(crate) fn me(scope: Scope, roles: &[Role]) -> Principal {
    Principal {
        person: PersonId::new(ME),
        session: SessionId::new("session-1"),
        grants: roles
            .iter()
            .map(|role| Grant::new(*role, scope.clone()).unwrap())
            .collect(),
        scope,
        factors: Factors::Two,
        standing: Standing::WHOLE,
    }
}

/// Everything an action can be done to, with a name: as if `study` were the only one, and as far as `who` had a part in it.
pub(crate) fn objects(action: Action, study: &Study) -> Vec<(&'static str, Object)> {
    let person = |id: &str| Object::Person {
        id: PersonId::new(id),
    };
    let question = |owner: &str| Object::Question {
        study: study.clone(),
        owner: PersonId::new(owner),
    };
    let proposal = |study: Option<&Study>, proposer: &str, about: Option<&str>| Object::Proposal {
        study: study.cloned(),
        proposer: PersonId::new(proposer),
        about: about.map(PersonId::new),
    };
    let terminal = |study: Option<&Study>| Object::Terminal {
        id: TerminalId::new("pc-03"),
        study: study.cloned(),
    };
    let office = ("office", Object::Office);
    let of_study = ("study", Object::Study(study.clone()));
    match action {
        Action::MeView
        | Action::MeFactors
        | Action::PeopleGrant
        | Action::PeopleSuspend
        | Action::PeopleResetPropose
        | Action::SessionsEnd => {
            vec![("oneself", person(ME)), ("another", person(OTHER))]
        }
        Action::HomeView
        | Action::RolesView
        | Action::StudyList
        | Action::PeopleView
        | Action::SessionsView
        | Action::LogView
        | Action::LogReview
        | Action::LedgerTerminalView
        | Action::LedgerTerminalCorrect
        | Action::LedgerReportView
        | Action::LedgerReportCorrect
        | Action::LedgerExport => vec![office, of_study],
        Action::StudyView
        | Action::CatalogueView
        | Action::LinkView
        | Action::LinkRun
        | Action::AskRun
        | Action::AskSave
        | Action::ReportMake
        | Action::AskHistoryAll
        | Action::PackageReceive
        | Action::PackageImport
        | Action::SlotsSet
        | Action::StudySuspend => vec![of_study],
        Action::AskCancel | Action::AskHistoryOwn => {
            vec![("one's own", question(ME)), ("another's", question(OTHER))]
        }
        Action::ReferenceApprove | Action::RowsAllow => vec![
            ("one's own", proposal(Some(study), ME, None)),
            ("another's", proposal(Some(study), OTHER, None)),
        ],
        Action::PeopleResetApprove => vec![
            ("one's own", proposal(None, ME, Some("taro"))),
            ("about oneself", proposal(None, OTHER, Some(ME))),
            ("another's", proposal(None, OTHER, Some("taro"))),
        ],
        Action::ExceptionRecord => vec![
            ("oneself", person(ME)),
            ("another", person(OTHER)),
            of_study,
        ],
        Action::TerminalsEnrol | Action::TerminalsRevoke => vec![
            ("of the office", terminal(None)),
            ("of the study", terminal(Some(study))),
        ],
        Action::StudyCreate
        | Action::PeopleEnrol
        | Action::PlacesSet
        | Action::TerminalsView
        | Action::DiagnosticsView => vec![office],
    }
}
