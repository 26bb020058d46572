//! Requests for addresses, from the moment they are made until their answers are forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aap::RequestId;
use sansio::UtcSecs;
use tokio::sync::watch;

use super::app::lock;
use super::problem::Problem;
use super::reason::Reason;
use crate::handle::{CommandError, ScopeId, Verdict};

/// How a request is getting on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Progress {
    /// On its way to the participant.
    Sent,
    /// The participant works on it.
    Pending,
    /// It has its answer.
    Decided(Verdict),
    /// It never got to the participant, or stable storage failed under it.
    Failed(CommandError),
}

/// How a request asks for addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Way {
    Allocate,
    Claim,
    Preallocate,
}

impl Way {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Allocate => "allocate",
            Self::Claim => "claim",
            Self::Preallocate => "preallocate",
        }
    }
}

/// A request for addresses.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: RequestId,
    pub(super) scope: ScopeId,
    pub(super) way: Way,
    pub(super) made: UtcSecs,
    key: Option<Key>,
    progress: watch::Sender<Progress>,
}

impl Entry {
    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    pub(super) const fn is_repeatable(&self) -> bool {
        self.key.is_some()
    }

    fn is_open(&self) -> bool {
        matches!(*self.progress.borrow(), Progress::Sent | Progress::Pending)
    }
}

/// What a client calls a request, so that asking again is not asking twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Key {
    /// The client's name for it.
    pub(super) name: String,
    /// A hash of what was asked.
    pub(super) content: u64,
}

/// The requests of one node, latest last.
pub(super) struct Requests {
    table: Mutex<Table>,
    remembered_max: usize,
    pending_max: usize,
}

#[derive(Default)]
struct Table {
    by_id: BTreeMap<RequestId, Arc<Entry>>,
    by_key: BTreeMap<String, RequestId>,
    open: usize,
}

/// What opening a request led to.
#[derive(Debug)]
pub(super) enum Opened {
    /// It is new and has to be sent.
    New(Arc<Entry>),
    /// It was made before under the same key.
    Known(Arc<Entry>),
}

impl Requests {
    pub(super) fn new(remembered_max: usize, pending_max: usize) -> Self {
        Self { table: Mutex::default(), remembered_max: remembered_max.max(1), pending_max }
    }

    /// Opens a request, unless its key says that it is open or granted already.
    pub(super) fn open(
        &self,
        id: impl FnOnce() -> RequestId,
        scope: ScopeId,
        way: Way,
        made: UtcSecs,
        key: Option<Key>,
    ) -> Result<Opened, Problem> {
        let mut table = lock(&self.table);
        if let Some(known) = key.as_ref().and_then(|key| table.by_name(&key.name)) {
            return if known.key == key {
                Ok(Opened::Known(known))
            } else {
                Err(Reason::KeyReused.into())
            };
        }
        if table.open >= self.pending_max {
            let detail = format!("{} requests wait for their addresses", table.open);
            return Err(Problem::new(Reason::Busy, detail));
        }
        table.forget_down_to(self.remembered_max - 1);
        let (id, progress) = (id(), watch::Sender::new(Progress::Sent));
        let entry = Arc::new(Entry { id, scope, way, made, key, progress });
        if let Some(key) = &entry.key {
            table.by_key.insert(key.name.clone(), id);
        }
        table.open += 1;
        table.by_id.insert(id, Arc::clone(&entry));
        Ok(Opened::New(entry))
    }

    /// Notes how a request is getting on. A key whose request came to nothing is free again.
    pub(super) fn note(&self, entry: &Entry, progress: Progress) {
        let mut table = lock(&self.table);
        let was_open = entry.is_open();
        let came_to_nothing =
            matches!(progress, Progress::Failed(_) | Progress::Decided(Verdict::Refused(_)));
        entry.progress.send_replace(progress);
        if was_open && !entry.is_open() {
            table.open = table.open.saturating_sub(1);
        }
        if came_to_nothing {
            table.free_key(entry);
        }
    }

    pub(super) fn find(&self, id: RequestId) -> Option<Arc<Entry>> {
        lock(&self.table).by_id.get(&id).cloned()
    }

    /// How many wait for their answers in this scope.
    pub(super) fn open_in(&self, scope: ScopeId) -> usize {
        let table = lock(&self.table);
        table.by_id.values().filter(|e| e.scope == scope && e.is_open()).count()
    }
}

impl Table {
    fn by_name(&self, name: &str) -> Option<Arc<Entry>> {
        self.by_key.get(name).and_then(|id| self.by_id.get(id)).cloned()
    }

    fn free_key(&mut self, entry: &Entry) {
        if let Some(key) = &entry.key
            && self.by_key.get(&key.name) == Some(&entry.id)
        {
            self.by_key.remove(&key.name);
        }
    }

    /// Forgets the oldest answers until at most `count` requests are left. Those without an
    /// answer stay: they are bounded by themselves.
    fn forget_down_to(&mut self, count: usize) {
        while self.by_id.len() > count {
            let Some(oldest) = self.by_id.values().find(|e| !e.is_open()).cloned() else { return };
            self.free_key(&oldest);
            self.by_id.remove(&oldest.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use aap::Refusal;

    use super::*;

    fn key(name: &str, content: u64) -> Option<Key> {
        Some(Key { name: name.to_owned(), content })
    }

    fn open(requests: &Requests, id: u32, key: Option<Key>) -> Result<Opened, Problem> {
        requests.open(|| RequestId(id), ScopeId(0), Way::Allocate, UtcSecs(0), key)
    }

    fn opened(requests: &Requests, id: u32, key: Option<Key>) -> Arc<Entry> {
        match open(requests, id, key) {
            Ok(Opened::New(entry)) => entry,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_same_key_leads_to_the_same_request_and_never_to_another() {
        let requests = Requests::new(10, 10);
        opened(&requests, 1, key("a", 7));
        assert!(matches!(open(&requests, 2, key("a", 7)), Ok(Opened::Known(e)) if e.id.0 == 1));
        let other = open(&requests, 3, key("a", 8)).unwrap_err();
        assert_eq!(other.reason, Reason::KeyReused);
    }

    #[test]
    fn the_key_of_a_refused_request_is_free_again() {
        let requests = Requests::new(10, 10);
        let entry = opened(&requests, 1, key("a", 7));
        requests.note(&entry, Progress::Decided(Verdict::Refused(Refusal::NoneFree)));
        assert_eq!(opened(&requests, 2, key("a", 9)).id, RequestId(2));
    }

    #[test]
    fn only_answered_requests_are_forgotten() {
        let requests = Requests::new(2, 3);
        let first = opened(&requests, 1, None);
        let second = opened(&requests, 2, key("b", 0));
        requests.note(&second, Progress::Decided(Verdict::Held { leases: vec![] }));
        opened(&requests, 3, None);
        assert!(requests.find(second.id).is_none(), "the one with an answer had to go");
        assert!(requests.find(first.id).is_some());
        assert_eq!(requests.open_in(ScopeId(0)), 2);
        opened(&requests, 4, key("b", 1));
        assert_eq!(open(&requests, 5, None).unwrap_err().reason, Reason::Busy);
    }
}
