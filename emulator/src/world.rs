//! What the operations work on: the rows, the page tokens, the feeds, the work in progress.

use crate::arguments::Arguments;
use crate::catalog::{Catalog, Kind, Plan, path_params};
use crate::envelope::{self, Facts};
use crate::events::Trackers;
use crate::http::Reply;
use crate::options::Options;
use crate::paging::{Paging, Rules};
use crate::refusal::Refusal;
use crate::rows::{At, Rows};
use crate::shape::Shape;
use crate::tasks::Tasks;
use crate::{filters, legal_holds, reports};
use druva_api::{Answer, Cursor, Model, Operation, Place, Product};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Records on a numbered page, when the request does not say.
const DEFAULT_NUMBERED_SIZE: usize = 100;
/// Most events that one answer holds.
const MOST_EVENTS: usize = 500;

/// One call that passed all checks.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) product: &'a Product,
    pub(crate) operation: &'a Operation,
    pub(crate) plan: &'a Plan,
    pub(crate) arguments: &'a Arguments,
    /// The emulator's time, in seconds since 1970.
    pub(crate) now: f64,
}

/// The state of one customer's Druva.
pub(crate) struct World {
    pub(crate) seed: u64,
    /// All times of the start are counted back from it.
    pub(crate) base: i64,
    pub(crate) page_size: usize,
    pub(crate) rows: Rows,
    pub(crate) paging: Paging,
    pub(crate) trackers: Trackers,
    pub(crate) tasks: Tasks,
    pub(crate) reports: reports::Cache,
    /// Tables that are feeds with a tracker.
    pub(crate) feeds: Vec<usize>,
    /// The part of an event that time has yet to complete.
    pub(crate) growth: f64,
}

impl World {
    pub(crate) fn new(model: Arc<Model>, options: &Options, now: f64) -> World {
        let catalog = Catalog::new(&model, options);
        let is_feed = |operation: &Operation| {
            matches!(operation.pages.as_ref().map(|pages| &pages.cursor), Some(Cursor::Tracker { .. }))
        };
        let feeds = model
            .operations()
            .filter(|(_, operation)| is_feed(operation))
            .filter_map(|(_, operation)| Some(catalog.plans.get(&operation.id)?.table));
        let feeds = feeds.collect();
        let base = now as i64 / 3600 * 3600;
        World {
            seed: options.seed,
            base,
            page_size: options.page_size,
            rows: Rows::new(catalog, model, options.seed, base),
            paging: Paging::new(options.seed),
            trackers: Trackers::default(),
            tasks: Tasks::default(),
            reports: reports::Cache::default(),
            feeds,
            growth: 0.0,
        }
    }

    /// Carries an operation out.
    pub(crate) fn answer(
        &mut self,
        product: &Product,
        operation: &Operation,
        arguments: &Arguments,
        now: f64,
    ) -> Result<Reply, Refusal> {
        self.tasks.settle(&mut self.rows, now);
        let catalog = Arc::clone(&self.rows.catalog);
        let plan = catalog.plans.get(&operation.id).ok_or_else(Refusal::not_found)?;
        let call = Call { product, operation, plan, arguments, now };
        if reports::serves(operation) {
            return self.report(call);
        }
        let (scope, row) = self.places_in_path(call)?;
        if let Some(reply) = legal_holds::serve(self, call) {
            return reply;
        }
        match plan.kind {
            Kind::List if self.feeds.contains(&plan.table) => self.feed(call),
            Kind::List => self.list(call, scope.as_ref()),
            Kind::Get => self.show(call, row.ok_or_else(Refusal::not_found)?),
            Kind::Single => self.show(call, (plan.table, row.map_or(0, |(_, index)| index))),
            Kind::Create | Kind::Update | Kind::Delete | Kind::Act => self.write(call, scope, row),
        }
    }

    /// The parent and the row that the path names; both must exist.
    fn places_in_path(&mut self, call: Call<'_>) -> Result<(Option<Value>, Option<At>), Refusal> {
        let Call { operation, plan, arguments, .. } = call;
        let catalog = Arc::clone(&self.rows.catalog);
        let table = &catalog.tables[plan.table];
        let (mut scope, mut row) = (None, None);
        for wire in path_params(operation) {
            let param = operation.params.iter().find(|param| param.place == Place::Path && param.wire == wire);
            let Some(value) = param.and_then(|param| arguments.get(&param.name)) else { continue };
            if table.key_param.as_ref().is_some_and(|key| key.eq_ignore_ascii_case(&wire)) {
                row = Some((plan.table, self.rows.find(plan.table, value).ok_or_else(Refusal::not_found)?));
                continue;
            }
            let is_scope = table.scope.as_ref().is_some_and(|(param, _)| param.eq_ignore_ascii_case(&wire));
            // Organization 0 stands for all of them.
            if is_scope && wire.eq_ignore_ascii_case("orgID") && *value == json!(0) {
                continue;
            }
            let parent = match &table.scope {
                Some((_, parent)) if is_scope => *parent,
                _ => wire
                    .strip_suffix("ID")
                    .or_else(|| wire.strip_suffix("Id"))
                    .and_then(|stem| catalog.entity(plan.table, stem)),
            };
            if let Some(parent) = parent {
                self.rows.find(parent, value).ok_or_else(Refusal::not_found)?;
            }
            if is_scope {
                scope = Some(value.clone());
            }
        }
        Ok((scope, row))
    }

    fn list(&mut self, call: Call<'_>, scope: Option<&Value>) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let Some(shape) = &plan.shape else { return Ok(Reply::json(200, &json!({}))) };
        let mut cursor = None;
        let (mut query, mut position, mut size) = (arguments.clone(), None, None);
        if let Some(Cursor::Token { param, field, without }) = operation.pages.as_ref().map(|pages| &pages.cursor) {
            let rules = Rules { operation: &operation.id, param, without, lifetime: None };
            let open = self.paging.open(&rules, arguments, now)?;
            (query, size) = (open.query.clone(), open.size);
            (cursor, position) = (Some(field), Some(open));
        }
        let places = self.rows.places(plan.table, scope).ok_or_else(Refusal::not_found)?;
        let echoes = echoes(operation, &query);
        let mut places = filters::apply(&mut self.rows, plan.table, places, operation, &without(&query, &echoes));
        if let Some((_, value)) = echoes.first() {
            places.truncate(crate::dice::roll(self.seed, &operation.id, 0, value) as usize % 8);
        }
        let most =
            if operation.path.contains("/eventmanagement/") { self.page_size.min(MOST_EVENTS) } else { self.page_size };
        let is_numbered = matches!(operation.pages.as_ref().map(|pages| &pages.cursor), Some(Cursor::Number { .. }));
        let ordinary = if is_numbered { DEFAULT_NUMBERED_SIZE } else { most };
        let size = arguments.count("pageSize").or(size).unwrap_or(ordinary).min(most);
        let number = arguments.count("pageNumber").unwrap_or(1);
        if number == 0 {
            return Err(Refusal::violation("pages are numbered from 1"));
        }
        let start = (number - 1).saturating_mul(size).min(places.len());
        let (range, next) = match position {
            // Some lists begin at a numbered page and go on with a token.
            Some(position) => self.paging.turn(position.skip(start), places.len(), size, now),
            None if is_numbered => (start..(start + size).min(places.len()), None),
            None => (0..places.len(), None),
        };
        let facts = Facts { total: places.len(), page_number: number, page_size: size };
        let item = shape.item.as_deref().unwrap_or("");
        let texts: Vec<Arc<str>> =
            places[range].iter().map(|index| self.row_text((plan.table, *index), item, &echoes)).collect();
        let rows = format!("[{}]", texts.join(","));
        let text = self.wrapped(call, shape, &rows, &facts, |paging, top| {
            if let Some(field) = cursor {
                paging.mark(top, field, next);
            }
        });
        Ok(Reply::text(200, "application/json", text))
    }

    fn row_text(&mut self, at: At, item: &str, echoes: &[(String, String)]) -> Arc<str> {
        if echoes.is_empty() {
            return self.rows.text(at, item);
        }
        let mut row = self.rows.project(at, item);
        for (name, value) in echoes {
            put_deep(&mut row, name, value);
        }
        row.to_string().into()
    }

    /// The answer of an operation on one row.
    pub(crate) fn show(&mut self, call: Call<'_>, at: At) -> Result<Reply, Refusal> {
        let shape = match (&call.operation.answer, &call.plan.shape) {
            (Answer::Empty, _) | (Answer::Json(_), None) => return Ok(Reply::empty(200)),
            (Answer::Bytes(media_type), _) => return Ok(self.file(at, media_type)),
            (Answer::Json(_), Some(shape)) => shape,
        };
        let row = self.rows.project(at, shape.item.as_deref().unwrap_or("")).to_string();
        let row = if shape.many { format!("[{row}]") } else { row };
        let facts = Facts { total: 1, page_number: 1, page_size: 1 };
        let text = self.wrapped(call, shape, &row, &facts, |_, _| {});
        Ok(Reply::text(200, "application/json", text))
    }

    fn file(&self, at: At, media_type: &str) -> Reply {
        let seedling = self.rows.seedling(&self.rows.catalog.tables[at.0].id, at.1);
        let body = if media_type == "text/csv" {
            "id,name\r\n1,\"one, two\"\r\n".to_owned()
        } else {
            seedling.hex("file", 256)
        };
        Reply::text(200, media_type, body)
    }

    /// An answer with its rows (JSON text) in their place; `adjust` changes the top of it.
    pub(crate) fn wrapped(
        &self,
        call: Call<'_>,
        shape: &Shape,
        rows: &str,
        facts: &Facts,
        adjust: impl FnOnce(&Paging, &mut Map<String, Value>),
    ) -> String {
        let seedling = self.rows.seedling(&self.rows.catalog.tables[call.plan.table].id, 0);
        envelope::wrap(call.product, &call.operation.answer, shape, rows, facts, seedling, |top| {
            adjust(&self.paging, top)
        })
    }
}

/// What a search must be given is in all that it finds: the checksum of a file, say.
fn echoes(operation: &Operation, query: &Arguments) -> Vec<(String, String)> {
    let required = operation.params.iter().filter(|param| {
        param.required && param.place == Place::Query && param.name.to_ascii_lowercase().contains("checksum")
    });
    required.filter_map(|param| Some((param.name.clone(), query.text(&param.name)?))).collect()
}

fn without(query: &Arguments, echoes: &[(String, String)]) -> Arguments {
    let mut query = query.clone();
    query.0.retain(|name, _| !echoes.iter().any(|(echo, _)| echo == name));
    query
}

/// Gives every member of that name, however deep, that value.
fn put_deep(value: &mut Value, name: &str, text: &str) {
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
