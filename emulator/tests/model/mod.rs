//! A small model with everything that Druva's products have and inSync has not: a provider and its customers, lists by
//! offset, feeds without an end, jobs that only a list tells of, forms, arguments in disguise.

use druva_api::Model;
use serde_json::{Value, json};

fn text() -> Value {
    json!({ "string": {} })
}

fn of(values: &[&str]) -> Value {
    json!({ "string": { "values": values } })
}

fn param(name: &str, place: &str, ty: Value, required: bool) -> Value {
    json!({ "name": name, "wire": name, "place": place, "type": ty, "required": required })
}

fn fields(fields: Vec<(&str, Value)>) -> Value {
    let fields: Vec<Value> = fields.into_iter().map(|(name, ty)| json!({ "name": name, "type": ty })).collect();
    json!({ "fields": fields })
}

fn list(item: &str) -> Value {
    json!({ "list": { "object": item } })
}

fn operation(id: &str, method: &str, path: &str, params: Vec<Value>, answer: &str, more: Value) -> Value {
    let mut operation = json!({
        "id": id, "method": method, "path": path, "summary": "Does it.", "params": params, "retry": "never",
        "answer": { "json": { "object": answer } }, "clouds": ["public"], "documents": [],
    });
    operation.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
    operation
}

pub(crate) fn model() -> Model {
    serde_json::from_value(json!({ "products": [provider(), orbit()], "errors": [], "options": [] })).expect("a model")
}

fn provider() -> Value {
    let customer = param("customerID", "path", text(), true);
    let token = json!({ "pages": { "items": "customers", "cursor": { "token": { "param": "pageToken", "field": "nextPageToken" } } } });
    let events = json!({ "pages": { "items": "events", "cursor": { "tracker": { "param": "pageToken", "field": "nextPageToken" } } } });
    let task = json!({ "waiter": { "state": "status", "finished": ["4"] } });
    let page = || vec![param("pageSize", "query", text(), false), param("pageToken", "query", text(), false)];
    let with_customer = |mut params: Vec<Value>| {
        params.insert(0, customer.clone());
        params
    };
    json!({
        "name": "msp", "title": "Provider", "summary": "An example.", "realm": "msp",
        "operations": [
            operation("msp.customers.list", "GET", "/msp/v3/customers", page(), "Customers", token),
            operation("msp.customers.get", "GET", "/msp/v3/customers/{customerID}", vec![customer.clone()], "Customer", json!({})),
            operation("msp.customers.create", "POST", "/msp/v3/customers", vec![param("customerName", "body", text(), true)], "Started", json!({})),
            operation("msp.customers.create_token", "POST", "/msp/v2/customers/{customerID}/token", with_customer(vec![param("grant_type", "body", text(), true)]), "Token", json!({ "form": true })),
            operation("msp.tenants.list", "GET", "/msp/v3/tenants", vec![], "Tenants", json!({})),
            operation("msp.tenants.suspend", "POST", "/msp/v2/customers/{customerID}/tenants/{tenantID}/suspend", with_customer(vec![param("tenantID", "path", text(), true)]), "Started", json!({})),
            operation("msp.customers.events.list", "GET", "/msp/v3/customers/{customerID}/events", with_customer(page()), "Events", events),
            operation("msp.tasks.get", "GET", "/msp/v2/tasks/{taskID}", vec![param("taskID", "path", text(), true)], "Task", task),
        ],
        "types": {
            "Customers": fields(vec![("customers", list("Customer")), ("nextPageToken", text())]),
            "Customer": fields(vec![("id", text()), ("customerName", text())]),
            "Tenants": fields(vec![("tenants", list("Tenant"))]),
            "Tenant": fields(vec![("id", text()), ("customerID", text()), ("customerName", text())]),
            "Events": fields(vec![("events", list("Event")), ("nextPageToken", text())]),
            "Event": fields(vec![("globalID", text()), ("customerName", text()), ("timeStamp", json!("integer"))]),
            "Started": fields(vec![("task", json!({ "object": "StartedTask" }))]),
            "StartedTask": fields(vec![("id", text())]),
            "Token": fields(vec![("access_token", text())]),
            "Task": fields(vec![("id", text()), ("status", json!("integer")), ("output", json!({ "object": "Output" })), ("updatedOn", json!("date_time"))]),
            "Output": fields(vec![("failed", json!("integer")), ("errorResp", json!("json"))]),
        },
    })
}

fn orbit() -> Value {
    let org = || param("orgID", "path", json!("integer"), true);
    let states = of(&["Queued", "Running", "Successful", "Failed", "Cancelled"]);
    let offset = json!({ "pages": { "items": "hits", "cursor": { "offset": { "param": "offset", "size": "limit", "default_size": 30, "total": "total" } } } });
    let mut holder = param("holder", "header", json!("integer"), true);
    holder["write"] = json!("pType=org;pID={}");
    let jobs =
        json!({ "waiter": { "state": "status", "finished": ["Successful", "Failed", "Cancelled"], "match": "jobID" } });
    let hunt = json!({ "waiter": { "state": "state", "finished": ["Successful", "Failed", "Cancelled"] } });
    json!({
        "name": "orbit", "title": "Orbit", "summary": "An example.",
        "operations": [
            operation("orbit.orgs.list", "GET", "/orbit/v1/orgs", vec![], "Orgs", json!({})),
            operation("orbit.things.list", "GET", "/orbit/v1/things", vec![
                param("offset", "query", json!("integer"), false),
                param("limit", "query", json!("integer"), false),
                param("filter", "query", json!({ "map": "json" }), false),
            ], "Things", offset),
            operation("orbit.things.names.list", "GET", "/orbit/v1/things/names", vec![holder], "Names", json!({ "answer": { "json": { "list": { "string": {} } } } })),
            operation("orbit.nas.jobs.list", "GET", "/orbit/nas/v1/orgs/{orgID}/reports/jobs", vec![org()], "Jobs", jobs.clone()),
            operation("orbit.disks.jobs.list", "GET", "/orbit/disks/v1/orgs/{orgID}/reports/jobs", vec![org()], "Jobs", jobs),
            operation("orbit.nas.restores.create", "POST", "/orbit/nas/v2/orgs/{orgID}/jobs/restore", vec![org(), param("shares", "body", list("Share"), true)], "StartedJobs", json!({})),
            operation("orbit.nas.jobs.cancel", "POST", "/orbit/nas/v2/orgs/{orgID}/jobs/cancel", vec![org(), param("jobID", "body", json!("integer"), true)], "StartedJob", json!({})),
            operation("orbit.hunts.list", "GET", "/orbit/v1/hunts", vec![], "Hunts", json!({})),
            operation("orbit.hunts.create", "POST", "/orbit/v1/hunts", vec![], "StartedHunt", json!({})),
            operation("orbit.hunts.summary.get", "GET", "/orbit/v1/hunts/{huntID}/summary", vec![param("huntID", "path", json!("integer"), true)], "Summary", hunt),
        ],
        "types": {
            "Orgs": fields(vec![("orgs", list("Org"))]),
            "Org": fields(vec![("orgID", json!("integer")), ("name", text())]),
            "Things": fields(vec![("hits", list("Thing")), ("total", json!("integer"))]),
            "Thing": fields(vec![("id", json!("integer")), ("name", text())]),
            "Names": fields(vec![]),
            "Jobs": fields(vec![("jobs", list("Job"))]),
            "Job": fields(vec![("jobID", json!("integer")), ("jobType", of(&["Backup", "Restore"])), ("status", states.clone()), ("endTime", json!("date_time"))]),
            "Share": fields(vec![("name", text())]),
            "StartedJobs": fields(vec![("jobIDs", json!({ "list": "integer" }))]),
            "StartedJob": fields(vec![("jobID", json!("integer"))]),
            "Hunts": fields(vec![("hunts", list("Hunt"))]),
            "Hunt": fields(vec![("huntID", json!("integer")), ("state", states.clone())]),
            "StartedHunt": fields(vec![("huntID", json!("integer")), ("message", text())]),
            "Summary": fields(vec![("huntID", json!("integer")), ("state", states), ("found", json!("integer"))]),
        },
    })
}
