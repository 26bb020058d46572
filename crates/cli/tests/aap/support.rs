use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

/// Two allocators, one of which claims; what is checked holds under every seed.
pub(crate) const QUIET: &str = "\
title   One claim and nobody objects
cites   AAP-3.2.5-01..03
seed    4
scope   site 239.255.0.0/16 small
hosts   A B
skip    startup
at 0s A allocate 1 until +1h
run 20s
expect A count ACLM = 4
expect B never AIU
";

/// What a command came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        Self { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// The binary with these arguments and nothing of the environment that changes its look.
pub(crate) fn command<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aap"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    command
}

/// Runs the binary.
pub(crate) fn aap<S: AsRef<OsStr>>(arguments: &[S]) -> Ran {
    command(arguments).output().expect("the binary runs").into()
}

/// A directory of its own for the test called `name`, empty.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).expect("an old directory can go");
    }
    fs::create_dir_all(&path).expect("a new directory can be made");
    path
}

/// Puts a file into a directory of the test's own, and answers with its path.
pub(crate) fn file(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    fs::write(&path, text).expect("a file can be written");
    path.into_os_string().into_string().expect("paths are text")
}

/// Lets live processes get on, before they are asked again.
#[expect(clippy::disallowed_methods, reason = "processes live in real time")]
pub(crate) fn pause() {
    thread::sleep(Duration::from_millis(50));
}
