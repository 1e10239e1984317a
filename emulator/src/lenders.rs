//! Values that belong to a related row: a backup's `userEmail` is its user's.

use crate::catalog::Table;
use crate::names::alias;
use crate::rows::{At, Rows};
use serde_json::Value;
use std::sync::Arc;

/// The table and the field that the values of a field are taken from.
pub(crate) type Lender = Option<(usize, Arc<str>)>;

impl Rows {
    /// A value that belongs to a related row: a backup's `userEmail` is its user's.
    pub(crate) fn borrowed(&mut self, at: usize, field: usize, related: &[At]) -> Option<Value> {
        let lender = match self.lenders.get(&(at, field)) {
            Some(lender) => lender.clone(),
            None => {
                let lender = self.lender(&self.catalog.tables[at], &self.catalog.tables[at].fields[field].0, related);
                self.lenders.insert((at, field), lender.clone());
                lender
            }
        };
        let (table, name) = lender?;
        let row = related.iter().find(|(known, _)| *known == table)?;
        self.row(*row).fields.get(name.as_ref()).cloned()
    }

    /// The table and the field that a field's values come from, among the tables that its rows lead to.
    fn lender(&self, table: &Table, field: &str, related: &[At]) -> Lender {
        const IDENTITY: &[(&str, &str)] = &[
            ("emailid", "emailid"),
            ("email", "emailid"),
            ("initiator", "emailid"),
            ("clientversion", "clientversion"),
            ("serialnumber", "serialnumber"),
            ("uuid", "uuid"),
            ("platformos", "platformos"),
            ("clientos", "platformos"),
            ("cplatform", "platformos"),
            ("deviceos", "deviceos"),
        ];
        let lower = field.to_ascii_lowercase();
        let lower = lower.strip_prefix("insync").unwrap_or(&lower);
        let identity = IDENTITY.iter().find(|(name, _)| *name == lower).map(|(_, wanted)| *wanted);
        related.iter().find_map(|(at, _)| {
            let owner = &self.catalog.tables[*at];
            let named = |wanted: &dyn Fn(&str) -> bool| {
                owner.fields.iter().map(|(name, _)| name.as_str()).find(|name| wanted(&name.to_ascii_lowercase()))
            };
            let name = if let Some(wanted) = identity {
                named(&|name| name == wanted).filter(|_| !table.words.iter().any(|word| word == "user"))
            } else {
                let mentions = |word: &String| {
                    (1..=lower.len())
                        .rev()
                        .filter(|end| lower.is_char_boundary(*end))
                        .find(|end| alias(&lower[..*end]) == *word)
                        .map(|end| &lower[end..])
                };
                let rest = owner.words.iter().find_map(mentions)?;
                named(&|name| name == lower).or_else(|| match rest {
                    "" | "name" => owner.name_field(),
                    _ if rest.contains("email") => named(&|name| name.contains("email")),
                    _ => None,
                })
            };
            name.map(|name| (*at, Arc::from(name)))
        })
    }
}
