//! The cache of message templates: refreshed on schedule, on demand and on a miss, changed at once
//! by WhatsApp's events. What is known stays while a refresh fails.

mod apply;
mod list;
mod manage;
mod preflight;
mod refresh;
mod sample;

pub(crate) use apply::apply;
pub use list::{Filter, Page, list, status_of};
pub use manage::{Submitted, delete, submit};
pub(crate) use preflight::known;
pub use preflight::{Ready, preflight};
pub use refresh::{Busy, WHILE_WAITING, refresh, refresh_due};
pub use sample::{UploadForm, form};

use crate::domain::connection::{Connection, Warning};
use crate::store::Sync;

/// Tells of a connection that its last refresh failed, if so. Not to be saved: it is a state of the
/// cache.
pub(crate) fn warn(connection: &mut Connection, sync: &Sync) {
    let Some(failure) = sync.failure.as_deref() else {
        return;
    };
    let since = match sync.synced_at {
        Some(at) => format!("they stand as of {at}"),
        None => "none are known".to_owned(),
    };
    let message = format!(
        "The message templates of this number could not be refreshed ({failure}); {since}. It is \
         tried again at every tick. Check the API key and 360dialog's status page."
    );
    connection.warn(Warning::new("templates_not_synced", message));
}
