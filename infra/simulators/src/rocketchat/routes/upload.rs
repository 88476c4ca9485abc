//! Rocket.Chat REST, livechat/upload, and the files' own address (Rocket.Chat reference
//! §1.5, §2.5).

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::files;
use super::super::options::Version;
use super::super::state::{State, Stored};
use super::super::writing::Draft;
use super::{Call, may};

/// Stores a file of the visitor and the message that shows it. A closed room is 403 here. An
/// unknown text part is refused after the file was stored.
pub(crate) fn upload(state: &mut State, call: &Call) -> Answer {
    let rid = call.param("rid");
    let token = call.header("x-visitor-token").unwrap_or_default();
    let open = state.own_chat(rid, token).is_some_and(|chat| chat.open);
    if state.guest(token).is_none() || !open {
        let text = if state.version == Version::V8 {
            "forbidden"
        } else {
            "unauthorized"
        };
        let body = json!({ "success": false, "error": text });
        return Err(Refusal {
            status: StatusCode::FORBIDDEN,
            body,
        });
    }
    if !state.flag("Livechat_fileupload_enabled") || !state.flag("FileUpload_Enabled") {
        return Err(Refusal::reason("error-file-upload-disabled"));
    }
    let file = call.parts.iter().find(|part| part.filename.is_some());
    let file = file.ok_or_else(|| Refusal::coded("error-no-file", "No file uploaded"))?;
    if file.name != "file" {
        return Err(Refusal::plain("invalid-field"));
    }
    let mime = file.mime.as_deref().unwrap_or("application/octet-stream");
    state.check_upload(mime, file.bytes.len())?;
    let name = file.filename.as_deref().unwrap_or("file");
    let stored = state.store_file(rid, name, mime, file.bytes.clone());
    let known = ["description", "msg", "alias", "avatar", "emoji"];
    let mut texts = call.parts.iter().filter(|part| part.filename.is_none());
    if let Some(other) = texts.find(|part| !known.contains(&part.name.as_str())) {
        return Err(Refusal::mismatch(&format!(
            "Unknown key in field {}",
            other.name
        )));
    }
    let id = show_upload(state, call, stored)?;
    let note = state.notes.get(&id).ok_or_else(Refusal::silent)?;
    let mut body = document::note_with_files(state, note);
    body["newRoom"] = json!(false);
    body["showConnecting"] = json!(false);
    Ok(Reply::Json(body))
}

/// Stores the message that shows a stored file; of the text parts only `description` and `msg`
/// come through.
fn show_upload(state: &mut State, call: &Call, stored: String) -> Result<String, Refusal> {
    let token = call.header("x-visitor-token").unwrap_or_default();
    let text = |name: &str| {
        let part = call
            .parts
            .iter()
            .find(|part| part.filename.is_none() && part.name == name)?;
        Some(String::from_utf8_lossy(&part.bytes).into_owned())
    };
    let (author, alias) = state.guest_author(token)?;
    let description = text("description");
    let file = state.files.get(&stored);
    let shown = file.map(|file| files::attachment(file, description.as_deref()));
    state.post(Draft {
        token: Some(token.to_owned()),
        alias: Some(alias),
        files: vec![stored],
        attachments: shown.into_iter().collect(),
        ..Draft::text(call.param("rid"), author, &text("msg").unwrap_or_default())
    })
}

/// A stored file, for whoever may see it; refusals have no body.
pub(crate) fn download(state: &mut State, call: &Call) -> Answer {
    let Some(file) = state.files.get(call.param("id")) else {
        return Ok(Reply::Raw(
            StatusCode::NOT_FOUND,
            HeaderMap::new(),
            Bytes::new(),
        ));
    };
    if !allowed(state, call, file) {
        return Ok(Reply::Raw(
            StatusCode::FORBIDDEN,
            HeaderMap::new(),
            Bytes::new(),
        ));
    }
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(CONTENT_TYPE, &file.mime);
    put(
        CONTENT_DISPOSITION,
        &format!("attachment; filename*=UTF-8''{}", call.param("id")),
    );
    Ok(Reply::Raw(StatusCode::OK, headers, file.bytes.clone()))
}

/// Any one of: files are not protected, the visitor's credentials, a valid signed link, an
/// account that may see the room.
fn allowed(state: &State, call: &Call, file: &Stored) -> bool {
    if !state.flag("FileUpload_ProtectFiles") {
        return true;
    }
    if call.query("rc_room_type") == Some("l") {
        let (rid, token) = (call.query("rc_rid"), call.query("rc_token"));
        let chat = rid
            .zip(token)
            .and_then(|(rid, token)| state.own_chat(rid, token));
        // Older servers open files of open rooms only.
        if chat.is_some_and(|chat| chat.open || state.version != Version::V6_0) {
            return true;
        }
    }
    if call
        .query("token")
        .is_some_and(|token| state.file_token_opens(token, &file.id))
    {
        return true;
    }
    let Some(user) = call.user.as_deref() else {
        return false;
    };
    let Some(chat) = state.chats.get(&file.rid) else {
        return false;
    };
    let member = chat.members.iter().any(|id| id == user)
        || chat
            .served
            .as_ref()
            .is_some_and(|serving| serving.user == user);
    if state.flag("FileUpload_Restrict_to_room_members") {
        return member;
    }
    let only_viewers = state.flag("FileUpload_Restrict_to_users_who_can_access_room");
    !only_viewers || member || may(state, Some(user), "view-livechat-rooms")
}
