//! Answers that a client may ask for again, because it gave its request a key. They are kept in
//! stable storage with the addresses they tell of: a client that was cut off by the end of the
//! node asks once more, and gets the same addresses, not others.

use aap::RequestId;
use sansio::UtcSecs;

use crate::handle::{ScopeId, Verdict};

/// How many answers stable storage keeps, the latest ones.
pub(crate) const KEPT: usize = 4096;

/// How long an answer can be asked for again, in seconds.
pub(crate) const KEPT_FOR: i64 = 86_400;

/// How a request asks for addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Way {
    Allocate,
    Claim,
    Preallocate,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Allocate, Self::Claim, Self::Preallocate];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Allocate => "allocate",
            Self::Claim => "claim",
            Self::Preallocate => "preallocate",
        }
    }
}

/// What a client calls a request, so that asking again is not asking twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    /// The client's name for it.
    pub(crate) name: String,
    /// A hash of what was asked, the same in all lives of the node.
    pub(crate) content: u64,
}

/// What is to be remembered of a request if it gets its addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Memo {
    pub(crate) key: Key,
    pub(crate) way: Way,
    /// When it was made.
    pub(crate) made: UtcSecs,
}

/// The answer to a request with a key: addresses, never a refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) memo: Memo,
    pub(crate) scope: ScopeId,
    pub(crate) request: RequestId,
    pub(crate) verdict: Verdict,
}

/// Whether what was made then is too old to be asked for again.
pub(crate) const fn is_stale(made: UtcSecs, now: UtcSecs) -> bool {
    now.minus(made) >= KEPT_FOR
}
