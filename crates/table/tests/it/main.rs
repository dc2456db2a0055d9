//! What the readers take and refuse, and that what is written comes back.

#[cfg(test)]
mod batches;
mod columns;
#[cfg(test)]
mod delimited;
#[cfg(test)]
mod parquet;
#[cfg(test)]
mod proven;
#[cfg(test)]
mod pyreadstat;
#[cfg(test)]
mod report;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod screen;
#[cfg(test)]
mod sort;
#[cfg(test)]
mod statistical;
