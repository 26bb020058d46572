//! The control API: what applications and operators ask of a running node, as HTTP and JSON.
//!
//! It listens on a Unix socket, whose file mode decides who may ask, and on TCP only if told to,
//! with a bearer token. It runs on a thread of its own and reaches the node through a
//! [`Handle`](crate::Handle) only: whatever a client does, the protocol task neither waits for it
//! nor works for it, except for the commands it is handed, and those are bounded in number and in
//! rate. `docs/control-api.md` describes the API for its users, `/openapi.json` for programs.
//!
//! | module | what it does |
//! |---|---|
//! | `settings` | where to listen, how much to take |
//! | `listen`, `server` | sockets, connections, the thread |
//! | `routes`, `gate` | which path leads where, and who gets in |
//! | `app` | what all requests share |
//! | `addresses`, `requests` | requests for addresses and their answers, which may come late |
//! | `change` | renew, shorten, release, lose |
//! | `views`, `json` | what is shown |
//! | `events`, `stream`, `telling` | events as they happen |
//! | `logging` | what is logged |
//! | `faults` | faults on the way in, for experiments |
//! | `metrics` | numbers for Prometheus |
//! | `problem`, `reason` | every way to say no |

mod addresses;
mod app;
mod body;
mod change;
mod events;
mod faults;
mod gate;
mod json;
mod listen;
mod lock;
mod logging;
mod metrics;
mod openapi;
mod problem;
mod rate;
mod reason;
mod requests;
mod routes;
mod server;
mod settings;
mod stream;
mod telling;
mod views;

pub use faults::faults_document;
pub use listen::BindError;
pub use reason::Reason;
pub use server::{Running, Server};
pub use settings::{BadToken, Limits, Settings, Tcp, Token, Unix, standard_path};
