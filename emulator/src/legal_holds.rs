//! Legal holds where they differ from the rest: custodians are put on a hold by their e-mail address, and download jobs
//! are steered several at a time.

use crate::arguments::{Arguments, plain};
use crate::envelope::Facts;
use crate::http::Reply;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::At;
use crate::world::{Call, World};
use serde_json::{Value, json};
use std::sync::Arc;

/// The parameter that names a hold.
const HOLD: &str = "policyId";

/// Answers what only legal holds do; `None`: nothing special.
pub(crate) fn serve(world: &mut World, call: Call<'_>) -> Option<Result<Reply, Refusal>> {
    let Call { operation, plan, arguments, .. } = call;
    match operation.id.as_str() {
        "insync.legal_holds.custodians.update" => Some(world.change_custodians(plan.table, arguments)),
        "insync.legal_holds.list_by_custodians" => Some(Ok(world.holds_of_custodians(plan.table, arguments))),
        "insync.legal_holds.download_jobs.control" => Some(world.steer_jobs(call)),
        _ => None,
    }
}

/// The addresses in `[{"emailId": ...}]`.
fn addresses(arguments: &Arguments) -> Vec<String> {
    let list = arguments.get("custodians").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(|custodian| custodian.get("emailId")).map(plain).collect()
}

impl World {
    fn table(&self, id: &str) -> Option<usize> {
        self.rows.catalog.tables.iter().position(|table| table.id == id)
    }

    /// The custodian of a hold with that address.
    fn custodian(&mut self, table: usize, hold: &Value, email: &str) -> Option<At> {
        let places = self.rows.places(table, &Named::one(HOLD, hold.clone()))?;
        places.into_iter().map(|index| (table, index)).find(|at| {
            self.rows.lookup(*at, "userEmail").is_some_and(|known| plain(&known).eq_ignore_ascii_case(email))
        })
    }

    fn change_custodians(&mut self, table: usize, arguments: &Arguments) -> Result<Reply, Refusal> {
        let users = self.table("insync.users").ok_or_else(Refusal::not_found)?;
        let hold = arguments.get("policyId").cloned().ok_or_else(Refusal::not_found)?;
        let adds = match arguments.text("action").as_deref() {
            Some("delete") => false,
            Some("add") | None => true,
            _ => return Err(Refusal::violation("action must be add or delete")),
        };
        let (mut already, mut absent, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
        for email in addresses(arguments) {
            let entry = json!({ "emailId": email });
            let everybody = self.rows.places(users, &Named::default()).unwrap_or_default();
            let user = everybody.into_iter().map(|index| (users, index)).find(|at| {
                self.rows.lookup(*at, "emailID").is_some_and(|known| plain(&known).eq_ignore_ascii_case(&email))
            });
            let Some(user) = user else {
                strangers.push(entry);
                continue;
            };
            match (self.custodian(table, &hold, &email), adds) {
                (Some(_), true) => already.push(entry),
                (None, false) => absent.push(entry),
                (Some(at), false) => self.rows.delete(at),
                (None, true) => {
                    self.rows.create(table, Named::one(HOLD, hold.clone()), Some(user));
                }
            }
        }
        Ok(Reply::json(
            200,
            &json!({ "alreadyOnLegalhold": already, "notOnLegalhold": absent, "notInsyncUsers": strangers }),
        ))
    }

    fn holds_of_custodians(&mut self, holds: usize, arguments: &Arguments) -> Reply {
        let catalog = Arc::clone(&self.rows.catalog);
        let custodians = self.table("insync.legal_holds.custodians").unwrap_or(holds);
        let keys: Vec<Value> = self
            .rows
            .places(holds, &Named::default())
            .unwrap_or_default()
            .into_iter()
            .map(|index| self.rows.key(&catalog.tables[holds], index))
            .collect();
        let found: Vec<Value> = addresses(arguments)
            .into_iter()
            .map(|email| {
                let on: Vec<&Value> =
                    keys.iter().filter(|key| self.custodian(custodians, key, &email).is_some()).collect();
                json!({ "emailId": email, "policyIds": on })
            })
            .collect();
        Reply::json(200, &json!({ "custodians": found }))
    }

    fn steer_jobs(&mut self, call: Call<'_>) -> Result<Reply, Refusal> {
        let Call { plan, arguments, now, .. } = call;
        let Some(shape) = &plan.shape else { return Err(Refusal::not_found()) };
        let ids = arguments.get("jobIds").and_then(Value::as_array).cloned().unwrap_or_default();
        let jobs: Option<Vec<At>> =
            ids.iter().map(|id| self.rows.find(plan.table, id).map(|index| (plan.table, index))).collect();
        let jobs = jobs.ok_or_else(|| Refusal::new(400, "One of the jobs does not exist."))?;
        let state = match arguments.text("action").as_deref() {
            Some("Cancel") => "Cancelled",
            Some("Pause") => "Paused",
            Some("Resume") => "Running",
            _ => "Queued",
        };
        for at in &jobs {
            self.work.stop(*at);
            if let Some(kind) = self.work.kind_of(at.0).filter(|_| state == "Queued" || state == "Running") {
                self.work.start(&mut self.rows, kind, *at, now);
            }
            self.rows.change(*at).insert("jobStatus".into(), json!(state));
        }
        let item = shape.item.as_deref().unwrap_or("");
        let texts: Vec<Arc<str>> = jobs.iter().map(|at| self.rows.text(*at, item)).collect();
        let facts = Facts { total: jobs.len(), page_number: 1, page_size: jobs.len() };
        let text = self.wrapped(call, shape, &format!("[{}]", texts.join(",")), &facts, |_, _| {});
        Ok(Reply::text(200, "application/json", text))
    }
}
