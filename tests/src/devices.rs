//! A table of odd devices: every value in the place of every field.

use crate::expect::{differences, short};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A device, and the values that take the place of each of its fields in turn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceTable {
    /// A sound device with every documented field.
    pub base: Map<String, Value>,
    /// The declared type of each field: a member of [`Odd::read`].
    pub types: BTreeMap<String, String>,
    /// The values.
    pub values: Vec<Odd>,
}

/// A value as it comes over the wire, and what a reader of each type sees.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Odd {
    /// What the server sends; without it, the field is left out.
    #[serde(default, deserialize_with = "some")]
    pub wire: Option<Value>,
    /// What a reader of each type sees; a type that is not named sees nothing.
    #[serde(default)]
    pub read: Map<String, Value>,
}

/// Keeps an explicit `null` apart from nothing.
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The fields that a runner reads through the typed surface.
const READ: [&str; 7] = [
    "deviceID",
    "deviceName",
    "deviceStatus",
    "userID",
    "totalBackupDataInBytes",
    "lastConnected",
    "deviceMarkedInactive",
];

impl DeviceTable {
    /// The devices to send, each with what must be read of it.
    fn rows(&self) -> impl Iterator<Item = (String, Value, Value)> + '_ {
        self.types.keys().flat_map(move |field| {
            self.values.iter().map(move |odd| {
                let mut device = self.base.clone();
                match &odd.wire {
                    Some(value) => drop(device.insert(field.clone(), value.clone())),
                    None => drop(device.shift_remove(field)),
                }
                let mut read: Map<String, Value> =
                    READ.iter().map(|name| ((*name).to_owned(), self.base[*name].clone())).collect();
                if read.contains_key(field) {
                    let seen = self.types.get(field).and_then(|ty| odd.read.get(ty)).cloned().unwrap_or_default();
                    read.insert(field.clone(), seen);
                }
                let what = odd
                    .wire
                    .as_ref()
                    .map_or_else(|| format!("without {field}"), |value| format!("{field}: {}", short(value)));
                (what, Value::Object(device), Value::Object(read))
            })
        })
    }

    /// The emulator command that makes the next list of devices this table.
    pub fn command(&self) -> Value {
        let devices: Vec<Value> = self.rows().map(|(_, device, _)| device).collect();
        json!({"do": "fault", "operation": "insync.devices.list", "status": 200, "body": {"devices": devices, "nextPageToken": ""}})
    }

    /// The differences between what a runner read and what it should have.
    pub fn check(&self, answer: &Value) -> Vec<String> {
        let seen = answer["ok"]["devices"].as_array().map_or(&[][..], Vec::as_slice);
        let mut found = differences(&json!(self.rows().count()), Some(&json!(seen.len())), "number of devices");
        for ((what, device, read), seen) in self.rows().zip(seen) {
            let at = format!("device with {what}");
            for (name, value) in read.as_object().into_iter().flatten() {
                // Not `differences`: here a number is no boolean and a missing member is a runner's defect.
                match seen.get(name) {
                    Some(shown) if same(shown, value) => {}
                    shown => found.push(format!(
                        "{at}: {name} should read {value}, saw {}",
                        shown.map_or("nothing".to_owned(), short)
                    )),
                }
            }
            if !same(&seen["raw"], &device) {
                found.push(format!("{at}: raw should be what was sent, saw {}", short(&seen["raw"])));
            }
        }
        found
    }
}

/// Equal in everything, whether a whole number is written `1` or `1.0`.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}
