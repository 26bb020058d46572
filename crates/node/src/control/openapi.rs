use axum::http::header;
use axum::response::{IntoResponse as _, Response};

/// The description of this API for programs. A test keeps it in step with the routes, the reasons
/// and the documents that are sent.
pub(super) const TEXT: &str = include_str!("openapi.json");

pub(super) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT).into_response()
}
