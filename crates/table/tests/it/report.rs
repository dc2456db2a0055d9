use renketsu_table::report::Report;

#[test]
fn a_report_has_its_mark_and_quotes_what_needs_it() {
    let mut report = Report::create(Vec::new(), &["理由", "file"]).unwrap();
    report.row(&["sex:form", "a,b \"c\".csv"]).unwrap();
    let bytes = report.finish().unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{feff}理由,file\r\nsex:form,\"a,b \"\"c\"\".csv\"\r\n"
    );
}

#[test]
fn a_row_of_another_width_is_an_error() {
    let mut report = Report::create(Vec::new(), &["a", "b"]).unwrap();
    assert_eq!(
        report.row(&["1"]).unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
}
