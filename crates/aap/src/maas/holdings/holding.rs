//! One own allocation, and where it stands.

use addrspace::Range;
use sansio::{Instant, UtcSecs};

use super::AnnouncementId;
use crate::command::RequestId;
use crate::event::Lease;
use crate::maas::witness::Witnesses;
use crate::stored::{Item, ItemKey};

/// How many of its own former end times a holding remembers having announced (F-14).
const REMEMBERED_ENDS: usize = 8;

/// Where an own allocation stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) enum Standing {
    /// Users may use it.
    Good,
    /// Someone else has it too and it could not be undone (section 3.2.3).
    Conflicted,
    /// It is being deleted (section 3.2.8).
    Deleting,
}

/// One own allocation: consecutive addresses with one end.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) struct Holding {
    pub(in crate::maas) range: Range,
    pub(in crate::maas) end: UtcSecs,
    /// The latest end ever announced for it.
    pub(in crate::maas) latest_end: UtcSecs,
    pub(in crate::maas) request: RequestId,
    pub(in crate::maas) standing: Standing,
    announced_ends: Vec<UtcSecs>,
    pub(super) announcement: Option<AnnouncementId>,
    /// Whose AIUs for it may be defences on our behalf (F-14).
    pub(in crate::maas) suspects: Witnesses,
    /// Whether its users have been told that the end is near.
    pub(in crate::maas) ending: Notice,
    /// From when on an AIU for it cannot be a late defence against its claim; only where that
    /// decides a conflict (F-13).
    pub(in crate::maas) settles_at: Option<Instant>,
}

/// Whether users have been told of a coming end (F-45).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) enum Notice {
    /// Not yet.
    Due,
    /// They have.
    Given,
}

impl Holding {
    pub(in crate::maas) fn new(range: Range, end: UtcSecs, request: RequestId) -> Self {
        Self {
            range,
            end,
            latest_end: end,
            request,
            standing: Standing::Good,
            announced_ends: vec![end],
            announcement: None,
            suspects: Witnesses::default(),
            ending: Notice::Due,
            settles_at: None,
        }
    }

    pub(in crate::maas) fn restored(
        range: Range,
        end: UtcSecs,
        latest_end: UtcSecs,
        request: RequestId,
        standing: Standing,
    ) -> Self {
        Self {
            latest_end,
            standing,
            announced_ends: vec![latest_end, end],
            ..Self::new(range, end, request)
        }
    }

    /// The part of it at `range`, with the same history.
    pub(super) fn part(&self, range: Range) -> Self {
        Self { range, ..self.clone() }
    }

    pub(in crate::maas) fn lease(&self) -> Lease {
        Lease { range: self.range, end: self.end }
    }

    /// Whether it ever announced an end within `tolerance` seconds of `end`.
    pub(in crate::maas) fn announced_end(&self, end: UtcSecs, tolerance: i64) -> bool {
        self.announced_ends.iter().any(|e| e.minus(end).abs() <= tolerance)
    }

    pub(in crate::maas) fn set_end(&mut self, end: UtcSecs) {
        self.end = end;
        self.latest_end = self.latest_end.max(end);
        self.ending = Notice::Due;
        if self.announced_ends.len() == REMEMBERED_ENDS {
            self.announced_ends.remove(0);
        }
        self.announced_ends.push(end);
    }

    /// The form it is stored in.
    pub(in crate::maas) fn item(&self) -> Item {
        Item::Own {
            range: self.range,
            end: self.end,
            latest_end: self.latest_end,
            request: self.request.0,
            deleted: self.standing == Standing::Deleting,
        }
    }

    /// The key it is stored under.
    pub(in crate::maas) fn key(&self) -> ItemKey {
        ItemKey::Own(self.range.first())
    }
}
