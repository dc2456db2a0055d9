//! What the readers take and refuse, and that what is written comes back.

#[cfg(test)]
mod batches;
mod columns;
#[cfg(test)]
mod delimited;
#[cfg(test)]
mod parquet;
#[cfg(test)]
mod report;
