//! Which messages are heard at all: of a kind that concerns a coordinator, from somebody else,
//! vouched for where policy asks for that, recent, and about the scope.

use std::net::SocketAddr;

use addrspace::Range;
use sansio::{Cx, UtcSecs};

use super::{Phase, PrefixCoordinator, ignore};
use crate::config::{AnaScope, Peer};
use crate::event::Ignored;
use crate::participant::Out;
use crate::policy::{AnaHint, RequireAuth, ScopeMismatch as OnMismatch};
use crate::skew::Skew;
use crate::wire::{Body, Message, MessageType, ScopeMismatch, scope_check};

/// Why a message is ignored, and the rule that says so.
type Refused = (Ignored, &'static str);

impl PrefixCoordinator {
    pub(super) fn on_message(
        &mut self,
        cx: &mut Cx<'_>,
        from: SocketAddr,
        message: &Message,
        authenticated: bool,
        out: &mut Out,
    ) {
        if self.phase == Phase::Retired || !self.concerns(message.kind()) {
            return;
        }
        let peer = self.config.identity(from);
        if self.config.is_own(from) {
            // F-02: multicast brings one's own messages back; only a copy of what was never sent
            // is worth a word.
            if !self.sent.contains(&message.fingerprint()) {
                ignore(out, "F-02", Ignored::SpoofedSelf, peer, message.kind());
            }
            return;
        }
        let admitted = self
            .check_authentication(message.kind(), authenticated)
            .and_then(|()| self.check_skew(message, cx.now.utc))
            .and_then(|()| self.check_scope(message, peer));
        if let Err((reason, rule)) = admitted {
            return ignore(out, rule, reason, peer, message.kind());
        }
        match message.body() {
            Body::Asa { expiration, ranges } => {
                self.on_asa(cx, peer, message, (*expiration, ranges), out);
            }
            Body::Asrp { reports, requests } => {
                self.on_asrp(cx, peer, message, (reports, requests), out);
            }
            Body::Ana { count, end } => self.on_ana(cx, peer, message, (*count, *end), out),
            Body::Aclm(_) | Body::Aiu(_) | Body::Aitu(_) => {}
        }
    }

    /// AAP-A-01: claims, allocations and preallocations are the MAASs' business. ANAs are hints,
    /// for who wants them (F-36).
    fn concerns(&self, kind: MessageType) -> bool {
        match kind {
            MessageType::Asa | MessageType::Asrp => true,
            MessageType::Ana => self.config.policy.ana_hint == AnaHint::Use,
            MessageType::Aclm | MessageType::Aiu | MessageType::Aitu => false,
        }
    }

    fn check_authentication(&self, kind: MessageType, authenticated: bool) -> Result<(), Refused> {
        let required = match self.config.policy.require_auth {
            RequireAuth::None => false,
            RequireAuth::Asa => kind == MessageType::Asa,
            RequireAuth::All => true,
        };
        if required && !authenticated {
            return Err((Ignored::Unauthenticated, "F-42"));
        }
        Ok(())
    }

    fn check_skew(&self, message: &Message, now: UtcSecs) -> Result<(), Refused> {
        let limit = u64::from(self.config.policy.max_skew);
        let skew = Skew::of(message.current_time(), now).secs().unsigned_abs();
        if limit != 0 && skew > limit {
            return Err((Ignored::Skew, "F-38"));
        }
        Ok(())
    }

    fn check_scope(&mut self, message: &Message, peer: Peer) -> Result<(), Refused> {
        let other = |rule| Err((Ignored::OtherScope, rule));
        let scope = &self.config.scope;
        if message.family() != scope.family {
            return other("AAP-2.1.3-03");
        }
        if message.kind() == MessageType::Ana {
            return match self.config.ana_scope {
                AnaScope::Ours => Ok(()),
                AnaScope::Other => other("F-05"),
            };
        }
        if message.addresses().next().is_none() {
            let known = self.is_alone_on_group() || self.senders.contains(&peer);
            return if known { Ok(()) } else { other("F-04") };
        }
        match scope_check(message, &scope.range, &self.config.scopes_on_group) {
            Ok(()) => {}
            Err(ScopeMismatch::OtherScope) => {
                self.senders.forget(&peer);
                return other("AAP-2.1.3-03");
            }
            Err(ScopeMismatch::BadScope) => {
                let partly = message.addresses().any(|range| range.overlaps(scope.range));
                if !partly || self.config.policy.scope_mismatch == OnMismatch::Ignore {
                    return Err((Ignored::BadScope, "F-32"));
                }
            }
        }
        if !self.is_alone_on_group() {
            self.senders.note(peer);
        }
        Ok(())
    }

    /// Whether a message without any range can only be about this scope (F-04).
    fn is_alone_on_group(&self) -> bool {
        let scope = &self.config.scope;
        let ours =
            |range: &Range| *range == scope.range || !range.first().is_multicast(scope.family);
        self.config.scopes_on_group.iter().all(ours)
    }
}
