use crate::{Place, refused, text};

#[test]
fn wrong_words_are_usage_errors_with_a_next_step() {
    let place = Place::new();
    place.fails("study create --dir w --study S", 2, "cli.usage.missing");
    place.fails("study creat --dir w", 2, "cli.usage.command");
    place.fails("study create --dri w", 2, "cli.usage.unknown");
    place.fails("demo --persons many", 2, "cli.usage.value");
    place.fails("demo --persons 1", 2, "cli.usage.value");
    place.fails(
        "study import --dir w --study S --table t --kind csv x",
        2,
        "cli.usage.value",
    );
}

#[test]
fn missing_directories_studies_and_names_are_said() {
    let place = Place::new();
    place.fails("study list --dir nowhere", 2, "cli.dir.missing");
    place.fails(
        "study create --dir w --study ../S --provision P-1",
        2,
        "workspace.name.study",
    );
    place.fails(
        "study create --dir w --study S --provision p-1",
        2,
        "workspace.study.provision",
    );
    assert!(!place.path("w").exists(), "a refusal makes nothing");
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-1");
    place.fails(
        "study create --dir w --study T --provision P-1",
        1,
        "store.exists",
    );
    place.fails(
        "study link --dir w --study S",
        2,
        "workspace.link.no_tables",
    );
    for (line, code) in [
        ("import --table t --kind ndb x", "import.no_study"),
        ("link", "link.no_study"),
        ("query --sql x", "ask.no_study"),
        ("cohort save --name c --sql x", "ask.no_study"),
        ("cohort list", "ask.no_study"),
        ("rows --forbid", "rows.no_study"),
        ("verify", "verify.no_study"),
    ] {
        let line = format!("study {line} --dir w --study X");
        place.fails(&line, 2, &format!("workspace.{code}"));
    }
    let approve = "study approve-reference --table t --table-version 1 --approved-by A";
    place.fails(&format!("{approve} --dir w --study X"), 2, "store.missing");
    place.fails(
        "study query --dir w --study S --sql x",
        2,
        "workspace.ask.not_linked",
    );
    place.fails("keys show --dir w", 2, "cli.keys.none");
}

#[test]
fn help_and_errors_come_in_japanese() {
    let place = Place::new();
    let help = place.ok("study import --help --lang ja");
    assert!(
        help.contains("使い方") && help.contains("取り込む"),
        "{help}"
    );
    assert!(!help.contains("Options:"), "{help}");
    let output = place.run("study list --dir nowhere --lang ja");
    let said = text(&output.stderr);
    assert!(
        said.contains("エラー [cli.dir.missing]") && said.contains("次に："),
        "{said}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    place.ok("init --dir p --role producer --name P");
    let script = format!(
        "{} record --dir p | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_renketsu")
    );
    let status = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(place.dir.path())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn vectors_agree_and_a_changed_value_is_named() {
    let place = Place::new();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");
    for kind in ["ids", "issue"] {
        let path = format!("{vectors}/{kind}.json");
        assert!(
            place
                .ok(&format!("conformance {kind} {path}"))
                .contains("every value agrees")
        );
        let good = std::fs::read_to_string(&path).unwrap();
        let field = if kind == "ids" {
            "\"provision_id\": \""
        } else {
            "\"kana_id\": \""
        };
        let at = good.find(field).unwrap() + field.len();
        let flipped = if good[at..].starts_with('0') {
            '1'
        } else {
            '0'
        };
        let bad = format!("{}{flipped}{}", &good[..at], &good[at + 1..]);
        place.write("bad.json", bad);
        let output = place.run(&format!("conformance {kind} bad.json"));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    }
    place.write("none.json", "{");
    let output = place.run("conformance ids none.json");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    place.fails("conformance ids missing.json", 2, "cli.file.missing");
    place.fails("conformance ids .", 2, "cli.file.directory");
}

#[test]
fn what_is_wrong_with_the_words_is_said_and_what_to_do() {
    let place = Place::new();
    for (line, code, said) in [
        (
            "study query --dir w --study",
            "cli.usage.empty",
            "--study <S> needs a value",
        ),
        (
            "study list --dir w --dir x",
            "cli.usage.twice",
            "--dir <DIR> is given more than once",
        ),
        ("demo --persons 1", "cli.usage.value", "Give: 100–5000000"),
        ("demo --seed x", "cli.usage.value", "Give: a whole number"),
        (
            "study link --dir w --study S --memory 1",
            "cli.usage.value",
            "Give: 64 or more",
        ),
        (
            "study query --dir w --study S --sql x --memory 1",
            "cli.usage.value",
            "Give: 16 or more",
        ),
        (
            "init --dir w --role boss",
            "cli.usage.value",
            "Give one of: authority",
        ),
        (
            "study rows --dir w --study S --allow 0 --approved-by A --reason r",
            "cli.usage.value",
            "Give: 1 or more",
        ),
        (
            "study list --dir w --vault-passphrase-fd 987",
            "cli.passphrase.descriptor",
            "--vault-passphrase-fd 3 3< FILE",
        ),
        (
            "init --dir w --passphrase-fd 987",
            "cli.passphrase.descriptor",
            "--passphrase-fd 3 3< FILE",
        ),
    ] {
        let output = place.run(line);
        refused(&output, 2, code, line);
        let text = text(&output.stderr);
        assert!(text.contains(said), "{line}\n{text}");
    }
    let output = place.run("init --dir w --role boss --lang ja");
    assert!(text(&output.stderr).contains("次のいずれかを指定してください：authority"));
    assert!(!place.path("w").exists());
}

#[test]
fn without_a_command_the_help_is_shown_in_any_language() {
    let place = Place::new();
    for (line, words) in [
        ("", "Usage: renketsu"),
        ("--lang en", "Usage: renketsu"),
        ("--lang ja", "使い方: renketsu"),
        ("study --lang en", "Usage: renketsu study"),
    ] {
        let output = place.run(line);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}\n{said}");
        assert!(said.contains(words) && !said.contains("[cli."), "{said}");
    }
}

#[test]
fn a_result_that_can_have_no_place_is_refused_before_the_work() {
    let place = Place::new();
    place.vault("w");
    place.ok("study create --dir w --study S --provision P-1");
    for (path, code, exit) in [
        ("none/x", "cli.file.parent", 2),
        (".", "cli.file.directory", 2),
        ("w", "cli.file.exists", 1),
    ] {
        for line in ["query --sql x --out", "link --svg"] {
            let (command, option) = line.split_once(' ').unwrap();
            let line = format!("study {command} --dir w --study S {option} {path}");
            let output = place.run(&line);
            refused(&output, exit, code, &line);
            let said = text(&output.stderr);
            assert!(!said.contains("system:"), "{said}");
        }
    }
}

#[test]
fn a_passphrase_that_is_too_short_leaves_no_directory() {
    let place = Place::new();
    place.write("credentials/renketsu-vault-passphrase", "short\n");
    let line = "study create --dir new --study S --provision P-1";
    place.fails(line, 1, "seal.vault.passphrase_short");
    assert!(!place.path("new").exists());
}

#[test]
fn the_japanese_help_says_what_a_value_means_and_begins_with_the_file() {
    let place = Place::new();
    let help = place.ok("study import --help --lang ja");
    let at = |word: &str| help.find(word).unwrap_or_else(|| panic!("{word}\n{help}"));
    assert!(at("引数") < at("オプション:"));
    assert!(help.contains("ndb＝匿名医療保険等関連情報") && !help.contains("［anonymized"));
    let help = place.ok("init --help --lang ja");
    assert!(help.contains("authority＝大臣等・支払基金"), "{help}");
}
