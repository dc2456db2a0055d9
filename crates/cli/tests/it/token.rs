//! A key token at the command line, with `SoftHSM2` as the token (Debian's `softhsm2`).

use std::process::{Command, Output};

use crate::{Place, refused, text};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "4711-0815";

/// An authority with a token named `T` and its PIN as a systemd credential; `None` where `SoftHSM2` is missing.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn place() -> Option<Place> {
    if Command::new("softhsm2-util")
        .arg("--version")
        .output()
        .is_err()
    {
        let must = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!must, "SoftHSM2 is missing (Debian package softhsm2)");
        println!("SoftHSM2 is missing (Debian package softhsm2): no test of key tokens ran");
        return None;
    }
    let place = Place::new();
    std::fs::create_dir(place.path("tokens")).unwrap();
    let tokens = place.path("tokens").display().to_string();
    place.write("conf", format!("directories.tokendir = {tokens}\n"));
    place.write("credentials/renketsu-token-pin", format!("{PIN}\n"));
    place.write("wrong", "0000-0000\n");
    let arguments = ["--init-token", "--free", "--label", "T", "--so-pin", "9999"];
    let made = Command::new("softhsm2-util")
        .args(arguments)
        .args(["--pin", PIN])
        .env("SOFTHSM2_CONF", place.path("conf"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    place.ok("init --dir a --role authority --name A");
    Some(place)
}

impl Place {
    /// [`Place::run`] where the token is.
    fn with_token(&self, line: &str) -> Output {
        self.command(&line.split_whitespace().collect::<Vec<_>>())
            .env("SOFTHSM2_CONF", self.path("conf"))
            .output()
            .unwrap()
    }

    fn ok_with_token(&self, line: &str) -> String {
        let output = self.with_token(line);
        assert!(output.status.success(), "{line}\n{}", text(&output.stderr));
        text(&output.stdout)
    }
}

fn held(place: &Place) -> Vec<String> {
    let standing = place.json("authority keys status --dir a --json");
    let secrets = standing["secrets"].as_array().unwrap();
    let one = |held: &serde_json::Value| {
        let text = |name: &str| held[name].as_str().unwrap().to_owned();
        format!(
            "{}/{} {}",
            text("custodian"),
            text("secret"),
            text("opened_by")
        )
    };
    secrets.iter().map(one).collect()
}

#[test]
fn secrets_are_wrapped_by_a_token_and_come_back() {
    let Some(place) = place() else { return };
    place.ok("authority init --dir a");
    let using = format!("authority token use --dir a --module {MODULE} --token T");
    // The first key must be made on purpose.
    let refusal = place.with_token(&using);
    refused(&refusal, 2, "seal.key_token.key_missing", &using);
    let said = place.ok_with_token(&format!("{using} --make-key"));
    assert!(
        said.contains("Wrapped 2 secrets by the key renketsu-"),
        "{said}"
    );
    assert!(said.contains("  resolver/root-1\n"), "{said}");
    assert_eq!(
        held(&place),
        ["resolver/root-1 token", "issuer/root-1 token"]
    );
    let shown = place.ok("authority keys status --dir a");
    assert!(shown.contains("issuer: root-1 (opened by passphrase and key token together)"));
    assert!(shown.contains(MODULE) && shown.contains("Key token T (serial number"));
    // What needs no secret asks for no PIN; what does, names what is missing.
    place.ok("authority provision list --dir a");
    place.ok_with_token("authority keys rotate --dir a");
    let without = "authority keys rotate --dir a";
    let refusal = place.run(without);
    refused(&refusal, 3, "seal.key_token.absent", without);
    let wrong = Command::new("sh")
        .args([
            "-c",
            "exec \"$0\" authority keys rotate --dir a --token-pin-fd 4 4<wrong",
        ])
        .arg(env!("CARGO_BIN_EXE_renketsu"))
        .current_dir(place.dir.path())
        .env("CREDENTIALS_DIRECTORY", place.path("credentials"))
        .env("SOFTHSM2_CONF", place.path("conf"))
        .env("LC_ALL", "en_US.UTF-8")
        .output()
        .unwrap();
    refused(&wrong, 1, "seal.key_token.pin", "a wrong PIN");
    let words = text(&wrong.stderr);
    assert!(
        words.contains("refuses the PIN; a wrong one was offered before."),
        "{words}"
    );
    std::fs::remove_file(place.path("credentials/renketsu-token-pin")).unwrap();
    for line in [without, "authority serve --dir a --listen 127.0.0.1:0"] {
        let refusal = place.with_token(line);
        refused(&refusal, 2, "cli.passphrase.pin_missing", line);
    }
    place.write("credentials/renketsu-token-pin", format!("{PIN}\n"));
    place.ok_with_token("authority token leave --dir a");
    assert_eq!(
        held(&place),
        ["resolver/root-2 passphrase", "issuer/root-2 passphrase"]
    );
    place.ok("authority keys rotate --dir a");
}

#[test]
fn the_pin_is_in_no_file_and_the_roots_are_born_wrapped() {
    let Some(place) = place() else { return };
    let using = format!("authority token use --dir a --module {MODULE} --token T --make-key");
    place.ok_with_token(&using);
    place.ok_with_token("authority init --dir a");
    assert_eq!(
        held(&place),
        ["resolver/root-1 token", "issuer/root-1 token"]
    );
    for (path, _) in place.listing() {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes
            .windows(PIN.len())
            .any(|window| window == PIN.as_bytes());
        assert!(
            !found || path.ends_with("renketsu-token-pin"),
            "{}",
            path.display()
        );
    }
    let record = place.ok("record --dir a");
    assert!(
        record.contains("secrets wrapped by a key token"),
        "{record}"
    );
}
