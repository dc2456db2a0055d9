//! Schemathesis as judge: whatever it makes of the interface's document, there is no 5xx, and what is said is documented.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;
use renketsu_seal::safe;

use crate::site::{Hand, PROVISION, Site};

/// How many cases for each operation, beside those that walk through the document.
const CASES: &str = "25";

fn pem(kind: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|at| &text[at..text.len().min(at + 64)])
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}

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
            Command::new(program)
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
        });
    assert!(
        found.is_some() || std::env::var("CI").is_err(),
        "missing: schemathesis (PyPI)"
    );
    found
}

#[test]
fn schemathesis_finds_no_fault_of_the_server() {
    let Some(judge) = judge() else {
        eprintln!("skipped: schemathesis (PyPI) is not installed");
        return;
    };
    // The judge's TLS looks at the machine's clock.
    let mut site = Site::at(Hand::of_the_machine(), 120);
    let request = site.request("one", 120, PROVISION);
    let at = site.start();
    // Something to be found.
    site.send(&site.producer, &request, Some("answer.rkp"))
        .unwrap();
    let link = site.producer.path().join("link");
    let mut key = Vec::new();
    safe::open(&link.join("private"), &site.producer.keys)
        .unwrap()
        .read_to_end(&mut key)
        .unwrap();
    let certificate = std::fs::read(link.join("certificate.der")).unwrap();
    let key = site.file("key.pem", pem("PRIVATE KEY", &key));
    let certificate = site.file("certificate.pem", pem("CERTIFICATE", &certificate));
    let output = Command::new(judge)
        .arg("run")
        .arg(format!(
            "https://localhost:{}/v1/openapi.json",
            at.service.port()
        ))
        .args(["--request-cert".as_ref(), certificate.as_os_str()])
        .args(["--request-cert-key".as_ref(), key.as_os_str()])
        .args(["--tls-verify".as_ref(), site.root.as_os_str()])
        .args(["--max-examples", CASES, "--seed", "2026", "--no-color"])
        .args(["--generation-database", "none", "--suppress-health-check", "all"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .current_dir(site.files.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{said}");
}
