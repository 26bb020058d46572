//! The sockets.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};
use thiserror::Error;

use super::settings::{Tcp, Unix};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why the control API cannot listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another process listens on this socket.
    #[error("{}: another node listens there; give this one a control socket of its own", .0.display())]
    InUse(PathBuf),
    /// A file that is no socket is in the way.
    #[error("{}: there is a file, and it is not a socket; remove it or choose another path", .0.display())]
    NotASocket(PathBuf),
    /// The Unix socket cannot be made.
    #[error("cannot listen at {}: {why}; choose another path for the control socket", .path.display())]
    Unix {
        /// Its file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The TCP socket cannot be made.
    #[error(
        "cannot listen at {address}: {why}; choose another address or port for the control API"
    )]
    Tcp {
        /// Its address and port.
        address: SocketAddr,
        /// Why.
        why: io::Error,
    },
    /// The thread of the control API cannot be made.
    #[error("the control API's thread: {0}")]
    Thread(io::Error),
}

/// Makes the Unix socket; its mode is in force before anybody can connect.
pub(super) fn unix(settings: &Unix) -> Result<UnixListener, BindError> {
    let path = &settings.path;
    make_way(path)?;
    let listen = || -> io::Result<UnixListener> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(path)?)?;
        fs::set_permissions(path, Permissions::from_mode(settings.mode & 0o777))?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    listen().map_err(|why| BindError::Unix { path: path.clone(), why })
}

/// Removes what a node that was killed left behind, and makes the directory.
fn make_way(path: &Path) -> Result<(), BindError> {
    let failed = |why| BindError::Unix { path: path.to_owned(), why };
    match fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => Err(BindError::NotASocket(path.to_owned())),
        Ok(_) => match UnixStream::connect(path) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(failed)
            }
            Err(error) => Err(failed(error)),
            Ok(_) => Err(BindError::InUse(path.to_owned())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Makes the TCP socket.
pub(super) fn tcp(settings: &Tcp) -> Result<std::net::TcpListener, BindError> {
    let listen = || -> io::Result<std::net::TcpListener> {
        let listener = std::net::TcpListener::bind(settings.address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    listen().map_err(|why| BindError::Tcp { address: settings.address, why })
}
