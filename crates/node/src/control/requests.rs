//! Requests for addresses, from the moment they are made until their answers are forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aap::RequestId;
use sansio::UtcSecs;
use tokio::sync::watch;

use super::lock::lock;
use super::problem::Problem;
use super::reason::Reason;
use crate::answer::{Answer, Key, Memo, Way, is_stale};
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

    /// What is to be remembered of it beyond the life of the node: nothing without a key.
    pub(super) fn memo(&self) -> Option<Memo> {
        self.key.clone().map(|key| Memo { key, way: self.way, made: self.made })
    }

    fn is_open(&self) -> bool {
        matches!(*self.progress.borrow(), Progress::Sent | Progress::Pending)
    }
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
    /// With the answers of former lives, oldest first.
    pub(super) fn new(remembered_max: usize, pending_max: usize, recalled: &[Answer]) -> Self {
        let remembered_max = remembered_max.max(1);
        let mut table = Table::default();
        for answer in recalled {
            table.recall(answer);
        }
        table.forget_down_to(remembered_max);
        Self { table: Mutex::new(table), remembered_max, pending_max }
    }

    /// The request that was made before under this key, if it was.
    pub(super) fn known(&self, key: &Key, now: UtcSecs) -> Result<Option<Arc<Entry>>, Problem> {
        lock(&self.table).known(key, now)
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
        if let Some(key) = &key
            && let Some(known) = table.known(key, made)?
        {
            return Ok(Opened::Known(known));
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
    /// The request of this key, whose answer may not be too old.
    fn known(&mut self, key: &Key, now: UtcSecs) -> Result<Option<Arc<Entry>>, Problem> {
        let named = self.by_key.get(&key.name).and_then(|id| self.by_id.get(id)).cloned();
        let Some(known) = named else { return Ok(None) };
        if !known.is_open() && is_stale(known.made, now) {
            self.free_key(&known);
            return Ok(None);
        }
        if known.key.as_ref() == Some(key) {
            Ok(Some(known))
        } else {
            Err(Reason::KeyReused.into())
        }
    }

    fn recall(&mut self, answer: &Answer) {
        let Answer { memo: Memo { key, way, made }, scope, request, verdict } = answer.clone();
        let progress = watch::Sender::new(Progress::Decided(verdict));
        self.by_key.insert(key.name.clone(), request);
        let entry = Entry { id: request, scope, way, made, key: Some(key), progress };
        self.by_id.insert(request, Arc::new(entry));
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
    use crate::answer::KEPT_FOR;

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
        let requests = Requests::new(10, 10, &[]);
        opened(&requests, 1, key("a", 7));
        assert!(matches!(open(&requests, 2, key("a", 7)), Ok(Opened::Known(e)) if e.id.0 == 1));
        let other = open(&requests, 3, key("a", 8)).unwrap_err();
        assert_eq!(other.reason, Reason::KeyReused);
    }

    #[test]
    fn the_key_of_a_refused_request_is_free_again() {
        let requests = Requests::new(10, 10, &[]);
        let entry = opened(&requests, 1, key("a", 7));
        requests.note(&entry, Progress::Decided(Verdict::Refused(Refusal::NoneFree)));
        assert_eq!(opened(&requests, 2, key("a", 9)).id, RequestId(2));
    }

    #[test]
    fn answers_of_former_lives_are_known_until_they_are_too_old() {
        let key = key("a", 7).unwrap();
        let memo = Memo { key: key.clone(), way: Way::Allocate, made: UtcSecs(100) };
        let verdict = Verdict::Held { leases: vec![] };
        let (scope, request) = (ScopeId(0), RequestId(3));
        let answer = Answer { memo, scope, request, verdict: verdict.clone() };
        let requests = Requests::new(10, 10, &[answer]);
        let known = requests.known(&key, UtcSecs(200)).unwrap().unwrap();
        assert_eq!((known.id, &*known.progress().borrow()), (request, &Progress::Decided(verdict)));
        let late = UtcSecs(100 + KEPT_FOR);
        assert!(requests.known(&key, late).unwrap().is_none(), "the key is free again");
        opened(&requests, 4, Some(key));
    }

    #[test]
    fn only_answered_requests_are_forgotten() {
        let requests = Requests::new(2, 3, &[]);
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
