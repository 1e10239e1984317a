//! What holds of the model that is checked in.
#![allow(clippy::unwrap_used)]

use druva_api::Model;
use druva_codegen::model::read;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_model_is_current() {
    assert!(read(&repository()).unwrap().model == Model::load(), "api/model.json is stale: run `make generate`");
}

#[test]
fn everything_is_explained() {
    let mut silent = Vec::new();
    for product in Model::load().products {
        for operation in product.operations {
            let params = operation.params.iter().filter(|param| param.doc.is_empty());
            silent.extend(params.map(|param| format!("{}: {}", operation.id, param.name)));
        }
        for (name, object) in product.types {
            let fields = object.fields.iter().filter(|field| field.doc.is_empty());
            silent.extend(fields.map(|field| format!("{name}.{}", field.name)));
            silent.extend(object.doc.is_empty().then_some(name));
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}
