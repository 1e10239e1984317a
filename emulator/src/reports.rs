//! Reports: their list, and their rows, which agree with the devices and users of inSync.

use crate::arguments::{Arguments, plain};
use crate::clock::{parse, rfc3339_millis};
use crate::columns::{self, Source};
use crate::envelope::Facts;
use crate::filters::comparable;
use crate::http::Reply;
use crate::limits;
use crate::paging::Rules;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::world::{Call, World};
use druva_api::{Cursor, Operation, Place, Product, Type};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// A page token of a report is good for five minutes.
const TOKEN_LIFETIME: f64 = 300.0;
const DAY: f64 = 86_400.0;

/// Reports by the first letters of their ids: name and number of the product.
const PRODUCTS: &[(&str, &str, i64)] = &[
    ("ep", "Endpoints", 8193),
    ("m365", "Microsoft 365", 8193),
    ("google", "Google Workspace", 8193),
    ("sfdc", "Salesforce", 8196),
    ("dg", "Data Governance", 8197),
    ("ew", "Enterprise Workloads", 12289),
];

/// Reports about attacks and recovery are named like those of Data Governance and belong to another product.
const CYBER_RESILIENCE: &[&str] = &[
    "dgRollbackActions",
    "dgUnusualDataActivityAlerts",
    "dgDataAccessEvents",
    "dgQuarantineResources",
    "dgMaliciousScanJob",
    "dgCuratedSnapshots",
];

type Table = Arc<Vec<Map<String, Value>>>;

/// The rows of the reports that were asked for, with the state of the data that they were made from.
#[derive(Default)]
pub(crate) struct Cache {
    made: HashMap<String, (u64, Table)>,
}

/// Whether an operation belongs here.
pub(crate) fn serves(operation: &Operation) -> bool {
    operation.path.starts_with("/platform/reporting/")
}

/// Whether an operation lists rows that conditions in its body choose from.
pub(crate) fn filters_rows(operation: &Operation) -> bool {
    let takes = |param: &druva_api::Param| param.place == Place::Body && param.wire == "filters";
    let is_token = matches!(operation.pages.as_ref().map(|pages| &pages.cursor), Some(Cursor::Token { .. }));
    is_token && operation.params.iter().any(takes)
}

fn filters(arguments: &Arguments) -> Value {
    arguments.get("filters").cloned().unwrap_or_else(|| json!({}))
}

fn filter_list(filters: &Value) -> &[Value] {
    filters.get("filterBy").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl World {
    /// Answers an operation on reports.
    pub(crate) fn report(&mut self, call: Call<'_>) -> Result<Reply, Refusal> {
        match call.arguments.text("reportID") {
            Some(id) => self.report_rows(call, &id),
            None => Ok(list(call.product, call.arguments)),
        }
    }

    fn report_rows(&mut self, call: Call<'_>, id: &str) -> Result<Reply, Refusal> {
        if !ids(call.product).any(|known| known == id) {
            return Err(Refusal::not_found());
        }
        let conditions = conditions(&filters(call.arguments), id)?;
        let rows = self.report_table(id, call.now);
        self.page(call, &conditions, &rows)
    }

    /// A report whose rows the documents describe.
    pub(crate) fn typed_report(&mut self, call: Call<'_>, named: &Named) -> Result<Reply, Refusal> {
        let Call { plan, arguments, .. } = call;
        // What may be compared, and how, was checked where the documents say it.
        let conditions: Vec<Condition> = filter_list(&filters(arguments)).iter().filter_map(Condition::read).collect();
        let item = plan.shape.as_ref().and_then(|shape| shape.item.as_deref()).unwrap_or("");
        let places = self.rows.places(plan.table, named).ok_or_else(Refusal::not_found)?;
        let rows = places.into_iter().map(|index| match self.rows.project((plan.table, index), item) {
            Value::Object(row) => row,
            _ => Map::new(),
        });
        let rows: Vec<Map<String, Value>> = rows.collect();
        self.page(call, &conditions, &rows)
    }

    /// One page of the rows that fulfil all conditions.
    fn page(
        &mut self,
        call: Call<'_>,
        conditions: &[Condition],
        rows: &[Map<String, Value>],
    ) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let (Some(Cursor::Token { param, field, without }), Some(shape)) =
            (operation.pages.as_ref().map(|pages| &pages.cursor), &plan.shape)
        else {
            return Err(Refusal::not_found());
        };
        let rules = Rules { operation: &operation.id, param, without, lifetime: Some(TOKEN_LIFETIME) };
        let position = self.paging.open(&rules, arguments, now)?;
        let filters = filters(&position.query);
        let has_date = conditions.iter().any(|condition| columns::is_time(&condition.field));
        let fresh = |row: &Map<String, Value>| {
            row.get("lastUpdatedTime").and_then(comparable).is_none_or(|time| time >= now - DAY)
        };
        let chosen: Vec<&Map<String, Value>> = rows
            .iter()
            .filter(|row| (has_date || fresh(row)) && conditions.iter().all(|condition| condition.holds(row)))
            .collect();
        let size = filters
            .get("pageSize")
            .and_then(|size| plain(size).parse().ok())
            .or(limits::of(operation).ordinary)
            .unwrap_or(self.page_size)
            .min(self.page_size);
        let (range, next) = self.paging.turn(position, chosen.len(), size, now);
        let rows: Vec<String> = chosen[range].iter().map(|row| Value::Object((*row).clone()).to_string()).collect();
        let facts = Facts { total: chosen.len(), page_number: 1, page_size: size };
        let text = self.wrapped(call, shape, &format!("[{}]", rows.join(",")), &facts, |paging, top| {
            top.insert("filters".into(), filters);
            top.insert("lastSyncTimestamp".into(), json!(rfc3339_millis(now)));
            paging.mark(top, field, next);
        });
        Ok(Reply::text(200, "application/json", text))
    }

    fn report_table(&mut self, id: &str, now: f64) -> Table {
        let state = self.rows.state();
        if let Some((made_from, table)) = self.reports.made.get(id)
            && *made_from == state
        {
            return Arc::clone(table);
        }
        let insync = |name: &str| self.rows.catalog.tables.iter().position(|table| table.id == name);
        let source = match columns::source(id) {
            Source::Devices => insync("insync.devices"),
            Source::Users => insync("insync.users"),
            Source::Other => None,
        };
        let places: Vec<(Option<usize>, usize)> = match source {
            Some(at) => self
                .rows
                .places(at, &Named::default())
                .unwrap_or_default()
                .into_iter()
                .map(|index| (Some(at), index))
                .collect(),
            None => (0..columns::OTHER_ROWS).map(|index| (None, index)).collect(),
        };
        let table: Table =
            Arc::new(places.into_iter().map(|(at, index)| columns::row(&mut self.rows, id, at, index, now)).collect());
        self.reports.made.insert(id.to_owned(), (state, Arc::clone(&table)));
        table
    }
}

/// The ids of all reports: those that the model names.
fn ids(product: &Product) -> impl Iterator<Item = &str> {
    let params =
        product.operations.iter().filter(|operation| serves(operation)).flat_map(|operation| &operation.params);
    params.filter(|param| param.name == "reportID").flat_map(|param| match &param.ty {
        Type::String { values } => values.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    })
}

fn list(product: &Product, arguments: &Arguments) -> Reply {
    let wanted = arguments.get("productIDs").map(|value| match value {
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>(),
        one => plain(one).split(',').map(str::to_owned).collect(),
    });
    let reports: Vec<Value> = ids(product)
        .filter_map(|id| {
            let (prefix, mut title, mut number) = PRODUCTS.iter().copied().find(|(prefix, ..)| id.starts_with(prefix))?;
            if CYBER_RESILIENCE.contains(&id) {
                (title, number) = ("Cyber Resilience", 36880);
            }
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&number.to_string())) {
                return None;
            }
            let name = spaced(&id[prefix.len()..]);
            let description = format!("{name} of {title}");
            Some(json!({ "reportID": id, "reportName": name, "reportDescription": description, "productName": title, "version": "v2" }))
        })
        .collect();
    // Where there is nothing to list, Druva sends null.
    Reply::json(200, &json!({ "reports": if reports.is_empty() { Value::Null } else { json!(reports) } }))
}

/// `LastBackupStatus` -> `Last Backup Status`
fn spaced(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && text.ends_with(|last: char| last.is_ascii_lowercase()) {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

struct Condition {
    field: String,
    operator: String,
    values: Vec<Value>,
}

fn conditions(filters: &Value, id: &str) -> Result<Vec<Condition>, Refusal> {
    let known = columns::of(id);
    filter_list(filters)
        .iter()
        .map(|filter| {
            let condition = Condition::read(filter)
                .ok_or_else(|| Refusal::violation("a filter needs fieldName, operator and value"))?;
            if !known.contains(&condition.field.as_str()) {
                return Err(Refusal::violation(format!(
                    "report {id} has no column {:?}; it has {}",
                    condition.field,
                    known.join(", ")
                )));
            }
            let is_order = ["LT", "LTE", "GT", "GTE"].contains(&condition.operator.as_str());
            if !is_order && !["EQUAL", "NOTEQUAL", "CONTAINS"].contains(&condition.operator.as_str()) {
                return Err(Refusal::violation(format!("there is no operator {:?}", condition.operator)));
            }
            let is_date = |value: &Value| value.as_str().is_some_and(|text| parse(text).is_some());
            if is_order && columns::is_time(&condition.field) && !condition.values.iter().all(is_date) {
                return Err(Refusal::violation(format!("{} is compared with an RFC 3339 time", condition.field)));
            }
            Ok(condition)
        })
        .collect()
}

impl Condition {
    fn read(filter: &Value) -> Option<Condition> {
        let member = |name: &str| filter.get(name).filter(|value| !value.is_null());
        let values = match member("value")? {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        Some(Condition { field: plain(member("fieldName")?), operator: plain(member("operator")?), values })
    }

    fn holds(&self, row: &Map<String, Value>) -> bool {
        let Some(found) = row.get(&self.field) else { return false };
        let text = plain(found).to_lowercase();
        let same = |value: &Value| match (comparable(found), comparable(value)) {
            (Some(one), Some(other)) => one == other,
            _ => plain(value).to_lowercase() == text,
        };
        let compare = |holds: &dyn Fn(f64, f64) -> bool| {
            comparable(found).is_some_and(|one| {
                self.values.iter().all(|value| comparable(value).is_some_and(|other| holds(one, other)))
            })
        };
        match self.operator.as_str() {
            "EQUAL" => self.values.iter().any(same),
            "NOTEQUAL" => !self.values.iter().any(same),
            "CONTAINS" => self.values.iter().any(|value| text.contains(&plain(value).to_lowercase())),
            "LT" => compare(&|one, other| one < other),
            "LTE" => compare(&|one, other| one <= other),
            "GT" => compare(&|one, other| one > other),
            _ => compare(&|one, other| one >= other),
        }
    }
}
