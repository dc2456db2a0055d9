//! What resources are called by others. Where a reference leads is decided by these names alone.
//!
//! Resources one a line (NDJSON) are those of one export: `Patient/1` means the same in all its files. An entry of a Bundle
//! whose `fullUrl` is a web address is called by that address, whichever Bundle it is in; any other is known in its own Bundle
//! only, but for a `urn:uuid:`, which nobody else has.

/// How references from one place are understood.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// An export of resources one a line.
    Export,
    /// A Bundle, by a name that no other has, and the server of the entry, if its address says it.
    Bundle {
        bundle: String,
        server: Option<String>,
    },
}

impl Scope {
    /// The scope of an entry of a Bundle.
    pub(super) fn entry(bundle: &str, url: &str) -> Self {
        let server = is_address(url)
            .then(|| parts(url))
            .flatten()
            .map(|(server, ..)| server.to_owned());
        Self::Bundle {
            bundle: bundle.to_owned(),
            server,
        }
    }

    /// Whose ids the resource's id is among.
    pub(super) fn owner(&self) -> &str {
        match self {
            Self::Export => "",
            Self::Bundle { bundle, server } => server.as_ref().unwrap_or(bundle),
        }
    }

    /// The names of a resource: the one it goes by, then others that may be used for it.
    pub(super) fn names(&self, kind: &str, id: &str, url: &str) -> Vec<String> {
        let mut names = Vec::new();
        if url.starts_with("urn:") {
            names.push(url.to_owned());
        }
        if !id.is_empty() {
            names.push(format!("{}/{kind}/{id}", self.owner()));
            if let Self::Bundle { bundle, .. } = self {
                names.push(format!("{bundle}/{kind}/{id}"));
            }
        }
        names.dedup();
        names
    }

    /// The name a reference means.
    pub(super) fn resolve(&self, reference: &str) -> String {
        if reference.starts_with("urn:") {
            return reference.to_owned();
        }
        let Some((server, kind, id)) = parts(reference) else {
            return reference.to_owned();
        };
        match self {
            Self::Bundle { .. } if is_address(reference) => format!("{server}/{kind}/{id}"),
            Self::Export | Self::Bundle { .. } => format!("{}/{kind}/{id}", self.owner()),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Server, type and id of `[server/]Type/id[/_history/version]`.
fn parts(reference: &str) -> Option<(&str, &str, &str)> {
    let plain = reference.split(['?', '#']).next().unwrap_or_default();
    let plain = plain
        .split_once("/_history/")
        .map_or(plain, |(plain, _)| plain);
    let (rest, id) = plain.rsplit_once('/')?;
    let (server, kind) = rest.rsplit_once('/').unwrap_or(("", rest));
    (!id.is_empty() && !kind.is_empty()).then_some((server, kind, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_the_name_of_its_resource() {
        let address = "https://s/fhir/Patient/1";
        let bundle = |name: &str, url: &str| Scope::entry(name, url);
        let first = |scope: &Scope, url: &str| scope.names("Patient", "1", url).remove(0);
        let export = Scope::Export;
        for reference in [
            "Patient/1",
            "https://s/fhir/Patient/1",
            "Patient/1/_history/3",
        ] {
            assert_eq!(export.resolve(reference), first(&export, ""));
        }
        // A relative reference means the server of the entry it stands in.
        let coverage = bundle("b", "https://s/fhir/Coverage/7");
        assert_eq!(
            coverage.resolve("Patient/1"),
            first(&bundle("other", address), address)
        );
        assert_eq!(
            coverage.resolve(address),
            first(&bundle("other", address), address)
        );
        // Two Bundles without addresses don't know one another's ids.
        assert_eq!(
            bundle("a", "").resolve("Patient/1"),
            first(&bundle("a", ""), "")
        );
        assert_ne!(
            bundle("a", "").resolve("Patient/1"),
            first(&bundle("b", ""), "")
        );
        let urn = "urn:uuid:0";
        assert_eq!(bundle("a", "").resolve(urn), first(&bundle("b", urn), urn));
        assert_eq!(
            bundle("a", urn).names("Patient", "1", urn),
            [urn, "a/Patient/1"]
        );
    }
}
