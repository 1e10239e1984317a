//! `druva-codegen import <specs-dir>` and `druva-codegen generate [--check]`.

use druva_codegen::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: druva-codegen import <specs-dir>\n       druva-codegen generate [--check]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = repository();
    let outcome = match arguments.as_slice() {
        ["import", specs] => import(&root, Path::new(specs)),
        ["generate"] => generate(&root, false),
        ["generate", "--check"] => generate(&root, true),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The repository that this program was built in.
fn repository() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}

fn import(root: &Path, specs: &Path) -> Result<bool, Error> {
    report(&druva_codegen::import::all(root, specs)?, false)
}

fn generate(root: &Path, check: bool) -> Result<bool, Error> {
    let resolved = druva_codegen::model::read(root)?;
    let tree = druva_codegen::emit(&resolved, root)?;
    report(&tree, check)
}

/// Writes the tree, or says how the files differ from it.
fn report(tree: &druva_codegen::Tree, check: bool) -> Result<bool, Error> {
    if !check {
        for path in tree.write()? {
            println!("{path}");
        }
        return Ok(true);
    }
    let differences = tree.differences()?;
    for path in &differences {
        eprintln!("{path}: differs from what the generator emits; run `make generate`");
    }
    Ok(differences.is_empty())
}
