//! The accepted registry at rest: its canonical rows as lines of tab-separated text, inside the party's own seal.
//!
//! Neither a tab nor a line ending can occur in a canonical value or a person's key, so nothing is quoted. The same
//! rows give the same bytes, whatever the order of the file they came from; their digest is part of the file's name.

use std::io::{self, BufRead, Write};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::{Acceptance, Builder, COLUMNS, RawRow, Registry};

/// Why a kept registry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It could not be read through the seal.
    #[error("the kept registry cannot be read")]
    Io(#[source] io::Error),
    /// Its content is not what was kept under its name.
    #[error("the kept registry is not the one that was loaded")]
    Digest,
    /// A line is not of the form we write.
    #[error("line {line} of the kept registry is not of its form")]
    Damaged {
        /// The line.
        line: u64,
    },
}

impl KeepError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.registry.kept_io", &[]),
        ("authority.registry.kept_digest", &[]),
        ("authority.registry.kept_damaged", &["line"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "authority.registry.kept_io",
            Self::Digest => "authority.registry.kept_digest",
            Self::Damaged { .. } => "authority.registry.kept_damaged",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io(_) | Self::Digest => Vec::new(),
            Self::Damaged { line } => vec![("line", line.to_string())],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        3
    }
}

/// Writes the canonical lines.
pub(crate) fn write_canonical(registry: &Registry, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join("\t"))?;
    for row in &registry.rows {
        let text = |span| registry.texts.of(span);
        let (birth, from, to) = (row.birth.text(), row.from.text(), row.to.text());
        write!(
            out,
            "{}\t{}\t{birth}\t{}\t",
            text(row.person),
            text(row.kana),
            row.sex.code()
        )?;
        if row.has_number() {
            write!(out, "{:08}", row.insurer)?;
        }
        write!(out, "\t{}\t{}\t", text(row.symbol), text(row.number))?;
        if let Some(branch) = row.branch {
            write!(out, "{branch:02}")?;
        }
        writeln!(out, "\t{from}\t{to}")?;
    }
    Ok(())
}

/// The digest that names a registry: SHA-256 of its canonical lines, in hexadecimal.
pub(crate) fn canonical_digest(registry: &Registry) -> io::Result<String> {
    let mut hashing = Hashing(Sha256::new());
    write_canonical(registry, &mut hashing)?;
    Ok(data_encoding::HEXLOWER.encode(&hashing.0.finalize()))
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads canonical lines back. What was accepted when they were loaded is not asked again.
pub(crate) fn open_kept(mut lines: impl BufRead, digest: &str) -> Result<Registry, KeepError> {
    let mut hash = Sha256::new();
    let mut builder = Builder::new(Date::MAX);
    let mut text = String::new();
    for line in 1_u64.. {
        text.clear();
        if lines.read_line(&mut text).map_err(KeepError::Io)? == 0 {
            break;
        }
        hash.update(text.as_bytes());
        let fields: Vec<&str> = text
            .strip_suffix('\n')
            .ok_or(KeepError::Damaged { line })?
            .split('\t')
            .collect();
        let [
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        ] = *fields.as_slice()
        else {
            return Err(KeepError::Damaged { line });
        };
        let row = RawRow {
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        };
        if line > 1 {
            builder.push(line, &row);
        } else if fields != COLUMNS {
            return Err(KeepError::Damaged { line });
        }
    }
    if data_encoding::HEXLOWER.encode(&hash.finalize()) != digest {
        return Err(KeepError::Digest);
    }
    match builder.finish(Acceptance::Accept) {
        Ok((registry, _)) => Ok(registry),
        Err(_) => Err(KeepError::Damaged { line: 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<[&'static str; 10]> {
        vec![
            [
                "R2",
                "ﾔﾏﾀﾞ ﾀﾛｳ",
                "S60-1-2",
                "男",
                "133066",
                "あ-1",
                "００１２",
                "1",
                "R2.4.1",
                "",
            ],
            ["R1", "タナカ", "19850203", "2", "", "", "", "", "", ""],
            [
                "R2",
                "ヤマダ タロウ",
                "19850102",
                "1",
                "39131107",
                "",
                "98211194",
                "",
                "20230401",
                "20991231",
            ],
        ]
    }

    fn built(rows: &[[&str; 10]]) -> Registry {
        let mut builder = Builder::new(jiff::civil::date(2026, 4, 1));
        for (
            line,
            [
                person,
                kana,
                birth_date,
                sex,
                insurer,
                symbol,
                number,
                branch,
                valid_from,
                valid_to,
            ],
        ) in (2_u64..).zip(rows)
        {
            builder.push(
                line,
                &RawRow {
                    person,
                    kana,
                    birth_date,
                    sex,
                    insurer,
                    symbol,
                    number,
                    branch,
                    valid_from,
                    valid_to,
                },
            );
        }
        builder.finish(Acceptance::Refuse).unwrap().0
    }

    #[test]
    fn a_kept_registry_reads_back_to_the_same_lines_whatever_the_order_of_the_file() {
        let mut turned = rows();
        turned.reverse();
        let mut lines = Vec::new();
        write_canonical(&built(&rows()), &mut lines).unwrap();
        let digest = canonical_digest(&built(&turned)).unwrap();
        let back = open_kept(lines.as_slice(), &digest).unwrap();
        let mut again = Vec::new();
        write_canonical(&back, &mut again).unwrap();
        assert_eq!(lines, again);
        assert_eq!(
            String::from_utf8(lines).unwrap().lines().nth(2).unwrap(),
            "R2\tヤマダタロウ\t19850102\t1\t00133066\tあ-1\t0012\t01\t20200401\t"
        );
    }

    #[test]
    fn a_changed_kept_registry_is_refused() {
        let registry = built(&rows());
        let digest = canonical_digest(&registry).unwrap();
        let mut lines = Vec::new();
        write_canonical(&registry, &mut lines).unwrap();
        let text = String::from_utf8(lines).unwrap();
        let swapped = text.replace("98211194", "98211195");
        assert!(matches!(
            open_kept(swapped.as_bytes(), &digest),
            Err(KeepError::Digest)
        ));
        let cut = &text.as_bytes()[..text.len() - 1];
        assert!(matches!(
            open_kept(cut, &digest),
            Err(KeepError::Damaged { line: 4 })
        ));
        let narrow = text.replacen('\t', "", 1);
        assert!(matches!(
            open_kept(narrow.as_bytes(), &digest),
            Err(KeepError::Damaged { line: 1 })
        ));
        let other = text.replacen("kana", "name", 1);
        assert!(matches!(
            open_kept(other.as_bytes(), &digest),
            Err(KeepError::Damaged { line: 1 })
        ));
    }
}
