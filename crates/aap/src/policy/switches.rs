use super::table::{SettingError, Switch, SwitchKind, literal_name, switches};

switches! {
    choices {
        /// Who is the same peer: the source address with its port, or the address alone.
        "F-02" identity "identity" Identity {
            /// Source address and port.
            AddressAndPort = "address-and-port",
            /// Source address only.
            AddressOnly = "address-only",
        } literal = AddressAndPort, repaired = AddressAndPort;

        /// How a restarted MAAS first announces the allocations it kept.
        "F-07" startup_announce "startup-announce" StartupAnnounce {
            /// One consolidated AIU at once, then at the regular interval.
            Consolidated = "consolidated",
            /// The back-off of a new allocation.
            Fast = "fast",
        } literal = Consolidated, repaired = Consolidated;

        /// Whether a claim heard from another MAAS keeps its addresses out of our own selection.
        "F-08" heard_claims "heard-claims" HeardClaims {
            /// The text has no such memory.
            Forget = "forget",
            /// Avoid them until the claim changes, succeeds or falls silent.
            Remember = "remember",
        } literal = Forget, repaired = Remember;

        /// How much of a preallocation a collision costs.
        "F-09" preallocation_loss "preallocation-loss" PreallocationLoss {
            /// All of it, as written.
            Whole = "whole",
            /// Only the addresses the other side listed.
            Listed = "listed",
        } literal = Whole, repaired = Whole;

        /// What a claimant does when only addresses it has given up are left.
        "F-10" exhausted_retry "exhausted-retry" ExhaustedRetry {
            /// The request fails.
            GiveUp = "give-up",
            /// Claim them again at once.
            Immediately = "immediately",
            /// Wait at random, longer each time, and look again.
            RandomWait = "random-wait",
        } literal = GiveUp, repaired = RandomWait;

        /// Who yields when two claims meet.
        "F-11" claim_tie "claim-tie" ClaimTie {
            /// Whoever hears the other first.
            HearerYields = "hearer-yields",
            /// The later claimant; claims begun within one RESEND-WAIT yield to the lowest sender.
            EarlierWins = "earlier-wins",
        } literal = HearerYields, repaired = HearerYields;

        /// Who yields when two preallocations meet.
        "F-12" preallocation_tie "preallocation-tie" PreallocationTie {
            /// Whoever hears the other first.
            HearerAbandons = "hearer-abandons",
            /// A held preallocation stays and is announced again at once.
            IncumbentWins = "incumbent-wins",
        } literal = HearerAbandons, repaired = HearerAbandons;

        /// Who undoes when two allocations of one address meet.
        "F-13" conflict_tie "conflict-tie" ConflictTie {
            /// Whoever hears the other's AIU.
            HearerUndoes = "hearer-undoes",
            /// All but the lowest source address and port, which announces at once.
            LowestSenderWins = "lowest-sender-wins",
            /// The same, but what was allocated within 60 s (2 REPEAT-INTERVALs) is undone.
            LowestSettledWins = "lowest-settled-wins",
            /// Nobody: the allocation is marked and announced on, as when undoing is impossible.
            KeepAndMark = "keep-and-mark",
        } literal = HearerUndoes, repaired = HearerUndoes;

        /// Which foreign AIUs for an own address mean a conflict.
        "F-14" own_aiu "own-aiu" OwnAiu {
            /// All of them, even a defender's.
            Literal = "literal",
            /// Not those that carry an end time we announced ourselves, or a past one.
            EndTimeMatch = "end-time-match",
        } literal = Literal, repaired = EndTimeMatch;

        /// Which value of a defence timer doubles when someone else's AIU is heard.
        "F-15" defence_doubling "defence-doubling" DefenceDoubling {
            /// The first draw, for ever.
            Original = "original",
            /// The current value, cancelling above REPEAT-INTERVAL.
            Current = "current",
        } literal = Original, repaired = Current;

        /// The least value a defence timer restarts with when an AIU is heard.
        "F-16" defence_floor "defence-floor" DefenceFloor {
            /// None: an owner's zero stays zero.
            Zero = "zero",
            /// RESEND-WAIT.
            ResendWait = "resend-wait",
        } literal = Zero, repaired = ResendWait;

        /// How the defence against one claim is divided.
        "F-17" defence_parts "defence-parts" DefenceParts {
            /// One timer for everything; any AIU about any of it counts.
            OneTimer = "one-timer",
            /// Own addresses and others' apart; an AIU counts if it covers all of a part.
            OwnAndOthers = "own-and-others",
        } literal = OneTimer, repaired = OwnAndOthers;

        /// What happens to a defence when the claimant moves to another set.
        "F-18" changed_set "changed-set" ChangedSet {
            /// It is cancelled (section 3.2.2).
            Cancel = "cancel",
            /// It goes on (appendix A, figure 3).
            Keep = "keep",
        } literal = Cancel, repaired = Cancel;

        /// When a preallocated address may be allocated without a claim.
        "F-19" fast_path "fast-path" FastPath {
            /// Once the Preallocation Timer has expired.
            TimerExpired = "timer-expired",
            /// Also at least two AITUs sent, the last of them recently.
            AnnouncedRecently = "announced-recently",
        } literal = TimerExpired, repaired = AnnouncedRecently;

        /// Who owns an address that several have announced, and whose end time counts.
        "F-21" ownership "ownership" Ownership {
            /// The last one heard.
            LastHeard = "last-heard",
            /// The one that announces persistently, else the first; defenders change nothing.
            Announcers = "announcers",
        } literal = LastHeard, repaired = Announcers;

        /// How an AIU with a past end time, a deletion, is taken.
        "F-22" deletion "deletion" Deletion {
            /// Like any other AIU: it collides, conflicts and overwrites.
            Literal = "literal",
            /// It never collides; only the owner deletes; the deleter answers revivals sparingly.
            Tombstone = "tombstone",
        } literal = Literal, repaired = Tombstone;

        /// When an ASA is newer than the one processed last.
        "F-25" asa_freshness "asa-freshness" AsaFreshness {
            /// Whenever its adjusted expiration is later.
            Literal = "literal",
            /// Later by more than two seconds, not a copy, and of bounded validity.
            Guarded = "guarded",
        } literal = Literal, repaired = Guarded;

        /// When a smaller ASA counts as an invalidating change.
        "F-26" invalidation "invalidation" Invalidation {
            /// Whenever an end time looks earlier at all.
            Literal = "literal",
            /// When it is earlier by more than the tolerance.
            Tolerant = "tolerant",
        } literal = Literal, repaired = Tolerant;

        /// Whether a MAAS that holds a newer ASA corrects a stale resent one.
        "F-27" stale_asa "stale-asa" StaleAsa {
            /// It only resets its timer, as written.
            Ignore = "ignore",
            /// It resends its own at once.
            Correct = "correct",
        } literal = Ignore, repaired = Ignore;

        /// When a Prefix Coordinator finds another's ASA inconsistent with its own.
        "F-28" consistency "consistency" Consistency {
            /// Whenever the sets differ at all.
            Strict = "strict",
            /// Beyond ended ranges, small clock differences and a recent pure extension.
            Tolerant = "tolerant",
        } literal = Strict, repaired = Tolerant;

        /// What a Prefix Coordinator does about an inconsistent ASA, besides telling its operator.
        "F-28" inconsistency "inconsistency" Inconsistency {
            /// It is quiet for five ASA-INTERVALs.
            Quiet = "quiet",
            /// It goes on, as configuration may decide.
            Override = "override",
        } literal = Quiet, repaired = Quiet;

        /// Which end time merged address requests take in an ASRP.
        "F-29" merged_end "merged-end" MergedEnd {
            /// The earlier one.
            Earlier = "earlier",
            /// The later one, which covers both.
            Later = "later",
        } literal = Earlier, repaired = Later;

        /// Whether the last 256 addresses of an IPv4 scope are kept for scope-relative use.
        "F-33" reserved_tail "reserved-tail" ReservedTail {
            /// The complete range may be allocated.
            None = "none",
            /// They are left alone; among them is the AAP group itself.
            Last256 = "last-256",
        } literal = None, repaired = Last256;

        /// What makes an ANA the same request as one already noted.
        "F-36" request_key "request-key" RequestKey {
            /// Count, lifetime and rseq, as written.
            Literal = "literal",
            /// The sender too, and end times within the tolerance.
            WithSender = "with-sender",
        } literal = Literal, repaired = WithSender;

        /// Whether a Prefix Coordinator hands ANAs to its policy as hints (appendix A).
        "F-36" ana_hint "ana-hint" AnaHint {
            /// Ignore them.
            Ignore = "ignore",
            /// Take them as hints.
            Use = "use",
        } literal = Ignore, repaired = Ignore;

        /// Whether the fast repetitions of a new AIU are jittered.
        "F-40" fast_jitter "fast-jitter" FastJitter {
            /// Exact doubling.
            Off = "off",
            /// Plus or minus 30 %.
            ThirtyPercent = "thirty-percent",
        } literal = Off, repaired = Off;

        /// Which ASRPs put off one's own.
        "F-41" asrp_reset "asrp-reset" AsrpReset {
            /// Any.
            Any = "any",
            /// Those that report on the ranges of the ASA we processed last.
            Matching = "matching",
        } literal = Any, repaired = Matching;

        /// Which messages must be authenticated to be heard.
        "F-42" require_auth "require-auth" RequireAuth {
            /// None.
            None = "none",
            /// ASA only.
            Asa = "asa",
            /// All.
            All = "all",
        } literal = None, repaired = None;

        /// Whether an allocation is defended against the one recorded as its owner.
        "F-46" owner_reclaim "owner-reclaim" OwnerReclaim {
            /// Against everybody: old clients may still use the address.
            Defend = "defend",
            /// Not against its owner.
            Trust = "trust",
        } literal = Defend, repaired = Defend;

        /// Whether recorded end times are cut to what the ASA offers.
        "F-48" foreign_end "foreign-end" ForeignEnd {
            /// They are believed.
            Believe = "believe",
            /// They are clipped in large scopes.
            Clip = "clip",
        } literal = Believe, repaired = Clip;

        /// What to do with a message whose ranges lie partly outside its scope.
        "F-32" scope_mismatch "scope-mismatch" ScopeMismatch {
            /// Ignore all of it.
            Ignore = "ignore",
            /// Use what lies inside.
            Clip = "clip",
        } literal = Ignore, repaired = Ignore;

        /// Whether a bystander answers an allocation of what it knows to be another's; only
        /// `ownership=announcers` remembers whose it was.
        "F-35" late_defence "late-defence" LateDefence {
            /// Only claims and preallocations are answered, as written.
            None = "none",
            /// Also AIUs about what someone else was known to own who has not been heard recently.
            SilentOwner = "silent-owner",
        } literal = None, repaired = None;

        /// Whether new addresses must not share an Ethernet address with groups in use.
        "-" link_layer "link-layer" LinkLayer {
            /// Aliases are allowed, as in the draft.
            Ignore = "ignore",
            /// Avoid aliases of 224.0.0.0/24 and of groups in use.
            AvoidAliases = "avoid-aliases",
        } literal = Ignore, repaired = Ignore;
    }
    numbers {
        /// How many sets a request may try before it fails; 0 means no limit.
        "F-44" claim_attempts "claim-attempts" literal = 0, repaired = 16;
        /// Seconds before its end at which an allocation is withdrawn from its users.
        "F-45" end_guard "end-guard" literal = 0, repaired = 60;
        /// Seconds by which end times may differ and still be the same.
        "F-23" end_tolerance "end-tolerance" literal = 5, repaired = 5;
        /// Largest number of seconds an own end time is moved later, at random, so that two
        /// allocations of one address rarely carry the same end.
        "F-14" end_spread "end-spread" literal = 0, repaired = 15;
        /// Seconds that a deleted allocation is still announced.
        "F-22" deletion_margin "deletion-margin" literal = 180, repaired = 180;
        /// Longest time in seconds from an ASA's current-time to its expiration; 0 means no limit.
        "F-25" max_asa_validity "max-asa-validity" literal = 0, repaired = 3600;
        /// Most ranges a Prefix Coordinator puts into an ASA; 0 means no limit.
        "F-30" max_asa_ranges "max-asa-ranges" literal = 0, repaired = 255;
        /// Least first wait of a bystander's defence, in tenths of RESEND-WAIT.
        "F-35" defence_low "defence-low" literal = 20, repaired = 20;
        /// Greatest first wait of a bystander's defence, in tenths of RESEND-WAIT.
        "F-35" defence_high "defence-high" literal = 80, repaired = 80;
        /// How many equal parts of a bystander's first wait are each twice as likely as the one
        /// before; 0 draws all of it alike, 48 is the most.
        "F-35" defence_octaves "defence-octaves" literal = 0, repaired = 0;
        /// Largest difference in seconds between a message's current-time and our clock; 0 means
        /// no check.
        "F-38" max_skew "max-skew" literal = 0, repaired = 0;
        /// Largest foreign range that is recorded, in addresses; 0 means no limit.
        "F-48" max_foreign_range "max-foreign-range" literal = 0, repaired = 0;
        /// Addresses to keep preallocated at all times (section 2.2 suggests an hour's demand).
        "AAP-2.2-02" pool_size "pool-size" literal = 0, repaired = 0;
        /// Lifetime in seconds of the addresses in that pool.
        "AAP-2.2-02" pool_lifetime "pool-lifetime" literal = 86400, repaired = 86400;
    }
}
