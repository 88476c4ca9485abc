//! Links to agents' files.

use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::support::*;

const LINK: &str = "/files/7hGx2/offer.pdf";

async fn follow(w: &World, answer: &Response<Body>) -> (u16, Vec<u8>) {
    let to = answer.headers()["location"].to_str().unwrap();
    let request = Request::get(to).body(Body::empty()).unwrap();
    let answer = w.files.router().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, bytes.to_vec())
}

#[tokio::test(start_paused = true)]
async fn a_link_leads_to_the_file_for_a_day_without_a_key() {
    let w = World::new().await;
    w.files.put("uploads/links/7hGx2", b"%PDF-1.7");
    let answer = w.visit(LINK).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    assert_eq!(follow(&w, &answer).await, (200, b"%PDF-1.7".to_vec()));
    // the address behind the link is good for minutes only
    tokio::time::sleep(Duration::from_secs(301)).await;
    assert_eq!(follow(&w, &answer).await.0, 403);
    assert_eq!(w.visit(LINK).await.status(), 302);
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    assert_eq!(w.visit(LINK).await.status(), 410);
}

#[tokio::test(start_paused = true)]
async fn nothing_else_is_behind_links() {
    let w = World::new().await;
    w.files
        .put("uploads/uploads/7hGx2", b"a sample of a template");
    for path in [
        LINK,
        "/files/..%2Fuploads%2F7hGx2/x",
        "/files/%2E%2E/x",
        "/files/ /x",
    ] {
        let path = path.replace(' ', "%20");
        assert_eq!(w.visit(&path).await.status(), 410, "{path}");
    }
    for path in ["/files/7hGx2", "/files/7hGx2/a/b", "/files/"] {
        assert_eq!(w.visit(path).await.status(), 404, "{path}");
    }
    let post = Request::post(LINK).body(Body::empty()).unwrap();
    assert_eq!(w.send(post).await.0, 405);
}
