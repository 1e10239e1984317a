//! From documents and their overlay to a product.

use super::operations::Context;
use super::overlay::{OperationNote, Overlay};
use super::types::Types;
use super::{Document, Files, Published, Source, StandsFor, checks};
use crate::yaml::{self, Entries, Entry};
use crate::{Error, Problem};
use druva_api::{Operation, Product, Route};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What is read of a document of `api/openapi`.
#[derive(Debug, Deserialize)]
struct Facts {
    servers: Vec<Server>,
    paths: Entries<Entries<Value>>,
    #[serde(default)]
    components: Components,
}

#[derive(Debug, Deserialize)]
struct Server {
    url: String,
}

#[derive(Debug, Default, Deserialize)]
struct Components {
    #[serde(default)]
    schemas: Map<String, Value>,
}

/// A document, read.
struct Read<'a> {
    document: &'a Document,
    clouds: Vec<String>,
    facts: Facts,
    files: Files,
}

/// Resolves one product; adds what its documents publish.
pub(super) fn resolve(
    source: &Source,
    ids: &mut checks::Ids,
    published: &mut Vec<Published>,
) -> Result<(Product, Vec<Problem>), Error> {
    let overlay_file = format!("api/overlay/{}.yaml", source.product);
    let overlay: Overlay = yaml::parse(&source.overlay, &overlay_file)?;
    let mut clouds = overlay.documents(&source.product);
    let mut documents = Vec::new();
    for document in &source.documents {
        let files = Files { openapi: format!("api/openapi/{}.yaml", document.file), overlay: overlay_file.clone() };
        let facts = yaml::parse(&document.text, &files.openapi)?;
        documents.push(Read { document, clouds: clouds.swap_remove(&document.file).unwrap_or_default(), facts, files });
    }
    let mut problems = Vec::new();
    let schemas = merged(&documents);
    let Some(first) = documents.first() else { return Err(Error::at(overlay_file, 0, "there is no document")) };
    let mut types = Types::new(&schemas, &overlay, &first.files);
    let mut operations: IndexMap<String, (Operation, Value)> = IndexMap::new();
    for read in &documents {
        let base = read.facts.servers.first().map(|server| path_of(&server.url)).unwrap_or_default();
        for (path, item) in read.facts.paths.iter() {
            for (method, facts) in item.value.iter() {
                let key = format!("{} {path}", method.to_uppercase());
                let Some(note) = overlay.operations.get(&key) else {
                    problems.push(read.files.openapi(facts.line, format!("{key} has no entry in {overlay_file}")));
                    continue;
                };
                published.push(publication(read, &key, base, &note.value));
                if note.value.stand_in().is_some() {
                    continue;
                }
                let path = format!("{base}{path}");
                if let Some((operation, before)) = operations.get_mut(&key) {
                    again(operation, read, path);
                    if *before != facts.value {
                        let message = format!("{key} is not what {} says of it", first.files.openapi);
                        problems.push(read.files.openapi(facts.line, message));
                    }
                    continue;
                }
                ids.add(&note.value.id, &source.product, &overlay_file, note.line);
                let (clouds, document) = (&read.clouds, &read.document.name);
                let context = Context { key: &key, note, overlay: &overlay, clouds, document, files: &read.files };
                let operation = context.operation(&facts.value, path, method, &mut types, &mut problems);
                operations.insert(key, (operation, facts.value.clone()));
            }
        }
    }
    for (key, note) in overlay.operations.iter() {
        problems.extend(misplaced(key, note, &documents, &first.files));
        if let Some((operation, _)) = operations.get(key) {
            checks::operation(operation, note.line, &types, &first.files, &mut problems);
        }
    }
    let operations: Vec<Operation> = operations.into_values().map(|(operation, _)| operation).collect();
    checks::glossary(&overlay, &operations, &types, &first.files, &mut problems);
    problems.extend(contradictions(&documents, &schemas, &types));
    let (types, found) = types.finish(&operations);
    problems.extend(found);
    let Overlay { title, summary, realm, .. } = overlay;
    let product = Product { name: source.product.clone(), title, summary, realm, operations, types };
    Ok((product, problems))
}

/// What a document publishes under `METHOD /path`.
fn publication(read: &Read<'_>, key: &str, base: &str, note: &OperationNote) -> Published {
    let (method, path) = key.split_once(' ').unwrap_or((key, ""));
    let operation = || StandsFor::Operation(note.same_as.clone().unwrap_or_else(|| note.id.clone()));
    Published {
        document: read.document.name.clone(),
        method: method.to_owned(),
        path: format!("{base}{path}"),
        stands_for: note.by.clone().map_or_else(operation, StandsFor::Client),
    }
}

/// Another document describes the operation too, for its own clouds.
fn again(operation: &mut Operation, read: &Read<'_>, path: String) {
    operation.documents.push(read.document.name.clone());
    for cloud in &read.clouds {
        operation.clouds.push(cloud.clone());
        if path != operation.path {
            operation.routes.push(Route { cloud: cloud.clone(), path: path.clone() });
        }
    }
}

/// What is wrong with an entry as such.
fn misplaced(key: &str, note: &Entry<OperationNote>, documents: &[Read<'_>], files: &Files) -> Vec<Problem> {
    let known = key.split_once(' ').is_some_and(|(method, path)| {
        let item =
            |read: &Read<'_>| read.facts.paths.get(path).map(|item| item.value.get(&method.to_lowercase()).is_some());
        documents.iter().filter_map(item).any(|found| found)
    });
    let mut complaints = Vec::new();
    if !known {
        let names: Vec<&str> = documents.iter().map(|read| read.files.openapi.as_str()).collect();
        complaints.push(format!("{key} is not in {}", names.join(", ")));
    }
    let entry = &note.value;
    match entry.stand_in() {
        Some(_) if !entry.id.is_empty() => {
            complaints.push(format!("{key} has an id, and something that stands for it"))
        }
        Some(_) if entry.reason.is_none() => {
            complaints.push(format!("{key} is no operation of its own without a reason"))
        }
        None if entry.id.is_empty() || entry.summary.is_empty() => {
            complaints.push(format!("{key} needs an id and a summary"))
        }
        _ => {}
    }
    complaints.into_iter().map(|message| files.overlay(note.line, message)).collect()
}

/// The schemas of all documents; of one name, the first.
fn merged(documents: &[Read<'_>]) -> Map<String, Value> {
    let mut schemas = Map::new();
    for (name, schema) in documents.iter().flat_map(|read| &read.facts.components.schemas) {
        schemas.entry(name).or_insert_with(|| schema.clone());
    }
    schemas
}

/// Schemas in use that the documents define differently.
fn contradictions(documents: &[Read<'_>], schemas: &Map<String, Value>, types: &Types<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for read in documents {
        for (name, schema) in &read.facts.components.schemas {
            if schemas.get(name) != Some(schema) && types.knows(name) {
                problems.push(
                    read.files
                        .openapi(0, format!("the schema {name} is another one in {}", documents[0].files.openapi)),
                );
            }
        }
    }
    problems
}

/// The part of a server's URL after the host: `/insync`.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| rest[at..].trim_end_matches('/'))
}
