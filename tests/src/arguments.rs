//! The arguments of this crate's programs.

use lexopt::{Arg, Error, Parser};

/// Hands each option's name to `take`, which may read its value. Where help is wanted it shows that, and the program ends.
///
/// # Errors
/// What is no option, and a value that `take` cannot use.
pub fn read(help: &str, mut take: impl FnMut(&str, &mut Parser) -> Result<(), Error>) -> Result<(), String> {
    let mut parser = Parser::from_env();
    loop {
        let name = match parser.next().map_err(|error| error.to_string())? {
            None => return Ok(()),
            Some(Arg::Long("help")) => {
                println!("{help}");
                std::process::exit(0);
            }
            Some(Arg::Long(name)) => name.to_owned(),
            Some(other) => return Err(other.unexpected().to_string()),
        };
        take(&name, &mut parser).map_err(|error| error.to_string())?;
    }
}

/// That there is no such option.
///
/// # Errors
/// Always.
pub fn unknown(name: &str) -> Result<(), Error> {
    Err(Arg::Long(name).unexpected())
}
