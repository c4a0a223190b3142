//! The template language: each function where it may stand and where not, and the words of every refusal.

use super::protocol::http;
use super::{Bench, client, refusal, status};

const TOPIC: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";

/// Asks three operations for their opinion of a template; they must agree.
async fn refused(bench: &Bench, template: &str, expected: &str) {
    let validated = refusal(bench.client.validate_template().template_body(template).send().await);
    assert_eq!(validated, ("ValidationError".to_owned(), expected.to_owned()), "{template}");
    refused_by_stacks(bench, template, expected).await;
}

/// For what only parameters decide: `ValidateTemplate` does not see it.
async fn refused_by_stacks(bench: &Bench, template: &str, expected: &str) {
    let created =
        refusal(bench.client.create_stack().stack_name("refused").template_body(template).send().await);
    assert_eq!(created, ("ValidationError".to_owned(), expected.to_owned()), "{template}");
    let reviewed = bench.client.create_change_set().stack_name("refused").change_set_name("c");
    let reviewed = refusal(reviewed.change_set_type("CREATE".into()).template_body(template).send().await);
    assert_eq!(reviewed, ("ValidationError".to_owned(), expected.to_owned()), "{template}");
    assert!(bench.client.describe_stacks().stack_name("refused").send().await.is_err(), "{template}");
}

fn with_property(node: &str) -> String {
    format!("Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {node}}}}}}}")
}

/// Calls that are no calls, and what is said of them.
const FORMS: &[(&str, &str)] = &[
    ("!Ref [A]", "Template error: every Ref object must have a single String value."),
    (
        "!GetAtt [A]",
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the \
             resource attribute",
    ),
    ("!Sub [text]x", "Template format error: YAML not well-formed."),
    (
        "{'Fn::Sub': ['${B}', text]}",
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a \
             string as first argument, and an optional second argument to specify a mapping of values to replace in \
             the string",
    ),
    (
        "!Sub '${not-a-name}'",
        "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, \
             underscores, periods, and colons",
    ),
    (
        "!Join [',', text]",
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of \
             strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
    ),
    (
        "!Split ['', text]",
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string \
             to be split or a function that returns a string to be split.",
    ),
    (
        "!Select [one, [a]]",
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
    ),
    (
        "!FindInMap [M, K]",
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the \
             attribute for return value",
    ),
    ("!If [C, a]", "Template error: Fn::If requires a list argument with three elements"),
    (
        "!If [!Equals [a, b], a, b]",
        "Template error: Fn::If requires a list argument with the first element being a condition",
    ),
    ("!If [C, a, b]", "Template error: unresolved condition dependency C in Fn::If"),
    ("!Equals [a, b]", "Template error: Fn::Equals cannot be partially collapsed"),
    (
        "!ImportValue {Ref: A}",
        "Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or \
             Fn::GetAZs",
    ),
    (
        "{'Fn::Upper': a}",
        "Template error: Encountered unsupported function: Fn::Upper Supported functions are: [Fn::Base64, \
             Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, \
             Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, \
             Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]",
    ),
    (
        "!FindInMap [M, K, A]",
        "Template error: Mapping named 'M' is not present in the 'Mappings' section of template.",
    ),
    ("!GetAtt B.Arn", "Template error: instance of Fn::GetAtt references undefined resource B"),
    ("!Sub '${B.Arn}'", "Template error: instance of Fn::Sub references invalid resource attribute B.Arn"),
];

#[tokio::test]
async fn functions_have_their_form() {
    let bench = Bench::new().await;
    for (node, expected) in FORMS.iter().copied() {
        refused(&bench, &with_property(node), expected).await;
    }
    for (name, index) in [("late", 2), ("early", -1)] {
        let template = with_property(&format!("!Select [{index}, [a, b]]"));
        assert_eq!(status(&bench.create(name, &template).await), "ROLLBACK_COMPLETE");
        let expected = format!("Template error: Fn::Select cannot select nonexistent value at index {index}");
        let story = bench.story(name).await;
        assert!(story.iter().any(|(_, _, reason)| *reason == expected), "{index}: {story:?}");
    }
}

/// Sections with something that does not belong there, and what is said of them.
const SECTIONS: &[(&str, &str)] = &[
    ("Colours: {}", "Invalid template property or properties [Colours]"),
    ("Globals: {}", "Invalid template property or properties [Globals]"),
    (
        "AWSTemplateFormatVersion: '2011-09-09'",
        "Template format error: unsupported value for AWSTemplateFormatVersion.",
    ),
    ("Description: !Sub text", "Template format error: every Description member must be a string."),
    (
        "Parameters: {P: {Type: String, Default: !Ref AWS::Region}}",
        "Template format error: Every Default member must be a string.",
    ),
    ("Parameters: {P: {Type: String, Size: 3}}", "Invalid template parameter property 'Size'"),
    (
        "Parameters: {A: {Type: String, Default: x}}",
        "Template error: all resources and parameters must have unique names. Common name(s):[A]",
    ),
    (
        "Mappings: {M: {K: {A: !Ref AWS::Region}}}",
        "Template format error: Every Mappings attribute must be a String or a List.",
    ),
    ("Mappings: {M: {K: text}}", "Template format error: Every Mappings member K must be a map"),
    (
        "Conditions: {C: yes}",
        "Template format error: Conditions can only be boolean operations on parameters and other conditions",
    ),
    (
        "Conditions: {C: !Equals [a]}",
        "Template error: every Fn::Equals object requires a list of 2 string parameters.",
    ),
    (
        "Conditions: {C: !And [!Equals [a, a]]}",
        "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.",
    ),
    ("Conditions: {C: !Not [yes]}", "Template error: every Fn::Not object requires one boolean parameter."),
    (
        "Conditions: {C: !Equals [!ImportValue a, b]}",
        "Template error: Cannot use Fn::ImportValue in Conditions.",
    ),
    (
        "Conditions: {C: !Equals [!Ref A, b]}",
        "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template",
    ),
    (
        "Conditions: {C: !Not [!Condition D]}",
        "Template format error: Unresolved condition dependency D in the Conditions block of the template",
    ),
    (
        "Conditions: {C: !Not [!Condition D], D: !Not [!Condition C]}",
        "Template error: Found circular condition dependency between C and D",
    ),
    (
        "Outputs: {O: {Description: x}}",
        "Template format error: Every Outputs member must contain a Value object",
    ),
    (
        "Outputs: {O: {Value: {a: b}}}",
        "Template format error: The Value field of every Outputs member must evaluate to a String and not a Map.",
    ),
    (
        "Outputs: {O: {Value: [a]}}",
        "Template format error: The Value field of every Outputs member must evaluate to a String and not a List.",
    ),
    (
        "Outputs: {O: {Value: !Ref B}}",
        "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template",
    ),
    (
        "Outputs: {O: {Value: a, Condition: C}}",
        "Template format error: Unresolved condition dependency C in the Outputs block of the template",
    ),
    (
        "Outputs: {O: {Value: a, Export: {Name: !Ref A}}}",
        "Template format error: Output O is malformed. The Name field of Export must not depend on any \
             resources, imported values, or Fn::GetAZs.",
    ),
    ("Mappings: {a-b: {K: {A: x}}}", "Template format error: Mappings name 'a-b' is non alphanumeric."),
    ("Outputs: {'a-b': {Value: a}}", "Template format error: Outputs name 'a-b' is non alphanumeric."),
];

#[tokio::test]
async fn sections_take_what_they_may_hold() {
    let bench = Bench::new().await;
    for (section, expected) in SECTIONS.iter().copied() {
        refused(&bench, &format!("{section}\n{TOPIC}"), expected).await;
    }
    for (section, expected) in [
        (
            "Outputs: {O: {Value: !GetAZs ''}}",
            "Template format error: The Value field of every Outputs member must evaluate to a String.",
        ),
        (
            "Outputs: {O: {Value: !Ref AWS::NoValue}}",
            "Template format error: The Value field of every Outputs member must evaluate to a String.",
        ),
        (
            "Outputs: {O: {Value: a, Export: {Name: 'a b'}}}",
            "Template format error: Output O is malformed. The Name field of every Export member must be specified \
             and consist only of alphanumeric characters, colons, or hyphens.",
        ),
        (
            "Rules: {R: {Assertions: [{Assert: !Equals [a, b], AssertDescription: a is not b}]}}",
            "Template error: Rule R is violated: a is not b",
        ),
    ] {
        refused_by_stacks(&bench, &format!("{section}\n{TOPIC}"), expected).await;
    }
}

#[tokio::test]
async fn attributes_of_resources_take_no_functions() {
    let bench = Bench::new().await;
    for (attribute, expected) in [
        ("DependsOn: [!Ref B]", "Template format error: Every DependsOn value must be a string."),
        ("DependsOn: !Ref B", "Template format error: DependsOn must be a string or list of strings."),
        (
            "DependsOn: B",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of the template",
        ),
        ("Condition: !Ref B", "Template format error: Every Condition member must be a string."),
        (
            "Condition: C",
            "Template format error: Unresolved condition dependency C in the Resources block of the template",
        ),
        ("DeletionPolicy: [Delete]", "Template format error: Every DeletionPolicy member must be a string."),
        (
            "UpdateReplacePolicy: [Delete]",
            "Template format error: Every UpdateReplacePolicy member must be a string.",
        ),
        ("DeletionPolicy: Keep", "Template format error: Unrecognized DeletionPolicy Keep for resource A"),
        (
            "DeletionPolicy: Snapshot",
            "Template error: resource type AWS::SNS::Topic does not support deletion policy Snapshot",
        ),
        ("Colour: red", "Invalid template resource property 'Colour'"),
        ("DependsOn: A", "Circular dependency between resources: [A]"),
    ] {
        refused(&bench, &format!("Resources: {{A: {{Type: AWS::SNS::Topic, {attribute}}}}}"), expected).await;
    }
    refused(
        &bench,
        "Resources: {'Fn::ForEach::Topics': [N, [a], {'T${N}': {Type: AWS::SNS::Topic}}]}",
        "Template format error: [/Resources/Fn::ForEach::Topics] resource definition is malformed",
    )
    .await;
}

#[tokio::test]
async fn text_is_read_as_the_service_reads_it() {
    let bench = Bench::new().await;
    for (text, expected) in [
        ("{\"Resources\": {\"A\" 1}}", "Template format error: JSON not well-formed. (line 1, column 21)"),
        ("[]", "Template format error: unsupported structure."),
        ("text", "Template format error: unsupported structure."),
        (
            "Resources:\n  A: &a {Type: AWS::SNS::Topic}\n  B: *a",
            "Template error: YAML aliases are not allowed in CloudFormation templates",
        ),
        (
            "Resources: {A: {Type: AWS::SNS::Topic}}\nResources: {}",
            "Template format error: YAML not well-formed. (line 2, column 1)",
        ),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: }}}",
            "[/Resources/A/Properties/DisplayName] 'null' values are not allowed in templates",
        ),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, Properties: {!Sub '${AWS::Region}': x}}}",
            "Template format error: [/Resources/A/Properties] map keys must be strings; received a map instead",
        ),
        ("Resources: []", "Template format error: Any Resources member must be an object."),
        ("Resources: {A: text}", "Template format error: [/Resources/A] resource definition is malformed"),
    ] {
        refused(&bench, text, expected).await;
    }
    let outputs =
        "Outputs: {Octal: {Value: 010}, Yes: {Value: yes}, Time: {Value: 1:30}, Text: {Value: '010'}}";
    let stack = bench.create("words", &format!("{TOPIC}\n{outputs}")).await;
    let told: Vec<(&str, &str)> =
        stack.outputs().iter().map(|one| (one.output_key().unwrap(), one.output_value().unwrap())).collect();
    for expected in [("Octal", "8"), ("Yes", "true"), ("Time", "90"), ("Text", "010")] {
        assert!(told.contains(&expected), "{expected:?} {told:?}");
    }
}

#[tokio::test]
async fn pseudo_parameters_follow_the_partition() {
    let template = format!(
        "{TOPIC}\nOutputs: {{O: {{Value: !Sub '${{AWS::Partition}} ${{AWS::URLSuffix}} ${{AWS::Region}}'}}}}"
    );
    for (region, expected) in [
        ("eu-west-1", "aws amazonaws.com eu-west-1"),
        ("cn-north-1", "aws-cn amazonaws.com.cn cn-north-1"),
        ("us-gov-west-1", "aws-us-gov amazonaws.com us-gov-west-1"),
        ("eusc-de-east-1", "aws-eusc amazonaws.eu eusc-de-east-1"),
    ] {
        let mut bench = Bench::new().await;
        bench.client = client(&bench.running, super::ACCOUNT, region);
        let stack = bench.create("pseudo", &template).await;
        assert_eq!(stack.outputs()[0].output_value(), Some(expected));
        assert!(
            stack.stack_id().unwrap().starts_with(&format!("arn:{}:", expected.split(' ').next().unwrap()))
        );
    }
}

#[tokio::test]
async fn outputs_of_other_stacks_are_read_where_that_is_possible() {
    let bench = Bench::new().await;
    bench.create("network", &format!("{TOPIC}\nOutputs: {{Zone: {{Value: blue}}}}")).await;
    let read = "{'Fn::GetStackOutput': {StackName: network, OutputName: Zone}}";
    let joined = format!("!Join ['-', [zone, {read}]]");
    let template = format!(
        "Resources: {{P: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {joined}}}}}}}\n\
         Outputs: {{V: {{Value: !GetAtt P.Value}}}}"
    );
    let stack = bench.create("reader", &template).await;
    assert_eq!(stack.outputs()[0].output_value(), Some("zone-blue"));
    let template = format!("{TOPIC}\nOutputs: {{V: {{Value: {read}}}}}");
    assert_eq!(status(&bench.create("wrong", &template).await), "ROLLBACK_COMPLETE");
    let story = bench.story("wrong").await;
    assert!(story.iter().any(|(_, _, reason)| reason.starts_with("Internal Failure")), "{story:?}");
    refused(
        &bench,
        &with_property("{'Fn::GetStackOutput': {StackName: network}}"),
        "Template error: Fn::GetStackOutput requires StackName and OutputName",
    )
    .await;
}

#[tokio::test]
async fn transforms_that_do_not_exist_fail_later() {
    let bench = Bench::new().await;
    for (name, transform, expected) in [
        ("own", "Louder", format!("No transform named {}::Louder found.", super::ACCOUNT)),
        ("other", "444455556666::Louder", "No transform named 444455556666::Louder found.".to_owned()),
        ("service", "AWS::Louder", "No transform named AWS::Louder found.".to_owned()),
    ] {
        let template = format!("Transform: {transform}\n{TOPIC}");
        let create = || bench.client.create_stack().stack_name(name).template_body(&template);
        let (code, text) = refusal(create().send().await);
        assert_eq!(code, "InsufficientCapabilitiesException");
        assert_eq!(text, "Requires capabilities : [CAPABILITY_AUTO_EXPAND]");
        let request = bench.client.create_change_set().stack_name(name).change_set_name("c");
        request.change_set_type("CREATE".into()).template_body(&template).send().await.unwrap();
        let described = || bench.client.describe_change_set().stack_name(name).change_set_name("c").send();
        let mut answer = described().await.unwrap();
        for _ in 0..20 {
            if answer.status().unwrap().as_str() == "FAILED" {
                break;
            }
            answer = described().await.unwrap();
        }
        assert_eq!(answer.status_reason(), Some(expected.as_str()));
    }
    refused(
        &bench,
        &format!("Transform: [{{Name: !Ref X}}]\n{TOPIC}"),
        "Key Name of transform definition must be a string.",
    )
    .await;
}

#[tokio::test]
async fn fragments_are_included_from_a_bucket() {
    let bench = Bench::new().await;
    let address = bench.running.address;
    http(address, "PUT", "/fragments", "").await;
    http(address, "PUT", "/fragments/name.yaml", "DisplayName: !Ref Shown\n").await;
    http(address, "PUT", "/fragments/more.yaml", "Outputs: {O: {Value: !GetAtt A.TopicName}}\n").await;
    let template = "
Transform: {Name: AWS::Include, Parameters: {Location: s3://fragments/more.yaml}}
Parameters: {Shown: {Type: String, Default: hello}}
Resources:
  A:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: included
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub 's3://fragments/name.yaml'}}
";
    let create = bench.client.create_stack().stack_name("included").template_body(template);
    create.capabilities("CAPABILITY_AUTO_EXPAND".into()).send().await.unwrap();
    let stack = bench.settled("included").await;
    assert_eq!(stack.outputs()[0].output_value(), Some("included"));
    let processed = bench.client.get_template().stack_name("included").send().await.unwrap();
    let processed: serde_json::Value = serde_json::from_str(processed.template_body().unwrap()).unwrap();
    assert_eq!(processed["Resources"]["A"]["Properties"]["DisplayName"], serde_json::json!({"Ref": "Shown"}));
    assert!(processed.get("Transform").is_none());
}
