//! `template.yaml` as JSON: `!Ref X` reads `{"Ref": "X"}`, `!GetAtt X.Y` `{"Fn::GetAtt": "X.Y"}`.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::root;

/// The whole stack.
pub(super) struct Template(Value);

/// A resource with its logical name.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    pub name: &'a str,
    pub body: &'a Value,
}

impl Template {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
        let documents = Yaml::load_from_str(&text).unwrap();
        Self(plain(&documents[0]))
    }

    /// Every resource, in the order of the names.
    pub fn resources(&self) -> Vec<Resource<'_>> {
        let resources = self.0["Resources"].as_object().unwrap();
        let named = resources.iter();
        named.map(|(name, body)| Resource { name, body }).collect()
    }

    pub fn of_type(&self, kind: &str) -> Vec<Resource<'_>> {
        let mut resources = self.resources();
        resources.retain(|resource| resource.kind() == kind);
        resources
    }

    pub fn resource(&self, name: &str) -> Resource<'_> {
        let found = self.resources().into_iter().find(|r| r.name == name);
        found.unwrap_or_else(|| panic!("no resource {name}"))
    }

    /// The function of a folder. Panics unless there is exactly one.
    pub fn function(&self, folder: &str) -> Resource<'_> {
        let code = format!("functions/{folder}");
        let mut functions = self.of_type("AWS::Serverless::Function");
        functions.retain(|function| function.get("/CodeUri") == code.as_str());
        assert_eq!(functions.len(), 1, "resources with CodeUri {code}");
        functions[0]
    }

    /// The variables that a function is given, those of `Globals` too.
    pub fn variables(&self, function: Resource<'_>) -> Vec<String> {
        let global = &self.0["Globals"]["Function"]["Environment"]["Variables"];
        let own = function.get("/Environment/Variables");
        let both = [global, own].into_iter().filter_map(Value::as_object);
        both.flat_map(|variables| variables.keys().cloned())
            .collect()
    }
}

impl<'a> Resource<'a> {
    pub fn kind(self) -> &'a str {
        self.body["Type"].as_str().unwrap()
    }

    /// A property by its JSON pointer; null where it is absent.
    pub fn get(self, pointer: &str) -> &'a Value {
        self.body["Properties"]
            .pointer(pointer)
            .unwrap_or(&Value::Null)
    }

    /// The statements of a role.
    pub fn statements(self) -> Vec<&'a Value> {
        let policies = self.get("/Policies").as_array().into_iter().flatten();
        let lists = policies.flat_map(|policy| listed(&policy["PolicyDocument"]["Statement"]));
        lists.collect()
    }
}

/// One or many, as CloudFormation lets both stand.
pub(super) fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// `{"Ref": name}`
pub(super) fn reference(name: &str) -> Value {
    json!({ "Ref": name })
}

/// `{"Fn::GetAtt": "name.attribute"}`
pub(super) fn attribute(name: &str, attribute: &str) -> Value {
    json!({ "Fn::GetAtt": format!("{name}.{attribute}") })
}

fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(scalar) => plain_scalar(scalar),
        Yaml::Sequence(values) => values.iter().map(plain).collect(),
        Yaml::Mapping(members) => {
            let members = members.iter();
            let named = members.map(|(key, value)| (key_of(key), plain(value)));
            Value::Object(named.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, value) => {
            let name = match tag.suffix.as_str() {
                plain @ ("Ref" | "Condition") => plain.to_owned(),
                function => format!("Fn::{function}"),
            };
            Value::Object(Map::from_iter([(name, plain(value))]))
        }
        other => panic!("not expected in a template: {other:?}"),
    }
}

fn key_of(key: &Yaml<'_>) -> String {
    key.as_str().expect("a text as key").to_owned()
}

fn plain_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => json!(value),
        Scalar::Integer(value) => json!(value),
        Scalar::FloatingPoint(value) => json!(value.into_inner()),
        Scalar::String(value) => json!(value),
    }
}
