//! What others made and pages load is what the list of it says.

use std::path::Path;

use renketsu_web::assets::listed;

#[test]
fn what_others_made_is_listed_with_its_digest() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let list = std::fs::read_to_string(assets.join("vendor.toml")).unwrap();
    let entries: Vec<&str> = list.split("\n[[").skip(1).collect();
    let mut found = 0;
    for (asset, digest) in listed() {
        assert_eq!(asset.file.starts_with("vendor/"), asset.from.is_some());
        let Some((_, licence)) = asset.from else {
            continue;
        };
        let file = format!("file = \"{}\"", asset.file);
        let entry = entries.iter().find(|entry| entry.contains(&file));
        let entry = entry.unwrap_or_else(|| panic!("{} isn't listed", asset.file));
        assert!(entry.contains(&format!("sha256 = \"{digest}\"")), "{entry}");
        assert!(
            entry.contains(&format!("licence = \"{licence}\"")),
            "{entry}"
        );
        let stem = asset.file.rsplit_once('.').unwrap().0;
        assert!(assets.join(format!("{stem}.LICENSE")).is_file(), "{stem}");
        found += 1;
    }
    assert_eq!(found, entries.len(), "what is listed is there");
}
