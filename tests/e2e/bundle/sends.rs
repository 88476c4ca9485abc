//! Templates through all binaries: by the original's path, with a key of its own, to one and to many.

use bridge_e2e::{NUMBER, Stack, eventually, run};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{ANA, BEN, parked, people, settled};

const APP: &str = "87cf50f2-2db4-4e05-a8fd-135ad24f9c08";

async fn sends(stack: &Stack, key: &str, body: &Value) -> (u16, Value) {
    let path = format!("/api/apps/private/{APP}/{key}/templateMessage");
    let headers = [("content-type", "application/json")];
    let answer = stack
        .request("POST", &path, &headers, body.to_string())
        .await;
    let json = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), json)
}

#[test]
fn a_template_goes_to_one_and_to_many_and_is_reported() {
    run(async |stack| {
        stack.flow();
        let (ana, ben) = people(stack);
        let form = json!({ "name": "the shop", "scopes": ["bulk"] });
        let (status, key) = stack.api("POST", "/v1/keys", Some(&form)).await;
        assert_eq!(status, 201, "{key}");
        let key = key["key"].as_str().unwrap().to_owned();
        let body = |numbers: &[&str], order: &str| {
            let texts = ["Canary-Ana", order].map(|text| json!({ "type": "text", "text": text }));
            json!({ "phoneNumbers": numbers, "connectedWhatsAppNo": NUMBER, "template": {
                "name": "order_confirmation", "language": { "code": "de", "policy": "deterministic" },
                "components": [{ "type": "body", "parameters": texts }] } })
        };
        let (status, one) = sends(stack, &key, &body(&[ANA], "canary 1")).await;
        assert_eq!((status, &one["success"]), (200, &json!(true)), "{one}");
        let (status, many) = sends(stack, &key, &body(&[ANA, BEN, "nobody"], "canary 2")).await;
        assert_eq!(
            (status, &many["invalidContacts"]),
            (200, &json!(["nobody"])),
            "{many}"
        );
        eventually("both have theirs", || {
            let count = |phone| stack.whatsapp.inbox(phone).len();
            (count(&ana) == 2 && count(&ben) == 1).then_some(())
        })
        .await;
        settled(stack).await;
        let path = format!("/v1/sends/{}", many["id"].as_str().unwrap());
        let (status, report) = stack.api("GET", &path, None).await;
        assert_eq!(status, 200, "{report}");
        assert_eq!(report["counts"], json!({ "delivered": 2 }), "{report}");
        let (status, _) = stack.api("POST", &format!("{path}/cancel"), None).await;
        assert_eq!(status, 200);
        let wrong = sends(stack, "b360_wrong", &body(&[ANA], "canary 3")).await;
        assert_eq!((wrong.0, &wrong.1["success"]), (401, &json!(false)));
        let gone = stack
            .request("GET", "/templateMessage", &[], Bytes::new())
            .await;
        assert_eq!(gone.status().as_u16(), 405);
        settled(stack).await;
        assert_eq!(parked(stack).await, Vec::<String>::new());
    });
}
