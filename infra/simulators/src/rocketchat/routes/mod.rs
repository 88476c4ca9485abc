//! The routes: their table, who may call them, and how they read a call.

mod account;
mod call;
mod chat;
mod message;
mod omnichannel;
mod room;
mod rooms;
mod settings;
mod upload;
mod visitor;

use http::Method;

pub(crate) use call::Call;

use super::answer::Answer;
use super::state::State;

/// Who may call a route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// No sign-in: the visitor token is the credential.
    Anybody,
    /// Anybody signed in.
    SignedIn,
    /// Anybody signed in who has this permission.
    May(&'static str),
}

/// A route, named as `"GET livechat/room"`.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub name: &'static str,
    pub access: Access,
    /// Carries the hard limit of 5 calls a minute (7.x, 8.x).
    pub five_a_minute: bool,
    pub handler: fn(&mut State, &Call) -> Answer,
}

impl Route {
    /// Whether the REST machinery (and its limiter) serves it; files come from elsewhere.
    pub fn is_api(&self) -> bool {
        !self.name.starts_with("GET file-upload/")
    }
}

type Row = (&'static str, Access, fn(&mut State, &Call) -> Answer);

use Access::{Anybody, May, SignedIn};

/// Rocket.Chat REST, the routes of visitors.
const VISITOR_ROUTES: &[Row] = &[
    ("POST livechat/visitor", Anybody, visitor::register),
    ("GET livechat/visitor/:token", Anybody, visitor::show),
    ("DELETE livechat/visitor/:token", Anybody, visitor::remove),
    (
        "GET livechat/visitor/:token/room",
        May("view-livechat-manager"),
        visitor::rooms,
    ),
    ("POST livechat/visitor.status", Anybody, visitor::status),
    (
        "POST livechat/visitor/department.transfer",
        Anybody,
        room::transfer,
    ),
    ("GET livechat/room", Anybody, room::open),
    ("POST livechat/room.close", Anybody, room::close),
    ("POST livechat/message", Anybody, message::post),
    ("GET livechat/message/:_id", Anybody, message::show),
    ("PUT livechat/message/:_id", Anybody, message::edit),
    ("DELETE livechat/message/:_id", Anybody, message::remove),
    (
        "GET livechat/messages.history/:rid",
        Anybody,
        message::history,
    ),
    ("POST livechat/upload/:rid", Anybody, upload::upload),
    ("GET file-upload/:id/:name", Anybody, upload::download),
    ("GET livechat/config", Anybody, omnichannel::config),
    (
        "GET livechat/agent.info/:rid/:token",
        Anybody,
        omnichannel::agent_of_room,
    ),
    (
        "POST livechat/custom.field",
        Anybody,
        omnichannel::set_field,
    ),
    (
        "POST livechat/custom.fields",
        Anybody,
        omnichannel::set_fields,
    ),
];

/// Rocket.Chat REST, the routes of accounts.
const ACCOUNT_ROUTES: &[Row] = &[
    ("GET info", Anybody, settings::info),
    ("POST login", Anybody, account::login),
    ("POST logout", SignedIn, account::logout),
    ("GET me", SignedIn, account::me),
    ("GET users.info", SignedIn, account::show),
    ("POST users.create", May("create-user"), account::create),
    (
        "POST users.generatePersonalAccessToken",
        SignedIn,
        account::personal_token,
    ),
    ("GET settings.public", Anybody, settings::public),
    (
        "GET settings/:id",
        May("view-privileged-setting"),
        settings::show,
    ),
    (
        "POST settings/:id",
        May("edit-privileged-setting"),
        settings::save,
    ),
    (
        "POST settings",
        May("edit-privileged-setting"),
        settings::save_many,
    ),
    (
        "POST omnichannel/integrations",
        May("view-livechat-manager"),
        settings::integrate,
    ),
    (
        "GET livechat/integrations.settings",
        May("view-livechat-manager"),
        settings::integration,
    ),
    (
        "POST livechat/webhook.test",
        May("view-livechat-webhooks"),
        settings::test_webhook,
    ),
    (
        "GET livechat/department",
        May("view-livechat-departments"),
        omnichannel::departments,
    ),
    (
        "GET livechat/department/:id",
        May("view-livechat-departments"),
        omnichannel::department,
    ),
    (
        "POST livechat/department",
        May("manage-livechat-departments"),
        omnichannel::new_department,
    ),
    (
        "POST livechat/department/:id/agents",
        May("add-livechat-department-agents"),
        omnichannel::staff,
    ),
    (
        "GET livechat/users/agent",
        May("view-livechat-agents"),
        omnichannel::agents,
    ),
    (
        "GET livechat/users/manager",
        May("view-livechat-manager"),
        omnichannel::managers,
    ),
    (
        "POST livechat/users/agent",
        May("manage-livechat-agents"),
        omnichannel::new_agent,
    ),
    (
        "GET livechat/custom-fields",
        May("view-l-room"),
        omnichannel::fields,
    ),
    (
        "POST livechat/custom-fields.save",
        May("view-livechat-manager"),
        omnichannel::save_field,
    ),
    (
        "GET livechat/rooms",
        May("view-livechat-rooms"),
        rooms::list,
    ),
    (
        "POST livechat/room.closeByUser",
        May("close-livechat-room"),
        room::close_by_user,
    ),
    (
        "POST livechat/room.saveInfo",
        May("view-l-room"),
        room::save_info,
    ),
    (
        "POST livechat/room.forward",
        May("transfer-livechat-guest"),
        room::forward,
    ),
    ("POST chat.sendMessage", SignedIn, chat::send),
    ("POST chat.postMessage", SignedIn, chat::post),
    ("GET chat.getMessage", SignedIn, chat::one),
    ("POST groups.create", May("create-p"), chat::new_group),
    ("GET groups.info", SignedIn, chat::group),
    ("GET rooms.info", SignedIn, chat::room),
    (
        "POST integrations.create",
        May("manage-outgoing-integrations"),
        chat::new_integration,
    ),
    (
        "GET integrations.list",
        May("manage-outgoing-integrations"),
        chat::integrations,
    ),
    (
        "POST integrations.remove",
        May("manage-outgoing-integrations"),
        chat::remove_integration,
    ),
];

/// A route's parameters, in order.
pub(crate) type Params = Vec<(&'static str, String)>;

/// The route of a request with its parameters; otherwise whether its path has other methods.
pub(crate) fn find(method: &Method, path: &str) -> Result<(Route, Params), bool> {
    let path = path.strip_prefix("/api/v1/").or_else(|| match path {
        "/api/info" => Some("info"),
        other => other
            .strip_prefix('/')
            .filter(|rest| rest.starts_with("file-upload/")),
    });
    let Some(path) = path else { return Err(false) };
    let mut path_exists = false;
    for &(name, access, handler) in VISITOR_ROUTES.iter().chain(ACCOUNT_ROUTES) {
        let Some((wanted, pattern)) = name.split_once(' ') else {
            continue;
        };
        let Some(params) = matched(pattern, path) else {
            continue;
        };
        if wanted == method.as_str() {
            let five_a_minute = matches!(name, "POST livechat/visitor" | "GET livechat/room");
            return Ok((
                Route {
                    name,
                    access,
                    five_a_minute,
                    handler,
                },
                params,
            ));
        }
        path_exists = true;
    }
    Err(path_exists)
}

fn matched(pattern: &'static str, path: &str) -> Option<Params> {
    let mut params = Vec::new();
    let mut given = path.split('/');
    for part in pattern.split('/') {
        let segment = given.next()?;
        match part.strip_prefix(':') {
            Some(name) if !segment.is_empty() => params.push((name, call::unescaped(segment))),
            None if part == segment => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(params)
}

/// Whether an account has a permission (default roles, Rocket.Chat reference §5).
pub(crate) fn may(state: &State, user: Option<&str>, permission: &str) -> bool {
    let managers: &[&str] = &["livechat-manager", "livechat-monitor", "admin"];
    let roles: &[&str] = match permission {
        "api-bypass-rate-limit" => &["admin", "bot", "app"],
        "message-impersonate" => &["bot", "app"],
        "create-p" => &["admin", "user", "bot", "app"],
        "create-personal-access-tokens" => &["admin", "user"],
        "view-livechat-webhooks" => &["livechat-manager", "admin"],
        "view-l-room" | "close-livechat-room" | "transfer-livechat-guest" => &[
            "livechat-agent",
            "livechat-manager",
            "livechat-monitor",
            "admin",
        ],
        "create-user"
        | "edit-privileged-setting"
        | "view-privileged-setting"
        | "manage-outgoing-integrations" => &["admin"],
        _ => managers,
    };
    let user = user.and_then(|id| state.user(id));
    user.is_some_and(|user| roles.iter().any(|role| user.has_role(role)))
}
