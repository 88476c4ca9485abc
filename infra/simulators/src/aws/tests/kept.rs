//! State that outlives the process.

use super::*;

fn open(path: &std::path::Path) -> Aws {
    Aws::at(path.to_str().unwrap(), clock()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn messages_and_parameters_survive_a_restart() {
    let name = format!("bridge-simulators-{}.db", std::process::id());
    let path = std::env::temp_dir().join(name);
    let config = || QueueConfig::fifo("q.fifo");
    let last = {
        let aws = open(&path);
        let q = Q::of(&aws, config());
        q.send("a", "a1").await;
        let last = q.send("a", "a2").await;
        q.send("b", "b1").await;
        let got = q.receive().await;
        q.delete(&got[0]).await.unwrap();
        let ssm = client!(aws_sdk_ssm, AwsConnector::new(aws));
        let put = ssm.put_parameter().name("/k").value("v");
        put.r#type(aws_sdk_ssm::types::ParameterType::String)
            .send()
            .await
            .unwrap();
        last
    };
    {
        let aws = open(&path);
        let q = Q::of(&aws, config());
        assert_eq!(aws.ssm.value("/k").as_deref(), Some("v"));
        assert_eq!(q.send("a", "a2").await, last, "deduplication goes on");
        let later = q.send("a", "a3").await;
        assert!(later.1 > last.1);
        assert_eq!(q.bodies().await, ["a2", "a3", "b1"]);
        aws.sqs.purge("q.fifo").unwrap();
    }
    let aws = open(&path);
    let q = Q::of(&aws, config());
    assert_eq!(aws.sqs.depth(&q.name), 0);
    drop((q, aws));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
