//! What the operations work on: the rows, the page tokens, the feeds, the work in progress.

use crate::arguments::{Arguments, plain};
use crate::catalog::{Catalog, Kind, Plan, path_params};
use crate::envelope::{self, Facts};
use crate::events::Trackers;
use crate::http::Reply;
use crate::names::same;
use crate::options::Options;
use crate::paging::Paging;
use crate::paths::Spot;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::{At, Rows};
use crate::shape::Shape;
use crate::work::Work;
use crate::{legal_holds, reports};
use druva_api::{Answer, Cursor, Model, Operation, Product, Type};
use serde_json::{Map, Value};
use std::sync::Arc;

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
    pub(crate) work: Work,
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
        let feeds = model.operations().filter(|(_, operation)| is_feed(operation));
        let mut feeds: Vec<usize> =
            feeds.filter_map(|(_, operation)| Some(catalog.plans.get(&operation.id)?.table)).collect();
        feeds.dedup();
        let base = now as i64 / 3600 * 3600;
        let work = Work::new(&model, &catalog);
        World {
            seed: options.seed,
            base,
            page_size: options.page_size,
            rows: Rows::new(catalog, model, options.seed, base),
            paging: Paging::new(options.seed),
            trackers: Trackers::default(),
            work,
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
        self.work.settle(&mut self.rows, now);
        let catalog = Arc::clone(&self.rows.catalog);
        let plan = catalog.plans.get(&operation.id).ok_or_else(Refusal::not_found)?;
        let call = Call { product, operation, plan, arguments, now };
        if reports::serves(operation) {
            return self.report(call);
        }
        let spot = self.spot(call)?;
        if let Some(reply) = legal_holds::serve(self, call) {
            return reply;
        }
        let is_feed = matches!(operation.pages.as_ref().map(|pages| &pages.cursor), Some(Cursor::Tracker { .. }));
        match plan.kind {
            Kind::List if is_feed => self.feed(call, &spot.named),
            Kind::List if reports::filters_rows(operation) => self.typed_report(call, &spot.named),
            Kind::List => self.list(call, &spot.named),
            Kind::Get if spot.row.is_none() && catalog.tables[plan.table].key_param.is_some() => {
                let at = self.alike(call, &spot).ok_or_else(Refusal::not_found)?;
                self.show(call, at)
            }
            Kind::Get | Kind::Single => {
                let at = self.one(call, &spot);
                self.show(call, at)
            }
            Kind::Create | Kind::Update | Kind::Delete | Kind::Act => self.write(call, spot),
        }
    }

    /// The row that a read of one thing shows: the one that the path names, else the one that tells of what it names.
    fn one(&mut self, call: Call<'_>, spot: &Spot) -> At {
        match (spot.row, spot.about) {
            (Some(row), _) => row,
            (None, Some(about)) => {
                let at = (call.plan.table, about.1);
                if !self.rows.catalog.tables[at.0].listed {
                    self.rows.mirror(at, about);
                }
                at
            }
            (None, None) => (call.plan.table, 0),
        }
    }

    /// The first row that has what the path ends with, which is not its key: a range of the resource that is named.
    fn alike(&mut self, call: Call<'_>, spot: &Spot) -> Option<At> {
        let wire = path_params(call.operation).pop()?;
        let value = plain(spot.named.get(&wire)?);
        let places = self.rows.places(call.plan.table, &Named::default())?;
        let mut rows = places.into_iter().map(|index| (call.plan.table, index));
        rows.find(|at| {
            let fields = &self.rows.row(*at).fields;
            fields.iter().any(|(name, known)| same(name, &wire) && plain(known) == value)
        })
    }

    /// The answer of an operation on one row.
    pub(crate) fn show(&mut self, call: Call<'_>, at: At) -> Result<Reply, Refusal> {
        let shape = match (&call.operation.answer, &call.plan.shape) {
            (Answer::Bytes(media_type), _) => return Ok(self.file(at, media_type)),
            (Answer::Empty, _) | (Answer::Json(_), None) if call.operation.method != "GET" => {
                return Ok(Reply::empty(200));
            }
            // What is read is something, even where the documents do not say what.
            (Answer::Empty, _) | (Answer::Json(_), None) => {
                return Ok(Reply::json(200, &Value::Object(self.rows.row(at).fields.clone())));
            }
            (Answer::Json(ty), Some(shape)) if shape.item.is_none() && shape.path.is_empty() && *ty != Type::Json => {
                let seedling = self.rows.seedling(&self.rows.catalog.tables[at.0].id, at.1);
                let name = crate::names::singular(seedling.table.rsplit('.').next().unwrap_or("value"));
                return Ok(Reply::json(200, &seedling.value(call.product, &name, ty)));
            }
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
