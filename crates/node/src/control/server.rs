//! The thread and the connections.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::app::App;
use super::listen::{self, BindError};
use super::routes;
use super::settings::{Settings, Token};
use crate::handle::Handle;
use crate::log::LogControl;

/// How long answers under way may take when the server ends.
const GRACE: Duration = Duration::from_secs(2);

/// A control API whose sockets are bound, so that clients can connect, and that is not served yet.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    unix: Option<std::os::unix::net::UnixListener>,
    tcp: Option<(std::net::TcpListener, Token)>,
    file: Option<SocketFile>,
    log: Option<LogControl>,
}

/// The file of a socket: removed with this value.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // If it is gone already, all the better.
        let _ = fs::remove_file(&self.0);
    }
}

/// A control API that is being served; ends when it is dropped, or its node stops.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds the sockets.
    ///
    /// # Errors
    /// If a socket is taken, or cannot be made.
    pub fn bind(settings: Settings) -> Result<Self, BindError> {
        let unix = settings.unix.as_ref().map(listen::unix).transpose()?;
        let file = settings.unix.as_ref().map(|unix| SocketFile(unix.path.clone()));
        let tcp = match &settings.tcp {
            Some(tcp) => Some((listen::tcp(tcp)?, tcp.token.clone())),
            None => None,
        };
        Ok(Self { settings, unix, tcp, file, log: None })
    }

    /// Lets clients change what is logged.
    #[must_use]
    pub fn with_log(mut self, log: LogControl) -> Self {
        self.log = Some(log);
        self
    }

    /// Where the TCP socket is, if there is one: tells the port if the settings left it open.
    #[must_use]
    pub fn tcp_address(&self) -> Option<std::net::SocketAddr> {
        self.tcp.as_ref().and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// Serves the node behind `handle`, on a thread of its own.
    ///
    /// # Errors
    /// If the system has no room for another thread.
    pub fn start(self, handle: Handle) -> Result<Running, BindError> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(BindError::Thread)?;
        let (stop, stopping) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(self.serve(handle, stopping)) {
                    tracing::error!("the control API ended: {error}");
                }
            })
            .map_err(BindError::Thread)?;
        Ok(Running { stop, thread: Some(thread) })
    }

    async fn serve(self, handle: Handle, mut stopping: watch::Receiver<bool>) -> io::Result<()> {
        let (end, ending) = watch::channel(false);
        let app = App::new(handle.clone(), self.settings.limits, self.log, ending.clone());
        let doors = Doors {
            places: Arc::new(Semaphore::new(self.settings.limits.connections)),
            patience: self.settings.limits.patience,
            ending,
        };
        if let Some(unix) = self.unix {
            let router = routes::open(Arc::clone(&app));
            tokio::spawn(doors.clone().admit(UnixListener::from_std(unix)?, router));
        }
        if let Some((tcp, token)) = self.tcp {
            let router = routes::guarded(app, token);
            tokio::spawn(doors.clone().admit(TcpListener::from_std(tcp)?, router));
        }
        tokio::select! {
            () = handle.stopped() => {}
            // The sender is gone when nobody wants the server any more.
            () = is_true(&mut stopping) => {}
        }
        drop(self.file);
        end.send_replace(true);
        let everybody = self.settings.limits.connections.try_into().unwrap_or(u32::MAX);
        // Whoever is not done after that is cut off.
        let _ = timeout(GRACE, doors.places.acquire_many(everybody)).await;
        Ok(())
    }
}

impl Running {
    /// Ends the control API, and waits until it has ended.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been told already.
            let _ = thread.join();
        }
    }
}

/// Waits until the value is true, or can no longer become true.
pub(super) async fn is_true(value: &mut watch::Receiver<bool>) {
    let _ = value.wait_for(|value| *value).await;
}

/// How connections get in.
#[derive(Clone)]
struct Doors {
    /// One permit per connection.
    places: Arc<Semaphore>,
    patience: Duration,
    ending: watch::Receiver<bool>,
}

impl Doors {
    /// Accepts connections until the server ends.
    async fn admit(self, mut listener: impl Listener, router: Router) {
        let mut ending = self.ending.clone();
        loop {
            // A full house leaves the others in the socket's backlog.
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
            tokio::select! {
                (stream, _) = listener.accept() => {
                    tokio::spawn(self.clone().converse(stream, router.clone(), place));
                }
                () = is_true(&mut ending) => return,
            }
        }
    }

    /// Answers the requests of one connection.
    async fn converse<S>(mut self, stream: S, router: Router, _place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.patience).max_buf_size(32 * 1024);
        let service = TowerToHyperService::new(router);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            // A connection that fails concerns nobody but its client, who knows.
            _ = connection.as_mut() => return,
            () = is_true(&mut self.ending) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
