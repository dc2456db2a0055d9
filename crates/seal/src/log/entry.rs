//! What a leaf of the log says: a line of JSON in the one form of RFC 8785 (JCS).

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::signature::SigningFailed;

const FORMAT: &str = "renketsu.entry/1";
const DETAILS: &[u8] = b"renketsu/details/1\0";
const EVENT: &[u8] = b"renketsu/event/1\0";

/// The name of the fact that the first entry carries: how many events were recorded before the log, and the head of
/// their chain.
pub const EARLIER: &str = "earlier";
/// The head of an empty chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The largest integer that every reader of JSON keeps (RFC 8785, 3.2.2.3).
const MAX_INTEGER: u64 = (1 << 53) - 1;
/// C2SP tlog-tiles gives the length of an entry 16 bits.
pub(super) const MAX_LINE: usize = 65_535;

/// How far the clock may seem to have been moved before it is said that it was: forwards, and backwards. Both clocks
/// are slewed alike, so that what remains is the time between the two readings.
const FORWARDS: i64 = 2_000_000;
const BACKWARDS: i64 = -100_000;

/// What the machine knew of the time when an entry was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The run of the machine: the kernel makes a new one at each start.
    pub boot: String,
    /// The greatest error the kernel gives its clock, in microseconds.
    pub max_error_us: u64,
    /// The clock of the machine.
    pub read: Timestamp,
    /// `CLOCK_BOOTTIME`: microseconds since the machine started; nobody can set it.
    pub since_boot_us: u64,
    /// What adjtimex(2) returned: 0 is a clock in step, 5 one that is not.
    pub state: u8,
    /// By how much the clock was moved since the entry before, in microseconds; `None` where it wasn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_us: Option<i64>,
    /// Whether the kernel says that nothing keeps its clock in step (`STA_UNSYNC`).
    pub unsynchronised: bool,
}

impl Clock {
    /// By how much the clock was moved between `before` and this reading. After a new start of the machine only a clock
    /// that went back is told.
    pub fn step_since(&self, before: &Self) -> Option<i64> {
        let wall = self
            .read
            .as_microsecond()
            .saturating_sub(before.read.as_microsecond());
        let step = if self.boot == before.boot {
            let passed = i128::from(self.since_boot_us).saturating_sub(before.since_boot_us.into());
            i64::try_from(i128::from(wall).saturating_sub(passed)).unwrap_or(i64::MAX)
        } else {
            wall.min(0)
        };
        (!(BACKWARDS..=FORWARDS).contains(&step)).then_some(step)
    }
}

/// One entry of the log. Details are a salted digest here, so that they can be erased while the log stays whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What was done: a dotted name.
    pub action: String,
    /// When, by the command that did it.
    pub at: Timestamp,
    /// What the machine knew of the time; `None` where nobody asked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// [`Details::digest`].
    pub details: String,
    /// What must stay when the details are erased.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Value>,
    /// Its place in the log, counted from 0.
    pub index: u64,
    /// On what: a provision, study, package.
    pub object: String,
}

impl Entry {
    /// The line, without a line break; `None` for what no entry of ours holds: a fact with a broken number, or more than
    /// 65,535 bytes.
    pub fn to_line(&self) -> Option<String> {
        let mut said = serde_json::to_value(self).ok()?;
        said.as_object_mut()?
            .insert("format".to_owned(), FORMAT.into());
        let line = canonical(&said)?;
        (line.len() <= MAX_LINE).then_some(line)
    }

    /// Reads a line; JSON in another form than the one of RFC 8785 is not read.
    pub fn parse(line: &str) -> Option<Self> {
        Plain::parse(line).or_else(|| Self::parse_any(line))
    }

    fn parse_any(line: &str) -> Option<Self> {
        let mut read: Value = serde_json::from_str(line).ok()?;
        if canonical(&read)? != line {
            return None;
        }
        let format = read.as_object_mut()?.remove("format")?;
        (format == FORMAT).then(|| serde_json::from_value(read).ok())?
    }

    /// Whether these are its details.
    pub fn has(&self, details: &Details) -> bool {
        details.digest() == self.details
    }
}

/// An entry without facts, as almost all are. Its members are declared in the order of RFC 8785, so that what serde writes is the
/// one form; a line that it writes otherwise is left to the way that takes any.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    action: String,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<Clock>,
    details: String,
    format: &'a str,
    index: u64,
    object: String,
}

impl Plain<'_> {
    fn parse(line: &str) -> Option<Entry> {
        let read: Plain<'_> = serde_json::from_str(line).ok()?;
        let mut largest = read.index;
        if let Some(clock) = &read.clock {
            let step = clock.step_us.map_or(0, i64::unsigned_abs);
            largest = largest
                .max(clock.max_error_us)
                .max(clock.since_boot_us)
                .max(step);
        }
        let is_ours = largest <= MAX_INTEGER && read.format == FORMAT && is_written_so(&read, line);
        is_ours.then_some(Entry {
            action: read.action,
            at: read.at,
            clock: read.clock,
            details: read.details,
            facts: BTreeMap::new(),
            index: read.index,
            object: read.object,
        })
    }
}

/// Whether serde writes a value as this text.
pub(super) fn is_written_so<T: Serialize>(value: &T, text: &str) -> bool {
    let mut rest = text.as_bytes();
    serde_json::to_writer(Same(&mut rest), value).is_ok() && rest.is_empty()
}

/// Takes only what comes next in a text, and takes it away from it.
struct Same<'a, 'l>(&'a mut &'l [u8]);

impl io::Write for Same<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0 = self
            .0
            .strip_prefix(bytes)
            .ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a digest of details that can be guessed tell nothing once it is erased.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A new one.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn random() -> Result<Self, SigningFailed> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| SigningFailed)?;
        Ok(Self(bytes))
    }

    /// Reads what [`Salt::to_hex`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(
            HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()?,
        ))
    }

    /// The form in files.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salt").finish_non_exhaustive()
    }
}

/// What is kept beside an entry until it is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Drawn for these details alone.
    pub salt: Salt,
    /// A JSON object.
    pub text: String,
}

impl Details {
    /// SHA-256 over `renketsu/details/1`, a zero byte, the salt and the text, in hexadecimal.
    pub fn digest(&self) -> String {
        let digest = Sha256::new()
            .chain_update(DETAILS)
            .chain_update(self.salt.0)
            .chain_update(&self.text)
            .finalize();
        HEXLOWER.encode(&digest)
    }
}

/// The hash of an event in the chain: SHA-256 over `renketsu/event/1`, a zero byte, the hash before it in hexadecimal, and
/// its text.
pub fn link(previous: &str, body: &str) -> String {
    let digest = Sha256::new()
        .chain_update(EVENT)
        .chain_update(previous)
        .chain_update(body)
        .finalize();
    HEXLOWER.encode(&digest)
}

/// The one form of a JSON text (RFC 8785). Of numbers only integers that every reader keeps: none of ours is another.
fn canonical(value: &Value) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let size = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs))?;
            if size > MAX_INTEGER {
                return None;
            }
            text.push_str(&number.to_string());
        }
        // serde_json escapes as RFC 8785 asks: the short forms, and the rest of the controls as \u00xx.
        Value::String(string) => text.push_str(&serde_json::to_string(string).ok()?),
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(value, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name).ok()?);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(read: &str, since_boot_us: u64) -> Clock {
        Clock {
            boot: "b".to_owned(),
            max_error_us: 16_000_000,
            read: read.parse().unwrap(),
            since_boot_us,
            state: 5,
            step_us: None,
            unsynchronised: true,
        }
    }

    fn entry() -> Entry {
        let clock = clock("2026-11-22T03:00:00.000001Z", 12_345_678);
        Entry {
            action: "provision.opened".to_owned(),
            at: "2026-11-22T03:00:00Z".parse().unwrap(),
            clock: Some(clock),
            details: GENESIS.to_owned(),
            facts: BTreeMap::from([(
                EARLIER.to_owned(),
                serde_json::json!({"head": "h", "entries": 0}),
            )]),
            index: 0,
            object: "研究\u{1}\"\\\n".to_owned(),
        }
    }

    #[test]
    fn an_entry_is_written_in_the_one_form() {
        let line = entry().to_line().unwrap();
        assert_eq!(
            line,
            "{\"action\":\"provision.opened\",\"at\":\"2026-11-22T03:00:00Z\",\"clock\":{\"boot\":\"b\",\
             \"max_error_us\":16000000,\"read\":\"2026-11-22T03:00:00.000001Z\",\"since_boot_us\":12345678,\"state\":5,\
             \"unsynchronised\":true},\"details\":\"0000000000000000000000000000000000000000000000000000000000000000\",\
             \"facts\":{\"earlier\":{\"entries\":0,\"head\":\"h\"}},\"format\":\"renketsu.entry/1\",\"index\":0,\
             \"object\":\"研究\\u0001\\\"\\\\\\n\"}"
        );
        assert_eq!(Entry::parse(&line), Some(entry()));
    }

    /// Every line that the short way reads is read alike by the way that takes any, and every other one is left to it.
    #[test]
    fn the_short_way_reads_what_the_long_one_reads() {
        let mut plain = entry();
        plain.facts.clear();
        let mut bare = plain.clone();
        bare.clock = None;
        let mut moved = plain.clone();
        moved.clock.as_mut().unwrap().step_us = Some(-5);
        for entry in [&plain, &bare, &moved] {
            let line = entry.to_line().unwrap();
            assert_eq!(Plain::parse(&line).as_ref(), Some(entry));
            assert_eq!(Entry::parse_any(&line).as_ref(), Some(entry));
            // Whatever one byte more, less or other makes of it.
            for place in 0..line.len() {
                let mut less = line.clone().into_bytes();
                less.remove(place);
                let mut more = line.clone().into_bytes();
                more.insert(place, b' ');
                let mut other = line.clone().into_bytes();
                other[place] ^= 1;
                for changed in [less, more, other] {
                    let Ok(changed) = String::from_utf8(changed) else {
                        continue;
                    };
                    let long = Entry::parse_any(&changed);
                    assert_eq!(Entry::parse(&changed), long, "{changed}");
                    if let Some(short) = Plain::parse(&changed) {
                        assert_eq!(Some(short), long, "{changed}");
                    }
                }
            }
        }
        let huge = plain
            .to_line()
            .unwrap()
            .replace("\"index\":0", "\"index\":9007199254740992");
        assert_eq!(Entry::parse(&huge), None);
        assert_eq!(Plain::parse(&entry().to_line().unwrap()), None);
    }

    #[test]
    fn another_spelling_of_an_entry_is_no_entry() {
        let line = entry().to_line().unwrap();
        for (from, to) in [
            ("{\"action\"", "{ \"action\""),
            ("\"index\":0", "\"index\":0.0"),
            ("\"index\":0", "\"index\":0,\"index\":0"),
            ("\"index\":0", "\"index\":0,\"more\":1"),
            ("entry/1", "entry/2"),
            ("\\u0001", "\\u0001\\u0062"),
        ] {
            assert!(line.contains(from));
            assert_eq!(Entry::parse(&line.replacen(from, to, 1)), None, "{to}");
        }
    }

    #[test]
    fn names_are_sorted_by_their_utf16_units() {
        // RFC 8785, 3.2.3: U+FB33 comes after U+1F600, whose first unit is a surrogate.
        let text = r#"{"\ufb33":1,"\ud83d\ude00":2,"1":3,"\u20ac":4}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"1\":3,\"\u{20ac}\":4,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
        assert_eq!(canonical(&serde_json::json!(1.5)), None);
        assert_eq!(canonical(&serde_json::json!(1_u64 << 53)), None);
    }

    #[test]
    fn a_clock_that_was_moved_is_told() {
        let before = clock("2026-11-22T03:00:00Z", 1_000_000);
        for (read, since, step) in [
            ("2026-11-22T03:00:10Z", 11_000_000, None),
            ("2026-11-22T03:00:11.9Z", 11_000_000, None),
            ("2026-11-22T03:00:09Z", 11_000_000, Some(-1_000_000)),
            ("2026-11-23T03:00:10Z", 11_000_000, Some(86_400_000_000)),
            (
                "1970-01-01T00:00:00Z",
                2_000_000,
                Some(-1_795_316_401_000_000),
            ),
        ] {
            assert_eq!(clock(read, since).step_since(&before), step, "{read}");
        }
        let mut later = clock("2026-11-22T02:00:00Z", 5);
        later.boot = "another".to_owned();
        assert_eq!(later.step_since(&before), Some(-3_600_000_000));
        later.read = "2027-11-22T02:00:00Z".parse().unwrap();
        assert_eq!(later.step_since(&before), None);
    }
}
