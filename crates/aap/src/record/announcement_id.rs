/// Names one announcement: the messages of one sender under one rseq.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct AnnouncementId(pub(super) u32);
