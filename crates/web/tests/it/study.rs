//! A study in the browser: the list, the overview, what its tables are, how they were linked.

use crate::linked::{self, TABLE};
use crate::site::{OTHER, STUDY, Site};

fn status(site: &Site, person: &str, path: &str) -> u16 {
    site.seated(person).get(path).status
}

#[test]
fn the_office_sees_the_studies_and_a_study_sees_itself() {
    let mut site = linked::site();
    let list = site.seated("operator").get("/studies").text();
    assert!(list.contains(STUDY) && list.contains(OTHER), "{list}");
    let list = site.seated("handler").get("/studies").text();
    assert!(list.contains(STUDY) && !list.contains(OTHER), "{list}");
    for person in ["operator", "handler"] {
        let page = site.seated(person).get(&format!("/studies/{STUDY}")).text();
        for text in ["P-2026-0001", "心臓の研究", "研究棟2階", "2027-12-31"] {
            assert!(page.contains(text), "{person}: {text}");
        }
    }
    assert_eq!(status(&site, "operator", &format!("/studies/{OTHER}")), 200);
    assert_eq!(status(&site, "operator", "/studies/none"), 404);
    site.has_words();
    drop(site.stop());
}

/// Every page below a study.
const PAGES: [&str; 6] = ["", "/data", "/link", "/sql", "/questions", "/questions/1"];

#[test]
fn of_another_study_nothing_is_told_that_isn_t_told_of_one_that_isn_t_there() {
    let mut site = linked::site();
    for person in ["handler", "lead", "study-operator"] {
        let mut browser = site.seated(person);
        for page in PAGES {
            let told = |browser: &mut crate::browser::Browser, study: &str| {
                let page = browser.get(&format!("/studies/{study}{page}"));
                (page.status, page.text().replace(study, ""))
            };
            let other = told(&mut browser, OTHER);
            assert_eq!(other.0, 404, "{person} {page}");
            assert_eq!(other, told(&mut browser, "secret-lung"), "{person} {page}");
            for bad in ["..", "%00", "%E2%80%AE", "a%2Fb", &"x".repeat(200)] {
                assert_eq!(told(&mut browser, bad).0, 404, "{person} {page} {bad}");
            }
        }
    }
    site.has_words();
    let told = site.told();
    let refused = ("access.denied".to_owned(), OTHER.to_owned());
    assert!(told.contains(&refused), "a try is in the record");
}

#[test]
fn only_who_may_sees_a_page_of_a_study() {
    let mut site = linked::site();
    let people = [
        (
            "/data",
            ["handler", "lead", "output-checker", "study-operator"].as_slice(),
        ),
        ("/link", &["handler", "lead"]),
        ("/sql", &["handler"]),
        (
            "/questions",
            &["handler", "lead", "output-checker", "study-auditor"],
        ),
    ];
    for sample in renketsu_workspace::accounts::SAMPLES {
        let mut browser = site.seated(sample.person);
        for (page, may) in people {
            let status = browser.get(&format!("/studies/{STUDY}{page}")).status;
            let expected = if may.contains(&sample.person) {
                200
            } else {
                403
            };
            assert_eq!(status, expected, "{} {page}", sample.person);
        }
    }
    site.has_words();
    drop(site.stop());
}

#[test]
fn the_catalogue_says_what_the_source_says_and_obeys_none_of_it() {
    let mut site = linked::site();
    let mut browser = site.seated("handler");
    let page = browser.get(&format!("/studies/{STUDY}/data")).text();
    for text in [
        TABLE,
        "1200",
        "在院日数",
        ">日<",
        "E11",
        "2型糖尿病",
        "未集計",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("本態性\\u{202e}高血圧"));
    assert!(page.contains("class=\"mark\""));
    // The file of labels is the one that was written, or nothing is shown.
    let labels = site
        .party
        .path()
        .join(format!("studies/{STUDY}/tables/{TABLE}/1/labels"));
    let mut bytes = std::fs::read(&labels).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&labels, bytes).unwrap();
    assert_eq!(browser.get(&format!("/studies/{STUDY}/data")).status, 503);
    site.has_words();
    let told = site.told();
    assert!(told.contains(&("catalogue.viewed".to_owned(), STUDY.to_owned())));
}

#[test]
fn the_link_report_has_its_picture_and_the_same_in_tables() {
    let mut site = linked::site();
    let page = site.seated("lead").get(&format!("/studies/{STUDY}/link"));
    let text = page.text();
    assert_eq!(text.matches("<svg").count(), 2);
    assert!(text.contains("role=\"img\""));
    for cell in ["1190", "340", ">7<", ">339<"] {
        assert!(text.contains(cell), "{cell}");
    }
    assert!(!text.contains("style="));
    site.has_words();
    let told = site.told();
    assert!(told.contains(&("link.viewed".to_owned(), STUDY.to_owned())));
}

#[test]
fn a_study_is_stopped_at_once_and_goes_on_when_somebody_says_so() {
    let mut site = linked::site();
    let overview = format!("/studies/{STUDY}");
    let stop = format!("{overview}/suspension");
    let mut handler = site.seated("handler");
    let asked = handler.submit(&format!("{overview}/sql"), &[("sql", "select 1")]);
    let question = asked.location().to_owned();
    assert_eq!(handler.get(&question).status, 200);

    let mut manager = site.seated("security-manager");
    for person in ["handler", "auditor", "place-manager"] {
        let status = site.seated(person).submit(&stop, &[("why", "x")]).status;
        assert_eq!(status, 403, "{person}");
    }
    // The handler's own session ended with the next one.
    let mut handler = site.seated("handler");
    let asked = handler.submit(&format!("{overview}/sql"), &[("sql", "select 1")]);
    let question = asked.location().to_owned();
    assert_eq!(manager.submit(&stop, &[("why", " ")]).status, 422);
    assert_eq!(
        manager
            .submit(&stop, &[("resume", "1"), ("why", "x")])
            .status,
        422
    );
    let reason = [("why", "紛失した媒体")];
    assert_eq!(manager.submit(&stop, &reason).location(), overview);
    assert_eq!(manager.submit(&stop, &reason).status, 422);

    for page in ["/sql", "/data", "/link", "/questions/1"] {
        let page = handler.get(&format!("{overview}{page}"));
        assert_eq!(page.status, 403);
    }
    assert_eq!(handler.get(&question).status, 403);
    assert_eq!(site.seated("study-operator").get("/packages").status, 403);
    let page = handler.get(&overview).text();
    assert!(page.contains("紛失した媒体"), "{page}");
    let mut lead = site.seated("lead");
    assert_eq!(lead.submit(&format!("{overview}/link"), &[]).status, 403);
    let other = format!("/studies/{OTHER}/suspension");
    assert_eq!(lead.submit(&other, &reason).status, 404);

    let goes_on = [("resume", "1"), ("why", "found")];
    assert_eq!(lead.submit(&stop, &goes_on).location(), overview);
    assert_eq!(handler.get(&format!("{overview}/sql")).status, 200);
    // What was answered before isn't shown any more.
    let page = handler.get(&question);
    assert!(!page.text().contains("<table"), "{}", page.text());
    site.has_words();
    let told = site.told();
    for action in ["study.suspended", "study.resumed"] {
        let times = told
            .iter()
            .filter(|(known, on)| known == action && on == STUDY);
        assert_eq!(times.count(), 1, "{action}");
    }
}
