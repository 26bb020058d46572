//! Who gets in, and how many.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::app::{App, lock};
use super::problem::Problem;
use super::reason::Reason;
use super::settings::Token;

/// Lets a request through if it carries the token of its socket.
pub(super) async fn authorize(
    State(token): State<Arc<Token>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let offered = request.headers().get(header::AUTHORIZATION);
    let offered = offered.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if offered.is_some_and(|offered| token.admits(offered)) {
        Ok(next.run(request).await)
    } else {
        Err(Reason::Unauthorized.into())
    }
}

/// Lets a request through if neither the rate nor the number of requests under way is too high.
pub(super) async fn limit(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !app.rate.admits(Instant::now()) {
        return Err(Reason::TooMany.into());
    }
    let _slot = Arc::clone(&app.slots).try_acquire_owned().map_err(|_| Reason::Busy)?;
    Ok(next.run(request).await)
}

/// So many per second, and as many in one burst.
pub(super) struct Rate {
    /// What one costs: the gap at which they may go on for ever.
    gap: Duration,
    /// How far ahead of that pace they may be.
    burst: Duration,
    /// When the pace would have caught up with all that was admitted.
    paced: Mutex<Option<Instant>>,
}

impl Rate {
    pub(super) fn new(per_second: u32) -> Self {
        let burst = Duration::from_secs(1);
        Self { gap: burst / per_second.max(1), burst, paced: Mutex::new(None) }
    }

    fn admits(&self, now: Instant) -> bool {
        let mut paced = lock(&self.paced);
        let start = paced.map_or(now, |paced| paced.max(now));
        let admitted = start + self.gap <= now + self.burst;
        if admitted {
            *paced = Some(start + self.gap);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_pace_after_it() {
        let (rate, now) = (Rate::new(10), Instant::now());
        let admitted = (0..100).filter(|_| rate.admits(now)).count();
        assert_eq!(admitted, 10);
        assert!(rate.admits(now + Duration::from_millis(100)));
        assert!(!rate.admits(now + Duration::from_millis(150)));
        let later = now + Duration::from_secs(60);
        assert_eq!((0..100).filter(|_| rate.admits(later)).count(), 10);
    }
}
