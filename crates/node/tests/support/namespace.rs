//! Tests in namespaces of their own: networks that can be broken, small file systems, and the right
//! to forge datagrams, all without disturbing anybody and without being root.

use std::process::Command;

/// Set where a test runs inside.
const INSIDE: &str = "AAP_TEST_NAMESPACE";

/// Runs the ignored test `name` of this program again, inside fresh user, network and mount
/// namespaces with loopback up. Says so where this machine does not allow that.
pub(crate) fn run_inside(name: &str) {
    if !unshare().arg("true").status().is_ok_and(|status| status.success()) {
        println!("skipped: this machine does not let us make namespaces");
        return;
    }
    let scratch = super::Scratch::new();
    let program = std::env::current_exe().expect("a path");
    let output = unshare()
        .args(["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
        .arg(program)
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .env("TMPDIR", &scratch.0)
        .output()
        .expect("unshare ran a moment ago");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{name} inside a namespace:\n{out}\n{err}");
    assert!(out.contains("1 passed"), "there is a test called {name}:\n{out}");
}

/// Whether this process is the inside of [`run_inside`]: its tests are nothing without it.
pub(crate) fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs a command of the inside, such as `ip link set v0 down`.
pub(crate) fn shell(line: &str) {
    let output = Command::new("sh").args(["-c", line]).output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--mount", "--kill-child", "--"]);
    command
}
