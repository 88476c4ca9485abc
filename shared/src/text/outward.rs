//! Agents' words on their way to WhatsApp: Rocket.Chat's markup becomes WhatsApp's.
//!
//! Rocket.Chat's marks are those of its `message-parser` (`grammar.pegjs`) and, for older versions,
//! of its `markdown.js`; WhatsApp's are `*bold*`, `_italic_`, `~strike~`, `` `code` ``, three
//! backticks, `- `/`* `/`1. ` lists and `> ` quotes. What both write the same way stays, and what
//! is no markup on either side stays as it was typed.

mod emoji;
mod line;
mod link;
mod moment;
mod plain;
mod scan;
mod spans;
#[cfg(test)]
mod tests;

pub use plain::to_plain;

use super::markup::shown;
use super::split::FENCE;

/// Two empty lines in a row: more would only make a message long.
const EMPTY_LINES: &str = "\n\n\n";

/// An agent's text (Rocket.Chat's `msg`, reference: Rocket.Chat, §2.3) as WhatsApp writes it.
/// Of any length: splitting comes after. Takes time in proportion to the text.
pub fn to_whatsapp(text: &str) -> String {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter_map(shown)
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(block) = Block::first_of(rest) {
        push_words(&mut out, &rest[..block.begin], false);
        push_code(&mut out, block.code);
        rest = &rest[block.end..];
    }
    push_words(&mut out, rest, true);
    out.truncate(out.trim_end().len());
    let empty_lines = out.len() - out.trim_start_matches('\n').len();
    out.split_off(empty_lines)
}

/// A block of code within a text; `begin` and `end` are byte indices of the text.
struct Block<'a> {
    begin: usize,
    end: usize,
    code: &'a str,
}

impl<'a> Block<'a> {
    /// The first block that is closed; one that never is, is no markup. Longer fences are fences.
    fn first_of(text: &'a str) -> Option<Self> {
        let begin = text.find(FENCE)?;
        let inside = begin + run_of_backticks(&text[begin..]);
        let close = inside + text[inside..].find(FENCE)?;
        let end = close + run_of_backticks(&text[close..]);
        let code = &text[inside..close];
        Some(Self { begin, end, code })
    }
}

fn run_of_backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// WhatsApp shows everything between the fences, so the language's name and the line breaks that
/// only hold the fences apart are left out.
fn push_code(out: &mut String, code: &str) {
    let code = without_language(code);
    let lines = code.trim_start_matches('\n').trim_end();
    out.push_str(FENCE);
    out.push_str(if lines.is_empty() { code } else { lines });
    out.push_str(FENCE);
}

/// `js` behind the opening fence is a name if the closing fence stands in a line of its own
/// (`Code` of the grammar); else it is the first line of the code.
fn without_language(code: &str) -> &str {
    let Some((first, lines)) = code.split_once('\n') else {
        return code;
    };
    let language = first.trim();
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || "_+#.-".contains(c);
    let last = lines.rsplit('\n').next().unwrap_or_default();
    let named = language.len() <= 20 && language.chars().all(of_a_name);
    let something_else = !lines.trim().is_empty();
    if named && something_else && lines.contains('\n') && last.trim().is_empty() {
        lines
    } else {
        code
    }
}

/// Text outside code blocks, line by line. Its first line goes on where a block ended, and its last
/// one (but for the text's `last`) is followed by a block: white space there stands between words.
fn push_words(out: &mut String, words: &str, last: bool) {
    let begins_line = out.is_empty();
    let lines: Vec<&str> = words.split('\n').collect();
    let hidden = spoiler_fences(&lines);
    let end = lines.len() - 1;
    let mut first = true;
    for (index, line) in lines.iter().enumerate() {
        if hidden.binary_search(&index).is_ok() {
            continue;
        }
        if !std::mem::take(&mut first) && !out.ends_with(EMPTY_LINES) {
            out.push('\n');
        }
        let ends = index < end || last;
        let line = if ends { line.trim_end() } else { line };
        out.push_str(&line::render(line, index > 0 || begins_line));
    }
}

/// The lines that are nothing but `||` and hide what stands between two of them (`BlockSpoiler`).
fn spoiler_fences(lines: &[&str]) -> Vec<usize> {
    let fences = (0..lines.len()).filter(|index| lines[*index].trim() == "||");
    let fences: Vec<usize> = fences.collect();
    let pairs = fences.chunks_exact(2).filter(|pair| pair[1] - pair[0] > 1);
    pairs.flatten().copied().collect()
}
