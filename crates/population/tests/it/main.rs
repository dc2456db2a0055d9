//! The synthetic population: determinism, register, source files, rates and truth.

#[cfg(test)]
mod columns;
#[cfg(test)]
mod determinism;
#[cfg(test)]
mod files;
#[cfg(test)]
mod rates;
#[cfg(test)]
mod refusal;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod truth;
#[cfg(test)]
mod world;
