//! A producer that asks about members of a society, under controls that a test declares.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use renketsu_authority::controls::{
    Amending, Controls, Declared, Dismissing, Kind, Leave, amend, dismiss, standing,
};
use renketsu_authority::issue::{self, Accepted, Answered, Estimate, IssueError, dry_run};
use renketsu_authority::methods::Transport;
use renketsu_authority::provision::{self, Opening};
use renketsu_authority::registry::Acceptance;
use renketsu_table::ids;
use renketsu_testkit::now;

use crate::parties::{COLUMNS, PROVISION, Parties, asked_schema};

/// Members `from..to` of a society, one person each; every third number is given.
pub(crate) fn registry(persons: u32) -> String {
    let mut csv = String::from(
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to\n",
    );
    for person in 0..persons {
        let [_, _, number, branch, kana, birth, sex, _] = asked(person);
        let row =
            format!("R{person},{kana},{birth},{sex},06132013,12-34,{number},{branch},20200401,\n");
        csv.push_str(&row);
    }
    csv
}

/// What is asked about a member.
pub(crate) fn asked(person: u32) -> [String; 8] {
    let syllables = ['ア', 'カ', 'サ', 'タ', 'ナ', 'ハ', 'マ', 'ヤ', 'ラ', 'ワ'];
    let kana = format!("{person:05}")
        .bytes()
        .map(|digit| syllables[usize::from(digit - b'0')])
        .collect();
    [
        "06132013".to_owned(),
        "12-34".to_owned(),
        (1_000 + 3 * person).to_string(),
        "00".to_owned(),
        kana,
        format!("19{:02}0102", person % 90),
        (1 + person % 2).to_string(),
        String::new(),
    ]
}

pub(crate) fn batch(rows: &[[String; 8]]) -> RecordBatch {
    let references = (0..u128::try_from(rows.len()).unwrap()).map(|row| Some(row.to_be_bytes()));
    let mut columns: Vec<ArrayRef> = vec![ids::array::<16>(references)];
    for place in 0..COLUMNS.len() {
        columns.push(Arc::new(StringArray::from_iter_values(
            rows.iter().map(|texts| &texts[place]),
        )));
    }
    RecordBatch::try_new(Arc::new(Schema::new(asked_schema())), columns).unwrap()
}

pub(crate) fn rows(persons: impl IntoIterator<Item = u32>) -> Vec<[String; 8]> {
    persons.into_iter().map(asked).collect()
}

pub(crate) struct Asking {
    pub(crate) parties: Parties,
    pub(crate) count: u32,
}

impl Asking {
    pub(crate) fn under(declared: Declared) -> Self {
        let mut parties = Parties::new();
        let opening = Opening {
            controls: declared,
            ..parties.opening(PROVISION)
        };
        parties.open(&opening).unwrap();
        parties.apply(PROVISION);
        parties
            .register(&registry(600), Acceptance::Refuse)
            .unwrap();
        Self { parties, count: 0 }
    }

    pub(crate) fn request(&mut self, rows: &[[String; 8]]) -> std::path::PathBuf {
        self.count += 1;
        let name = format!("request-{}.rkp", self.count);
        self.parties.request_of(
            &name,
            &self.parties.producer,
            Parties::request_header(),
            "identifiers",
            &batch(rows),
        )
    }

    pub(crate) fn issue(&mut self, rows: &[[String; 8]]) -> Result<Answered, IssueError> {
        self.accepting(rows, &[])
    }

    pub(crate) fn accepting(
        &mut self,
        rows: &[[String; 8]],
        accept: &[Kind],
    ) -> Result<Answered, IssueError> {
        let request = self.request(rows);
        self.order(request, accept)
    }

    /// The request with this number once more, byte for byte.
    pub(crate) fn again(&mut self, number: u32, accept: &[Kind]) -> Result<Answered, IssueError> {
        let request = self.parties.path(&format!("request-{number}.rkp"));
        self.order(request, accept)
    }

    pub(crate) fn order(
        &mut self,
        request: std::path::PathBuf,
        accept: &[Kind],
    ) -> Result<Answered, IssueError> {
        let order = issue::Order {
            request,
            out: self.parties.path(&format!("answer-{}.rkp", self.count)),
            expires: now() + issue::VALID_FOR,
            transport: Transport::Medium,
            accept: accept
                .iter()
                .map(|finding| Accepted {
                    finding: *finding,
                    reason: "組合の全員".to_owned(),
                })
                .collect(),
        };
        self.parties
            .at_work(|authority, store| issue::issue(authority, store, &order, &mut |_| ()))
    }

    pub(crate) fn dry(&mut self, request: &std::path::Path) -> Result<Estimate, IssueError> {
        self.parties
            .at_work(|authority, store| dry_run(authority, store, request))
    }

    pub(crate) fn dismiss(&mut self) -> Result<usize, &'static str> {
        let dismissing = Dismissing {
            provision: PROVISION.to_owned(),
            by: leave(),
        };
        self.parties
            .at_work(|authority, store| dismiss(authority, store, &dismissing))
            .map(|dismissed| dismissed.len())
            .map_err(|error| error.code())
    }

    pub(crate) fn amend(
        &mut self,
        change: impl FnOnce(&mut Amending),
    ) -> Result<Controls, &'static str> {
        let mut amending = Amending {
            provision: PROVISION.to_owned(),
            cohort: None,
            quota: None,
            least: None,
            largest: None,
            allow: Vec::new(),
            by: leave(),
        };
        change(&mut amending);
        self.parties
            .at_work(|authority, store| amend(authority, store, &amending))
            .map_err(|error| error.code())
    }

    pub(crate) fn standing(&self) -> renketsu_authority::controls::Standing {
        let store = &self.parties.store;
        standing(store, &provision::find(store, PROVISION).unwrap()).unwrap()
    }
}

pub(crate) fn leave() -> Leave {
    Leave {
        reason: "追加".to_owned(),
        approved_by: "管理者".to_owned(),
    }
}

pub(crate) fn declared(cohort: u64) -> Declared {
    Declared {
        cohort,
        ..Declared::default()
    }
}

pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, IssueError>) -> &'static str {
    outcome.unwrap_err().code()
}

/// `known` members, and `guessed` numbers that nobody has.
pub(crate) fn half_guessed(
    known: std::ops::Range<u32>,
    guessed: std::ops::Range<u32>,
) -> Vec<[String; 8]> {
    let guesses = guessed.map(|n| {
        let mut row = asked(n);
        row[2] = (500_000 + u64::from(n) * 7_919).to_string();
        row[4] = String::new();
        row
    });
    rows(known).into_iter().chain(guesses).collect()
}
