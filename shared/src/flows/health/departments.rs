//! The departments of the connections, in the report.

use std::collections::{BTreeMap, BTreeSet};

use super::rocketchat::unread;
use super::{Check, State};
use crate::app::App;
use crate::domain::connection::{Connection, Warning};
use crate::flows::connections::department::check_in;
use crate::flows::workspace::patiently;
use crate::rocketchat::Client;

/// One check for each connection that names a department.
pub(super) async fn departments(
    app: &App,
    rocketchat: &Client,
    connections: &[Connection],
) -> Vec<Check> {
    let named = |connection: &Connection| connection.department.clone();
    let wanted: BTreeSet<String> = connections.iter().filter_map(named).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let looked = async {
        let all = rocketchat.list_departments().await?;
        let mut found = BTreeMap::new();
        for id in &wanted {
            let checked = check_in(rocketchat, &all, id).await?;
            found.insert(id.clone(), checked.warning);
        }
        Ok(found)
    };
    let found = patiently(looked).await;
    let check = |connection: &Connection| {
        let department = connection.department.as_ref()?;
        let id = format!("department:{}", connection.id);
        Some(match &found {
            Err(error) => unread(app, &id, error),
            Ok(found) => match found.get(department).cloned().flatten() {
                Some(warning) => department_fault(&id, &warning),
                None => Check::ok(&id, "The department exists and has agents."),
            },
        })
    };
    connections.iter().filter_map(check).collect()
}

fn department_fault(id: &str, warning: &Warning) -> Check {
    let fix = "Do so in Rocket.Chat, or choose another department (PATCH `department`).";
    Check::new(id, State::Error, warning.message.clone(), Some(fix))
}
