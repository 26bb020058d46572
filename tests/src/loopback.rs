//! What a machine must have for tests with real sockets.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

/// Whether multicast on the loopback interface arrives: some containers have none.
#[must_use]
pub fn delivers_multicast() -> bool {
    let group = Ipv4Addr::new(239, 251, 251, 251);
    let attempt = || -> std::io::Result<usize> {
        let listener = UdpSocket::bind((group, 0))?;
        listener.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)?;
        listener.set_read_timeout(Some(Duration::from_secs(2)))?;
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        sender.send_to(b"?", listener.local_addr()?)?;
        listener.recv(&mut [0; 1])
    };
    attempt().is_ok()
}
