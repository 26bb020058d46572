use std::env;
use std::fmt;
use std::hint::black_box;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// Where the control API listens and how much it takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The Unix socket, if there is to be one.
    pub unix: Option<Unix>,
    /// The TCP socket, if there is to be one.
    pub tcp: Option<Tcp>,
    /// How much it takes.
    pub limits: Limits,
}

/// A Unix socket to listen on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unix {
    /// Its file. A socket that nobody listens on any more is replaced, any other file is not.
    pub path: PathBuf,
    /// The mode of the file: whoever may write to it may ask.
    pub mode: u32,
}

impl Unix {
    /// Owner and group may ask.
    pub const MODE: u32 = 0o660;

    /// A socket for owner and group.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), mode: Self::MODE }
    }
}

/// A TCP socket to listen on. What it carries is not encrypted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tcp {
    /// Address and port.
    pub address: SocketAddr,
    /// What a client has to know.
    pub token: Token,
}

/// The shared secret of a TCP socket. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a text is not a [`Token`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("a token is 16 to 256 visible ASCII characters without spaces")]
pub struct BadToken;

impl Token {
    /// Takes a secret of 16 to 256 visible ASCII characters.
    ///
    /// # Errors
    /// If it is shorter, longer, or could not stand in a header.
    pub fn new(secret: impl Into<String>) -> Result<Self, BadToken> {
        let secret = secret.into();
        let visible = secret.bytes().all(|octet| octet.is_ascii_graphic());
        if visible && (16..=256).contains(&secret.len()) { Ok(Self(secret)) } else { Err(BadToken) }
    }

    /// Whether `offered` is the token, in a time that does not tell where it differs.
    pub(super) fn admits(&self, offered: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing = own.iter().zip(offered).fold(0, |seen, (a, b)| black_box(seen | (a ^ b)));
        own.len() == offered.len() && differing == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// How much the control API takes before it says no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Octets in a body.
    pub body: usize,
    /// Addresses in one request.
    pub addresses: u32,
    /// Ranges named in one request.
    pub ranges: usize,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// Requests being answered at once, over all connections.
    pub concurrent: usize,
    /// Requests in a second, over all connections; as many may come in one burst.
    pub per_second: u32,
    /// Streams of events at once.
    pub watchers: usize,
    /// Requests for addresses that have no answer yet.
    pub pending: usize,
    /// Requests for addresses whose answers are remembered, with their idempotency keys.
    pub remembered: usize,
    /// The longest wait that a client may ask for.
    pub wait_max: Duration,
    /// How long a client may take to send a request, or be idle between two.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            addresses: 65_536,
            ranges: 256,
            connections: 1024,
            concurrent: 512,
            per_second: 20_000,
            watchers: 32,
            pending: 1024,
            remembered: 4096,
            wait_max: Duration::from_secs(600),
            patience: Duration::from_secs(30),
        }
    }
}

/// Where the socket is if nobody says otherwise: `aap/control.sock` in the user's runtime
/// directory, or in `/run` for those who have none.
#[must_use]
pub fn standard_path() -> PathBuf {
    env::var_os("XDG_RUNTIME_DIR")
        .filter(|directory| !directory.is_empty())
        .map_or_else(|| PathBuf::from("/run"), PathBuf::from)
        .join("aap/control.sock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_admitted() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.admits(b"0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"] {
            assert!(!token.admits(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_long_enough_and_stays_secret() {
        assert_eq!(Token::new("short"), Err(BadToken));
        assert_eq!(Token::new("with spaces in it, long"), Err(BadToken));
        let token = Token::new("0123456789abcdef").unwrap();
        assert_eq!(format!("{token:?}"), "Token");
    }
}
