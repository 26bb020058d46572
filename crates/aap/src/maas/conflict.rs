//! Conflicts between allocations (section 3.2.3, findings F-13 and F-14).
//!
//! They are what long partitions and long losses of connectivity leave behind (AAP-1.4-02,
//! AAP-3.1-06). They cannot stay hidden: both owners announce, so each hears the other
//! (AAP-1.4-05).

use addrspace::Range;
use sansio::Cx;

use super::holdings::{Holding, Standing};
use super::{Maas, tell};
use crate::config::Peer;
use crate::event::{Event, Lease, Loss, Outcome};
use crate::participant::Out;
use crate::policy::{ConflictTie, Deletion, OwnAiu};
use crate::wire::MessageType;

impl Maas {
    /// A foreign AIU lists `theirs`: if we hold part of it, that may be a conflict.
    pub(super) fn meet_foreign_aiu(
        &mut self,
        cx: &mut Cx<'_>,
        theirs: Lease,
        peer: Peer,
        out: &mut Out,
    ) {
        let met: Vec<Lease> = self
            .holdings
            .overlapping(theirs.range)
            .filter_map(|h| h.range.intersection(theirs.range))
            .map(|range| Lease { range, end: theirs.end })
            .collect();
        for theirs in met {
            if self.is_active() {
                self.judge_conflict(cx, theirs, peer, out);
            } else {
                self.holdings.suspect(theirs.range, peer, theirs.end);
            }
        }
    }

    /// Decides whether a foreign AIU for own addresses is a conflict, and acts if it is.
    pub(super) fn judge_conflict(
        &mut self,
        cx: &mut Cx<'_>,
        theirs: Lease,
        peer: Peer,
        out: &mut Out,
    ) {
        let past = theirs.end <= cx.now.utc;
        if past && self.config.policy.deletion == Deletion::Tombstone {
            return;
        }
        if self.config.policy.own_aiu == OwnAiu::EndTimeMatch
            && self.may_speak_for_us(cx, theirs, peer)
        {
            return;
        }
        let held: Vec<(Range, Standing)> =
            self.holdings.overlapping(theirs.range).map(|h| (h.range, h.standing)).collect();
        for (range, standing) in held {
            let Some(common) = range.intersection(theirs.range) else { continue };
            if standing == Standing::Good {
                self.resolve_conflict(cx, Lease { range: common, end: theirs.end }, peer, out);
            }
        }
    }

    /// Whether the AIU may be a defence on our behalf: it repeats an end time we announced, and
    /// its sender has not kept announcing for longer than any defence lasts (F-14).
    fn may_speak_for_us(&mut self, cx: &Cx<'_>, theirs: Lease, peer: Peer) -> bool {
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let span = self.config.timing.defence_span();
        let now = cx.now.instant;
        let firsts: Vec<_> =
            self.holdings.overlapping(theirs.range).map(|h| h.range.first()).collect();
        firsts.into_iter().all(|first| {
            let contest = self.record.contests.last_contest(peer, theirs.range);
            let Some(holding) = self.holdings.get_mut(first) else { return true };
            if !holding.announced_end(theirs.end, tolerance) {
                return false;
            }
            holding.suspects.may_defend(peer, now, span, contest)
        })
    }

    /// Two MAASs have allocated the same addresses: policy says who keeps them; the user or the
    /// operator learns of it either way (AAP-3.2.3-06).
    fn resolve_conflict(&mut self, cx: &mut Cx<'_>, theirs: Lease, peer: Peer, out: &mut Out) {
        let Some(holding) = self.holdings.overlapping(theirs.range).next() else { return };
        let (ours, is_lowest) = (holding.lease(), Peer::from(self.config.own) < peer);
        let is_settled = holding.settles_at.is_none_or(|at| at <= cx.now.instant);
        let outcome = match self.config.policy.conflict_tie {
            ConflictTie::KeepAndMark => Outcome::Marked,
            ConflictTie::LowestSenderWins if is_lowest => Outcome::Kept,
            ConflictTie::LowestSettledWins if is_lowest && is_settled => Outcome::Kept,
            ConflictTie::HearerUndoes
            | ConflictTie::LowestSenderWins
            | ConflictTie::LowestSettledWins => Outcome::Undone,
        };
        tell(out, Event::Conflict { ours, theirs, peer, outcome }, "AAP-3.2.3-01");
        match outcome {
            Outcome::Undone => self.undo(
                cx,
                theirs.range,
                Loss::Collision { message: MessageType::Aiu, peer },
                out,
            ),
            Outcome::Kept => {
                let (firsts, fresh) = self.holdings.split(theirs.range);
                self.store_split(&fresh, out);
                self.announce_afresh(cx, &firsts, "F-13", out);
            }
            Outcome::Marked => self.mark_conflicted(theirs.range, out),
        }
    }

    /// Undoes own allocations: users are told, announcing stops (AAP-3.2.3-02, -03).
    pub(super) fn undo(&mut self, cx: &mut Cx<'_>, range: Range, why: Loss, out: &mut Out) {
        for holding in self.drop_holdings(cx, range, "AAP-3.2.3-03", out) {
            tell(out, Event::Lost { lease: holding.lease(), why }, "AAP-3.2.3-02");
        }
        self.drop_idle_defences(cx);
        self.leave_if_empty(out);
    }

    /// Undoing is impossible: announcing goes on, but nobody new is given the address
    /// (AAP-3.2.3-04, -05).
    fn mark_conflicted(&mut self, range: Range, out: &mut Out) {
        let (firsts, fresh) = self.holdings.split(range);
        self.store_split(&fresh, out);
        for first in firsts {
            if let Some(holding) = self.holdings.get_mut(first) {
                holding.standing = Standing::Conflicted;
            }
        }
        self.record.touch();
    }

    /// Writes down holdings that a split has made.
    pub(super) fn store_split(&self, fresh: &[Holding], out: &mut Out) {
        for holding in fresh {
            self.store_holding(holding, "AAP-3.1-01", out);
        }
    }
}
