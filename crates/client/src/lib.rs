//! Asks a running node: HTTP/1.1 over its Unix socket, blocking, one request per connection.
//!
//! [`Client::ask`] and [`Client::open`] carry any question; the other methods of [`Client`] know the
//! paths of the control API (`docs/control-api.md`) and read its documents.

mod calls;
mod documents;
mod error;
mod events;
mod http;

pub use documents::{
    Claim, Entry, Event, Holding, Lease, Listing, Messages, RecordPage, Request, ScopeStatus, Span,
    Status, Wish,
};
pub use error::{Error, Problem};
pub use events::Events;
pub use http::{Answer, Body, Client, Question, quoted};
