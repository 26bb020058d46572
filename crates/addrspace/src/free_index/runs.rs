/// The free runs of a stretch of addresses, as far as its neighbours need to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Runs<N> {
    /// Free addresses at the start.
    pub(super) prefix: N,
    /// Free addresses at the end.
    pub(super) suffix: N,
    /// The longest free run.
    pub(super) longest: N,
}

impl Runs<u16> {
    pub(super) fn widen(self) -> Runs<u32> {
        Runs {
            prefix: self.prefix.into(),
            suffix: self.suffix.into(),
            longest: self.longest.into(),
        }
    }
}

impl Runs<u32> {
    /// The runs of a stretch of `span` addresses that are all free or all used.
    pub(super) const fn uniform(free: u32) -> Self {
        Self { prefix: free, suffix: free, longest: free }
    }

    /// The runs of neighbouring stretches of `span` addresses each.
    pub(super) fn join(parts: impl Iterator<Item = Self>, span: u32) -> Self {
        let mut whole = Self::uniform(0);
        let mut length = 0;
        for part in parts {
            if whole.prefix == length {
                whole.prefix += part.prefix;
            }
            whole.longest = whole.longest.max(part.longest).max(whole.suffix + part.prefix);
            whole.suffix = part.carry(whole.suffix, span);
            length += span;
        }
        whole
    }

    /// Whether a run of `len` may begin in this stretch, or in the `carry` free addresses below
    /// it, and end within the stretch.
    pub(super) const fn decides(self, len: u32, carry: u32) -> bool {
        carry + self.prefix >= len || self.longest >= len
    }

    /// The free addresses up to the end of this stretch of `span`, when there are `carry` below.
    pub(super) const fn carry(self, carry: u32, span: u32) -> u32 {
        if self.suffix == span { carry + span } else { self.suffix }
    }

    /// As [`carry`](Self::carry), for a search that begins at `start`, with nothing below unless
    /// that is the start of the stretch.
    pub(super) fn carry_from(self, start: u32, carry: u32, span: u32) -> u32 {
        if start == 0 { self.carry(carry, span) } else { self.suffix.min(span - start) }
    }
}
