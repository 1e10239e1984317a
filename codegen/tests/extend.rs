//! A new operation in a document needs its overlay entry, and nothing else, to be in every language.
#![allow(clippy::unwrap_used)]

use druva_codegen::{Tree, emit, import, model};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A repository of one product in a folder that goes away.
struct Repository(PathBuf);

impl Repository {
    fn new(name: &str) -> Repository {
        let root = std::env::temp_dir().join(format!("druva-codegen-{name}-{}", std::process::id()));
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for folder in ["api/overlay", "bindings-c", "specs"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        // What emitters read of the hand-written files.
        for path in ["api/contract.yaml", "rustfmt.toml", "bindings-c/cbindgen.toml", "bindings-c/src"] {
            copy(&own.join(path), &root.join(path));
        }
        fs::write(root.join("api/documents.yaml"), "- {document: insync-cloud, file: insync}\n").unwrap();
        Repository(root)
    }

    /// `make import generate`
    fn build(&self, document: &Value, overlay: &str) -> Result<Tree, druva_codegen::Error> {
        fs::write(self.0.join("specs/insync-cloud.json"), document.to_string()).unwrap();
        fs::write(self.0.join("api/overlay/insync.yaml"), overlay).unwrap();
        import::all(&self.0, &self.0.join("specs"))?.write()?;
        let tree = emit(&model::read(&self.0)?, &self.0)?;
        tree.write()?;
        assert!(tree.differences()?.is_empty(), "what is written is what is compared");
        Ok(tree)
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        // A folder that stays behind harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const OVERLAY: &str = r#"title: inSync
summary: Devices.
clouds: [public]
operations:
  GET /endpoints/v2/devices:
    id: insync.devices.list
    summary: Lists devices.
    pages: {items: devices, cursor: {token: {param: pageToken, field: nextPageToken}}}
  GET /endpoints/v2/devices/{deviceID}:
    id: insync.devices.get
    summary: Reads one device.
"#;

fn document() -> Value {
    let answer = |name: &str| json!({ "200": { "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } } });
    let device_id = json!({ "name": "deviceID", "in": "path", "required": true, "schema": { "type": "integer" } });
    json!({
        "openapi": "3.0.0",
        "info": { "title": "inSync", "version": "1" },
        "servers": [{ "url": "https://apis.druva.com/insync" }],
        "paths": {
            "/endpoints/v2/devices": { "get": {
                "parameters": [{ "name": "pageToken", "in": "query", "schema": { "type": "string" } }],
                "responses": answer("DeviceList")
            } },
            "/endpoints/v2/devices/{deviceID}": { "get": { "parameters": [device_id], "responses": answer("Device") } }
        },
        "components": { "schemas": {
            "Device": { "type": "object", "properties": { "deviceID": { "type": "integer" } } },
            "DeviceList": { "type": "object", "properties": {
                "nextPageToken": { "type": "string" },
                "devices": { "type": "array", "items": { "$ref": "#/components/schemas/Device" } }
            } }
        } }
    })
}

#[test]
fn a_new_operation() {
    let repository = Repository::new("extend");
    let before = repository.build(&document(), OVERLAY).unwrap();
    let mentions = |tree: &Tree, folder: &str| {
        let texts = tree.paths().filter(|path| path.starts_with(folder)).filter_map(|path| tree.get(path));
        texts.filter(|text| text.to_lowercase().contains("rekindle")).count()
    };

    let mut document = document();
    document["paths"]["/endpoints/v2/devices/{deviceID}/rekindle"] = json!({ "post": {
        "parameters": [{ "name": "deviceID", "in": "path", "required": true, "schema": { "type": "integer" } }],
        "requestBody": { "content": { "application/json": { "schema": { "type": "object", "properties": { "howHot": { "type": "integer" } } } } } },
        "responses": { "200": { "content": { "application/json": { "schema": { "type": "object", "properties": { "glowsRed": { "type": "boolean" } } } } } } }
    } });

    let error = repository.build(&document, OVERLAY).expect_err("it has no entry").to_string();
    assert!(
        error.contains("POST /endpoints/v2/devices/{deviceID}/rekindle has no entry in api/overlay/insync.yaml"),
        "{error}"
    );

    let entry = "  POST /endpoints/v2/devices/{deviceID}/rekindle:\n    id: insync.devices.rekindle\n    summary: Rekindles a device.\n";
    let after = repository.build(&document, &format!("{OVERLAY}{entry}")).unwrap();
    for folder in [
        "api/model.json",
        "core/src/api/",
        "bindings-python/",
        "bindings-node/",
        "bindings-c/include/",
        "bindings-c/go/",
    ] {
        assert_eq!(mentions(&before, folder), 0, "{folder}");
        assert!(mentions(&after, folder) > 0, "{folder} has no trace of the new operation");
    }
}

#[test]
fn what_is_stale_goes() {
    let repository = Repository::new("stale");
    let tree = repository.build(&document(), OVERLAY).unwrap();
    let stale = "core/src/api/gone/mod.rs";
    fs::create_dir_all(repository.0.join("core/src/api/gone")).unwrap();
    fs::write(repository.0.join(stale), "").unwrap();
    fs::write(repository.0.join("api/model.json"), "{}").unwrap();
    assert_eq!(tree.differences().unwrap(), ["api/model.json", stale]);
    tree.write().unwrap();
    assert!(tree.differences().unwrap().is_empty() && !repository.0.join(stale).exists());
}
