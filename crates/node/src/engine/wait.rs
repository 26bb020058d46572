use std::future::poll_fn;
use std::task::Poll;

use tokio::time::sleep_until;

use super::Node;
use crate::handle::Request;
use crate::net::Sockets;

/// What woke the engine.
enum Wake {
    /// Time, or a datagram.
    Ready,
    /// Someone asks.
    Asked(Request),
    /// It is to stop.
    Stop,
}

impl Node {
    /// Runs until it is asked to stop by its [`Handle`](crate::Handle). What is allocated stays so,
    /// in stable storage and in the records of others.
    pub async fn run(mut self) {
        self.notifier.ready();
        loop {
            match self.wait().await {
                Wake::Ready => self.turn(None),
                Wake::Asked(request) => self.turn(Some(request)),
                Wake::Stop => break,
            }
        }
        self.notifier.stopping();
        tracing::info!("stopped; allocations stay in stable storage");
    }

    async fn wait(&mut self) -> Wake {
        let deadline = self.clock.to_system(self.next_deadline());
        let ends = &mut self.ends;
        tokio::select! {
            biased;
            // A watch whose senders are gone never says stop: the node's own handle keeps one.
            _ = ends.stop.wait_for(|stop| *stop) => Wake::Stop,
            () = sleep_until(deadline.into()) => Wake::Ready,
            () = readable(self.presence.sockets()) => Wake::Ready,
            Some(request) = ends.requests.recv() => Wake::Asked(request),
        }
    }
}

/// Waits until a datagram can be read, for ever without sockets.
async fn readable(sockets: Option<&Sockets>) {
    poll_fn(|cx| {
        let groups = sockets.map(|sockets| &sockets.groups).into_iter().flatten();
        let mut any = false;
        for (_, socket) in groups {
            // All are polled, so that each remembers to wake us.
            any |= socket.poll_recv_ready(cx).is_ready();
        }
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
