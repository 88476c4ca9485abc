//! Splits a long text at the most sensible place that fits: paragraph, line, sentence, word, and
//! only then between two characters as people see them (grapheme clusters, Unicode annex 29).
//! Lengths are counted in UTF-16 units, the safest reading of WhatsApp's limits (reference:
//! 360dialog, §4).

use unicode_segmentation::GraphemeCursor;

/// Begins and ends a block of code.
pub(super) const FENCE: &str = "```";
/// Below this limit (UTF-16 units) code is split like words: there is hardly room for fences.
pub const LEAST_FOR_FENCES: usize = 32;

/// Splits `text` into parts of at most `limit` UTF-16 units each (`limit` ≥ 2). No part is empty
/// or white space alone; a text of white space alone gives no part. Each part of a code block has
/// fences of its own, counted in. Bold, italic and strike are not begun anew: they are of one line,
/// and a line is cut only where it is longer than half a part.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let blocks = if limit < LEAST_FOR_FENCES {
        Vec::new()
    } else {
        blocks(text)
    };
    let end = text.trim_end().len();
    let mut splitter = Splitter {
        text: &text[..end],
        limit,
        blocks,
        at: end - text[..end].trim_start().len(),
    };
    let mut parts = Vec::new();
    while splitter.at < end {
        parts.extend(splitter.part());
    }
    parts
}

/// `text` where it has at most `limit` UTF-16 units, else its beginning and `…`, together at most
/// `limit`; cut between two characters as people see them. For the titles of buttons and rows.
pub fn cut(text: &str, limit: usize) -> String {
    if longest_prefix(text, limit) == text.len() {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub(1) else {
        return String::new();
    };
    let end = longest_prefix(text, room);
    format!("{}…", text[..end].trim_end())
}

/// What would be the first part of a text without code blocks.
pub(super) fn beginning(text: &str, limit: usize) -> &str {
    let text = text.trim();
    text[..cut_at(text, limit)].trim_end()
}

/// A block of code: from `begin` to `end` with its fences, from `inside` to `close` without.
struct Block {
    begin: usize,
    inside: usize,
    close: usize,
    end: usize,
}

/// The blocks of a text that are closed.
fn blocks(text: &str) -> Vec<Block> {
    let fences: Vec<usize> = text.match_indices(FENCE).map(|(at, _)| at).collect();
    let block = |pair: &[usize]| Block {
        begin: pair[0],
        inside: pair[0] + FENCE.len(),
        close: pair[1],
        end: pair[1] + FENCE.len(),
    };
    fences.chunks_exact(2).map(block).collect()
}

/// A text on its way into parts. Indices are bytes of the text, which has no white space at its end.
struct Splitter<'a> {
    text: &'a str,
    limit: usize,
    blocks: Vec<Block>,
    /// Where the next part begins.
    at: usize,
}

impl Splitter<'_> {
    /// The next part; `None` where it would be white space alone.
    fn part(&mut self) -> Option<String> {
        let prefix = self.block_around(self.at).map_or("", |_| FENCE);
        let rest = &self.text[self.at..];
        let cut = self.at + cut_at(rest, self.limit - prefix.len());
        let cut = self.outside_of_code(cut, prefix.len());
        let block = self.block_around(cut);
        let suffix = block.map_or("", |_| FENCE);
        let words = self.text[self.at..cut].trim_end();
        // a block that is cut behind its first white space has nothing to show yet
        let opened = block.and_then(|_| words.strip_prefix(FENCE));
        let seen = !opened.unwrap_or(words).trim().is_empty();
        let part = seen.then(|| format!("{prefix}{words}{suffix}"));
        self.at = match block {
            Some(block) => self.next_in_code(cut, block),
            None => self.behind_white_space(cut),
        };
        part
    }

    /// The block within which `at` lies.
    fn block_around(&self, at: usize) -> Option<&Block> {
        let next = self.blocks.partition_point(|block| block.end <= at);
        self.blocks.get(next).filter(|block| block.begin < at)
    }

    /// A cut within code is moved in front of it, if that leaves a part of some size, or to where
    /// there is room for the fence that closes the part.
    fn outside_of_code(&self, cut: usize, prefix: usize) -> usize {
        let Some(block) = self.block_around(cut) else {
            return cut;
        };
        let from = block.inside.max(self.at);
        let used = prefix + self.text[self.at..from].encode_utf16().count();
        let room = self.limit.saturating_sub(used + FENCE.len());
        if block.begin > self.at && used > self.limit / 2 {
            return block.begin;
        }
        from + cut_at(self.text[from..block.close].trim_end(), room)
    }

    /// Behind a cut in code: line breaks are of the cut, indentation is of the code. Where only
    /// the closing fence is left it has been written.
    fn next_in_code(&self, cut: usize, block: &Block) -> usize {
        let rest = &self.text[cut..block.close];
        if rest.trim().is_empty() {
            return self.behind_white_space(block.end);
        }
        cut + rest.len() - rest.trim_start_matches('\n').len()
    }

    fn behind_white_space(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start().len()
    }
}

/// What ends a sentence, in the scripts of the settings' languages and some more; where words
/// stand apart, with the space behind it.
const SENTENCE_ENDS: [&str; 14] = [
    ". ", "! ", "? ", "… ", "؟ ", "۔ ", "। ", "॥ ", "። ", "։ ", "。", "！", "？", "｡",
];

/// Byte index of the best cut within the first `limit` units; white space behind it may be more.
/// Zero only where the text is empty.
fn cut_at(text: &str, limit: usize) -> usize {
    let fits = longest_prefix(text, limit);
    let fits = fits.max(text.chars().next().map_or(0, char::len_utf8));
    let behind = text[fits..].trim_start();
    if behind.is_empty() {
        return text.len();
    }
    let head = &text[..text.len() - behind.len()];
    // a cut far to the front would make many small messages: each costs money
    let floor = fits / 2;
    let last = |marks: &[&str]| {
        let ends = marks
            .iter()
            .filter_map(|mark| Some(head.rfind(mark)? + mark.len()));
        ends.max()
    };
    let word = || head.rfind(ends_word).map(|at| at + char_length(head, at));
    let places = [last(&["\n\n"]), last(&["\n"]), last(&SENTENCE_ENDS), word()];
    let good = |place: &usize| *place > floor && is_border(text, *place);
    places.into_iter().flatten().find(good).unwrap_or(fits)
}

/// White space where a line may end, and the commas of scripts without it.
fn ends_word(c: char) -> bool {
    let keeps = matches!(c, '\u{A0}' | '\u{2007}' | '\u{202F}');
    (c.is_whitespace() && !keeps) || matches!(c, '\u{200B}' | '、' | '，')
}

fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// Byte length of the longest prefix of at most `limit` UTF-16 units that ends between two
/// characters as people see them; between any two, if already the first one is longer.
fn longest_prefix(text: &str, limit: usize) -> usize {
    let mut units = 0;
    let exceeds = |c: char| {
        units += c.len_utf16();
        units > limit
    };
    let Some(end) = text.find(exceeds) else {
        return text.len();
    };
    if is_border(text, end) {
        return end;
    }
    let before = GraphemeCursor::new(end, text.len(), true).prev_boundary(text, 0);
    before
        .ok()
        .flatten()
        .filter(|before| *before > 0)
        .unwrap_or(end)
}

/// Whether one character as people see it ends at `at`, and another one begins.
fn is_border(text: &str, at: usize) -> bool {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.is_boundary(text, 0).unwrap_or(true)
}

#[cfg(test)]
mod tests;
