//! Tables whose rows' persons the test knows, imported and linked.

use std::io::Cursor;
use std::rc::Rc;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, Date32Array, Float64Array, Int16Array, Int64Array,
    RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Schema};
use renketsu_engine::import::{IdColumns, Imported, Source};
use renketsu_engine::link::LINKED;
use renketsu_engine::person::{PersonSet, PersonTable};
use renketsu_engine::query::Tables;
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, Sorting};

use super::random::{Rng, value};
use super::relation::{Relation, Row};
use super::value::{Kind, Value};
use crate::study::{Place, entry, mix};

/// Columns that a table may have beside its persons.
const COLUMNS: [(&str, Kind); 5] = [
    ("i", Kind::Int),
    ("j", Kind::Int),
    ("s", Kind::Text),
    ("f", Kind::Float),
    ("d", Kind::Day),
];

/// 1 January 2020 is day 18262 of the Unix era.
const JANUARY: i32 = 18261;

/// What a row says of its person.
#[derive(Debug, Clone, Copy)]
struct Says {
    number: bool,
    kana: bool,
    unique: Option<bool>,
}

/// A row before it is imported: whose it is, what it says of that, its values.
#[derive(Debug, Clone)]
struct Written {
    person: u32,
    says: Says,
    values: Row,
}

pub(super) struct Oracle {
    pub(super) tables: Tables,
    pub(super) relations: Vec<Relation>,
    /// How the tables lie in their files.
    pub(super) forms: Vec<&'static str>,
    _place: Place,
}

/// A table's name, columns and rows.
type Named = (&'static str, Vec<(&'static str, Kind)>, Vec<Written>);

/// Whether all rows' persons are known by a number; the others' rows bear kana IDs only.
fn numbered(study: u64, person: u32) -> bool {
    !mix(study ^ u64::from(person) << 8).is_multiple_of(4)
}

fn bytes(study: u64, n: u64) -> [u8; 32] {
    let mut id = [0; 32];
    for (part, chunk) in (0..).zip(id.chunks_mut(8)) {
        chunk.copy_from_slice(&mix(study << 40 ^ n << 3 ^ part).to_be_bytes());
    }
    id
}

impl Oracle {
    /// A study of few persons. Odd ones are linked twice, the second time with more tables.
    pub(super) fn random(study: u64) -> Self {
        let mut rng = Rng::new(study);
        let place = Place::new();
        let persons = 12 + rng.below(20);
        let mut tables = Vec::new();
        for (name, rows) in [("ta", 160), ("tb", 60), ("tc", 25)] {
            let columns: Vec<(&str, Kind)> = match name {
                "tc" if study.is_multiple_of(2) => Vec::new(),
                "tc" => COLUMNS[..2].to_vec(),
                _ => COLUMNS.to_vec(),
            };
            // In some tables everybody is known by number, so that the rows can stay where the import left them.
            let plain = name == "ta" && study > 2;
            let rows: Vec<Written> = (0..rows)
                .map(|_| {
                    let person = u32::try_from(rng.below(persons)).unwrap();
                    Written {
                        person,
                        says: says(&mut rng, plain, numbered(study, person)),
                        values: values(&mut rng, &columns),
                    }
                })
                .collect();
            tables.push((name, columns, rows));
        }
        let mut oracle = Self::of(place, study, &tables, !study.is_multiple_of(2));
        oracle.cohort();
        oracle.nobody();
        oracle
    }

    /// Few persons, some with more rows than a scan gives at once.
    pub(super) fn large() -> Self {
        const BATCH: usize = 32 * 1024;
        Self::counted(&[
            // Persons end with a batch (0, 1), go beyond one (2), and beyond the end of the one before (4).
            (
                "claims",
                &[BATCH, BATCH, 10, BATCH - 10, 5, 2 * BATCH + 7, 0, 3],
            ),
            ("hospital", &[2, 1, 0, 0, 7, 0, 4, 0, 2]),
            ("few", &[0, 1, 0, 0, 1, 0, 0, 1]),
        ])
    }

    /// A person with many rows in both tables, others with few or none.
    pub(super) fn uneven() -> Self {
        Self::counted(&[
            ("claims", &[2, 250, 0, 40, 3, 0, 1]),
            ("hospital", &[1, 150, 5, 0, 3, 2, 0]),
        ])
    }

    /// Tables by the number of rows that each person has.
    fn counted(counts: &[(&'static str, &[usize])]) -> Self {
        let mut rng = Rng::new(77);
        let by_number = Says {
            number: true,
            kana: false,
            unique: None,
        };
        let mut tables = Vec::new();
        for (name, counts) in counts {
            let columns = COLUMNS[..3].to_vec();
            let mut rows = Vec::new();
            for (person, count) in (0_u32..).zip(*counts) {
                for _ in 0..*count {
                    rows.push(Written {
                        person,
                        says: by_number,
                        values: values(&mut rng, &columns),
                    });
                }
            }
            tables.push((*name, columns, rows));
        }
        Self::of(Place::new(), 0, &tables, false)
    }

    fn of(place: Place, study: u64, tables: &[Named], twice: bool) -> Self {
        let all: Vec<&Written> = tables.iter().flat_map(|(_, _, rows)| rows).collect();
        // A kana ID is a person's own, and of those who have a number only if some row of the study bears both.
        let borne = |person: u32| {
            let mut rows = all.iter();
            rows.any(|row| row.person == person && row.says.number && row.says.kana)
        };
        let who = |row: &Written| match row.says {
            Says { number: true, .. } => Some(row.person),
            Says {
                kana: true,
                unique: Some(true),
                ..
            } if borne(row.person) => Some(row.person),
            Says {
                kana: true,
                unique: Some(true),
                ..
            } => Some(row.person + 1000),
            _ => None,
        };
        let imported: Vec<(&str, Imported)> = tables
            .iter()
            .map(|(name, columns, rows)| (*name, import(&place, study, name, columns, rows)))
            .collect();
        let link: Vec<_> = imported
            .iter()
            .map(|(name, imported)| place.table(name, "ndb", &imported.files))
            .collect();
        let first = twice.then(|| place.link(&link[1..2], None, "link-1").unwrap());
        let done = place.link(&link, first.as_ref(), "link-2").unwrap();
        let mut forms = Vec::new();
        let mut relations = Vec::new();
        for (name, columns, rows) in tables {
            let linked = rows.iter().filter_map(|row| Some((who(row)?, &row.values)));
            let linked: Vec<Row> = linked
                .map(|(person, values)| [vec![Value::Person(person)], values.clone()].concat())
                .collect();
            let anew = entry(&done.files, name, LINKED).is_some();
            forms.push(
                match (columns.is_empty(), anew, linked.len() == rows.len()) {
                    (true, ..) => "without columns",
                    (_, true, _) => "anew",
                    (_, false, true) => "in place",
                    (_, false, false) => "in place with gaps",
                },
            );
            let person = ("person".to_owned(), Kind::Person);
            let columns = columns
                .iter()
                .map(|(name, kind)| ((*name).to_owned(), *kind));
            relations.push(Relation {
                sql: (*name).to_owned(),
                columns: std::iter::once(person).chain(columns).collect(),
                rows: Rc::new(linked),
            });
        }
        let persons = imported
            .iter()
            .map(|(name, imported)| place.person_table(name, imported, &done));
        Self {
            tables: Tables {
                persons: persons.collect(),
                references: Vec::new(),
            },
            relations,
            forms,
            _place: place,
        }
    }

    /// A table of no rows, as `nobody`.
    fn nobody(&mut self) {
        let set = PersonSet::default();
        let cohort = PersonTable::cohort("nobody", set);
        self.relations.push(Relation {
            sql: "nobody".to_owned(),
            columns: vec![("person".to_owned(), Kind::Person)],
            rows: Rc::default(),
        });
        self.tables.persons.push(Arc::new(cohort));
    }

    /// A saved cohort of the persons that some value tells apart, as `cohort`.
    fn cohort(&mut self) {
        let sql = "select distinct person from ta where i < 2 or s = 'a'";
        let set: PersonSet =
            renketsu_engine::query::cohort(sql, &self.tables, crate::study::OPTIONS).unwrap();
        let ta = self.relations.iter().find(|r| r.sql == "ta").unwrap();
        let chosen = super::Condition::Or(
            Box::new(super::Condition::less("i", 2)),
            Box::new(super::Condition::Compare(
                "s".to_owned(),
                "=",
                Value::Text("a".into()),
            )),
        );
        let mut relation = ta.filter("x", &chosen).persons("x", 0);
        assert_eq!(set.len(), relation.rows.len() as u64);
        "cohort".clone_into(&mut relation.sql);
        self.relations.push(relation);
        self.tables
            .persons
            .push(Arc::new(PersonTable::cohort("cohort", set)));
    }
}

fn says(rng: &mut Rng, plain: bool, numbered: bool) -> Says {
    let nobody = rng.often(8);
    let kana = |unique| Says {
        number: false,
        kana: true,
        unique,
    };
    match (nobody, numbered, plain) {
        // Without any ID, or by a kana ID of which the row doesn't say whether it is one person's.
        (true, _, true) => Says {
            kana: false,
            ..kana(None)
        },
        (true, ..) => kana(None),
        (_, true, true) => Says {
            number: true,
            kana: false,
            unique: None,
        },
        (_, false, _) => kana(Some(true)),
        (_, true, false) => Says {
            number: rng.often(75),
            kana: true,
            unique: Some(true),
        },
    }
}

fn values(rng: &mut Rng, columns: &[(&str, Kind)]) -> Row {
    columns
        .iter()
        .map(|(name, kind)| {
            // `j` is never null.
            if *name != "j" && rng.often(15) {
                Value::Null
            } else {
                value(rng, *kind)
            }
        })
        .collect()
}

fn import(
    place: &Place,
    study: u64,
    name: &str,
    columns: &[(&str, Kind)],
    rows: &[Written],
) -> Imported {
    // In the large study persons are numbered as the test numbers them.
    let id = |person: u32, kind: u64| match study {
        0 => {
            let mut id = [1; 32];
            id[0] = u8::try_from(person).unwrap();
            id
        }
        _ => bytes(study, u64::from(person) << 1 | kind),
    };
    let number = |row: &Written| row.says.number.then(|| id(row.person, 0));
    let kana = |row: &Written| row.says.kana.then(|| id(row.person, 1));
    let mut fields = ids::front().to_vec();
    let unique: BooleanArray = rows.iter().map(|row| row.says.unique).collect();
    let mut arrays: Vec<ArrayRef> = vec![
        ids::array::<32>(rows.iter().map(number)),
        ids::array::<32>(rows.iter().map(kana)),
        Arc::new(unique),
    ];
    for (at, (column, kind)) in columns.iter().enumerate() {
        let cells = || rows.iter().map(|row| &row.values[at]);
        let whole = |cell: &Value| match cell {
            Value::Int(n) => Some(*n),
            _ => None,
        };
        let array: ArrayRef = match (kind, *column) {
            (Kind::Int, "i") => {
                let small = |n: i64| i16::try_from(n).unwrap();
                Arc::new(cells().map(|c| whole(c).map(small)).collect::<Int16Array>())
            }
            (Kind::Int, _) => Arc::new(cells().map(whole).collect::<Int64Array>()),
            (Kind::Float, _) => Arc::new(
                cells()
                    .map(|cell| match cell {
                        Value::Float(x) => Some(*x),
                        _ => None,
                    })
                    .collect::<Float64Array>(),
            ),
            (Kind::Text, _) => Arc::new(
                cells()
                    .map(|cell| match cell {
                        Value::Text(text) => Some(text.as_ref()),
                        _ => None,
                    })
                    .collect::<StringArray>(),
            ),
            (Kind::Day, _) => Arc::new(
                cells()
                    .map(|cell| match cell {
                        Value::Day(day) => Some(JANUARY + i32::from(*day)),
                        _ => None,
                    })
                    .collect::<Date32Array>(),
            ),
            (Kind::Person, _) => panic!("no column of a file"),
        };
        fields.push(Field::new(*column, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    let file = sink.finish().unwrap().target;
    let length = file.len() as u64;
    let source = Source::parquet(name, Box::new(Cursor::new(file)), length).unwrap();
    place
        .import(&source, name, Some(&IdColumns::default()), &[])
        .unwrap()
}
