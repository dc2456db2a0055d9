use renketsu_testkit::now;
use renketsu_workspace::{
    Approval, AskError, Declaration, Import, PlainExtract, RowLevel, RowsError, Standing,
    TableKind, approve_reference, import, linked, set_row_level,
};

use crate::link::imported;
use crate::{FakeEngine, Workspace, workspace};

/// Imports the reference table `weather` that `Sato Ken` declares.
fn weather(place: &mut Workspace, standing: Standing) {
    let Workspace { dir, vault, store } = place;
    let csv = dir.path().join("weather.csv");
    std::fs::write(&csv, b"month,rain\n").unwrap();
    let ask = Import {
        dir: dir.path(),
        study: "S",
        table: "weather",
        package_table: None,
        kind: TableKind::Reference,
        file: &csv,
        ids: None,
        plain: PlainExtract::default(),
        reference: Some(Declaration {
            source: "https://example.go.jp".to_owned(),
            declared_by: "Sato Ken".to_owned(),
        }),
        keep: Vec::new(),
        standing,
        memory: 0,
    };
    let engine = FakeEngine::default();
    import(store, vault, None, &engine, &ask, &|_| (), now()).unwrap();
}

#[test]
fn a_reference_table_is_asked_after_a_second_person_approved_that_version() {
    let mut place = workspace();
    imported(&mut place, "a");
    weather(&mut place, Standing::New);
    place.link(&FakeEngine::default(), "S").unwrap();
    let tables = |place: &Workspace| {
        let found = linked(&place.store, &place.vault, "S").unwrap();
        (found.tables.len(), found.refusal("weather"))
    };
    assert!(matches!(
        tables(&place),
        (1, Some(AskError::NotApproved { .. }))
    ));
    let mut approve = |table: &str, by: &str, version| {
        let approval = Approval {
            study: "S",
            table,
            version,
            approved_by: by,
            by: None,
        };
        approve_reference(&mut place.store, &place.vault, approval, now())
            .map_err(|refused| refused.code())
    };
    for by in [
        "Sato Ken",
        "sato  ken ",
        "SATOKEN",
        "Ｓａｔｏ Ken",
        "Sato\u{200b}Ken",
        "Sato-Ken.",
    ] {
        assert_eq!(
            approve("weather", by, 1),
            Err("workspace.approve.same_person"),
            "{by}"
        );
    }
    assert_eq!(approve("weather", " ", 1), Err("workspace.approve.no_name"));
    assert_eq!(approve("a", "Suzuki Ai", 1), Err("store.missing"));
    assert_eq!(
        approve("weather", "Suzuki Ai", 2),
        Err("workspace.approve.version")
    );
    assert_eq!(approve("weather", "Suzuki Ai", 1), Ok(()));
    assert_eq!(approve("weather", "Tanaka", 1), Err("store.exists"));
    assert_eq!(tables(&place).0, 2);

    weather(&mut place, Standing::Replaced);
    place.link(&FakeEngine::default(), "S").unwrap();
    assert!(matches!(
        tables(&place),
        (1, Some(AskError::NotApproved { .. }))
    ));
}

#[test]
fn rows_of_single_persons_are_off_until_somebody_says_how_many_and_why() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    let allowed = |place: &Workspace| {
        linked(&place.store, &place.vault, "S")
            .unwrap()
            .row_level
            .map(|allowed| allowed.cap)
    };
    assert_eq!(allowed(&place), None);
    let all = RowLevel {
        cap: 100,
        approved_by: "Suzuki Ai".to_owned(),
        reason: "checking the import".to_owned(),
    };
    let lacking = [
        (
            "--allow",
            RowLevel {
                cap: 0,
                ..all.clone()
            },
        ),
        (
            "--approved-by",
            RowLevel {
                approved_by: " ".to_owned(),
                ..all.clone()
            },
        ),
        (
            "--reason",
            RowLevel {
                reason: String::new(),
                ..all.clone()
            },
        ),
    ];
    for (missing, lacking) in lacking {
        let refused = set_row_level(&mut place.store, &place.vault, "S", Some(&lacking), now());
        assert!(matches!(refused, Err(RowsError::Needs { option }) if option == missing));
    }
    set_row_level(&mut place.store, &place.vault, "S", Some(&all), now()).unwrap();
    assert_eq!(allowed(&place), Some(100));
    set_row_level(&mut place.store, &place.vault, "S", None, now()).unwrap();
    assert_eq!(allowed(&place), None);
    let refused = set_row_level(&mut place.store, &place.vault, "X", None, now()).unwrap_err();
    assert_eq!(refused.code(), "workspace.rows.no_study");
    let events = place.store.events().unwrap();
    let actions: Vec<_> = events.iter().map(|e| e.event.action.as_str()).collect();
    assert!(actions.ends_with(&["study.rows_allowed", "study.rows_forbidden"]));
}
