//! Takes a line apart: words, marks that may pair, and what is written by itself (code, addresses,
//! links, emoji). Every look ahead is bounded or consumes what it has seen, so that no text takes
//! more than time in proportion to its length.

use super::{emoji, link, moment};

/// Where a line, or a part of one, stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// At the beginning of a line, where `-` and `1.` make lists.
    pub(super) begins: bool,
    /// In the title of a heading, which is bold as a whole: no bold within bold.
    pub(super) bold: bool,
    /// In the label of a link, which holds no link.
    pub(super) label: bool,
}

impl Context {
    /// The words of a line from its beginning.
    pub(super) fn of_a_line() -> Self {
        Self {
            begins: true,
            ..Self::default()
        }
    }

    /// A heading's title.
    pub(super) fn of_a_title() -> Self {
        Self {
            bold: true,
            ..Self::default()
        }
    }

    /// A link's label.
    pub(super) fn of_a_label(self) -> Self {
        Self {
            begins: false,
            label: true,
            ..self
        }
    }
}

/// A piece of a line.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Written as it was typed: words, code, addresses, names.
    Typed(&'a str),
    /// Written in another way.
    Made(String),
    /// Marks that may be half of a pair.
    Mark(Mark),
    /// A mark that means itself, from behind a backslash.
    Escaped(Mark),
}

/// A run of one mark, and what its neighbours let it be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) mark: char,
    pub(super) count: usize,
    /// It may stand before what it marks.
    pub(super) opens: bool,
    /// It may stand behind what it marks.
    pub(super) closes: bool,
    /// A line begins with it, as with the mark of a list or a quote.
    pub(super) lists: bool,
    /// What WhatsApp writes for it as half of a pair.
    pub(super) written: Option<&'static str>,
}

/// The pieces of a line.
pub(super) fn pieces(line: &str, context: Context) -> Vec<Piece<'_>> {
    let mut scanner = Scanner {
        line,
        context,
        at: 0,
        typed: 0,
        pieces: Vec::new(),
        last_label: line.rfind("](").unwrap_or(0),
    };
    while let Some(c) = scanner.rest().chars().next() {
        match scanner.piece(c) {
            Some((length, piece)) => scanner.take(length, piece),
            None => scanner.at += c.len_utf8(),
        }
    }
    scanner.take_typed();
    scanner.pieces
}

struct Scanner<'a> {
    line: &'a str,
    context: Context,
    /// Byte index of what comes next.
    at: usize,
    /// Byte index from which everything is as typed.
    typed: usize,
    pieces: Vec<Piece<'a>>,
    /// Behind this index no label ends.
    last_label: usize,
}

/// A piece with its length in the line, in bytes.
type Found<'a> = Option<(usize, Piece<'a>)>;

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.line[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.line[..self.at].chars().next_back()
    }

    fn take(&mut self, length: usize, piece: Piece<'a>) {
        self.take_typed();
        self.pieces.push(piece);
        self.at += length;
        self.typed = self.at;
    }

    fn take_typed(&mut self) {
        if self.typed < self.at {
            let typed = &self.line[self.typed..self.at];
            self.pieces.push(Piece::Typed(typed));
        }
    }

    /// The piece that begins here with `c`, if one does.
    fn piece(&self, c: char) -> Found<'a> {
        match c {
            '\\' => self.escaped(),
            '`' => self.code(),
            '[' | '!' => self.link(),
            '<' => self.in_angles(),
            ':' => self.emoji(),
            '@' | '#' => self.name(c),
            '*' | '_' | '~' | '|' => self.marks(c),
            c if c.is_alphanumeric() => self.address(),
            _ => None,
        }
    }

    /// A backslash takes a mark its meaning (`Escaped` of the grammar). One of a path (`C:\_new`)
    /// or of the shrug that `/shrug` writes (`¯\_(ツ)_/¯`) does not.
    fn escaped(&self) -> Found<'a> {
        let behind = &self.rest()[1..];
        if behind.starts_with("<t:") {
            let (length, _) = moment::in_angles(behind)?;
            return Some((1 + length, Piece::Typed(&behind[..length])));
        }
        let mark = behind.chars().next()?;
        let of_a_path = |c| matches!(c, '\\' | '/' | ':' | '¯');
        if !"*_~`#>|:-.".contains(mark) || self.before().is_some_and(of_a_path) {
            return None;
        }
        let neighbours = (self.before(), behind[1..].chars().next());
        Some((2, Piece::Escaped(self.mark(mark, 1, neighbours))))
    }

    /// Code within a line. Two backticks in a row are none (`InlineCode`).
    fn code(&self) -> Found<'a> {
        let rest = self.rest();
        let run = super::run_of_backticks(rest);
        if run > 1 {
            return Some((run, Piece::Typed(&rest[..run])));
        }
        let end = 1 + rest[1..].find('`')? + 1;
        Some((end, Piece::Typed(&rest[..end])))
    }

    /// `[label](address)`, and a picture's `![…](…)`.
    fn link(&self) -> Found<'a> {
        if self.context.label || self.at > self.last_label {
            return None;
        }
        let typed = self.rest().strip_prefix('!').unwrap_or(self.rest());
        let mark = self.rest().len() - typed.len();
        let (length, link) = link::in_brackets(typed)?;
        Some(self.apart(mark + length, link))
    }

    /// A link without its brackets: words that touched them do not touch the address.
    fn apart(&self, length: usize, link: link::Link<'a>) -> (usize, Piece<'a>) {
        let link = link.render(self.context);
        let behind = &self.rest()[length..];
        let before = self.before().is_some_and(char::is_alphanumeric);
        let behind = behind.starts_with(char::is_alphanumeric) && !link.ends_with(')');
        let space = |needed| if needed { " " } else { "" };
        let link = format!("{}{link}{}", space(before), space(behind));
        (length, Piece::Made(link))
    }

    /// `<address|label>`, `<address>` and `<t:1700000000:f>`.
    fn in_angles(&self) -> Found<'a> {
        if let Some((length, moment)) = moment::in_angles(self.rest()) {
            return Some((length, Piece::Made(moment)));
        }
        if self.context.label {
            return None;
        }
        let (length, link) = link::in_angles(self.rest())?;
        Some(self.apart(length, link))
    }

    /// `:smile:`, where no word and no number touches it: `10:100:5` is none. Two colons are none
    /// either (`std::key::of`), but for those between two emoji.
    fn emoji(&self) -> Found<'a> {
        let behind_another =
            self.typed == self.at && matches!(self.pieces.last(), Some(Piece::Made(_)));
        let touches = |c: char| c.is_alphanumeric() || (c == ':' && !behind_another);
        if self.before().is_some_and(touches) {
            return None;
        }
        let (length, emoji) = emoji::in_colons(self.rest())?;
        let next = self.rest()[length..].chars().next();
        let touched = next.is_some_and(char::is_alphanumeric);
        (!touched).then_some((length, Piece::Made(emoji)))
    }

    /// `@ana__b` and `#some_channel` stay, with every mark in them but those at the end.
    fn name(&self, sign: char) -> Found<'a> {
        if self.before().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let name = &self.rest()[sign.len_utf8()..];
        let of_a_name = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let end = name.find(|c| !of_a_name(c)).unwrap_or(name.len());
        let name = name[..end].trim_end_matches(['-', '_', '.']);
        let length = sign.len_utf8() + name.len();
        (!name.is_empty()).then(|| (length, Piece::Typed(&self.rest()[..length])))
    }

    /// Nothing in an address is converted (`https://x.example/__a__`).
    fn address(&self) -> Found<'a> {
        if self.before().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let length = link::typed_address(self.rest())?;
        Some((length, Piece::Typed(&self.rest()[..length])))
    }

    /// A run of one mark.
    fn marks(&self, mark: char) -> Found<'a> {
        let rest = self.rest();
        let count = rest.len() - rest.trim_start_matches(mark).len();
        let neighbours = (self.before(), rest[count..].chars().next());
        let run = self.mark(mark, count, neighbours);
        Some((count, Piece::Mark(run)))
    }

    fn mark(&self, mark: char, count: usize, neighbours: (Option<char>, Option<char>)) -> Mark {
        let (before, next) = neighbours;
        let seen = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let in_word = |c: Option<char>| c.is_some_and(is_of_a_word);
        let spaced = next.is_some_and(char::is_whitespace);
        Mark {
            mark,
            count,
            opens: seen(next) && !in_word(before),
            closes: seen(before) && !(in_word(next) && in_word(before)),
            lists: self.context.begins && spaced && self.lists(mark),
            written: None,
        }
    }

    /// Whether a mark stands here where lists and quotes have theirs (`-`, `1.`).
    fn lists(&self, mark: char) -> bool {
        const LONGEST_NUMBER: usize = 9;
        let number = || self.line[..self.at].bytes().all(|b| b.is_ascii_digit());
        match mark {
            '*' | '-' | '>' => self.at == 0,
            '.' => (1..=LONGEST_NUMBER).contains(&self.at) && number(),
            _ => false,
        }
    }
}

/// Whether a mark beside this character stands at a word's edge or, with another one on its other
/// side, within a word. Scripts that put no spaces between words have no such edges.
fn is_of_a_word(c: char) -> bool {
    let spaceless = matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    c.is_alphanumeric() && !spaceless
}
