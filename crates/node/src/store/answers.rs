//! Answers to requests with keys, in stable storage: a row each, and which of them are to go.

use std::collections::{BTreeMap, BTreeSet};

use aap::{GrantPath, Lease, RequestId};
use addrspace::Family;
use sansio::UtcSecs;
use serde::{Deserialize, Serialize};

use super::Shelf;
use super::row::span;
use crate::answer::{Answer, KEPT, Key, Memo, Way, is_stale};
use crate::handle::{ScopeId, Verdict};

/// A stored answer. The fields are part of the store's format.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Row {
    content: u64,
    scope: String,
    way: String,
    made: i64,
    request: u32,
    /// How allocated addresses were got; preallocated ones are held.
    path: Option<String>,
    leases: Vec<(String, i64)>,
}

const PATHS: [(&str, GrantPath); 2] =
    [("claim", GrantPath::Claim), ("preallocation", GrantPath::Preallocation)];

/// The text of an answer; `None` for one that is not to be kept.
pub(super) fn write(answer: &Answer, shelf: &Shelf) -> Option<String> {
    let Answer { memo, request, verdict, .. } = answer;
    let (leases, path) = match verdict {
        Verdict::Granted { leases, path } => (leases, Some(*path)),
        Verdict::Held { leases } => (leases, None),
        Verdict::Refused(_) => return None,
    };
    let name =
        |path: GrantPath| PATHS.iter().find(|(_, known)| *known == path).map(|(name, _)| *name);
    let lease = |lease: &Lease| (lease.range.display(shelf.family).to_string(), lease.end.0);
    let row = Row {
        content: memo.key.content,
        scope: shelf.name.clone(),
        way: memo.way.name().to_owned(),
        made: memo.made.0,
        request: request.0,
        path: path.and_then(name).map(str::to_owned),
        leases: leases.iter().map(lease).collect(),
    };
    // A row is strings and numbers, which JSON can always say.
    serde_json::to_string(&row).ok()
}

/// Reads an answer back; `None` for one of a scope that is not served any more.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn read(name: &str, text: &str, shelves: &[Shelf]) -> Result<Option<Answer>, String> {
    let row: Row = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Some(scope) = shelves.iter().position(|shelf| shelf.name == row.scope) else {
        return Ok(None);
    };
    let way = Way::ALL.into_iter().find(|way| way.name() == row.way);
    let leases = leases(row.leases, shelves[scope].family)?;
    let verdict = match row.path {
        None => Verdict::Held { leases },
        Some(name) => {
            let path = PATHS.iter().find(|(known, _)| *known == name).map(|(_, path)| *path);
            let path = path.ok_or_else(|| format!("`{name}` is no way to get addresses"))?;
            Verdict::Granted { leases, path }
        }
    };
    let memo = Memo {
        key: Key { name: name.to_owned(), content: row.content },
        way: way.ok_or_else(|| format!("`{}` is no way to ask for addresses", row.way))?,
        made: UtcSecs(row.made),
    };
    let (scope, request) = (ScopeId(scope), RequestId(row.request));
    Ok(Some(Answer { memo, scope, request, verdict }))
}

fn leases(stored: Vec<(String, i64)>, family: Family) -> Result<Vec<Lease>, String> {
    let lease = |(text, end)| Ok(Lease { range: span(text, family)?, end: UtcSecs(end) });
    stored.into_iter().map(lease).collect()
}

/// Which answers are stored, by age and by name.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_age: BTreeSet<(UtcSecs, String)>,
    by_name: BTreeMap<String, UtcSecs>,
}

impl Index {
    /// Notes that an answer is stored, instead of an earlier one of that name.
    pub(super) fn note(&mut self, name: &str, made: UtcSecs) {
        if let Some(earlier) = self.by_name.insert(name.to_owned(), made) {
            self.by_age.remove(&(earlier, name.to_owned()));
        }
        self.by_age.insert((made, name.to_owned()));
    }

    /// The name of an answer that is too old, or one too many, and is to go now.
    pub(super) fn pop(&mut self, now: UtcSecs) -> Option<String> {
        let (made, _) = self.by_age.first()?;
        if self.by_age.len() <= KEPT && !is_stale(*made, now) {
            return None;
        }
        let (_, name) = self.by_age.pop_first()?;
        self.by_name.remove(&name);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::KEPT_FOR;

    #[test]
    fn the_oldest_go_first_and_a_name_is_stored_once() {
        let mut index = Index::default();
        index.note("a", UtcSecs(1));
        index.note("b", UtcSecs(2));
        index.note("a", UtcSecs(3));
        assert_eq!(index.pop(UtcSecs(3)), None);
        assert_eq!(index.pop(UtcSecs(2 + KEPT_FOR)).as_deref(), Some("b"));
        assert_eq!(index.pop(UtcSecs(2 + KEPT_FOR)), None);
        assert_eq!(index.pop(UtcSecs(3 + KEPT_FOR)).as_deref(), Some("a"));
    }

    #[test]
    fn no_more_than_so_many_are_kept() {
        let mut index = Index::default();
        for nth in 0..=KEPT {
            index.note(&nth.to_string(), UtcSecs(9));
        }
        assert!(index.pop(UtcSecs(9)).is_some());
        assert_eq!(index.pop(UtcSecs(9)), None);
    }
}
