//! `aap man`: manual pages.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use crate::Cli;
use crate::exit::{Exit, Failure};

/// Print the manual page, or write those of all commands into a directory.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Where to write `aap.1`, `aap-allocate.1` and so on.
    dir: Option<PathBuf>,
}

/// Prints or writes the pages.
pub(crate) fn run(args: &ManArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let Some(dir) = &args.dir else {
        clap_mangen::Man::new(Cli::command()).render(out)?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .map_err(|why| Failure::Environment(format!("{}: {why}", dir.display())))?;
    Ok(Exit::Done)
}
