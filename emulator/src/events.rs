//! The inSync event feed: a tracker over a list that grows.

use crate::arguments::plain;
use crate::clock::rfc3339;
use crate::dice;
use crate::envelope::Facts;
use crate::http::Reply;
use crate::refusal::Refusal;
use crate::rows::At;
use crate::world::{Call, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use druva_api::Cursor;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Most events in one answer.
const MOST: usize = 500;
/// A tracker is good for two days.
const LIFETIME: f64 = 48.0 * 3600.0;
/// One new event for so many seconds that tests advance the clock by. Real time adds none, so that a test knows what comes.
const SECONDS_AN_EVENT: f64 = 600.0;
/// Seconds between the events that are there at the start.
const SPACING: i64 = 1_200;

/// The trackers that were given out.
#[derive(Default)]
pub(crate) struct Trackers {
    given: HashMap<String, Place>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    /// Events before it.
    offset: usize,
    given_at: f64,
    page: u64,
}

impl World {
    /// Answers a call of a feed with a tracker.
    pub(crate) fn feed(&mut self, call: Call<'_>) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let (Some(Cursor::Tracker { param, field, more }), Some(shape)) =
            (operation.pages.as_ref().map(|pages| &pages.cursor), &plan.shape)
        else {
            return Err(Refusal::not_found());
        };
        let received = arguments.text(param).filter(|tracker| !tracker.is_empty());
        let place = match &received {
            None => Place { page: 1, ..Place::default() },
            Some(tracker) => {
                let place = self
                    .trackers
                    .given
                    .get(tracker)
                    .copied()
                    .ok_or_else(|| Refusal::violation(format!("{param} is no tracker of this feed")))?;
                if now - place.given_at > LIFETIME {
                    return Err(Refusal::new(400, format!("{param} has expired")));
                }
                place
            }
        };
        let places = self.rows.places(plan.table, None).unwrap_or_default();
        let start = place.offset.min(places.len());
        let hollow = self.paging.is_hollow(place.page) && start < places.len();
        let end = if hollow { start } else { (start + MOST.min(self.page_size)).min(places.len()) };
        let item = shape.item.as_deref().unwrap_or("");
        let events: Vec<String> =
            places[start..end].iter().map(|index| self.event((plan.table, *index), item).to_string()).collect();
        let tracker = match received.filter(|_| self.paging.repeats()) {
            Some(repeated) => repeated,
            None => self.track(Place { offset: end, given_at: now, page: place.page + 1 }),
        };
        let facts = Facts { total: places.len(), page_number: 1, page_size: MOST };
        let goes_on = end < places.len();
        let text = self.wrapped(call, shape, &format!("[{}]", events.join(",")), &facts, |_, top| {
            top.insert(field.clone(), json!(tracker));
            if let Some(more) = more {
                top.insert(more.clone(), json!(goes_on));
            }
        });
        Ok(Reply::text(200, "application/json", text))
    }

    /// One event: those of the start stand in the order in which they happened.
    fn event(&mut self, at: At, item: &str) -> Value {
        let mut event = self.rows.project(at, item);
        let size = self.rows.catalog.tables[at.0].size;
        if let Some(time) = event.get_mut("timeStamp").filter(|_| at.1 < size) {
            *time = json!(rfc3339(self.base - (size - at.1) as i64 * SPACING));
        }
        deviate(event, at.1)
    }

    fn track(&mut self, place: Place) -> String {
        let count = self.trackers.given.len() as u64;
        let tracker = STANDARD.encode(format!("{count}~{}", dice::hex(self.seed, "tracker", count, "", 24)));
        self.trackers.given.insert(tracker.clone(), place);
        tracker
    }

    /// New events in every feed with a tracker.
    pub(crate) fn emit_events(&mut self, count: usize, now: f64) {
        let catalog = std::sync::Arc::clone(&self.rows.catalog);
        for table in self.feeds.clone() {
            for _ in 0..count {
                let index = self.rows.create(table, None, None);
                let names: Vec<String> = catalog.tables[table]
                    .fields
                    .iter()
                    .map(|(name, _)| name.clone())
                    .filter(|name| name.eq_ignore_ascii_case("timestamp"))
                    .collect();
                for name in names {
                    self.rows.change((table, index)).insert(name, json!(rfc3339(now as i64)));
                }
            }
        }
    }

    /// The feeds grow while the clock is moved.
    pub(crate) fn grow(&mut self, seconds: f64, now: f64) {
        self.growth += seconds / SECONDS_AN_EVENT;
        let count = self.growth as usize;
        self.growth -= count as f64;
        self.emit_events(count, now);
    }
}

/// Real events differ from their document: another spelling of the time, a number for the severity, no initiator.
fn deviate(mut event: Value, index: usize) -> Value {
    if let Value::Object(fields) = &mut event {
        if index % 7 == 3
            && let Some(time) = fields.remove("timeStamp")
        {
            fields.insert("timestamp".into(), time);
        }
        for name in ["severity", "facility"] {
            if index % 5 == 2
                && let Some(value) = fields.get_mut(name)
            {
                *value = plain(value).parse::<i64>().map_or(Value::Null, |number| json!(number));
            }
        }
        if index % 4 == 1
            && let Some(initiator) = fields.get_mut("initiator")
        {
            *initiator = Value::Null;
        }
    }
    event
}
