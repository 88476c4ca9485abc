//! Answers to choose from, a button that opens a page, a question for the place (§1.3 and §4).

use std::collections::BTreeSet;

use super::member::Member;
use super::{LONGEST_LINK, file_of};
use crate::domain::program::{Fault, FileKind, ProgramFile};
use crate::whatsapp::render::{LONGEST_BODY, MOST_BUTTONS, MOST_ROWS};

/// The kinds of interactive messages that a program may send.
const KINDS: [&str; 4] = ["button", "list", "cta_url", "location_request_message"];
/// The longest header and footer.
const LONGEST_MARGIN: usize = 60;
/// The longest label of a button.
const LONGEST_LABEL: usize = 20;
/// The longest id of a button.
const LONGEST_BUTTON_ID: usize = 256;
/// The longest id of a row.
const LONGEST_ROW_ID: usize = 200;
/// The longest title of a row or section.
const LONGEST_ROW: usize = 24;
/// The longest words below a row's title.
const LONGEST_DESCRIPTION: usize = 72;

/// What there is to read of a message, and the file above it.
type Checked = (String, Option<ProgramFile>);

/// Checks an interactive message.
pub(super) fn check(member: &Member<'_>) -> Result<Checked, Fault> {
    let kind = member.text("type", LONGEST_MARGIN)?;
    if !KINDS.contains(&kind) {
        let known = format!("one of {}", KINDS.join(", "));
        return Err(Fault::wrong(&member.at("type"), &known));
    }
    let mut lines = Vec::new();
    let mut file = None;
    if kind == "location_request_message" {
        member.only(&["type", "body", "action"])?;
    } else {
        member.only(&["type", "header", "body", "footer", "action"])?;
        if let Some(header) = member.optional_member("header")? {
            let (text, above) = head(kind, &header)?;
            lines.push(text);
            file = above;
        }
    }
    lines.push(margin(member, "body", LONGEST_BODY)?.to_owned());
    if member.has("footer") {
        lines.push(margin(member, "footer", LONGEST_MARGIN)?.to_owned());
    }
    lines.extend(action(kind, &member.member("action")?)?);
    Ok((lines.join("\n"), file))
}

/// The text of `body` or `footer`.
fn margin<'a>(member: &Member<'a>, key: &str, most: usize) -> Result<&'a str, Fault> {
    let inner = member.member(key)?;
    inner.only(&["text"])?;
    inner.text("text", most)
}

/// What stands above: words, or a file.
fn head(kind: &str, header: &Member<'_>) -> Result<Checked, Fault> {
    let word = header.text("type", LONGEST_MARGIN)?;
    header.only(&["type", word])?;
    if word == "text" {
        let text = header.text("text", LONGEST_MARGIN)?;
        return Ok((text.to_owned(), None));
    }
    let file = FileKind::of(word).filter(|file| match file {
        FileKind::Image | FileKind::Video | FileKind::Document => kind != "list",
        FileKind::Audio | FileKind::Sticker => false,
    });
    let Some(file) = file else {
        let expected = match kind {
            "list" => "`text`",
            _ => "`text`, `image`, `video` or `document`",
        };
        return Err(Fault::wrong(&header.at("type"), expected));
    };
    let member = header.member(word)?;
    member.only(match file {
        FileKind::Document => &["id", "link", "filename"],
        _ => &["id", "link"],
    })?;
    file_of(file, &member).map(|(file, name)| (name, file))
}

/// What can be chosen; gives the titles, each in brackets.
fn action(kind: &str, action: &Member<'_>) -> Result<Vec<String>, Fault> {
    match kind {
        "button" => buttons(action),
        "list" => rows(action),
        "cta_url" => page(action),
        _ => {
            action.only(&["name"])?;
            named(action, "send_location")?;
            Ok(Vec::new())
        }
    }
}

fn named(action: &Member<'_>, name: &str) -> Result<(), Fault> {
    if action.text("name", LONGEST_MARGIN)? == name {
        return Ok(());
    }
    Err(Fault::wrong(&action.at("name"), &format!("`{name}`")))
}

fn buttons(action: &Member<'_>) -> Result<Vec<String>, Fault> {
    action.only(&["buttons"])?;
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    let mut shown = Vec::new();
    for button in action.list("buttons", MOST_BUTTONS)? {
        button.only(&["type", "reply"])?;
        if button.text("type", LONGEST_LABEL)? != "reply" {
            return Err(Fault::wrong(&button.at("type"), "`reply`"));
        }
        let reply = button.member("reply")?;
        reply.only(&["id", "title"])?;
        let id = reply.text("id", LONGEST_BUTTON_ID)?;
        if id.trim() != id {
            let expected = "without spaces at its ends";
            return Err(Fault::wrong(&reply.at("id"), expected));
        }
        let title = reply.text("title", LONGEST_LABEL)?;
        unique(&mut ids, &reply, ("id", id))?;
        unique(&mut titles, &reply, ("title", title))?;
        shown.push(format!("[{title}]"));
    }
    Ok(shown)
}

fn unique<'a>(
    seen: &mut BTreeSet<&'a str>,
    member: &Member<'a>,
    (key, value): (&str, &'a str),
) -> Result<(), Fault> {
    if seen.insert(value) {
        return Ok(());
    }
    let expected = "another one than those before it";
    Err(Fault::wrong(&member.at(key), expected))
}

fn rows(action: &Member<'_>) -> Result<Vec<String>, Fault> {
    action.only(&["button", "sections"])?;
    action.text("button", LONGEST_LABEL)?;
    let sections = action.list("sections", MOST_ROWS)?;
    let (mut ids, mut shown) = (BTreeSet::new(), Vec::new());
    for section in &sections {
        section.only(&["title", "rows"])?;
        if sections.len() > 1 {
            section.text("title", LONGEST_ROW)?;
        } else {
            section.maybe("title", LONGEST_ROW)?;
        }
        for row in section.list("rows", MOST_ROWS)? {
            row.only(&["id", "title", "description"])?;
            let id = row.text("id", LONGEST_ROW_ID)?;
            unique(&mut ids, &row, ("id", id))?;
            let title = row.text("title", LONGEST_ROW)?;
            row.maybe("description", LONGEST_DESCRIPTION)?;
            shown.push(format!("[{title}]"));
        }
    }
    if shown.len() > MOST_ROWS {
        let expected = format!("of {MOST_ROWS} rows at most, in all sections together");
        return Err(Fault::wrong(&action.at("sections"), &expected));
    }
    Ok(shown)
}

fn page(action: &Member<'_>) -> Result<Vec<String>, Fault> {
    action.only(&["name", "parameters"])?;
    named(action, "cta_url")?;
    let parameters = action.member("parameters")?;
    parameters.only(&["display_text", "url"])?;
    let label = parameters.text("display_text", LONGEST_LABEL)?;
    let url = parameters.text("url", LONGEST_LINK)?;
    if !["https://", "http://"]
        .iter()
        .any(|head| url.starts_with(head))
    {
        let expected = "an address that begins with `https://` or `http://`";
        return Err(Fault::wrong(&parameters.at("url"), expected));
    }
    Ok(vec![format!("[{label}] {url}")])
}
