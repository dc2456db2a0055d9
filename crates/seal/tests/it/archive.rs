//! Packages that are sealed and signed in due form, and refused for what their archive holds.

use tar::EntryType;

use crate::hostile::{attack, end, entry, file};

#[test]
fn a_missing_table_is_refused() {
    let attack = attack();
    attack.refused_with_data(&attack.parts.data()[..1], "seal.open.missing");
    attack.refused_with_data(&[], "seal.open.missing");
}

#[test]
fn a_table_the_manifest_does_not_know_is_refused() {
    let attack = attack();
    let mut data = attack.parts.data();
    data.push(file("data/more.parquet", b"x"));
    attack.refused_with_data(&data, "seal.open.extra");
}

#[test]
fn a_table_that_is_there_twice_is_refused() {
    let attack = attack();
    let mut data = attack.parts.data();
    data.push(data[0].clone());
    attack.refused_with_data(&data, "seal.open.duplicate");
}

#[test]
fn a_path_that_is_not_a_tables_is_refused() {
    let attack = attack();
    let paths = [
        "../x",
        "/etc/cron.d/x",
        "data/../../x.parquet",
        "data//x.parquet",
        "./data/x.parquet",
        "data/X.parquet",
        "data/x.csv",
        "data/x/y.parquet",
        "README",
        "datapackage.json",
        "datapackage.json.minisig",
    ];
    for path in paths {
        let mut data = attack.parts.data();
        data.push(file(path, b"x"));
        attack.refused_with_data(&data, "seal.open.path");
        data.rotate_right(1);
        attack.refused_with_data(&data, "seal.open.path");
    }
}

#[test]
fn an_entry_that_is_no_regular_file_is_refused() {
    let attack = attack();
    let kinds = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::GNUSparse,
        EntryType::Continuous,
    ];
    for kind in kinds {
        let link = if matches!(kind, EntryType::Symlink | EntryType::Link) {
            "/etc/passwd"
        } else {
            ""
        };
        let mut data = attack.parts.data();
        data[0] = entry("data/claims.parquet", kind, link, b"");
        attack.refused_with_data(&data, "seal.open.not_a_file");
        attack.refused(
            &[
                entry("datapackage.json", kind, link, b""),
                attack.parts.archive(),
            ]
            .concat(),
            "seal.open.not_a_file",
        );
    }
}

#[test]
fn a_regular_entry_with_a_link_target_or_prefix_is_malformed() {
    let attack = attack();
    let mut data = attack.parts.data();
    data[0] = entry(
        "data/claims.parquet",
        EntryType::Regular,
        "/etc/passwd",
        &attack.parts.tables[0].1,
    );
    attack.refused_with_data(&data, "seal.open.archive");
    let mut header = tar::Header::from_byte_slice(&attack.parts.data()[0][..512]).clone();
    header.as_mut_bytes()[345..348].copy_from_slice(b"../");
    header.set_cksum();
    let mut data = attack.parts.data();
    data[0][..512].copy_from_slice(header.as_bytes());
    attack.refused_with_data(&data, "seal.open.archive");
}

#[test]
fn an_archive_in_another_order_is_malformed() {
    let attack = attack();
    let (manifest, signature) = (
        file("datapackage.json", &attack.parts.manifest),
        file("datapackage.json.minisig", &attack.parts.signature),
    );
    let data = attack.parts.data().concat();
    attack.refused(
        &[signature.clone(), manifest.clone(), data.clone(), end()].concat(),
        "seal.open.archive",
    );
    attack.refused(
        &[manifest.clone(), data.clone(), signature, end()].concat(),
        "seal.open.archive",
    );
    attack.refused(
        &[manifest, data.clone(), end()].concat(),
        "seal.open.archive",
    );
    attack.refused(&[data, end()].concat(), "seal.open.archive");
    attack.refused(&end(), "seal.open.archive");
    attack.refused(b"", "seal.open.archive");
    attack.refused(b"not a tar", "seal.open.archive");
}

#[test]
fn a_manifest_or_signature_longer_than_any_honest_one_is_not_read() {
    let attack = attack();
    let huge = vec![b' '; 16 * 1024 * 1024 + 1];
    attack.refused(
        &[file("datapackage.json", &huge), end()].concat(),
        "seal.open.too_long",
    );
    let head = file("datapackage.json", &attack.parts.manifest);
    attack.refused(
        &[head, file("datapackage.json.minisig", &huge[..4097]), end()].concat(),
        "seal.open.too_long",
    );
}

#[test]
fn anything_behind_the_end_of_the_archive_is_refused() {
    let attack = attack();
    let good = attack.parts.archive();
    for trailing in [
        vec![1],
        vec![0; 10_241],
        file("data/more.parquet", b"x"),
        [vec![0; 4096], vec![1]].concat(),
    ] {
        attack.refused(&[good.clone(), trailing].concat(), "seal.open.trailing");
    }
    let half_end = [
        attack.parts.head(),
        attack.parts.data().concat(),
        vec![0; 512],
        file("data/more.parquet", b"x"),
        end(),
    ]
    .concat();
    attack.refused(&half_end, "seal.open.trailing");
}

#[test]
fn zeros_up_to_a_record_of_tar_are_no_trailing_bytes() {
    let attack = attack();
    let mut plain = attack.parts.archive();
    plain.resize(plain.len().next_multiple_of(10_240), 0);
    attack.scene.workspace.open(&attack.sealed(&plain)).unwrap();
}

#[test]
fn an_archive_without_its_end_is_refused() {
    let attack = attack();
    let good = attack.parts.archive();
    for cut in [1, 512, 513, 1024, 1025, 2000] {
        attack.refused(&good[..good.len() - cut], "seal.open.archive");
    }
}

#[test]
fn bytes_hidden_in_the_padding_are_refused() {
    let attack = attack();
    for (index, code) in [(0, "seal.open.archive"), (1, "seal.open.archive")] {
        let mut data = attack.parts.data();
        *data[index].last_mut().unwrap() = 1;
        attack.refused_with_data(&data, code);
    }
    let mut manifest = file("datapackage.json", &attack.parts.manifest);
    *manifest.last_mut().unwrap() = 1;
    let rest = [
        file("datapackage.json.minisig", &attack.parts.signature),
        attack.parts.data().concat(),
        end(),
    ]
    .concat();
    attack.refused(&[manifest, rest].concat(), "seal.open.archive");
}

#[test]
fn a_table_whose_length_is_a_lie_is_refused() {
    let attack = attack();
    let mut header = tar::Header::from_byte_slice(&attack.parts.data()[0][..512]).clone();
    for size in [u64::MAX, 1 << 62, 8_589_934_592] {
        header.set_size(size);
        header.set_cksum();
        let mut data = attack.parts.data();
        data[0][..512].copy_from_slice(header.as_bytes());
        attack.refused_with_data(&data, "seal.open.hash");
    }
    header.as_mut_bytes()[124..136].copy_from_slice(b"-0000000001\0");
    header.set_cksum();
    let mut data = attack.parts.data();
    data[0][..512].copy_from_slice(header.as_bytes());
    attack.refused_with_data(&data, "seal.open.archive");
}
