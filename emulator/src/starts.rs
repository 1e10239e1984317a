//! Which write starts which work: the one whose answer has an id that an operation with a waiter nearby knows work by.

use crate::catalog::{Catalog, Kind, path_params};
use crate::names::{folded, same, stem};
use crate::shape;
use crate::stages::{self, Stage};
use druva_api::{Answer, Model, Operation, Product, Retry, Type};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Rows that stand for work, as an operation with a waiter reads them.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) table: usize,
    /// Where a row tells the state.
    pub(crate) state: Vec<String>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) cancelled: Option<Value>,
    /// What the id of the work is called.
    id: String,
    /// For comparison: which product, which resource, which path.
    product: String,
    resource: Vec<String>,
    path: Vec<String>,
}

/// What a write does to work.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) report: usize,
    pub(crate) kind: EffectKind,
}

#[derive(Debug, Clone)]
pub(crate) enum EffectKind {
    /// The row that the write makes is the work.
    Made,
    /// The answer has the id of the work at this place, or a list of ids.
    Told { path: Vec<String>, many: bool },
    /// The work that this argument names is called off.
    Cancelled { argument: String },
}

/// All work, and what writes do to it by their ids.
pub(crate) fn of(model: &Model, catalog: &Catalog) -> (Vec<Report>, HashMap<String, Effect>) {
    let mut reports: Vec<Report> =
        model.operations().filter_map(|(product, operation)| report(product, operation, catalog)).collect();
    // Of several ways to look at the same rows one is enough.
    reports.sort_by_key(|report| (report.table, report.path.len()));
    reports.dedup_by_key(|report| (report.table, report.state.clone()));
    let effects = model.operations().filter_map(|(product, operation)| {
        Some((operation.id.clone(), effect(product, operation, &reports, catalog)?))
    });
    let effects = effects.collect();
    (reports, effects)
}

fn report(product: &Product, operation: &Operation, catalog: &Catalog) -> Option<Report> {
    let waiter = operation.waiter.as_ref()?;
    let plan = catalog.plans.get(&operation.id)?;
    let last = path_params(operation).pop();
    let id = waiter.matches.clone().or_else(|| last.clone())?;
    let is_own = waiter.matches.is_some()
        || catalog.tables[plan.table].key_param.as_ref().is_some_and(|key| last.is_some_and(|last| same(key, &last)));
    // A summary of work tells of a row of another table.
    let table = if is_own { plan.table } else { catalog.entity(plan.table, &stem(&id)?, true)? };
    let mut state: Vec<String> = waiter.state.split('.').map(str::to_owned).collect();
    let mut ty = match &operation.answer {
        Answer::Json(ty) => ty.clone(),
        _ => return None,
    };
    let shape = plan.shape.as_ref()?;
    match &shape.item {
        Some(item) if waiter.matches.is_some() => ty = Type::Object(item.clone()),
        Some(item) if !shape.path.is_empty() && state.starts_with(&shape.path) => {
            state.drain(..shape.path.len());
            ty = Type::Object(item.clone());
        }
        _ => {}
    }
    let (values, is_number) = match shape::follow(product, &ty, &state) {
        Some(Type::String { values }) => (values.clone(), false),
        Some(Type::Integer | Type::Number) => (Vec::new(), true),
        _ => (Vec::new(), false),
    };
    Some(Report {
        table,
        state,
        stages: stages::of(&values, &waiter.finished, is_number),
        cancelled: stages::cancelled(&waiter.finished),
        id,
        product: product.name.clone(),
        resource: operation.names().into_iter().map(str::to_owned).collect(),
        path: segments(operation),
    })
}

fn effect(product: &Product, operation: &Operation, reports: &[Report], catalog: &Catalog) -> Option<Effect> {
    let plan = catalog.plans.get(&operation.id)?;
    if operation.method == "GET" || operation.retry == Retry::Safe {
        return None;
    }
    let made = reports.iter().position(|report| report.table == plan.table && plan.kind == Kind::Create);
    let candidates = reports.iter().enumerate().filter_map(|(at, report)| {
        let kind = kind(product, operation, report).filter(|_| report.product == product.name)?;
        let names = operation.names();
        let resource = names.iter().zip(&report.resource).take_while(|(one, other)| *one == other).count();
        let path = segments(operation).iter().zip(&report.path).take_while(|(one, other)| one == other).count();
        Some(((resource + path, Reverse(report.path.len())), at, kind))
    });
    let nearest = candidates.max_by_key(|(nearness, ..)| *nearness);
    match (made, nearest) {
        (_, Some((_, report, kind @ EffectKind::Cancelled { .. }))) => Some(Effect { report, kind }),
        (Some(report), _) => Some(Effect { report, kind: EffectKind::Made }),
        (None, Some((_, report, kind))) => Some(Effect { report, kind }),
        (None, None) => None,
    }
}

/// What an operation does to work that is known by such an id.
fn kind(product: &Product, operation: &Operation, report: &Report) -> Option<EffectKind> {
    let names_it = |name: &str| same(name, &report.id) || folded(name) == format!("{}s", folded(&report.id));
    if let Some(param) = operation.params.iter().find(|param| names_it(&param.wire)) {
        let cancels = operation.path.ends_with("/cancel") || operation.verb().starts_with("cancel");
        return cancels.then(|| EffectKind::Cancelled { argument: param.name.clone() });
    }
    let Answer::Json(Type::Object(answer)) = &operation.answer else { return None };
    let top = &shape::object(product, answer)?.fields;
    if let Some(field) = top.iter().find(|field| names_it(&field.name)) {
        return Some(EffectKind::Told { path: vec![field.name.clone()], many: matches!(field.ty, Type::List(_)) });
    }
    // `{"task": {"id": ...}}` has a `taskID`.
    let stem = stem(&report.id)?;
    let holder = top.iter().find(|field| folded(&field.name) == stem)?;
    let Type::Object(inner) = &holder.ty else { return None };
    let id = shape::object(product, inner)?.fields.iter().find(|field| field.name.eq_ignore_ascii_case("id"))?;
    Some(EffectKind::Told { path: vec![holder.name.clone(), id.name.clone()], many: false })
}

/// A path for comparison: without versions, and without the names of parameters.
fn segments(operation: &Operation) -> Vec<String> {
    let is_version = |part: &str| part.len() > 1 && part.starts_with('v') && part[1..].parse::<u8>().is_ok();
    let parts = operation.path.split('/').filter(|part| !part.is_empty() && !is_version(part));
    parts.map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }).collect()
}
