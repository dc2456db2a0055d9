//! A provision with a finding that nobody accepted or dismissed is stopped.

use renketsu_store::{Dismissal, FindingRecord};

use super::{Controls, Kind};

/// The findings that stop a provision: not accepted with their request, not allowed by its controls, not dismissed.
pub(crate) fn open<'a>(
    controls: &Controls,
    findings: &'a [FindingRecord],
    dismissals: &[Dismissal],
) -> Vec<&'a FindingRecord> {
    let dismissed = dismissals
        .iter()
        .map(|dismissal| dismissal.findings)
        .max()
        .unwrap_or(0);
    let stands = |found: &FindingRecord| {
        // A kind this version does not know stops too.
        Kind::of_name(&found.finding).is_none_or(|kind| controls.stops(kind))
    };
    let later = |place: usize| findings.get(place..).unwrap_or_default();
    let accepted = |found: &FindingRecord, place: usize| {
        later(place).iter().any(|later| {
            later.accepted.is_some()
                && (&later.request, &later.finding) == (&found.request, &found.finding)
        })
    };
    let open = (0_u64..).zip(findings).enumerate();
    open.filter(|(place, (number, found))| {
        *number >= dismissed
            && found.accepted.is_none()
            && stands(found)
            && !accepted(found, *place)
    })
    .map(|(_, (_, found))| found)
    .collect()
}
