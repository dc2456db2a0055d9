//! Tables of SAS and Stata as sources.

use renketsu_producer::sources::Source;
use renketsu_table::columns::ColumnMap;
use renketsu_testkit::{StataColumn, XportColumn, stata};

use crate::people::{Files, canonical, hanako, read, refusal};
use crate::world::World;

const MAP: &str = "[columns]\ninsurer = \"INSURER\"\nsymbol = \"SYMBOL\"\nnumber = \"NUMBER\"\nbranch = \"BRANCH\"\n\
                   kana = \"KANA\"\nbirth_date = \"BIRTH\"\nsex = \"SEX\"\nservice_date = \"DAY\"\nkey = \"ID\"";

fn table(files: &Files, name: &str, content: &[u8], map: &str) -> Source {
    Source::Table {
        path: files.file(name, content),
        columns: Box::new(ColumnMap::parse("m", map).unwrap()),
    }
}

/// Texts and, last, the number 697.
fn xport(columns: &[(&str, String)]) -> Vec<u8> {
    let texts = columns
        .iter()
        .map(|(name, value)| XportColumn::Text(name, vec![value.clone()]));
    let number = XportColumn::Number("ID", vec![697]);
    renketsu_testkit::xport(&texts.chain([number]).collect::<Vec<_>>())
}

fn columns() -> Vec<(&'static str, String)> {
    let person = hanako();
    vec![
        ("INSURER", person.insurer.clone()),
        ("SYMBOL", person.symbol.clone()),
        ("NUMBER", person.number.clone()),
        ("BRANCH", person.branch.clone().unwrap()),
        ("KANA", person.kana()),
        ("BIRTH", person.birth.clone()),
        ("SEX", person.sex.to_string()),
        ("DAY", person.day),
    ]
}

#[test]
fn a_table_of_sas_is_read_as_the_same_table_in_csv() {
    let files = Files::new();
    let found = read(&table(&files, "people.xpt", &xport(&columns()), MAP)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        canonical(&found[0]),
        [
            "06132013",
            "13-1",
            "0187",
            "05",
            "ヤマダハナコ",
            "19800203",
            "2"
        ]
    );
    assert_eq!(
        (found[0].key.as_str(), found[0].texts.service.as_str()),
        ("697", "20240405")
    );
    assert_eq!((found[0].line, found[0].record), (1, 1));
    // What the file is, its first bytes tell.
    let found = read(&table(&files, "people.csv", &xport(&columns()), MAP)).unwrap();
    assert_eq!(found[0].substitute, "row:people.csv:1");
}

#[test]
fn a_table_of_stata_is_read() {
    let names = ["INSURER", "NUMBER", "ID"];
    let columns = names.map(|name| StataColumn {
        name,
        label: "",
        codes: "",
    });
    let files = Files::new();
    let map = "[columns]\ninsurer = \"INSURER\"\nnumber = \"NUMBER\"\nkey = \"ID\"";
    let found = read(&table(&files, "a.dta", &stata(&columns, &[]), map)).unwrap();
    let texts = &found[0].texts;
    assert_eq!(
        [&texts.insurer, &texts.number, &found[0].key],
        ["1", "1", "1"]
    );
}

#[test]
fn columns_that_are_not_there_and_cut_files_are_refused() {
    let files = Files::new();
    let map = MAP.replace("\"KANA\"", "\"NAME\"");
    let (code, details) = refusal(&table(&files, "a.xpt", &xport(&columns()), &map));
    assert_eq!(
        (code, details[0].1.as_str()),
        ("table.columns.unknown", "NAME")
    );
    let keyless = MAP.replace("key = \"ID\"", "");
    let (code, _) = refusal(&table(&files, "a.xpt", &xport(&columns()), &keyless));
    assert_eq!(code, "table.columns.key");
    let mut world = World::new();
    let cut: Vec<u8> = xport(&columns()).into_iter().take(900).collect();
    let source = Source::Table {
        path: world.file("cut.xpt", cut),
        columns: Box::new(ColumnMap::parse("m", MAP).unwrap()),
    };
    let error = world.request(&[source], "r.rkp").unwrap_err();
    assert!(
        error.code().starts_with("table.statistical."),
        "{}",
        error.code()
    );
    assert!(!world.path("r.rkp").exists());
}
