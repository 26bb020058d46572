//! What becomes of a message: is it of a kind that concerns a coordinator, from somebody else, and
//! admitted? Then whose it is.

use std::net::SocketAddr;

use sansio::Cx;

use super::{Phase, PrefixCoordinator, ignore};
use crate::event::Ignored;
use crate::participant::Out;
use crate::policy::AnaHint;
use crate::skew::Skew;
use crate::wire::{Body, Message, MessageType};

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
        let skew = Skew::of(message.current_time(), cx.now.utc);
        let judged = self.admission.judge(&self.config, peer, message, skew, authenticated);
        if let Err((reason, rule)) = judged {
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
}
