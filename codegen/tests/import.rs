//! What is kept of Druva's documents.
#![allow(clippy::unwrap_used)]

use druva_codegen::import::{all, document_facts};
use serde_json::{Value, json};
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

/// Druva's own documents, where they are at hand, give exactly what is checked in.
#[test]
fn checked_in_facts_are_current() {
    let root = repository();
    let specs = root.join("../shared/specs");
    if !specs.is_dir() {
        return;
    }
    let tree = all(&root, &specs).unwrap();
    assert_eq!(tree.paths().count(), 13);
    assert_eq!(tree.differences().unwrap(), [""; 0]);
}
