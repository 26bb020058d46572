//! What the operating system knows of a thread and of this process (Linux).

use std::fs;

/// The number of the calling thread.
pub(crate) fn this_thread() -> String {
    let link = fs::read_link("/proc/thread-self").expect("Linux");
    link.file_name().expect("a number").to_string_lossy().into_owned()
}

/// The time `thread` has run, in nanoseconds.
pub(crate) fn busy_ns(thread: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/self/task/{thread}/schedstat"));
    let text = text.unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}
