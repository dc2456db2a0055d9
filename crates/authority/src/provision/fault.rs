//! Why a provision is refused.

use renketsu_store::StoreError;

use crate::controls::ControlError;
use crate::law::LawBroken;
use crate::secrets::SecretError;

/// Why a provision could not be opened, found or closed.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Not `[A-Z0-9-]{1,64}`.
    #[error("`{provision}` is no identifier of a provision")]
    Identifier {
        /// What was given.
        provision: String,
    },
    /// Not a name of a study.
    #[error("`{study}` is no name for a study")]
    Study {
        /// What was given.
        study: String,
    },
    /// The identifier is taken: a provision belongs to exactly one study.
    #[error("the provision `{provision}` exists already")]
    Exists {
        /// Its identifier.
        provision: String,
    },
    /// No such provision.
    #[error("there is no provision `{provision}`")]
    Unknown {
        /// What was asked for.
        provision: String,
    },
    /// It is closed.
    #[error("the provision `{provision}` is closed")]
    Closed {
        /// Its identifier.
        provision: String,
    },
    /// The producer holds only the certification for pseudonymized data (法31条1項).
    #[error(
        "a holder of only the certification for pseudonymized data may not provide in linkable state"
    )]
    OnlyPseudonymized,
    /// No kind of certification of the Act.
    #[error("`{kind}` is no kind of certification")]
    CertificationKind {
        /// What was given.
        kind: String,
    },
    /// The certification has no usable number.
    #[error("the certification has no number")]
    CertificationNumber,
    /// Linkable data is not made under this provision of the Act.
    #[error("`{ground}` is no ground for linkable data")]
    Ground {
        /// What was given.
        ground: String,
    },
    /// Nothing to link with.
    #[error("the provision names no database")]
    NoDatabase,
    /// Not a database of 令8条.
    #[error("`{database}` is no database of the list ({known})")]
    DatabaseUnknown {
        /// What was given.
        database: String,
        /// The list.
        known: String,
    },
    /// Data that may never be linked.
    #[error("`{database}` may not be linked")]
    DatabaseRefused {
        /// What was given.
        database: String,
        /// Its legal name.
        name: String,
    },
    /// No item of 令7条 was given for the recipient.
    #[error("the recipient has no item of article 7 of the order ({known})")]
    ItemMissing {
        /// The list.
        known: String,
    },
    /// Not an item of 令7条.
    #[error("`{item}` is no item of article 7 of the order ({known})")]
    ItemUnknown {
        /// What was given.
        item: String,
        /// The list.
        known: String,
    },
    /// Producer or recipient has no confirmed card.
    #[error("no trusted card has the fingerprint of the {role}")]
    Untrusted {
        /// Which party.
        role: &'static str,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// The card is of another kind of party.
    #[error("`{name}` is a {role}, not a {wanted}")]
    Role {
        /// Name on the card.
        name: String,
        /// Role on the card.
        role: &'static str,
        /// Role it should have.
        wanted: &'static str,
    },
    /// Terms or controls are others than those the work was begun with.
    #[error("the provision `{provision}` was changed while the work was done")]
    Changed {
        /// Its identifier.
        provision: String,
    },
    /// A salt lies there that no opening on record made.
    #[error("a salt of `{provision}` lies there that this record knows nothing of")]
    SaltLeft {
        /// Its identifier.
        provision: String,
    },
    /// The record of the provision in the state is not of its form.
    #[error("the record of the provision `{provision}` is damaged")]
    Damaged {
        /// Its identifier.
        provision: String,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Our fault.
    #[error(transparent)]
    Law(#[from] LawBroken),
    /// The controls cannot be these.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// A secret could not be made or opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProvisionError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.provision.identifier", &["provision"]),
        ("authority.provision.study", &["study"]),
        ("authority.provision.exists", &["provision"]),
        ("authority.provision.unknown", &["provision"]),
        ("authority.provision.closed", &["provision"]),
        ("authority.provision.changed", &["provision"]),
        ("authority.provision.salt_left", &["provision"]),
        ("authority.provision.only_pseudonymized", &[]),
        ("authority.provision.certification_kind", &["kind"]),
        ("authority.provision.certification_number", &[]),
        ("authority.provision.ground", &["ground"]),
        ("authority.provision.no_database", &[]),
        (
            "authority.provision.database_unknown",
            &["database", "known"],
        ),
        (
            "authority.provision.database_refused",
            &["database", "name"],
        ),
        ("authority.provision.item_missing", &["known"]),
        ("authority.provision.item_unknown", &["item", "known"]),
        ("authority.provision.untrusted", &["role", "fingerprint"]),
        ("authority.provision.role", &["name", "role", "wanted"]),
        ("authority.provision.damaged", &["provision"]),
        ("authority.provision.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Identifier { .. } => "authority.provision.identifier",
            Self::Study { .. } => "authority.provision.study",
            Self::Exists { .. } => "authority.provision.exists",
            Self::Unknown { .. } => "authority.provision.unknown",
            Self::Closed { .. } => "authority.provision.closed",
            Self::Changed { .. } => "authority.provision.changed",
            Self::SaltLeft { .. } => "authority.provision.salt_left",
            Self::OnlyPseudonymized => "authority.provision.only_pseudonymized",
            Self::CertificationKind { .. } => "authority.provision.certification_kind",
            Self::CertificationNumber => "authority.provision.certification_number",
            Self::Ground { .. } => "authority.provision.ground",
            Self::NoDatabase => "authority.provision.no_database",
            Self::DatabaseUnknown { .. } => "authority.provision.database_unknown",
            Self::DatabaseRefused { .. } => "authority.provision.database_refused",
            Self::ItemMissing { .. } => "authority.provision.item_missing",
            Self::ItemUnknown { .. } => "authority.provision.item_unknown",
            Self::Untrusted { .. } => "authority.provision.untrusted",
            Self::Role { .. } => "authority.provision.role",
            Self::Damaged { .. } => "authority.provision.damaged",
            Self::Broken(_) | Self::Law(_) => "authority.provision.broken",
            Self::Control(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Identifier { provision }
            | Self::Exists { provision }
            | Self::Unknown { provision }
            | Self::Closed { provision }
            | Self::Changed { provision }
            | Self::SaltLeft { provision }
            | Self::Damaged { provision } => vec![("provision", provision.clone())],
            Self::Study { study } => vec![("study", study.clone())],
            Self::OnlyPseudonymized | Self::CertificationNumber | Self::NoDatabase => Vec::new(),
            Self::CertificationKind { kind } => vec![("kind", kind.clone())],
            Self::Ground { ground } => vec![("ground", ground.clone())],
            Self::DatabaseUnknown { database, known } => {
                vec![("database", database.clone()), ("known", known.clone())]
            }
            Self::DatabaseRefused { database, name } => {
                vec![("database", database.clone()), ("name", name.clone())]
            }
            Self::ItemMissing { known } => vec![("known", known.clone())],
            Self::ItemUnknown { item, known } => {
                vec![("item", item.clone()), ("known", known.clone())]
            }
            Self::Untrusted { role, fingerprint } => {
                vec![
                    ("role", (*role).to_owned()),
                    ("fingerprint", fingerprint.clone()),
                ]
            }
            Self::Role { name, role, wanted } => {
                vec![
                    ("name", name.clone()),
                    ("role", (*role).to_owned()),
                    ("wanted", (*wanted).to_owned()),
                ]
            }
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Law(error) => vec![("invariant", error.to_string())],
            Self::Control(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Exists { .. }
            | Self::Closed { .. }
            | Self::Changed { .. }
            | Self::SaltLeft { .. }
            | Self::OnlyPseudonymized
            | Self::DatabaseRefused { .. }
            | Self::ItemMissing { .. }
            | Self::Untrusted { .. }
            | Self::Role { .. } => 1,
            Self::Identifier { .. }
            | Self::Study { .. }
            | Self::Unknown { .. }
            | Self::CertificationKind { .. }
            | Self::CertificationNumber
            | Self::Ground { .. }
            | Self::NoDatabase
            | Self::DatabaseUnknown { .. }
            | Self::ItemUnknown { .. } => 2,
            Self::Damaged { .. } => 3,
            Self::Broken(_) | Self::Law(_) => 70,
            Self::Control(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}
