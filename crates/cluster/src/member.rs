//! One member: its seat, its process, its life.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::IpAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client::Client;

/// How long a member may take to answer a question of the supervisor.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much of a log is shown when a member ends at once, in octets.
const LOG_TAIL: u64 = 2000;

/// What a member is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// An allocation server (draft section 3).
    Maas,
    /// A Prefix Coordinator (draft section 4).
    Coordinator,
}

/// Where a member is in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Life {
    /// It has never run.
    Unborn,
    /// Its process runs.
    Up {
        /// The process.
        pid: u32,
    },
    /// It was killed (SIGKILL): what it had not stored is lost, and nobody was told.
    Killed,
    /// It ended by itself, which says something is wrong.
    Ended {
        /// How, in words.
        how: String,
    },
}

/// A member of a cluster.
#[derive(Debug)]
pub struct Member {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: IpAddr,
    pub(crate) zone: Option<String>,
    pub(crate) command: Vec<OsString>,
    /// The tables of its scopes in its configuration file.
    pub(crate) scopes: String,
    pub(crate) data: PathBuf,
    pub(crate) control: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) captures: Captures,
    pub(crate) process: Option<Process>,
    pub(crate) life: Life,
}

/// What a member recorded of its lives.
#[derive(Debug)]
pub(crate) struct Captures {
    /// What their names begin with; nothing is recorded without.
    pub(crate) stem: Option<PathBuf>,
    /// How many lives it had.
    pub(crate) lives: usize,
}

impl Captures {
    /// That of its life number `life`, from 0.
    fn of(&self, life: usize) -> Option<PathBuf> {
        let mut name = self.stem.clone()?.into_os_string();
        name.push(format!("-{life}"));
        Some(name.into())
    }

    /// That of the life that begins now.
    fn next(&mut self) -> Option<PathBuf> {
        self.lives += 1;
        self.of(self.lives - 1)
    }
}

/// A running process. It ends when its standard input does: with the supervisor, however that dies.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Said to whoever watches this life, and no other.
    lives: Arc<AtomicBool>,
    lifeline: Option<ChildStdin>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.lives.store(false, Ordering::Relaxed);
    }
}

impl Member {
    /// Its name, such as `maas-1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The address it speaks from.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The zone it stands in, where there are zones.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn life(&self) -> &Life {
        &self.life
    }

    /// Its control socket.
    #[must_use]
    pub fn control(&self) -> &Path {
        &self.control
    }

    /// The directory of its stable storage; a Prefix Coordinator has none.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What it logs.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What it recorded, a file for each life that has begun; none if it does not record.
    #[must_use]
    pub fn captures(&self) -> Vec<PathBuf> {
        (0..self.captures.lives).filter_map(|life| self.captures.of(life)).collect()
    }

    /// Asks it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.control.clone()).patient_for(PATIENCE)
    }

    /// Starts its process; the answer says whether that lives.
    pub(crate) fn start(&mut self) -> io::Result<Arc<AtomicBool>> {
        let capture = self.captures.next();
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut child = Command::new(program)
            .args(arguments)
            .args(capture.iter().flat_map(|file| [OsStr::new("--trace"), file.as_os_str()]))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C on the terminal is for the supervisor alone.
            .process_group(0)
            .spawn()?;
        self.life = Life::Up { pid: child.id() };
        let lives = Arc::new(AtomicBool::new(true));
        self.process =
            Some(Process { lifeline: child.stdin.take(), child, lives: Arc::clone(&lives) });
        Ok(lives)
    }

    /// Kills its process (SIGKILL) and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself a moment ago: gone either way.
            let _ = process.child.kill();
            let _ = process.child.wait();
            self.life = Life::Killed;
        }
    }

    /// Looks whether it has ended by itself; says how, once.
    pub(crate) fn look(&mut self) -> Option<String> {
        let process = self.process.as_mut()?;
        let status = process.child.try_wait().ok()??;
        self.process = None;
        let how = in_words(status);
        self.life = Life::Ended { how: how.clone() };
        Some(how)
    }

    /// Lets go of its standard input, which ends it.
    pub(crate) fn let_go(&mut self) {
        if let Some(process) = &mut self.process {
            process.lifeline = None;
        }
    }

    /// Waits until it has ended, but not beyond `deadline`: then it is killed.
    pub(crate) fn wait(&mut self, deadline: Instant) {
        while self.process.is_some() && self.look().is_none() {
            if Instant::now() >= deadline {
                self.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.log)?;
            let length = fs::metadata(&self.log)?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
            let mut octets = Vec::new();
            file.read_to_end(&mut octets)?;
            Ok(String::from_utf8_lossy(&octets).trim_end().to_owned())
        };
        read().unwrap_or_default()
    }
}

fn in_words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with status {code}"),
        (None, Some(signal)) => format!("signal {signal} ended it"),
        (None, None) => "it ended".to_owned(),
    }
}
