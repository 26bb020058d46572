//! Asks the nodes how they are, again and again, so that the view never waits for one.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use ::client::{Client, Error};
use ::cluster::Cluster;

use super::board::View;

/// How often nodes are asked.
const PERIOD: Duration = Duration::from_millis(250);

/// How long one that hangs may keep the others waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// Entries of a record that fit on any screen.
const ENTRIES: usize = 200;

/// Views of all nodes, by place, for as long as the receiver lives.
pub(super) fn start(cluster: &Cluster) -> std::io::Result<Receiver<Vec<Option<View>>>> {
    let clients: Vec<Client> = cluster
        .members()
        .iter()
        .map(|member| Client::new(member.control().to_owned()).patient_for(PATIENCE))
        .collect();
    let (sender, receiver) = mpsc::sync_channel(1);
    let ask = move || {
        loop {
            let views = clients.iter().map(|client| look(client).ok()).collect();
            if sender.send(views).is_err() {
                return;
            }
            thread::park_timeout(PERIOD);
        }
    };
    thread::Builder::new().name("views".to_owned()).spawn(ask)?;
    Ok(receiver)
}

fn look(client: &Client) -> Result<View, Error> {
    let scope = client.status()?.scopes.into_iter().next().unwrap_or_default();
    let list = client.list()?;
    let record = client.record_start(ENTRIES)?;
    Ok(View { scope, claims: list.claims, allocations: list.allocations, record })
}
