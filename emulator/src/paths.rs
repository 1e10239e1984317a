//! What the path of a call names: all of it must exist, and stand below one another.

use crate::catalog::{Catalog, path_params};
use crate::names::{same, stem};
use crate::places::Named;
use crate::refusal::Refusal;
use crate::rows::At;
use crate::world::{Call, World};
use druva_api::Place;
use serde_json::json;

/// What a path names.
#[derive(Debug, Default)]
pub(crate) struct Spot {
    /// All of it, but for the row itself.
    pub(crate) named: Named,
    /// The row of the operation's own table.
    pub(crate) row: Option<At>,
    /// The last row of another table.
    pub(crate) about: Option<At>,
}

/// What a parameter of the path picks from.
pub(crate) struct Target {
    pub(crate) table: Option<usize>,
    /// It picks the row of the operation's own table.
    pub(crate) is_key: bool,
}

impl Catalog {
    /// What a parameter of the path picks, of an operation on the table `at`.
    pub(crate) fn target_of(&self, at: usize, wire: &str) -> Target {
        let table = &self.tables[at];
        let is_scope = table.scope.as_ref().is_some_and(|(param, _)| same(param, wire));
        let is_key = !is_scope && table.key_param.as_ref().is_some_and(|key| same(key, wire));
        let stem = stem(wire);
        let is_called = |above: &usize| {
            let words = &self.tables[*above].words;
            stem.as_ref().is_some_and(|stem| words.iter().any(|word| stem.ends_with(word.as_str())))
        };
        let above = self.lineage(at).into_iter().find(is_called);
        let picked = match &table.scope {
            _ if is_key => Some(at),
            Some((_, parent)) if is_scope => *parent,
            _ => above.or_else(|| self.entity(at, stem.as_ref()?, above.is_some())),
        };
        Target { table: picked, is_key }
    }
}

impl World {
    pub(crate) fn spot(&mut self, call: Call<'_>) -> Result<Spot, Refusal> {
        let Call { operation, plan, arguments, .. } = call;
        let mut spot = Spot::default();
        for wire in path_params(operation) {
            let param = operation.params.iter().find(|param| param.place == Place::Path && param.wire == wire);
            let Some(value) = param.and_then(|param| arguments.get(&param.name)) else { continue };
            // Organization 0 stands for all of them.
            if wire.eq_ignore_ascii_case("orgID") && *value == json!(0) {
                continue;
            }
            let Target { table, is_key } = self.rows.catalog.target_of(plan.table, &wire);
            if let Some(target) = table {
                let index = self.rows.find(target, value).ok_or_else(Refusal::not_found)?;
                let at = (target, index);
                if !self.rows.is_below(at, &spot.named) || !self.agrees(at, spot.about) {
                    return Err(Refusal::not_found());
                }
                if is_key { spot.row = Some(at) } else { spot.about = Some(at) }
            }
            if !is_key {
                spot.named.add(&wire, value.clone());
            }
        }
        Ok(spot)
    }

    /// Whether a row leads to that row of another table, if it leads there at all: a tenant belongs to its customer.
    pub(crate) fn agrees(&mut self, at: At, other: Option<At>) -> bool {
        other.is_none_or(|(table, index)| self.rows.related(at, table).is_none_or(|known| known == index))
    }
}
