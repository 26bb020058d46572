//! Two implementations of section 5, one opinion.

use aap::wire::Message;
use serde_json::json;

use super::hostile::vectors;
use super::peer::{Foreign, event};
use super::site::Site;

/// Every vector, every beginning of one, and every one with one octet changed.
fn candidates() -> Vec<Vec<u8>> {
    let octets = |hex: &String| -> Vec<u8> {
        let pairs = (0..hex.len() / 2).map(|at| &hex[2 * at..2 * at + 2]);
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let mut all = Vec::new();
    for vector in vectors().iter().map(octets) {
        all.extend((0..vector.len()).map(|length| vector[..length].to_vec()));
        for at in 0..vector.len() {
            let mut changed = vector.clone();
            changed[at] ^= 1 << (at % 8);
            all.push(changed);
        }
        all.push(vector);
    }
    all
}

#[tokio::test]
async fn both_decoders_agree_on_every_vector_and_everything_near_one() {
    let Some(site) = Site::small() else { return };
    let mut foreign = Foreign::start(&site, 61).await;
    let (mut well_formed, mut malformed) = (0, 0);
    for octets in candidates() {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        foreign.order(&json!({"do": "decode", "octets": hex}));
        let theirs = foreign.until("its opinion", event("decoded")).await;
        match Message::decode(&octets) {
            Ok(message) => {
                well_formed += 1;
                assert_eq!(theirs["type"], message.kind().name(), "{theirs}");
                assert_eq!(theirs["rseq"], message.rseq().number(), "{theirs}");
                assert_eq!(theirs["mseq"], message.mseq(), "{theirs}");
                let family = message.family();
                let ours = message.addresses().map(|range| range.display(family).to_string());
                let listed = theirs["ranges"].as_array().unwrap().iter();
                let listed = listed.map(|each| each["range"].as_str().unwrap().to_owned());
                assert_eq!(listed.collect::<Vec<_>>(), ours.collect::<Vec<_>>(), "{theirs}");
                assert_eq!(theirs["again"], theirs["octets"], "{theirs}");
            }
            Err(why) => {
                malformed += 1;
                assert_eq!(theirs["malformed"], why.reason.name(), "{theirs}");
            }
        }
    }
    assert!(well_formed > 100 && malformed > 500, "{well_formed} {malformed}");
    foreign.finish().await;
}
