//! Mutexes that nobody poisons.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a mutex guards. Nothing here panics while holding one, and if it did, the value would
/// still be whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
