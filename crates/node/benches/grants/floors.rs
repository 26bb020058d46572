//! What grants cannot be faster than.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use axum::Router;
use axum::routing::post;
use redb::{Database, TableDefinition};
use tokio::net::UnixListener;
use tokio::runtime;
use tokio::sync::oneshot;

const ITEMS: TableDefinition<'_, u64, &str> = TableDefinition::new("items");

/// How many commits of one value, one after the other, are durable per second.
pub(crate) fn commits(directory: &Path, count: u64) -> u64 {
    fs::create_dir_all(directory).expect("a directory");
    let database = Database::create(directory.join("floor.redb")).expect("a database");
    let start = Instant::now();
    for key in 0..count {
        let write = database.begin_write().expect("a transaction");
        let value = r#"{"range":[4026466304,4026466304],"end":1700000000,"request":1}"#;
        write.open_table(ITEMS).expect("a table").insert(key, value).expect("a place");
        write.commit().expect("a disk");
    }
    let micros = u64::try_from(start.elapsed().as_micros()).expect("it took less than an age");
    count * 1_000_000 / micros.max(1)
}

/// A server that answers and does nothing else; ends when it is dropped.
pub(crate) struct Idle {
    pub(crate) socket: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Idle {
    pub(crate) fn start(socket: &Path) -> Self {
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = {
            let _context = runtime.enter();
            UnixListener::bind(socket).expect("a socket")
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let router = Router::new().route("/", post(async || "{}"));
                tokio::select! {
                    served = axum::serve(listener, router) => served.expect("a socket"),
                    _ = stopped => {}
                }
            });
        });
        Self { socket: socket.to_owned(), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
