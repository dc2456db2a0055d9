//! Why the controls of a provision refuse.

use renketsu_store::StoreError;

use super::Found;

/// Why controls were not taken, or a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// A number that must be at least one is none.
    #[error("the {limit} is 0")]
    Zero {
        /// Which.
        limit: &'static str,
    },
    /// A least batch that would answer one record alone.
    #[error("a least batch of {least} rows is below {floor}")]
    Floor {
        /// What was asked for.
        least: u64,
        /// The lowest.
        floor: u64,
    },
    /// The most is below the least.
    #[error("a request may have at most {largest} rows and needs at least {least}")]
    Reversed {
        /// The least.
        least: u64,
        /// The most.
        largest: u64,
    },
    /// Nobody allowed a least batch below the usual one.
    #[error("a least batch of {least} rows, below {usual}, needs a reason and who allowed it")]
    Exception {
        /// What was asked for.
        least: u64,
        /// The usual one.
        usual: u64,
    },
    /// No reason.
    #[error("there is no reason, or one that cannot be recorded")]
    Reason,
    /// No name.
    #[error("there is no name of who allowed it, or one that cannot be recorded")]
    Approver,
    /// An amendment that changes nothing.
    #[error("nothing is amended")]
    Nothing,
    /// Fewer rows than the least batch.
    #[error("the request has {rows} rows, fewer than {least}")]
    Few {
        /// Its rows.
        rows: u64,
        /// The least.
        least: u64,
    },
    /// Fewer persons than the least batch.
    #[error("the request is about fewer than {least} different persons")]
    Persons {
        /// The least.
        least: u64,
    },
    /// More rows than the largest batch.
    #[error("the request has {rows} rows, more than {largest}")]
    Many {
        /// Its rows.
        rows: u64,
        /// The most.
        largest: u64,
    },
    /// More rows than are left.
    #[error("the request has {rows} rows, and {left} of the quota of `{provision}` are left")]
    Quota {
        /// The provision.
        provision: String,
        /// The request's rows.
        rows: u64,
        /// Rows left.
        left: u64,
    },
    /// More persons than were declared.
    #[error("`{provision}` would have about {persons} persons, more than the {cohort} declared")]
    Cohort {
        /// The provision.
        provision: String,
        /// Persons with this request.
        persons: u64,
        /// Persons declared.
        cohort: u64,
    },
    /// Findings nobody accepted.
    #[error("the request `{request}` was stopped")]
    Stopped {
        /// Package id of the request.
        request: String,
        /// What was found.
        findings: Vec<Found>,
    },
    /// An earlier request was stopped, and nobody has decided about it.
    #[error("`{provision}` is stopped by findings in `{request}`")]
    Halted {
        /// The provision.
        provision: String,
        /// Package id of the request that was stopped.
        request: String,
        /// Names of what was found.
        findings: String,
    },
    /// Another file was asked under the same package id.
    #[error("another file was asked as the request `{request}`")]
    Renewed {
        /// Package id of the request.
        request: String,
    },
    /// Nothing is to be dismissed.
    #[error("`{provision}` is not stopped")]
    NotHalted {
        /// The provision.
        provision: String,
    },
    /// Dry runs are used up.
    #[error("there were {runs} dry runs of the request `{request}`")]
    DryRuns {
        /// Package id of the request.
        request: String,
        /// How many.
        runs: u64,
    },
    /// What the state holds of the controls is not of its form.
    #[error("what the state holds of the controls of `{provision}` is damaged")]
    Damaged {
        /// The provision.
        provision: String,
    },
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ControlError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.control.zero", &["limit"]),
        ("authority.control.floor", &["least", "floor"]),
        ("authority.control.reversed", &["least", "largest"]),
        ("authority.control.exception", &["least", "usual"]),
        ("authority.control.reason", &[]),
        ("authority.control.approver", &[]),
        ("authority.control.nothing", &[]),
        ("authority.control.few", &["rows", "least"]),
        ("authority.control.persons", &["least"]),
        ("authority.control.many", &["rows", "largest"]),
        ("authority.control.quota", &["provision", "rows", "left"]),
        (
            "authority.control.cohort",
            &["provision", "persons", "cohort"],
        ),
        ("authority.control.stopped", &["request", "findings"]),
        ("authority.control.dry_runs", &["request", "runs"]),
        (
            "authority.control.halted",
            &["provision", "request", "findings"],
        ),
        ("authority.control.not_halted", &["provision"]),
        ("authority.control.renewed", &["request"]),
        ("authority.control.damaged", &["provision"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Zero { .. } => "authority.control.zero",
            Self::Floor { .. } => "authority.control.floor",
            Self::Reversed { .. } => "authority.control.reversed",
            Self::Exception { .. } => "authority.control.exception",
            Self::Reason => "authority.control.reason",
            Self::Approver => "authority.control.approver",
            Self::Nothing => "authority.control.nothing",
            Self::Few { .. } => "authority.control.few",
            Self::Many { .. } => "authority.control.many",
            Self::Quota { .. } => "authority.control.quota",
            Self::Cohort { .. } => "authority.control.cohort",
            Self::Stopped { .. } => "authority.control.stopped",
            Self::DryRuns { .. } => "authority.control.dry_runs",
            Self::Persons { .. } => "authority.control.persons",
            Self::Halted { .. } => "authority.control.halted",
            Self::NotHalted { .. } => "authority.control.not_halted",
            Self::Renewed { .. } => "authority.control.renewed",
            Self::Damaged { .. } => "authority.control.damaged",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Zero { limit } => vec![("limit", (*limit).to_owned())],
            Self::Floor { least, floor } => {
                vec![("least", least.to_string()), ("floor", floor.to_string())]
            }
            Self::Reversed { least, largest } => vec![
                ("least", least.to_string()),
                ("largest", largest.to_string()),
            ],
            Self::Exception { least, usual } => {
                vec![("least", least.to_string()), ("usual", usual.to_string())]
            }
            Self::Reason | Self::Approver | Self::Nothing => Vec::new(),
            Self::Few { rows, least } => {
                vec![("rows", rows.to_string()), ("least", least.to_string())]
            }
            Self::Many { rows, largest } => {
                vec![("rows", rows.to_string()), ("largest", largest.to_string())]
            }
            Self::Quota {
                provision,
                rows,
                left,
            } => vec![
                ("provision", provision.clone()),
                ("rows", rows.to_string()),
                ("left", left.to_string()),
            ],
            Self::Cohort {
                provision,
                persons,
                cohort,
            } => vec![
                ("provision", provision.clone()),
                ("persons", persons.to_string()),
                ("cohort", cohort.to_string()),
            ],
            Self::Stopped { request, findings } => {
                let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
                vec![
                    ("request", request.clone()),
                    ("findings", findings.join(", ")),
                ]
            }
            Self::DryRuns { request, runs } => {
                vec![("request", request.clone()), ("runs", runs.to_string())]
            }
            Self::Persons { least } => vec![("least", least.to_string())],
            Self::Renewed { request } => vec![("request", request.clone())],
            Self::Halted {
                provision,
                request,
                findings,
            } => vec![
                ("provision", provision.clone()),
                ("request", request.clone()),
                ("findings", findings.clone()),
            ],
            Self::NotHalted { provision } | Self::Damaged { provision } => {
                vec![("provision", provision.clone())]
            }
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Zero { .. }
            | Self::Floor { .. }
            | Self::Reversed { .. }
            | Self::Exception { .. }
            | Self::Reason
            | Self::Approver
            | Self::Nothing => 2,
            Self::Few { .. }
            | Self::Many { .. }
            | Self::Quota { .. }
            | Self::Cohort { .. }
            | Self::Stopped { .. }
            | Self::DryRuns { .. }
            | Self::Persons { .. }
            | Self::Halted { .. }
            | Self::NotHalted { .. }
            | Self::Renewed { .. }
            | Self::Damaged { .. } => 1,
            Self::Store(error) => error.exit(),
        }
    }
}
