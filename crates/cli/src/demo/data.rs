//! The files of the three parties, as they would lie there before the exchange.

use std::fs::File;
use std::path::{Path, PathBuf};

use renketsu_population::{Extract, Population, Source};

use crate::failure::Failure;
use crate::session::Session;

/// The producer's sources.
pub(super) struct Files {
    pub(super) uke: Vec<PathBuf>,
    pub(super) csv: Vec<PathBuf>,
}

/// Which columns of the hospitals' CSV files hold what.
const COLUMNS: &str = r#"[columns]
key = "患者番号"
insurer = "保険者番号"
symbol = "記号"
number = "番号"
branch = "枝番"
kana = "カナ氏名"
birth_date = "生年月日"
sex = "性別"
service_date = "診療日"
"#;

/// The producer's application to the authority.
const APPLICATION: &str = "申出書（見本）\n";

/// A state the demo's own inputs exclude: a bug.
pub(super) fn impossible(error: &dyn std::error::Error) -> Failure {
    Failure::new("cli.demo.bug", vec![("what", error.to_string())], 70)
}

/// Writes all files below `root` and says what lies there.
pub(super) fn write(
    population: &Population,
    root: &Path,
    session: &mut Session<'_>,
) -> Result<Files, Failure> {
    let create = |name: &str| {
        let path = root.join(name);
        File::create_new(&path).map_err(|error| Failure::io(&path, &error))
    };
    let failed = |error: std::io::Error| Failure::io(root, &error);
    let _work = session.progress.work("progress-writing", session.messages);
    let registry = population
        .write_registry(create("registry.csv")?, &mut |_| ())
        .map_err(failed)?;
    let visits = population
        .write_anonymized(create("visits.csv")?, &mut |_| ())
        .map_err(failed)?;
    let ndb = population
        .write_extract(Extract::Ndb, create("ndb.csv")?, &mut |_| ())
        .map_err(failed)?;
    let dpc = population
        .write_extract(Extract::Dpc, create("dpc.csv")?, &mut |_| ())
        .map_err(failed)?;
    std::fs::write(root.join("columns.toml"), COLUMNS).map_err(failed)?;
    std::fs::write(root.join("application.txt"), APPLICATION).map_err(failed)?;

    let claims = root.join("claims");
    std::fs::create_dir(&claims).map_err(failed)?;
    let mut files = Files {
        uke: Vec::new(),
        csv: Vec::new(),
    };
    let mut rows = 0_u64;
    for source in population.claim_files() {
        let path = claims.join(source.name());
        let file = File::create_new(&path).map_err(|error| Failure::io(&path, &error))?;
        rows = rows.saturating_add(source.write(file, &mut |_| ()).map_err(failed)?);
        match source.source() {
            Source::Uke => files.uke.push(path),
            Source::Csv => files.csv.push(path),
        }
    }
    session.say("demo-file-registry", &[("rows", registry.to_string())])?;
    session.say(
        "demo-file-claims",
        &[
            ("rows", rows.to_string()),
            ("uke", files.uke.len().to_string()),
            ("csv", files.csv.len().to_string()),
        ],
    )?;
    session.say("demo-file-visits", &[("rows", visits.to_string())])?;
    session.say(
        "demo-file-extracts",
        &[("ndb", ndb.to_string()), ("dpc", dpc.to_string())],
    )?;
    Ok(files)
}
