//! The programs of the operating system this crate runs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

/// Where Debian keeps what it takes for root's own business, which an ordinary user's path omits.
const SYSTEM: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The package of Debian that `program` comes from.
pub(crate) fn package(program: &str) -> &'static str {
    match program {
        "ip" => "iproute2",
        "nft" => "nftables",
        "smcrouted" => "smcroute",
        "tcpdump" => "tcpdump",
        _ => "util-linux",
    }
}

/// Whether there is a program of this name.
pub(crate) fn is_installed(program: &str) -> bool {
    folders().any(|folder| folder.join(program).is_file())
}

/// A command that runs `program` after `prefix`, and finds what is in the system's folders.
pub(crate) fn within(prefix: &[OsString], program: &OsStr) -> Command {
    let mut words = prefix.iter().map(OsString::as_os_str).chain([program]);
    let mut command = Command::new(words.next().unwrap_or(program));
    command.args(words);
    if let Ok(path) = env::join_paths(folders()) {
        command.env("PATH", path);
    }
    command
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let own: Vec<PathBuf> = env::split_paths(&path).collect();
    let missing = SYSTEM.into_iter().map(PathBuf::from).filter(|folder| !own.contains(folder));
    let missing: Vec<PathBuf> = missing.collect();
    own.into_iter().chain(missing)
}
