//! What the law lists, as data: `data/linkable.toml`.

use serde::Deserialize;

const TABLE: &str = include_str!("../data/linkable.toml");

/// Who may receive linkable data (令7条), what it may be linked with (令8条), and on what ground it is made (法31条1項).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    version: u32,
    recipient: Vec<RecipientItem>,
    database: Vec<Database>,
    refused: Vec<RefusedData>,
    ground: Vec<Ground>,
    certification: CertificationKinds,
}

/// An item of 令7条.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientItem {
    /// `7-1` for 一号.
    pub item: String,
    /// The Act under which such a person receives data.
    pub law: String,
    /// The database that Act opens.
    pub receives: String,
}

/// A public database (令8条).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The word of commands and manifests.
    pub code: String,
    /// `8-1` for 一号.
    pub item: String,
    /// Its legal name.
    pub name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusedData {
    names: Vec<String>,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ground {
    code: String,
    #[expect(dead_code, reason = "the file explains its codes to its readers")]
    law: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificationKinds {
    accepted: String,
    refused: String,
}

/// How the law sees a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkable<'law> {
    /// It is listed.
    Listed,
    /// It may never be linked; its legal name.
    Refused(&'law str),
    /// It is no database of the list.
    Unknown,
}

/// How the law sees a certification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certified {
    /// Of a producer of anonymized medical data.
    Anonymized,
    /// Only of pseudonymized medical data: such a holder may not provide in linkable state.
    OnlyPseudonymized,
    /// No certification of the Act.
    Unknown,
}

/// The embedded table is not of its form: a bug of ours, which a test of this crate would have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table of the law is not of its form")]
pub struct LawBroken;

impl Law {
    /// The table this program was built with.
    pub fn current() -> Result<Self, LawBroken> {
        toml::from_str(TABLE).map_err(|_| LawBroken)
    }

    /// Counts changes of the table; recorded with every provision.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The items of 令7条.
    pub fn recipients(&self) -> &[RecipientItem] {
        &self.recipient
    }

    /// The databases of 令8条.
    pub fn databases(&self) -> &[Database] {
        &self.database
    }

    /// Whether this is an item of 令7条.
    pub fn has_recipient_item(&self, item: &str) -> bool {
        self.recipient.iter().any(|listed| listed.item == item)
    }

    /// Whether data may be linked with this database.
    pub fn linkable(&self, code: &str) -> Linkable<'_> {
        if self.database.iter().any(|listed| listed.code == code) {
            return Linkable::Listed;
        }
        match self
            .refused
            .iter()
            .find(|refused| refused.names.iter().any(|name| name == code))
        {
            Some(refused) => Linkable::Refused(&refused.name),
            None => Linkable::Unknown,
        }
    }

    /// How a kind of certification counts.
    pub fn certified(&self, kind: &str) -> Certified {
        if kind == self.certification.accepted {
            Certified::Anonymized
        } else if kind == self.certification.refused {
            Certified::OnlyPseudonymized
        } else {
            Certified::Unknown
        }
    }

    /// Whether linkable data may be made under this provision of the Act.
    pub fn has_ground(&self, code: &str) -> bool {
        self.ground.iter().any(|listed| listed.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_lists_the_three_items_and_the_three_databases() {
        let law = Law::current().unwrap();
        assert_eq!(law.version(), 1);
        let items: Vec<_> = law
            .recipients()
            .iter()
            .map(|item| item.item.as_str())
            .collect();
        assert_eq!(items, ["7-1", "7-2", "7-3"]);
        let codes: Vec<_> = law
            .databases()
            .iter()
            .map(|database| (database.code.as_str(), database.item.as_str()))
            .collect();
        assert_eq!(codes, [("ndb", "8-1"), ("dpc", "8-2"), ("kaigo", "8-3")]);
        assert!(
            law.recipients()
                .iter()
                .all(|item| law.linkable(&item.receives) == Linkable::Listed)
        );
    }

    #[test]
    fn what_the_law_does_not_list_is_not_linkable() {
        let law = Law::current().unwrap();
        for name in ["pseudonymized", "kamei", "仮名加工医療情報"] {
            assert_eq!(law.linkable(name), Linkable::Refused("仮名加工医療情報"));
        }
        for name in ["", "NDB", "ndb ", "nanbyo"] {
            assert_eq!(law.linkable(name), Linkable::Unknown);
        }
        assert_eq!(law.certified("pseudonymized"), Certified::OnlyPseudonymized);
        assert_eq!(law.certified("Anonymized"), Certified::Unknown);
        assert!(law.has_ground("19-1") && law.has_ground("47-1") && !law.has_ground("33-1"));
        assert!(!law.has_recipient_item("7-4") && !law.has_recipient_item(""));
    }
}
