//! A connection's department at Rocket.Chat: does it exist, does it take conversations, and is
//! anybody in it.

use crate::app::App;
use crate::domain::connection::Warning;
use crate::domain::time::Timestamp;
use crate::flows::workspace::{no_secret, patiently, warning_of};
use crate::rocketchat::client::Department;
use crate::rocketchat::{Client, RocketChatError};

/// The code of a department that does not exist.
pub const UNKNOWN: &str = "unknown_department";

/// What Rocket.Chat says about a department.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Its id, where it exists.
    pub id: Option<String>,
    /// What is wrong.
    pub warning: Option<Warning>,
}

/// Looks for the department `wanted`, an id or a name.
pub async fn check(app: &App, wanted: &str, now: Timestamp) -> Checked {
    let Ok(rocketchat) = app.rocketchat(now).await else {
        return Checked {
            id: None,
            warning: Some(no_secret()),
        };
    };
    let looked = async {
        let all = rocketchat.list_departments().await?;
        check_in(&rocketchat, &all, wanted).await
    };
    patiently(looked).await.unwrap_or_else(|error| Checked {
        id: None,
        warning: Some(warning_of(app, &error)),
    })
}

/// The same among departments that were read already.
pub async fn check_in(
    rocketchat: &Client,
    all: &[Department],
    wanted: &str,
) -> Result<Checked, RocketChatError> {
    let by_id = all.iter().find(|department| department.id == wanted);
    let same = |department: &&Department| {
        department.name.trim().to_lowercase() == wanted.trim().to_lowercase()
    };
    let id = by_id.or_else(|| all.iter().find(same));
    let id = id.map_or(wanted, |department| department.id.as_str());
    let found = rocketchat.find_department(id).await?;
    Ok(match found {
        Some(department) => Checked {
            warning: fault(&department),
            id: Some(department.id),
        },
        None => Checked {
            id: None,
            warning: Some(unknown(all, wanted)),
        },
    })
}

fn unknown(all: &[Department], wanted: &str) -> Warning {
    let names: Vec<_> = all
        .iter()
        .map(|department| format!("{} ({})", department.name, department.id))
        .collect();
    let choice = if names.is_empty() {
        "Rocket.Chat has no departments: create one, or leave the department empty.".to_owned()
    } else {
        format!("Choose one of: {}.", names.join(", "))
    };
    let message = format!("Rocket.Chat has no department \"{wanted}\". {choice}");
    Warning::new(UNKNOWN, message)
}

fn fault(department: &Department) -> Option<Warning> {
    let name = &department.name;
    if !department.enabled {
        let message = format!(
            "The department \"{name}\" is disabled. Enable it in Omnichannel → Departments, or \
             choose another."
        );
        return Some(Warning::new("department_disabled", message));
    }
    if department.agents == Some(0) {
        let message = format!(
            "The department \"{name}\" has no agents. Add at least one in Omnichannel → \
             Departments."
        );
        return Some(Warning::new("department_without_agents", message));
    }
    None
}
