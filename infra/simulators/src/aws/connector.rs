//! The AWS SDK's HTTP seam, answered in process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::future::BoxFuture;

use super::Aws;
use super::answer::{Answer, JSON_1_0, JSON_1_1, Refusal};
use super::partial;

/// One call of the SDK, before a model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `"dynamodb"`, `"sqs"`, `"ssm"` or `"events"`; `""` when the target header names none of them.
    pub service: &'static str,
    /// The operation of the `X-Amz-Target` header, for example `PutItem`.
    pub operation: String,
    /// The request's JSON.
    pub body: Bytes,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The model answers.
    Pass,
    /// The service refuses; nothing is applied.
    Refuse {
        /// HTTP status, for example 400 or 503.
        status: u16,
        /// Shape name, for example `ProvisionedThroughputExceededException`.
        type_name: String,
        /// Text for people.
        message: String,
    },
    /// The connection breaks before the request arrives; nothing is applied.
    FailBefore,
    /// The model applies the call, then the connection breaks; the answer is lost.
    FailAfter,
    /// The model applies the call, and the connection breaks this long after.
    LoseAnswer(Duration),
    /// A batch call is applied but for its last entry, which the answer leaves over
    /// (`SendMessageBatch`, `BatchWriteItem`); any other call is refused with 503.
    Partial,
    /// Nothing is applied and nobody ever answers; only the caller's own timeout ends the call.
    Hang,
}

/// Asked before each call; may sleep (latency), count, and decide.
pub type Hook = Arc<dyn Fn(Call) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// An HTTP client for the AWS SDK that takes each call to the models of an [`Aws`].
///
/// Give it to a client's configuration with `.http_client(connector)`; region and credentials may
/// be anything. Services are told apart by the `X-Amz-Target` header (AWS JSON 1.0 and 1.1).
#[derive(Clone)]
pub struct AwsConnector {
    aws: Aws,
    hook: Option<Hook>,
}

impl AwsConnector {
    /// A connector that passes every call on.
    pub fn new(aws: Aws) -> Self {
        Self { aws, hook: None }
    }

    /// The same connector, asking `hook` before each call.
    pub fn with_hook(self, hook: Hook) -> Self {
        Self {
            hook: Some(hook),
            ..self
        }
    }

    async fn answer(self, call: Call) -> Result<HttpResponse, ConnectorError> {
        let verdict = match &self.hook {
            Some(hook) => hook(call.clone()).await,
            None => Verdict::Pass,
        };
        match verdict {
            Verdict::Pass => response(self.apply(&call).await),
            Verdict::Refuse {
                status,
                type_name,
                message,
            } => response(refusal(call.service, status, &type_name, message)),
            Verdict::FailBefore => Err(broken()),
            Verdict::FailAfter => {
                self.apply(&call).await;
                Err(broken())
            }
            Verdict::LoseAnswer(after) => {
                self.apply(&call).await;
                tokio::time::sleep(after).await;
                Err(broken())
            }
            Verdict::Partial => response(self.apply_in_part(&call).await),
            Verdict::Hang => std::future::pending().await,
        }
    }

    async fn apply_in_part(&self, call: &Call) -> Answer {
        let Some(mut part) = partial::cut(call) else {
            return refusal(
                call.service,
                503,
                "ServiceUnavailable",
                "try again".to_owned(),
            );
        };
        let rest = match part.rest.take() {
            Some(rest) => Some(self.apply(&rest).await),
            None => None,
        };
        part.answer(rest)
    }

    async fn apply(&self, call: &Call) -> Answer {
        match call.service {
            "dynamodb" => self.aws.dynamodb.call(&call.operation, &call.body),
            "sqs" => Answer::of(
                self.aws.sqs.call(&call.operation, &call.body).await,
                JSON_1_0,
            ),
            "ssm" => Answer::of(self.aws.ssm.call(&call.operation, &call.body), JSON_1_1),
            "events" => Answer::of(self.aws.events.call(&call.operation, &call.body), JSON_1_1),
            _ => Answer::of(Err(Refusal::unknown_operation(&call.operation)), JSON_1_0),
        }
    }
}

fn refusal(service: &str, status: u16, type_name: &str, message: String) -> Answer {
    let refusal = Refusal {
        status,
        ..Refusal::plain(type_name, message)
    };
    Answer::of(Err(refusal), content_type(service))
}

fn content_type(service: &str) -> &'static str {
    match service {
        "ssm" | "events" => JSON_1_1,
        _ => JSON_1_0,
    }
}

fn read(request: &HttpRequest) -> Call {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let (prefix, operation) = target.split_once('.').unwrap_or(("", target));
    let service = match prefix {
        "DynamoDB_20120810" => "dynamodb",
        "AmazonSQS" => "sqs",
        "AmazonSSM" => "ssm",
        "AWSEvents" => "events",
        _ => "",
    };
    let body = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
    Call {
        service,
        operation: operation.to_owned(),
        body,
    }
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status)
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response
        .headers_mut()
        .insert("content-type", answer.content_type);
    if let Some(code) = answer.query_error {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    Ok(response)
}

fn broken() -> ConnectorError {
    ConnectorError::io("connection reset by peer".into())
}

impl fmt::Debug for AwsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsConnector")
            .field("hook", &self.hook.is_some())
            .finish_non_exhaustive()
    }
}

impl HttpConnector for AwsConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = read(&request);
        HttpConnectorFuture::new(self.clone().answer(call))
    }
}

impl HttpClient for AwsConnector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
