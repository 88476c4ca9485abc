//! The check of a connection: key, number, webhook, department, workspace. It repairs what is
//! empty or ours and never touches what is foreign, unless it is told to take it over.

use super::{Site, TakeOver, department, find, save};
use crate::app::App;
use crate::domain::connection::{Circuit, Connection, Warning};
use crate::domain::ids::{ConnectionId, WaId};
use crate::domain::time::Timestamp;
use crate::flows::refused::Refused;
use crate::flows::{circuit, setup_channel, workspace};
use crate::secrets::{Secret, SecretError, SecretName};
use crate::whatsapp::WhatsAppError;
use crate::whatsapp::client::{NumberHealth, Registration, SECRET_HEADER};

pub(super) const INVALID_KEY: &str = "invalid_api_key";
const CHECK_REFUSED: &str = "whatsapp_check_refused";
pub(super) const UNREACHABLE: &str = "whatsapp_unreachable";
/// The code of [`number_mismatch`].
pub(super) const NUMBER_MISMATCH: &str = "number_mismatch";
pub(super) const NOT_REGISTERED: &str = "webhook_not_registered";

/// Checks one connection with the key that we hold, and saves what was found.
pub async fn verify(
    app: &App,
    public_url: &str,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<Connection, Refused> {
    let site = Site {
        app,
        public_url,
        now,
    };
    let connection = find(app, id, now).await?;
    check_again(&site, &connection, TakeOver::default()).await
}

/// The check with the stored key; a key that is refused is read anew once, because another
/// process may have replaced it.
pub(super) async fn check_again(
    site: &Site<'_>,
    connection: &Connection,
    take_over: TakeOver,
) -> Result<Connection, Refused> {
    let app = site.app;
    let mut key = match app.api_key(&connection.id).await {
        Ok(key) => key,
        Err(SecretError::Missing) => {
            let message = "The API key of this connection is gone from the secret store. Paste \
                           it again (PATCH `apiKey`).";
            let warning = Warning::new("api_key_missing", message);
            return save(site, connection, |c| c.set_warnings(vec![warning.clone()])).await;
        }
        Err(error) => return Err(error.into()),
    };
    let mut found = check_number(app, &key, &connection.phone_number).await;
    if has(&found, INVALID_KEY) {
        app.secrets
            .forget(&SecretName::ApiKey(connection.id.clone()));
        let fresh = app.api_key(&connection.id).await?;
        if fresh != key {
            key = fresh;
            found = check_number(app, &key, &connection.phone_number).await;
        }
    }
    settle(site, connection, &key, (found, take_over)).await
}

/// Brings webhook, department and workspace in order, as far as possible, and saves the result.
/// `found` is what is known of the number already.
pub(super) async fn settle(
    site: &Site<'_>,
    connection: &Connection,
    key: &Secret,
    (found, take_over): (Vec<Warning>, TakeOver),
) -> Result<Connection, Refused> {
    let mut connection = connection.clone();
    let mut warnings = found;
    if has(&warnings, UNREACHABLE) || has(&warnings, INVALID_KEY) {
        // nothing new can be learnt of the webhook: what was known stays
        let known = |warning: &&Warning| warning.code.starts_with("webhook_");
        warnings.extend(connection.warnings.iter().filter(known).cloned());
    } else {
        let (saved, warning) = settle_webhook(site, connection, key, take_over.number).await?;
        connection = saved;
        warnings.extend(warning);
    }
    let mut id = connection.department.clone();
    if let Some(wanted) = &connection.department {
        let checked = department::check(site.app, wanted, site.now).await;
        id = checked.id.or(id);
        warnings.extend(checked.warning);
    }
    if !has(&warnings, "rocketchat_unreachable") {
        let wish = take_over.workspace;
        let warning = workspace::ensure_webhook(site.app, site.public_url, wish, site.now).await?;
        warnings.extend(warning.filter(|warning| !has(&warnings, &warning.code)));
    }
    if !has(&warnings, "rocketchat_unreachable") {
        workspace::define_fields(site.app, site.now).await;
        setup_channel::ensure(site.app, site.now).await;
    }
    let wanted = connection.department.clone();
    let unproven = [UNREACHABLE, INVALID_KEY, CHECK_REFUSED];
    if !unproven.iter().any(|code| has(&warnings, code)) {
        close_circuit(site, &connection.id).await?;
    }
    save(site, &connection, |c| {
        c.webhook_url = site.webhook_url(&c.id);
        if c.department == wanted {
            c.department.clone_from(&id);
        }
        c.set_warnings(warnings.clone());
    })
    .await
}

/// The key was taken just now: what was stopped because of the key may go on. What was stopped for
/// another reason (payment, policy) shows in sends only; a send closes it.
async fn close_circuit(site: &Site<'_>, id: &ConnectionId) -> Result<(), Refused> {
    let (app, now) = (site.app, site.now);
    let open = app.store.find_circuit(id, now).await?;
    if let Some(open) = open.filter(Circuit::is_about_the_key) {
        circuit::close(app, id, &open, now).await?;
    }
    Ok(())
}

/// Registers our webhook where none or ours stands; a foreign one only with `take_over`, after
/// its URL was saved.
async fn settle_webhook(
    site: &Site<'_>,
    connection: Connection,
    key: &Secret,
    take_over: bool,
) -> Result<(Connection, Option<Warning>), Refused> {
    let app = site.app;
    let url = site.webhook_url(&connection.id);
    let secret = match incoming_secret(app).await {
        Ok(secret) => secret,
        Err(warning) => return Ok((connection, Some(warning))),
    };
    let standing = look(site, &connection.id, key, &secret).await;
    let connection = match standing {
        Webhook::Right => return Ok((connection, None)),
        Webhook::Unknown(error) => return Ok((connection, Some(not_registered(&error)))),
        Webhook::Foreign(url) if !take_over => return Ok((connection, Some(foreign(&url)))),
        Webhook::Foreign(url) => {
            save(site, &connection, |c| {
                c.former_webhook_url = Some(url.clone());
            })
            .await?
        }
        Webhook::Open => connection,
    };
    if !app.door_opens(&url, SECRET_HEADER, &secret).await {
        return Ok((connection, Some(door_closed(&url))));
    }
    let sent = app.whatsapp.send_webhook(key, &url, Some(&secret)).await;
    Ok((connection, sent.err().map(|error| not_registered(&error))))
}

/// How the number's webhook stands at 360dialog.
pub(super) enum Webhook {
    /// Ours, with our secret.
    Right,
    /// None, or one of ours that is out of date.
    Open,
    /// Somebody else's.
    Foreign(String),
    /// 360dialog did not say.
    Unknown(WhatsAppError),
}

pub(super) async fn look(
    site: &Site<'_>,
    id: &ConnectionId,
    key: &Secret,
    secret: &Secret,
) -> Webhook {
    let found = site.app.whatsapp.fetch_registration(key).await;
    let Registration { url, secret: shown } = match found {
        Ok(Some(registration)) => registration,
        Ok(None) => return Webhook::Open,
        Err(error) => return Webhook::Unknown(error),
    };
    let same = shown.as_ref() == Some(secret);
    if url == site.webhook_url(id) && same {
        Webhook::Right
    } else if same || url.starts_with(&site.webhook_head()) {
        Webhook::Open
    } else {
        Webhook::Foreign(url)
    }
}

/// The secret that 360dialog's calls have to carry, or what is missing.
pub(super) async fn incoming_secret(app: &App) -> Result<Secret, Warning> {
    let name = SecretName::Incoming(app.config.secret_generation.clone());
    app.secrets.find(&name).await.map_err(|_| {
        Warning::new(
            NOT_REGISTERED,
            "Couldn't register agent webhook: its secret is not in the secret store. Update the \
             stack: it creates what is missing.",
        )
    })
}

/// What 360dialog says about key and number.
pub(super) async fn check_number(app: &App, key: &Secret, number: &WaId) -> Vec<Warning> {
    match app.whatsapp.fetch_health(key).await {
        Ok(health) => number_warnings(&health, number),
        Err(error) => vec![health_refused(&error)],
    }
}

fn number_warnings(health: &NumberHealth, number: &WaId) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(right) = health.number.as_ref().filter(|right| *right != number) {
        warnings.push(number_mismatch(right));
    }
    let fix = "Look into 360dialog's hub and Meta's Business Manager: payment, verification and \
               policy notes stand there.";
    match health.can_send.as_deref() {
        Some("BLOCKED") => warnings.push(Warning::new(
            "number_blocked",
            format!("WhatsApp blocks messages of this number. {fix}"),
        )),
        Some("LIMITED") => warnings.push(Warning::new(
            "number_limited",
            format!("WhatsApp limits messages of this number. {fix}"),
        )),
        _ => {}
    }
    warnings
}

/// Key and number do not belong together: `right` is the key's.
pub(super) fn number_mismatch(right: &WaId) -> Warning {
    let message = format!(
        "The API key belongs to the number {}, not to the one entered. Correct the number, \
         or paste the key of the number that you mean.",
        right.as_str()
    );
    Warning::new(NUMBER_MISMATCH, message)
}

fn health_refused(error: &WhatsAppError) -> Warning {
    match error {
        WhatsAppError::Unauthorized => Warning::new(
            INVALID_KEY,
            "360dialog refuses this API key. Open the number in 360dialog's hub, create or copy \
             its API key, and paste it here; an older key stops working as soon as a new one is \
             created.",
        ),
        WhatsAppError::Rejected { code, .. } => Warning::new(
            CHECK_REFUSED,
            format!(
                "360dialog refused the health check (code {code}), so key and number could not \
                 be compared. Check the number in 360dialog's hub."
            ),
        ),
        _ => Warning::new(
            UNREACHABLE,
            "Can't reach channel: 360dialog did not answer, so the API key could not be checked. \
             It is tried again by itself; if it lasts, check the key in 360dialog's hub.",
        ),
    }
}

fn door_closed(url: &str) -> Warning {
    let message = format!(
        "Couldn't register agent webhook: our own address {url} does not answer a call with the \
         secret yet. Right after a deployment or a rotation this passes by itself; otherwise check \
         that the address is reachable from the internet. It is tried again by itself."
    );
    Warning::new(NOT_REGISTERED, message)
}

fn not_registered(error: &WhatsAppError) -> Warning {
    let why = match error {
        WhatsAppError::Rejected { code, .. } => format!(
            "360dialog refused it (code {code}). It takes https URLs without port and without \
             underscore in the domain"
        ),
        WhatsAppError::Unauthorized => "360dialog refuses the API key".to_owned(),
        _ => "360dialog did not answer".to_owned(),
    };
    let message = format!(
        "Couldn't register agent webhook: {why}. Customers' messages arrive as soon as it is \
         registered; it is tried again by itself and with each change of this connection."
    );
    Warning::new(NOT_REGISTERED, message)
}

fn foreign(url: &str) -> Warning {
    let message = format!(
        "This number's messages go to {url}. Send `takeOver: true` to point them here (that URL \
         is remembered and restored on disconnecting), or disconnect."
    );
    Warning::new("webhook_foreign", message)
}

pub(super) fn has(warnings: &[Warning], code: &str) -> bool {
    warnings.iter().any(|warning| warning.code == code)
}
