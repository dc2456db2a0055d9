//! Schemathesis as judge: whatever it makes of the document of the addresses, from the seats of several people and from none, nothing
//! fails, what is said is documented, no header comes from what was sent, and the record is whole.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::hostile::{HEADERS, record_is_whole};
use crate::linked;
use crate::site::{OTHER, People, STUDY, Site};

/// How many cases for each operation, beside those that walk through the document.
const CASES: &str = "6";

/// Operations that end what the judge works with, and why. All others are tried.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "post",
        "/demo",
        "a second session of a person ends the first",
    ),
    (
        "get",
        "/lock",
        "a page that was left locks the session, and samples have no password to open it again",
    ),
    ("post", "/lock", "the same"),
    ("post", "/sign-out", "the session is over"),
];

/// What every answer must hold beside the judge's own checks. Redirects are answers, and are not followed.
const HOOKS: &str = r#"
import json
import os
import schemathesis

KNOWN = set(json.loads(os.environ["RENKETSU_HEADERS"]))
PLACE = os.environ["RENKETSU_PLACE"].encode()

@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["allow_redirects"] = False

@schemathesis.check
def headers_are_ours(ctx, response, case):
    strange = {name.lower() for name in response.headers} - KNOWN
    assert not strange, f"headers that are not ours: {strange}"

@schemathesis.check
def no_place_is_told(ctx, response, case):
    assert PLACE not in response.content, "an answer tells where files lie"
"#;

/// The judge's program beside the interpreter of the judges; `None` where it is not installed.
#[expect(
    clippy::disallowed_methods,
    reason = "where the judges are is said by the environment"
)]
fn judge() -> Option<PathBuf> {
    let python = std::env::var("RENKETSU_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let beside = Path::new(&python).with_file_name("schemathesis");
    let found = [beside, PathBuf::from("schemathesis")]
        .into_iter()
        .find(|program| {
            let output = Command::new(program).arg("--version").output();
            output.is_ok_and(|output| output.status.success())
        });
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "missing: schemathesis (PyPI)"
    );
    found
}

/// Something that there is, for a variable of an address, so that not every case is of nothing.
fn known(variable: &str) -> &'static [&'static str] {
    match variable {
        "study" => &[STUDY, OTHER],
        "person" => &["lead"],
        "terminal" => &["demo-lead"],
        "place" => &["demo"],
        "question" | "saved" | "grant" | "reset" | "slot" | "entry" => &["1", "2"],
        _ => &["1"],
    }
}

/// The document with this session's secret for forms, and with what there is.
fn document(form: &str) -> Value {
    let mut document = renketsu_web::openapi();
    for (method, path, _) in LEFT_OUT {
        let at = document["paths"][path].as_object_mut().unwrap();
        at.remove(*method).expect("a route that is left out is one");
    }
    let paths = document["paths"].as_object_mut().unwrap();
    // A path without an operation is still asked by methods that it hasn't.
    paths.retain(|_, at| at.as_object().is_some_and(|at| !at.is_empty()));
    for operation in paths
        .values_mut()
        .flat_map(|at| at.as_object_mut().unwrap().values_mut())
    {
        // Who asks is said by the cookies that go with every request.
        operation.as_object_mut().unwrap().remove("security");
        for parameter in operation["parameters"].as_array_mut().unwrap() {
            let names = known(parameter["name"].as_str().unwrap());
            if parameter["in"] == "path" {
                parameter["schema"] =
                    json!({ "anyOf": [{ "enum": names }, { "type": "string", "minLength": 1 }] });
            }
        }
        let Some(body) = operation.get_mut("requestBody") else {
            continue;
        };
        for kind in body["content"].as_object_mut().unwrap().values_mut() {
            let schema = &mut kind["schema"];
            if let Some(secret) = schema["properties"].get_mut("form") {
                *secret = json!({ "enum": [form] });
                schema["required"] = json!(["form"]);
            }
        }
    }
    document
}

/// What the judge says; it must be content.
fn judged(judge: &Path, site: &Site, browser: &Browser, form: &str) -> String {
    let files = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let document = write("openapi.json", &document(form).to_string());
    let hooks = write("hooks.py", HOOKS);
    let port = browser.host.rsplit(':').next().unwrap();
    let origin = browser.origin.clone().unwrap();
    let pairs = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let cookies = pairs.collect::<Vec<_>>().join("; ");
    let mut command = Command::new(judge);
    command
        .arg("run")
        .arg(document)
        .args(["--url", &format!("https://localhost:{port}")])
        .args(["--header", &format!("Origin: {origin}")]);
    if !cookies.is_empty() {
        command.args(["--header", &format!("Cookie: {cookies}")]);
    }
    let root = write("root.pem", &site.pem);
    let output = command
        .arg("--tls-verify")
        .arg(root)
        .args(["--max-examples", CASES, "--seed", "2026", "--no-color", "--no-shrink"])
        .args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure"])
        .args(["--generation-database", "none", "--suppress-health-check", "all"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,headers_are_ours,no_place_is_told",
        ])
        .env("SCHEMATHESIS_HOOKS", hooks)
        .env("RENKETSU_HEADERS", json!(HEADERS).to_string())
        .env("RENKETSU_PLACE", site.party.path())
        .current_dir(files.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{failed}");
    said
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the judge's TLS looks at the machine's clock"
)]
fn schemathesis_finds_no_fault_from_any_seat() {
    let Some(judge) = judge() else {
        eprintln!("skipped: schemathesis (PyPI) is not installed");
        return;
    };
    let mut site = linked::linked(Site::at(People::Samples, Timestamp::now()));
    let mut sessions = Vec::new();
    for person in [
        None,
        Some("handler"),
        Some("security-manager"),
        Some("study-auditor"),
    ] {
        let (mut browser, mut form) = (site.browser(), String::from("none"));
        if let Some(person) = person {
            browser = site.seated(person);
            form = browser.get("/").field("form").unwrap();
        }
        println!("{person:?}\n{}", judged(&judge, &site, &browser, &form));
        if let Some(person) = person {
            // Still there: what was tried was tried by somebody.
            let page = browser.get("/");
            assert_eq!((page.status, page.location()), (200, ""), "{person}");
            sessions.push(person);
        }
    }
    assert_eq!(sessions.len(), 3);
    record_is_whole(&mut site);
}
