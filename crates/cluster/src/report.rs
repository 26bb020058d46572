//! What happens in a cluster, in one stream.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use client::{Client, Event, Events};

use crate::faults::Faults;

/// How long a node that was started may take to listen.
pub(crate) const LISTENS_WITHIN: Duration = Duration::from_secs(30);

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// When, in microseconds since 1970.
    pub wall_us: i64,
    /// The place of the member it concerns, unless it concerns all.
    pub member: Option<usize>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum What {
    /// The member's process was started.
    Started {
        /// The process.
        pid: u32,
    },
    /// The member listens at its control socket, and its events follow.
    Listens,
    /// The member was killed.
    Killed,
    /// The member ended by itself.
    Ended {
        /// How, in words.
        how: String,
        /// The end of its log.
        said: String,
    },
    /// The faults were changed; these are in force.
    Faults(Vec<String>),
    /// The member tells an event of its own.
    Told(Event),
}

/// What the wall clock shows, in microseconds since 1970: the clock of reports and captures.
#[must_use]
pub fn wall_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Report {
    pub(crate) fn now(member: Option<usize>, what: What) -> Self {
        Self { wall_us: wall_us(), member, what }
    }

    /// The event of a member, if it is one.
    #[must_use]
    pub const fn event(&self) -> Option<&Event> {
        match &self.what {
            What::Told(event) => Some(event),
            _ => None,
        }
    }
}

/// What a watch of one member's life needs.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) member: usize,
    pub(crate) client: Client,
    pub(crate) addresses: Arc<[std::net::IpAddr]>,
    pub(crate) faults: Arc<Mutex<Faults>>,
    pub(crate) reports: Sender<Report>,
    /// Whether the life that is watched goes on.
    pub(crate) lives: Arc<AtomicBool>,
}

impl Watch {
    /// Follows a member from its start until it is gone.
    pub(crate) fn spawn(self) {
        // Ends with the stream, which ends with the member; nobody waits for it.
        drop(
            thread::Builder::new()
                .name(format!("watch-{}", self.member))
                .spawn(move || self.follow()),
        );
    }

    fn follow(&self) {
        let (mut read, mut listens) = (None, false);
        while let Some(events) = self.connect(read) {
            if !listens {
                listens = true;
                self.put_faults();
                if self.tell(What::Listens).is_err() {
                    return;
                }
            }
            for event in events {
                // What tells of a gap has no number.
                read = Some(event.number).filter(|number| *number > 0).or(read);
                if self.tell(What::Told(event)).is_err() {
                    return;
                }
            }
        }
    }

    /// A stream of what happened after the event numbered `read`, as soon as the member listens.
    /// `None` if it does not, or its life is over: another has a watch of its own.
    fn connect(&self, read: Option<u64>) -> Option<Events> {
        let deadline = Instant::now() + LISTENS_WITHIN;
        while self.lives.load(Ordering::Relaxed) && Instant::now() < deadline {
            if let Ok(events) = self.client.events(read) {
                return Some(events);
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Tells a member that has just started which faults are in force.
    fn put_faults(&self) {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !faults.is_none() {
            // Without an answer it is gone again, which the stream tells too.
            let _ = self.client.put_faults(faults.plan(self.member, &self.addresses));
        }
    }

    fn tell(&self, what: What) -> Result<(), ()> {
        self.reports.send(Report::now(Some(self.member), what)).map_err(drop)
    }
}
