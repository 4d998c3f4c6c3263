//! What is answered to whom.

use super::events::{self, Posted};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::IpAddr;
use tokio::sync::watch;

/// The page may load its own files and read its own events, and nothing else in the world. Charts set
/// styles of single elements, which is why those are allowed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("../../../assets/monitor/page.html");
const STYLE: &str = concat!(
    include_str!("../../../assets/report/style.css"),
    include_str!("../../../assets/monitor/style.css")
);
const CHARTS: &str = include_str!("../../../assets/echarts/echarts.min.js");
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("../../../assets/report/base.js"),
    include_str!("../../../assets/report/chart.js"),
    include_str!("../../../assets/monitor/panel.js"),
    include_str!("../../../assets/monitor/figures.js"),
    include_str!("../../../assets/monitor/words.js"),
    include_str!("../../../assets/monitor/main.js"),
);

/// Every path. `own` is whether the server is meant for this machine alone.
pub(super) fn router(posted: watch::Receiver<Posted>, own: bool) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(async move || ([(CONTENT_TYPE, kind)], Bytes::from_static(text.as_bytes())))
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", PAGE))
        .route("/style.css", file("text/css; charset=utf-8", STYLE))
        .route("/charts.js", file("text/javascript; charset=utf-8", CHARTS))
        .route("/page.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/events", get(stream))
        .route("/frame.json", get(frame))
        .with_state(posted)
        .layer(middleware::from_fn(move |request, next| guard(request, next, own)))
}

async fn stream(State(posted): State<watch::Receiver<Posted>>, headers: HeaderMap) -> Response {
    const LAST: HeaderName = HeaderName::from_static("last-event-id");
    let had = headers.get(LAST).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let body = Body::from_stream(events::stream(posted, had));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn frame(State(posted): State<watch::Receiver<Posted>>) -> Response {
    let frame = posted.borrow().frame.clone();
    match frame {
        Some(frame) => ([(CONTENT_TYPE, "application/json")], frame.json.clone()).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "nothing has been seen yet\n").into_response(),
    }
}

/// Takes GET and HEAD, for this machine by one of its own names, and says what the answer is for.
async fn guard(request: Request, next: Next, own: bool) -> Response {
    let mut response = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allowed = [(ALLOW, "GET, HEAD")];
        (StatusCode::METHOD_NOT_ALLOWED, allowed, "this page is only read\n").into_response()
    } else if own && !request.headers().get(HOST).is_none_or(is_own) {
        // A name of the web that leads here would let a foreign page read this one.
        (StatusCode::FORBIDDEN, "this server is for its own machine\n").into_response()
    } else {
        next.run(request).await
    };
    let said = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in said {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a host is a name of this machine for itself.
fn is_own(host: &HeaderValue) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_own() {
        let own = |host: &'static str| is_own(&HeaderValue::from_static(host));
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.3.2.1", "[::1]:1", "[::1]"]
        {
            assert!(own(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:80", "10.0.0.1", "127.0.0.1.evil"]
        {
            assert!(!own(host), "{host}");
        }
    }

    /// A page that loads anything from elsewhere would be blank offline, and is refused by its policy.
    #[test]
    fn the_page_asks_for_nothing_else() {
        for text in [PAGE, SCRIPT, STYLE] {
            for address in ["http://", "https://", "url(", "@import"] {
                assert!(!text.contains(address), "{address}");
            }
        }
    }
}
