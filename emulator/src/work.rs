//! Work that takes time: what a write starts goes on with the emulator's clock.

use crate::arguments::{Arguments, plain};
use crate::catalog::Catalog;
use crate::http::Reply;
use crate::names::{folded, same};
use crate::paths::Spot;
use crate::rows::{At, Rows};
use crate::starts::{self, Effect, EffectKind, Report};
use crate::values::stamp;
use crate::world::{Call, World};
use druva_api::{Model, Operation, Place, Type};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// All kinds of work, and the changes that are still to come.
pub(crate) struct Work {
    reports: Vec<Report>,
    effects: HashMap<String, Effect>,
    pending: Vec<Step>,
}

struct Step {
    due: f64,
    at: At,
    fields: Map<String, Value>,
}

/// Fields, by their names without case, that tell when work began, and when it ended.
const BEGINNINGS: &[&str] = &["starttime", "jobstarttime", "scanstartedtime", "addtime", "scheduletime", "createdon"];
const ENDINGS: &[&str] = &["endtime", "jobendtime", "scancompletedtime", "completedon"];
/// What is not known of work before it ends.
const UNKNOWN_UNTIL_END: &[&str] =
    &["numberoffilesrestored", "numberoffilesmissed", "systemsettingsrestore", "output", "restoresize"];
/// The most pieces of work that one write starts.
const MOST: usize = 20;

impl Work {
    pub(crate) fn new(model: &Model, catalog: &Catalog) -> Work {
        let (reports, effects) = starts::of(model, catalog);
        Work { reports, effects, pending: Vec::new() }
    }

    pub(crate) fn effect(&self, operation: &Operation) -> Option<Effect> {
        self.effects.get(&operation.id).cloned()
    }

    /// The kind of work that a table's rows stand for.
    pub(crate) fn kind_of(&self, table: usize) -> Option<usize> {
        self.reports.iter().position(|report| report.table == table)
    }

    /// Lets a row go through the stages of work, from the first one.
    pub(crate) fn start(&mut self, rows: &mut Rows, kind: usize, at: At, now: f64) {
        self.stop(at);
        let report = &self.reports[kind];
        let catalog = Arc::clone(&rows.catalog);
        let declared = |name: &str| catalog.tables[at.0].fields.iter().find(|(known, _)| known == name);
        let complete = rows.row(at).fields.clone();
        let last = report.stages.len() - 1;
        for (n, (after, state)) in report.stages.iter().enumerate() {
            let mut fields = if n == last { complete.clone() } else { Map::new() };
            for (name, value) in &complete {
                let plain_name = folded(name);
                let is = |names: &[&str]| names.contains(&plain_name.as_str());
                let is_text = matches!(declared(name), Some((_, Type::String { .. })));
                let none = if is_text { json!("") } else { Value::Null };
                let put = if plain_name == "percentcomplete" {
                    json!(100 * n / last)
                } else if is(BEGINNINGS) {
                    stamp(value, now)
                } else if is(ENDINGS) && n == last {
                    stamp(value, now + after)
                } else if (is(ENDINGS) && !value.is_number() || is(UNKNOWN_UNTIL_END)) && n < last {
                    none
                } else if plain_name == "updatedon" {
                    stamp(value, now + after)
                } else {
                    continue;
                };
                fields.insert(name.clone(), put);
            }
            if n == last {
                succeed(&mut fields);
            }
            put_path(&mut fields, &complete, &report.state, state.clone());
            self.pending.push(Step { due: now + after, at, fields });
        }
        self.settle(rows, now);
    }

    /// Ends work early: a job that is cancelled has nothing more to do.
    pub(crate) fn stop(&mut self, at: At) {
        self.pending.retain(|step| step.at != at);
    }

    /// Lets time pass.
    pub(crate) fn settle(&mut self, rows: &mut Rows, now: f64) {
        let (due, pending) = std::mem::take(&mut self.pending).into_iter().partition(|step| step.due <= now);
        self.pending = pending;
        for step in Vec::<Step>::from_iter(due) {
            rows.change(step.at).extend(step.fields);
        }
    }
}

impl World {
    /// What a write does to work: starts it and puts its id into the answer, or calls it off.
    pub(crate) fn set_to_work(&mut self, call: Call<'_>, spot: &Spot, at: At, reply: Reply) -> Reply {
        let Some(effect) = self.work.effect(call.operation) else { return reply };
        let kind = effect.report;
        match effect.kind {
            EffectKind::Made => reply,
            EffectKind::Cancelled { argument } => {
                self.cancel(kind, call.arguments.get(&argument));
                reply
            }
            EffectKind::Told { path, many } => {
                let count = if many { pieces(call.operation, call.arguments) } else { 1 };
                let ids: Vec<Value> = (0..count).map(|_| self.employ(kind, call, spot, at)).collect();
                let Ok(Value::Object(mut answer)) = serde_json::from_slice(&reply.body) else { return reply };
                let ids = if many { json!(ids) } else { ids.first().cloned().unwrap_or_default() };
                let before = answer.clone();
                put_path(&mut answer, &before, &path, ids);
                Reply { body: Value::Object(answer).to_string().into_bytes(), ..reply }
            }
        }
    }

    /// Makes a row of work, and gives its key.
    fn employ(&mut self, kind: usize, call: Call<'_>, spot: &Spot, about: At) -> Value {
        let catalog = Arc::clone(&self.rows.catalog);
        let table = self.work.reports[kind].table;
        let at = (table, self.rows.create(table, spot.named.clone(), spot.about));
        let subject = self.rows.key(&catalog.tables[about.0], about.1);
        let path = folded(&call.operation.path);
        let fields = self.rows.change(at);
        let sent = call.operation.params.iter().filter(|param| param.place == Place::Body);
        for param in sent {
            let field = fields.iter_mut().find(|(name, _)| same(name, &param.wire));
            if let (Some((_, value)), Some(sent)) = (field, call.arguments.get(&param.name)) {
                *value = sent.clone();
            }
        }
        for (name, value) in fields.iter_mut() {
            match folded(name).as_str() {
                "entityid" => *value = json!(plain(&subject)),
                // What sort of work it is stands in the path of what starts it.
                "jobtype" => {
                    let declared = catalog.tables[table].fields.iter().find(|(known, _)| known == name);
                    if let Some((_, Type::String { values })) = declared
                        && let Some(sort) = values.iter().find(|sort| path.contains(&folded(sort)))
                    {
                        *value = json!(sort);
                    }
                }
                _ => {}
            }
        }
        self.work.start(&mut self.rows, kind, at, call.now);
        self.rows.key(&catalog.tables[table], at.1)
    }

    fn cancel(&mut self, kind: usize, ids: Option<&Value>) {
        let (table, state) = (self.work.reports[kind].table, self.work.reports[kind].state.clone());
        let Some(cancelled) = self.work.reports[kind].cancelled.clone() else { return };
        let ids = match ids {
            Some(Value::Array(list)) => list.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        for id in ids {
            if let Some(index) = self.rows.find(table, &id) {
                self.work.stop((table, index));
                let fields = self.rows.change((table, index));
                let before = fields.clone();
                put_path(fields, &before, &state, cancelled.clone());
            }
        }
    }
}

/// How many things a write is about: each gets work of its own.
fn pieces(operation: &Operation, arguments: &Arguments) -> usize {
    let sent = operation.params.iter().filter(|param| param.place == Place::Body);
    let lists = sent.filter_map(|param| arguments.get(&param.name)?.as_array());
    let things = lists.filter(|list| list.iter().all(Value::is_object)).map(Vec::len).max();
    things.unwrap_or(1).clamp(1, MOST)
}

/// Work that went well has nothing to tell of errors.
fn succeed(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        let name = folded(name);
        if name == "failed" {
            *value = json!(0);
        } else if name.starts_with("error") {
            *value = if value.is_string() { json!("") } else { Value::Null };
        } else if let Value::Object(inner) = value
            && name == "output"
        {
            succeed(inner);
        }
    }
}

/// Puts a value at a place in an object; what is on the way there is as it was before.
fn put_path(into: &mut Map<String, Value>, before: &Map<String, Value>, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        into.insert(first.clone(), value);
        return;
    }
    let known = into.get(first).filter(|known| known.is_object()).or_else(|| before.get(first));
    let mut inner = known.and_then(Value::as_object).cloned().unwrap_or_default();
    let below = inner.clone();
    put_path(&mut inner, &below, rest, value);
    into.insert(first.clone(), Value::Object(inner));
}
