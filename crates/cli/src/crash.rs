//! What becomes of a bug of our own: a report that helps, and an exit status of its own.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::env;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::exit::Exit;

/// Runs `command`; a panic in it, whatever the thread, ends in [`Exit::Bug`].
pub(crate) fn guard(command: impl FnOnce() -> u8) -> u8 {
    panic::set_hook(Box::new(report));
    // What the command leaves behind is not looked at again: the process ends.
    panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or(Exit::Bug.status())
}

fn report(info: &PanicHookInfo<'_>) {
    let mut err = io::stderr().lock();
    let arguments: Vec<_> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let backtrace = Backtrace::capture();
    let trace = match backtrace.status() {
        BacktraceStatus::Captured => backtrace.to_string(),
        _ => "Run it again with RUST_BACKTRACE=1 to learn where it came from.".to_owned(),
    };
    // With standard error gone, only the exit status is left to tell.
    let _ = writeln!(
        err,
        "aap: internal error: {info}\n\n\
         This is a bug in aap {}, not a mistake of yours. Please report it with these lines, the\n\
         scenario and this command; the run is deterministic, so that is enough to see it again:\n  \
         aap {}\n{trace}",
        env!("CARGO_PKG_VERSION"),
        arguments.join(" "),
    );
}
