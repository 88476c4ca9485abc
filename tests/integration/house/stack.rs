//! `template.yaml`: every function with its event, its rights, its log; and what nobody pays for.

use std::collections::BTreeSet;

use bridge_harness::Function;
use serde_json::{Value, json};

use super::template::{Resource, Template, attribute, listed, reference};
use super::{assert_none, functions};

/// What calls a function.
enum Event {
    Routes(&'static [&'static str]),
    /// The queue of each event.
    Queue(&'static [(&'static str, &'static str)]),
    Schedule(&'static str),
    Deploying,
}

/// The event of each folder; a new folder says here what calls it.
fn event_of(function: &str) -> Event {
    match function {
        "incoming" => Event::Routes(&["POST /incoming/{connection}"]),
        "agent-events" => Event::Routes(&["ANY /rocketchat/events"]),
        "template-message" => Event::Routes(&[
            "ANY /templateMessage",
            "ANY /api/apps/{visibility}/{app}/templateMessage",
            "ANY /api/apps/{visibility}/{app}/{key}/templateMessage",
        ]),
        "console" => Event::Routes(&["ANY /v1/{proxy+}", "ANY /files/{id}/{name}"]),
        "to-rocketchat" => Event::Queue(&[("Queue", "inbound.fifo")]),
        "to-whatsapp" => Event::Queue(&[("Queue", "outbound.fifo"), ("Bulk", "bulk")]),
        "status-fanout" => Event::Queue(&[("Queue", "statuses")]),
        "callback-sender" => Event::Queue(&[("Queue", "callbacks")]),
        "template-refresh" => Event::Schedule("rate(5 minutes)"),
        "stack-setup" => Event::Deploying,
        _ => panic!("{function}: which event calls it?"),
    }
}

/// `to-whatsapp` → `ToWhatsapp`
fn logical_name(folder: &str) -> String {
    let parts = folder.split('-');
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    parts.map(capital).collect()
}

fn named_in_the_stack(name: &str) -> Value {
    json!({ "Fn::Sub": format!("${{AWS::StackName}}-{name}") })
}

/// The route keys that lead to a function.
fn routes_to(template: &Template, function: Resource<'_>) -> Vec<String> {
    let mut integrations = template.of_type("AWS::ApiGatewayV2::Integration");
    let arn = attribute(function.name, "Arn");
    integrations.retain(|integration| *integration.get("/IntegrationUri") == arn);
    let target = |integration: &Resource<'_>| json!({ "Fn::Sub": format!("integrations/${{{}}}", integration.name) });
    let targets: Vec<Value> = integrations.iter().map(target).collect();
    let routes = template.of_type("AWS::ApiGatewayV2::Route").into_iter();
    let ours = routes.filter(|route| targets.contains(route.get("/Target")));
    ours.map(|route| route.get("/RouteKey").as_str().unwrap().to_owned())
        .collect()
}

fn check_routes(template: &Template, function: Resource<'_>, expected: &[&str]) {
    let routes = routes_to(template, function);
    for route in expected {
        assert!(
            routes.iter().any(|key| key == route),
            "{}: {route}",
            function.name
        );
    }
    let permissions = template.of_type("AWS::Lambda::Permission");
    let ours = |permission: &&Resource<'_>| {
        *permission.get("/FunctionName") == reference(function.name)
            && permission.get("/Principal") == "apigateway.amazonaws.com"
            && !permission.get("/SourceArn").is_null()
    };
    // one may be for several routes
    let granted = permissions.iter().filter(ours).count();
    assert!(
        (1..=expected.len()).contains(&granted),
        "{}: {granted} permissions",
        function.name
    );
}

/// A message stays hidden until its worker has surely ended, and a batch may fail in part.
fn check_queue(template: &Template, function: Resource<'_>, (event, queue): (&str, &str)) {
    let mut queues = template.of_type("AWS::SQS::Queue");
    queues.retain(|resource| *resource.get("/QueueName") == named_in_the_stack(queue));
    assert_eq!(queues.len(), 1, "queues named {queue}");
    let event = function.get(&format!("/Events/{event}"));
    assert_eq!(event["Type"], "SQS", "{}", function.name);
    let properties = &event["Properties"];
    assert_eq!(
        properties["Queue"],
        attribute(queues[0].name, "Arn"),
        "{}",
        function.name
    );
    assert_eq!(
        properties["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    let timeout = function.get("/Timeout").as_i64().unwrap();
    assert_eq!(
        *queues[0].get("/VisibilityTimeout"),
        json!(timeout + 30),
        "{queue}"
    );
    let dead = queues[0].get("/RedrivePolicy/deadLetterTargetArn");
    assert!(dead.is_object(), "{queue} has no dead-letter queue");
}

fn check_schedule(template: &Template, function: Resource<'_>, expected: &str) {
    let mut schedules = template.of_type("AWS::Scheduler::Schedule");
    let arn = attribute(function.name, "Arn");
    schedules.retain(|schedule| *schedule.get("/Target/Arn") == arn);
    assert_eq!(schedules.len(), 1, "schedules of {}", function.name);
    assert_eq!(schedules[0].get("/ScheduleExpression"), expected);
}

fn check_custom_resource(template: &Template, function: Resource<'_>) {
    let arn = attribute(function.name, "Arn");
    let mut custom = template.resources();
    custom.retain(|r| r.kind().starts_with("Custom::") && *r.get("/ServiceToken") == arn);
    assert_eq!(custom.len(), 1, "custom resources of {}", function.name);
}

/// The role of a function: named after it, taken by Lambda only.
fn role_of<'a>(template: &'a Template, function: Resource<'a>) -> Resource<'a> {
    let role = template.resource(&format!("{}Role", function.name));
    assert_eq!(
        *function.get("/Role"),
        attribute(role.name, "Arn"),
        "{}",
        function.name
    );
    role
}

fn actions(statement: &Value) -> Vec<&str> {
    let actions = listed(&statement["Action"]).into_iter();
    actions.map(|action| action.as_str().unwrap()).collect()
}

#[test]
fn every_function_folder_is_one_resource_of_the_same_name() {
    let template = Template::read();
    let folders = functions();
    for folder in &folders {
        let function = template.function(folder);
        assert_eq!(function.name, logical_name(folder));
        let binary = &function.body["Metadata"]["BuildProperties"]["Binary"];
        assert_eq!(binary, folder.as_str(), "{folder}: binary");
        assert_eq!(*function.get("/FunctionName"), named_in_the_stack(folder));
    }
    let resources = template.of_type("AWS::Serverless::Function").len();
    assert_eq!(resources, folders.len(), "functions without a folder");
}

#[test]
fn every_function_is_called_by_its_own_event() {
    let template = Template::read();
    for folder in functions() {
        let function = template.function(&folder);
        let event = event_of(&folder);
        let queued = !function.get("/Events").is_null();
        assert_eq!(queued, matches!(event, Event::Queue(_)), "{folder}: Events");
        match event {
            Event::Routes(expected) => check_routes(&template, function, expected),
            Event::Queue(queues) => {
                let events = function.get("/Events").as_object().unwrap();
                assert_eq!(events.len(), queues.len(), "{folder}: events");
                for queue in queues {
                    check_queue(&template, function, *queue);
                }
            }
            Event::Schedule(expected) => check_schedule(&template, function, expected),
            Event::Deploying => check_custom_resource(&template, function),
        }
    }
}

#[test]
fn every_function_has_its_own_log_with_an_end_and_its_own_role() {
    let template = Template::read();
    for folder in functions() {
        let function = template.function(&folder);
        let log = template.resource(&format!("{}Log", function.name));
        assert_eq!(log.kind(), "AWS::Logs::LogGroup");
        assert_eq!(
            *function.get("/LoggingConfig/LogGroup"),
            reference(log.name),
            "{folder}"
        );
        assert!(
            !log.get("/RetentionInDays").is_null(),
            "{folder}: kept for ever"
        );
        let statements = role_of(&template, function).statements();
        let logs = |statement: &&&Value| actions(statement).iter().any(|a| a.starts_with("logs:"));
        let granted: Vec<_> = statements.iter().filter(logs).collect();
        assert_eq!(granted.len(), 1, "{folder}: rights to logs");
        assert_eq!(
            granted[0]["Resource"],
            attribute(log.name, "Arn"),
            "{folder}"
        );
    }
}

#[test]
fn no_right_is_wider_than_single_actions_on_named_resources() {
    let template = Template::read();
    let mut findings = Vec::new();
    for role in template.of_type("AWS::IAM::Role") {
        let statements = role.statements();
        assert!(!statements.is_empty(), "{}: no rights at all?", role.name);
        if !role.get("/ManagedPolicyArns").is_null() {
            findings.push(format!("{}: managed policy", role.name));
        }
        for statement in statements {
            let wide = actions(statement)
                .into_iter()
                .filter(|action| action.contains('*'));
            findings.extend(wide.map(|action| format!("{}: {action}", role.name)));
            let bare = listed(&statement["Resource"]).into_iter().any(|r| r == "*");
            let inverted = ["NotAction", "NotResource"]
                .iter()
                .any(|no| !statement[no].is_null());
            if bare || inverted || statement["Resource"].is_null() {
                findings.push(format!("{}: {}", role.name, statement["Resource"]));
            }
        }
    }
    assert_none("too wide", findings);
}

/// Rights come from roles that can be read in one place: nothing is granted on the side.
#[test]
fn rights_are_granted_by_roles_only() {
    let template = Template::read();
    for function in template.of_type("AWS::Serverless::Function") {
        assert!(function.get("/Policies").is_null(), "{}", function.name);
    }
    for resource in template.resources() {
        let granting = [
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::SQS::QueuePolicy",
        ];
        assert!(!granting.contains(&resource.kind()), "{}", resource.name);
    }
}

#[test]
fn doors_may_send_to_their_queues_and_nothing_else() {
    let template = Template::read();
    for (door, queues) in [
        ("incoming", &["InboundQueue", "StatusesQueue"][..]),
        ("agent-events", &["OutboundQueue", "CallbacksQueue"][..]),
    ] {
        let role = role_of(&template, template.function(door));
        let mut sendable = Vec::new();
        for statement in role.statements() {
            if actions(statement)
                .iter()
                .all(|action| action.starts_with("logs:"))
            {
                continue;
            }
            assert_eq!(actions(statement), ["sqs:SendMessage"], "{door}");
            sendable.extend(listed(&statement["Resource"]).into_iter().cloned());
        }
        let expected: Vec<Value> = queues.iter().map(|queue| attribute(queue, "Arn")).collect();
        assert_eq!(sendable, expected, "{door}");
    }
}

/// The queues that a role may send to, by their resources.
fn sendable(role: Resource<'_>) -> Vec<String> {
    let statements = role.statements().into_iter();
    let sends = statements.filter(|one| actions(one).contains(&"sqs:SendMessage"));
    let arns = sends.flat_map(|statement| listed(&statement["Resource"]));
    let names = arns.map(|arn| {
        let arn = arn["Fn::GetAtt"].as_str();
        arn.and_then(|arn| arn.strip_suffix(".Arn"))
            .expect("a queue")
            .to_owned()
    });
    names.collect()
}

/// The worlds of the tests refuse every other send: what a function does there, its role allows.
#[test]
fn worlds_let_functions_send_where_their_roles_do() {
    let template = Template::read();
    for function in Function::ALL {
        let role = role_of(&template, template.function(function.folder()));
        let queues = sendable(role).into_iter().map(|queue| {
            let name = template.resource(&queue).get("/QueueName").clone();
            let names = function.sends_to().iter();
            let known = names
                .copied()
                .find(|known| named_in_the_stack(known) == name);
            known.unwrap_or_else(|| panic!("{}: {name}", role.name))
        });
        let queues: Vec<_> = queues.collect();
        assert_eq!(queues, function.sends_to(), "{}", role.name);
    }
}

/// A right is of no use to a function that does not know where the queue is.
#[test]
fn functions_know_the_queues_that_they_may_send_to() {
    let template = Template::read();
    for folder in functions() {
        let function = template.function(&folder);
        let variables = function.get("/Environment/Variables").to_string();
        for queue in sendable(role_of(&template, function)) {
            let named = reference(&queue).to_string();
            assert!(variables.contains(&named), "{folder}: {queue}");
        }
    }
}

#[test]
fn at_most_ten_alarms_and_ten_metrics_of_our_own() {
    let template = Template::read();
    let alarms = template.of_type("AWS::CloudWatch::Alarm").len();
    assert!((1..=10).contains(&alarms), "{alarms} alarms");
    let filters = template.of_type("AWS::Logs::MetricFilter");
    assert!(filters.len() <= 10, "{} metric filters", filters.len());
    let of = |filter: &Resource<'_>| {
        listed(filter.get("/MetricTransformations"))
            .into_iter()
            .cloned()
            .collect::<Vec<_>>()
    };
    let metrics = filters.iter().flat_map(of);
    let names: BTreeSet<String> = metrics
        .map(|m| format!("{}/{}", m["MetricNamespace"], m["MetricName"]))
        .collect();
    assert!(names.len() <= 10, "{names:?}");
}

/// Whether lines of this event in a log count for the alarm that an operator looks at.
fn rings(template: &Template, log: &Value, event: &str) -> bool {
    let filters = template.of_type("AWS::Logs::MetricFilter");
    let mut ours = filters
        .iter()
        .filter(|filter| filter.get("/LogGroupName") == log);
    let pattern = format!(r#"{{ $.event = "{event}" }}"#);
    ours.any(|filter| {
        let metrics = listed(filter.get("/MetricTransformations"));
        let counted = metrics
            .iter()
            .any(|metric| metric["MetricName"] == "Parked");
        *filter.get("/FilterPattern") == pattern && counted
    })
}

/// A number that is stopped as a whole is told by whoever finds it out.
#[test]
fn a_number_that_is_stopped_rings() {
    let template = Template::read();
    for log in ["ToWhatsappLog", "StatusFanoutLog"] {
        assert!(rings(&template, &reference(log), "circuit_opened"), "{log}");
    }
}

/// What is counted as parked must be what the functions log.
#[test]
fn every_worker_counts_what_it_parks() {
    let template = Template::read();
    let parked = |log: &Value| rings(&template, log, "parked");
    for folder in functions() {
        // parks nothing itself: what it gives up goes to the dead-letter queue
        if folder == "callback-sender" {
            continue;
        }
        if matches!(event_of(&folder), Event::Queue(_) | Event::Schedule(_)) {
            let log = reference(&format!("{}Log", logical_name(&folder)));
            assert!(parked(&log), "{folder}");
        }
    }
}

#[test]
fn nothing_costs_while_nobody_writes() {
    const DEAR: [&str; 8] = [
        "AWS::EC2::",
        "AWS::KMS::",
        "AWS::SecretsManager::",
        "AWS::WAF",
        "AWS::ElasticLoadBalancing",
        "AWS::RDS::",
        "AWS::ElastiCache::",
        "AWS::Kinesis",
    ];
    let template = Template::read();
    let mut findings = Vec::new();
    for resource in template.resources() {
        let dear = DEAR.iter().any(|kind| resource.kind().starts_with(kind));
        let kept_warm = !resource.get("/ProvisionedConcurrencyConfig").is_null();
        let own_key =
            !resource.get("/KmsMasterKeyId").is_null() || !resource.get("/KmsKeyId").is_null();
        if dear || kept_warm || own_key || !resource.get("/ProvisionedThroughput").is_null() {
            findings.push(format!("{} ({})", resource.name, resource.kind()));
        }
    }
    assert_none("costs by the hour", findings);
}
