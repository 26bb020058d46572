//! The HMAC trailer: who sent a datagram, for networks without IPsec. Ours, not the draft's, and
//! off unless a key file is configured (F-42). `docs/decisions/authentication.md` says why it is
//! as it is.

mod guard;
mod keys;
mod seal;
mod trailer;

use std::collections::BTreeSet;

use aap::wire::MessageType;
use sansio::Duration;

pub(crate) use guard::{Finding, Guard};
pub use keys::{KeyError, Keys};
pub use seal::{Seal, SealVerdict};
pub(crate) use trailer::without_trailer;

/// How datagrams are authenticated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Auth {
    /// The keys that all participants share.
    pub keys: Keys,
    /// The types of messages that are sent with a trailer.
    pub send: BTreeSet<MessageType>,
    /// The types of messages that are ignored without a valid one.
    pub require: BTreeSet<MessageType>,
    /// By how much a sender's clock may differ from ours. Older datagrams are replays.
    pub window: Duration,
}

impl Auth {
    /// A minute: far more than clocks that are kept right differ by.
    pub const WINDOW: Duration = Duration::from_secs(60);

    /// With `keys`, every message is sent with a trailer and none is heard without.
    #[must_use]
    pub fn with(keys: Keys) -> Self {
        let all = BTreeSet::from(MessageType::ALL);
        Self { keys, send: all.clone(), require: all, window: Self::WINDOW }
    }
}
