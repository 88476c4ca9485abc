//! Bold, italic, strike and spoilers: pairs the marks of a line and writes them as WhatsApp does.

use super::scan::{Context, Mark, Piece, pieces};
use crate::text::markup::JOINER;

/// A line, or a part of one, in WhatsApp's markup.
pub(super) fn render(line: &str, context: Context) -> String {
    let mut pieces = pieces(line, context);
    pair(&mut pieces, if context.bold { &IN_BOLD } else { &PAIRS });
    write(&pieces)
}

/// A mark of Rocket.Chat's, how often it stands, and what WhatsApp writes for the first and for the
/// second of a pair.
type Pair = (char, usize, &'static str, &'static str);

/// A single mark that is the same on both sides needs no entry. A spoiler's words are shown; three
/// marks are bold and italic at once, as Markdown has it.
const PAIRS: [Pair; 6] = [
    ('*', 2, "*", "*"),
    ('_', 2, "_", "_"),
    ('~', 2, "~", "~"),
    ('|', 2, "", ""),
    ('*', 3, "*_", "_*"),
    ('_', 3, "_*", "*_"),
];

/// What is bold already.
const IN_BOLD: [Pair; 7] = [
    ('*', 1, "", ""),
    ('*', 2, "", ""),
    ('_', 2, "_", "_"),
    ('~', 2, "~", "~"),
    ('|', 2, "", ""),
    ('*', 3, "_", "_"),
    ('_', 3, "_", "_"),
];

/// Each closing mark belongs to the last one before it that opens and has no partner yet.
fn pair(pieces: &mut [Piece<'_>], pairs: &[Pair]) {
    let mut open = vec![None; pairs.len()];
    for index in 0..pieces.len() {
        let Piece::Mark(mark) = &mut pieces[index] else {
            continue;
        };
        let is = |(of, count, ..): &Pair| *of == mark.mark && *count == mark.count;
        let Some(kind) = pairs.iter().position(is) else {
            continue;
        };
        let opener = if mark.closes { open[kind].take() } else { None };
        match opener {
            Some(opener) => {
                mark.written = Some(pairs[kind].3);
                if let Piece::Mark(first) = &mut pieces[opener] {
                    first.written = Some(pairs[kind].2);
                }
            }
            None if mark.opens => open[kind] = Some(index),
            None => {}
        }
    }
}

fn write(pieces: &[Piece<'_>]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Typed(typed) => out.push_str(typed),
            Piece::Made(made) => out.push_str(made),
            Piece::Mark(mark) => push_mark(&mut out, mark),
            Piece::Escaped(mark) => push_escaped(&mut out, mark, has_partner(pieces, mark.mark)),
        }
    }
    out
}

fn push_mark(out: &mut String, mark: &Mark) {
    match mark.written {
        Some(written) => out.push_str(written),
        None => out.extend(std::iter::repeat_n(mark.mark, mark.count)),
    }
}

/// WhatsApp knows no backslash: where it would read a mark as one, something invisible stands
/// between the mark and what it would mark. (That its apps heed this is UNCONFIRMED.)
fn push_escaped(out: &mut String, mark: &Mark, has_partner: bool) {
    if mark.lists || (has_partner && mark.closes) {
        out.push(JOINER);
    }
    out.push(mark.mark);
    if has_partner && mark.opens {
        out.push(JOINER);
    }
}

/// Whether a mark of a span is written at least twice in this line.
fn has_partner(pieces: &[Piece<'_>], mark: char) -> bool {
    let written = |piece: &Piece<'_>| match piece {
        Piece::Escaped(other) => usize::from(other.mark == mark),
        Piece::Mark(other) => match other.written {
            Some(written) => written.matches(mark).count(),
            None if other.mark == mark => other.count,
            None => 0,
        },
        Piece::Typed(_) | Piece::Made(_) => 0,
    };
    let mut times = 0;
    let twice = pieces.iter().any(|piece| {
        times += written(piece);
        times > 1
    });
    twice && matches!(mark, '*' | '_' | '~' | '`')
}
