//! Answers that say no.

use aap::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::reason::Reason;
use crate::handle::{CommandError, Stopped};

/// An answer that says no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem {
    pub(super) reason: Reason,
    detail: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem with something about this very request; empty if the reason says it all.
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let retry_after_s = matches!(reason, Reason::TooMany | Reason::Busy).then_some(1);
        Self { reason, detail: detail.into(), retry_after_s }
    }

    /// Asking again after `seconds` makes sense.
    pub(super) const fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The document, as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) has it.
    pub(super) fn document(&self) -> serde_json::Value {
        let reason = self.reason;
        let mut document = json!({
            "schema": "aap.problem",
            "version": 1,
            "type": format!("urn:aap:problem:{}", reason.name()),
            "title": reason.title(),
            "status": reason.status(),
            "reason": reason.name(),
            "remedy": reason.remedy(),
        });
        if !self.detail.is_empty() {
            document["detail"] = self.detail.clone().into();
        }
        if let Some(seconds) = self.retry_after_s {
            document["retry_after_s"] = seconds.into();
        }
        document
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::new(reason, "")
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Stopped => Reason::Stopped.into(),
            CommandError::Busy => Reason::Busy.into(),
            CommandError::RequestInUse => Reason::Refused(Refusal::DuplicateRequest).into(),
            CommandError::NoSuchScope => Reason::NoSuchScope.into(),
            CommandError::Offline => Self::from(Reason::InterfaceLost).after(5),
            CommandError::Storage(why) => Self::new(Reason::StorageFailed, why).after(5),
        }
    }
}

impl From<Stopped> for Problem {
    fn from(_: Stopped) -> Self {
        Reason::Stopped.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.reason.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, format!("{:#}\n", self.document())).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.reason == Reason::Unauthorized {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_and_what_to_do() {
        let problem = Problem::new(Reason::NotReady, "12 s left").after(12);
        let document = problem.document();
        assert_eq!(document["reason"], "not_ready");
        assert_eq!(document["retry_after_s"], 12);
        assert_eq!(document["detail"], "12 s left");
        let response = problem.into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "12");
    }
}
