//! Our Rust files as words and paths, without comments and without their tests.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;

use super::root;

/// A Rust file.
pub(super) struct Source {
    /// From the repository's folder, with `/`.
    pub path: String,
    /// Everything in it, tests too.
    pub words: Vec<Word>,
    /// Without what is compiled for tests only.
    pub code: Vec<Word>,
    /// The items of `code`.
    pub items: Vec<syn::Item>,
    /// Lines without those of inline tests.
    pub lines: usize,
}

/// A word of the language: identifier, one character of punctuation, literal, or bracket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub text: String,
    pub line: usize,
}

/// A path as it is written, `use` groups unfolded: `crate::domain::ids::UserId`.
pub(super) struct Named {
    pub segments: Vec<String>,
    pub line: usize,
}

/// Every Rust file below these folders, sorted by path.
pub(super) fn sources(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut paths);
    }
    paths.sort();
    let sources: Vec<_> = paths.iter().map(|path| Source::read(path)).collect();
    assert!(!sources.is_empty(), "no sources in {folders:?}");
    sources
}

/// The same without files that are tests altogether.
pub(super) fn production(folders: &[&str]) -> Vec<Source> {
    let mut sources = sources(folders);
    sources.retain(|source| !source.is_test());
    sources
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let short = path.strip_prefix(root()).unwrap();
            paths.push(short.to_str().unwrap().replace('\\', "/"));
        }
    }
}

impl Source {
    fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let words = words(file.to_token_stream());
        let (tests, items): (Vec<_>, Vec<_>) = file.items.into_iter().partition(is_test);
        let in_tests: usize = tests.iter().map(|item| span_lines(item.span())).sum();
        let code = items.iter().map(|item| item.to_token_stream());
        Self {
            path: path.to_owned(),
            words,
            code: self::words(code.collect()),
            items,
            lines: text.lines().count() - in_tests,
        }
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// `["whatsapp", "parse"]` for `shared/src/whatsapp/parse.rs`; nothing for a crate's root.
    pub fn module(&self) -> Vec<&str> {
        let (_, inner) = self.path.rsplit_once("/src/").unwrap_or_default();
        let inner = inner.trim_end_matches(".rs").split('/');
        inner
            .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
            .collect()
    }

    /// The paths that the code names; `super` and `self` are spelled out from `crate`.
    pub fn paths(&self) -> Vec<Named> {
        let mut found = paths(&self.code);
        for path in &mut found {
            let up = path.segments.iter().take_while(|s| *s == "super").count();
            if up == 0 && path.segments[0] != "self" {
                continue;
            }
            let module = self.module();
            let kept = module.len().saturating_sub(up);
            let head = std::iter::once("crate").chain(module[..kept].iter().copied());
            let tail = path.segments.split_off(up.max(1));
            path.segments = head.map(str::to_owned).chain(tail).collect();
        }
        found
    }

    /// The string literals of the code, with their lines.
    pub fn strings(&self) -> Vec<(String, usize)> {
        let texts = self.code.iter().filter_map(|word| {
            let text: syn::LitStr = syn::parse_str(&word.text).ok()?;
            Some((text.value(), word.line))
        });
        texts.collect()
    }

    /// Where these words stand in a row.
    pub fn lines_with(words: &[Word], row: &[&str]) -> Vec<usize> {
        let same = |window: &&[Word]| {
            window
                .iter()
                .zip(row)
                .all(|(word, text)| word.text == *text)
        };
        let rows = words.windows(row.len()).filter(same);
        rows.map(|window| window[0].line).collect()
    }
}

/// How many lines a span covers.
pub(super) fn span_lines(span: proc_macro2::Span) -> usize {
    span.end().line + 1 - span.start().line
}

fn is_test(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        _ => return false,
    };
    let for_tests = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    };
    attributes.iter().any(for_tests)
}

fn words(tokens: TokenStream) -> Vec<Word> {
    let mut words = Vec::new();
    flatten(tokens, &mut words);
    words
}

fn flatten(tokens: TokenStream, words: &mut Vec<Word>) {
    for token in tokens {
        let line = token.span().start().line;
        let mut push = |text: String| words.push(Word { text, line });
        match token {
            TokenTree::Ident(ident) => push(ident.to_string()),
            TokenTree::Punct(punct) => push(punct.as_char().to_string()),
            TokenTree::Literal(literal) => push(literal.to_string()),
            TokenTree::Group(group) if is_doc(&group) => {}
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.to_owned());
                flatten(group.stream(), words);
                words.push(Word {
                    text: close.to_owned(),
                    line: group.span().end().line,
                });
            }
        }
    }
}

/// The `[doc = "…"]` that a comment becomes.
fn is_doc(group: &proc_macro2::Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(ident)) if ident == "doc")
}

fn paths(words: &[Word]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        at = if is_name(&words[at].text) {
            path(words, at, &[], &mut found)
        } else {
            at + 1
        };
    }
    found
}

/// Reads the path that begins at `at`; gives the place after it.
fn path(words: &[Word], mut at: usize, head: &[String], found: &mut Vec<Named>) -> usize {
    let line = words[at].line;
    let text = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    let mut segments = head.to_vec();
    loop {
        segments.push(text(at).to_owned());
        at += 1;
        if text(at) != ":" || text(at + 1) != ":" {
            break;
        }
        at += 2;
        if text(at) == "{" {
            at += 1;
            while !matches!(text(at), "}" | "") {
                at = match text(at) {
                    "," => at + 1,
                    _ => path(words, at, &segments, found),
                };
            }
            return at + 1;
        }
        if !is_name(text(at)) {
            break;
        }
    }
    found.push(Named { segments, line });
    at
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
