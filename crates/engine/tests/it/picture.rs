//! The picture of a link report.

use std::path::PathBuf;

use renketsu_engine::picture::{Labels, svg};
use renketsu_engine::report::{
    Combination, LINK_SCHEMA, LinkChanges, LinkReport, Overlaps, Pair, PersonStatus, RowStatus,
    TableReport, Unlinked,
};

fn labels(lang: &str) -> Labels {
    let pick = |en: &str, ja: &str| {
        if lang == "ja" {
            ja.to_owned()
        } else {
            en.to_owned()
        }
    };
    Labels {
        lang: lang.to_owned(),
        title: pick("Link report", "連結報告"),
        description: pick(
            "Rows of each table by status, and the persons that tables share.",
            "各テーブルの行の内訳と、テーブル間で共通する人数。",
        ),
        rows: pick("Rows of each table", "各テーブルの行の内訳"),
        table: pick("Table", "テーブル"),
        number: pick("By number ID", "二号の提供用IDで連結"),
        kana_attached: pick("Attached by a unique kana ID", "一意な一号の提供用IDで連結"),
        kana_person: pick("Known by kana ID alone", "一号の提供用IDのみの人"),
        unlinked: pick("Not linked", "連結できない行"),
        persons: pick("Persons", "人数"),
        combinations: pick(
            "Persons by the exact set of tables they are in",
            "どのテーブルに含まれるかの組合せ別の人数",
        ),
        pairs: pick(
            "Persons that two tables share",
            "2つのテーブルに共通する人数",
        ),
        rest: pick(
            "{columns} smaller sets with {persons} persons are not drawn.",
            "このほか小さい組合せ{columns}件（{persons}人）は省略しています。",
        ),
        rest_pairs: pick(
            "{columns} smaller pairs are not drawn.",
            "このほか小さい組合せ{columns}件は省略しています。",
        ),
    }
}

fn report(tables: usize) -> LinkReport {
    let names = [
        "anon",
        "ndb",
        "dpc",
        "kaigo",
        "hospital_b_outpatient_2024",
        "checkups",
        "lab_results",
        "registry",
        "i",
        "j",
        "k",
        "l",
    ];
    let table = |i: usize| {
        let rows = 20_000_000 / (i as u64 * 7 + 1);
        let share = |percent: u64| rows * percent / 100;
        let rows_by = RowStatus {
            number: share(91 - i as u64 * 5),
            kana_attached: share(3 + i as u64),
            kana_person: share(1),
        };
        let linked = rows_by.number + rows_by.kana_attached + rows_by.kana_person;
        let persons = rows / 9;
        TableReport {
            name: names[i].to_owned(),
            kind: "ndb".to_owned(),
            rows,
            rows_by,
            unlinked: Unlinked {
                no_id: rows - linked,
                kana_not_unique: 0,
                kana_ambiguous: 0,
                removed: 0,
            },
            persons,
            persons_by: PersonStatus {
                number: persons,
                kana_attached: 0,
                kana_person: 0,
            },
        }
    };
    let mut combinations = Vec::new();
    let mut pairs = Vec::new();
    for set in 1_u64..(1 << tables.min(8)) {
        let members = (0..tables)
            .filter(|i| set & (1 << i) != 0)
            .map(|i| names[i].to_owned())
            .collect::<Vec<_>>();
        combinations.push(Combination {
            tables: members,
            persons: 1_234_567 / (set * set) + 3,
        });
    }
    for a in 0..tables {
        for b in a + 1..tables {
            pairs.push(Pair {
                tables: [names[a].to_owned(), names[b].to_owned()],
                persons: 999_999 / (a as u64 + b as u64),
            });
        }
    }
    LinkReport {
        schema: LINK_SCHEMA,
        persons: 2_000_000,
        persons_by_number: 1_990_000,
        persons_by_kana: 10_000,
        tables: (0..tables).map(table).collect(),
        removals: Vec::new(),
        overlaps: Overlaps {
            pairs,
            combinations: (tables <= 8).then_some(combinations),
        },
        consistency: Vec::new(),
        changes: LinkChanges::default(),
    }
}

/// Keeps a picture in the target directory, for people to look at.
fn keep(name: &str, picture: &str) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path, picture).unwrap();
}

#[test]
fn pictures_have_names_and_numbers_and_nothing_from_elsewhere() {
    for lang in ["en", "ja"] {
        for tables in [1, 2, 4, 8, 12] {
            let picture = svg(&report(tables), &labels(lang));
            keep(&format!("link-{lang}-{tables}.svg"), &picture);
            assert!(picture.starts_with("<svg xmlns="));
            assert!(picture.contains(&format!("lang=\"{lang}\"")));
            assert!(picture.contains(&format!(
                "<title id=\"link-title\">{}</title>",
                labels(lang).title
            )));
            assert!(picture.contains("<desc id=\"link-desc\">"));
            assert!(picture.contains("18,200,000"), "a number is missing");
            for outside in ["<script", "href", "url(", "@import", "http://", "https://"] {
                let found = picture.matches(outside).count();
                let own = usize::from(outside == "http://"); // the name of SVG itself
                assert_eq!(found, own, "{outside}");
            }
            for (open, close) in [("<text", "</text>"), ("<title", "</title>")] {
                assert_eq!(
                    picture.matches(open).count(),
                    picture.matches(close).count()
                );
            }
        }
    }
}

/// Every text with its box, as wide as a generous estimate makes it.
fn boxes(picture: &str) -> Vec<(f64, f64, f64, f64, String)> {
    let number = |tag: &str, name: &str| -> Option<f64> {
        tag.split_once(&format!(" {name}=\""))?
            .1
            .split_once('"')?
            .0
            .parse()
            .ok()
    };
    let mut boxes = Vec::new();
    for part in picture.split("<text").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        let text = rest.split_once("</text>").unwrap().0.to_owned();
        let (x, y) = (number(tag, "x").unwrap(), number(tag, "y").unwrap());
        let size = number(tag, "font-size").unwrap();
        let width: f64 = text
            .chars()
            .map(|c| if c.is_ascii() { 0.56 } else { 1.0 })
            .sum::<f64>()
            * size;
        let found = if tag.contains("rotate(-90") {
            (x - size * 0.8, y - width, x + size * 0.2, y)
        } else if tag.contains("\"end\"") {
            (x - width, y - size * 0.8, x, y + size * 0.2)
        } else if tag.contains("\"middle\"") {
            (
                x - width / 2.0,
                y - size * 0.8,
                x + width / 2.0,
                y + size * 0.2,
            )
        } else {
            (x, y - size * 0.8, x + width, y + size * 0.2)
        };
        boxes.push((found.0, found.1, found.2, found.3, text));
    }
    boxes
}

#[test]
fn no_text_runs_into_another_or_out_of_the_picture() {
    for lang in ["en", "ja"] {
        for tables in [1, 2, 3, 5, 8, 9, 12] {
            let picture = svg(&report(tables), &labels(lang));
            let boxes = boxes(&picture);
            assert!(boxes.len() > 10);
            for (i, a) in boxes.iter().enumerate() {
                assert!(
                    a.0 >= 0.0 && a.2 <= 960.0 && a.1 >= 0.0,
                    "{} is outside ({lang}, {tables})",
                    a.4
                );
                for b in boxes.iter().skip(i + 1) {
                    let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                    assert!(apart, "{} and {} meet ({lang}, {tables})", a.4, b.4);
                }
            }
        }
    }
}

#[test]
fn a_study_without_a_linked_row_is_drawn_too() {
    let mut empty = report(1);
    empty.tables[0].rows = 0;
    empty.tables[0].rows_by = RowStatus::default();
    empty.tables[0].unlinked = Unlinked::default();
    empty.tables[0].persons = 0;
    empty.overlaps = Overlaps {
        pairs: Vec::new(),
        combinations: Some(Vec::new()),
    };
    let picture = svg(&empty, &labels("en"));
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
}
