//! The Multicast Address Allocation Protocol, draft-ietf-malloc-aap-04, as IO-free machines.
//!
//! Two kinds of participant exist: the [`Maas`], which allocates addresses for users and defends
//! what it and others have allocated, and the [`PrefixCoordinator`], which says which addresses
//! of a large scope may be allocated. Both are [`sansio::Machine`]s; [`Participant`] is either.
//!
//! Where the draft is silent, contradicts itself or breaks, a named switch of [`policy`] says
//! which reading is taken, and [`policy::Profile`] presets them all.

mod admission;
mod command;
mod config;
mod coordinator;
mod event;
mod maas;
mod participant;
pub mod policy;
mod recent;
mod record;
mod select;
mod skew;
mod stored;
mod timing;
pub mod wire;

pub use command::{Choice, Command, Demand, Layout, RequestId};
pub use config::{AAP_PORT, AnaScope, Config, MAX_PAYLOAD, Peer, Reports, Shortcut, Startup};
pub use coordinator::{PrefixCoordinator, Role, SpaceSource, UsageReport};
pub use event::{Event, GrantPath, Ignored, Lease, Loss, Outcome, Refusal};
pub use maas::{Attempt, Maas, Phase};
pub use participant::Participant;
pub use record::AllocationRecord;
pub use stored::{Item, ItemKey};
pub use timing::{Jitter, Timing};
