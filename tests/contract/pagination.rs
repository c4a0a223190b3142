//! Pages of long lists: their size, their tokens, and what happens between two of them.

use super::{ACCOUNT, Bench, client, refusal};
use aws_sdk_cloudformation::types::StackStatus;
use std::collections::BTreeSet;

fn exporting(name: &str) -> String {
    format!(
        r#"{{"Resources":{{"W":{{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}},"Outputs":{{"O":{{"Value":"{name}","Export":{{"Name":"{name}"}}}}}}}}"#
    )
}

async fn many(bench: &Bench, count: usize) {
    for number in 0..count {
        let name = format!("s{number:03}");
        let create = bench.client.create_stack().stack_name(&name).template_body(exporting(&name));
        create.send().await.unwrap();
    }
    for number in 0..count {
        bench.settled(&format!("s{number:03}")).await;
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_entries_and_the_next_goes_on() {
    let bench = Bench::new().await;
    many(&bench, 103).await;
    let first = bench.client.describe_stacks().send().await.unwrap();
    assert_eq!(first.stacks().len(), 100);
    let token = first.next_token().unwrap();
    // What begins in between stands on no later page, and repeats nothing.
    bench.create("newcomer", &exporting("newcomer")).await;
    let second = bench.client.describe_stacks().next_token(token).send().await.unwrap();
    assert_eq!((second.stacks().len(), second.next_token()), (3, None));
    let names = first.stacks().iter().chain(second.stacks()).map(|stack| stack.stack_name().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>().len(), 103);
    let first = bench.client.list_exports().send().await.unwrap();
    assert_eq!(first.exports().len(), 100);
    let last = first.exports().last().unwrap().name().unwrap().to_owned();
    bench.create("abacus", &exporting("abacus")).await;
    let second = bench.client.list_exports().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert!(second.exports().iter().all(|export| export.name().unwrap() > last.as_str()));
    assert_eq!(second.exports().len(), 4);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_request_only() {
    let bench = Bench::new().await;
    many(&bench, 101).await;
    let listed =
        bench.client.list_stacks().stack_status_filter(StackStatus::CreateComplete).send().await.unwrap();
    let token = listed.next_token().unwrap();
    let check = |result: (String, String), token: &str| {
        assert_eq!(result, ("ValidationError".to_owned(), format!("{token} is not a valid NextToken")));
    };
    check(refusal(bench.client.list_stacks().next_token(token).send().await), token);
    check(refusal(bench.client.describe_stacks().next_token(token).send().await), token);
    let elsewhere = client(&bench.running, ACCOUNT, "us-east-1");
    let filtered = elsewhere.list_stacks().stack_status_filter(StackStatus::CreateComplete);
    check(refusal(filtered.next_token(token).send().await), token);
    for broken in ["x", &token[1..], &format!("{token}0"), &token.to_uppercase()] {
        let filtered = bench.client.list_stacks().stack_status_filter(StackStatus::CreateComplete);
        check(refusal(filtered.next_token(broken).send().await), broken);
    }
    let filtered = bench.client.list_stacks().stack_status_filter(StackStatus::CreateComplete);
    assert_eq!(filtered.next_token(token).send().await.unwrap().stack_summaries().len(), 1);
}

#[tokio::test]
async fn the_request_may_want_smaller_pages() {
    let bench = Bench::new().await;
    for number in 0..5 {
        let set = bench.client.create_stack_set().stack_set_name(format!("set{number}"));
        set.template_body(exporting("x")).send().await.unwrap();
    }
    let mut pages = bench.client.list_stack_sets().into_paginator().page_size(2).send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().summaries().len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}
