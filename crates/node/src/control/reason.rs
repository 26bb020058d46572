//! The names of all ways to say no, with what they mean and what to do about them.

use aap::Refusal;

/// Why a request is answered by a problem document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The body is not what the path takes.
    BadBody,
    /// The query is not what the path takes.
    BadQuery,
    /// A header is not what it should be.
    BadHeader,
    /// Several scopes are served and none was named.
    WhichScope,
    /// No token, or another.
    Unauthorized,
    /// Experiments are not for real networks.
    RealNetwork,
    /// Nothing is there.
    UnknownPath,
    /// No such scope is served.
    NoSuchScope,
    /// No such request is remembered.
    NoSuchRequest,
    /// The log is not this node's own.
    NoLog,
    /// The path takes another method.
    WrongMethod,
    /// The body took too long.
    TooSlow,
    /// The new end is earlier: that is no renewal.
    WouldShorten,
    /// The new end is later: that is no shortening.
    WouldLengthen,
    /// The participant refused.
    Refused(Refusal),
    /// The body is too long.
    TooLarge,
    /// More was asked for at once than the node's limits allow.
    BeyondLimits,
    /// The idempotency key was used for something else.
    KeyReused,
    /// Too many requests in a short time.
    TooMany,
    /// Too many requests at once.
    Busy,
    /// The start-up silence lasts longer than the client wants to wait.
    NotReady,
    /// Stable storage does not work.
    StorageFailed,
    /// The interface is gone.
    InterfaceLost,
    /// The node is stopping.
    Stopped,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 32] = [
        Self::BadBody,
        Self::BadQuery,
        Self::BadHeader,
        Self::WhichScope,
        Self::Unauthorized,
        Self::RealNetwork,
        Self::UnknownPath,
        Self::NoSuchScope,
        Self::NoSuchRequest,
        Self::NoLog,
        Self::WrongMethod,
        Self::TooSlow,
        Self::WouldShorten,
        Self::WouldLengthen,
        Self::Refused(Refusal::NoneFree),
        Self::Refused(Refusal::LifetimeTooShort),
        Self::Refused(Refusal::NoAddressSpace),
        Self::Refused(Refusal::TooManyCollisions),
        Self::Refused(Refusal::Impossible),
        Self::Refused(Refusal::DuplicateRequest),
        Self::Refused(Refusal::Withdrawn),
        Self::Refused(Refusal::NotOurs),
        Self::Refused(Refusal::NotServing),
        Self::TooLarge,
        Self::BeyondLimits,
        Self::KeyReused,
        Self::TooMany,
        Self::Busy,
        Self::NotReady,
        Self::StorageFailed,
        Self::InterfaceLost,
        Self::Stopped,
    ];

    /// The name that programs know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadBody => "bad_body",
            Self::BadQuery => "bad_query",
            Self::BadHeader => "bad_header",
            Self::WhichScope => "which_scope",
            Self::Unauthorized => "unauthorized",
            Self::RealNetwork => "real_network",
            Self::UnknownPath => "unknown_path",
            Self::NoSuchScope => "no_such_scope",
            Self::NoSuchRequest => "no_such_request",
            Self::NoLog => "no_log",
            Self::WrongMethod => "wrong_method",
            Self::TooSlow => "too_slow",
            Self::WouldShorten => "would_shorten",
            Self::WouldLengthen => "would_lengthen",
            Self::TooLarge => "too_large",
            Self::BeyondLimits => "beyond_limits",
            Self::KeyReused => "key_reused",
            Self::TooMany => "too_many",
            Self::Busy => "busy",
            Self::NotReady => "not_ready",
            Self::StorageFailed => "storage_failed",
            Self::InterfaceLost => "interface_lost",
            Self::Stopped => "stopped",
            Self::Refused(why) => refused_name(why),
        }
    }

    /// The HTTP status it is answered with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadBody | Self::BadQuery | Self::BadHeader | Self::WhichScope => 400,
            Self::Unauthorized => 401,
            Self::RealNetwork => 403,
            Self::UnknownPath | Self::NoSuchScope | Self::NoSuchRequest | Self::NoLog => 404,
            Self::WrongMethod => 405,
            Self::TooSlow => 408,
            Self::WouldShorten | Self::WouldLengthen | Self::Refused(_) => 409,
            Self::TooLarge => 413,
            Self::BeyondLimits | Self::KeyReused => 422,
            Self::TooMany => 429,
            Self::Busy
            | Self::NotReady
            | Self::StorageFailed
            | Self::InterfaceLost
            | Self::Stopped => 503,
        }
    }

    /// What it means.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadBody => "the body is not what this path takes",
            Self::BadQuery => "the query is not what this path takes",
            Self::BadHeader => "a header is not what it should be",
            Self::WhichScope => "the node serves several scopes and none was named",
            Self::Unauthorized => "this socket wants a token",
            Self::RealNetwork => "faults are for loopback and network namespaces only",
            Self::UnknownPath => "nothing is there",
            Self::NoSuchScope => "the node does not serve this scope",
            Self::NoSuchRequest => "no such request is remembered",
            Self::NoLog => "the log belongs to the program that this node is part of",
            Self::WrongMethod => "this path takes another method",
            Self::TooSlow => "the body took too long",
            Self::WouldShorten => "the new end is earlier: that is no renewal",
            Self::WouldLengthen => "the new end is later: that is no shortening",
            Self::TooLarge => "the body is too long",
            Self::BeyondLimits => "more was asked for than the node's limits allow",
            Self::KeyReused => "this idempotency key belongs to another request",
            Self::TooMany => "too many requests in a short time",
            Self::Busy => "too many requests are under way",
            Self::NotReady => "the start-up silence is not over",
            Self::StorageFailed => "stable storage does not work, so nothing can be promised",
            Self::InterfaceLost => "the interface is gone",
            Self::Stopped => "the node is stopping",
            Self::Refused(why) => refused_title(why),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::BadBody => {
                "send the JSON object that /openapi.json describes; the detail says what is wrong"
            }
            Self::BadQuery => "see the parameters in /openapi.json",
            Self::BadHeader => "the detail names it and says what it should be",
            Self::WhichScope => "name one of those in the detail as `scope`",
            Self::Unauthorized => "send the node's token: `Authorization: Bearer TOKEN`",
            Self::RealNetwork => {
                "run the experiment with nodes on 127.0.0.x, or in a network namespace"
            }
            Self::UnknownPath => "see the paths in /openapi.json",
            Self::NoSuchScope => "name one of those in the detail, or ask the node that serves it",
            Self::NoSuchRequest => {
                "look for its addresses in /v1/list: answers are remembered for a while only"
            }
            Self::NoLog => {
                "change what that program logs; a node started by `aap node` has its own"
            }
            Self::WrongMethod => "see the methods in /openapi.json",
            Self::TooSlow => "send the whole body at once",
            Self::WouldShorten => "use /v1/shorten if that is what you want",
            Self::WouldLengthen => "use /v1/renew if that is what you want",
            Self::TooLarge => "ask for less in one request",
            Self::BeyondLimits => {
                "ask for less in one request; the detail says how much is allowed"
            }
            Self::KeyReused => {
                "use a new key for a new request, and the same body for the same request"
            }
            Self::TooMany => "slow down, then ask again",
            Self::Busy => "wait a moment, then ask again",
            Self::NotReady => "ask again after the seconds in Retry-After, or with `wait=false`",
            Self::StorageFailed => {
                "give the node's data directory space and permission; nothing granted is lost"
            }
            Self::InterfaceLost => {
                "bring the node's interface up; the node joins its groups by itself"
            }
            Self::Stopped => "start it, then ask again",
            Self::Refused(why) => refused_remedy(why),
        }
    }
}

const fn refused_name(why: Refusal) -> &'static str {
    match why {
        Refusal::NoneFree => "none_free",
        Refusal::LifetimeTooShort => "lifetime_too_short",
        Refusal::NoAddressSpace => "no_address_space",
        Refusal::TooManyCollisions => "too_many_collisions",
        Refusal::Impossible => "impossible",
        Refusal::DuplicateRequest => "duplicate_request",
        Refusal::Withdrawn => "withdrawn",
        Refusal::NotOurs => "not_ours",
        Refusal::NotServing => "not_serving",
    }
}

const fn refused_title(why: Refusal) -> &'static str {
    match why {
        Refusal::NoneFree => "no address is free that meets the need",
        Refusal::LifetimeTooShort => "addresses are there, but none for that long",
        Refusal::NoAddressSpace => "no Prefix Coordinator has said which addresses there are",
        Refusal::TooManyCollisions => "every set that was tried collided",
        Refusal::Impossible => "no state of the scope could meet this",
        Refusal::DuplicateRequest => "the request's number is in use",
        Refusal::Withdrawn => "the request was withdrawn",
        Refusal::NotOurs => "this node does not hold these addresses",
        Refusal::NotServing => "this participant does not allocate addresses",
    }
}

const fn refused_remedy(why: Refusal) -> &'static str {
    match why {
        Refusal::NoneFree => {
            "ask for fewer, or not contiguous, or in another scope, or wait until some end"
        }
        Refusal::LifetimeTooShort => "ask for a shorter lifetime and renew later",
        Refusal::NoAddressSpace => {
            "start a coordinator for this scope, or wait for its next announcement"
        }
        Refusal::TooManyCollisions => {
            "ask again; if it happens again, look at /v1/events for who objects"
        }
        Refusal::Impossible => {
            "ask for at least one address, no more than the scope has, with an end in the future"
        }
        Refusal::DuplicateRequest => "ask again: it gets another number",
        Refusal::Withdrawn => "ask again if you still want it",
        Refusal::NotOurs => "see /v1/list for what it holds, /v1/record for what others hold",
        Refusal::NotServing => "ask an allocation server that has not retired",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_a_name_of_its_own_and_an_error_status() {
        let names: BTreeSet<_> = Reason::ALL.into_iter().map(Reason::name).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!((400..600).contains(&reason.status()), "{}", reason.name());
        }
    }
}
