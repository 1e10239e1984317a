//! Which rows there are: below which parents they stand, and by what keys they are found.

use crate::arguments::plain;
use crate::catalog::{Catalog, Table};
use crate::dice;
use crate::names::same;
use crate::rows::{At, Rows};
use serde_json::{Value, json};
use std::sync::Arc;

/// Parents without a table, an organization of AWS say, have blocks of rows, as many as that.
pub(crate) const BLOCKS: usize = 10_000;
/// Keys that are no numbers end in 48 bits from which the place of their row can be told.
const KEY_BITS: u64 = (1 << 48) - 1;
const STRIDE: u64 = 0x5851_f42d_4c95;
const BACK: u64 = inverse(STRIDE);

/// Rows that exist because somebody asked for them have their places from here on.
const ADOPTED: usize = 1 << 40;

/// What a path names, by the wire names of its parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named(Vec<(String, Value)>);

impl Named {
    pub(crate) fn one(wire: &str, value: Value) -> Named {
        Named(vec![(wire.to_owned(), value)])
    }

    pub(crate) fn add(&mut self, wire: &str, value: Value) {
        self.0.push((wire.to_owned(), value));
    }

    pub(crate) fn get(&self, wire: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| same(known, wire)).map(|(_, value)| value)
    }

    /// The value of a field that is called like something in the path.
    pub(crate) fn of(&self, field: &str) -> Option<&Value> {
        self.get(field)
    }

    /// Whether a row that came when this was named belongs to a list of what `asked` names.
    fn is_below(&self, asked: &Named, scope: Option<&str>) -> bool {
        asked.0.iter().all(|(wire, value)| match self.get(wire) {
            Some(own) => plain(own) == plain(value),
            None => !scope.is_some_and(|scope| same(scope, wire)),
        })
    }
}

impl Catalog {
    /// How many rows a table has at the start, of all parents together.
    pub(crate) fn total(&self, at: usize) -> usize {
        let table = &self.tables[at];
        match &table.scope {
            None => table.size,
            Some((_, Some(parent))) => table.size * self.total(*parent),
            Some((_, None)) => table.size * BLOCKS,
        }
    }
}

impl Rows {
    pub(crate) fn total(&self, at: usize) -> usize {
        self.catalog.total(at)
    }

    /// The places of all rows below what is named; `None` when there is no such parent.
    pub(crate) fn places(&mut self, at: usize, named: &Named) -> Option<Vec<usize>> {
        let (first, count) = self.span(at, named)?;
        let (total, scope) = (self.total(at), self.catalog.tables[at].scope.as_ref().map(|(param, _)| param.as_str()));
        let store = &self.stores[at];
        let created = store.created.iter().enumerate().filter(|(_, created)| created.named.is_below(named, scope));
        let exists = |index: &usize| store.rows.get(index).is_none_or(|row| !row.deleted);
        Some((first..first + count).chain(created.map(|(n, _)| total + n)).filter(exists).collect())
    }

    /// The place of the first row below what is named, and how many there are at the start.
    fn span(&mut self, at: usize, named: &Named) -> Option<(usize, usize)> {
        let catalog = Arc::clone(&self.catalog);
        let table = &catalog.tables[at];
        let Some((param, parent)) = &table.scope else { return Some((0, table.size)) };
        match (named.get(param), parent) {
            (Some(key), Some(parent)) => {
                let index = self.find(*parent, key)?;
                Some((index * table.size, if index < self.total(*parent) { table.size } else { 0 }))
            }
            (Some(key), None) => {
                // All tables give a parent the same block, so that what stands below it can be followed.
                let block = (dice::roll(self.seed, "parent", 0, &plain(key)) % BLOCKS as u64) as usize;
                self.parents.insert(block, key.clone());
                Some((block * table.size, table.size))
            }
            (None, Some(parent)) => {
                let (first, count) = self.span(*parent, named)?;
                Some((first * table.size, count * table.size))
            }
            (None, None) => Some((0, table.size)),
        }
    }

    /// The row with that key.
    pub(crate) fn find(&mut self, at: usize, key: &Value) -> Option<usize> {
        let catalog = Arc::clone(&self.catalog);
        let table = &catalog.tables[at];
        let text = plain(key);
        let decoded = if table.numeric {
            text.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
        } else {
            self.decode(table, &text).filter(|index| plain(&self.key(table, *index)) == text)
        };
        let known = |index: &usize| *index < self.total(at) + self.stores[at].created.len();
        let index = match decoded.filter(known) {
            None if table.open => self.adopt(table, key),
            other => other?,
        };
        let deleted = self.stores[at].rows.get(&index).is_some_and(|row| row.deleted);
        (!deleted).then_some(index)
    }

    fn adopt(&mut self, table: &Table, key: &Value) -> usize {
        let index = ADOPTED + (dice::roll(self.seed, &table.id, 0, &plain(key)) % ADOPTED as u64) as usize;
        self.adopted.insert(index, key.clone());
        index
    }

    /// Whether a row stands below what is named.
    pub(crate) fn is_below(&mut self, (at, index): At, named: &Named) -> bool {
        let total = self.total(at);
        if self.catalog.tables[at].scope.is_none() {
            return true;
        }
        if let Some(created) = index.checked_sub(total).and_then(|n| self.stores[at].created.get(n)) {
            let scope = self.catalog.tables[at].scope.as_ref().map(|(param, _)| param.as_str());
            return created.named.is_below(named, scope);
        }
        self.span(at, named).is_some_and(|(first, count)| (first..first + count).contains(&index))
    }

    /// The row that a row stands below.
    pub(crate) fn parent(&mut self, (at, index): At) -> Option<At> {
        let catalog = Arc::clone(&self.catalog);
        let (param, parent) = catalog.tables[at].scope.as_ref()?;
        let parent = (*parent)?;
        match index.checked_sub(self.total(at)).map(|n| self.stores[at].created.get(n)) {
            None => Some((parent, index / catalog.tables[at].size.max(1))),
            Some(created) => {
                let key = created?.named.get(param)?.clone();
                Some((parent, self.find(parent, &key)?))
            }
        }
    }

    /// What a row stands below that has no table.
    pub(crate) fn outer(&self, (at, index): At) -> Named {
        let table = &self.catalog.tables[at];
        if let Some(created) = index.checked_sub(self.total(at)).and_then(|n| self.stores[at].created.get(n)) {
            return created.named.clone();
        }
        let parent = |param: &str, index: usize| {
            let known = self.parents.get(&(index / table.size.max(1)))?;
            Some(Named::one(param, known.clone()))
        };
        match &table.scope {
            Some((param, None)) => parent(param, index).unwrap_or_default(),
            Some((_, Some(above))) => self.outer((*above, index / table.size.max(1))),
            None => Named::default(),
        }
    }

    /// The key of a row.
    pub(crate) fn key(&self, table: &Table, index: usize) -> Value {
        if let Some(asked) = self.adopted.get(&index) {
            return asked.clone();
        }
        if table.numeric {
            return json!(index + 1);
        }
        let drawn = self.seedling(&table.id, index).uuid("key");
        let place = (index as u64).wrapping_add(self.mask(table)).wrapping_mul(STRIDE) & KEY_BITS;
        json!(format!("{}{place:012x}", &drawn[..drawn.len() - 12]))
    }

    fn decode(&self, table: &Table, key: &str) -> Option<usize> {
        let place = u64::from_str_radix(key.rsplit('-').next()?, 16).ok()?;
        usize::try_from(place.wrapping_mul(BACK).wrapping_sub(self.mask(table)) & KEY_BITS).ok()
    }

    fn mask(&self, table: &Table) -> u64 {
        dice::roll(self.seed, &table.id, 0, "keys") & KEY_BITS
    }
}

/// What undoes a multiplication by an odd number, of which the lowest 48 bits are kept.
const fn inverse(odd: u64) -> u64 {
    let (mut found, mut n) = (odd, 0);
    while n < 6 {
        found = found.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(found)));
        n += 1;
    }
    found
}
