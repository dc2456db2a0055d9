//! CSV for people: what a spreadsheet in Japan opens without questions. UTF-8 with its mark, CRLF.

use std::io::{self, Write};

/// A CSV report being written.
pub struct Report<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> std::fmt::Debug for Report<W> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Report").finish_non_exhaustive()
    }
}

impl<W: Write> Report<W> {
    /// Begins with the mark and the header.
    pub fn create(mut target: W, header: &[&str]) -> io::Result<Self> {
        target.write_all(b"\xEF\xBB\xBF")?;
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(target);
        let mut report = Self { writer };
        report.row(header)?;
        Ok(report)
    }

    /// Writes one row.
    pub fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        self.writer.write_record(cells).map_err(plain)
    }

    /// Writes what is left and gives the target back.
    pub fn finish(self) -> io::Result<W> {
        self.writer
            .into_inner()
            .map_err(|error| io::Error::from(error.error().kind()))
    }
}

/// Only what the system said: the csv crate's own words may quote a cell.
fn plain(error: csv::Error) -> io::Error {
    let csv::ErrorKind::Io(error) = error.into_kind() else {
        return io::Error::from(io::ErrorKind::InvalidInput);
    };
    error
}
