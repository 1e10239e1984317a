//! What is kept of Druva's documents.
#![allow(clippy::unwrap_used)]

use druva_codegen::import::{all, document_facts};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn facts(document: &Value) -> Value {
    let text = document_facts(&document.to_string(), "document.json", "product").unwrap();
    assert_eq!(text, document_facts(&document.to_string(), "document.json", "product").unwrap());
    druva_codegen::yaml::parse(&text, "product.yaml").unwrap()
}

/// A document with every oddity that Druva's have.
#[test]
fn quirks() {
    let document = json!({
        "openapi": "3.0.0",
        "info": { "title": "Prose", "description": "Prose", "version": 1.0 },
        "servers": [{ "url": "//apis.example/phoenix/", "description": "Prose" }],
        "x-readme": { "explorer": true },
        "security": [{ "Bearer": [] }],
        "tags": [{ "name": "Prose" }],
        "paths": {
            "/jobs/{jobID}": {
                "parameters": [{ "$ref": "#/components/parameters/JobID" }],
                "delete": {
                    "operationId": "delete a job",
                    "summary": "Prose",
                    "description": "Prose. Deprecated.",
                    "deprecated": true,
                    "x-codegen-request-body-name": "body",
                    "parameters": [
                        { "name": "proxyName (deprecated)", "in": "query", "description": "Prose", "schema": { "type": "boolean", "enum": ["true", "false"] } },
                        { "name": "status[]", "in": "query", "style": "form", "explode": true, "schema": { "type": "array", "items": { "type": "integer", "enum": ["1", "2"] } } },
                        { "name": "Accept", "in": "header", "schema": { "type": "string", "enum": ["aplication/json", "text/csv"] } },
                        { "name": "fromTime", "in": "query", "x-example": "prose" }
                    ],
                    "requestBody": { "$ref": "#/components/requestBodies/Reason" },
                    "responses": {
                        "200": { "description": "Prose", "content": {
                            "text/csv": { "example": "prose" },
                            "*/*": { "schema": { "$ref": "#/components/schemas/Job" }, "examples": { "one": { "value": "prose" } } }
                        } },
                        "404": { "description": "Prose", "content": {} }
                    }
                },
                "options": { "summary": "Prose" }
            }
        },
        "components": {
            "parameters": { "JobID": { "name": "jobID", "in": "path", "required": true, "description": "Prose", "schema": { "type": "integer", "format": "int64", "example": 1 } } },
            "requestBodies": { "Reason": { "required": true, "content": { "application/json": { "schema": { "type": "object", "properties": { "reason": { "type": "string", "minLength": 10 } } } } } } },
            "securitySchemes": { "Bearer": { "type": "http" } },
            "schemas": {
                "Job": {
                    "title": "Prose", "type": "object", "description": "Prose", "x-go-name": "Job", "required": ["title"],
                    "properties": {
                        "title": { "type": "string", "nullable": true, "title": "Prose", "example": "prose" },
                        "description": { "type": "string", "enum": ["Failed."] },
                        "message": { "type": "string", "enum": ["Prose. Try again."] },
                        "x-name": { "type": "number", "default": null },
                        "hits": { "type": "object", "additionalProperties": { "type": "string", "description": "Prose" } },
                        "state": { "oneOf": [{ "type": "string", "description": "Prose" }, { "type": "integer", "default": 1 }] },
                        "broken": null
                    }
                }
            }
        }
    });
    let facts = facts(&document);
    assert!(!facts.to_string().to_lowercase().contains("prose"), "{facts}");
    let expected = json!({
        "openapi": "3.1.0",
        "info": { "title": "product", "version": "1.0" },
        "servers": [{ "url": "https://apis.example/phoenix" }],
        "paths": { "/jobs/{jobID}": { "delete": {
            "operationId": "delete a job",
            "deprecated": true,
            "parameters": [
                { "name": "proxyName (deprecated)", "in": "query", "schema": { "type": "boolean", "enum": ["true", "false"] } },
                { "name": "status[]", "in": "query", "style": "form", "explode": true, "schema": { "type": "array", "items": { "type": "integer", "enum": ["1", "2"] } } },
                { "name": "Accept", "in": "header", "schema": { "type": "string", "enum": ["aplication/json", "text/csv"] } },
                { "name": "fromTime", "in": "query", "schema": {} },
                { "name": "jobID", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64" } }
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "object", "properties": { "reason": { "type": "string", "minLength": 10 } } } } } },
            "responses": {
                "200": { "description": "", "content": { "text/csv": {}, "*/*": { "schema": { "$ref": "#/components/schemas/Job" } } } },
                "404": { "description": "" }
            }
        } } },
        "components": { "schemas": { "Job": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "title": { "type": ["string", "null"] },
                "description": { "type": "string", "enum": ["Failed."] },
                "message": { "type": "string" },
                "x-name": { "type": "number" },
                "hits": { "type": "object", "additionalProperties": { "type": "string" } },
                "state": { "oneOf": [{ "type": "string" }, { "type": "integer", "default": 1 }] },
                "broken": {}
            }
        } } }
    });
    assert_eq!(facts, expected);
}

#[test]
fn what_is_no_document() {
    let refused =
        |text: &str| document_facts(text, "document.json", "product").expect_err("must be refused").to_string();
    assert!(refused("{\n\n").starts_with("document.json:3: "));
    assert_eq!(refused("{}"), "document.json: has no paths");
    let dangling =
        json!({ "paths": { "/a": { "get": { "parameters": [{ "$ref": "#/components/parameters/None" }] } } } });
    assert_eq!(
        refused(&dangling.to_string()),
        "document.json: /a: get: a reference to nothing: #/components/parameters/None"
    );
}

/// What is checked in holds nothing that an import would leave out: no prose, nothing written by hand.
#[test]
fn checked_in_facts_are_facts() {
    let folder = repository().join("api/openapi");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 13);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let facts: Value = druva_codegen::yaml::parse(&text, "product.yaml").unwrap();
        let product = file.file_stem().unwrap().to_str().unwrap();
        let again = document_facts(&facts.to_string(), "product.yaml", product).unwrap();
        assert!(again == text, "{product}: run `make import`");
    }
}

#[test]
fn only_the_documents_that_are_there_are_read() {
    let root = std::env::temp_dir().join(format!("druva-codegen-import-{}", std::process::id()));
    let specs = root.join("specs");
    fs::create_dir_all(&specs).unwrap();
    fs::create_dir_all(root.join("api")).unwrap();
    fs::write(root.join("api/documents.yaml"), "- {document: a, file: one}\n- {document: b, file: two}\n").unwrap();
    let refused = || all(&root, &specs).expect_err("must be refused").to_string();
    assert!(refused().ends_with("specs: has none of the documents of api/documents.yaml"));
    fs::write(specs.join("b.json"), r#"{"paths": {}}"#).unwrap();
    assert_eq!(all(&root, &specs).unwrap().paths().collect::<Vec<_>>(), ["api/openapi/two.yaml"]);
    fs::write(specs.join("b (1).json"), "{}").unwrap();
    assert!(refused().ends_with("specs/b (1).json: api/documents.yaml does not say where its facts stand"));
    fs::remove_dir_all(&root).unwrap();
}
