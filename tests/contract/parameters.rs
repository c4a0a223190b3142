//! Parameters: types, constraints, stored values, hidden values and dynamic references.

use super::{Bench, refusal, status};
use aws_sdk_cloudformation::types::{Parameter, StackEvent};

const TOPIC: &str = "Resources: {A: {Type: AWS::SNS::Topic}}";

fn given(name: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

/// Creates a stored parameter, as another stack would.
async fn store(bench: &Bench, stack: &str, name: &str, kind: &str, value: &str) {
    let template = format!(
        "Resources: {{P: {{Type: AWS::SSM::Parameter, Properties: {{Name: {name}, Type: {kind}, Value: '{value}'}}}}}}"
    );
    assert_eq!(status(&bench.create(stack, &template).await), "CREATE_COMPLETE");
}

async fn refused(bench: &Bench, declaration: &str, value: Option<&str>, expected: &str) {
    let template = format!("Parameters: {{P: {declaration}}}\n{TOPIC}");
    let create = bench.client.create_stack().stack_name("refused").template_body(&template);
    let sent = value.map(|value| vec![given("P", value)]);
    let (code, text) = refusal(create.set_parameters(sent).send().await);
    assert_eq!((code.as_str(), text.as_str()), ("ValidationError", expected), "{declaration} {value:?}");
}

/// Declarations, values that do not fit them, and what is said of them.
const CONSTRAINTS: &[(&str, Option<&str>, &str)] = &[
    ("{Type: String}", None, "Parameters: [P] must have values"),
    ("{Type: Number}", Some("x"), "Parameter 'P' must be a number."),
    ("{Type: List<Number>}", Some("1,x"), "Parameter 'P' must be a number."),
    ("{Type: Number, MinValue: 2}", Some("1"), "Parameter 'P' must be a number not less than 2"),
    ("{Type: Number, MaxValue: 2}", Some("3"), "Parameter 'P' must be a number not greater than 2"),
    ("{Type: String, MinLength: 2}", Some("a"), "Parameter 'P' must contain at least 2 characters"),
    ("{Type: String, MaxLength: 2}", Some("abc"), "Parameter 'P' must contain at most 2 characters"),
    ("{Type: String, AllowedPattern: '[a-z]+'}", Some("a1"), "Parameter 'P' must match pattern [a-z]+"),
    (
        "{Type: CommaDelimitedList, AllowedPattern: '[a-z]+'}",
        Some("a, b1"),
        "Parameter 'P' must match pattern [a-z]+",
    ),
    (
        "{Type: CommaDelimitedList, AllowedValues: [a, b]}",
        Some("a,c"),
        "Parameter 'P' must be one of AllowedValues",
    ),
    (
        "{Type: String, AllowedValues: [a], ConstraintDescription: only a will do}",
        Some("b"),
        "Parameter 'P' failed to satisfy constraint: only a will do",
    ),
    (
        "{Type: 'AWS::SSM::Parameter::Value<String>'}",
        None,
        "Parameter P should either have input value or default value",
    ),
    (
        "{Type: 'AWS::SSM::Parameter::Value<String>'}",
        Some("/none"),
        "Unable to fetch parameters [/none] from parameter store for this account.",
    ),
    (
        "{Type: 'AWS::SSM::Parameter::Name'}",
        Some("/none"),
        "Unable to fetch parameters [/none] from parameter store for this account.",
    ),
    (
        "{Type: String, Default: '{{resolve:ssm:/a}}'}",
        None,
        "Template error: parameter P should not contain ssm versionless resolver",
    ),
    ("{Type: List<String>}", None, "Template format error: Unrecognized parameter type: List<String>"),
    (
        "{Type: Number, MinLength: 2}",
        None,
        "Template error: Parameter 'P' MinLength must be on a parameter of type String",
    ),
];

#[tokio::test]
async fn constraints_are_told_in_the_services_words() {
    let bench = Bench::new().await;
    for (declaration, value, expected) in CONSTRAINTS.iter().copied() {
        refused(&bench, declaration, value, expected).await;
    }
    let (_, text) = refusal(
        bench
            .client
            .create_stack()
            .stack_name("x")
            .template_body(TOPIC)
            .parameters(given("Q", "1"))
            .send()
            .await,
    );
    assert_eq!(text, "Parameters: [Q] do not exist in the template");
}

#[tokio::test]
async fn stored_values_are_shown_beside_their_names() {
    let bench = Bench::new().await;
    store(&bench, "text", "/size", "String", "large").await;
    store(&bench, "list", "/zones", "StringList", "a, b,c").await;
    let template = "
Parameters:
  Size: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /size}
  Zones: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /zones}
  Name: {Type: 'AWS::SSM::Parameter::Name', Default: /size}
Resources: {A: {Type: AWS::SNS::Topic}}
Outputs:
  Size: {Value: !Ref Size}
  Zones: {Value: !Join ['|', !Ref Zones]}
  Name: {Value: !Ref Name}
";
    let stack = bench.create("reader", template).await;
    let shown: Vec<(&str, &str, Option<&str>)> = stack
        .parameters()
        .iter()
        .map(|one| (one.parameter_key().unwrap(), one.parameter_value().unwrap(), one.resolved_value()))
        .collect();
    assert!(shown.contains(&("Size", "/size", Some("large"))), "{shown:?}");
    assert!(shown.contains(&("Name", "/size", None)), "{shown:?}");
    let outputs: Vec<(&str, &str)> =
        stack.outputs().iter().map(|one| (one.output_key().unwrap(), one.output_value().unwrap())).collect();
    for expected in [("Size", "large"), ("Zones", "a|b|c"), ("Name", "/size")] {
        assert!(outputs.contains(&expected), "{outputs:?}");
    }
    refused(
        &bench,
        "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /zones}",
        None,
        "Types for SSM parameters [/zones] defined in CFN template and SSM are incompatible",
    )
    .await;
}

#[tokio::test]
async fn hidden_values_are_shown_nowhere_but_in_outputs() {
    let bench = Bench::new().await;
    let template = "
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources: {A: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Secret}}}
Outputs: {O: {Value: !Ref Secret}}
";
    let request = bench.client.create_change_set().stack_name("hidden").change_set_name("c");
    let request = request.change_set_type("CREATE".into()).template_body(template);
    request.parameters(given("Secret", "sesame")).send().await.unwrap();
    let describe = || bench.client.describe_change_set().stack_name("hidden").change_set_name("c");
    for _ in 0..20 {
        if describe().send().await.unwrap().status().unwrap().as_str() == "CREATE_COMPLETE" {
            break;
        }
    }
    let answer = describe().include_property_values(true).send().await.unwrap();
    assert_eq!(answer.parameters()[0].parameter_value(), Some("****"));
    assert!(!format!("{:?}", answer.changes()).contains("sesame"));
    bench.client.execute_change_set().stack_name("hidden").change_set_name("c").send().await.unwrap();
    let stack = bench.settled("hidden").await;
    assert_eq!(stack.parameters()[0].parameter_value(), Some("****"));
    assert_eq!(stack.outputs()[0].output_value(), Some("sesame"));
    let events = bench.client.describe_stack_events().stack_name("hidden").send().await.unwrap();
    assert!(!format!("{:?}", events.stack_events()).contains("sesame"));
    let text = bench.client.get_template().stack_name("hidden").send().await.unwrap();
    assert_eq!(text.template_body(), Some(template));
}

/// All that an operation tells, on its way forth, back and out: a creation that fails, an update that is rolled back with
/// another's work cancelled, a deletion.
#[tokio::test]
async fn hidden_values_are_in_no_event_of_any_operation() {
    let template = "
Parameters: {Secret: {Type: String, NoEcho: true}}
Resources:
  First: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Secret}}
  Bad: {Type: AWS::SNS::Topic, DependsOn: First, Properties: {DisplayName: !Sub 'x-${Secret}'}}
  Slow: {Type: AWS::RDS::DBInstance, DependsOn: First, Properties: {
    Engine: postgres, DBInstanceClass: db.t4g.micro, AllocatedStorage: 20, MasterUsername: u, MasterUserPassword: !Ref Secret}}
";
    let bench = Bench::failing("Bad").await;
    let request = bench.client.create_stack().stack_name("born").template_body(template);
    request.parameters(given("Secret", "sesame-1")).send().await.unwrap();
    assert_eq!(status(&bench.settled("born").await), "ROLLBACK_COMPLETE");
    assert_silent(&bench, "born", &["CREATE_FAILED", "DELETE_COMPLETE"]).await;

    let without = template.lines().filter(|line| !line.contains("Bad")).collect::<Vec<_>>().join("\n");
    let request = bench.client.create_stack().stack_name("changed").template_body(without);
    request.parameters(given("Secret", "sesame-1")).send().await.unwrap();
    assert_eq!(status(&bench.settled("changed").await), "CREATE_COMPLETE");
    let request = bench.client.update_stack().stack_name("changed").template_body(template);
    request.parameters(given("Secret", "sesame-2")).send().await.unwrap();
    assert_eq!(status(&bench.settled("changed").await), "UPDATE_ROLLBACK_COMPLETE");
    assert_silent(&bench, "changed", &["UPDATE_IN_PROGRESS", "CREATE_FAILED", "UPDATE_COMPLETE"]).await;

    let id = bench.stack("changed").await.stack_id().unwrap().to_owned();
    bench.client.delete_stack().stack_name("changed").send().await.unwrap();
    assert_eq!(status(&bench.settled(&id).await), "DELETE_COMPLETE");
    assert_silent(&bench, &id, &["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]).await;
}

/// The events show stars with each of these statuses, and the value never.
async fn assert_silent(bench: &Bench, stack: &str, statuses: &[&str]) {
    let answer = bench.client.describe_stack_events().stack_name(stack).send().await.unwrap();
    let events = answer.stack_events();
    assert!(!format!("{events:?}").contains("sesame"), "{events:#?}");
    for wanted in statuses {
        let starred = |event: &&StackEvent| {
            event.resource_status().is_some_and(|status| status.as_str() == *wanted)
                && event.resource_properties().is_some_and(|told| told.contains("****"))
        };
        assert!(events.iter().any(|event| starred(&event)), "{stack} {wanted}: {events:#?}");
    }
}

#[tokio::test]
async fn dynamic_references_are_put_in_where_they_may_stand() {
    let bench = Bench::new().await;
    store(&bench, "stored", "/greeting", "String", "hello").await;
    let topic = |text: &str| {
        format!(
            "Resources: {{A: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: '{text}'}}}}}}\n\
             Outputs: {{O: {{Value: !GetAtt A.Value}}}}"
        )
    };
    let stack = bench.create("plain", &topic("{{resolve:ssm:/greeting:1}} there")).await;
    assert_eq!(stack.outputs()[0].output_value(), Some("hello there"));
    let (_, text) = refusal(
        bench
            .client
            .create_stack()
            .stack_name("secure")
            .template_body(topic("{{resolve:ssm-secure:/greeting:1}}"))
            .send()
            .await,
    );
    assert_eq!(text, "SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value]");
    for (reference, expected) in [
        ("{{resolve:ssm:/none:1}}", "Parameters: [ssm:/none:1] cannot be found."),
        ("{{resolve:ssm:/none}}", "Parameters: [ssm:/none] cannot be found."),
        (
            "{{resolve:ssm:/greeting:latest}}",
            "Incorrect format is used in the following SSM reference: [{{resolve:ssm:/greeting:latest}}]",
        ),
    ] {
        let create = bench.client.create_stack().stack_name("absent").template_body(topic(reference));
        assert_eq!(refusal(create.send().await), ("ValidationError".to_owned(), expected.to_owned()));
    }
    for (number, (secret, expected)) in [
        ("{\"user\": \"u\"}", "Could not find a value associated with JSONKey in SecretString"),
        ("no JSON", "Could not parse SecretString JSON"),
    ]
    .into_iter()
    .enumerate()
    {
        let template = format!(
            "Resources: {{S: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: s{number}, SecretString: '{secret}'}}}}}}"
        );
        assert_eq!(status(&bench.create(&format!("secret{number}"), &template).await), "CREATE_COMPLETE");
        let reference = format!("{{{{resolve:secretsmanager:s{number}:SecretString:password}}}}");
        let name = format!("asking{number}");
        assert_eq!(status(&bench.create(&name, &topic(&reference)).await), "ROLLBACK_COMPLETE");
        let story = bench.story(&name).await;
        let told = (String::from("A"), String::from("CREATE_FAILED"), expected.to_owned());
        assert!(story.contains(&told), "{story:?}");
    }
}

#[tokio::test]
async fn things_that_cannot_exist_end_the_operation_before_its_first_resource() {
    let bench = Bench::new().await;
    let template = format!("Parameters: {{Nets: {{Type: 'List<AWS::EC2::Subnet::Id>'}}}}\n{TOPIC}");
    let create = |name: &str, value: &str| {
        let create = bench.client.create_stack().stack_name(name).template_body(&template);
        create.parameters(given("Nets", value)).send()
    };
    create("right", "subnet-0a1b2c3d,subnet-4e5f6a7b").await.unwrap();
    assert_eq!(status(&bench.settled("right").await), "CREATE_COMPLETE");
    create("wrong", "subnet-0a1b2c3d,net-1").await.unwrap();
    assert_eq!(status(&bench.settled("wrong").await), "ROLLBACK_COMPLETE");
    let story = bench.story("wrong").await;
    let reason = "Parameter validation failed: parameter value net-1 for parameter name Nets does not exist. Rollback \
                  requested by user.";
    assert!(story.contains(&("wrong".into(), "ROLLBACK_IN_PROGRESS".into(), reason.into())), "{story:?}");
    assert!(story.iter().all(|(id, ..)| id == "wrong"), "{story:?}");
}
