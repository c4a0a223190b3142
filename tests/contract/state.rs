//! State: it survives the process, and belongs to one process at a time.

use super::{Bench, status};
use formwork::sandbox::{Options, Speed, start};
use std::path::PathBuf;

const TOPIC: &str = "Resources: {Topic: {Type: AWS::SNS::Topic}}";

/// A folder that is removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("formwork-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    pub(super) fn options(&self, speed: Speed) -> Options {
        Options { state: Some(self.0.clone()), speed, ..Options::default() }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn stacks_survive_and_go_on() {
    let folder = Folder::new("survive");
    let bench = Bench::with(folder.options(Speed::Times(0.001))).await;
    bench.client.create_stack().stack_name("topic").template_body(TOPIC).send().await.unwrap();
    let before = bench.stack("topic").await;
    assert_eq!(status(&before), "CREATE_IN_PROGRESS");
    bench.running.stop().await;
    let bench = Bench::with(folder.options(Speed::Max)).await;
    let after = bench.settled("topic").await;
    assert_eq!((status(&after), after.stack_id()), ("CREATE_COMPLETE", before.stack_id()));
    assert_eq!(
        bench
            .update("topic", &TOPIC.replace("Topic}", "Topic, Properties: {DisplayName: x}}"))
            .await
            .stack_name(),
        Some("topic")
    );
}

#[tokio::test]
async fn what_was_acknowledged_needs_no_orderly_end() {
    let folder = Folder::new("kill");
    let bench = Bench::with(folder.options(Speed::Max)).await;
    bench.create("topic", TOPIC).await;
    // What a killed process leaves behind is what is on disk now.
    let copy = Folder::new("kill-copy");
    copied(&folder.0, &copy.0);
    let second = Bench::with(copy.options(Speed::Max)).await;
    assert_eq!(status(&second.stack("topic").await), "CREATE_COMPLETE");
    assert_eq!(second.story("topic").await, bench.story("topic").await);
}

fn copied(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.path().is_dir() {
            true => copied(&entry.path(), &to.join(entry.file_name())),
            false => std::fs::copy(entry.path(), to.join(entry.file_name())).map(drop).unwrap(),
        }
    }
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let folder = Folder::new("lock");
    let bench = Bench::with(folder.options(Speed::Max)).await;
    let second = start(folder.options(Speed::Max)).await.unwrap_err();
    assert!(second.to_string().ends_with("another sandbox uses it"), "{second}");
    bench.running.stop().await;
    start(folder.options(Speed::Max)).await.unwrap().stop().await;
}

#[tokio::test]
async fn the_same_history_gives_the_same_identifiers() {
    let mut stories = Vec::new();
    for _ in 0..2 {
        let bench = Bench::new().await;
        let id = bench.create("topic", TOPIC).await.stack_id.unwrap();
        let resources = bench.client.list_stack_resources().stack_name("topic").send().await.unwrap();
        let physical = resources.stack_resource_summaries()[0].physical_resource_id.clone();
        stories.push((id, physical, bench.story("topic").await));
    }
    assert_eq!(stories[0], stories[1]);
}
