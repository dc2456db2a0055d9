//! Tables of SAS and Stata as sources.

use renketsu_producer::sources::Source;
use renketsu_table::columns::ColumnMap;
use renketsu_testkit::{StataColumn, stata};

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

/// A record of 80 bytes.
fn card(text: &str) -> Vec<u8> {
    let mut card = text.as_bytes().to_vec();
    card.resize(80, b' ');
    card
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(80), b' ');
    bytes
}

/// One column of an XPORT file: 1 is a number, 2 a text of this many bytes.
fn namestr(kind: u8, length: u16, index: u16, position: u32, name: &str) -> Vec<u8> {
    let mut out = vec![0, kind, 0, 0];
    out.extend(length.to_be_bytes());
    out.extend(index.to_be_bytes());
    out.extend(format!("{name:8}{:40}{:8}", "", "").as_bytes());
    out.extend([0; 8]);
    out.extend(format!("{:8}", "").as_bytes());
    out.extend([0; 4]);
    out.extend(position.to_be_bytes());
    out.resize(140, 0);
    out
}

/// XPORT 5 with texts of 40 bytes and, last, the number 697.
fn xport(columns: &[(&str, String)]) -> Vec<u8> {
    const TEXT: u16 = 40;
    let zeros = "000000000000000000000000000000  ";
    let head = |name: &str, digits: &str| {
        card(&format!(
            "HEADER RECORD*******{name:8}HEADER RECORD!!!!!!!{digits}"
        ))
    };
    let time = "22NOV26:00:00:00";
    let mut out = head("LIBRARY", zeros);
    out.extend(card(&format!(
        "SAS     SAS     SASLIB  9.4     Linux   {:24}{time}",
        ""
    )));
    out.extend(card(time));
    out.extend(head("MEMBER", "000000000000000001600000000140  "));
    out.extend(head("DSCRPTR", zeros));
    out.extend(card(&format!(
        "SAS     PEOPLE  SASDATA 9.4     Linux   {:24}{time}",
        ""
    )));
    out.extend(card(time));
    let count = columns.len().saturating_add(1);
    out.extend(head(
        "NAMESTR",
        &format!("000000{count:04}00000000000000000000  "),
    ));
    let (mut names, mut row) = (Vec::new(), Vec::new());
    for (index, (name, value)) in (1_u16..).zip(columns) {
        let position = u32::try_from(row.len()).unwrap();
        names.extend(namestr(2, TEXT, index, position, name));
        let mut bytes = value.as_bytes().to_vec();
        assert!(bytes.len() <= usize::from(TEXT));
        bytes.resize(usize::from(TEXT), b' ');
        row.extend(bytes);
    }
    let position = u32::try_from(row.len()).unwrap();
    names.extend(namestr(1, 8, u16::try_from(count).unwrap(), position, "ID"));
    row.extend([0x43, 0x2B, 0x90, 0, 0, 0, 0, 0]);
    out.extend(padded(names));
    out.extend(head("OBS", zeros));
    out.extend(padded(row));
    out
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
