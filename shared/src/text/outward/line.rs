//! What stands at the beginning of a line: quotes, headings, tasks. Lists are the same on both
//! sides.

use super::scan::Context;
use super::spans;

/// One line without its end. `begins` where nothing stands before it (a code block may).
pub(super) fn render(line: &str, begins: bool) -> String {
    if !begins {
        return spans::render(line, Context::default());
    }
    let inside = after_quotes(line);
    let before = &line[..line.len() - inside.len()];
    let rest = heading(inside)
        .or_else(|| task(inside))
        .unwrap_or_else(|| spans::render(inside, Context::of_a_line()));
    format!("{before}{rest}")
}

/// What stands behind indentation and the marks of quotes.
fn after_quotes(line: &str) -> &str {
    let mut rest = line.trim_start_matches([' ', '\t']);
    while let Some(quoted) = rest.strip_prefix('>') {
        let inside = quoted.trim_start_matches([' ', '\t']);
        if inside.len() == quoted.len() && !inside.starts_with('>') {
            break;
        }
        rest = inside;
    }
    rest
}

/// `# T` to `#### T`: WhatsApp has no headings, so they are bold. A closing `#` is only a mark.
fn heading(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    if !(1..=4).contains(&level) || !title.starts_with([' ', '\t']) {
        return None;
    }
    let title = title.trim();
    let closed = title.trim_end_matches('#');
    let title = if closed.ends_with([' ', '\t']) {
        closed.trim_end()
    } else {
        title
    };
    let words = spans::render(title, Context::of_a_title());
    let seen = !words.trim().is_empty();
    seen.then(|| format!("*{}*", words.trim()))
}

/// `- [ ] T` and `- [x] T`.
fn task(line: &str) -> Option<String> {
    let item = line
        .strip_prefix("- ")
        .or_else(|| line.strip_prefix("* "))?;
    let boxes = [("[ ]", '☐'), ("[x]", '☑'), ("[X]", '☑')];
    let of_item = |(typed, shown)| item.strip_prefix(typed).map(|rest| (shown, rest));
    let (shown, rest) = boxes.into_iter().find_map(of_item)?;
    let text = rest.trim_start_matches([' ', '\t']);
    let is_task = text.len() < rest.len() && !text.is_empty();
    is_task.then(|| format!("{shown} {}", spans::render(text, Context::default())))
}
