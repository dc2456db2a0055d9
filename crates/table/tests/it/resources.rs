//! Resources as tables.

use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use renketsu_table::resources::{ResourceError, Resources, is_resources};
use tempfile::TempDir;

fn read(text: &str, table: &str) -> Result<(Resources, RecordBatch), ResourceError> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("r.ndjson");
    std::fs::write(&path, text).unwrap();
    let resources = Resources::file(&path, table)?;
    let batches: Vec<RecordBatch> = resources.batches(2)?.collect::<Result<_, _>>()?;
    let batch = concat_batches(resources.schema(), &batches).unwrap();
    Ok((resources, batch))
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).unwrap().as_string::<i32>();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

const OBSERVATIONS: &str = r#"{"resourceType":"Observation","id":"o1","meta":{"source":"x"},"identifier":[{"value":"9"}],"status":"final","category":[{"coding":[{"system":"c","code":"laboratory"}]}],"code":{"coding":[{"system":"urn:jlac","code":"3F","display":"LDL"},{"system":"loinc","code":"1"}],"text":"LDL-C"},"subject":{"reference":"Patient/p-1","display":"架空花子"},"valueQuantity":{"value":120,"unit":"mg/dL"},"component":[{"code":{"coding":[{"code":"a"}]},"note":[{"text":"secret"}],"valueIdentifier":{"value":"z"}}]}

{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:jlac","code":"3F"}]},"subject":{"reference":"https://x.example/fhir/Patient/p-2/_history/3"},"performer":[{"reference":"Practitioner/1","display":"架空太郎"}],"valueQuantity":{"value":99.5},"_status":{"extension":[]}}
{"resourceType":"Condition","subject":{"reference":"Patient/p-1"},"code":{"text":"E11"}}
{"resourceType":"Observation","status":"final","subject":{"reference":"Group/1"},"valueBoolean":true}
"#;

#[test]
fn resources_of_the_type_that_a_table_is_called_are_its_rows() {
    let (resources, batch) = read(OBSERVATIONS, "observation").unwrap();
    assert_eq!((resources.kind(), resources.rows()), ("Observation", 3));
    let schema = batch.schema();
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(
        names,
        [
            "patient",
            "category.code",
            "category.system",
            "code.code",
            "code.display",
            "code.system",
            "code.text",
            "status",
            "subject.reference",
            "valueBoolean",
            "valueQuantity.unit",
            "valueQuantity.value",
            "rest"
        ]
    );
    assert_eq!(
        texts(&batch, "patient"),
        [Some("p-1".to_owned()), Some("p-2".to_owned()), None]
    );
    assert_eq!(texts(&batch, "status"), some(&["final"; 3]));
    assert_eq!(texts(&batch, "code.code")[..2], some(&["3F", "3F"]));
    assert_eq!(
        texts(&batch, "category.code")[0].as_deref(),
        Some("laboratory")
    );
    let values = batch.column_by_name("valueQuantity.value").unwrap();
    let values = values.as_primitive::<Float64Type>();
    assert_eq!(
        values.iter().collect::<Vec<_>>(),
        [Some(120.0), Some(99.5), None]
    );
    let rest: Vec<serde_json::Value> = texts(&batch, "rest")
        .into_iter()
        .map(|text| {
            text.map_or(serde_json::Value::Null, |text| {
                serde_json::from_str(&text).unwrap()
            })
        })
        .collect();
    assert_eq!(
        rest[0],
        serde_json::json!({
            "code.coding": [{"system": "urn:jlac", "code": "3F", "display": "LDL"}, {"system": "loinc", "code": "1"}],
            "component": [{"code": {"coding": [{"code": "a"}]}}]
        })
    );
    assert_eq!(
        rest[1],
        serde_json::json!({"performer": [{"reference": "Practitioner/1"}]})
    );
    assert!(rest[2].is_null());
}

#[test]
fn what_identifies_by_definition_is_left_out_and_named() {
    let (resources, batch) = read(OBSERVATIONS, "observation").unwrap();
    assert_eq!(
        resources.dropped(),
        [
            "_status",
            "component.note",
            "component.valueIdentifier",
            "id",
            "identifier",
            "meta",
            "performer.display"
        ]
    );
    let patients = r#"{"resourceType":"Patient","id":"p-1","gender":"female","name":[{"text":"架空花子"}],"birthDate":"1991-01-25","address":[{"text":"x"}],"telecom":[{"value":"x"}],"text":{"div":"x"},"contained":[{"resourceType":"Patient"}],"extension":[{"valueHumanName":{}}],"maritalStatus":{"coding":[{"code":"M"}]}}"#;
    let (patient, person) = read(patients, "people").unwrap();
    assert_eq!(
        patient.dropped(),
        [
            "address",
            "birthDate",
            "contained",
            "extension",
            "id",
            "name",
            "telecom",
            "text"
        ]
    );
    assert_eq!(texts(&person, "patient"), some(&["p-1"]));
    assert_eq!(texts(&person, "gender"), some(&["female"]));
    for batch in [batch, person] {
        let written = format!("{batch:?}");
        for secret in ["架空", "secret", "1991", "\"z\"", "o1"] {
            assert!(!written.contains(secret), "{secret}");
        }
    }
}

#[test]
fn a_column_has_the_type_of_all_its_values() {
    let line = |value: &str| format!(r#"{{"resourceType":"X","v":{value}}}"#) + "\n";
    for (values, kind) in [
        (["1", "2"], DataType::Int64),
        (["1", "2.5"], DataType::Float64),
        (["1", "\"a\""], DataType::Utf8),
        (["true", "false"], DataType::Boolean),
        (["\"007\"", "\"8\""], DataType::Utf8),
    ] {
        let (_, batch) = read(&values.map(line).concat(), "x").unwrap();
        assert_eq!(batch.column_by_name("v").unwrap().data_type(), &kind);
    }
    let (_, batch) = read(&["1", "2"].map(line).concat(), "x").unwrap();
    let column = batch
        .column_by_name("v")
        .unwrap()
        .as_primitive::<Int64Type>();
    assert_eq!(column.values(), &[1, 2]);
}

#[test]
fn files_that_are_no_resources_of_one_type_are_refused() {
    let one = r#"{"resourceType":"Condition"}"#;
    let deep = format!("{{\"resourceType\":\"X\",\"a\":{}", "[".repeat(500));
    let cases = [
        (String::new(), "empty"),
        ("{\"a\":1}\n".to_owned(), "kind"),
        ("{\"resourceType\":\"../x\"}\n".to_owned(), "kind"),
        ("{\"resourceType\":\"X\"\n".to_owned(), "json"),
        ("[1]\n".to_owned(), "json"),
        (deep, "json"),
        (
            format!("{one}\n{{\"resourceType\":\"Observation\"}}\n"),
            "several",
        ),
        (
            format!(
                "{{\"resourceType\":\"X\",\"a\":\"{}\"}}",
                "a".repeat(17 << 20)
            ),
            "long",
        ),
    ];
    for (text, code) in cases {
        let error = read(&text, "labs").unwrap_err();
        assert_eq!(
            (error.code(), error.exit()),
            (&*format!("table.resources.{code}"), 2)
        );
    }
    let error = Resources::file("/nowhere/r.ndjson".as_ref(), "x").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.resources.io", 2));
}

#[test]
fn a_file_of_resources_is_known_by_its_first_byte() {
    for head in ["{\"a\"", "\u{feff}{", " \r\n{"] {
        assert!(is_resources(head.as_bytes()), "{head:?}");
    }
    for head in ["patient,v", "", "[", "PAR1"] {
        assert!(!is_resources(head.as_bytes()), "{head:?}");
    }
}
