//! Programs of others that read a PDF: poppler and qpdf.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A PDF on disk for a judge to read.
pub(crate) struct Judged {
    dir: TempDir,
}

impl Judged {
    /// None where the judges are not installed. On a developer's machine their absence is said and passes; in CI it
    /// fails.
    #[expect(
        clippy::disallowed_methods,
        reason = "CI must not skip what a developer's machine may"
    )]
    pub(crate) fn of(pdf: &[u8]) -> Option<Self> {
        for program in ["pdftotext", "pdfinfo", "pdffonts", "qpdf"] {
            let found = Command::new(program)
                .arg("--version")
                .stdin(Stdio::null())
                .output();
            if found.is_err() {
                assert_ne!(
                    std::env::var("CI").as_deref(),
                    Ok("true"),
                    "not installed: {program}"
                );
                println!("SKIPPED: not installed: {program}");
                return None;
            }
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("paper.pdf"), pdf).unwrap();
        Some(Self { dir })
    }

    /// What a reader can copy out of it, without the spaces that layout puts between.
    pub(crate) fn text(&self) -> String {
        let text = self.ask("pdftotext", &["-enc", "UTF-8"], &["-"]);
        without_spaces(&text)
    }

    /// The same of what lies within 20 mm of no edge: a page of A4 is 595 by 842 points.
    pub(crate) fn text_within_margins(&self) -> String {
        let window = [
            "-enc", "UTF-8", "-x", "57", "-y", "57", "-W", "481", "-H", "728",
        ];
        let text = self.ask("pdftotext", &window, &["-"]);
        without_spaces(&text)
    }

    /// The text of the last page alone.
    pub(crate) fn last_page(&self) -> String {
        let text = self.ask("pdftotext", &["-enc", "UTF-8"], &["-"]);
        let pages: Vec<&str> = text.split_terminator('\u{c}').collect();
        without_spaces(pages.last().unwrap())
    }

    pub(crate) fn info(&self) -> String {
        self.ask("pdfinfo", &[], &[])
    }

    /// Names of the fonts; every one must be embedded and be readable as Unicode.
    pub(crate) fn fonts(&self) -> Vec<String> {
        let table = self.ask("pdffonts", &[], &[]);
        table
            .lines()
            .skip(2)
            .map(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                // … encoding emb sub uni object generation
                let [.., embedded, subset, unicode, _, _] = fields.as_slice() else {
                    panic!("no line of pdffonts: {line}");
                };
                assert_eq!(
                    (*embedded, *subset, *unicode),
                    ("yes", "yes", "yes"),
                    "{line}"
                );
                (*fields.first().unwrap()).to_owned()
            })
            .collect()
    }

    /// Fails if the file is not well-formed.
    pub(crate) fn check(&self) {
        let said = self.ask("qpdf", &["--check"], &[]);
        assert!(
            said.contains("No syntax or stream encoding errors found"),
            "{said}"
        );
    }

    fn ask(&self, program: &str, before: &[&str], after: &[&str]) -> String {
        let path = self.dir.path().join("paper.pdf");
        run(program, before, &path, after)
    }
}

fn run(program: &str, before: &[&str], path: &Path, after: &[&str]) -> String {
    let output = Command::new(program)
        .args(before)
        .arg(path)
        .args(after)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Everything that must stand in the paper, in the order it stands there.
pub(crate) fn holds(text: &str, expected: &[&str]) {
    let mut rest = text;
    for wanted in expected {
        let wanted = without_spaces(wanted);
        let Some((_, after)) = rest.split_once(&wanted) else {
            panic!("`{wanted}` does not follow in `{rest}` of `{text}`");
        };
        rest = after;
    }
}
