//! `AWS::LanguageExtensions`: loops, lengths, JSON text, defaults and policies, and what the processed template shows.

use super::{Bench, refusal, status};
use serde_json::{Value, json};

/// Deploys a template and gives its processed form.
async fn deployed(bench: &Bench, name: &str, template: &str) -> Value {
    let template = format!("Transform: AWS::LanguageExtensions\n{template}");
    let create = bench.client.create_stack().stack_name(name).template_body(template);
    create.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await.unwrap();
    let stack = bench.settled(name).await;
    assert_eq!(status(&stack), "CREATE_COMPLETE", "{:?}", bench.story(name).await);
    let processed = bench.client.get_template().stack_name(name).send().await.unwrap();
    serde_json::from_str(processed.template_body().unwrap()).unwrap()
}

/// The reason for which a change set of a template fails.
async fn failed(bench: &Bench, name: &str, template: &str) -> String {
    let template = format!("Transform: AWS::LanguageExtensions\n{template}");
    let request = bench.client.create_change_set().stack_name(name).change_set_name("c");
    request.change_set_type("CREATE".into()).template_body(&template).send().await.unwrap();
    for _ in 0..40 {
        let answer = bench.client.describe_change_set().stack_name(name).change_set_name("c").send().await;
        let answer = answer.unwrap();
        if answer.status().unwrap().as_str() == "FAILED" {
            return answer.status_reason().unwrap_or_default().to_owned();
        }
    }
    panic!("the change set does not fail: {template}");
}

#[tokio::test]
async fn loops_make_resources_conditions_outputs_and_properties() {
    let bench = Bench::new().await;
    let processed = deployed(
        &bench,
        "loops",
        "
Parameters: {Colours: {Type: CommaDelimitedList, Default: 'red,dark-blue'}}
Conditions:
  Fn::ForEach::Wanted: [Colour, [red, green], {'Is${Colour}': !Equals [!Ref Colour, red]}]
Resources:
  Fn::ForEach::Topics:
    - Colour
    - !Ref Colours
    - Topic&{Colour}: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub 'the ${Colour} one', TopicName: !Ref Colour}}
  Fn::ForEach::Conditional:
    - Colour
    - [red, green]
    - Queue${Colour}: {Type: AWS::SQS::Queue, Condition: !Sub 'Is${Colour}', DependsOn: [Topicred]}
  Policy:
    Type: AWS::SSM::Parameter
    Properties:
      Fn::ForEach::Property: [Name, [Type, Value], {'${Name}': String}]
Outputs:
  Fn::ForEach::Each:
    - Colour
    - [red, darkblue]
    - Fn::ForEach::Attribute:
        - Attribute
        - [TopicName, DisplayName]
        - ${Colour}${Attribute}: {Value: !GetAtt [!Sub 'Topic${Colour}', !Ref Attribute]}
",
    )
    .await;
    let names =
        |section: &str| -> Vec<String> { processed[section].as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names("Conditions"), ["Isred", "Isgreen"]);
    assert_eq!(names("Resources"), ["Topicred", "Topicdarkblue", "Queuered", "Queuegreen", "Policy"]);
    assert_eq!(names("Outputs").len(), 4);
    assert_eq!(
        processed["Resources"]["Topicdarkblue"]["Properties"],
        json!({"DisplayName": "the dark-blue one", "TopicName": "dark-blue"})
    );
    assert_eq!(processed["Resources"]["Queuered"]["DependsOn"], "Topicred");
    assert_eq!(
        processed["Outputs"]["redTopicName"]["Value"],
        json!({"Fn::GetAtt": ["Topicred", "TopicName"]})
    );
    let stack = bench.stack("loops").await;
    let told = stack.outputs().iter().find(|one| one.output_key() == Some("darkblueTopicName")).unwrap();
    assert_eq!(told.output_value(), Some("dark-blue"));
    let resources = bench.client.describe_stack_resources().stack_name("loops").send().await.unwrap();
    assert_eq!(resources.stack_resources().len(), 4);
}

#[tokio::test]
async fn functions_give_values_before_anything_is_made() {
    let bench = Bench::new().await;
    let processed = deployed(
        &bench,
        "functions",
        "
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b,c'}, Stage: {Type: String, Default: live}}
Mappings: {Sizes: {live: {Count: 3}}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
  A:
    Type: AWS::SSM::Parameter
    DeletionPolicy: !If [Live, Retain, Delete]
    UpdateReplacePolicy: !Ref Keep
    Properties:
      Type: String
      Value: {'Fn::Length': !Ref Names}
      Description: {'Fn::FindInMap': [Sizes, !Ref Stage, Absent, {DefaultValue: !Sub 'of ${Stage}'}]}
  B:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: {'Fn::ToJsonString': {names: !Ref Names, size: !FindInMap [Sizes, live, Count], gone: !Ref AWS::NoValue}}
      Tier: !If [Live, !Ref AWS::NoValue, Advanced]
Outputs: {Text: {Value: !GetAtt B.Value}, Target: {Value: !Ref {'Fn::Sub': A}}}
"
        .replace("!Ref Keep", "!Sub 'Retain'")
        .as_str(),
    )
    .await;
    let resources = &processed["Resources"];
    assert_eq!(resources["A"]["DeletionPolicy"], "Retain");
    assert_eq!(resources["A"]["UpdateReplacePolicy"], "Retain");
    assert_eq!(resources["A"]["Properties"], json!({"Type": "String", "Value": 3, "Description": "of live"}));
    let text = "{\"names\":[\"a\",\"b\",\"c\"],\"size\":3}";
    assert_eq!(resources["B"]["Properties"], json!({"Type": "String", "Value": text}));
    assert_eq!(processed["Outputs"]["Target"]["Value"], json!({"Ref": "A"}));
    assert_eq!(processed["Parameters"]["Names"]["Type"], "CommaDelimitedList");
    let stack = bench.stack("functions").await;
    assert!(stack.outputs().iter().any(|one| one.output_value() == Some(text)));
}

#[tokio::test]
async fn failures_are_those_of_the_transform() {
    let bench = Bench::new().await;
    let one = |node: &str| {
        format!("Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {node}}}}}}}")
    };
    let cases = [
        (one("{'Fn::Length': text}"), "Fn::Length layout is incorrect"),
        (one("{'Fn::ToJsonString': text}"), "Fn::ToJsonString layout is incorrect"),
        (
            one("{'Fn::ToJsonString': {a: !Not [!Equals [a, b]]}}"),
            "Fn::ToJsonString does not support Fn::Not intrinsic function for resource A",
        ),
        (one("!Select [1, [a]]"), "Fn::Select cannot select nonexistent value at index 1"),
        (
            "Resources: {'Fn::ForEach::T': [N, x, {'T${N}': {Type: AWS::SNS::Topic}}]}".to_owned(),
            "Fn::ForEach layout is incorrect",
        ),
        (
            "Resources: {'Fn::ForEach::T': [N, [a, b], {T: {Type: AWS::SNS::Topic}}]}".to_owned(),
            "Duplicate key 'T' when merging keys to parent object in Fn::ForEach",
        ),
        (
            "Resources: {'Fn::ForEach::T': [N, !GetAtt A.List, {'T${N}': {Type: AWS::SNS::Topic}}]}"
                .to_owned(),
            "Could not find a collection or could not be resolved for Fn::ForEach",
        ),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: !GetAtt A.TopicName}}".to_owned(),
            "Unsupported expression for DeletionPolicy in resource A",
        ),
    ];
    for (number, (template, expected)) in cases.into_iter().enumerate() {
        let reason = failed(&bench, &format!("failed{number}"), &template).await;
        assert_eq!(
            reason,
            format!("Transform AWS::LanguageExtensions failed with: {expected}"),
            "{template}"
        );
    }
}

#[tokio::test]
async fn without_the_transform_its_functions_are_unknown() {
    let bench = Bench::new().await;
    let template = "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: {'Fn::Length': [a]}}}}";
    let (_, text) = refusal(bench.client.validate_template().template_body(template).send().await);
    assert!(text.starts_with(
        "Template error: Encountered unsupported function: Fn::Length Supported functions are: ["
    ));
    let template = "Mappings: {M: {K: {A: x}}}\nResources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: \
                    !FindInMap [M, K, B, {DefaultValue: chosen}]}}}\nOutputs: {O: {Value: !GetAtt A.TopicName}}";
    let stack = bench.create("default", template).await;
    assert_eq!(stack.outputs()[0].output_value(), Some("chosen"));
}

#[tokio::test]
async fn too_many_resources_are_counted_after_the_loops() {
    let bench = Bench::new().await;
    let items: Vec<String> = (0..501).map(|number| format!("n{number}")).collect();
    let template = format!(
        "Transform: AWS::LanguageExtensions\nResources: {{'Fn::ForEach::T': [N, [{}], {{'T${{N}}': {{Type: AWS::SNS::Topic}}}}]}}",
        items.join(", ")
    );
    let create = bench.client.create_stack().stack_name("many").template_body(template);
    let (_, text) = refusal(create.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await);
    assert_eq!(text, "Template format error: Number of resources, 501, is greater than maximum allowed, 500");
}

#[tokio::test]
async fn a_template_that_is_used_again_has_its_values_already() {
    let bench = Bench::new().await;
    let template = "
Parameters: {Names: {Type: CommaDelimitedList, Default: 'a,b'}}
Resources: {'Fn::ForEach::T': [N, !Ref Names, {'T${N}': {Type: AWS::SNS::Topic}}]}
";
    deployed(&bench, "again", template).await;
    let parameter = aws_sdk_cloudformation::types::Parameter::builder();
    let parameter = parameter.parameter_key("Names").parameter_value("a,b,c").build();
    let update = || {
        let update = bench.client.update_stack().stack_name("again").parameters(parameter.clone());
        update.capabilities("CAPABILITY_AUTO_EXPAND".into())
    };
    let (_, text) = refusal(update().use_previous_template(true).send().await);
    assert_eq!(text, "No updates are to be performed.");
    let whole = format!("Transform: AWS::LanguageExtensions\n{template}");
    update().template_body(whole).send().await.unwrap();
    assert_eq!(status(&bench.settled("again").await), "UPDATE_COMPLETE");
    let resources = bench.client.describe_stack_resources().stack_name("again").send().await.unwrap();
    assert_eq!(resources.stack_resources().len(), 3);
}
