//! `aap completions`: for shells that complete what is typed.

use std::io::Write;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Cli;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  aap completions bash > ~/.local/share/bash-completion/completions/aap
  aap completions zsh > ~/.zfunc/_aap
  aap completions fish > ~/.config/fish/completions/aap.fish";

/// Print a script that lets a shell complete commands and options.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    // The generator panics where it cannot write, so it writes where it always can.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "aap", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Done)
}
