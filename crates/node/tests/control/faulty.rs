use std::net::IpAddr;

use aap::{Command, Timing};
use node::control::{Limits, Server, Settings, Unix};
use node::{Interface, InterfaceChoice, Node, is_contained};

use super::Place;
use super::client::Client;
use crate::support::{Lan, ONE, Running, demand};

#[tokio::test]
async fn a_cut_that_was_asked_for_is_in_force_until_it_is_lifted() {
    let Some(mut place) = Place::ready(Limits::default()).await else { return };
    let none = place.client.get("/v1/faults").await.json();
    assert_eq!(
        (none["everyone"]["fate"].as_str(), none["from"].as_array().unwrap().len()),
        (Some("through"), 0)
    );

    let mut other = Running::start(place.lan.config(2));
    other.ready().await;
    let peer = other.handle.scopes()[0].own.ip();
    let body = format!(r#"{{"from": [{{"peer": "{peer}", "fate": "cut"}}]}}"#);
    let cut = place.client.ask("PUT", "/v1/faults", "", &body).await;
    assert_eq!(cut.status, 200, "{cut:?}");
    assert_eq!(place.client.get("/v1/faults").await.json(), cut.json());
    assert_eq!(place.client.get("/v1/status").await.json()["faults"], true);

    other.claim(1).await;
    let lost = place.node.handle.snapshot().await.unwrap().scopes[0].counters.ignored("fault");
    assert!(lost > 0, "what the other said was lost");
    assert_eq!(place.client.get("/v1/record").await.json()["entries"].as_array().unwrap().len(), 0);

    let healed = place.client.ask("PUT", "/v1/faults", "", "").await;
    assert_eq!(healed.status, 200, "{healed:?}");
    assert_eq!(place.client.get("/v1/status").await.json()["faults"], false);
    let request = other.handle.next_request();
    other.handle.command(ONE, Command::Claim { request, demand: demand(1) }).await.unwrap();
    place.node.until("message of the other", node::NodeEvent::peer).await;
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_changes_nothing() {
    let Some(place) = Place::ready(Limits { ranges: 1, ..Limits::default() }).await else { return };
    let check = async |body: &str, status: u16, reason: &str| {
        let answer = place.client.ask("PUT", "/v1/faults", "", body).await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{body}");
    };
    check(r#"{"everyone": {"loss_ppm": 2000000}}"#, 400, "bad_body").await;
    check(r#"{"everybody": {}}"#, 400, "bad_body").await;
    check(r#"{"from": [{"peer": "::1"}, {"peer": "::2"}]}"#, 422, "beyond_limits").await;
    assert_eq!(place.client.get("/v1/status").await.json()["faults"], false);
}

/// It only listens, so nothing is sent to the network it is on.
#[tokio::test]
async fn a_node_on_a_real_network_refuses_faults() {
    let real = |address: &IpAddr| address.is_ipv4() && !is_contained(*address);
    let addresses = Interface::all().unwrap().into_iter().flat_map(|found| found.addresses);
    let Some(address) = addresses.into_iter().find(real) else {
        return println!("skipped: every address of this machine is contained");
    };
    let lan = Lan::new();
    let mut config = lan.config(1);
    config.interface = InterfaceChoice::Address(address);
    config.scopes[0].machine.own.set_ip(address);
    config.scopes[0].machine.timing = Timing::draft();
    let Ok(node) = Node::open(config) else {
        return println!("skipped: {address} cannot be used");
    };
    let handle = node.handle();
    let node = tokio::spawn(node.run());
    let path = lan.data(1).join("control.sock");
    let settings = Settings { unix: Some(Unix::at(&path)), ..Settings::default() };
    let _control = Server::bind(settings).unwrap().start(handle).unwrap();
    let client = Client(path);
    let refused = client.ask("PUT", "/v1/faults", "", r#"{"everyone": {"fate": "cut"}}"#).await;
    assert_eq!((refused.status, refused.reason().as_str()), (403, "real_network"));
    assert_eq!(client.get("/v1/status").await.json()["faults"], false);
    node.abort();
}
