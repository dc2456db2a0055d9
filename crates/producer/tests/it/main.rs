//! The producer's work from claims to a delivery, and everything it refuses on the way.

#[cfg(test)]
mod attach;
#[cfg(test)]
mod care;
#[cfg(test)]
mod checkups;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod deciding;
#[cfg(test)]
mod deliver;
#[cfg(test)]
mod eligibility;
#[cfg(test)]
mod fee;
#[cfg(test)]
mod fhir;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod halt;
#[cfg(test)]
mod large;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod pair;
#[cfg(test)]
mod parallel;
#[cfg(test)]
mod people;
#[cfg(test)]
mod remove;
#[cfg(test)]
mod request;
#[cfg(test)]
mod statistical;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod verifiable;
#[cfg(test)]
mod world;
