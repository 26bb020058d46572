//! The closed sets of words of the language.

/// A set of words: reads, prints and lists itself, so that errors can say what was possible.
pub trait Words: Sized + Copy + 'static {
    /// What the words are, for messages: "a message type".
    const WHAT: &'static str;
    /// Every word, in the order of the reference.
    const ALL: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident: $what:literal {
        $($(#[$inner:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$inner])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word as written in a scenario.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl $crate::words::Words for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Behaviour preset of a run.
    pub enum Profile: "a profile" {
        /// The text of the draft, bugs included.
        Literal = "literal",
        /// The draft with the repairs of the findings.
        Repaired = "repaired",
        /// Literal, with appendix A winning where it contradicts section 3.2.2 (F-18).
        Appendix = "appendix",
        /// Repaired, with the switches that measurements speak for (F-13, F-35): a proposal.
        Hardened = "hardened",
    }
}

words! {
    /// Whether a scope is divided between allocation domains.
    pub enum ScopeSize: "`small` or `large`" {
        /// Indivisible: its whole range is available.
        Small = "small",
        /// Divisible: Prefix Coordinators announce what is available.
        Large = "large",
    }
}

words! {
    /// The message types of the draft.
    pub enum MessageType: "a message type" {
        /// Address Claim.
        Aclm = "ACLM",
        /// Address In Use.
        Aiu = "AIU",
        /// Address Intent To Use.
        Aitu = "AITU",
        /// Address Space Announce.
        Asa = "ASA",
        /// Address Space Report.
        Asrp = "ASRP",
        /// Address Not Available.
        Ana = "ANA",
    }
}

words! {
    /// What a host concludes: the lines of a timeline that are no messages.
    pub enum Conclusion: "a conclusion" {
        /// Startup silence is over.
        Ready = "ready",
        /// Addresses are now an own allocation.
        Holds = "holds",
        /// Addresses are now an own preallocation.
        Preallocated = "preallocated",
        /// A command was carried out.
        Granted = "granted",
        /// A command was refused.
        Refused = "refused",
        /// A claim or intent met somebody else's.
        Clash = "clash",
        /// Somebody else uses an own allocation.
        Conflict = "conflict",
        /// An own allocation was undone.
        Lost = "lost",
        /// An own preallocation was given up.
        Abandoned = "abandoned",
        /// An own allocation was given back.
        Released = "released",
        /// An own allocation reached its end.
        Ended = "ended",
        /// The available set shrank (an invalidating change).
        Invalidated = "invalidated",
        /// A Prefix Coordinator became the lead.
        Leads = "leads",
        /// A Prefix Coordinator became silent.
        Quiet = "quiet",
        /// An operator should look.
        Alert = "alert",
        /// A datagram was not taken.
        Dropped = "dropped",
        /// A lead Prefix Coordinator took in how the space is used (ASRP).
        Demand = "demand",
    }
}

words! {
    /// State of addresses in the eyes of one host.
    pub enum State: "a state of addresses" {
        /// Own allocation.
        Holds = "holds",
        /// No own allocation.
        Lacks = "lacks",
        /// Own preallocation.
        Preallocates = "preallocates",
        /// Being claimed by the host itself.
        Claims = "claims",
        /// Recorded as allocated, by anyone.
        Heard = "heard",
        /// Not recorded as allocated or preallocated.
        Free = "free",
        /// Listed as available (large scope) or part of a small scope.
        Available = "available",
    }
}

words! {
    /// A number that describes one host.
    pub enum Metric: "a number of a host" {
        /// Own allocated addresses.
        Held = "held",
        /// Own preallocated addresses.
        Pooled = "pooled",
        /// Entries of the Allocation Record.
        Entries = "entries",
        /// Address requests in the Allocation Record (ANA).
        Requests = "requests",
        /// Addresses that could be claimed now.
        Choices = "choices",
        /// Datagrams dropped, optionally for one reason.
        Drops = "drops",
        /// Defence timers that run.
        Defenses = "defenses",
        /// Claims and preallocations in progress.
        Attempts = "attempts",
    }
}

words! {
    /// The timers of the draft.
    pub enum TimerName: "a timer" {
        /// Startup silence.
        Startup = "startup",
        /// Claim.
        Claim = "claim",
        /// ACLM retransmission.
        ClaimRepeat = "claim-repeat",
        /// Preallocation.
        Preallocation = "preallocation",
        /// AITU repetition.
        IntentRepeat = "intent-repeat",
        /// AIU repetition, fast phase.
        UseFast = "use-fast",
        /// AIU repetition, regular.
        UseRegular = "use-regular",
        /// Allocation Defense.
        Defense = "defense",
        /// ANA retransmission window.
        Ana = "ana",
        /// ANA repetition.
        AnaRepeat = "ana-repeat",
        /// ASA expiry.
        AsaExpiry = "asa-expiry",
        /// ASA Resend.
        AsaResend = "asa-resend",
        /// ASRP Send.
        Asrp = "asrp",
        /// ASA Send of a Prefix Coordinator.
        AsaSend = "asa-send",
        /// Silence of a Prefix Coordinator after an inconsistent ASA.
        Quiet = "quiet",
        /// End of a record entry.
        EntryEnd = "entry-end",
    }
}

words! {
    /// What an oracle must say.
    pub enum Verdict: "a verdict" {
        /// The invariant was exercised and held.
        Holds = "holds",
        /// The invariant was broken.
        Violated = "violated",
        /// The invariant was not exercised.
        Idle = "idle",
    }
}
