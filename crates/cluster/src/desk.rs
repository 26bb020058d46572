//! Where a cluster takes orders from other terminals: a Unix socket, one line in, one line out.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// Octets of an order.
const ORDER_MAX: u64 = 4096;

/// How long someone may take to say an order, or to hear the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket's name in the run folder.
pub(crate) const SOCKET: &str = "supervisor.sock";

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Desk {
    path: PathBuf,
    orders: Receiver<(String, Sender<Value>)>,
    closing: Arc<AtomicBool>,
    clerk: Option<JoinHandle<()>>,
}

impl Desk {
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let listener = UnixListener::bind(&path)?;
        let (sender, orders) = mpsc::channel();
        let closing = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&closing);
        let clerk = thread::Builder::new().name("desk".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                if flag.load(Ordering::Relaxed) {
                    return;
                }
                // Whoever goes away before the answer does not want it.
                let _ = serve(stream, &sender);
            }
        })?;
        Ok(Self { path, orders, closing, clerk: Some(clerk) })
    }

    /// The next order and where its answer goes, if there is one.
    pub(crate) fn next(&self) -> Option<(String, Sender<Value>)> {
        self.orders.try_recv().ok()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // Whoever waits for an answer has none; then one more knock, and the clerk goes home.
        while self.orders.try_recv().is_ok() {}
        if UnixStream::connect(&self.path).is_ok()
            && let Some(clerk) = self.clerk.take()
        {
            let _ = clerk.join();
        }
    }
}

fn serve(stream: UnixStream, orders: &Sender<(String, Sender<Value>)>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new((&stream).take(ORDER_MAX)).read_line(&mut line)?;
    let (answer, answered) = mpsc::channel();
    if orders.send((line.trim().to_owned(), answer)).is_err() {
        return Ok(());
    }
    // The cluster looks often; without an answer it is ending.
    if let Ok(answer) = answered.recv_timeout(PATIENCE) {
        writeln!(&stream, "{answer}")?;
    }
    Ok(())
}

/// Gives an order to the cluster whose run folder is `folder`, and waits for the answer: a document
/// with `done`, and `text` or `error`.
///
/// # Errors
/// If there is no such cluster, or it is ending.
pub fn give_order(folder: &Path, words: &str) -> io::Result<Value> {
    let stream = UnixStream::connect(folder.join(SOCKET))?;
    stream.set_read_timeout(Some(PATIENCE + PATIENCE))?;
    // An order is one line.
    writeln!(&stream, "{}", words.replace('\n', " "))?;
    let mut text = String::new();
    BufReader::new(&stream).read_line(&mut text)?;
    serde_json::from_str(&text).map_err(|_| io::ErrorKind::UnexpectedEof.into())
}
