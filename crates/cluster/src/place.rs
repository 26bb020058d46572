//! What a cluster has for itself on this machine: a slot, which no other running cluster has, and a
//! folder.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::error::StartError;
use crate::spec::Meeting;

/// Slots of a machine: clusters that can run at the same time.
const SLOTS: u8 = 32;

/// The name of the file that a supervisor keeps locked while it lives. Folders without it are not
/// ours.
const LOCK: &str = "supervisor.lock";

/// The port of the marker, and of every member.
pub(crate) const PORT: u16 = 2878;

/// The last octets of the addresses that members of a slot may have.
const HOSTS: std::ops::RangeInclusive<u8> = 2..=254;

/// The longest path of a socket that the operating system takes.
const SOCKET_PATH_MAX: usize = 107;

/// The longest name of a file in a run folder.
const NAME_MAX: usize = 24;

/// A slot and its folder; free again, and the folder gone, once this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) slot: u8,
    pub(crate) folder: PathBuf,
    // Both end with the process, however it dies.
    _lock: File,
    _marker: Option<UdpSocket>,
}

impl Place {
    /// Takes the first slot that is free, after clearing away what dead supervisors left behind.
    pub(crate) fn take(meeting: Meeting) -> Result<Self, StartError> {
        let home = home()?;
        sweep(&home);
        let first = match meeting {
            Meeting::Anywhere => 0,
            Meeting::Apart => 1,
        };
        for slot in first..SLOTS {
            if let Some(place) = Self::try_slot(&home, slot)? {
                return Ok(place);
            }
        }
        Err(StartError::NoSlot { slots: SLOTS })
    }

    fn try_slot(home: &Path, slot: u8) -> Result<Option<Self>, StartError> {
        // Everyone on the machine sees this address, whatever their folders.
        let marker = match UdpSocket::bind((address(slot, 1), PORT)) {
            Ok(marker) => Some(marker),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
            Err(why) => return Err(StartError::NoLoopback { address: address(slot, 1), why }),
        };
        // Members of a supervisor that has just died may not have ended yet.
        if !HOSTS.into_iter().all(|host| UdpSocket::bind((address(slot, host), PORT)).is_ok()) {
            return Ok(None);
        }
        let folder = home.join(slot.to_string());
        let failed = |why| StartError::Folder { folder: folder.clone(), why };
        private_directory(&folder).map_err(failed)?;
        let Some(mut lock) = lock(&folder).map_err(failed)? else { return Ok(None) };
        clear(&folder).map_err(failed)?;
        writeln!(lock, "an aap cluster, supervised by process {}", std::process::id())
            .map_err(failed)?;
        Ok(Some(Self { slot, folder, _lock: lock, _marker: marker }))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whoever starts the next cluster tries again.
        let _ = fs::remove_dir_all(&self.folder);
        // The home goes with the last of them; until then this fails.
        let _ = self.folder.parent().map(fs::remove_dir);
    }
}

/// An address of a slot: on loopback, and far from the ones people choose by hand.
pub(crate) const fn address(slot: u8, host: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 77, slot, host))
}

/// The control socket of the member called `name`, which may be `slot/name`, of a running cluster
/// of this user: of the first that has one. `None` if there is none.
#[must_use]
pub fn find_socket(name: &str) -> Option<PathBuf> {
    let (slot, name) = match name.split_once('/') {
        Some((slot, name)) => (Some(slot), name),
        None => (None, name),
    };
    let file = format!("{name}.sock");
    running()
        .into_iter()
        .filter(|folder| slot.is_none_or(|slot| folder.ends_with(slot)))
        .map(|folder| folder.join(&file))
        .find(|socket| socket.exists())
}

/// The folders of this user's running clusters, by slot.
#[must_use]
pub fn running() -> Vec<PathBuf> {
    let Ok(home) = home() else { return Vec::new() };
    (0..SLOTS)
        .map(|slot| home.join(slot.to_string()))
        .filter(|folder| matches!(is_alive(folder), Ok(true)))
        .collect()
}

/// Where this user's clusters have their folders: in the runtime directory if there is one, else
/// in the directory for temporary files.
fn home() -> Result<PathBuf, StartError> {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_dir());
    let uid = fs::metadata("/proc/self").map(|process| process.uid()).unwrap_or_default();
    let named = format!("aap-clusters-{uid}");
    // A directory for temporary files may lie too deep for a socket's path.
    let shallow = Path::new("/tmp").join(&named);
    let candidates = [
        runtime.map(|path| path.join("aap-clusters")),
        Some(env::temp_dir().join(&named)),
        Some(shallow.clone()),
    ];
    let fits = |path: &PathBuf| path.as_os_str().len() + 4 + NAME_MAX <= SOCKET_PATH_MAX;
    let home = candidates.into_iter().flatten().find(fits);
    let home = home.unwrap_or(shallow);
    let failed = |why| StartError::Folder { folder: home.clone(), why };
    private_directory(&home).map_err(failed)?;
    // In a directory that everyone may write to, somebody else may have been first.
    if fs::symlink_metadata(&home).map_err(failed)?.uid() != uid {
        return Err(failed(io::Error::other("it belongs to another user")));
    }
    Ok(home)
}

fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Locks a folder for the life of the answer; `None` if somebody else has it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    // A sweep may have removed it between the two: then the lock is on a file that is gone.
    let same = fs::metadata(&path).is_ok_and(|found| {
        file.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
    });
    Ok(same.then_some(file))
}

/// Whether a supervisor lives that has this folder.
fn is_alive(folder: &Path) -> io::Result<bool> {
    let file = File::open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(fs::TryLockError::WouldBlock) => Ok(true),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the folders of supervisors that are dead; their children ended with them.
fn sweep(home: &Path) {
    for slot in 0..SLOTS {
        let folder = home.join(slot.to_string());
        if folder.join(LOCK).exists()
            && let Ok(Some(_lock)) = lock(&folder)
        {
            // What cannot be removed is tried again next time.
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// Removes everything in `folder` but its lock.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let home = folder();
        let first = lock(home.path()).unwrap();
        assert!(first.is_some());
        assert!(is_alive(home.path()).unwrap());
        assert!(lock(home.path()).unwrap().is_none());
        drop(first);
        assert!(!is_alive(home.path()).unwrap());
        assert!(lock(home.path()).unwrap().is_some());
    }

    #[test]
    fn a_sweep_takes_what_dead_supervisors_left_and_nothing_else() {
        let home = folder();
        for (slot, locked) in [("0", true), ("1", true), ("2", false)] {
            fs::create_dir(home.path().join(slot)).unwrap();
            fs::write(home.path().join(slot).join("maas-1.log"), "").unwrap();
            if locked {
                fs::write(home.path().join(slot).join(LOCK), "").unwrap();
            }
        }
        let living = lock(&home.path().join("1")).unwrap();
        assert!(living.is_some());
        sweep(home.path());
        let left = |slot: &str| home.path().join(slot).exists();
        assert!(!left("0"), "its supervisor is dead");
        assert!(left("1"), "its supervisor lives");
        assert!(left("2"), "it does not carry our label");
    }
}
