use aws_sdk_ssm::types::ParameterType;

use super::*;

fn store() -> aws_sdk_ssm::Client {
    client!(
        aws_sdk_ssm,
        AwsConnector::new(Aws::memory(clock()).unwrap())
    )
}

async fn put(ssm: &aws_sdk_ssm::Client, name: &str, value: &str) {
    let put = ssm
        .put_parameter()
        .name(name)
        .value(value)
        .r#type(ParameterType::SecureString);
    assert_eq!(put.send().await.unwrap().version(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_is_overwritten_only_on_request() {
    let ssm = store();
    put(&ssm, "/b/key", "one").await;
    let again = ssm.put_parameter().name("/b/key").value("two");
    let refused = again
        .clone()
        .r#type(ParameterType::SecureString)
        .send()
        .await
        .unwrap_err();
    assert!(refused.into_service_error().is_parameter_already_exists());
    assert_eq!(again.overwrite(true).send().await.unwrap().version(), 2);
    let got = ssm
        .get_parameter()
        .name("/b/key")
        .with_decryption(true)
        .send()
        .await
        .unwrap();
    let got = got.parameter().unwrap();
    assert_eq!((got.value(), got.version()), (Some("two"), 2));
    assert_eq!(got.r#type(), Some(&ParameterType::SecureString));
    let sealed = ssm.get_parameter().name("/b/key").send().await.unwrap();
    assert_ne!(sealed.parameter().unwrap().value(), Some("two"));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_says_so() {
    let ssm = store();
    let missing = ssm.get_parameter().name("/none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_parameter_not_found());
    let missing = ssm
        .delete_parameter()
        .name("/none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_parameter_not_found());
    put(&ssm, "/a", "1").await;
    let got = ssm
        .get_parameters()
        .names("/a")
        .names("/b")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (got.parameters().len(), got.invalid_parameters()),
        (1, &["/b".to_owned()][..])
    );
    let gone = ssm
        .delete_parameters()
        .names("/a")
        .names("/b")
        .send()
        .await
        .unwrap();
    assert_eq!(gone.deleted_parameters(), ["/a"]);
    assert_eq!(gone.invalid_parameters(), ["/b"]);
    let bare = ssm
        .put_parameter()
        .name("/c")
        .value("x")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        bare.into_service_error().meta().code(),
        Some("ValidationException")
    );
}

#[tokio::test(start_paused = true)]
async fn a_path_lists_its_children_in_order() {
    let ssm = store();
    for name in ["/p/b", "/p/a", "/p/deep/c", "/pq/d"] {
        put(&ssm, name, "1").await;
    }
    let list = |recursive: bool| {
        let ssm = ssm.clone();
        async move {
            let get = ssm
                .get_parameters_by_path()
                .path("/p")
                .recursive(recursive)
                .max_results(2);
            let pages: Vec<_> = get
                .into_paginator()
                .send()
                .collect::<Result<_, _>>()
                .await
                .unwrap();
            let found = pages.into_iter().flat_map(|page| page.parameters.unwrap());
            found.map(|p| p.name.unwrap()).collect::<Vec<_>>()
        }
    };
    assert_eq!(list(false).await, ["/p/a", "/p/b"]);
    assert_eq!(list(true).await, ["/p/a", "/p/b", "/p/deep/c"]);
}
