//! The methods by which applications and requests may come, as a table.

use serde::Deserialize;

use crate::fee::FeeError;
use crate::law::LawBroken;

const TABLE: &str = include_str!("../data/methods.toml");

/// How a request came (規則27条); recorded with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// On a medium, or as a file that somebody carried.
    Medium,
    /// Over HTTPS with a client certificate.
    Https,
}

impl Transport {
    /// The word in the table: `medium`, `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::Https => "https",
        }
    }
}

/// The table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Methods {
    #[expect(dead_code, reason = "counts changes for the readers of the file")]
    version: u32,
    application: Vec<Method>,
    transport: Vec<Method>,
}

/// One method.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// The word of commands and records.
    pub code: String,
    /// The version of the Minister's rule.
    pub version: String,
    /// Its name.
    pub name: String,
}

impl Methods {
    /// The table this program was built with.
    pub fn current() -> Result<Self, LawBroken> {
        toml::from_str(TABLE).map_err(|_| LawBroken)
    }

    /// The methods of applying.
    pub fn applications(&self) -> &[Method] {
        &self.application
    }

    /// The method of sending, if it is in force (規則27条).
    pub(crate) fn accept(transport: Transport) -> Result<Method, FeeError> {
        let method = Self::current()?.transport(transport).cloned();
        method.ok_or_else(|| FeeError::Transport {
            method: transport.as_str().to_owned(),
        })
    }

    /// The method of sending, if the table lists it.
    pub fn transport(&self, transport: Transport) -> Option<&Method> {
        self.transport
            .iter()
            .find(|listed| listed.code == transport.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_lists_every_transport_and_a_method_of_applying() {
        let methods = Methods::current().unwrap();
        for transport in [Transport::Medium, Transport::Https] {
            assert!(methods.transport(transport).is_some());
        }
        assert_eq!(methods.applications()[0].code, "document");
    }
}
