//! What one thing to remember looks like in the store: a key and a line of JSON, both readable.

use std::net::{IpAddr, SocketAddr};

use aap::wire::Message;
use aap::{Item, ItemKey, Peer};
use addrspace::{Addr, Family, Range};
use sansio::UtcSecs;
use serde::{Deserialize, Serialize};

/// A stored value. The fields are part of the store's format: changing one means a new number in
/// [`super::FORMAT`].
#[derive(Serialize, Deserialize, Debug)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
enum Row {
    Own { range: String, end: i64, latest_end: i64, request: u32, deleted: bool },
    Preallocated { range: String, end: i64, request: Option<u32> },
    Heard { range: String, end: i64, owner: String, by_defender: bool },
    Intended { range: String, end: i64, owner: String, heard: i64 },
    Tombstone { range: String, end: i64, until: i64 },
    Space { message: String, received: i64 },
}

/// The text of a key.
pub(super) fn key(key: ItemKey, family: Family) -> String {
    let ip = |addr: Addr| addr.to_ip(family);
    match key {
        ItemKey::Space => "space".to_owned(),
        ItemKey::Own(addr) => format!("own {}", ip(addr)),
        ItemKey::Preallocated(addr) => format!("preallocated {}", ip(addr)),
        ItemKey::Tombstone(addr) => format!("tombstone {}", ip(addr)),
        ItemKey::Heard(addr, peer) => format!("heard {} by {peer}", ip(addr)),
        ItemKey::Intended(addr, peer) => format!("intended {} by {peer}", ip(addr)),
    }
}

/// The text of a value; `None` for one that removes its key.
pub(crate) fn write(item: &Item, family: Family) -> Option<String> {
    let text = |range: &Range| range.display(family).to_string();
    let row = match item {
        Item::Own { range, end, latest_end, request, deleted } => Row::Own {
            range: text(range),
            end: end.0,
            latest_end: latest_end.0,
            request: *request,
            deleted: *deleted,
        },
        Item::Preallocated { range, end, request } => {
            Row::Preallocated { range: text(range), end: end.0, request: *request }
        }
        Item::Heard { range, end, owner, by_defender } => Row::Heard {
            range: text(range),
            end: end.0,
            owner: owner.to_string(),
            by_defender: *by_defender,
        },
        Item::Intended { range, end, owner, heard } => Row::Intended {
            range: text(range),
            end: end.0,
            owner: owner.to_string(),
            heard: heard.0,
        },
        Item::Tombstone { range, end, until } => {
            Row::Tombstone { range: text(range), end: end.0, until: until.0 }
        }
        Item::Space { message, received } => {
            let mut octets = Vec::new();
            message.encode(&mut octets);
            Row::Space { message: crate::hex::write(&octets), received: received.0 }
        }
        Item::Forget(_) => return None,
    };
    // A row is strings and numbers, which JSON can always say.
    serde_json::to_string(&row).ok()
}

/// Reads a value back.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(crate) fn read(text: &str, family: Family) -> Result<Item, String> {
    let row: Row = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let span = |text: String| span(text, family);
    Ok(match row {
        Row::Own { range, end, latest_end, request, deleted } => Item::Own {
            range: span(range)?,
            end: UtcSecs(end),
            latest_end: UtcSecs(latest_end),
            request,
            deleted,
        },
        Row::Preallocated { range, end, request } => {
            Item::Preallocated { range: span(range)?, end: UtcSecs(end), request }
        }
        Row::Heard { range, end, owner, by_defender } => Item::Heard {
            range: span(range)?,
            end: UtcSecs(end),
            owner: peer(&owner)?,
            by_defender,
        },
        Row::Intended { range, end, owner, heard } => Item::Intended {
            range: span(range)?,
            end: UtcSecs(end),
            owner: peer(&owner)?,
            heard: UtcSecs(heard),
        },
        Row::Tombstone { range, end, until } => {
            Item::Tombstone { range: span(range)?, end: UtcSecs(end), until: UtcSecs(until) }
        }
        Row::Space { message, received } => {
            let octets = crate::hex::read(&message).ok_or("the message is not hexadecimal")?;
            let message = Message::decode(&octets).map_err(|error| error.to_string())?;
            Item::Space { message, received: UtcSecs(received) }
        }
    })
}

/// Reads a range of this family.
pub(super) fn span(text: String, family: Family) -> Result<Range, String> {
    match Range::parse(&text) {
        Ok((of, range)) if of == family => Ok(range),
        Ok(_) => Err(format!("`{text}` is of another address family than its scope")),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a peer as it displays: with its port, or without where identity is the address alone.
pub(crate) fn peer(text: &str) -> Result<Peer, String> {
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Ok(socket.into());
    }
    text.parse::<IpAddr>()
        .map(|address| Peer { address, port: 0 })
        .map_err(|_| format!("`{text}` is no address with a port"))
}

#[cfg(test)]
mod tests {
    use aap::wire::{Body, Header, Ranges, Rseq, TimedRange, WireTime};
    use sansio::Stored;

    use super::*;

    fn round_trip(item: Item, family: Family) {
        let text = write(&item, family).unwrap();
        assert_eq!(read(&text, family), Ok(item), "{text}");
    }

    #[test]
    fn every_kind_of_item_survives() {
        let (family, range) = Range::parse("239.255.0.1-239.255.0.4").unwrap();
        let (end, later) = (UtcSecs(961_070_400), UtcSecs(961_070_500));
        let owner = peer("127.0.0.12:2878").unwrap();
        let header = Header { family, rseq: Rseq::wrapping(7), mseq: 1 };
        let ranges = Ranges::new(family, [TimedRange { range, end: WireTime(9) }]);
        let body = Body::Asa { expiration: WireTime(5), ranges };
        let message = Message::new(header, WireTime(3), body);
        for item in [
            Item::Own { range, end, latest_end: later, request: 3, deleted: true },
            Item::Preallocated { range, end, request: None },
            Item::Heard { range, end, owner, by_defender: false },
            Item::Intended { range, end, owner: Peer { port: 0, ..owner }, heard: later },
            Item::Tombstone { range, end, until: later },
            Item::Space { message, received: end },
        ] {
            round_trip(item, family);
        }
    }

    #[test]
    fn ipv6_items_survive_too() {
        let (family, range) = Range::parse("ff05::1:0/120").unwrap();
        let owner = peer("[fd00::1]:2878").unwrap();
        round_trip(Item::Heard { range, end: UtcSecs(1), owner, by_defender: true }, family);
    }

    #[test]
    fn keys_of_different_items_differ() {
        let (family, range) = Range::parse("239.255.0.1").unwrap();
        let owner = peer("127.0.0.12:2878").unwrap();
        let heard = Item::Heard { range, end: UtcSecs(1), owner, by_defender: true };
        let own = Item::Preallocated { range, end: UtcSecs(1), request: None };
        assert_eq!(key(heard.key(), family), "heard 239.255.0.1 by 127.0.0.12:2878");
        assert_eq!(key(own.key(), family), "preallocated 239.255.0.1");
    }

    #[test]
    fn a_value_of_unknown_shape_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"kind":"loan","range":"239.0.0.1"}"#,
            r#"{"kind":"tombstone","range":"239.0.0.1","end":1,"until":2,"more":3}"#,
            r#"{"kind":"tombstone","range":"ff05::1","end":1,"until":2}"#,
        ] {
            assert!(read(text, Family::V4).is_err(), "{text}");
        }
    }
}
