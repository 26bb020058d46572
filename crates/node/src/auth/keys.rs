use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hex;

/// Octets of a key: as many as the hash has, and no fewer.
const KEY: usize = 32;

/// Access for those who are neither owner nor group.
const OTHERS: u32 = 0o007;

/// The keys of a file: the first is sent with, all are accepted.
///
/// With two keys, one can replace the other without a moment in which some nodes are not heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    pub(super) first: Key,
    pub(super) second: Option<Key>,
}

/// One key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// A name for it that betrays nothing of it.
    pub(super) id: u32,
    pub(super) secret: [u8; KEY],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {:08x}", self.id)
    }
}

/// Why a key file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Everybody on the host may read or change it.
    #[error("{path}: everybody on this host may use it; `chmod o= {path}`")]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// A line is no key.
    #[error("{path}, line {line}: not a key: write 64 hexadecimal digits")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// There is none in it, or there are more than two, or the same twice.
    #[error("{path}: {count} different keys; write one, or two while one replaces the other")]
    Count {
        /// The file.
        path: PathBuf,
        /// How many there are.
        count: usize,
    },
}

impl Keys {
    /// Reads a key file: a key a line as 64 hexadecimal digits, `#` before a comment. The file must
    /// be closed to all but its owner and group.
    ///
    /// # Errors
    /// If it cannot be read, is open to everybody, or is not one or two keys.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & OTHERS != 0 {
            return Err(KeyError::Open { path: path.to_owned() });
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let mut keys: Vec<Key> = Vec::new();
        for (nth, line) in text.lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default().trim();
            if content.is_empty() {
                continue;
            }
            let key = Key::parse(content)
                .ok_or_else(|| KeyError::NoKey { path: path.to_owned(), line: nth + 1 })?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let count = keys.len();
        let mut keys = keys.into_iter();
        match (keys.next(), keys.next()) {
            (Some(first), second) if count <= 2 => Ok(Self { first, second }),
            _ => Err(KeyError::Count { path: path.to_owned(), count }),
        }
    }

    pub(super) fn find(&self, id: u32) -> Option<&Key> {
        [Some(&self.first), self.second.as_ref()].into_iter().flatten().find(|key| key.id == id)
    }
}

impl Key {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let secret: [u8; KEY] = hex::read(text)?.try_into().ok()?;
        let digest = Sha256::new().chain_update(b"aap key name").chain_update(secret).finalize();
        let id = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        Some(Self { id, secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mode: u32) -> Result<Keys, KeyError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Keys::read(&path)
    }

    #[test]
    fn one_or_two_keys_with_comments() {
        let (a, b) = ("0a".repeat(32), "0b".repeat(32));
        let keys = read(&format!("# of the lab\n{a}\n\n{b} # the old one\n"), 0o640).unwrap();
        assert_eq!(keys.first, Key::parse(&a).unwrap());
        assert_eq!(keys.second, Key::parse(&b));
        assert_eq!(read(&a, 0o600).unwrap().second, None);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_key() {
        let key = "0a".repeat(32);
        let check = |text: &str, mode: u32, part: &str| {
            let why = read(text, mode).unwrap_err().to_string();
            assert!(why.contains(part), "{why}");
            assert!(!why.contains("0a0a"), "{why}");
        };
        check(&key, 0o644, "everybody on this host may use it");
        check(&format!("{key}0a"), 0o600, "line 1: not a key");
        check("# nothing\n", 0o600, "0 different keys");
        check(&format!("{key}\n{}\n{}\n", "0b".repeat(32), "0c".repeat(32)), 0o600, "3 different");
        let shown = format!("{:?}", read(&key, 0o600).unwrap());
        assert!(!shown.contains("10"), "no octet of it: {shown}");
    }
}
