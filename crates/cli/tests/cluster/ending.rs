//! However a cluster ends, nothing of it is left.

use super::ground::{Running, aap, eventually, home, runs};

#[test]
fn a_cluster_that_ends_leaves_nothing() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--nodes", "2", "--for", "2s"]) else {
        return;
    };
    let pids = cluster.pids();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| runs(*pid)));
    assert!(cluster.folder().join("maas-1").is_dir(), "it has its data there");
    assert_eq!(cluster.wait(), Some(0));
    assert!(!pids.iter().any(|pid| runs(*pid)), "{pids:?}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn ctrl_c_ends_a_cluster_and_leaves_nothing() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--nodes", "2"]) else { return };
    let pids = cluster.pids();
    cluster.signal("-INT");
    assert_eq!(cluster.wait(), Some(0), "without an end of its own, that is how it ends");
    assert!(!pids.iter().any(|pid| runs(*pid)), "{pids:?}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn nodes_end_with_a_supervisor_that_is_killed_and_the_next_one_tidies_up() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--nodes", "2"]) else { return };
    let (pids, folder) = (cluster.pids(), cluster.folder());
    cluster.signal("-KILL");
    assert_eq!(cluster.wait(), None);
    eventually("the nodes end", || !pids.iter().any(|pid| runs(*pid)));
    assert!(folder.exists(), "nobody was left to remove it");
    std::fs::write(folder.with_file_name("mine.txt"), "not the cluster's").unwrap();

    let Some(mut next) = Running::start(home.path(), &["--nodes", "1", "--for", "1s"]) else {
        return;
    };
    assert!(!folder.exists() || folder == next.folder(), "what the dead left was removed");
    assert_eq!(next.wait(), Some(0));
    assert!(!folder.exists());
    assert!(folder.with_file_name("mine.txt").exists(), "what is not a cluster's stays");
}

#[test]
fn a_cluster_that_is_told_to_stop_stops() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--nodes", "1"]) else { return };
    let (status, _, err) = aap(home.path(), &["cluster", "stop"]);
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(cluster.wait(), Some(0));
    let (status, _, err) = aap(home.path(), &["cluster", "status"]);
    assert_eq!(status, Some(4));
    assert!(err.contains("start one with `aap cluster`"), "{err}");
}
