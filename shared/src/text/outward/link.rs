//! Links under words of their own, which WhatsApp does not know, and addresses as they are typed,
//! which it makes links of by itself.

use super::scan::Context;
use super::spans;
use crate::text::markup::is_blank;

/// Longer labels are no labels (bytes): a bracket is looked for no further.
const LONGEST_LABEL: usize = 1_000;
/// Longer addresses are none (bytes).
const LONGEST_ADDRESS: usize = 2_048;

/// An address under words of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    label: &'a str,
    address: &'a str,
}

impl Link<'_> {
    /// `label (address)`, or the address alone where the label says nothing else.
    pub(super) fn render(self, context: Context) -> String {
        let (_, address) = without_scheme_of_a_person(self.address);
        let label = spans::render(self.label.trim(), context.of_a_label());
        let words = label.trim_matches(['*', '_', '~']);
        if is_blank(words) || says_the_same(words, self.address) {
            address.to_owned()
        } else {
            format!("{label} ({address})")
        }
    }
}

/// `[label](address)` at the beginning of `text`, with its length in bytes.
pub(super) fn in_brackets(text: &str) -> Option<(usize, Link<'_>)> {
    let label = balanced(text, ('[', ']'), LONGEST_LABEL)?;
    let behind = &text[label.len() + 2..];
    let typed = balanced(behind, ('(', ')'), LONGEST_ADDRESS)?;
    let (length, address) = (label.len() + typed.len() + 4, typed.trim());
    is_address(address).then_some((length, Link { label, address }))
}

/// What stands between the first character of `text`, if it is `marks.0`, and the `marks.1` that
/// belongs to it.
fn balanced(text: &str, marks: (char, char), most: usize) -> Option<&str> {
    let inside = text.strip_prefix(marks.0)?;
    let (mut depth, mut escaped) = (0, false);
    for (at, c) in inside.char_indices() {
        if at > most {
            return None;
        }
        let counts = !escaped;
        escaped = c == '\\' && counts;
        if counts && c == marks.0 {
            depth += 1;
        } else if counts && c == marks.1 {
            if depth == 0 {
                return Some(&inside[..at]);
            }
            depth -= 1;
        }
    }
    None
}

/// `<address|label>`, Slack's form, or `<address>`, at the beginning of `text`, with its length.
pub(super) fn in_angles(text: &str) -> Option<(usize, Link<'_>)> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['<', '>'])?;
    let typed = inside[..end].trim();
    if !inside[end..].starts_with('>') {
        return None;
    }
    let link = match typed.split_once('|') {
        Some((address, label)) => is_address(address).then_some(Link { label, address }),
        None => {
            let of_a_person = without_scheme_of_a_person(typed).0;
            let whole = (typed.contains("://") || of_a_person) && is_address(typed);
            whole.then_some(Link {
                label: "",
                address: typed,
            })
        }
    };
    Some((end + 2, link?))
}

/// Bytes of the address that stands at the beginning of `text`, as people type it: with a scheme,
/// or a host with a path. The punctuation of the sentence around it is not its own.
pub(super) fn typed_address(text: &str) -> Option<usize> {
    let begin = match scheme(text) {
        Some(scheme) if text[scheme..].starts_with("://") => scheme + 3,
        Some(scheme) if without_scheme_of_a_person(text).0 => scheme + 1,
        _ => host_with_path(text)?,
    };
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`');
    let end = text.find(ends).unwrap_or(text.len());
    let length = without_punctuation(&text[..end]);
    (length > begin).then_some(length)
}

/// Bytes of the scheme, without its colon.
fn scheme(text: &str) -> Option<usize> {
    let of_a_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    let name = text
        .chars()
        .take(33)
        .take_while(|c| of_a_scheme(*c))
        .count();
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    (begins && name <= 32 && text[name..].starts_with(':')).then_some(name)
}

/// Bytes of a host that a path or a port follows.
fn host_with_path(text: &str) -> Option<usize> {
    let host = host(text)?;
    let behind = &text[host..];
    let port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let goes_on = behind.starts_with('/') || behind.strip_prefix(':').is_some_and(port);
    goes_on.then_some(host)
}

/// Bytes of the host that `text` begins with: labels with dots between them, the last one of
/// letters.
fn host(text: &str) -> Option<usize> {
    const LONGEST_HOST: usize = 253;
    let of_a_host = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let (mut seen, mut end) = (0, 0);
    for c in text.chars().take_while(|c| of_a_host(*c)) {
        (seen, end) = (seen + 1, end + c.len_utf8());
        if seen > LONGEST_HOST {
            return None;
        }
    }
    let (before, top) = text[..end].rsplit_once('.')?;
    let named = top.chars().count() > 1 && top.chars().all(char::is_alphabetic);
    let labels = before.split('.').all(|label| !label.is_empty());
    (named && labels).then_some(end)
}

/// Bytes of an address without the punctuation and the marks behind it. A bracket that opens in the
/// address closes in it.
fn without_punctuation(address: &str) -> usize {
    let count = |mark| address.matches(mark).count();
    let mut surplus = count(')').saturating_sub(count('('));
    let mut end = address.len();
    for (at, c) in address.char_indices().rev() {
        match c {
            ')' if surplus > 0 => surplus -= 1,
            '.' | ',' | '!' | '?' | ';' | ':' | '\'' | '*' | '_' | '~' | '|' | ']' | '}' => {}
            '…' | '。' | '，' | '、' | '！' | '？' | '；' | '：' | '）' | '」' | '』' =>
                {}
            '»' | '”' | '’' | '؟' | '،' | '۔' | '।' => {}
            _ => break,
        }
        end = at;
    }
    end
}

/// Whether a link can lead there: something with a scheme, a host, a telephone number.
fn is_address(text: &str) -> bool {
    let refused = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"');
    if text.len() > LONGEST_ADDRESS || text.contains(refused) {
        return false;
    }
    let with_scheme = scheme(text).is_some_and(|scheme| text.len() > scheme + 1);
    let ends_host = |rest: &str| rest.is_empty() || rest.starts_with(['/', ':', '?', '#']);
    let with_host = host(text).is_some_and(|host| ends_host(&text[host..]));
    with_scheme || with_host || is_telephone(text)
}

fn is_telephone(text: &str) -> bool {
    let of_a_number = |c: char| c.is_ascii_digit() || "-()".contains(c);
    text.strip_prefix('+')
        .is_some_and(|number| number.len() > 4 && number.chars().all(of_a_number))
}

/// Whether an address is a person's (`mailto:`, `tel:`), and what stands behind that.
fn without_scheme_of_a_person(address: &str) -> (bool, &str) {
    let schemes = ["mailto:", "tel:"].into_iter();
    let mut bare = schemes.filter_map(|scheme| without(address, scheme));
    bare.next().map_or((false, address), |bare| (true, bare))
}

fn without<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let head = text.get(..beginning.len())?;
    let same = head.eq_ignore_ascii_case(beginning);
    same.then(|| &text[beginning.len()..])
}

/// Whether a label is the address itself, with or without scheme, `www.` and the last slash, or the
/// same number.
fn says_the_same(label: &str, address: &str) -> bool {
    let numbers = |text: &str| {
        text.chars()
            .filter(|c| !"-() .".contains(*c))
            .collect::<String>()
    };
    let (label, address) = (core(label), core(address));
    let is_number = address.starts_with('+');
    label.eq_ignore_ascii_case(address) || (is_number && numbers(label) == numbers(address))
}

fn core(address: &str) -> &str {
    let (_, mut core) = without_scheme_of_a_person(address.trim());
    for beginning in ["https:", "http:", "//", "www."] {
        core = without(core, beginning).unwrap_or(core);
    }
    core.strip_suffix('/').unwrap_or(core)
}
