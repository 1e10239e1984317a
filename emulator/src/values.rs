//! Made-up values that look right, chosen by the name and the type of a field.

use crate::clock::{date, rfc3339};
use crate::dice;
use crate::shape;
use crate::words::{
    CLIENT_VERSIONS, DEPARTMENTS, EVENT_TYPES, FILES, FIRST_NAMES, LAST_NAMES, REGIONS, SYSTEMS, TIMEZONES,
};
use druva_api::{Product, Type};
use serde_json::{Map, Value, json};

const DAY: i64 = 86_400;
const MEGABYTE: u64 = 1 << 20;

/// What the values of one row grow from.
#[derive(Clone, Copy)]
pub(crate) struct Seedling<'a> {
    pub(crate) seed: u64,
    /// The table's id.
    pub(crate) table: &'a str,
    pub(crate) index: u64,
    /// The time that all times are counted back from.
    pub(crate) base: i64,
}

impl Seedling<'_> {
    fn roll(&self, field: &str) -> u64 {
        dice::roll(self.seed, self.table, self.index, field)
    }

    fn pick<'a>(&self, field: &str, words: &[&'a str]) -> &'a str {
        words[(self.roll(field) % words.len() as u64) as usize]
    }

    pub(crate) fn hex(&self, field: &str, digits: usize) -> String {
        dice::hex(self.seed, self.table, self.index, field, digits)
    }

    /// `bde7f8c2-d063-4a4a-9a8f-c2ea5aff42f3`
    pub(crate) fn uuid(&self, field: &str) -> String {
        let hex = self.hex(field, 32);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// Any value of that type.
    pub(crate) fn value(&self, product: &Product, field: &str, ty: &Type) -> Value {
        self.nested(product, field, ty, 0)
    }

    fn nested(&self, product: &Product, field: &str, ty: &Type, depth: usize) -> Value {
        match ty {
            Type::String { values } if !values.is_empty() => {
                // The first value is the ordinary one, unless it says that something is not, or not yet, so.
                let roll = self.roll(field);
                let passing = |value: &&String| {
                    !["not", "ongoing", "queued", "paused", "running"]
                        .iter()
                        .any(|word| value.to_ascii_lowercase().starts_with(word))
                };
                let ordinary = values.iter().position(|value| passing(&value)).unwrap_or(0);
                let at = if roll % 100 < 70 { ordinary } else { (roll / 100) as usize % values.len() };
                json!(values[if depth == 0 && field == "platformOS" { self.system_among(values) } else { at }])
            }
            Type::String { .. } => json!(self.text(field)),
            Type::Integer => json!(self.integer(field)),
            Type::Number => json!(self.integer(field) as f64),
            Type::Boolean => {
                let usual = ["enabled", "read", "active", "allotted", "allowed", "onlegalhold"];
                let lower = field.to_ascii_lowercase();
                json!(self.roll(field).is_multiple_of(8) != usual.iter().any(|word| lower.contains(word)))
            }
            // What never happened has no time.
            Type::DateTime if field == "lastUpgradedOn" && self.roll(field).is_multiple_of(8) => Value::Null,
            Type::DateTime => json!(rfc3339(self.time(field))),
            Type::Json => json!({}),
            Type::Map(_) => json!({}),
            Type::List(_) | Type::Object(_) if depth > 5 => {
                if matches!(ty, Type::List(_)) {
                    json!([])
                } else {
                    json!({})
                }
            }
            Type::List(item) => {
                let count = 1 + self.roll(field) % 2;
                let of = |n: u64| Seedling { index: self.index * 7 + n, ..*self };
                Value::Array(
                    (0..count)
                        .map(|n| of(n).nested(product, &crate::names::singular(field), item, depth + 1))
                        .collect(),
                )
            }
            Type::Object(name) => {
                let mut object = Map::new();
                for field in shape::object(product, name).map_or(&[][..], |object| &object.fields) {
                    object.insert(field.name.clone(), self.nested(product, &field.name, &field.ty, depth + 1));
                }
                Value::Object(object)
            }
        }
    }

    fn system(&self) -> (&'static str, &'static str, &'static str) {
        SYSTEMS[(self.roll("system") % SYSTEMS.len() as u64) as usize]
    }

    fn system_among(&self, values: &[String]) -> usize {
        values.iter().position(|value| value == self.system().0).unwrap_or(0)
    }

    /// First and last name of the person this row is about.
    pub(crate) fn person(&self) -> (&'static str, &'static str) {
        (self.pick("first", FIRST_NAMES), self.pick("last", LAST_NAMES))
    }

    fn email(&self) -> String {
        let (first, last) = self.person();
        let plain = |letter: char| match letter {
            '\u{e1}' => 'a',
            '\u{eb}' => 'e',
            '\u{fc}' => 'u',
            other => other.to_ascii_lowercase(),
        };
        let ascii = |name: &str| name.chars().map(plain).collect::<String>();
        format!("{}.{}{}@example.com", ascii(first), ascii(last), self.index + 1)
    }

    /// Seconds since the row's last activity: mostly within a day, some within a month, a few longer ago.
    fn age(&self) -> i64 {
        let roll = self.roll("age");
        let within = match roll % 10 {
            0..=5 => DAY,
            6..=8 => 30 * DAY,
            _ => 60 * DAY,
        };
        3600 + (roll / 10) as i64 % (within - 7200)
    }

    fn duration(&self) -> i64 {
        60 + (self.roll("duration") % 3500) as i64
    }

    /// Bytes, from kilobytes to some hundred gigabytes.
    fn bytes(&self, field: &str) -> u64 {
        let roll = self.roll(field);
        (roll >> 8) % (MEGABYTE << (roll % 19))
    }

    pub(crate) fn time(&self, field: &str) -> i64 {
        let lower = field.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let end = self.base - self.age();
        if has(&["start", "scheduled", "creationtime"]) {
            end - self.duration()
        } else if has(&["end", "completed", "last", "latest", "updated", "timestamp", "connected"]) {
            end
        } else if has(&["added", "created", "first", "activ", "joined"]) {
            self.base - 100 * DAY - (self.roll("added") % (800 * DAY as u64)) as i64
        } else if has(&["expir", "next"]) {
            self.base + (self.roll(field) % (90 * DAY as u64)) as i64
        } else {
            end - (self.roll(field) % DAY as u64) as i64
        }
    }

    fn integer(&self, field: &str) -> u64 {
        let lower = field.to_ascii_lowercase();
        let roll = self.roll(field);
        if is_time(field) {
            self.time(field).unsigned_abs()
        } else if lower.ends_with("bytes")
            || lower.ends_with("size")
            || lower.contains("bytestransferred")
            || lower == "datadownloaded"
        {
            self.bytes(lower.strip_suffix("inbytes").unwrap_or(&lower))
        } else if lower.contains("percent") {
            100
        } else if lower == "productid" {
            [8193, 12289][(roll % 2) as usize]
        } else if lower.contains("severity") || lower.contains("facility") {
            1 + roll % 6
        } else if lower.contains("missed") || lower.contains("failed") || lower.contains("skipped") {
            if roll.is_multiple_of(5) { roll / 5 % 20 } else { 0 }
        } else if lower.contains("files") || lower.contains("items") || lower.contains("total") {
            roll % 20_000
        } else if lower.contains("retention") {
            30 * DAY as u64
        } else if lower.contains("option")
            || lower.starts_with("is")
            || lower.contains("download")
            || lower.ends_with("enabled")
        {
            roll % 2
        } else {
            1 + roll % 100
        }
    }

    pub(crate) fn text(&self, field: &str) -> String {
        let lower = field.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let (first, last) = self.person();
        let (platform, system, version) = self.system();
        let number = self.index + 1;
        let resource = self.table.rsplit('.').next().unwrap_or(self.table);
        if has(&["mail", "initiator"]) && !has(&["subject"]) {
            self.email()
        } else if has(&["uuid", "guid", "globalid", "globaladminid", "globalcustomerid", "uniqueid"]) {
            self.uuid(if has(&["customer"]) { "customer" } else { field })
        } else if has(&["platform", "cplatform", "clientos"]) {
            platform.into()
        } else if lower.ends_with("osversion") {
            version.into()
        } else if lower.ends_with("deviceos") || lower == "os" {
            system.into()
        } else if has(&["version"]) {
            self.pick("clientVersion", CLIENT_VERSIONS).into()
        } else if is_date(field) {
            date(self.time(field))
        } else if is_time(field) {
            rfc3339(self.time(field))
        } else if lower == "devicename" || lower == "datasourcename" || has(&["hostname"]) {
            let kind = ["LT", "PC", "MBP"][(self.roll("kind") % 3) as usize];
            format!("{}-{kind}-{number:05}", last.to_uppercase())
        } else if has(&["username", "adminname", "createdby", "administrator", "custodian", "creator"])
            || (lower == "name" && resource == "users")
        {
            format!("{first} {last}")
        } else if has(&["profile", "department"]) && has(&["name"]) {
            format!("{} {number}", DEPARTMENTS[(self.index % DEPARTMENTS.len() as u64) as usize])
        } else if has(&["filename", "attachmentname", "subject"]) {
            format!("{number:04}-{}", self.pick(field, FILES))
        } else if has(&["sha1", "checksum", "objectid"]) {
            self.hex(field, 40)
        } else if has(&["serial"]) {
            format!("C0{}", self.hex("serial", 8).to_uppercase())
        } else if has(&["ip"]) && (lower == "ip" || has(&["ipaddress"])) {
            format!("10.{}.{}.{}", self.roll("ip2") % 256, self.roll("ip3") % 256, 1 + self.roll("ip4") % 254)
        } else if has(&["url", "link"]) {
            format!("https://example.com/{resource}/{number}")
        } else if has(&["path", "location", "folder"]) {
            format!("C:\\Users\\{}\\Documents", last)
        } else if has(&["storage"]) && has(&["name"]) {
            format!("druva_{}", REGIONS[(self.index % REGIONS.len() as u64) as usize])
        } else if has(&["region"]) {
            self.pick(field, REGIONS).into()
        } else if has(&["timezone"]) {
            self.pick(field, TIMEZONES).into()
        } else if has(&["size", "usage", "data", "quota"]) && !has(&["source", "type", "sensitive", "update"]) {
            readable(self.bytes(&lower))
        } else if has(&["eventtype"]) {
            self.pick(field, EVENT_TYPES).into()
        } else if has(&["eventstate", "result"]) {
            self.pick(field, &["Success", "Success", "Success", "Failure"]).into()
        } else if has(&["status", "state"]) {
            "Successful".into()
        } else if has(&["severity"]) {
            self.pick(field, &["6", "6", "5", "4", "3"]).into()
        } else if has(&["facility"]) {
            "23".into()
        } else if has(&["enabled"]) {
            self.pick(field, &["true", "false"]).into()
        } else if has(&["mime"]) {
            "text/plain".into()
        } else if has(&["phone"]) {
            format!("+1 555 01{:02}", number % 100)
        } else if has(&["failurereason", "error"]) {
            String::new()
        } else if lower == "message" {
            "Done.".into()
        } else if lower == "category" {
            self.pick(field, &["Audit", "Alert", "Backup", "Restore"]).into()
        } else if lower == "feature" || lower == "type" {
            self.pick(field, &["Login", "Policy", "Job", "Server", "Credential"]).into()
        } else if lower == "role" {
            format!("{} Administrator", self.pick(field, DEPARTMENTS))
        } else if lower.ends_with("mode") {
            self.pick(field, &["Admin", "User"]).into()
        } else if lower.ends_with("id") {
            self.uuid(field)
        } else if lower.ends_with("name") || has(&["description", "title"]) {
            format!("{} {number}", sentence(resource))
        } else {
            format!("{} {number}", sentence(field))
        }
    }
}

/// Whether a field is a point in time, by its name.
pub(crate) fn is_time(field: &str) -> bool {
    let lower = field.to_ascii_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    field.ends_with("On")
        || field.ends_with("TS")
        || ends(&["time", "timestamp", "date", "epoch", "occurrence"])
        || ["lastupdated", "lastconnected", "lastlogin", "laststatuschange", "lastcompletedcollection"]
            .contains(&lower.as_str())
}

fn is_date(field: &str) -> bool {
    field.ends_with("Date")
}

/// A time in the form of another value: seconds, or text.
pub(crate) fn stamp(like: &Value, seconds: f64) -> Value {
    if like.is_number() { json!(seconds as i64) } else { json!(rfc3339(seconds as i64)) }
}

/// `40.05 GB`
pub(crate) fn readable(bytes: u64) -> String {
    let units = ["Bytes", "KB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", units[unit])
}

/// `restoreMode` -> `Restore mode`, `file_violations` -> `File violation`
fn sentence(name: &str) -> String {
    let mut text = String::new();
    for letter in crate::names::singular(name).chars() {
        match letter {
            '_' => text.push(' '),
            _ if letter.is_ascii_uppercase() && text.ends_with(|last: char| last.is_ascii_lowercase()) => {
                text.push(' ');
                text.push(letter.to_ascii_lowercase());
            }
            _ if text.is_empty() => text.push(letter.to_ascii_uppercase()),
            _ => text.push(letter),
        }
    }
    text
}

/// Gives every member of that name, however deep, that value.
pub(crate) fn put_deep(value: &mut Value, name: &str, text: &str) {
    match value {
        Value::Object(members) => {
            for (known, member) in members {
                if known.eq_ignore_ascii_case(name) {
                    *member = json!(text);
                } else {
                    put_deep(member, name, text);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| put_deep(one, name, text)),
        _ => {}
    }
}
