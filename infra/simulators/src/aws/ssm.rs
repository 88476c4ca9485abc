//! SSM Parameter Store: named values with a version counter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynoxide::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Refusal, request};
use super::table::Table;
use super::{ACCOUNT, OpenError, REGION};

/// Most names in one `GetParameters` or `DeleteParameters`, and most results in one page of
/// `GetParametersByPath` (AWS API reference).
const MAX_NAMES: usize = 10;
/// Largest value of a standard parameter, in bytes (AWS, "Managing parameter tiers").
const MAX_VALUE: usize = 4096;

#[derive(Clone, Serialize, Deserialize)]
struct Parameter {
    value: String,
    kind: String,
    version: i64,
}

/// Parameter Store in process; clones share their state.
///
/// A `SecureString` that is read without `WithDecryption` comes back as ciphertext, as at AWS.
/// Not modelled: labels and selectors (`name:3`), policies, tiers, tags, dates.
#[derive(Clone)]
pub struct Ssm {
    parameters: Arc<Mutex<BTreeMap<String, Parameter>>>,
    table: Option<Table>,
}

impl std::fmt::Debug for Ssm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ssm").field("names", &self.names()).finish()
    }
}

impl Ssm {
    /// An empty store in memory.
    pub fn memory() -> Self {
        Self {
            parameters: Arc::default(),
            table: None,
        }
    }

    /// The store kept in the table `parameters` of `database`.
    pub fn in_database(database: Database) -> Result<Self, OpenError> {
        let table = Table::open(database, "parameters")?;
        let parameters = table.load()?.into_iter().collect();
        Ok(Self {
            parameters: Arc::new(Mutex::new(parameters)),
            table: Some(table),
        })
    }

    /// Every parameter's name, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// A parameter's clear value.
    pub fn value(&self, name: &str) -> Option<String> {
        self.lock()
            .get(name)
            .map(|parameter| parameter.value.clone())
    }

    /// One operation of the wire.
    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let input = request(body)?;
        match operation {
            "GetParameter" => self.get(&input),
            "GetParameters" => self.get_many(&input),
            "GetParametersByPath" => self.get_by_path(&input),
            "PutParameter" => self.put(&input),
            "DeleteParameter" => self.delete(&input),
            "DeleteParameters" => self.delete_many(&input),
            other => Err(Refusal::unknown_operation(other)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Parameter>> {
        self.parameters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, input: &Value) -> Result<Value, Refusal> {
        let name = text(input, "Name")?;
        let parameters = self.lock();
        let parameter = parameters.get(name).ok_or_else(|| not_found(name))?;
        Ok(json!({ "Parameter": shown(name, parameter, decrypts(input)) }))
    }

    fn get_many(&self, input: &Value) -> Result<Value, Refusal> {
        let parameters = self.lock();
        let (mut found, mut invalid) = (Vec::new(), Vec::new());
        for name in names(input)? {
            match parameters.get(name) {
                Some(parameter) => found.push(shown(name, parameter, decrypts(input))),
                None => invalid.push(name),
            }
        }
        Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
    }

    fn get_by_path(&self, input: &Value) -> Result<Value, Refusal> {
        let path = text(input, "Path")?;
        if !path.starts_with('/') {
            return Err(invalid(
                "The parameter path must begin with a forward slash",
            ));
        }
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let recursive = input["Recursive"].as_bool().unwrap_or(false);
        let page = input["MaxResults"]
            .as_u64()
            .map_or(MAX_NAMES, |n| n.clamp(1, 10) as usize);
        let after = input["NextToken"].as_str().unwrap_or_default();
        let parameters = self.lock();
        let mut found = parameters.iter().filter(|(name, _)| {
            name.as_str() > after
                && name
                    .strip_prefix(&prefix)
                    .is_some_and(|rest| recursive || !rest.contains('/'))
        });
        let shown: Vec<(&String, Value)> = found
            .by_ref()
            .take(page)
            .map(|(name, parameter)| (name, shown(name, parameter, decrypts(input))))
            .collect();
        let next = if found.next().is_some() {
            shown.last().map(|(name, _)| *name)
        } else {
            None
        };
        let token = json!(next);
        let list: Vec<Value> = shown.into_iter().map(|(_, value)| value).collect();
        Ok(json!({ "Parameters": list, "NextToken": token }))
    }

    fn put(&self, input: &Value) -> Result<Value, Refusal> {
        let (name, value) = (checked_name(text(input, "Name")?)?, text(input, "Value")?);
        if value.is_empty() || value.len() > MAX_VALUE {
            return Err(invalid(
                "Standard tier parameters hold 1 to 4096 characters",
            ));
        }
        let mut parameters = self.lock();
        let former = parameters.get(name);
        if former.is_some() && !input["Overwrite"].as_bool().unwrap_or(false) {
            return Err(Refusal::plain(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option \
                 in the request to true.",
            ));
        }
        let kind = match (input["Type"].as_str(), former) {
            (Some(kind @ ("String" | "StringList" | "SecureString")), _) => kind.to_owned(),
            (Some(_), _) => return Err(invalid("unknown parameter type")),
            (None, Some(former)) => former.kind.clone(),
            (None, None) => {
                return Err(invalid(
                    "A parameter type is required when you create a parameter.",
                ));
            }
        };
        let version = former.map_or(1, |former| former.version + 1);
        let parameter = Parameter {
            value: value.to_owned(),
            kind,
            version,
        };
        if let Some(table) = &self.table {
            table
                .put(name, &parameter)
                .map_err(|error| Refusal::internal(error.0))?;
        }
        parameters.insert(name.to_owned(), parameter);
        Ok(json!({ "Version": version, "Tier": "Standard" }))
    }

    fn delete(&self, input: &Value) -> Result<Value, Refusal> {
        let name = text(input, "Name")?;
        if self.remove(name)? {
            Ok(json!({}))
        } else {
            Err(not_found(name))
        }
    }

    fn delete_many(&self, input: &Value) -> Result<Value, Refusal> {
        let (mut deleted, mut missing) = (Vec::new(), Vec::new());
        for name in names(input)? {
            if self.remove(name)? {
                deleted.push(name)
            } else {
                missing.push(name)
            }
        }
        Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": missing }))
    }

    fn remove(&self, name: &str) -> Result<bool, Refusal> {
        let mut parameters = self.lock();
        if let Some(table) = &self.table {
            table
                .delete(name)
                .map_err(|error| Refusal::internal(error.0))?;
        }
        Ok(parameters.remove(name).is_some())
    }
}

fn decrypts(input: &Value) -> bool {
    input["WithDecryption"].as_bool().unwrap_or(false)
}

fn shown(name: &str, parameter: &Parameter, decrypted: bool) -> Value {
    let value = if parameter.kind == "SecureString" && !decrypted {
        STANDARD.encode(format!("sealed:{}", parameter.value))
    } else {
        parameter.value.clone()
    };
    let path = name.trim_start_matches('/');
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "ARN": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{path}"),
        "DataType": "text",
    })
}

fn text<'a>(input: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    input[member]
        .as_str()
        .ok_or_else(|| invalid(&format!("{member} is required")))
}

fn names(input: &Value) -> Result<Vec<&str>, Refusal> {
    let names: Vec<&str> = input["Names"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(invalid("Names holds 1 to 10 names"));
    }
    Ok(names)
}

/// AWS, `PutParameter`, `Name`: letters, digits and `.-_/`; a name with a slash begins with one;
/// `aws` and `ssm` are reserved beginnings.
fn checked_name(name: &str) -> Result<&str, Refusal> {
    let known = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    let slashes = !name.contains('/') || (name.starts_with('/') && !name.ends_with('/'));
    let reserved = first.starts_with("aws") || first.starts_with("ssm");
    if first.is_empty() || reserved || !slashes || !name.chars().all(known) || name.len() > 1011 {
        return Err(invalid(&format!("Parameter name {name:?} is not allowed")));
    }
    Ok(name)
}

fn invalid(message: &str) -> Refusal {
    Refusal::plain("ValidationException", message)
}

fn not_found(name: &str) -> Refusal {
    Refusal::plain("ParameterNotFound", format!("Parameter {name} not found."))
}
