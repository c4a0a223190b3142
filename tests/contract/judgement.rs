//! How a change set judges changes: what is listed, with which cause, without values and with them.

use super::protocol::http;
use super::{Bench, PATIENCE, status};
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{Parameter, ResourceChangeDetail};

/// A change set of the stack `s`, once it is decided: without values and with them.
struct Judged {
    plain: DescribeChangeSetOutput,
    full: DescribeChangeSetOutput,
}

async fn judged(bench: &Bench, template: &str, parameters: &[(&str, &str)]) -> Judged {
    let pair = |(key, value): &(&str, &str)| {
        Parameter::builder().parameter_key(*key).parameter_value(*value).build()
    };
    let name = format!(
        "c{}",
        bench.client.list_change_sets().stack_name("s").send().await.unwrap().summaries().len()
    );
    let request =
        bench.client.create_change_set().stack_name("s").change_set_name(name).template_body(template);
    let request = request.set_parameters(Some(parameters.iter().map(pair).collect()));
    let id = request.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await.unwrap().id.unwrap();
    let describe = |values: bool| {
        bench.client.describe_change_set().change_set_name(&id).include_property_values(values).send()
    };
    for _ in 0..PATIENCE {
        let plain = describe(false).await.unwrap();
        if matches!(plain.status().unwrap().as_str(), "CREATE_COMPLETE" | "FAILED") {
            return Judged { plain, full: describe(true).await.unwrap() };
        }
    }
    panic!("the change set is never decided");
}

/// The rows and details of an answer in lines, sorted: neither order means anything.
fn lines(set: &DescribeChangeSetOutput) -> Vec<String> {
    let mut lines = Vec::new();
    for change in set.changes().iter().filter_map(|change| change.resource_change()) {
        let id = change.logical_resource_id().unwrap();
        let replacement = change.replacement().map(|one| one.as_str()).unwrap_or("-");
        lines.push(format!("{id} {} {replacement}", change.action().unwrap().as_str()));
        let told = |detail: &ResourceChangeDetail| {
            let target = detail.target().unwrap();
            let (before, after) = (target.before_value().unwrap_or("-"), target.after_value().unwrap_or("-"));
            format!(
                "{id}.{} {} {} {} {before}>{after}",
                target.name().unwrap_or("-"),
                detail.evaluation().unwrap().as_str(),
                detail.change_source().unwrap().as_str(),
                detail.causing_entity().unwrap_or("-"),
            )
        };
        lines.extend(change.details().iter().map(told));
    }
    lines.sort();
    lines
}

fn note(value: &str) -> String {
    format!("{{Type: AWS::SSM::Parameter, Properties: {{Name: /n, Type: String, Value: {value}}}}}")
}

#[tokio::test]
async fn mappings_conditions_and_stored_values_are_direct_modifications() {
    let template = |word: &str, section: &str| {
        format!(
            "Mappings: {{M: {{K: {{a: {word}}}}}}}\nParameters: {{On: {{Type: String, Default: 'no'}}}}\n\
             Conditions: {{C: !Equals [{section}, 'no']}}\n\
             Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: t, DisplayName: !If [C, !FindInMap [M, K, a], other]}}}}}}"
        )
    };
    let bench = Bench::new().await;
    bench.create("s", &template("one", "!Ref On")).await;
    for (template, after) in [(template("two", "!Ref On"), "two"), (template("one", "'yes'"), "other")] {
        let found = judged(&bench, &template, &[]).await;
        let expected = |values: &str| {
            vec!["A Modify False".to_owned(), format!("A.DisplayName Static DirectModification - {values}")]
        };
        assert_eq!(lines(&found.plain), expected("->-"));
        assert_eq!(lines(&found.full), expected(&format!("one>{after}")));
    }
    let stored = "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /n}}\n\
                  Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: t, DisplayName: !Ref P}}}";
    let bench = Bench::new().await;
    bench.create("note", &format!("Resources: {{N: {}}}", note("old"))).await;
    bench.create("s", stored).await;
    bench.update("note", &format!("Resources: {{N: {}}}", note("new"))).await;
    let found = judged(&bench, stored, &[]).await;
    assert_eq!(
        found.plain.status().unwrap().as_str(),
        "CREATE_COMPLETE",
        "the same request changes something"
    );
    assert_eq!(lines(&found.plain), ["A Modify False", "A.DisplayName Static DirectModification - ->-"]);
    assert_eq!(lines(&found.full), ["A Modify False", "A.DisplayName Static DirectModification - old>new"]);
    let parameter = &found.plain.parameters()[0];
    assert_eq!((parameter.parameter_value(), parameter.resolved_value()), (Some("/n"), Some("new")));
    // What was read when the change set was made is what is deployed.
    bench.update("note", &format!("Resources: {{N: {}}}", note("newer"))).await;
    let id = found.plain.change_set_id().unwrap();
    bench.client.execute_change_set().change_set_name(id).send().await.unwrap();
    let stack = bench.settled("s").await;
    assert_eq!(status(&stack), "UPDATE_COMPLETE");
    assert_eq!(stack.parameters()[0].resolved_value(), Some("new"));
}

#[tokio::test]
async fn parameters_are_told_as_causes() {
    let template = "Parameters: {P: {Type: String}}\nMappings: {M: {a: {k: x}, b: {k: y}}}\n\
        Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: t, DisplayName: !Join ['-', [is, !Ref P]]}}, \
        B: {Type: AWS::SNS::Topic, Properties: {TopicName: u, DisplayName: !FindInMap [M, !Ref P, k]}}}";
    let bench = Bench::new().await;
    let parameter = Parameter::builder().parameter_key("P").parameter_value("a").build();
    bench
        .client
        .create_stack()
        .stack_name("s")
        .template_body(template)
        .parameters(parameter)
        .send()
        .await
        .unwrap();
    bench.settled("s").await;
    let found = judged(&bench, template, &[("P", "b")]).await;
    let expected = |a: &str, b: &str| {
        vec![
            "A Modify False".to_owned(),
            format!("A.DisplayName Dynamic DirectModification - {a}"),
            format!("A.DisplayName Static ParameterReference P {a}"),
            "B Modify False".to_owned(),
            format!("B.DisplayName Dynamic DirectModification - {b}"),
            format!("B.DisplayName Static ParameterReference P {b}"),
        ]
    };
    assert_eq!(lines(&found.plain), expected("->-", "->-"));
    assert_eq!(lines(&found.full), expected("is-a>is-b", "x>y"));
}

#[tokio::test]
async fn attributes_spread_along_chains_until_their_values_are_known() {
    let template = |text: &str| {
        format!(
            "Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: a, DisplayName: {text}}}}}, \
             B: {{Type: AWS::SNS::Topic, Properties: {{TopicName: b, DisplayName: !GetAtt A.TopicName}}}}, \
             C: {{Type: AWS::SNS::Topic, Properties: {{TopicName: c, DisplayName: !GetAtt B.TopicName}}}}, \
             D: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: !Ref A}}}}}}"
        )
    };
    let bench = Bench::new().await;
    bench.create("s", &template("one")).await;
    let found = judged(&bench, &template("two"), &[]).await;
    assert_eq!(
        lines(&found.plain),
        [
            "A Modify False",
            "A.DisplayName Static DirectModification - ->-",
            "B Modify False",
            "B.DisplayName Dynamic ResourceAttribute A.TopicName ->-",
            "C Modify False",
            "C.DisplayName Dynamic ResourceAttribute B.TopicName ->-",
        ]
    );
    assert_eq!(lines(&found.full), ["A Modify False", "A.DisplayName Static DirectModification - one>two"]);
}

#[tokio::test]
async fn what_names_a_replaced_resource_is_known_after_it_was_made() {
    let template = |name: &str| {
        format!(
            "Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: {name}}}}}, \
             B: {{Type: AWS::SNS::Topic, Properties: {{TopicName: b, DisplayName: !GetAtt A.TopicArn}}}}}}"
        )
    };
    let bench = Bench::new().await;
    bench.create("s", &template("one")).await;
    let found = judged(&bench, &template("two"), &[]).await;
    assert_eq!(
        lines(&found.plain),
        [
            "A Modify True",
            "A.TopicName Static DirectModification - ->-",
            "B Modify False",
            "B.DisplayName Static ResourceAttribute A.TopicArn ->-",
        ]
    );
    let arn = "arn:aws:sns:eu-west-1:111122223333:one>{{changeSet:KNOWN_AFTER_APPLY}}";
    assert_eq!(
        lines(&found.full)[2..],
        [
            "B Modify False".to_owned(),
            format!("B.DisplayName Dynamic DirectModification - {arn}"),
            format!("B.DisplayName Static ResourceAttribute A.TopicArn {arn}"),
        ]
    );
}

#[tokio::test]
async fn what_may_replace_is_conditional() {
    let template = |text: &str| {
        format!(
            "Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{TopicName: a, DisplayName: {text}}}}}, \
             B: {{Type: AWS::SNS::Topic, Properties: {{TopicName: !GetAtt A.DisplayName}}}}}}"
        )
    };
    let bench = Bench::new().await;
    bench.create("s", &template("one")).await;
    let found = judged(&bench, &template("two"), &[]).await;
    assert!(lines(&found.plain).contains(&"B Modify Conditional".to_owned()), "{:?}", lines(&found.plain));
}

#[tokio::test]
async fn order_alone_is_no_change_but_outputs_are() {
    let topics = "A: {Type: AWS::SNS::Topic}, B: {Type: AWS::SNS::Topic";
    let bench = Bench::new().await;
    bench.create("s", &format!("Resources: {{{topics}}}}}")).await;
    let found = judged(&bench, &format!("Resources: {{{topics}, DependsOn: A}}}}"), &[]).await;
    assert!(found.plain.changes().is_empty());
    let with_outputs = format!("Resources: {{{topics}}}}}\nOutputs: {{O: {{Value: x}}}}");
    let found = judged(&bench, &with_outputs, &[]).await;
    assert_eq!(found.plain.execution_status().unwrap().as_str(), "AVAILABLE");
    assert!(found.plain.changes().is_empty());
    let id = found.plain.change_set_id().unwrap();
    bench.client.execute_change_set().change_set_name(id).send().await.unwrap();
    assert_eq!(bench.settled("s").await.outputs()[0].output_value(), Some("x"));
}

#[tokio::test]
async fn what_is_added_and_removed_has_no_details() {
    let bench = Bench::new().await;
    bench
        .create(
            "s",
            "Resources: {A: {Type: AWS::SNS::Topic}, K: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}}",
        )
        .await;
    let found = judged(&bench, "Resources: {B: {Type: AWS::SNS::Topic}}", &[]).await;
    assert_eq!(lines(&found.plain), ["A Remove -", "B Add -", "K Remove -"]);
    for change in found.plain.changes().iter().filter_map(|change| change.resource_change()) {
        assert!(change.scope().is_empty());
        let policy = change.policy_action().map(|one| one.as_str());
        let (expected, exists) = match change.logical_resource_id().unwrap() {
            "A" => (Some("Delete"), true),
            "K" => (Some("Retain"), true),
            _ => (None, false),
        };
        assert_eq!((policy, change.physical_resource_id().is_some()), (expected, exists));
    }
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_warned_of_and_fails_when_it_is_executed() {
    let template = "Resources: {A: {Type: AWS::SNS::Topic}, \
                    B: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue nowhere}}}";
    let bench = Bench::new().await;
    bench.create("s", "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: x}}}").await;
    let found = judged(&bench, template, &[]).await;
    assert_eq!((found.plain.changes().len(), found.plain.status_reason()), (2, None));
    assert_eq!(found.full.status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(
        found.full.status_reason(),
        Some(
            "[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet creation \
             failed for resource [B] because: No export named nowhere"
        )
    );
    let mut changes = found.full.changes().iter().filter_map(|change| change.resource_change());
    let added = changes.find(|change| change.logical_resource_id() == Some("B")).unwrap();
    assert!(added.after_context().unwrap().contains("{{changeSet:KNOWN_AFTER_APPLY}}"), "{added:?}");
    let id = found.plain.change_set_id().unwrap();
    bench.client.execute_change_set().change_set_name(id).send().await.unwrap();
    assert_eq!(status(&bench.settled("s").await), "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn a_child_may_change_on_every_plan() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    http(address, "PUT", "/templates", "").await;
    http(address, "PUT", "/templates/child.yaml", "Resources: {A: {Type: AWS::SNS::Topic}}").await;
    let template = |text: &str| {
        format!(
            "Resources: {{Child: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: 'http://{address}/templates/child.yaml'}}}}, \
             T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {text}}}}}}}"
        )
    };
    bench.create("s", &template("one")).await;
    let found = judged(&bench, &template("two"), &[]).await;
    let child: Vec<String> =
        lines(&found.plain).into_iter().filter(|line| line.starts_with("Child")).collect();
    assert_eq!(child, ["Child Modify False", "Child.- Dynamic Automatic - ->-"]);
}

#[tokio::test]
async fn nothing_to_change_is_said_otherwise_with_a_transform() {
    let bench = Bench::new().await;
    let template = "Transform: AWS::LanguageExtensions\nResources: {A: {Type: AWS::SNS::Topic}}";
    let create = bench.client.create_stack().stack_name("s").template_body(template);
    create.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await.unwrap();
    bench.settled("s").await;
    let found = judged(&bench, template, &[]).await;
    assert_eq!(found.plain.status().unwrap().as_str(), "FAILED");
    assert_eq!(found.plain.status_reason(), Some("No updates are to be performed."));
}

#[tokio::test]
async fn stored_text_is_read_again_and_secrets_are_not() {
    let keeper = |word: &str| {
        format!(
            "Resources: {{N: {}, S: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: k, SecretString: {word}}}}}}}",
            note(word)
        )
    };
    let bench = Bench::new().await;
    bench.create("keeper", &keeper("old")).await;
    let template = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: a, DisplayName: '{{resolve:ssm:/n}}'}}, \
                    B: {Type: AWS::SNS::Topic, Properties: {TopicName: b, DisplayName: '{{resolve:secretsmanager:k}}'}}}";
    bench.create("s", template).await;
    bench.update("keeper", &keeper("new")).await;
    let found = judged(&bench, template, &[]).await;
    let rows: Vec<String> =
        lines(&found.plain).into_iter().filter(|line| line.contains(" Modify ")).collect();
    assert_eq!(rows, ["A Modify False"]);
}

#[tokio::test]
async fn conditions_and_descriptions_alone_are_no_change() {
    let bench = Bench::new().await;
    let topic = "Resources: {A: {Type: AWS::SNS::Topic}}";
    bench.create("s", topic).await;
    for section in ["Conditions: {C: !Equals [a, b]}", "Description: other words"] {
        let found = judged(&bench, &format!("{section}\n{topic}"), &[]).await;
        assert_eq!(found.plain.status().unwrap().as_str(), "FAILED", "{section}");
    }
}
