//! The files of an agent's message (§2.3): its attachments; the first one is told of once more beside
//! them, with its type and size.

use serde_json::Value;

use super::wire;
use crate::domain::message::AgentFile;

/// The kinds whose attachments name type and size, as `image_type`, `image_size`.
const KINDS: [&str; 3] = ["image", "audio", "video"];

/// The files of a message; captions that only repeat its `text` are none.
pub(super) fn files(message: &wire::Message, text: &str) -> Vec<AgentFile> {
    let attachments = message.attachments.as_ref().and_then(Value::as_array);
    let attachments = attachments.into_iter().flatten();
    let attachments = attachments.filter(|one| is_file(one));
    let mut files: Vec<AgentFile> = attachments.map(|one| of_attachment(one, text)).collect();
    if let Some(first) = of_message(message) {
        match files.first_mut() {
            None => files.push(first),
            Some(known) => {
                known.path = known.path.take().or(first.path);
                known.size = known.size.or(first.size);
                if known.mime_type.is_empty() {
                    known.mime_type = first.mime_type;
                }
            }
        }
    }
    files
}

/// Quotes are attachments too; they lead to a message. So are cards of programs, which name no file.
fn is_file(attachment: &Value) -> bool {
    let link = str_of(attachment, "title_link").or_else(|| link_of_kind(attachment));
    let named = str_of(attachment, "type") == Some("file");
    attachment.get("message_link").is_none() && (link.is_some() || named)
}

/// Where a picture, sound or film is shown from.
fn link_of_kind(attachment: &Value) -> Option<&str> {
    let mut kinds = KINDS.iter();
    kinds.find_map(|kind| str_of(attachment, &format!("{kind}_url")))
}

fn of_attachment(attachment: &Value, text: &str) -> AgentFile {
    let of_kind = |what: &str| {
        let keys = KINDS.map(|kind| format!("{kind}_{what}"));
        keys.iter().find_map(|key| attachment.get(key)).cloned()
    };
    let caption = str_of(attachment, "description").filter(|caption| caption.trim() != text.trim());
    AgentFile {
        name: str_of(attachment, "title").unwrap_or("file").to_owned(),
        path: [str_of(attachment, "title_link"), link_of_kind(attachment)]
            .into_iter()
            .flatten()
            .find_map(path_of),
        mime_type: of_kind("type")
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        size: of_kind("size").as_ref().and_then(size_of),
        caption: caption.map(str::to_owned),
    }
}

/// The file that the message itself tells of.
fn of_message(message: &wire::Message) -> Option<AgentFile> {
    let file = message.file.as_ref().filter(|file| file.is_object())?;
    let upload = message.file_upload.as_ref();
    let upload = |key: &str| upload.and_then(|upload| upload.get(key));
    let mime_type = str_of(file, "type").or_else(|| upload("type")?.as_str());
    Some(AgentFile {
        name: str_of(file, "name").unwrap_or("file").to_owned(),
        path: upload("publicFilePath")
            .and_then(Value::as_str)
            .and_then(path_of),
        mime_type: mime_type.unwrap_or_default().to_owned(),
        size: upload("size").and_then(size_of),
        caption: None,
    })
}

/// The path of a file at the workspace: its id and its name, each one segment. Without tokens: they are
/// good for an hour at most, and we bring our own. What leads elsewhere is no file of the workspace.
fn path_of(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("/file-upload/")?;
    let (id, name) = rest.split_once('/')?;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // the id alone leads to it; of a name that begins with `#` or `?` nothing is left
    let name = if name.is_empty() { "file" } else { name };
    let fits = !id.is_empty() && id.bytes().all(known);
    fits.then(|| format!("/file-upload/{id}/{}", segment(name)))
}

/// A name as one segment of a path; what was encoded stays so.
fn segment(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'/' | b'\\' | b'"' | b'<' | b'>' | b'`' => out.push_str(&format!("%{byte:02X}")),
            byte if byte.is_ascii_graphic() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn size_of(value: &Value) -> Option<u64> {
    let number = value.as_u64();
    number.or_else(|| value.as_str()?.parse().ok())
}

fn str_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_workspace_have_a_path() {
        for (link, path) in [
            ("/file-upload/f1/a.pdf", Some("/file-upload/f1/a.pdf")),
            (
                "https://chat.example/file-upload/f1/a%20b.pdf?token=x",
                Some("/file-upload/f1/a%20b.pdf"),
            ),
            (
                "https://host.example/chat/file-upload/f1/ä b.pdf",
                Some("/file-upload/f1/%C3%A4%20b.pdf"),
            ),
            (
                "/file-upload/f1/../..\\x",
                Some("/file-upload/f1/..%2F..%5Cx"),
            ),
            ("/file-upload/../api/v1/me", None),
            ("/file-upload/", None),
            ("/file-upload/f1/", Some("/file-upload/f1/file")),
            (
                "/file-upload/f1/#1%20offer.pdf",
                Some("/file-upload/f1/file"),
            ),
            ("/file-upload//a.pdf", None),
            ("https://evil.example/x", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(path_of(link).as_deref(), path, "{link}");
        }
    }
}
