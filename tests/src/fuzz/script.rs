use addrspace::Range;

/// Octets read as choices. When they are used up every choice is the first one, and
/// [`Script::is_over`].
#[derive(Debug)]
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn octet(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    pub(super) fn word(&mut self) -> u32 {
        u32::from_be_bytes([self.octet(), self.octet(), self.octet(), self.octet()])
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.octet()) % choices.len()]
    }

    /// A range of at most 16 addresses near the beginning of `scope`, so that ranges meet.
    pub(super) fn range(&mut self, scope: Range) -> Range {
        let (offset, len) = (self.octet() % 32, self.octet() % 16 + 1);
        let first = scope.first().checked_add(u128::from(offset)).unwrap_or(scope.first());
        Range::with_len(first, u128::from(len)).unwrap_or(scope)
    }

    /// The next `n` octets, or what is left of them.
    pub(super) fn octets(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
