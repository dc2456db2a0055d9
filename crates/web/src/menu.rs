//! The menu: what a person may do here, and nothing else.

use renketsu_access::{Act, Object, act};

use crate::office::Office;
use crate::study;
use crate::visit::Visit;

/// An entry of the menu.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) address: String,
    pub(crate) word: &'static str,
    pub(crate) is_here: bool,
}

/// The menu of an open session, on the page of this word.
pub(crate) fn of(office: &Office, visit: &Visit, here: &str) -> Vec<Entry> {
    let mut menu = Menu {
        office,
        visit,
        here,
        entries: Vec::new(),
    };
    menu.always("/", "web-menu-home");
    match &visit.sitting.study {
        Some(study) => menu.of_study(study),
        None => menu.of_office(),
    }
    menu.add::<act::LedgerTerminalView>(&visit.on, "/ledgers/terminals", "web-menu-ledger");
    menu.add::<act::LedgerReportView>(&visit.on, "/ledgers/reports", "web-menu-ledger-reports");
    let at = &Object::Office;
    // In a session of a study the log is the study's.
    menu.add::<act::LogView>(&visit.on, "/log", "web-menu-log");
    menu.add::<act::DiagnosticsView>(at, "/diagnostics", "web-menu-diagnostics");
    menu.add::<act::RolesView>(&visit.on, "/roles", "web-menu-roles");
    menu.always("/me", "web-menu-me");
    menu.entries
}

struct Menu<'a> {
    office: &'a Office,
    visit: &'a Visit,
    here: &'a str,
    entries: Vec<Entry>,
}

impl Menu<'_> {
    fn always(&mut self, address: &str, word: &'static str) {
        self.entries.push(Entry {
            is_here: word == self.here,
            address: address.to_owned(),
            word,
        });
    }

    fn add<A: Act>(&mut self, on: &Object, address: &str, word: &'static str) {
        if self.visit.may::<A>(self.office, on) {
            self.always(address, word);
        }
    }

    fn of_study(&mut self, study: &str) {
        let on = &self.visit.on;
        let below = |page: &str| format!("/studies/{study}{page}");
        self.add::<act::StudyView>(on, &below(""), "web-menu-study");
        self.add::<act::CatalogueView>(on, &below("/data"), "web-menu-data");
        self.add::<act::AskRun>(on, &below("/sql"), "web-menu-sql");
        let own = study::own_questions(self.visit, on);
        if self.visit.may::<act::AskHistoryAll>(self.office, on)
            || own.is_some_and(|own| self.visit.may::<act::AskHistoryOwn>(self.office, &own))
        {
            self.always(&below("/questions"), "web-menu-questions");
        }
        self.add::<act::LinkView>(on, &below("/link"), "web-menu-link");
        self.add::<act::PeopleView>(on, "/people", "web-menu-people");
        self.add::<act::SessionsView>(on, "/sessions", "web-menu-sessions");
        self.add::<act::PackageReceive>(on, "/packages", "web-menu-packages");
    }

    fn of_office(&mut self) {
        let at = &Object::Office;
        self.add::<act::StudyList>(at, "/studies", "web-menu-studies");
        self.add::<act::PeopleView>(at, "/people", "web-menu-people");
        self.add::<act::TerminalsView>(at, "/terminals", "web-menu-terminals");
        self.add::<act::SessionsView>(at, "/sessions", "web-menu-sessions");
    }
}
