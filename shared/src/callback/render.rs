//! The body of a callback (R54), in Rocket.Chat's own words (reference: Rocket.Chat, §6.2).

use serde_json::{Value, json};

use crate::domain::callback::{Callback, Kind};
use crate::domain::ids::WaId;
use crate::domain::status::StatusError;

/// The body: `msId` is absent where WhatsApp gave none, `mobileNo` empty (and `userId` beside it)
/// where the customer has no number; `id` is ours.
pub fn render_callback(callback: &Callback) -> Value {
    let number = |number: &Option<WaId>| number.as_ref().map_or("", WaId::as_str).to_owned();
    let about = &callback.about;
    let mut body = json!({
        "id": callback.message,
        "message": about.text,
        "mobileNo": number(&about.route.number),
        "connectedWhatsAppNo": number(&about.route.from),
        "MessageStatus": callback.status,
        "type": match about.kind {
            Kind::Template => "Template-Message",
            Kind::Regular => "Regular-Message",
        },
        "timestamp": callback.at.to_string(),
    });
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[key] = value;
        }
    };
    add("msId", callback.wamid.as_ref().map(|id| json!(id)));
    let named = about.route.number.is_none();
    let user = about.route.user_id.as_ref().filter(|_| named);
    add("userId", user.map(|id| json!(id)));
    add("ErrorDetails", callback.error.as_ref().map(details));
    add("test", callback.test.then_some(Value::Bool(true)));
    body
}

/// WhatsApp's error object where there is one; else what is known of the reason.
fn details(error: &StatusError) -> Value {
    match &error.object {
        Some(object) => object.clone(),
        None if error.code == 0 => json!(error.reason),
        None => json!({ "code": error.code, "title": error.reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::callback::{About, Route};
    use crate::domain::ids::{Bsuid, PostId, Wamid};
    use crate::domain::time::Timestamp;

    fn callback() -> Callback {
        Callback {
            message: PostId::new("send#s1#0"),
            part: 0,
            status: "delivered".to_owned(),
            at: Timestamp::from_millis(1_780_658_550_664),
            wamid: Some(Wamid::new("wamid.A")),
            error: None,
            about: About {
                kind: Kind::Template,
                text: "Your order is ready".to_owned(),
                route: Route {
                    from: Some(WaId::new("15550783881")),
                    number: Some(WaId::new("5511961234501")),
                    user_id: Some(Bsuid::new("BR.1")),
                },
            },
            test: false,
        }
    }

    #[test]
    fn the_fields_are_those_of_the_original() {
        assert_eq!(
            render_callback(&callback()),
            json!({
                "id": "send#s1#0",
                "msId": "wamid.A",
                "message": "Your order is ready",
                "mobileNo": "5511961234501",
                "connectedWhatsAppNo": "15550783881",
                "MessageStatus": "delivered",
                "type": "Template-Message",
                "timestamp": "2026-06-05T11:22:30.664Z",
            })
        );
    }

    #[test]
    fn what_there_is_not_is_absent_or_empty() {
        let mut one = callback();
        one.wamid = None;
        one.about.kind = Kind::Regular;
        one.about.route.number = None;
        one.test = true;
        let body = render_callback(&one);
        assert_eq!(body["mobileNo"], "");
        assert_eq!(body["userId"], "BR.1");
        assert_eq!(body["type"], "Regular-Message");
        assert_eq!(body["test"], true);
        assert!(body.get("msId").is_none() && body.get("ErrorDetails").is_none());
    }

    #[test]
    fn an_error_is_whatsapps_object_or_a_sentence() {
        let error = |code, object| StatusError {
            code,
            reason: "too_old: too late".to_owned(),
            object,
        };
        let details = |error| {
            let error = Some(error);
            render_callback(&Callback {
                error,
                ..callback()
            })["ErrorDetails"]
                .clone()
        };
        let object = json!({ "code": 131_047, "href": "x" });
        assert_eq!(details(error(131_047, Some(object.clone()))), object);
        assert_eq!(details(error(0, None)), "too_old: too late");
        assert_eq!(details(error(470, None))["code"], 470);
    }
}
