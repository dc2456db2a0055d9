use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use renketsu_producer::judgement::{Part, judge};
use renketsu_producer::sources::uke::{ClaimKey, Claims};
use renketsu_producer::sources::{PassedOver, SourceError, SourceRecord, Threads};
use renketsu_testkit::today;

use crate::world::{HEAD, claim, cp932, public_claim};

fn all(claims: Claims<impl Read + Send>) -> Result<(Vec<SourceRecord>, PassedOver), SourceError> {
    let (mut records, mut passed) = (Vec::new(), PassedOver::default());
    claims.read(Threads::of_machine(), &mut passed, &mut |record| -> Result<
        (),
        SourceError,
    > {
        records.push(record);
        Ok(())
    })?;
    Ok((records, passed))
}

fn read_bytes(bytes: Vec<u8>) -> Result<Vec<SourceRecord>, SourceError> {
    let path = Path::new("d/t.UKE");
    all(Claims::from_reader(
        path,
        Cursor::new(bytes),
        ClaimKey::Chart,
    ))
    .map(|(records, _)| records)
}

fn read(text: &str) -> Result<Vec<SourceRecord>, SourceError> {
    read_bytes(cp932(text))
}

fn refusal(bytes: impl Into<Vec<u8>>) -> (&'static str, Vec<String>) {
    let error = read_bytes(bytes.into()).unwrap_err();
    (
        error.code(),
        error
            .details()
            .into_iter()
            .skip(1)
            .map(|(_, value)| value)
            .collect(),
    )
}

fn at(line: u64) -> Vec<String> {
    vec![line.to_string()]
}

#[test]
fn a_claim_is_its_person_month_number_and_key() {
    let found = read(&format!(
        "{HEAD}{}",
        claim(7, "202110", "カキクケコ", "19910125", "０７", "00698")
    ))
    .unwrap();
    let [record] = found.as_slice() else {
        panic!("one claim")
    };
    assert_eq!(
        (record.line, record.record, record.key.as_str()),
        (2, 1, "00698")
    );
    assert_eq!(record.substitute, "claim:t.UKE:7");
    let texts = &record.texts;
    assert_eq!(
        [&texts.insurer, &texts.symbol, &texts.number, &texts.branch],
        ["01130012", "６４", "０７", ""]
    );
    assert_eq!(
        [&texts.kana, &texts.birth_date, &texts.sex, &texts.service],
        ["カキクケコ", "19910125", "1", "202110"]
    );
}

#[test]
fn a_correction_overrides_field_by_field_where_it_is_not_blank() {
    let head = format!("{HEAD}{}", claim(1, "202110", "カ", "19910125", "７", "1"));
    let only = |text: &str| read(&format!("{head}{text}")).unwrap().remove(0).texts;
    let branch = only("SN,1,01,,,,00,,\r\n");
    assert_eq!(
        [
            &branch.insurer,
            &branch.symbol,
            &branch.number,
            &branch.branch
        ],
        ["01130012", "６４", "７", "00"]
    );
    let number = only("SN,1,01,06132013,　,９９,,,\r\nSN,1,01,,,,03,,\r\n");
    assert_eq!(
        [
            &number.insurer,
            &number.symbol,
            &number.number,
            &number.branch
        ],
        ["06132013", "６４", "９９", "03"]
    );
    let public = only("SN,2,01,12143210,1,1,09,1234567,\r\n");
    assert_eq!([&public.insurer, &public.branch], ["01130012", ""]);
}

#[test]
fn a_correction_may_stand_before_the_number_it_corrects() {
    let text =
        format!("{HEAD}RE,1,1112,202110,,1,19910125\r\nSN,1,01,,,,02,,\r\nHO,01130012,1,2\r\n");
    let texts = read(&text).unwrap().remove(0).texts;
    assert_eq!([&texts.number, &texts.branch], ["2", "02"]);
}

#[test]
fn a_claim_of_public_payers_alone_has_no_number() {
    let found = read(&format!(
        "{HEAD}{}",
        public_claim(1, "202110", "ミヤコ", "20000101", "5")
    ))
    .unwrap();
    let judged = judge(&found[0].texts, today());
    assert_eq!((judged.number, judged.triple), (Part::Absent, Part::Valid));
}

#[test]
fn old_records_with_era_dates_and_without_a_kana_field_are_read() {
    let text =
        format!("{HEAD}RE,1,1112,43101,ﾔﾏﾀﾞ ﾊﾅｺ,2,4060618,,,,,,,12\nHO,  133066,１０−２３,０７\n")
            .replace('−', "－");
    let judged = judge(&read(&text).unwrap()[0].texts, today());
    assert_eq!(
        (&judged.number, &judged.triple),
        (&Part::Valid, &Part::Valid)
    );
    assert_eq!(
        [
            &judged.texts.kana,
            &judged.texts.birth_date,
            &judged.texts.service
        ],
        ["ヤマダハナコ", "19940618", "201901"]
    );
    assert_eq!(
        [&judged.texts.insurer, &judged.texts.symbol],
        ["00133066", "10-23"]
    );
}

#[test]
fn a_name_in_kanji_is_not_taken_for_kana() {
    let found = read(&format!(
        "{HEAD}{}",
        claim(1, "202110", "", "19910125", "1", "1")
    ))
    .unwrap();
    assert_eq!(found[0].texts.kana, "");
}

#[test]
fn the_key_is_the_chosen_field_and_may_be_missing() {
    let text = format!("{HEAD}RE,9,1112,202110,カ,1,19910125,,,,,,,　12 ,,,,,S-77\r\n");
    assert_eq!(read(&text).unwrap()[0].key, "12");
    let search = Claims::from_reader(Path::new("t"), Cursor::new(cp932(&text)), ClaimKey::Search);
    assert_eq!(all(search).unwrap().0[0].key, "S-77");
    let bare = read(&format!("{HEAD}RE,9,1112,202110,カ,1,19910125\r\n")).unwrap();
    assert_eq!(
        (bare[0].key.as_str(), bare[0].substitute.as_str()),
        ("", "claim:t.UKE:9")
    );
}

#[test]
fn several_files_in_one_and_unknown_records_are_read() {
    let one = claim(1, "202110", "カ", "19910125", "1", "1");
    let text = format!("{HEAD}{one}SI,80,1,120002910,,42,1\r\nGO,2,99,99\r\n{HEAD}{one}\r\n\x1a");
    let lines: Vec<u64> = read(&text)
        .unwrap()
        .iter()
        .map(|record| record.line)
        .collect();
    assert_eq!(lines, [2, 7]);
}

#[test]
fn records_that_say_nothing_of_a_person_are_counted_by_their_name() {
    let one = claim(1, "202110", "カ", "19910125", "1", "1");
    let text = format!(
        "{HEAD}{one}KO,12143210,1\r\nSN,2,01,,,,,1234567,\r\nSN,1,01,,,,00,,\r\nSI,80\r\nSI,81\r\n架空太郎,1\r\nGO,1\r\n"
    );
    let path = Path::new("t");
    let claims = Claims::from_reader(path, Cursor::new(cp932(&text)), ClaimKey::Chart);
    let (records, passed) = all(claims).unwrap();
    assert_eq!(records.len(), 1);
    let kinds: Vec<_> = passed
        .kinds()
        .iter()
        .map(|(kind, of)| (kind.as_str(), *of))
        .collect();
    assert_eq!(
        kinds,
        [
            ("uke:KO", 1),
            ("uke:SI", 2),
            ("uke:SN", 1),
            ("uke:other", 1)
        ],
        "what is no name of a record could be anything, and is shown to nobody"
    );
    assert_eq!(passed.of_file(0), 5);
}

#[test]
fn records_outside_a_claim_are_refused_with_their_line() {
    assert_eq!(
        refusal(cp932(&format!("{HEAD}HO,01130012,1,1\r\n"))),
        ("producer.uke.orphan", at(2))
    );
    let one = claim(1, "202110", "カ", "19910125", "1", "1");
    let after = cp932(&format!("{HEAD}{one}GO,1,1,99\r\nSN,1,01,,,,00,,\r\n"));
    assert_eq!(refusal(after), ("producer.uke.orphan", at(5)));
}

#[test]
fn a_second_number_in_one_claim_is_refused() {
    let one = claim(1, "202110", "カ", "19910125", "1", "1");
    assert_eq!(
        refusal(cp932(&format!("{HEAD}{one}HO,01130012,1,2\r\n"))),
        ("producer.uke.repeated", at(4))
    );
}

#[test]
fn what_is_no_claim_file_is_refused() {
    assert_eq!(
        refusal("insurer,number\r\n1,2\r\n"),
        ("producer.uke.not_claims", at(1))
    );
    assert_eq!(
        refusal("\r\n\r\nGO,1,1,99\r\n"),
        ("producer.uke.not_claims", at(3))
    );
    assert_eq!(refusal(cp932(HEAD)), ("producer.uke.no_claims", vec![]));
    // Lines that end in CR alone are one line, whose claims would be fields of the IR.
    let one = claim(1, "202110", "カ", "19910125", "1", "1");
    let old = format!("{HEAD}{one}").replace("\r\n", "\r");
    assert_eq!(refusal(cp932(&old)), ("producer.uke.no_claims", vec![]));
    assert_eq!(refusal(""), ("producer.uke.empty", vec![]));
    assert_eq!(refusal("\r\n\x1a"), ("producer.uke.empty", vec![]));
}

#[test]
fn other_encodings_are_refused_with_their_line() {
    let text = format!(
        "IR,1,13,1,0000000\r\n{}",
        claim(1, "202110", "カキ", "19910125", "1", "1")
    );
    assert_eq!(
        refusal(text.clone().into_bytes()),
        ("producer.uke.encoding", at(2))
    );
    let mut broken = cp932(&text);
    let place = broken
        .windows(2)
        .position(|pair| pair == [0x83, 0x4A])
        .unwrap();
    broken[place.saturating_add(1)] = 0xFF;
    assert_eq!(refusal(broken), ("producer.uke.encoding", at(2)));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refusal(utf16).0, "producer.uke.nul");
}

#[test]
fn half_width_kana_is_no_utf_8() {
    let text = format!("{HEAD}RE,1,1112,202110,ﾐｷ,1,19910125\r\n").replace("架空病院", "");
    assert_eq!(read(&text).unwrap()[0].texts.kana, "ﾐｷ");
}

#[test]
fn a_line_of_a_gigabyte_is_refused() {
    let endless = Cursor::new(b"IR,".to_vec()).chain(std::io::repeat(b'x').take(1 << 30));
    let claims = Claims::from_reader(Path::new("t"), endless, ClaimKey::Chart);
    assert_eq!(all(claims).unwrap_err().code(), "producer.uke.long");
}

#[test]
fn a_file_that_is_not_there_or_a_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let code = |path: &Path| Claims::open(path, ClaimKey::Chart).unwrap_err().code();
    assert_eq!(code(directory.path()), "producer.uke.directory");
    assert_eq!(code(&directory.path().join("none")), "producer.uke.missing");
}

#[test]
fn a_record_shows_nothing_when_printed() {
    let found = read(&format!(
        "{HEAD}{}",
        claim(1, "202110", "カキクケコ", "19910125", "1", "00698")
    ))
    .unwrap();
    let printed = format!("{:?} {:?}", found[0], found[0].texts);
    assert!(!printed.contains("カキ") && !printed.contains("1991") && !printed.contains("00698"));
}

#[test]
fn the_ministrys_sample_is_read() {
    let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/claims/RECEIPTC_GAIRAI_SAMPLE.UKE");
    if !sample.exists() {
        println!("not checked: {} is not there", sample.display());
        return;
    }
    let (records, passed) = all(Claims::open(&sample, ClaimKey::Chart).unwrap()).unwrap();
    assert_eq!(records.len(), 75);
    let lines: Vec<u64> = records.iter().take(8).map(|record| record.line).collect();
    assert_eq!(lines, [2, 32, 39, 56, 62, 67, 71, 80]);
    let judged: Vec<_> = records
        .iter()
        .map(|record| judge(&record.texts, today()))
        .collect();
    // SN,1,01,,,,00,, leaves HO as it is and adds the branch.
    assert_eq!(
        [
            &judged[1].texts.insurer,
            &judged[1].texts.number,
            &judged[1].texts.branch
        ],
        ["01130012", "7", "00"]
    );
    assert_eq!(judged[14].texts.branch, "03");
    for index in [3, 4] {
        assert_eq!(
            (&judged[index].number, &judged[index].triple),
            (&Part::Absent, &Part::Valid)
        );
    }
    // Claims 7 and 8 share a family's number without a branch; birth date and sex keep them apart.
    let (seventh, eighth) = (&judged[6].texts, &judged[7].texts);
    assert_eq!(
        [&seventh.insurer, &seventh.symbol, &seventh.number],
        [&eighth.insurer, &eighth.symbol, &eighth.number]
    );
    assert!(seventh.branch.is_empty() && eighth.branch.is_empty());
    assert_ne!(
        (&seventh.birth_date, &seventh.sex),
        (&eighth.birth_date, &eighth.sex)
    );
    let without: Vec<u64> = records
        .iter()
        .zip(&judged)
        .filter(|(_, one)| one.number == Part::Absent)
        .map(|(one, _)| one.record)
        .collect();
    assert_eq!(without, [4, 5, 67, 68, 69, 70]);
    assert!(passed.kinds().contains_key("uke:SY") && passed.kinds().contains_key("uke:KO"));
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _outcome = read_bytes(bytes);
    }

    #[test]
    fn no_claim_panics_the_reader(lines in proptest::collection::vec("(IR|RE|HO|KO|SN|GO|SI),[0-9,ｱあ ]{0,60}", 0..12)) {
        let text = lines.join("\r\n");
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
        for record in read_bytes(bytes.into_owned()).into_iter().flatten() {
            let _judged = judge(&record.texts, today());
        }
    }
}
