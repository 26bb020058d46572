//! Nodes and coordinators on this machine, as child processes of a supervisor.
//!
//! [`Cluster::start`] starts them ([`Cluster::assemble`] and [`Cluster::bring_up`] do so in two steps), [`Cluster::next_report`] tells what happens, other methods kill
//! and restart members and put faults between them; [`Member::client`] asks a member for anything
//! else. Dropping the cluster ends all of it.
//!
//! Nothing is left behind, whatever happens: a member ends when its standard input does, which the
//! supervisor holds; a run folder whose lock nobody holds any more is removed by the next cluster.
//! Clusters do not disturb each other: each takes a slot, which nobody else on the machine has, and
//! with it addresses and a group of its own.
//!
//! | module | what it knows |
//! |---|---|
//! | `spec` | what cluster is wanted |
//! | `place` | slots and run folders: taken, swept, found again |
//! | `plan` | members with addresses, configurations and commands |
//! | `member` | one process and its life |
//! | `cluster` | all of them |
//! | `faults`, `order` | what can be done to them, and its words |
//! | `collision`, [`story`] | experiments that take several steps |
//! | `report`, `desk` | what happens, and orders from other terminals |

mod cluster;
mod collision;
mod desk;
mod error;
mod faults;
mod member;
mod order;
mod place;
mod plan;
mod report;
mod spec;

pub mod story;

pub use cluster::{Cluster, Stopping};
pub use collision::Collision;
pub use desk::give_order;
pub use error::{OrderError, StartError};
pub use faults::{Faults, Weather};
pub use member::{Life, Member, Role};
pub use order::{Order, VERBS};
pub use place::{find_socket, running};
pub use report::{Report, What, wall_us};
pub use spec::{Meeting, Mode, Part, Recording, ScopeError, Served, Spec, Timing, read_scope};
