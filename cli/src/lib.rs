//! The `druva` command as a library, so that wheels and npm packages ship the same command.

mod call;
mod emulator;
mod operations;
mod outcome;

use outcome::Failure;
use std::ffi::OsString;

const HELP: &str = "\
Calls Druva's REST APIs from a shell.

Usage: druva <command> [options]

Commands:
  operations [--json]        Lists what can be called
  call <operation>           Calls an operation and prints its answer
  list <operation>           Prints the items of a list, one JSON object a line, over all pages; of an event feed
                             also where to go on next time (on standard error), even after a failure
  wait <operation>           Calls an operation that reports on work until the work is over, and prints the last answer
  doctor                     Says what stands between this machine and Druva: configuration, DNS, proxy, TLS,
                             credential, permissions, clock
  emulator                   Runs a Druva on loopback, for tests and trials

Arguments of call, list and wait:
  --arg <name>=<value>       One argument; lists as a,b,c; other values as JSON
  --json <object>            Arguments as a JSON object; - reads them from standard input
  --limit <n>                (list) Stops after n items
  --interval <seconds>       (wait) Between two looks, 5 without it
  --at-most <seconds>        (wait) Altogether, an hour without it

Where to call (else the environment: DRUVA_CLIENT_ID, DRUVA_CLIENT_SECRET, DRUVA_CLOUD, ..., then the configuration file):
  --cloud <name>             public, insync-gov, gov or cloudranger
  --customer <id>            A customer of the managed-service provider whose credential it is
  --base-url <url>           Another host for everything
  --profile <name>           A table of the configuration file
  --config-file <path>       The configuration file
  --timeout <seconds>        Deadline of a call

Options of emulator (all have defaults):
  --port --seed --devices --users --customers --client-id --client-secret --api-key --token-ttl --page-size --cloud
  --expired-status

Exit status: 0 done, 1 the call failed or the doctor found something, 2 the command, an argument or the configuration is wrong.
";

/// Runs the command. The first argument is the program's name, as [`std::env::args_os`] has it. Gives the exit status:
/// 0 done, 1 the call failed, 2 the command, an argument or the configuration is wrong.
pub fn main(args: Vec<OsString>) -> i32 {
    let end = match run(lexopt::Parser::from_iter(args)) {
        Err(Failure::HelpWanted) => outcome::print(HELP.as_bytes()),
        end => end,
    };
    match end {
        Ok(()) | Err(Failure::ReaderGone | Failure::HelpWanted) => 0,
        Err(Failure::Call(message)) => {
            eprintln!("druva: {message}");
            1
        }
        Err(Failure::Usage(message)) => {
            eprintln!("druva: {message}");
            2
        }
    }
}

fn run(mut parser: lexopt::Parser) -> Result<(), Failure> {
    use lexopt::prelude::*;
    let command = match parser.next()? {
        None => return Err(Failure::HelpWanted),
        Some(Short('V') | Long("version")) => {
            return outcome::print(concat!("druva ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
        }
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(outcome::unexpected(other)),
    };
    match command.as_str() {
        "operations" => operations::run(&mut parser),
        "call" => call::call(&mut parser),
        "list" => call::list(&mut parser),
        "wait" => call::wait(&mut parser),
        "doctor" => call::doctor(&mut parser),
        "emulator" => emulator::run(&mut parser),
        "help" => Err(Failure::HelpWanted),
        other => Err(Failure::Usage(format!("there is no command {other:?}; see druva --help"))),
    }
}
