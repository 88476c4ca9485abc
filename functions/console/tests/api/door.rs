//! Keys, paths, methods, bodies, the description, parked records.

use axum::body::Body;
use bridge::domain::time::days;
use bridge::flows::api_keys::ensure_admin_key;
use bridge::secrets::Secret;
use bridge::store::{ApiKey, Parked, Store};
use http::Request;
use serde_json::{Value, json};

use crate::support::*;

fn request(method: &str, path: &str, key: Option<&str>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "gateway.test");
    if let Some(key) = key {
        request = request.header("authorization", key);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_route_but_the_description_wants_a_key() {
    let w = World::new().await;
    for path in [
        "/v1/connections",
        "/v1/connections/x",
        "/v1/health",
        "/v1/settings",
        "/v1/parked",
        "/v1/keys",
        "/v1/sends/x",
    ] {
        for key in [
            None,
            Some("Bearer wrong"),
            Some("Bearer "),
            Some("Basic eDp5"),
            Some(ADMIN),
        ] {
            refused(w.send(request("GET", path, key)).await, 401, "unauthorized");
        }
    }
    let (status, _) = w.send(request("GET", "/v1/openapi.json", None)).await;
    assert_eq!(status, 200);
    let lower = format!("bearer {ADMIN}");
    let (status, _) = w
        .send(request("GET", "/v1/connections", Some(&lower)))
        .await;
    assert_eq!(status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_key_of_another_scope_may_not() {
    let w = World::new().await;
    let key = ApiKey {
        name: "sender".to_owned(),
        scopes: vec!["bulk".to_owned()],
        created_at: w.now(),
    };
    let secret = Secret::new("only-for-bulk");
    w.app()
        .store
        .put_api_key(&secret.hash(), &key)
        .await
        .unwrap();
    let answer = w
        .send(request("GET", "/v1/health", Some("Bearer only-for-bulk")))
        .await;
    refused(answer, 403, "forbidden");
}

#[tokio::test(start_paused = true)]
async fn the_first_admin_key_is_made_once() {
    let w = World::new().await;
    for given in [None, Some(Secret::new("another"))] {
        let key = ensure_admin_key(&w.app(), given.as_ref(), w.now())
            .await
            .unwrap();
        assert_eq!(key.reveal(), ADMIN);
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_and_methods_are_json() {
    let w = World::new().await;
    refused(w.call("GET", "/v1/moon", None).await, 404, "not_found");
    refused(w.call("GET", "/", None).await, 404, "not_found");
    refused(
        w.call("PUT", "/v1/connections", None).await,
        405,
        "method_not_allowed",
    );
    refused(
        w.call("POST", "/v1/openapi.json", None).await,
        405,
        "method_not_allowed",
    );
}

#[tokio::test(start_paused = true)]
async fn bodies_are_json_objects_of_at_most_256_kb() {
    let w = World::new().await;
    let send = |body: String| {
        let mut request = request("POST", "/v1/connections", Some(&format!("Bearer {ADMIN}")));
        *request.body_mut() = Body::from(body);
        w.send(request)
    };
    for body in ["", "{", "[]", "\"x\"", "name=x"] {
        refused(send(body.to_owned()).await, 400, "invalid_json");
    }
    let large = json!({ "name": "n".repeat(256 * 1024) }).to_string();
    refused(send(large).await, 413, "body_too_large");
}

#[tokio::test(start_paused = true)]
async fn the_public_url_is_taken_from_the_request() {
    let mut w = World::new().await;
    w.public_url = None;
    let connection = w.connected().await;
    let url = connection["webhookUrl"].as_str().unwrap();
    assert!(url.starts_with("https://gateway.test/incoming/"), "{url}");
    let mut staged = request("POST", "/v1/connections", Some(&format!("Bearer {ADMIN}")));
    staged
        .extensions_mut()
        .insert(console::Stage("prod".to_owned()));
    *staged.body_mut() = Body::from(form().to_string());
    let (_, connection) = w.send(staged).await;
    let url = connection["webhookUrl"].as_str().unwrap();
    assert!(
        url.starts_with("https://gateway.test/prod/incoming/"),
        "{url}"
    );
    assert_eq!(w.registered(KEY).await.unwrap().url, url, "moved with it");
}

#[tokio::test(start_paused = true)]
async fn the_description_holds_exactly_the_routes() {
    let w = World::new().await;
    let (_, api) = w.send(request("GET", "/v1/openapi.json", None)).await;
    assert_eq!(api["openapi"], "3.1.0");
    let methods = ["get", "put", "post", "patch", "delete"];
    for (path, operations) in api["paths"].as_object().unwrap() {
        for method in methods {
            let described = operations.get(method).is_some();
            let path = path.replace("{id}", "nobody");
            let answer = w.call(&method.to_uppercase(), &path, None).await;
            assert_eq!(answer.0 != 405, described, "{method} {path}");
        }
    }
    let settings = w.get("/v1/settings").await;
    let described = &api["components"]["schemas"]["Settings"]["properties"];
    for key in settings.as_object().unwrap().keys() {
        assert!(described.get(key).is_some(), "{key}");
    }
    let connection = w.connected().await;
    let described = &api["components"]["schemas"]["Connection"]["properties"];
    for key in connection.as_object().unwrap().keys() {
        assert!(described.get(key).is_some(), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn parked_records_are_listed_read_and_discarded() {
    let w = World::new().await;
    let app = w.app();
    for n in 0..3 {
        let at = w.now().plus(std::time::Duration::from_secs(n));
        let parked = Parked {
            id: Store::parked_id(at, &format!("t{n}")),
            at,
            queue: "inbound".to_owned(),
            reason: "unreadable_body: json".to_owned(),
            connection: None,
            body: "ä".repeat(20_000),
        };
        app.store.put_parked(&parked, days(14)).await.unwrap();
    }
    let all = w.get("/v1/parked?limit=2").await;
    let all = all["parked"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    assert!(all[0]["at"].as_str().unwrap() > all[1]["at"].as_str().unwrap());
    assert_eq!(all[0]["bodyLength"], 40_000);
    assert_eq!(all[0]["body"].as_str().unwrap().len(), 16 * 1024);
    let id = all[0]["id"].as_str().unwrap().replace('#', "%23");
    let path = format!("/v1/parked?id={id}");
    assert_eq!(w.get(&path).await["body"].as_str().unwrap().len(), 40_000);
    assert_eq!(w.call("DELETE", &path, None).await, (204, Value::Null));
    refused(w.call("DELETE", &path, None).await, 404, "not_found");
    refused(w.call("GET", &path, None).await, 404, "not_found");
    refused(
        w.call("DELETE", "/v1/parked", None).await,
        400,
        "missing_field",
    );
    refused(
        w.call("GET", "/v1/parked?id=a&id=b", None).await,
        400,
        "invalid_field",
    );
}
