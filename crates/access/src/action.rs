//! Everything that can be done, side by side.

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal / $message:literal [$($clause:literal),+];)*) => {
        /// Something that can be done behind a permit. Names are stable and never used again for something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name: record, policies and pages use it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $dotted,)*
                }
            }

            /// The message that says what it is.
            pub fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)*
                }
            }

            /// The duties of the guideline that it serves or is held by; the first is the one a refusal names.
            pub fn clauses(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($clause),+],)*
                }
            }
        }

        /// One type per action, for [`Permit`](crate::Permit).
        pub mod act {
            $(
                $(#[$doc])*
                #[derive(Debug)]
                pub enum $name {}

                impl super::sealed::Sealed for $name {}

                impl super::Act for $name {
                    const ACTION: super::Action = super::Action::$name;
                }
            )*
        }
    };
}

mod sealed {
    #[expect(unnameable_types, reason = "who can't name it can't add an action")]
    pub trait Sealed {}
}

/// An action as a type. Sealed: the list is [`Action`].
pub trait Act: sealed::Sealed {
    /// Which one.
    const ACTION: Action;
}

actions! {
    /// See what is due today.
    HomeView = "home.view" / "action-home-view" ["4-3-4-1.identify"];
    /// See which studies there are: in a study, that study.
    StudyList = "study.list" / "action-study-list" ["4-3-3-1.separation"];
    /// See the overview of a study, without its data.
    StudyView = "study.view" / "action-study-view" ["4-3-3-1.separation"];
    /// See tables, columns, code lists and missing shares.
    CatalogueView = "catalogue.view" / "action-catalogue-view" ["4-3-5-2.no-transfer"];
    /// See the report of a link.
    LinkView = "link.view" / "action-link-view" ["4-3-5-2.no-transfer"];
    /// Link the tables of a study.
    LinkRun = "link.run" / "action-link-run" ["4-3-5-2.no-transfer"];
    /// Ask a question and see its answer.
    AskRun = "ask.run" / "action-ask-run" ["4-3-5-2.no-transfer", "4-1.no-identification"];
    /// Stop a running question.
    AskCancel = "ask.cancel" / "action-ask-cancel" ["4-3-5-2.no-transfer"];
    /// See what one asked oneself.
    AskHistoryOwn = "ask.history.own" / "action-ask-history-own" ["4-3-5-2.no-transfer"];
    /// See what everybody of the study asked, without the answers.
    AskHistoryAll = "ask.history.all" / "action-ask-history-all" ["4-4.supervision", "4-3-4-2i.log-protection"];
    /// Keep a question under a name.
    AskSave = "ask.save" / "action-ask-save" ["4-3-5-2.no-transfer"];
    /// Make a numbered report of an answer, a link or the catalogue, and see it again.
    ReportMake = "report.make" / "action-report-make" ["4-3-1.ledger.outputs", "4-3-5-2.no-transfer"];
    /// Take a package into the quarantine.
    PackageReceive = "package.receive" / "action-package-receive" ["4-3-1.ledger.media", "4-3-4-2iii.antivirus"];
    /// Import what a package holds.
    PackageImport = "package.import" / "action-package-import" ["4-3-1.inventory", "4-3-4-2iii.antivirus"];
    /// See who has which roles.
    PeopleView = "people.view" / "action-people-view" ["4-3-1.roles"];
    /// Enrol a person.
    PeopleEnrol = "people.enrol" / "action-people-enrol" ["4-3-4-1.identify", "4-3-2.eligibility"];
    /// Give or take a role.
    PeopleGrant = "people.grant" / "action-people-grant" ["4-3-1.roles"];
    /// Stop a person's access at once.
    PeopleSuspend = "people.suspend" / "action-people-suspend" ["4-3-1.incidents"];
    /// Propose that a person's password and factors be set anew.
    PeopleResetPropose = "people.reset.propose" / "action-people-reset-propose" ["4-3-4-1.reset"];
    /// Approve that.
    PeopleResetApprove = "people.reset.approve" / "action-people-reset-approve" ["4-3-4-1.reset"];
    /// See the sessions.
    SessionsView = "sessions.view" / "action-sessions-view" ["4-3-4-2i.access-log"];
    /// End a person's session.
    SessionsEnd = "sessions.end" / "action-sessions-end" ["4-3-1.incidents", "4-3-4-1.no-sharing"];
    /// See the terminals.
    TerminalsView = "terminals.view" / "action-terminals-view" ["4-3-3-1.place"];
    /// Enrol a terminal for a place and a study, or for the office.
    TerminalsEnrol = "terminals.enrol" / "action-terminals-enrol" ["4-3-3-1.place", "4-3-3-1.separation"];
    /// Take a terminal's enrolment back.
    TerminalsRevoke = "terminals.revoke" / "action-terminals-revoke" ["4-3-3-1.place"];
    /// Enter or change a place of use.
    PlacesSet = "places.set" / "action-places-set" ["4-3-3-1.place"];
    /// Give a study its time slots in a place.
    SlotsSet = "slots.set" / "action-slots-set" ["4-3-3-1.separation"];
    /// Read the log.
    LogView = "log.view" / "action-log-view" ["4-3-4-2i.log-protection"];
    /// Review the log and sign for it.
    LogReview = "log.review" / "action-log-review" ["4-3-4-2i.log-review"];
    /// Read the terminal ledger.
    LedgerTerminalView = "ledger.terminal.view" / "action-ledger-terminal-view" ["4-3-1.ledger.terminal"];
    /// Correct the terminal ledger by a new line.
    LedgerTerminalCorrect = "ledger.terminal.correct" / "action-ledger-terminal-correct" ["4-3-1.ledger.terminal"];
    /// Read the ledger of produced reports.
    LedgerReportView = "ledger.report.view" / "action-ledger-report-view" ["4-3-1.ledger.outputs"];
    /// Say by a new line of that ledger where a report is kept, that it was disposed of, or what was wrong.
    LedgerReportCorrect = "ledger.report.correct" / "action-ledger-report-correct" ["4-3-1.ledger.outputs"];
    /// Take a ledger out as a file or on paper.
    LedgerExport = "ledger.export" / "action-ledger-export" ["4-3-1.ledger.terminal", "4-3-1.ledger.outputs"];
    /// See the state of the machine.
    DiagnosticsView = "diagnostics.view" / "action-diagnostics-view" ["4-3-4.host", "4-3-4-2iii.offline"];
    /// See the table of roles.
    RolesView = "roles.view" / "action-roles-view" ["4-3-1.roles"];
    /// See one's own account.
    MeView = "me.view" / "action-me-view" ["4-3-4-1.identify"];
    /// Change one's own password and factors.
    MeFactors = "me.factors" / "action-me-factors" ["4-3-4-1.two-factor", "4-3-4-1.password-rule"];
    /// Open a study.
    StudyCreate = "study.create" / "action-study-create" ["4-3-3-1.separation"];
    /// Approve that a reference table holds no person.
    ReferenceApprove = "reference.approve" / "action-reference-approve" ["4-1.no-identification"];
    /// Allow rows of single persons in answers.
    RowsAllow = "rows.allow" / "action-rows-allow" ["4-1.no-identification", "2-1.no-collation"];
    /// Stop a study at once, or let it go on.
    StudySuspend = "study.suspend" / "action-study-suspend" ["4-3-1.incidents"];
    /// Record an exception: one factor for a person, or a place shared with the producers' written acceptance.
    ExceptionRecord = "exception.record" / "action-exception-record" ["4-3-4-1.password-only", "4-3-3-1.separation"];
}
