//! Multicast sockets: one that hears each group, one that sends from the node's own address.

mod ear;
mod interface;
mod sockets;

pub use ear::{Ear, Overheard};
pub use interface::{Interface, InterfaceChoice, is_contained};
pub use sockets::SocketError;
pub(crate) use sockets::{Channel, Sockets, open};
