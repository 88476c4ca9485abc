//! Sizes. A watch, not a style: it fails only where reading has become work (500 lines a file, 80
//! a function, 7 parameters) and prints the five that come next.

use syn::spanned::Spanned as _;
use syn::visit::Visit;

use super::assert_none;
use super::source::{Source, production, span_lines};

const FOLDERS: [&str; 3] = ["shared/src", "functions", "infra"];
const LINES_OF_A_FILE: usize = 500;
const LINES_OF_A_FUNCTION: usize = 80;
const PARAMETERS: usize = 7;

/// Something that has a size.
type Sized = (usize, String);

#[derive(Default)]
struct Sizes {
    path: String,
    lines: Vec<Sized>,
    parameters: Vec<Sized>,
}

impl Sizes {
    fn of(sources: &[Source]) -> Self {
        let mut sizes = Self::default();
        for source in sources {
            sizes.path.clone_from(&source.path);
            source.items.iter().for_each(|item| sizes.visit_item(item));
        }
        sizes
    }

    fn note(&mut self, signature: &syn::Signature, whole: &impl syn::spanned::Spanned) {
        let line = signature.span().start().line;
        let name = format!("{}:{line} {}", self.path, signature.ident);
        self.lines.push((span_lines(whole.span()), name.clone()));
        let typed = |input: &&syn::FnArg| matches!(input, syn::FnArg::Typed(_));
        let count = signature.inputs.iter().filter(typed).count();
        self.parameters.push((count, name));
    }
}

impl<'a> Visit<'a> for Sizes {
    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.note(&function.sig, function);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        self.note(&function.sig, function);
        syn::visit::visit_impl_item_fn(self, function);
    }
}

fn watch(what: &str, mut sizes: Vec<Sized>, most: usize) {
    assert!(sizes.len() > 50, "{what}: too few to be true");
    sizes.sort_by(|a, b| b.cmp(a));
    println!("{what} (stop at {most}):");
    for (size, name) in sizes.iter().take(5) {
        println!("  {size:4} {name}");
    }
    let above = sizes.into_iter().filter(|(size, _)| *size > most);
    let above = above.map(|(size, name)| format!("{name}: {size}"));
    assert_none(&format!("{what}, more than {most}"), above.collect());
}

#[test]
fn files_without_their_tests_have_at_most_500_lines() {
    let sources = production(&FOLDERS).into_iter();
    let sizes = sources.map(|source| (source.lines, source.path));
    watch("lines of a file", sizes.collect(), LINES_OF_A_FILE);
}

#[test]
fn functions_have_at_most_80_lines() {
    let sizes = Sizes::of(&production(&FOLDERS));
    watch("lines of a function", sizes.lines, LINES_OF_A_FUNCTION);
}

#[test]
fn functions_have_at_most_7_parameters() {
    let sizes = Sizes::of(&production(&FOLDERS));
    watch("parameters", sizes.parameters, PARAMETERS);
}
