use renketsu_producer::sources::delimited::Rows;
use renketsu_producer::sources::{SourceError, SourceRecord};
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::{Delimiter, Encoding};

use crate::world::cp932;

const MAP: &str = r#"
[columns]
insurer = "保険者番号"
number = "番号"
kana = "カナ"
birth_date = "生年月日"
sex = "性別"
service_date = "診療年月"
key = "患者番号"
"#;

fn rows(map: &str, name: &str, bytes: &[u8]) -> Result<Vec<SourceRecord>, SourceError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Rows::open(&path, &ColumnMap::parse("map.toml", map)?)?.collect()
}

fn refusal(map: &str) -> (&'static str, Vec<String>) {
    let error = ColumnMap::parse("map.toml", map).unwrap_err();
    (
        error.code(),
        error
            .details()
            .into_iter()
            .map(|(_, value)| value)
            .collect(),
    )
}

#[test]
fn a_table_is_read_through_its_map_in_either_encoding() {
    let text = "患者番号,カナ,生年月日,性別,保険者番号,番号,診療年月,病名\r\n 12 ,ヤマダ,S40.5.5,女,133066,０７,202104,風邪\r\n";
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        cp932(text),
    ] {
        let found = rows(MAP, "t.csv", &bytes).unwrap();
        let [record] = found.as_slice() else {
            panic!("one row")
        };
        assert_eq!(
            (record.line, record.record, record.key.as_str()),
            (2, 1, "12")
        );
        assert_eq!(record.substitute, "row:t.csv:1");
        let texts = &record.texts;
        assert_eq!(
            [&texts.insurer, &texts.symbol, &texts.number, &texts.branch],
            ["133066", "", "０７", ""]
        );
        assert_eq!(
            [&texts.kana, &texts.birth_date, &texts.sex, &texts.service],
            ["ヤマダ", "S40.5.5", "女", "202104"]
        );
    }
}

#[test]
fn a_tab_divides_a_tsv() {
    let map = "[columns]\ninsurer = \"i\"\nnumber = \"n\"\nkey = \"k\"";
    assert_eq!(
        rows(map, "t.tsv", b"k\ti\tn\n1\t2\t3\n").unwrap()[0]
            .texts
            .number,
        "3"
    );
}

#[test]
fn encoding_and_delimiter_can_be_said() {
    let map = ColumnMap::parse(
        "m",
        &format!("encoding = \"cp932\"\ndelimiter = \"tab\"\n{MAP}"),
    )
    .unwrap();
    assert_eq!(
        (map.options.encoding, map.options.delimiter),
        (Encoding::Cp932, Delimiter::Tab)
    );
    assert!(map.branch.is_none() && map.symbol.is_none());
}

#[test]
fn a_column_that_is_not_there_is_named_with_its_file() {
    let error = rows(
        MAP,
        "t.csv",
        "患者番号,カナ,生年月日,性別,番号,診療年月\n".as_bytes(),
    )
    .unwrap_err();
    assert_eq!(error.code(), "table.columns.unknown");
    assert_eq!(
        error.details()[1..],
        [
            ("column", "保険者番号".to_owned()),
            ("role", "insurer".to_owned())
        ]
    );
}

#[test]
fn a_map_that_leads_to_no_id_is_refused() {
    let map = "[columns]\ninsurer = \"i\"\nkana = \"k\"\nsex = \"s\"\nkey = \"p\"";
    assert_eq!(
        refusal(map),
        ("table.columns.route", vec!["map.toml".to_owned()])
    );
}

#[test]
fn what_is_no_map_is_refused_with_its_line() {
    for (map, line) in [
        (
            "[columns]\ninsurer = \"i\"\nnumber = \"n\"\nkey = \"k\"\nname = \"n\"\n",
            5,
        ),
        ("[columns]\nkey = 1\n", 2),
        ("encoding = \"latin1\"\n", 1),
        ("[columns\n", 1),
        ("", 1),
    ] {
        assert_eq!(
            refusal(map),
            (
                "table.columns.form",
                vec!["map.toml".to_owned(), line.to_string()]
            ),
            "{map}"
        );
    }
}

#[test]
fn a_map_without_a_key_is_no_map_of_a_source() {
    let map = "[columns]\ninsurer = \"i\"\nnumber = \"n\"\n";
    let refused = rows(map, "t.csv", b"i,n\n1,2\n").unwrap_err();
    assert_eq!(refused.code(), "table.columns.key");
}

#[test]
fn a_map_that_cannot_be_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let missing = ColumnMap::read(&directory.path().join("none")).unwrap_err();
    assert_eq!((missing.code(), missing.exit()), ("table.columns.io", 2));
    assert_eq!(
        ColumnMap::read(directory.path()).unwrap_err().code(),
        "table.columns.io"
    );
    let binary = directory.path().join("b");
    std::fs::write(&binary, b"\xff\xfe").unwrap();
    assert_eq!(
        ColumnMap::read(&binary).unwrap_err().code(),
        "table.columns.form"
    );
}

#[test]
fn a_ragged_row_is_refused_with_its_line() {
    let error = rows(
        "[columns]\ninsurer = \"i\"\nnumber = \"n\"\nkey = \"k\"",
        "t.csv",
        b"k,i,n\n1,2,3\n1,2\n",
    )
    .unwrap_err();
    assert_eq!(error.code(), "table.delimited.ragged");
    assert_eq!(error.details()[1], ("line", "3".to_owned()));
}
