//! The `druva` command.

fn main() {
    std::process::exit(druva_cli::main(std::env::args_os().collect()));
}
