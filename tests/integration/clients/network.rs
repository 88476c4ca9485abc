//! The real network, over loopback, in real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post as post_route};
use bridge::http::{Hosts, Http, LARGEST_ANSWER, PostError, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

const LIMIT: Duration = Duration::from_secs(10);

async fn send(url: &str, limit: Duration) -> Result<Response<Bytes>, TransportError> {
    let request = Request::post(url).body(Bytes::from("ping")).unwrap();
    Http::network().unwrap().send(request, limit).await
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// A server on loopback; gives its base URL.
async fn serve(router: Router) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A server that reads the first bytes of one request and then does as `then` says.
async fn read_and<F: Future + Send>(then: impl FnOnce(TcpStream) -> F + Send + 'static) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0_u8; 4096];
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        then(stream).await;
    });
    format!("http://{address}")
}

#[tokio::test]
async fn an_answer_comes_with_status_headers_and_body() {
    let echo = |headers: HeaderMap, body: String| async move {
        let agent = headers[header::USER_AGENT].to_str().unwrap().to_owned();
        (
            StatusCode::IM_A_TEAPOT,
            [("x-agent", agent)],
            format!("got {body}"),
        )
    };
    let base = serve(Router::new().route("/a", post_route(echo))).await;
    let answer = send(&format!("{base}/a"), LIMIT).await.unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.body(), "got ping");
    let agent = answer.headers()["x-agent"].to_str().unwrap();
    assert!(agent.starts_with("bridge360/"), "{agent}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    static FOLLOWED: AtomicUsize = AtomicUsize::new(0);
    let there = || async { FOLLOWED.fetch_add(1, Ordering::SeqCst).to_string() };
    let away = || async { (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/b")]) };
    let router = Router::new()
        .route("/a", post_route(away))
        .route("/b", get(there).post(there));
    let base = serve(router).await;
    let answer = send(&format!("{base}/a"), LIMIT).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (307, &"/b".parse().unwrap())
    );
    assert_eq!(FOLLOWED.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_above_the_limit_is_lost() {
    let largest = || async { vec![b'x'; LARGEST_ANSWER] };
    let larger = || async { vec![b'x'; LARGEST_ANSWER + 1] };
    let router = Router::new()
        .route("/fits", post_route(largest))
        .route("/not", post_route(larger));
    let base = serve(router).await;
    let answer = send(&format!("{base}/fits"), LIMIT).await.unwrap();
    assert_eq!(answer.body().len(), LARGEST_ANSWER);
    let answer = send(&format!("{base}/not"), LIMIT).await;
    assert_eq!(answer.unwrap_err(), TransportError::Lost);
}

#[tokio::test]
async fn a_refused_connection_surely_did_nothing() {
    let (listener, address) = listen().await;
    drop(listener);
    let answer = send(&format!("http://{address}"), LIMIT).await;
    assert_eq!(answer.unwrap_err(), TransportError::NotConnected);
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_a_lost_answer() {
    let base = read_and(|stream| async move { drop(stream) }).await;
    assert_eq!(send(&base, LIMIT).await.unwrap_err(), TransportError::Lost);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_lost_answer() {
    let base = read_and(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        stream.write_all(head).await.unwrap();
    });
    assert_eq!(
        send(&base.await, LIMIT).await.unwrap_err(),
        TransportError::Lost
    );
}

#[tokio::test]
async fn what_is_no_http_is_a_lost_answer() {
    let base = read_and(|mut stream| async move {
        stream
            .write_all(b"220 mail.example ESMTP\r\n")
            .await
            .unwrap();
    });
    assert_eq!(
        send(&base.await, LIMIT).await.unwrap_err(),
        TransportError::Lost
    );
}

#[tokio::test]
async fn a_slow_answer_is_lost_at_the_limit() {
    let stall = |mut stream: TcpStream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        stream.write_all(head).await.unwrap();
        std::future::pending::<()>().await;
    };
    let never = |stream: TcpStream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    };
    for base in [read_and(stall).await, read_and(never).await] {
        let start = Instant::now();
        let answer = send(&base, Duration::from_millis(300)).await;
        assert_eq!(answer.unwrap_err(), TransportError::Lost);
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(300) && took < Duration::from_secs(5),
            "{took:?}"
        );
    }
}

/// Posts to an address of a user's, which the operator has allowed.
async fn post(url: &str, limit: Duration) -> Result<Response<()>, PostError> {
    let (_, host) = url.split_once("://").unwrap();
    let host = host.split('/').next().unwrap();
    let http = Http::network_allowing(Hosts::parse(host)).unwrap();
    let body = Bytes::from("{}");
    http.post_public(url, HeaderMap::new(), (body, limit)).await
}

#[tokio::test]
async fn of_an_endpoint_only_the_head_counts_however_large_or_slow_the_rest() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let endless = read_and(move |mut stream| async move {
        stream.write_all(head).await.unwrap();
        let chunk = [&b"10000\r\n"[..], &[b'x'; 65_536], b"\r\n"].concat();
        // ends when nobody reads any more
        while stream.write_all(&chunk).await.is_ok() {}
    });
    let dripping = read_and(move |mut stream| async move {
        stream.write_all(head).await.unwrap();
        let mut beats = tokio::time::interval(Duration::from_millis(50));
        while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
            beats.tick().await;
        }
    });
    for base in [endless.await, dripping.await] {
        let start = Instant::now();
        let answer = post(&base, LIMIT).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_left_at_the_limit() {
    let silent = read_and(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let start = Instant::now();
    let answer = post(&silent.await, Duration::from_millis(300)).await;
    let lost = PostError::Transport(TransportError::Lost);
    assert_eq!(answer.unwrap_err(), lost);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_endpoint_that_sends_elsewhere_is_not_followed() {
    static FOLLOWED: AtomicUsize = AtomicUsize::new(0);
    let there = || async { FOLLOWED.fetch_add(1, Ordering::SeqCst).to_string() };
    let away = || async { (StatusCode::FOUND, [(header::LOCATION, "/b")]) };
    let router = Router::new()
        .route("/a", post_route(away))
        .route("/b", get(there).post(there));
    let base = serve(router).await;
    let answer = post(&format!("{base}/a"), LIMIT).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(FOLLOWED.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_endpoint_with_a_certificate_that_nobody_vouches_for_is_refused() {
    let (address, server) = self_signed().await;
    let answer = post(&format!("https://{address}"), LIMIT).await;
    let refused = PostError::Transport(TransportError::NotConnected);
    assert_eq!(answer.unwrap_err(), refused);
    assert!(server.await.unwrap().is_empty(), "the request went out");
}

/// A server with a certificate of its own making; gives its address and what it was sent.
async fn self_signed() -> (String, JoinHandle<Vec<u8>>) {
    let (listener, address) = listen().await;
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let accepted = TlsAcceptor::from(Arc::new(config)).accept(stream).await;
        let mut request = Vec::new();
        if let Ok(mut stream) = accepted {
            let _ = stream.read_to_end(&mut request).await;
        }
        request
    });
    (address, server)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (address, server) = self_signed().await;
    let answer = send(&format!("https://{address}"), LIMIT).await;
    assert_eq!(answer.unwrap_err(), TransportError::NotConnected);
    assert!(server.await.unwrap().is_empty(), "the request went out");
}
