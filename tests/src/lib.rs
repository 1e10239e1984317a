//! What every language must do alike, as data, and the program that holds each of them to it.
//!
//! A scenario (`scenarios/*.yaml`) says how the server behaves, what a caller does and what the caller and the server
//! must see. A language takes part with one small runner program that carries out a handful of commands given as JSON
//! lines. `README.md` tells how to write either.

pub mod arguments;
pub mod canaries;
pub mod counterparts;
pub mod devices;
pub mod expect;
pub mod faults;
#[allow(missing_docs, reason = "generated for the sweep alone")]
pub mod generated;
pub mod languages;
pub mod log;
pub mod play;
pub mod runner;
pub mod scenario;
pub mod server;
pub mod step;
pub mod stores;
pub mod sweep;
pub mod typed;
pub mod values;
pub mod writes;

/// How a program of this crate ends: 0 when everything was as it should be, 1 when not, 2 when that could not be found out.
pub fn ended(program: &str, outcome: Result<bool, String>) -> std::process::ExitCode {
    match outcome {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{program}: {why}");
            std::process::ExitCode::from(2)
        }
    }
}
