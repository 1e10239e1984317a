//! From an operation's facts and its overlay entry to an operation of the model.

use super::overlay::{AnswerNote, Note, OperationNote, Overlay};
use super::types::{Types, corrected, declared_or_corrected};
use super::{Files, schema};
use crate::Problem;
use crate::names::camel;
use crate::yaml::Entry;
use druva_api::{Answer, ListStyle, Operation, Param, Place, Retry, Type};
use serde_json::Value;

/// One operation's surroundings.
pub(super) struct Context<'a> {
    /// `METHOD /path`
    pub(super) key: &'a str,
    pub(super) note: &'a Entry<OperationNote>,
    pub(super) overlay: &'a Overlay,
    /// Those of the document.
    pub(super) clouds: &'a [String],
    /// The document's name as Druva gives it.
    pub(super) document: &'a str,
    pub(super) files: &'a Files,
}

impl Context<'_> {
    pub(super) fn operation(
        &self,
        facts: &Value,
        path: String,
        method: &str,
        types: &mut Types,
        problems: &mut Vec<Problem>,
    ) -> Operation {
        let note = &self.note.value;
        let default_retry = if method == "get" { Retry::Safe } else { Retry::Never };
        let deprecated = (facts["deprecated"] == true).then(|| "Druva marks it as deprecated.".to_owned());
        Operation {
            id: note.id.clone(),
            method: method.to_uppercase(),
            params: self.params(facts, &path, types, problems),
            path,
            routes: Vec::new(),
            form: is_form(facts),
            summary: note.summary.clone(),
            details: note.details.clone(),
            answer: self.answer(facts, types, problems),
            pages: note.pages.clone(),
            waiter: note.waiter.clone(),
            retry: note.retry.unwrap_or(default_retry),
            clouds: note.clouds.as_deref().unwrap_or(self.clouds).to_vec(),
            documents: vec![self.document.to_owned()],
            known_from: note.known_from,
            errors: errors(facts),
            deprecated: note.deprecated.clone().or(deprecated),
        }
    }

    fn params(&self, facts: &Value, path: &str, types: &mut Types, problems: &mut Vec<Problem>) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        for parameter in facts["parameters"].as_array().into_iter().flatten() {
            params.extend(self.param(parameter, types));
        }
        // What the path says is said: some bodies repeat it.
        let in_path = |param: &Param| params.iter().any(|known| known.place == Place::Path && known.wire == param.wire);
        let body: Vec<Param> = self.body(facts, types).into_iter().filter(|param| !in_path(param)).collect();
        params.extend(body);
        for (name, entry) in self.note.value.params.iter() {
            let known = params.iter().any(|param| param.wire == *name);
            match entry.value.fix() {
                Some(fix) if fix.corrects() && fix.reason.is_none() => {
                    problems.push(
                        self.files.overlay(entry.line, format!("{name} contradicts the document without a reason")),
                    );
                }
                Some(fix) if fix.add && !known => match fix.place {
                    Some(place) => params.push(Param {
                        name: fix.name.clone().unwrap_or_else(|| name.clone()),
                        wire: name.clone(),
                        place,
                        ty: corrected(fix).unwrap_or(Type::String { values: Vec::new() }),
                        required: fix.required.unwrap_or(false),
                        default: fix.default.clone(),
                        list: fix.list.unwrap_or_default(),
                        write: fix.write.clone(),
                        doc: self.doc(name, None),
                    }),
                    None => problems.push(self.files.overlay(entry.line, format!("{name} is added without a place"))),
                },
                Some(fix) if fix.add => problems
                    .push(self.files.overlay(entry.line, format!("{} has a parameter {name} already", self.key))),
                Some(fix) if fix.drop => {}
                _ if !known => {
                    problems.push(self.files.overlay(entry.line, format!("{} has no parameter {name}", self.key)))
                }
                _ => {}
            }
        }
        // Required ones first; those of the path in the path's own order, since callers give them by position.
        let position = |param: &Param| path.find(&format!("{{{}}}", param.wire)).unwrap_or(usize::MAX);
        params.sort_by_key(|param| (!param.required, if param.required { position(param) } else { usize::MAX }));
        params
    }

    fn param(&self, parameter: &Value, types: &mut Types) -> Option<Param> {
        let wire = parameter["name"].as_str().unwrap_or_default();
        let place = match parameter["in"].as_str() {
            Some("path") => Place::Path,
            Some("header") => Place::Header,
            _ => Place::Query,
        };
        let style = parameter["style"].as_str().unwrap_or("form");
        let repeated = place == Place::Query && style == "form" && parameter["explode"] != false;
        let list = if repeated { ListStyle::Repeat } else { ListStyle::Comma };
        let required = parameter["required"] == true || place == Place::Path;
        self.finish(wire, place, required, list, || {
            types.resolve(&parameter["schema"], &format!("{} {wire}", self.key), &camel(wire))
        })
    }

    /// The body: an object's members one by one, or all of it.
    fn body(&self, facts: &Value, types: &mut Types) -> Vec<Param> {
        let body = &facts["requestBody"];
        let Some(media) = body["content"].as_object().and_then(|content| content.values().next()) else {
            return Vec::new();
        };
        let place = format!("{} body", self.key);
        let (declared, place) = match schema::reference(&media["schema"]) {
            Some(name) => (types.components().get(name).unwrap_or(&Value::Null), name),
            None => (&media["schema"], place.as_str()),
        };
        let object = schema::folded(declared, types.components());
        let required = schema::required(&object);
        let members = object["properties"].as_object();
        let Some(members) = members else {
            let whole = self.finish("body", Place::WholeBody, body["required"] == true, ListStyle::Comma, || {
                types.resolve(declared, place, "Body")
            });
            return whole.into_iter().collect();
        };
        let members = members.iter().filter_map(|(name, member)| {
            let hint = crate::names::pascal(name);
            self.finish(name, Place::Body, required.contains(&name.as_str()), ListStyle::Comma, || {
                types.resolve(member, &format!("{place}.{name}"), &hint)
            })
        });
        members.collect()
    }

    /// A parameter of the document, with what the overlay says about it; none if it is nothing for a caller.
    fn finish(
        &self,
        wire: &str,
        place: Place,
        required: bool,
        list: ListStyle,
        ty: impl FnOnce() -> Type,
    ) -> Option<Param> {
        let common = self.overlay.params.get(wire).and_then(|entry| entry.value.fix());
        let own = self.note.value.params.get(wire).and_then(|entry| entry.value.fix());
        let fix = own.or(common);
        if fix.is_some_and(|fix| fix.drop) {
            return None;
        }
        let ty = declared_or_corrected(fix, ty);
        let is_list = matches!(ty, Type::List(_));
        let default = fix.and_then(|fix| fix.default.clone());
        // A list that the document calls a text is one with commas.
        let list = fix.map_or(list, |fix| fix.list.unwrap_or(if fix.ty.is_some() { ListStyle::Comma } else { list }));
        Some(Param {
            name: fix.and_then(|fix| fix.name.clone()).unwrap_or_else(|| argument_name(wire)),
            wire: wire.to_owned(),
            place,
            ty,
            required: fix.and_then(|fix| fix.required).unwrap_or(required) && default.is_none(),
            default,
            list: if is_list { list } else { ListStyle::Comma },
            write: fix.and_then(|fix| fix.write.clone()),
            doc: self.doc(wire, common.and_then(|fix| fix.doc.as_deref())),
        })
    }

    fn doc(&self, wire: &str, common: Option<&str>) -> String {
        let own = self.note.value.params.get(wire).and_then(|entry| entry.value.doc());
        let glossary = || self.overlay.glossary.get(wire).map(|entry| entry.value.as_str());
        let shared = || self.overlay.params.get(wire).and_then(|entry| entry.value.doc());
        own.or(common).or_else(shared).or_else(glossary).unwrap_or_default().to_owned()
    }

    fn answer(&self, facts: &Value, types: &mut Types, problems: &mut Vec<Problem>) -> Answer {
        if self.note.value.answer.as_ref().is_some_and(|note| note.reason().is_empty()) {
            let message = format!("{}: its answer contradicts the document without a reason", self.key);
            problems.push(self.files.overlay(self.note.line, message));
        }
        match &self.note.value.answer {
            Some(AnswerNote::Bytes { media, .. }) => return Answer::Bytes(media.clone()),
            Some(AnswerNote::Empty { .. }) => return Answer::Empty,
            Some(AnswerNote::List { .. }) => {
                return match self.declared_answer(facts, types, problems) {
                    Answer::Json(ty) => Answer::Json(Type::List(Box::new(ty))),
                    other => other,
                };
            }
            Some(AnswerNote::Schema { name, .. }) => {
                let schema = serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
                return Answer::Json(types.resolve(&schema, name, name));
            }
            None => {}
        }
        self.declared_answer(facts, types, problems)
    }

    fn declared_answer(&self, facts: &Value, types: &mut Types, problems: &mut Vec<Problem>) -> Answer {
        let Some(responses) = facts["responses"].as_object() else { return Answer::Empty };
        for (_, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                if media.starts_with("text/") {
                    return Answer::Bytes(media.clone());
                }
                let schema = &content["schema"];
                let named = schema::reference(schema).and_then(|name| types.components().get(name));
                let silent = |schema: &Value| {
                    schema::is_empty(schema) || schema["properties"].as_object().is_some_and(serde_json::Map::is_empty)
                };
                if !silent(schema) && !named.is_some_and(silent) {
                    let hint = crate::names::pascal(&self.note.value.id.replace('.', "_"));
                    return Answer::Json(types.resolve(schema, &format!("{} answer", self.key), &hint));
                }
            }
        }
        if facts["responses"]
            .as_object()
            .is_some_and(|responses| !responses.keys().any(|status| status.starts_with('2')))
        {
            problems.push(self.files.overlay(self.note.line, format!("{} has no successful answer", self.key)));
        }
        Answer::Empty
    }
}

fn is_form(facts: &Value) -> bool {
    let content = facts["requestBody"]["content"].as_object();
    content.is_some_and(|content| content.keys().next().is_some_and(|media| media.ends_with("form-urlencoded")))
}

/// The wire name, or a clean one where that is no name: `proxyName (deprecated)`, `status[]`.
fn argument_name(wire: &str) -> String {
    let is_name = wire.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && wire.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_name { wire.to_owned() } else { camel(wire) }
}

fn errors(facts: &Value) -> Vec<u16> {
    let statuses = facts["responses"].as_object().into_iter().flat_map(|responses| responses.keys());
    let mut errors: Vec<u16> =
        statuses.filter_map(|status| status.parse().ok()).filter(|status| *status >= 400).collect();
    errors.sort_unstable();
    errors
}

impl Note {
    /// Whether it contradicts the document and does not say why.
    pub(super) fn lacks_reason(&self) -> bool {
        self.fix().is_some_and(|fix| fix.corrects() && fix.reason.is_none())
    }
}
