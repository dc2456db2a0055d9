//! What a request needs of a resource: Patient, Coverage, Organization.

use renketsu_identity::Kana;
use serde::{Deserialize, Serialize};

use super::kinds::kind;
use super::member::Said;
use super::names::Scope;
use super::node::Node;
use crate::sources::{Refusal, trimmed};

mod url {
    //! Of JP Core v1.2. The last part is compared, so that an older version of the path is known too.
    pub(super) const REPRESENTATION: &str = "/iso21090-EN-representation";
    pub(super) const INSURED: &str = "/JP_Coverage_InsuredPerson";
    pub(super) const MEMBER_ID: &str = "/JP_Insurance_memberID";
    pub(super) const COVERAGE_ID: &str = "/JP_Coverage_id";
    pub(super) const INSURER: &str = "/InsurerNumber";
}

/// A Patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    /// Whether this is another name of a Patient that goes by a different one.
    pub(super) alias: bool,
    pub(super) key: String,
    pub(super) owner: String,
    pub(super) kana: String,
    pub(super) birth_date: String,
    pub(super) sex: String,
    pub(super) refusals: Vec<Refusal>,
}

/// A Coverage.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Cover {
    pub(super) said: Said,
    /// Names of the payors.
    pub(super) payors: Vec<String>,
    pub(super) service: String,
    pub(super) refusals: Vec<Refusal>,
}

/// Something found, and the name it is found under.
pub(super) enum Found {
    Person(String, Person),
    /// Under the name of its beneficiary; empty if it names nobody.
    Cover(String, Cover),
    /// An insurer's names and numbers.
    Insurer(Vec<String>, Vec<String>),
    /// Nothing of use, by its kind.
    Passed(&'static str),
}

/// Which Patient's text is the source key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PatientKey {
    /// `Patient.id`
    #[default]
    Id,
    /// The value of the `Patient.identifier` with this system.
    Identifier(String),
}

/// Reads one resource. Other kinds than the three are passed over, by their name. `here` is a name that no other resource has.
pub(super) fn read(
    node: &Node,
    (scope, url): (&Scope, &str),
    key: &PatientKey,
    here: &str,
    found: &mut Vec<Found>,
) {
    match node.text("resourceType") {
        "Patient" => person(node, scope, url, key, found),
        "Coverage" => cover(node, scope, key, here, found),
        "Organization" => {
            let names = scope.names("Organization", node.text("id"), url);
            let numbers: Vec<String> = insurers(node).map(str::to_owned).collect();
            if numbers.is_empty() {
                found.push(Found::Passed("fhir:Organization"));
            } else {
                found.push(Found::Insurer(names, numbers));
            }
        }
        other => found.push(Found::Passed(kind(other))),
    }
}

fn identifiers<'a>(node: &'a Node, ending: &'a str) -> impl Iterator<Item = &'a str> {
    node.items("identifier")
        .iter()
        .filter(move |identifier| identifier.text("system").ends_with(ending))
        .map(|identifier| identifier.text("value"))
}

fn insurers(node: &Node) -> impl Iterator<Item = &str> {
    identifiers(node, url::INSURER)
}

fn person(node: &Node, scope: &Scope, url: &str, key: &PatientKey, found: &mut Vec<Found>) {
    let names = scope.names("Patient", node.text("id"), url);
    let first = plain(node, key, scope, url);
    for (place, name) in names.into_iter().enumerate() {
        let person = Person {
            alias: place > 0,
            ..first.clone()
        };
        found.push(Found::Person(name, person));
    }
}

fn plain(node: &Node, key: &PatientKey, scope: &Scope, url: &str) -> Person {
    let mut refusals = Vec::new();
    let id = node.text("id");
    let key = match key {
        PatientKey::Id if id.is_empty() => url.rsplit(':').next().unwrap_or_default().to_owned(),
        PatientKey::Id => id.to_owned(),
        PatientKey::Identifier(system) => {
            let mut keys = node
                .items("identifier")
                .iter()
                .filter(|identifier| identifier.text("system") == system)
                .map(|identifier| trimmed(identifier.text("value")));
            let first = keys.next().unwrap_or_default();
            if keys.any(|other| other != first) {
                refusals.push(Refusal::PersonSeveral);
            }
            first
        }
    };
    let kana = kana(node).unwrap_or_else(|| {
        refusals.push(Refusal::KanaDiffers);
        String::new()
    });
    Person {
        alias: false,
        key: trimmed(&key),
        owner: format!("fhir/{}", scope.owner()),
        kana,
        birth_date: node.text("birthDate").to_owned(),
        sex: node.text("gender").to_owned(),
        refusals,
    }
}

/// The name in kana: of the names marked `SYL` and still in use, the official one. `None` if that leaves several.
fn kana(node: &Node) -> Option<String> {
    let in_use = |name: &&Node| {
        !matches!(
            name.text("use"),
            "old" | "maiden" | "nickname" | "anonymous" | "temp"
        )
    };
    let syllables = |name: &&Node| {
        name.items("extension").iter().any(|extension| {
            let value = [extension.text("valueCode"), extension.text("valueString")];
            extension.text("url").ends_with(url::REPRESENTATION) && value.contains(&"SYL")
        })
    };
    let names: Vec<&Node> = node
        .items("name")
        .iter()
        .filter(|name| in_use(name) && syllables(name))
        .collect();
    let official = names.iter().any(|name| name.text("use") == "official");
    let mut texts = names
        .into_iter()
        .filter(|name| !official || name.text("use") == "official")
        .map(full_name);
    let first = texts.next().unwrap_or_default();
    let form = |text: &str| {
        Kana::parse(text).map_or_else(|_| text.to_owned(), |kana| kana.as_str().to_owned())
    };
    let same = form(&first);
    texts.all(|other| form(&other) == same).then_some(first)
}

fn full_name(name: &Node) -> String {
    let parts: Vec<&str> = std::iter::once(name.text("family"))
        .chain(name.texts("given"))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        name.text("text").to_owned()
    } else {
        parts.join("\u{3000}")
    }
}

fn cover(node: &Node, scope: &Scope, key: &PatientKey, here: &str, found: &mut Vec<Found>) {
    let without_force = match node.text("status") {
        "entered-in-error" => Some("fhir:Coverage:entered-in-error"),
        "draft" => Some("fhir:Coverage:draft"),
        _ => None,
    };
    if let Some(kind) = without_force {
        found.push(Found::Passed(kind));
        return;
    }
    let mut refusals = Vec::new();
    let mut said = said(node, &mut refusals);
    let contained = |reference: &str| {
        let id = reference.strip_prefix('#')?;
        let resources = node.items("contained");
        resources.iter().find(|resource| resource.text("id") == id)
    };
    let mut payors = Vec::new();
    for payor in node.items("payor") {
        let reference = payor.text("reference");
        match contained(reference) {
            Some(organization) => said
                .insurer
                .extend(insurers(organization).map(str::to_owned)),
            None if reference.is_empty() => {}
            None => payors.push(scope.resolve(reference)),
        }
        // A payor may be named by its number alone.
        if let Some(identifier) = payor.get("identifier")
            && identifier.text("system").ends_with(url::INSURER)
        {
            said.insurer.push(identifier.text("value").to_owned());
        }
    }
    let service = service(node, &mut refusals);
    let reference = node
        .get("beneficiary")
        .map_or("", |beneficiary| beneficiary.text("reference"));
    let name = match contained(reference) {
        Some(patient) => {
            // The contained Patient is this Coverage's alone, and its id means nothing outside of it.
            let name = format!("contained {here}");
            let mut person = plain(patient, key, scope, "");
            if *key == PatientKey::Id {
                person.key = String::new();
            }
            found.push(Found::Person(name.clone(), person));
            name
        }
        None if reference.is_empty() => String::new(),
        None => scope.resolve(reference),
    };
    let cover = Cover {
        said,
        payors,
        service,
        refusals,
    };
    found.push(Found::Cover(name, cover));
}

fn said(node: &Node, refusals: &mut Vec<Refusal>) -> Said {
    let mut said = Said::default();
    for extension in node.items("extension") {
        let text = extension.text("valueString").to_owned();
        let Some((_, field)) = extension.text("url").split_once(url::INSURED) else {
            continue;
        };
        match field {
            "Symbol" => said.symbol.push(text),
            "Number" => said.number.push(text),
            "SubNumber" => said.branch.push(text),
            _ => {}
        }
    }
    for value in identifiers(node, url::MEMBER_ID) {
        if !said.member_id(value) && !said.quoted(value) {
            refusals.push(Refusal::IdentifierForm);
        }
    }
    for value in identifiers(node, url::COVERAGE_ID) {
        if !said.quoted(value) && !said.member_id(value) {
            refusals.push(Refusal::IdentifierForm);
        }
    }
    said.subscriber(node.text("subscriberId"));
    said.branch.push(node.text("dependent").to_owned());
    said
}

/// A day, or a month, on which the Coverage was in force: its first, or if none is given its last. A year says too little.
fn service(node: &Node, refusals: &mut Vec<Refusal>) -> String {
    let date = |name: &str| {
        let text = node.get("period").map_or("", |period| period.text(name));
        let day = text.split('T').next().unwrap_or_default();
        day.to_owned()
    };
    let (start, end) = (date("start"), date("end"));
    let common = start.len().min(end.len());
    if common > 0 && start.get(..common) > end.get(..common) {
        refusals.push(Refusal::PeriodOrder);
    }
    let says_enough = |date: &String| date.len() > 4;
    [start, end]
        .into_iter()
        .find(says_enough)
        .unwrap_or_default()
}
