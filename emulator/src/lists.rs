//! Lists: which rows, in pages of which size, going on in which way.

use crate::arguments::Arguments;
use crate::envelope::Facts;
use crate::http::Reply;
use crate::limits;
use crate::paging::Rules;
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::At;
use crate::shape::Shape;
use crate::world::{Call, World};
use crate::{filters, values};
use druva_api::{Cursor, OffsetUnit, Operation, Place};
use serde_json::json;
use std::sync::Arc;

impl World {
    pub(crate) fn list(&mut self, call: Call<'_>, named: &Named) -> Result<Reply, Refusal> {
        let Call { operation, plan, arguments, now, .. } = call;
        let Some(shape) = &plan.shape else { return Ok(Reply::json(200, &json!({}))) };
        let cursor = operation.pages.as_ref().map(|pages| &pages.cursor);
        let (mut query, mut position, mut chosen) = (arguments.clone(), None, None);
        if let Some(Cursor::Token { param, without, .. }) = cursor {
            let open = self.paging.open(
                &Rules { operation: &operation.id, param, without, lifetime: None },
                arguments,
                now,
            )?;
            (query, chosen) = (open.query.clone(), open.size);
            position = Some(open);
        }
        let places = self.rows.places(plan.table, named).ok_or_else(Refusal::not_found)?;
        let echoes = echoes(operation, &query);
        let mut places = filters::apply(&mut self.rows, plan.table, places, operation, &without(&query, &echoes));
        if let Some((_, value)) = echoes.first() {
            places.truncate(crate::dice::roll(self.seed, &operation.id, 0, value) as usize % 8);
        }
        let limits = limits::of(operation);
        let asked = limits::size_params(operation).find_map(|name| arguments.count(name));
        let size = asked.or(chosen).or(limits.ordinary).unwrap_or(self.page_size).min(self.page_size);
        let number = match cursor {
            Some(Cursor::Number { param, .. }) => arguments.count(param),
            _ => arguments.count("pageNumber"),
        };
        let number = number.unwrap_or(1);
        if number == 0 {
            return Err(Refusal::violation("pages are numbered from 1"));
        }
        let start = (number - 1).saturating_mul(size).min(places.len());
        let mut next = None;
        let range = match (position, cursor) {
            (Some(position), _) => {
                // Some lists begin at a numbered page and go on with a token.
                let (range, token) = self.paging.turn(position.skip(start), places.len(), size, now);
                next = token;
                range
            }
            (None, Some(Cursor::Number { .. })) => start..(start + size).min(places.len()),
            (None, Some(Cursor::Offset { param, unit, .. })) => {
                let passed = arguments.count(param).unwrap_or(0);
                let passed = if *unit == OffsetUnit::Pages { passed.saturating_mul(size) } else { passed };
                self.paging.pass(passed, places.len(), size)
            }
            _ => 0..places.len(),
        };
        let facts = Facts { total: places.len(), page_number: number, page_size: size };
        let texts: Vec<Arc<str>> =
            places[range].iter().map(|index| self.row_text(call, shape, (plan.table, *index), &echoes)).collect();
        let rows = format!("[{}]", texts.join(","));
        let text = self.wrapped(call, shape, &rows, &facts, |paging, top| match cursor {
            Some(Cursor::Token { field, .. }) => paging.mark(top, field, next),
            Some(Cursor::Offset { total: Some(total), .. }) => {
                top.insert(total.clone(), json!(facts.total));
            }
            _ => {}
        });
        Ok(Reply::text(200, "application/json", text))
    }

    fn row_text(&mut self, call: Call<'_>, shape: &Shape, at: At, echoes: &[(String, String)]) -> Arc<str> {
        if let Some(scalar) = &shape.scalar {
            let seedling = self.rows.seedling(&self.rows.catalog.tables[at.0].id, at.1);
            let name = crate::names::singular(shape.path.last().map_or(seedling.table, String::as_str));
            return seedling.value(call.product, &name, scalar).to_string().into();
        }
        let item = shape.item.as_deref().unwrap_or("");
        if echoes.is_empty() {
            return self.rows.text(at, item);
        }
        let mut row = self.rows.project(at, item);
        for (name, value) in echoes {
            values::put_deep(&mut row, name, value);
        }
        row.to_string().into()
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
