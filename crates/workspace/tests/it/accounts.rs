//! People, places of use and the terminal ledger.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use renketsu_access::session::Idle;
use renketsu_access::{
    Act, Factors, Grant, Object, Permit, PersonId, Policies, Principal, Role, Scope, SessionId,
    Standing, Study, StudyId, StudyState, act,
};
use renketsu_seal::vault::{Vault, VaultCost};
use renketsu_store::{Event, PersonRecord, SittingRecord, Store, TerminalRecord};
use renketsu_testkit::passphrase;
use renketsu_workspace::NewStudy;
use renketsu_workspace::accounts::{
    self, AccountError, Acting, Away, Correction, Month, NewPerson, NewSlot, NewTerminal,
};
use tempfile::TempDir;

const HEART: &str = "heart";
const KIDNEY: &str = "kidney";

/// A workspace with two studies, one place, and a terminal of each study in it.
struct Room {
    _dir: TempDir,
    store: Store,
    policies: Policies,
}

/// A Wednesday, ten o'clock in Japan.
fn morning() -> Timestamp {
    "2026-11-04T01:00:00Z".parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    morning()
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap()
}

fn acting(person: &str) -> Acting {
    Acting {
        person: person.to_owned(),
        sitting: "0".repeat(16),
        terminal: "office-1".to_owned(),
        study: None,
    }
}

fn study(id: &str) -> Object {
    Object::Study(Study {
        id: StudyId::new(id),
        state: StudyState::InUse,
    })
}

fn person(id: &str) -> Object {
    Object::Person {
        id: PersonId::new(id),
    }
}

impl Room {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let vault = Vault::create(dir.path(), &passphrase(), VaultCost::Light).unwrap();
        for (name, provision) in [(HEART, "P-2026-0001"), (KIDNEY, "P-2026-0002")] {
            let study = NewStudy::parse(name, provision).unwrap();
            study.create(&mut store, &vault, None, morning()).unwrap();
        }
        let mut room = Self {
            _dir: dir,
            store,
            policies: Policies::shipped().unwrap(),
        };
        let permit = room.permit::<act::PlacesSet>(Role::PlaceManager, &Object::Office);
        let by = acting("place-manager");
        accounts::add_place(&mut room.store, &permit, &by, "b2", "第二室", morning()).unwrap();
        for (terminal, of) in [("pc-1", HEART), ("pc-2", KIDNEY)] {
            let on = Object::Terminal {
                id: renketsu_access::TerminalId::new(terminal),
                study: None,
            };
            let permit = room.permit::<act::TerminalsEnrol>(Role::SystemOperator, &on);
            let new = NewTerminal {
                terminal: terminal.to_owned(),
                place: "b2".to_owned(),
                study: Some(of.to_owned()),
            };
            accounts::add_terminal(&mut room.store, &permit, &by, &new, morning()).unwrap();
        }
        for (id, of) in [("hanako", HEART), ("ichiro", KIDNEY), ("jiro", HEART)] {
            room.invite(id);
            room.grant(id, Role::Handler, Some(of)).unwrap();
        }
        room
    }

    /// Leave of somebody who has this role in the office.
    fn permit<A: Act>(&self, role: Role, on: &Object) -> Permit<A> {
        let who = Principal {
            person: PersonId::new(role.as_str()),
            session: SessionId::new("session"),
            scope: Scope::Office,
            grants: vec![Grant::new(role, Scope::Office).unwrap()],
            factors: Factors::Two,
            standing: Standing::WHOLE,
        };
        self.policies.permit(&who, on).unwrap()
    }

    fn invite(&mut self, id: &str) {
        let permit = self.permit::<act::PeopleEnrol>(Role::SystemOperator, &Object::Office);
        let new = NewPerson {
            person: id.to_owned(),
            name: format!("{id} さん"),
            affiliation: "大学".to_owned(),
        };
        let by = acting("system-operator");
        accounts::invite(&mut self.store, &permit, &by, &new, "ja", morning()).unwrap();
        // They enrolled: roles are given to nobody else.
        let txn = self.store.begin().unwrap();
        txn.pledged(id, morning()).unwrap();
        let event = Event::new("account.enrolled", id, morning());
        txn.commit(&event).unwrap();
    }

    fn grant(&mut self, id: &str, role: Role, study: Option<&str>) -> Result<(), AccountError> {
        let permit = self.permit::<act::PeopleGrant>(Role::SecurityManager, &person(id));
        let by = acting("security-manager");
        accounts::grant(&mut self.store, &permit, &by, role, study, morning())
    }

    fn terminal(&self, id: &str) -> TerminalRecord {
        self.store.terminal(id).unwrap().unwrap()
    }

    fn person(&self, id: &str) -> PersonRecord {
        self.store.person(id).unwrap().unwrap()
    }

    fn open(&mut self, id: &str, at: &str, now: Timestamp) -> Result<SittingRecord, AccountError> {
        let (person, terminal) = (self.person(id), self.terminal(at));
        let opened = accounts::open(&mut self.store, &person, "totp", &terminal, now)?;
        Ok(opened.sitting)
    }

    fn slot(&mut self, of: &str, from: &str, until: &str) -> Result<(), AccountError> {
        let permit = self.permit::<act::SlotsSet>(Role::PlaceManager, &study(of));
        let new = NewSlot {
            place: "b2".to_owned(),
            days: vec![Weekday::Wednesday, Weekday::Friday],
            from: from.to_owned(),
            until: until.to_owned(),
            first: "2026-11-01".to_owned(),
            last: "2026-12-31".to_owned(),
        };
        let by = acting("place-manager");
        accounts::set_slot(&mut self.store, &permit, &by, &new, morning())
    }

    fn accept(&mut self, studies: &[&str]) -> Result<(), AccountError> {
        let permits: Vec<_> = studies
            .iter()
            .map(|of| self.permit::<act::ExceptionRecord>(Role::SecurityManager, &study(of)))
            .collect();
        let by = acting("security-manager");
        let paper = "書面 3";
        accounts::accept_sharing(&mut self.store, &permits, &by, "b2", paper, morning())
    }

    fn lapse(&mut self, now: Timestamp) -> Vec<String> {
        accounts::close_lapsed(&mut self.store, |_| None, Idle::default(), now).unwrap()
    }

    fn end_of(&self, sitting: &SittingRecord) -> Option<(Timestamp, String)> {
        self.store
            .sitting(&sitting.sitting)
            .unwrap()
            .unwrap()
            .closed
    }
}

#[test]
fn one_study_of_a_place_is_open_at_a_time() {
    let mut room = Room::new();
    let first = room.open("hanako", "pc-1", morning()).unwrap();
    let held = room.open("ichiro", "pc-2", after(1));
    assert!(
        matches!(held, Err(AccountError::Away(Away::PlaceTaken))),
        "{held:?}"
    );
    // The same study isn't held off by itself.
    room.open("jiro", "pc-1", after(2)).unwrap();

    // Who went away holds nothing: idle, locked and forgotten, at the moment their time was over.
    assert_eq!(room.lapse(after(39)), Vec::<String>::new());
    assert_eq!(room.lapse(after(50)).len(), 2);
    let ended = room.end_of(&first).unwrap();
    assert_eq!(ended, (after(40), "lock-expired".to_owned()));
    room.open("ichiro", "pc-2", after(51)).unwrap();
}

#[test]
fn studies_share_a_place_only_where_the_producers_of_both_accepted() {
    let mut room = Room::new();
    let alone = room.accept(&[HEART, HEART]);
    assert!(matches!(alone, Err(AccountError::Alone)), "{alone:?}");
    room.accept(&[HEART, KIDNEY]).unwrap();
    let first = room.open("hanako", "pc-1", morning()).unwrap();
    let second = room.open("ichiro", "pc-2", after(1)).unwrap();

    // Once it ends, whoever was there first stays.
    let one = [room.permit::<act::ExceptionRecord>(Role::SecurityManager, &study(HEART))];
    let by = acting("security-manager");
    let ended = accounts::end_sharing(&mut room.store, &one, &by, "b2", after(2));
    assert!(matches!(ended, Err(AccountError::Alone)), "{ended:?}");
    let both = [HEART, KIDNEY]
        .map(|of| room.permit::<act::ExceptionRecord>(Role::SecurityManager, &study(of)));
    accounts::end_sharing(&mut room.store, &both, &by, "b2", after(2)).unwrap();
    assert_eq!(room.lapse(after(3)), [second.sitting.as_str()]);
    assert_eq!(room.end_of(&first), None);
    assert_eq!(room.end_of(&second).unwrap().1, "ended-by-other");
}

#[test]
fn a_place_with_slots_is_used_in_them_alone_and_a_session_ends_with_its_slot() {
    let mut room = Room::new();
    room.slot(HEART, "09:00", "10:30").unwrap();
    // Ten o'clock on a Wednesday: the slot of one study, none of the other.
    let late = room.open("ichiro", "pc-2", morning());
    assert!(
        matches!(late, Err(AccountError::Away(Away::OutOfSlot))),
        "{late:?}"
    );
    let first = room.open("hanako", "pc-1", morning()).unwrap();
    assert_eq!(room.lapse(after(5)), Vec::<String>::new());
    let seen = |_: &str| Some(after(29));
    let over = accounts::close_lapsed(&mut room.store, seen, Idle::default(), after(30)).unwrap();
    assert_eq!(over, [first.sitting.as_str()]);
    assert_eq!(
        room.end_of(&first),
        Some((after(30), "slot-over".to_owned()))
    );
    let late = room.open("hanako", "pc-1", after(31));
    assert!(
        matches!(late, Err(AccountError::Away(Away::OutOfSlot))),
        "{late:?}"
    );

    // A slot that can't be read opens nothing.
    let slot = room.store.slots().unwrap().remove(0);
    let permit = room.permit::<act::SlotsSet>(Role::PlaceManager, &study(HEART));
    let by = acting("place-manager");
    accounts::end_slot(&mut room.store, &permit, &by, slot.slot, after(32)).unwrap();
    room.open("hanako", "pc-1", after(33)).unwrap();
    let txn = room.store.begin().unwrap();
    let broken = serde_json::json!({"days": [9], "from": "09:00"});
    txn.add_slot("b2", HEART, &broken, morning(), "x").unwrap();
    txn.commit(&by.event("slot.set", "b2", after(34))).unwrap();
    let late = room.open("hanako", "pc-1", after(35));
    assert!(
        matches!(late, Err(AccountError::Away(Away::OutOfSlot))),
        "{late:?}"
    );
}

#[test]
fn slots_of_two_studies_dont_overlap_unless_accepted() {
    let mut room = Room::new();
    room.slot(HEART, "09:00", "12:00").unwrap();
    let clash = room.slot(KIDNEY, "11:59", "14:00");
    let Err(AccountError::Clash(clash)) = clash else {
        panic!("{clash:?}");
    };
    assert_eq!(clash.on.to_string(), "2026-11-04");
    room.slot(KIDNEY, "12:00", "14:00").unwrap();
    room.slot(HEART, "08:00", "10:00").unwrap();
    for (from, until) in [("", "10:00"), ("25:00", "26:00"), ("９:00", "10:00")] {
        let none = room.slot(HEART, from, until);
        assert!(
            matches!(none, Err(AccountError::When { field: "from" })),
            "{none:?}"
        );
    }
    let reversed = room.slot(HEART, "12:00", "09:00");
    assert!(
        matches!(reversed, Err(AccountError::Slot(_))),
        "{reversed:?}"
    );
    room.accept(&[HEART, KIDNEY]).unwrap();
    room.slot(KIDNEY, "09:00", "12:00").unwrap();
    assert_eq!(room.store.slots().unwrap().len(), 4);
}

#[test]
fn roles_are_given_where_they_can_be_and_the_last_security_manager_stays() {
    let mut room = Room::new();
    let nowhere = room.grant("hanako", Role::Handler, None);
    assert!(
        matches!(nowhere, Err(AccountError::Grant(_))),
        "{nowhere:?}"
    );
    let missing = room.grant("hanako", Role::Handler, Some("nothing"));
    assert_eq!(missing.unwrap_err().code(), "store.missing");
    let twice = room.grant("hanako", Role::Handler, Some(HEART));
    assert!(
        matches!(twice, Err(AccountError::Granted { .. })),
        "{twice:?}"
    );

    let permit = room.permit::<act::PeopleEnrol>(Role::SystemOperator, &Object::Office);
    let by = acting("system-operator");
    let manager = |id: &str| NewPerson {
        person: id.to_owned(),
        name: "安全".to_owned(),
        affiliation: "大学".to_owned(),
    };
    let store = &mut room.store;
    let first = manager("anzen");
    accounts::invite_first_manager(store, &permit, &by, &first, "ja", morning()).unwrap();
    let again = manager("futari");
    let second = accounts::invite_first_manager(store, &permit, &by, &again, "ja", morning());
    assert!(matches!(second, Err(AccountError::NotFirst)), "{second:?}");
    assert!(room.store.person("futari").unwrap().is_none());

    let number = room.store.grants_of("anzen").unwrap()[0].grant;
    let permit = room.permit::<act::PeopleGrant>(Role::SecurityManager, &person("anzen"));
    let last = accounts::end_grant(&mut room.store, &permit, &by, number, morning());
    assert!(matches!(last, Err(AccountError::LastManager)), "{last:?}");
}

#[test]
fn a_role_taken_or_a_person_suspended_ends_the_session() {
    let mut room = Room::new();
    let sitting = room.open("hanako", "pc-1", morning()).unwrap();
    let number = room.store.grants_of("hanako").unwrap()[0].grant;
    let permit = room.permit::<act::PeopleGrant>(Role::SecurityManager, &person("hanako"));
    let by = acting("security-manager");
    accounts::end_grant(&mut room.store, &permit, &by, number, after(1)).unwrap();
    assert_eq!(room.end_of(&sitting).unwrap().1, "ended-by-other");
    let without = room.open("hanako", "pc-1", after(2));
    assert!(matches!(without, Err(AccountError::NoRole)), "{without:?}");

    let sitting = room.open("jiro", "pc-1", after(3)).unwrap();
    let permit = room.permit::<act::PeopleSuspend>(Role::SecurityManager, &person("jiro"));
    let store = &mut room.store;
    let silent = accounts::suspend(store, &permit, &by, " ", after(4));
    assert!(matches!(silent, Err(AccountError::Text { field: "why" })));
    accounts::suspend(store, &permit, &by, "調査中", after(4)).unwrap();
    assert_eq!(room.end_of(&sitting).unwrap().1, "suspended");
    assert!(room.person("jiro").suspended_at.is_some());
    accounts::readmit(&mut room.store, &permit, &by, "終了", after(5)).unwrap();
    assert!(room.person("jiro").suspended_at.is_none());
    let own = room.permit::<act::PeopleSuspend>(Role::SecurityManager, &person("security-manager"));
    room.invite("security-manager");
    let own = accounts::suspend(&mut room.store, &own, &by, "x", after(6));
    assert!(matches!(own, Err(AccountError::OwnSuspension)), "{own:?}");
}

#[test]
fn the_ledger_is_written_by_sessions_and_corrected_by_new_lines() {
    let mut room = Room::new();
    let sitting = room.open("hanako", "pc-1", morning()).unwrap();
    accounts::close(
        &mut room.store,
        &sitting,
        renketsu_access::session::End::SignOut,
        after(30),
        after(30),
    )
    .unwrap();
    // 23:59:59 and 00:00 of Japan lie in two months.
    for (id, at, when) in [
        ("ichiro", "pc-2", "2026-11-30T14:59:59Z"),
        ("jiro", "pc-1", "2026-12-01T15:00:00Z"),
    ] {
        let when = when.parse().unwrap();
        room.lapse(when);
        room.open(id, at, when).unwrap();
    }
    let permit = room.permit::<act::LedgerTerminalCorrect>(Role::PlaceManager, &Object::Office);
    let by = acting("place-manager");
    let mut correct = |sitting: Option<&str>, day: &str, right: &str| {
        let line = Correction {
            sitting: sitting.map(str::to_owned),
            day: day.to_owned(),
            right: right.to_owned(),
            why: "打ち間違い".to_owned(),
        };
        accounts::correct(&mut room.store, &permit, &by, &line, after(40))
    };
    correct(Some(&sitting.sitting), "", "終了は10:25").unwrap();
    correct(Some(&sitting.sitting), "", "終了は10:26").unwrap();
    correct(None, "2026-11-05", "解析機 pc-9 を使用").unwrap();
    assert!(matches!(
        correct(None, "", "いつか"),
        Err(AccountError::When { field: "day" })
    ));
    let nobody = correct(Some("ffffffffffffffff"), "", "x");
    assert_eq!(nobody.unwrap_err().code(), "store.missing");

    let november: Month = "2026-11".parse().unwrap();
    let ledger = accounts::ledger(&room.store, november, None).unwrap();
    let people: Vec<_> = ledger
        .lines
        .iter()
        .map(|line| line.sitting.person.as_str())
        .collect();
    assert_eq!(people, ["hanako", "ichiro"]);
    assert!(!ledger.has_earlier);
    let line = &ledger.lines[0];
    assert_eq!(
        line.sitting.closed,
        Some((after(30), "sign-out".to_owned()))
    );
    let added: Vec<_> = line
        .added
        .iter()
        .map(|added| added.right.as_str())
        .collect();
    assert_eq!(added, ["終了は10:25", "終了は10:26"]);
    assert_eq!(ledger.others.len(), 1);

    let december = accounts::ledger(&room.store, november.after(), None).unwrap();
    assert_eq!(december.lines.len(), 1);
    assert!(december.has_earlier);
    assert!(december.others.is_empty());
    // Of a study, what is another's stays out.
    let of_study = accounts::ledger(&room.store, november, Some(HEART)).unwrap();
    assert_eq!((of_study.lines.len(), of_study.others.len()), (1, 0));
}

#[test]
fn a_month_is_written_in_one_way() {
    for good in ["2026-11", "2027-01", "0001-12"] {
        let month: Month = good.parse().unwrap();
        assert_eq!(month.to_string(), good);
        assert_eq!(month.after().before(), month);
    }
    for bad in [
        "",
        "2026-13",
        "2026-1",
        "26-11",
        "2026-11-04",
        "2026/11",
        " 2026-11",
    ] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
    let month = Month::of("2026-11-30T15:00:00Z".parse().unwrap());
    assert_eq!(month.to_string(), "2026-12");
}
