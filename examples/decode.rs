//! From octets to words.
//!
//! ```sh
//! cargo run -p examples --example decode
//! ```
//!
//! You will see one claim three ways: as a line, field by field, and as a value that a program can
//! use; then what is said about a datagram that was cut short. Change a digit below and run again:
//! which of them still can be read?

#![expect(clippy::print_stdout, reason = "a lesson")]

use aap::wire::{Leniency, Message, MessageType, pretty};

/// An ACLM: somebody wants 239.255.10.1 to 239.255.10.4 for a day.
const CLAIM: [u8; 24] = [
    0x00, 0x00, 0x00, 0x01, // version 0, ACLM, addresses of IPv4
    0x00, 0x00, 0x1b, 0x00, // request 27, its first message
    0x39, 0x48, 0xc5, 0x40, // the sender's clock
    0xef, 0xff, 0x0a, 0x01, // first address
    0xef, 0xff, 0x0a, 0x04, // last address
    0x39, 0x4a, 0x16, 0xc0, // until when
];

fn main() {
    let message = Message::decode(&CLAIM).expect("these octets are a claim");
    println!("in a line:\n  {message}\n");
    println!("field by field:\n{}", pretty(&CLAIM, Leniency::Strict).expect("the same octets"));

    // Programs need no text: everything is a value.
    assert_eq!(message.kind(), MessageType::Aclm);
    let claimed: u128 = message.ranges().into_iter().flatten().map(|r| r.range.len()).sum();
    println!("addresses claimed: {claimed}\n");
    assert_eq!(claimed, 4);

    // A message that is not whole is no message. The error names the reason, the field and where.
    let why = Message::decode(&CLAIM[..21]).expect_err("three octets are missing");
    println!(
        "cut short:\n  {}, field {}, octet {}: {}",
        why.reason, why.field, why.offset, why.detail
    );
    assert_eq!((why.reason.name(), why.offset), ("bad_length", 12));
}
