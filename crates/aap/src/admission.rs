//! Which messages are heard at all: vouched for where policy asks for that, recent, and about the
//! scope (sections 2.1.3 and 6, findings F-04, F-05, F-32, F-38, F-42).

use addrspace::Range;

use crate::config::{AnaScope, Config, Peer};
use crate::event::Ignored;
use crate::policy::{RequireAuth, ScopeMismatch as OnMismatch};
use crate::recent::Recent;
use crate::skew::Skew;
use crate::wire::{Message, MessageType, ScopeMismatch, scope_check};

/// How many senders are remembered for having spoken about the scope.
const SENDER_MEMORY: usize = 256;

/// Why a message is ignored, and the rule that says so.
pub(crate) type Refused = (Ignored, &'static str);

/// Judges messages before anything else looks at them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Admission {
    /// Who has lately spoken about the scope: a message without any range is taken to be about the
    /// scope its sender spoke about last (F-04).
    senders: Recent<Peer>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { senders: Recent::new(SENDER_MEMORY) }
    }
}

impl Admission {
    /// Whether `message` from `peer` is to be heard by a participant of this configuration.
    ///
    /// What forgers could do otherwise is spelled out in section 6: an empty ASA stops all new
    /// allocations, AIUs in answer to every claim block a MAAS, a false ASRP misleads a coordinator
    /// (AAP-6-01, -02, -03). The transport says who is vouched for (AAP-6-04); policy says for which
    /// types that is needed (AAP-2-14), ASAs first of all (AAP-3.2.10.1-19). Replays are told by
    /// their age only (AAP-6-08, F-38).
    pub(crate) fn judge(
        &mut self,
        config: &Config,
        peer: Peer,
        message: &Message,
        skew: Skew,
        authenticated: bool,
    ) -> Result<(), Refused> {
        let required = match config.policy.require_auth {
            RequireAuth::None => false,
            RequireAuth::Asa => message.kind() == MessageType::Asa,
            RequireAuth::All => true,
        };
        if required && !authenticated {
            return Err((Ignored::Unauthenticated, "AAP-6-04"));
        }
        let limit = u64::from(config.policy.max_skew);
        if limit != 0 && skew.secs().unsigned_abs() > limit {
            return Err((Ignored::Skew, "F-38"));
        }
        self.judge_scope(config, peer, message)
    }

    fn judge_scope(
        &mut self,
        config: &Config,
        peer: Peer,
        message: &Message,
    ) -> Result<(), Refused> {
        let other = |rule| Err((Ignored::OtherScope, rule));
        let scope = &config.scope;
        if message.family() != scope.family {
            return other("AAP-2.1.3-03");
        }
        if message.kind() == MessageType::Ana {
            return match config.ana_scope {
                AnaScope::Ours => Ok(()),
                AnaScope::Other => other("F-05"),
            };
        }
        let shared = shares_its_group(config);
        if message.addresses().next().is_none() {
            let known = !shared || self.senders.contains(&peer);
            return if known { Ok(()) } else { other("F-04") };
        }
        match scope_check(message, &scope.range, &config.scopes_on_group) {
            Ok(()) => {}
            Err(ScopeMismatch::OtherScope) => {
                self.senders.forget(&peer);
                return other("AAP-2.1.3-03");
            }
            Err(ScopeMismatch::BadScope) => {
                let partly = message.addresses().any(|range| range.overlaps(scope.range));
                if !partly || config.policy.scope_mismatch == OnMismatch::Ignore {
                    return Err((Ignored::BadScope, "AAP-2.1.3-02"));
                }
            }
        }
        if shared {
            self.senders.note(peer);
        }
        Ok(())
    }
}

/// Whether another scope of the same family uses the group, so that a message without any range
/// could be about either (F-04).
fn shares_its_group(config: &Config) -> bool {
    let scope = &config.scope;
    let other = |range: &Range| *range != scope.range && range.first().is_multicast(scope.family);
    config.scopes_on_group.iter().any(other)
}
