//! The roles of 4-3-1 (authority, responsibility and duties are clear) and 4-3-4①.

use std::fmt;
use std::str::FromStr;

/// What a person is in a study or in the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 取扱者: asks the data. Nobody else does.
    Handler,
    /// 研究責任者: answers for a study.
    Lead,
    /// 情報システム運用責任者: runs the machines; in a study, takes its packages in.
    SystemOperator,
    /// 情報システムの安全管理者: gives roles, records exceptions, reads and reviews the log.
    SecurityManager,
    /// 利用場所管理者: keeps the ledgers and the time slots of the places of use.
    PlaceManager,
    /// 出力確認者: looks at what may leave.
    OutputChecker,
    /// 監査者: reads the record, sees no data, changes nothing.
    Auditor,
}

/// What a role can be granted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grantable {
    /// A study or the office.
    Either,
    /// The office, where people and machines are administered.
    Office,
    /// One study.
    Study,
}

impl Role {
    /// In the order of the printed table.
    pub const ALL: [Self; 7] = [
        Self::Handler,
        Self::Lead,
        Self::SystemOperator,
        Self::SecurityManager,
        Self::PlaceManager,
        Self::OutputChecker,
        Self::Auditor,
    ];

    /// The stable name, which state, record and policies use.
    pub fn as_str(self) -> &'static str {
        self.sheet_names().0
    }

    /// What it can be granted for.
    pub fn grantable(self) -> Grantable {
        match self {
            Self::Handler | Self::Lead | Self::OutputChecker => Grantable::Study,
            Self::SecurityManager | Self::PlaceManager => Grantable::Office,
            Self::SystemOperator | Self::Auditor => Grantable::Either,
        }
    }

    /// Its line of the printed table.
    pub fn sheet(self) -> Sheet {
        let (_, name, authority, responsibility, duties) = self.sheet_names();
        Sheet {
            role: self,
            name,
            authority,
            responsibility,
            duties,
        }
    }

    fn sheet_names(
        self,
    ) -> (
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    ) {
        macro_rules! names {
            ($name:literal) => {
                (
                    $name,
                    concat!("role-name-", $name),
                    concat!("role-", $name, "-authority"),
                    concat!("role-", $name, "-responsibility"),
                    concat!("role-", $name, "-duties"),
                )
            };
        }
        match self {
            Self::Handler => names!("handler"),
            Self::Lead => names!("lead"),
            Self::SystemOperator => names!("system-operator"),
            Self::SecurityManager => names!("security-manager"),
            Self::PlaceManager => names!("place-manager"),
            Self::OutputChecker => names!("output-checker"),
            Self::Auditor => names!("auditor"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no role has this name")]
pub struct UnknownRole;

impl UnknownRole {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[("access.role.unknown", &[])];

    /// The stable code.
    pub fn code(self) -> &'static str {
        "access.role.unknown"
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// One line of the table of 4-3-1.roles, as ids of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// Whose.
    pub role: Role,
    /// What it is called.
    pub name: &'static str,
    /// 権限.
    pub authority: &'static str,
    /// 責務.
    pub responsibility: &'static str,
    /// 業務.
    pub duties: &'static str,
}
