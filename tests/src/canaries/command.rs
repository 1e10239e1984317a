//! The command `druva` as a runner: each call is a process of its own, with its options in the environment.

use serde_json::{Map, Value, json};
use std::io::{BufRead, Write};
use std::process::Command;

/// The argument that makes the program that runner.
pub const ARGUMENT: &str = "--command";

/// Plays the runner.
///
/// # Errors
/// Input or output is gone, or there is no command beside this program.
pub fn play() -> std::io::Result<()> {
    let program = std::env::current_exe()?.with_file_name("druva");
    let mut options = Map::new();
    let mut customer = None;
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = match request["do"].as_str() {
            Some("open") => {
                options = request["options"].as_object().cloned().unwrap_or_default();
                customer = None;
                json!({"ok": null})
            }
            Some("customer") => {
                customer = request["id"].as_str().map(str::to_owned);
                json!({"ok": null})
            }
            Some("call" | "pages") => {
                let mut command = Command::new(&program);
                for (name, value) in &options {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    command.env(format!("DRUVA_{}", name.to_ascii_uppercase()), text);
                }
                command.arg(if request["do"] == "pages" { "list" } else { "call" });
                command.arg(request["operation"].as_str().unwrap_or_default());
                command.args(["--json", &request["arguments"].to_string()]);
                command.args(customer.iter().flat_map(|id| ["--customer", id]));
                command.args(
                    request["timeout"].as_f64().iter().flat_map(|limit| ["--timeout".to_owned(), limit.to_string()]),
                );
                ended(&command.output()?)
            }
            _ => json!({"ok": {"text": ""}}),
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// What a command printed. Of one that was carried out, standard output is the answer.
fn ended(output: &std::process::Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return json!({"ok": {"json": null, "log": said}});
    }
    let class = format!("exit status {}", output.status.code().unwrap_or(-1));
    let message = format!("{said}{}", String::from_utf8_lossy(&output.stdout));
    json!({"error": {"class": class, "message": message}})
}
