//! A live node, run again offline.

use std::fs;

use aap::Command;
use node::replay_capture;

use crate::support::{Lan, ONE, Running, loopback_works};

#[tokio::test]
async fn a_live_node_does_the_same_again_offline_and_a_changed_capture_shows() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let file = lan.data(77).with_extension("ndjson");
    let mut config = lan.config(11);
    config.trace = Some(file.clone());
    let mut node = Running::start(config);
    let mut other = Running::start(lan.config(12));
    node.ready().await;
    other.ready().await;
    let range = other.claim(2).await[0];
    node.insist(range).await;
    let range = node.claim(1).await[0];
    node.handle.command(ONE, Command::Release { range }).await.unwrap();
    node.stop().await;

    let replayed = replay_capture(&file).unwrap();
    assert_eq!(replayed.difference, None);
    assert!(replayed.inputs > 20 && replayed.outputs > 20, "{replayed:?}");

    let text = fs::read_to_string(&file).unwrap();
    // Another draw, and the silence has another length.
    let changed = text.replacen("[\"startup\",", "[\"startup\",1", 1);
    assert_ne!(changed, text);
    fs::write(&file, changed).unwrap();
    let replayed = replay_capture(&file).unwrap();
    assert_eq!(replayed.difference.map(|difference| difference.line), Some(2));

    let cut = &text[..text.len() - 10];
    fs::write(&file, cut).unwrap();
    assert_eq!(replay_capture(&file).unwrap().difference, None, "the last line was cut off");
    fs::write(&file, "{}\n").unwrap();
    assert!(replay_capture(&file).is_err());
}
