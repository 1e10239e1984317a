//! What must hold of a resolved product.

use super::overlay::Overlay;
use super::types::Types;
use super::{CLOUDS, Files};
use crate::Problem;
use crate::names::snake;
use druva_api::{Answer, Cursor, Operation, Pages, Retry, Type, Waiter};
use std::collections::BTreeMap;

/// The operation ids of all products.
#[derive(Default)]
pub(super) struct Ids {
    seen: Vec<(String, Problem)>,
    problems: Vec<Problem>,
}

impl Ids {
    pub(super) fn add(&mut self, id: &str, product: &str, file: &str, line: usize) {
        let problem = |message: String| Problem { file: file.to_owned(), line, message };
        let parts: Vec<&str> = id.split('.').collect();
        if parts.len() < 3 || parts[0] != product || parts.iter().any(|part| part.is_empty() || snake(part) != *part) {
            self.problems
                .push(problem(format!("{id} is no id: it must read {product}.<resource>.<verb>, in snake case")));
        }
        self.seen.push((id.to_owned(), problem(String::new())));
    }

    /// Ids that are used twice, or that name an operation and a resource.
    pub(super) fn clashes(self) -> Vec<Problem> {
        let mut problems = self.problems;
        let mut first: BTreeMap<&str, &Problem> = BTreeMap::new();
        for (id, place) in &self.seen {
            match first.get(id.as_str()) {
                Some(other) => problems.push(Problem {
                    message: format!("the id {id} is used already, in {}:{}", other.file, other.line),
                    ..place.clone()
                }),
                None => {
                    first.insert(id, place);
                }
            }
        }
        for (id, place) in &self.seen {
            let resource = format!("{id}.");
            if first.keys().any(|other| other.starts_with(&resource)) {
                problems.push(Problem { message: format!("{id} names an operation and a resource"), ..place.clone() });
            }
        }
        problems
    }
}

/// Checks one operation; `line` is that of its overlay entry.
pub(super) fn operation(operation: &Operation, line: usize, types: &Types, files: &Files, problems: &mut Vec<Problem>) {
    let mut problem = |message: String| problems.push(files.overlay(line, format!("{}: {message}", operation.id)));
    for cloud in operation.clouds.iter().filter(|cloud| !CLOUDS.contains(&cloud.as_str())) {
        problem(format!("there is no cloud {cloud}"));
    }
    let mut names = BTreeMap::new();
    for param in &operation.params {
        if let Some(other) = names.insert(snake(&param.name), &param.wire) {
            problem(format!("the arguments {other} and {} have one name", param.wire));
        }
        if param.write.as_ref().is_some_and(|text| text.matches("{}").count() != 1) {
            problem(format!("what is written around {} has no place {{}} for it", param.wire));
        }
    }
    let paths = std::iter::once(&operation.path).chain(operation.routes.iter().map(|route| &route.path));
    for place in paths.flat_map(|path| path.split('{').skip(1)).filter_map(|rest| rest.split('}').next()) {
        if !operation.params.iter().any(|param| param.wire == place) {
            problem(format!("{{{place}}} in the path is no argument"));
        }
    }
    match (&operation.pages, &operation.answer) {
        (Some(pages), _) => pages_of(operation, pages, types, &mut problem),
        // A list whose pages nobody follows would look complete.
        (None, Answer::Json(answer)) if member(answer, "nextPageToken", types).is_some() => {
            problem("its answer has nextPageToken, but its entry no pages".to_owned());
        }
        _ => {}
    }
    if let Some(waiter) = &operation.waiter {
        waiter_of(operation, waiter, types, &mut problem);
    }
}

fn waiter_of(operation: &Operation, waiter: &Waiter, types: &Types, problem: &mut impl FnMut(String)) {
    let Answer::Json(answer) = &operation.answer else {
        return problem("it has a waiter but answers no JSON".to_owned());
    };
    if operation.retry != Retry::Safe {
        problem("it has a waiter but changes something".to_owned());
    }
    let work = match (&waiter.matches, &operation.pages) {
        (None, _) => answer.clone(),
        (Some(_), None) => return problem("its waiter looks for an item, but it is no list".to_owned()),
        (Some(id), Some(pages)) => match member(answer, &pages.items, types) {
            Some(Type::List(item)) if member(&item, id, types).is_some() => *item,
            _ => return problem(format!("its items have no {id}")),
        },
    };
    match member(&work, &waiter.state, types) {
        Some(Type::Integer) => {}
        Some(Type::String { values }) => {
            for state in waiter.finished.iter().filter(|state| !values.contains(state)) {
                problem(format!("{} is never {state}", waiter.state));
            }
        }
        _ => problem(format!("its answer has no state {}", waiter.state)),
    }
}

fn pages_of(operation: &Operation, pages: &Pages, types: &Types, problem: &mut impl FnMut(String)) {
    let Answer::Json(answer) = &operation.answer else { return problem("it has pages but answers no JSON".to_owned()) };
    match member(answer, &pages.items, types) {
        Some(Type::List(_)) => {}
        Some(_) => problem(format!("its items, {}, are no list", pages.items)),
        None => problem(format!("its answer has no {}", pages.items)),
    }
    let (params, fields): (Vec<&String>, Vec<&String>) = match &pages.cursor {
        Cursor::Token { param, field, without } => (std::iter::once(param).chain(without).collect(), vec![field]),
        Cursor::Number { param, size, .. } => (vec![param, size], vec![]),
        Cursor::Offset { param, size, total, .. } => (vec![param, size], total.iter().collect()),
        Cursor::Tracker { param, field, more } => (vec![param], std::iter::once(field).chain(more).collect()),
    };
    for name in params {
        if !operation.params.iter().any(|param| param.name == *name) {
            problem(format!("paging needs the argument {name}, which it does not have"));
        }
    }
    for field in fields {
        if member(answer, field, types).is_none() {
            problem(format!("paging needs {field} in the answer, which it does not have"));
        }
    }
}

/// The type at a dotted path in an answer.
fn member(answer: &Type, path: &str, types: &Types) -> Option<Type> {
    path.split('.').try_fold(answer.clone(), |ty, name| match ty {
        Type::Object(object) => {
            types.object(&object)?.fields.iter().find(|field| field.name == name).map(|field| field.ty.clone())
        }
        _ => None,
    })
}

/// Entries of the glossary and of the common corrections that nothing bears the name of, or that lack a reason.
pub(super) fn glossary(
    overlay: &Overlay,
    operations: &[Operation],
    types: &Types,
    files: &Files,
    problems: &mut Vec<Problem>,
) {
    let is_param =
        |name: &str| operations.iter().flat_map(|operation| &operation.params).any(|param| param.wire == name);
    let is_field = |name: &str| types.objects().flat_map(|object| &object.fields).any(|field| field.name == name);
    for (name, entry) in overlay.glossary.iter().filter(|(name, _)| !is_param(name) && !is_field(name)) {
        problems.push(files.overlay(entry.line, format!("nothing is called {name}")));
    }
    for (name, entry) in overlay.fields.iter().filter(|(name, _)| !is_field(name)) {
        problems.push(files.overlay(entry.line, format!("no field is called {name}")));
    }
    let common = overlay.params.iter().chain(overlay.fields.iter());
    for (name, entry) in common.filter(|(_, entry)| entry.value.lacks_reason()) {
        problems.push(files.overlay(entry.line, format!("{name} contradicts the document without a reason")));
    }
}
