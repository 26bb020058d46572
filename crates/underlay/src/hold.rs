//! Namespaces, each held by a process that ends with us.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::error::UnderlayError;
use crate::tool;

/// What a holder does: it says that it is there, waits until its input ends, as it does when this
/// process ends in whatever way, and then ends every process in its network namespace: twice, since
/// one may have been on its way in.
///
/// `$1` is the namespace it must have left, lest it end the processes of the host.
const HOLDER: &str = r#"
own=$(readlink /proc/self/ns/net)
[ -n "$own" ] && [ "$own" != "$1" ] || { echo "no namespace was made" >&2; exit 1; }
echo ready
while read -r _; do :; done
for pass in first second; do
  for word in $(ls -l /proc/[0-9]*/ns/net 2>/dev/null); do
    case $word in
      /proc/*) at=${word#/proc/}; at=${at%%/*} ;;
      "$own") [ "$at" = $$ ] || kill -KILL "$at" 2>/dev/null ;;
    esac
  done
  [ $pass = second ] || sleep 0.1
done
"#;

/// What allows us to make network namespaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ground {
    /// A user namespace, in which an ordinary user is root.
    UserNamespace,
    /// Being root.
    Root,
}

impl Ground {
    /// The words that make a namespace: the hub brings the user namespace, the others are in it.
    pub(crate) fn unshare(self, hub: bool) -> &'static [&'static str] {
        match (self, hub) {
            (Self::UserNamespace, true) => &["unshare", "--user", "--map-root-user", "--net"],
            _ => &["unshare", "--net"],
        }
    }

    /// The words that enter one, before `--target`.
    pub(crate) fn enter(self) -> &'static [&'static str] {
        match self {
            Self::UserNamespace => &["nsenter", "--user", "--preserve-credentials", "--net"],
            Self::Root => &["nsenter", "--net"],
        }
    }

    /// What to put before a command so that it runs in the namespace that `holder` holds.
    pub(crate) fn prefix(self, holder: u32) -> Vec<OsString> {
        let target = ["--target".to_owned(), holder.to_string(), "--".to_owned()];
        self.enter().iter().map(|word| (*word).into()).chain(target.map(Into::into)).collect()
    }
}

/// A namespace and the process that holds it.
#[derive(Debug)]
pub(crate) struct Holder {
    process: Child,
    /// Its input, whose end is its end.
    input: Option<ChildStdin>,
}

impl Holder {
    /// Makes a namespace with `prefix`, which ends in `unshare` and its options.
    pub(crate) fn start(prefix: &[OsString], name: &str) -> Result<Self, UnderlayError> {
        let mut command = tool::within(prefix, "sh".as_ref());
        command.args(["-c", HOLDER, &format!("underlay-{name}")]);
        command.arg(fs::read_link("/proc/self/ns/net").unwrap_or_default());
        // Ctrl-C at a terminal goes to its whole process group; holders outlast those who run in
        // their namespaces.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = spawn(&mut command)?;
        let input = process.stdin.take();
        let mut holder = Self { process, input };
        holder.greet()?;
        Ok(holder)
    }

    /// Its process id, by which others enter its namespace.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Lets go of the namespace. It is gone after [`Holder::wait`].
    pub(crate) fn release(&mut self) {
        self.input = None;
    }

    /// Waits until every process in the namespace has been told to end, and the holder has.
    pub(crate) fn wait(&mut self) {
        let _ = self.process.wait();
    }

    fn greet(&mut self) -> Result<(), UnderlayError> {
        let mut line = String::new();
        if let Some(output) = self.process.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut line);
        }
        if line == "ready\n" {
            return Ok(());
        }
        let mut said = String::new();
        if let Some(mut errors) = self.process.stderr.take() {
            let _ = errors.read_to_string(&mut said);
        }
        self.release();
        self.wait();
        Err(UnderlayError::Namespace { said: said.trim().to_owned() })
    }
}

/// Starts a command, or says what is missing.
pub(crate) fn spawn(command: &mut Command) -> Result<Child, UnderlayError> {
    command.spawn().map_err(|source| {
        let program = command.get_program().to_string_lossy().into_owned();
        match source.kind() {
            std::io::ErrorKind::NotFound => UnderlayError::Missing { program },
            _ => UnderlayError::Run { command: say(command), source },
        }
    })
}

/// A command as one would type it.
pub(crate) fn say(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
