use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put,
    ReturnValuesOnConditionCheckFailure as OnFailure, ScalarAttributeType, TimeToLiveSpecification,
    TransactWriteItem,
};

use super::*;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

async fn table(aws: &Aws) -> aws_sdk_dynamodb::Client {
    let db = client!(aws_sdk_dynamodb, AwsConnector::new(aws.clone()));
    let keys = [("pk", KeyType::Hash), ("sk", KeyType::Range)];
    let mut create = db
        .create_table()
        .table_name("main")
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in keys {
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        let kind = AttributeDefinition::builder().attribute_name(name);
        create = create
            .key_schema(key.build().unwrap())
            .attribute_definitions(kind.attribute_type(ScalarAttributeType::S).build().unwrap());
    }
    create.send().await.unwrap();
    db
}

#[tokio::test(start_paused = true)]
async fn items_come_back_and_are_updated_deleted_queried() {
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let described = db.describe_table().table_name("main").send().await.unwrap();
    assert_eq!(described.table().unwrap().key_schema().len(), 2);
    for sk in ["1", "2", "3"] {
        let put = db
            .put_item()
            .table_name("main")
            .item("pk", s("a"))
            .item("sk", s(sk));
        put.item("n", AttributeValue::N("1".to_owned()))
            .send()
            .await
            .unwrap();
    }
    let update = db
        .update_item()
        .table_name("main")
        .key("pk", s("a"))
        .key("sk", s("2"));
    let updated = update
        .update_expression("ADD n :one")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
        .send()
        .await
        .unwrap();
    assert_eq!(
        updated.attributes().unwrap()["n"],
        AttributeValue::N("2".to_owned())
    );
    db.delete_item()
        .table_name("main")
        .key("pk", s("a"))
        .key("sk", s("1"))
        .send()
        .await
        .unwrap();
    let query = db
        .query()
        .table_name("main")
        .key_condition_expression("pk = :pk");
    let found = query
        .expression_attribute_values(":pk", s("a"))
        .send()
        .await
        .unwrap();
    assert_eq!(found.count(), 2);
    assert_eq!(
        db.scan().table_name("main").send().await.unwrap().count(),
        2
    );
    let get = db
        .get_item()
        .table_name("main")
        .key("pk", s("a"))
        .key("sk", s("1"));
    assert!(get.send().await.unwrap().item.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_carries_the_old_item() {
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let put = |text: &str| {
        let put = db
            .put_item()
            .table_name("main")
            .item("pk", s("a"))
            .item("sk", s("1"));
        put.item("text", s(text))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
    };
    put("first").await.unwrap();
    let error = put("second").await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
        failed,
    ) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(failed.item().unwrap()["text"], s("first"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_transaction_gives_its_reasons() {
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let put = |sk: &str, condition: &str| {
        let put = Put::builder()
            .table_name("main")
            .item("pk", s("a"))
            .item("sk", s(sk));
        let put = put
            .condition_expression(condition)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        TransactWriteItem::builder()
            .put(put.build().unwrap())
            .build()
    };
    let write = |items: Vec<TransactWriteItem>| {
        db.transact_write_items()
            .set_transact_items(Some(items))
            .send()
    };
    write(vec![put("1", "attribute_not_exists(pk)")])
        .await
        .unwrap();
    let items = vec![
        put("2", "attribute_not_exists(pk)"),
        put("1", "attribute_not_exists(pk)"),
    ];
    let error = write(items).await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error:?}")
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap())
        .collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(
        cancelled.cancellation_reasons()[1].item().unwrap()["sk"],
        s("1")
    );
    assert_eq!(
        db.scan().table_name("main").send().await.unwrap().count(),
        1,
        "rolled back"
    );
}

#[tokio::test(start_paused = true)]
async fn batches_and_transactional_reads() {
    use aws_sdk_dynamodb::types::{
        Get, KeysAndAttributes, PutRequest, TransactGetItem, WriteRequest,
    };
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let key = |sk: &str| {
        std::collections::HashMap::from([("pk".to_owned(), s("a")), ("sk".to_owned(), s(sk))])
    };
    let put = |sk: &str| {
        let put = PutRequest::builder()
            .set_item(Some(key(sk)))
            .build()
            .unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let write = db
        .batch_write_item()
        .request_items("main", vec![put("1"), put("2")]);
    assert!(
        write
            .send()
            .await
            .unwrap()
            .unprocessed_items
            .unwrap_or_default()
            .is_empty()
    );
    let keys = KeysAndAttributes::builder()
        .keys(key("1"))
        .keys(key("2"))
        .keys(key("3"))
        .build();
    let got = db
        .batch_get_item()
        .request_items("main", keys.unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(got.responses().unwrap()["main"].len(), 2);
    let get = Get::builder()
        .table_name("main")
        .set_key(Some(key("2")))
        .build()
        .unwrap();
    let get = TransactGetItem::builder().get(get).build();
    let read = db
        .transact_get_items()
        .transact_items(get)
        .send()
        .await
        .unwrap();
    assert_eq!(read.responses()[0].item().unwrap()["sk"], s("2"));
    let ttl = db
        .describe_time_to_live()
        .table_name("main")
        .send()
        .await
        .unwrap();
    assert!(
        ttl.time_to_live_description()
            .unwrap()
            .attribute_name()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn the_sweep_follows_the_given_time() {
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let ttl = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("expires_at");
    let update = db.update_time_to_live().table_name("main");
    update
        .time_to_live_specification(ttl.build().unwrap())
        .send()
        .await
        .unwrap();
    for (sk, at) in [("1", "1700000010"), ("2", "1700000020")] {
        let put = db
            .put_item()
            .table_name("main")
            .item("pk", s("a"))
            .item("sk", s(sk));
        put.item("expires_at", AttributeValue::N(at.to_owned()))
            .send()
            .await
            .unwrap();
    }
    assert_eq!(aws.dynamodb.sweep_ttl(1_700_000_010_000).unwrap(), 0);
    assert_eq!(aws.dynamodb.sweep_ttl(1_700_000_015_000).unwrap(), 1);
    assert_eq!(
        db.scan().table_name("main").send().await.unwrap().count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_caller_are_typed() {
    let aws = Aws::memory(clock()).unwrap();
    let db = table(&aws).await;
    let missing = db
        .get_item()
        .table_name("none")
        .key("pk", s("a"))
        .send()
        .await
        .unwrap_err();
    assert!(
        missing
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let bad = db
        .put_item()
        .table_name("main")
        .item("pk", s("a"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        bad.into_service_error().meta().code(),
        Some("ValidationException")
    );
}
