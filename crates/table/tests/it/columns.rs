use renketsu_table::columns::ColumnMap;

#[test]
fn a_column_map_says_what_it_may_and_no_more() {
    let parse = |text: &str| ColumnMap::parse("map.toml", text);
    let kana = "[columns]\nkana = \"カナ\"\nbirth_date = \"誕生\"\nsex = \"sex\"\n";
    assert!(parse(kana).is_ok());
    for (text, code, line) in [
        ("", "table.columns.form", 1),
        ("[columns]\n", "table.columns.route", 0),
        ("[columns]\ninsurer = \"a\"\n", "table.columns.route", 0),
        (
            "[columns]\ninsurer = \"a\"\nnumber = 1\n",
            "table.columns.form",
            3,
        ),
        (
            "encoding = \"latin1\"\n[columns]\n",
            "table.columns.form",
            1,
        ),
        ("[columns]\nname = \"a\"\n", "table.columns.form", 2),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
        if line > 0 {
            assert!(
                error.details().contains(&("line", line.to_string())),
                "{text}: {:?}",
                error.details()
            );
        }
    }
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(
        ColumnMap::read(&directory.path().join("nowhere.toml"))
            .unwrap_err()
            .code(),
        "table.columns.io"
    );
    let long = directory.path().join("long.toml");
    std::fs::write(&long, "#".repeat(70_000)).unwrap();
    assert_eq!(
        ColumnMap::read(&long).unwrap_err().code(),
        "table.columns.form"
    );
}
