//! Writes: rows come, change and go; verbs of the domain change the state that they speak of.

use crate::arguments::{Arguments, plain};
use crate::catalog::{Kind, Table};
use crate::clock::rfc3339;
use crate::http::Reply;
use crate::names::stem;
use crate::paths::Spot;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::{At, clear_unless_disabled, is_state};
use crate::values::readable;
use crate::world::{Call, World};
use druva_api::{Answer, Operation, Place, Type};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What goes with a row that is deleted: a user's devices, and what was backed up of them.
const GO_TOGETHER: &[(&str, &str)] =
    &[("insync.users", "insync.devices"), ("insync.users", "insync.backups"), ("insync.devices", "insync.backups")];

impl World {
    /// Carries a write out and answers it.
    pub(crate) fn write(&mut self, call: Call<'_>, spot: Spot) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let catalog = Arc::clone(&self.rows.catalog);
        let table = &catalog.tables[plan.table];
        let body = body(operation, arguments);
        self.check_references(plan.table, &body)?;
        let at = match (plan.kind, spot.row) {
            (Kind::Create, _) => {
                let at = (plan.table, self.rows.create(plan.table, spot.named.clone(), spot.about));
                initialise(table, self.rows.change(at), now);
                merge(table, self.rows.change(at), &body);
                if let Some(kind) = self.work.kind_of(plan.table) {
                    self.work.start(&mut self.rows, kind, at, now);
                }
                at
            }
            (Kind::Delete, Some(at)) => {
                let reply = self.show(call, at)?;
                self.delete(at);
                return Ok(self.set_to_work(call, &spot, at, reply));
            }
            (Kind::Update | Kind::Act, Some(at)) => {
                let fields = self.rows.change(at);
                apply_verb(table, fields, operation.verb(), now);
                merge(table, fields, &body);
                clear_unless_disabled(fields);
                at
            }
            _ => spot.about.unwrap_or((plan.table, 0)),
        };
        let reply = match &operation.answer {
            // An answer about no row of the table tells that it worked, and repeats what was sent.
            Answer::Json(Type::Object(name)) if spot.row.is_none() && plan.kind != Kind::Create => {
                let mut answer = self.rows.project((plan.table, 0), name);
                if let Value::Object(members) = &mut answer {
                    members.extend(body.into_iter().filter(|(name, _)| members.contains_key(name)).collect::<Vec<_>>());
                }
                Reply::json(200, &answer)
            }
            _ => self.show(call, if at.0 == plan.table { at } else { (plan.table, 0) })?,
        };
        Ok(self.set_to_work(call, &spot, at, reply))
    }

    /// Removes a row, and what goes with it.
    fn delete(&mut self, at: At) {
        let catalog = Arc::clone(&self.rows.catalog);
        for (owner, owned) in GO_TOGETHER {
            let Some(table) = catalog.tables.iter().position(|table| table.id == *owned) else { continue };
            if catalog.tables[at.0].id != *owner {
                continue;
            }
            for index in self.rows.places(table, &Named::default()).unwrap_or_default() {
                if self.rows.related((table, index), at.0) == Some(at.1) {
                    self.rows.delete((table, index));
                }
            }
        }
        self.rows.delete(at);
    }

    /// Ids in a body must be those of things that exist.
    fn check_references(&mut self, table: usize, body: &Map<String, Value>) -> Result<(), Refusal> {
        let catalog = Arc::clone(&self.rows.catalog);
        for (name, value) in body {
            let Some(stem) = stem(name) else { continue };
            if let Some(target) = catalog.entity(table, &stem, false)
                && self.rows.find(target, value).is_none()
            {
                return Err(Refusal::new(422, format!("{name} {} does not exist.", plain(value))));
            }
        }
        Ok(())
    }
}

/// The arguments in the body.
fn body(operation: &Operation, arguments: &Arguments) -> Map<String, Value> {
    let sent = operation.params.iter().filter(|param| param.place == Place::Body);
    sent.filter_map(|param| Some((param.wire.clone(), arguments.get(&param.name)?.clone()))).collect()
}

/// What is new begins now, in the ordinary state.
fn initialise(table: &Table, fields: &mut Map<String, Value>, now: f64) {
    for (name, ty) in &table.fields {
        let value = match ty {
            Type::String { values } if is_state(name) && !values.is_empty() => json!(values[0]),
            Type::String { .. } | Type::DateTime if ["addedOn", "createdOn"].contains(&name.as_str()) => {
                json!(rfc3339(now as i64))
            }
            _ => continue,
        };
        fields.insert(name.clone(), value);
    }
    clear_unless_disabled(fields);
}

/// Puts what was sent into the row.
fn merge(table: &Table, fields: &mut Map<String, Value>, body: &Map<String, Value>) {
    for (name, value) in body {
        let known =
            fields.keys().find(|field| field.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.clone());
        fields.insert(known, value.clone());
        // `adminEmail` in one answer is `email` in another.
        let short = table.words.iter().find_map(|word| name.strip_prefix(word.as_str())).unwrap_or("");
        if let Some(field) = fields.keys().find(|field| field.eq_ignore_ascii_case(short)).cloned() {
            fields.insert(field, value.clone());
        }
    }
    // A number with a unit beside it is one amount.
    for (name, amount) in body.iter().filter_map(|(name, value)| Some((name, value.as_u64()?))) {
        let unit = body.get(&format!("{name}Unit")).map_or_else(|| "GB".to_owned(), plain);
        let bytes = format!("{name}InBytes");
        let shift = ["KB", "MB", "GB", "TB"].iter().position(|known| *known == unit).map_or(0, |at| 10 * (at + 1));
        if table.fields.iter().any(|(field, _)| *field == bytes) {
            fields.insert(name.clone(), json!(readable(amount << shift)));
            fields.insert(bytes, json!(amount << shift));
        }
    }
}

/// A verb changes the state that it is named after: `disable` makes `deviceStatus` `disabled`.
fn apply_verb(table: &Table, fields: &mut Map<String, Value>, verb: &str, now: f64) {
    let first = verb.split('_').next().unwrap_or(verb);
    let stem = first.strip_suffix("ate").or_else(|| first.strip_suffix('e')).unwrap_or(first);
    if stem == "upgrad" && fields.contains_key("upgradeState") {
        fields.insert("upgradeState".into(), json!("SCHEDULED"));
        return;
    }
    let named = |ty: &Type, stem: &str| match ty {
        Type::String { values } => values.iter().find(|value| value.to_ascii_lowercase().starts_with(stem)).cloned(),
        _ => None,
    };
    let mut how = "API".to_owned();
    let mut stem = stem;
    if let Some(mode) =
        table.fields.iter().filter(|(name, _)| name.starts_with("disabled")).find_map(|(_, ty)| named(ty, stem))
    {
        // Decommissioning is a way of disabling.
        (how, stem) = (mode, "disabl");
    }
    for (name, ty) in table.fields.iter().filter(|(name, _)| is_state(name)) {
        if let Some(state) = named(ty, stem) {
            fields.insert(name.clone(), json!(state));
        }
    }
    if stem == "disabl" {
        for (name, value) in [("disabledOn", rfc3339(now as i64)), ("disabledMode", how)] {
            if fields.contains_key(name) {
                fields.insert(name.into(), json!(value));
            }
        }
    }
    clear_unless_disabled(fields);
}
