//! The latest events of a node, kept for those who watch.
//!
//! A node makes the events about single messages only while someone watches, because they cost it
//! time. So the hub subscribes when the first watcher comes, and for a while after the last one
//! went, so that one who lost the connection and comes back has missed nothing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use super::lock::lock;
use super::problem::Problem;
use super::reason::Reason;
use crate::event::NodeEvent;
use crate::handle::Handle;

/// How many events are kept.
const KEPT: usize = 4096;

/// How long events are collected for those who may come back.
const LINGER: Duration = Duration::from_secs(60);

/// The latest events of a node.
pub(super) struct Hub {
    ring: Arc<Mutex<Ring>>,
    /// The number of the latest event. Its receivers are the watchers.
    latest: watch::Sender<u64>,
    watchers: Arc<Semaphore>,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<Arc<NodeEvent>>,
    /// Whether events are being collected.
    collecting: bool,
}

/// One who watches: reads at its own pace, and is told if that was too slow.
pub(super) struct Watcher {
    ring: Arc<Mutex<Ring>>,
    latest: watch::Receiver<u64>,
    /// The number of the last event that was read or is known to be missed.
    read: u64,
    /// Whether the one before the first event is known.
    position: Position,
    _permit: OwnedSemaphorePermit,
}

/// What a watcher knows about where it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It has just come: whatever comes first is not a gap.
    Fresh,
    /// It reads on: a jump in the numbers is a gap.
    Following,
}

/// What a watcher reads.
#[derive(Debug)]
pub(super) enum Heard {
    /// Events in order.
    Events(Vec<Arc<NodeEvent>>),
    /// These events are gone, the first and the last of them included.
    Missed { first: u64, last: u64 },
}

impl Hub {
    pub(super) fn new(watchers: usize) -> Self {
        Self {
            ring: Arc::default(),
            latest: watch::Sender::new(0),
            watchers: Arc::new(Semaphore::new(watchers)),
        }
    }

    /// Starts to watch after the event numbered `since`, or with whatever happens next.
    pub(super) fn watch(&self, handle: &Handle, since: Option<u64>) -> Result<Watcher, Problem> {
        let permit = Arc::clone(&self.watchers).try_acquire_owned().map_err(|_| {
            Problem::new(Reason::Busy, "there are as many event streams as the limits allow")
        })?;
        let latest = self.latest.subscribe();
        let mut ring = lock(&self.ring);
        if !ring.collecting {
            ring.collecting = true;
            let (ring, latest) = (Arc::clone(&self.ring), self.latest.clone());
            tokio::spawn(collect(ring, latest, handle.subscribe()));
        }
        let newest = ring.events.back().map_or(0, |event| event.number);
        let (read, position) = match since {
            Some(since) => (since, Position::Following),
            None => (newest, Position::Fresh),
        };
        drop(ring);
        Ok(Watcher { ring: Arc::clone(&self.ring), latest, read, position, _permit: permit })
    }
}

/// Collects events until nobody has watched for a while.
async fn collect(
    ring: Arc<Mutex<Ring>>,
    latest: watch::Sender<u64>,
    mut events: broadcast::Receiver<Arc<NodeEvent>>,
) {
    let mut idle_at = Instant::now() + LINGER;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => {
                    let number = event.number;
                    let mut ring = lock(&ring);
                    if ring.events.len() == KEPT {
                        ring.events.pop_front();
                    }
                    ring.events.push_back(event);
                    drop(ring);
                    latest.send_replace(number);
                }
                // The gap in the numbers tells watchers.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            () = sleep_until(idle_at) => {
                // Under the lock, so that no watcher comes between the decision and the end.
                let mut ring = lock(&ring);
                if latest.receiver_count() == 0 {
                    ring.collecting = false;
                    return;
                }
                idle_at = Instant::now() + LINGER;
            }
        }
    }
    lock(&ring).collecting = false;
}

impl Watcher {
    /// At most `limit` events after those that were read, or a gap; waits for the next event if
    /// there is none. `None` once the hub is gone.
    pub(super) async fn next(&mut self, limit: usize) -> Option<Heard> {
        loop {
            self.latest.borrow_and_update();
            if let Some(heard) = self.read(limit) {
                return Some(heard);
            }
            self.latest.changed().await.ok()?;
        }
    }

    fn read(&mut self, limit: usize) -> Option<Heard> {
        let ring = lock(&self.ring);
        if ring.events.back().is_some_and(|newest| newest.number < self.read) {
            // Numbers only count up: the client has seen another life of the node.
            self.read = 0;
        }
        let start = ring.events.partition_point(|event| event.number <= self.read);
        let first = ring.events.get(start)?.number;
        let expected = self.read + 1;
        if self.position == Position::Following && first > expected {
            self.read = first - 1;
            return Some(Heard::Missed { first: expected, last: self.read });
        }
        let mut events: Vec<Arc<NodeEvent>> = Vec::new();
        for event in ring.events.range(start..).take(limit) {
            // A jump within: the gap is told next time.
            if events.last().is_some_and(|last| last.number + 1 != event.number) {
                break;
            }
            events.push(Arc::clone(event));
        }
        self.read = events.last().map_or(self.read, |last| last.number);
        self.position = Position::Following;
        Some(Heard::Events(events))
    }
}

#[cfg(test)]
mod tests {
    use sansio::Instant;

    use super::*;
    use crate::event::Happening;

    fn event(number: u64) -> Arc<NodeEvent> {
        let happening = Happening::Reloaded;
        Arc::new(NodeEvent { number, wall_us: 0, at: Instant::ZERO, scope: None, happening })
    }

    fn watcher(kept: &[u64], since: Option<u64>) -> Watcher {
        let hub = Hub::new(1);
        let mut ring = lock(&hub.ring);
        ring.events.extend(kept.iter().map(|number| event(*number)));
        // No node to collect from.
        ring.collecting = true;
        drop(ring);
        let (handle, _ends) = Handle::new(Vec::new(), 1, Vec::new());
        hub.watch(&handle, since).expect("one may watch")
    }

    fn numbers(heard: Option<Heard>) -> Vec<u64> {
        match heard {
            Some(Heard::Events(events)) => events.iter().map(|event| event.number).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whoever_comes_new_hears_only_what_happens_next() {
        assert!(watcher(&[1, 2, 3], None).read(9).is_none());
    }

    #[test]
    fn whoever_comes_back_hears_what_it_missed_in_pieces() {
        let mut watcher = watcher(&[1, 2, 3, 4], Some(1));
        assert_eq!(numbers(watcher.read(2)), [2, 3]);
        assert_eq!(numbers(watcher.read(2)), [4]);
        assert!(watcher.read(2).is_none());
    }

    #[test]
    fn what_is_gone_is_told_as_missed() {
        let mut watcher = watcher(&[5, 6, 9], Some(2));
        assert!(matches!(watcher.read(9), Some(Heard::Missed { first: 3, last: 4 })));
        assert_eq!(numbers(watcher.read(9)), [5, 6]);
        assert!(matches!(watcher.read(9), Some(Heard::Missed { first: 7, last: 8 })));
        assert_eq!(numbers(watcher.read(9)), [9]);
    }

    #[test]
    fn numbers_of_another_life_of_the_node_start_over() {
        assert_eq!(numbers(watcher(&[1, 2], Some(700)).read(9)), [1, 2]);
    }

    #[test]
    fn there_are_only_so_many_watchers() {
        let hub = Hub::new(1);
        lock(&hub.ring).collecting = true;
        let (handle, _ends) = Handle::new(Vec::new(), 1, Vec::new());
        let first = hub.watch(&handle, None);
        assert!(hub.watch(&handle, None).is_err());
        drop(first);
        assert!(hub.watch(&handle, None).is_ok());
    }
}
