//! The cache as people see it: searched, filtered, page by page.

use crate::app::App;
use crate::domain::connection::Connection;
use crate::domain::ids::ConnectionId;
use crate::domain::template::{Template, same_language};
use crate::domain::time::Timestamp;
use crate::flows::connections;
use crate::flows::refused::Refused;
use crate::store::Sync;

/// What is asked for; what is absent is not asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this connection's.
    pub connection: Option<ConnectionId>,
    /// Words that must stand in the name or the text, in any case.
    pub search: Option<String>,
    /// Only of this status (`approved`, …, also `gone`).
    pub status: Option<String>,
    /// Only in this language.
    pub language: Option<String>,
    /// Only of this category.
    pub category: Option<String>,
    /// Only what stands behind this place (`next` of the page before).
    pub after: Option<String>,
}

/// A page of templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Templates with the connection that they belong to, by connection, name and language.
    pub templates: Vec<(ConnectionId, Template)>,
    /// How many fit, on all pages.
    pub total: usize,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How the refreshes of the connections went.
    pub syncs: Vec<(ConnectionId, Sync)>,
}

/// Lists at most `most` templates that fit.
pub async fn list(
    app: &App,
    filter: &Filter,
    most: usize,
    now: Timestamp,
) -> Result<Page, Refused> {
    let connections = match &filter.connection {
        Some(id) => vec![connections::find(app, id, now).await?],
        None => app.store.list_connections().await?,
    };
    let mut page = Page::default();
    let mut fitting = Vec::new();
    for Connection { id, .. } in connections {
        let all = app.store.list_templates(&id, now).await?;
        let fits = all.into_iter().filter(|one| fits(filter, one));
        fitting.extend(fits.map(|one| (id.clone(), one)));
        page.syncs
            .push((id.clone(), app.store.find_sync(&id, now).await?));
    }
    fitting.sort_by_cached_key(place);
    page.total = fitting.len();
    let after = filter.after.as_deref().unwrap_or_default();
    let mut rest = fitting
        .into_iter()
        .filter(|one| place(one).as_str() > after);
    page.templates = rest.by_ref().take(most).collect();
    if rest.next().is_some() {
        page.next = page.templates.last().map(place);
    }
    Ok(page)
}

/// A template's place in the list.
fn place((connection, one): &(ConnectionId, Template)) -> String {
    format!("{connection} {} {}", one.name, one.language)
}

/// The status that people see: templates that are not in the account any more are `gone`.
pub fn status_of(one: &Template) -> &str {
    if one.gone_at.is_some() {
        "gone"
    } else {
        &one.status
    }
}

fn fits(filter: &Filter, one: &Template) -> bool {
    let is = |wanted: &Option<String>, has: &str| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(has))
    };
    let language = filter.language.as_deref();
    let search = filter.search.as_deref().unwrap_or_default().to_lowercase();
    let text = format!("{}\n{}", one.name, one.components).to_lowercase();
    is(&filter.status, status_of(one))
        && is(&filter.category, &one.category)
        && language.is_none_or(|language| same_language(language, &one.language))
        && search.split_whitespace().all(|word| text.contains(word))
}
