//! What became of a message at WhatsApp: the stored state only grows, and each status is called back
//! on behalf of one task.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::{Item, Sent, Store, StoreError, keys, number, read, text};
use crate::domain::status::StatusEvent;
use crate::mutant::{Mutant, on};

/// What became of a status.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The message, as it stands now.
    pub sent: Sent,
    /// The status is the stored state now; else a higher one (or the same) was stored before.
    pub higher: bool,
    /// Who calls the status back: the task with this mark. A repeat of a task finds its own.
    pub told_by: Option<String>,
}

impl Store {
    /// Stores a status if it ranks higher than the stored one, and marks for whom it is called back
    /// (`told`: the word, and the task's own mark): look-up and record in one update, two where a
    /// higher status came first. `None` where no such message is known (yet).
    pub async fn mark_status(
        &self,
        event: &StatusEvent,
        told: Option<(&str, &str)>,
    ) -> Result<Option<Marked>, StoreError> {
        let attribute = told.map(|(word, _)| format!("told_{word}"));
        let marked = |item: Item, higher| {
            let told_by = attribute.as_ref().and_then(|name| told_by(&item, name));
            let sent = read(item)?;
            Ok(Some(Marked {
                sent,
                higher,
                told_by,
            }))
        };
        let Some(rank) = event.rank() else {
            return match self.tell_status(event, told).await? {
                Some(item) => marked(item, false),
                None => Ok(None),
            };
        };
        match self.raise_status(event, rank, told).await? {
            Raised::Higher(item) => marked(item, true),
            Raised::Unknown => Ok(None),
            Raised::NotHigher(item) => {
                let known = attribute
                    .as_ref()
                    .is_none_or(|name| item.contains_key(name));
                match known || on(Mutant::TellByRank) {
                    true => marked(item, false),
                    false => match self.tell_status(event, told).await? {
                        Some(item) => marked(item, false),
                        None => Ok(None),
                    },
                }
            }
        }
    }

    async fn raise_status(
        &self,
        event: &StatusEvent,
        rank: u8,
        told: Option<(&str, &str)>,
    ) -> Result<Raised, StoreError> {
        let mut set = "SET #status = :s, status_rank = :r, status_at = :at".to_owned();
        let mut request = self.update(keys::wamid(&event.message));
        if let Some(error) = event.error.as_ref().filter(|_| event.status == "failed") {
            set.push_str(", #error = :e");
            request = request
                .expression_attribute_names("#error", "error")
                .expression_attribute_values(":e", number(error.code));
        }
        if let Some((word, mark)) = told {
            set.push_str(", #told = if_not_exists(#told, :mark)");
            request = request
                .expression_attribute_names("#told", format!("told_{word}"))
                .expression_attribute_values(":mark", text(mark));
        }
        let answer = request
            .update_expression(set)
            .condition_expression(if on(Mutant::StatusAsItComes) {
                "attribute_exists(pk) AND :r = :r"
            } else {
                "attribute_exists(pk) AND (attribute_not_exists(status_rank) OR status_rank < :r)"
            })
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":s", text(event.status.as_str()))
            .expression_attribute_values(":r", AttributeValue::N(rank.to_string()))
            .expression_attribute_values(":at", number(event.at.millis()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Raised::Higher(answer.attributes.unwrap_or_default())),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(failed) => {
                    Ok(failed.item.map_or(Raised::Unknown, Raised::NotHigher))
                }
                _ => Err(StoreError::Unavailable),
            },
        }
    }

    /// Marks for whom a status is called back, and nothing else.
    async fn tell_status(
        &self,
        event: &StatusEvent,
        told: Option<(&str, &str)>,
    ) -> Result<Option<Item>, StoreError> {
        let Some((word, mark)) = told else {
            return Ok(None);
        };
        let answer = self
            .update(keys::wamid(&event.message))
            .update_expression("SET #told = if_not_exists(#told, :mark)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#told", format!("told_{word}"))
            .expression_attribute_values(":mark", text(mark))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match answer.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(answer) => Ok(answer.attributes),
            Err(error) if error.is_conditional_check_failed_exception() => Ok(None),
            Err(_) => Err(StoreError::Unavailable),
        }
    }
}

enum Raised {
    Higher(Item),
    NotHigher(Item),
    Unknown,
}

fn told_by(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}
