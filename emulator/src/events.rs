//! Event feeds: a tracker over a list that grows.

use crate::arguments::plain;
use crate::dice;
use crate::envelope::Facts;
use crate::filters;
use crate::http::Reply;
use crate::limits;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::At;
use crate::values::stamp;
use crate::world::{Call, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use druva_api::Cursor;
use serde_json::{Value, json};
use std::collections::HashMap;

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

#[derive(Clone, Default)]
struct Place {
    operation: String,
    /// Events before it.
    offset: usize,
    given_at: f64,
    page: u64,
}

impl World {
    /// Answers a call of a feed with a tracker.
    pub(crate) fn feed(&mut self, call: Call<'_>, named: &Named) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let (Some(Cursor::Tracker { param, field, more }), Some(shape)) =
            (operation.pages.as_ref().map(|pages| &pages.cursor), &plan.shape)
        else {
            return Err(Refusal::not_found());
        };
        let places = self.rows.places(plan.table, named).ok_or_else(Refusal::not_found)?;
        let received = arguments.text(param).filter(|tracker| !tracker.is_empty());
        let place = match &received {
            None => Place { page: 1, ..Place::default() },
            Some(tracker) => self.follow(call, param, tracker, places.len())?,
        };
        let start = place.offset.min(places.len());
        let limits = limits::of(operation);
        let asked = limits::size_params(operation).find_map(|name| arguments.count(name));
        let size = asked.or(limits.ordinary).unwrap_or(limits.most).min(self.page_size);
        let mut query = arguments.clone();
        query.0.remove(param);
        let mut chosen = filters::apply(&mut self.rows, plan.table, places[start..].to_vec(), operation, &query);
        let left = chosen.len().saturating_sub(size);
        chosen.truncate(size);
        let hollow = self.paging.is_hollow(place.page) && !chosen.is_empty();
        if hollow {
            chosen.clear();
        }
        // What does not pass the filters is passed over for good.
        let end = match chosen.last() {
            _ if hollow => start,
            _ if left == 0 => places.len(),
            Some(last) => places.iter().position(|index| index == last).map_or(start, |position| position + 1),
            None => start,
        };
        let item = shape.item.as_deref().unwrap_or("");
        let events: Vec<String> =
            chosen.iter().map(|index| self.event((plan.table, *index), item).to_string()).collect();
        let tracker = match received.filter(|_| self.paging.repeats()) {
            Some(repeated) => repeated,
            None => {
                let operation = operation.id.clone();
                self.track(Place { operation, offset: end, given_at: now, page: place.page + 1 })
            }
        };
        let facts = Facts { total: places.len(), page_number: 1, page_size: size };
        let text = self.wrapped(call, shape, &format!("[{}]", events.join(",")), &facts, |_, top| {
            top.insert(field.clone(), json!(tracker));
            if let Some(more) = more {
                top.insert(more.clone(), json!(end < places.len()));
            }
        });
        Ok(Reply::text(200, "application/json", text))
    }

    /// Where a tracker leads. One that has expired leads past everything for those who want that.
    fn follow(&self, call: Call<'_>, param: &str, tracker: &str, count: usize) -> Result<Place, Refusal> {
        let place = self.trackers.given.get(tracker).filter(|place| place.operation == call.operation.id);
        let place = place.ok_or_else(|| Refusal::violation(format!("{param} is no tracker of this feed")))?;
        let expires = param.to_ascii_lowercase().contains("tracker");
        if !expires || call.now - place.given_at <= LIFETIME {
            return Ok(place.clone());
        }
        let skips = call.arguments.text("ignoreTrackerExpiry").is_some_and(|ignores| ignores == "true");
        if skips {
            return Ok(Place { offset: count, ..place.clone() });
        }
        Err(Refusal::new(400, format!("{param} has expired")))
    }

    /// One event: those of the start stand in the order in which they happened.
    fn event(&mut self, at: At, item: &str) -> Value {
        let mut event = self.rows.project(at, item);
        let catalog = std::sync::Arc::clone(&self.rows.catalog);
        let table = &catalog.tables[at.0];
        if at.1 < self.rows.total(at.0)
            && let Some(time) = event.get_mut("timeStamp")
        {
            let after = at.1 % table.size.max(1);
            *time = stamp(time, (self.base - (table.size - after) as i64 * SPACING) as f64);
        }
        // How real ones differ is known of inSync only.
        if table.id.starts_with("insync.") { deviate(event, at.1) } else { event }
    }

    fn track(&mut self, place: Place) -> String {
        let count = self.trackers.given.len() as u64;
        let tracker = STANDARD.encode(format!("{count}~{}", dice::hex(self.seed, "tracker", count, "", 24)));
        self.trackers.given.insert(tracker.clone(), place);
        tracker
    }

    /// New events in every feed with a tracker, of every parent.
    pub(crate) fn emit_events(&mut self, count: usize, now: f64) {
        let catalog = std::sync::Arc::clone(&self.rows.catalog);
        for table in self.feeds.clone() {
            let parents: Vec<Named> = match &catalog.tables[table].scope {
                None => vec![Named::default()],
                Some((param, Some(parent))) => {
                    let places = self.rows.places(*parent, &Named::default()).unwrap_or_default();
                    let key = |index: usize| self.rows.key(&catalog.tables[*parent], index);
                    places.into_iter().map(|index| Named::one(param, key(index))).collect()
                }
                Some((_, None)) => Vec::new(),
            };
            for named in parents {
                for _ in 0..count {
                    self.rows.happen(table, named.clone(), now);
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
