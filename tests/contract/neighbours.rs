//! The neighbours of CloudFormation: what stacks have made is told by the services it belongs to.
//!
//! Their SDKs are not among the dependencies, so that the requests are written as those SDKs write them.

use super::Bench;
use super::protocol::raw;

/// Signed as a service's client signs; the line is method and path, the head what else the protocol needs.
async fn ask(bench: &Bench, service: &str, line: &str, head: &str, body: &str) -> (u16, String) {
    let (address, length) = (bench.running.address, body.len());
    let scope = format!("Credential=111122223333/20260101/eu-west-1/{service}/aws4_request");
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{head}authorization: AWS4-HMAC-SHA256 {scope}, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    raw(address, request.as_bytes()).await
}

/// A form, as SNS, IAM and EC2 take it.
async fn form(bench: &Bench, service: &str, body: &str) -> String {
    let head = "content-type: application/x-www-form-urlencoded\r\n";
    ask(bench, service, "POST /", head, body).await.1
}

/// JSON with the operation in the head.
async fn json(bench: &Bench, service: &str, operation: &str, body: &str) -> serde_json::Value {
    let head = format!("x-amz-target: Any.{operation}\r\n");
    serde_json::from_str(&ask(bench, service, "POST /", &head, body).await.1).unwrap()
}

/// A path of a REST service.
async fn get(bench: &Bench, service: &str, path: &str) -> serde_json::Value {
    serde_json::from_str(&ask(bench, service, &format!("GET {path}"), "", "").await.1).unwrap()
}

const MESSAGES: &str = r#"
Resources:
  News:
    Type: AWS::SNS::Topic
    Properties: {TopicName: news, DisplayName: The news, Tags: [{Key: team, Value: press}]}
  Inbox:
    Type: AWS::SQS::Queue
    Properties: {QueueName: inbox, VisibilityTimeout: 45, Tags: [{Key: team, Value: press}]}
  Delivery:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}
"#;

#[tokio::test]
async fn topics_and_queues_are_told() {
    let bench = Bench::new().await;
    let none = form(&bench, "sns", "Action=ListTopics&Version=2010-03-31").await;
    assert!(none.contains("<Topics></Topics>"), "{none}");
    bench.create("press", MESSAGES).await;
    let arn = "arn:aws:sns:eu-west-1:111122223333:news";
    let listed = form(&bench, "sns", "Action=ListTopics").await;
    assert!(
        listed.contains(&format!("<Topics><member><TopicArn>{arn}</TopicArn></member></Topics>")),
        "{listed}"
    );
    let attributes = form(&bench, "sns", &format!("Action=GetTopicAttributes&TopicArn={arn}")).await;
    assert!(
        attributes.contains("<entry><key>DisplayName</key><value>The news</value></entry>"),
        "{attributes}"
    );
    let tags = form(&bench, "sns", &format!("Action=ListTagsForResource&ResourceArn={arn}")).await;
    assert!(tags.contains("<Tags><member><Key>team</Key><Value>press</Value></member></Tags>"), "{tags}");
    let subscriptions = form(&bench, "sns", &format!("Action=ListSubscriptionsByTopic&TopicArn={arn}")).await;
    assert!(subscriptions.contains("<Endpoint>arn:aws:sqs:eu-west-1:111122223333:inbox</Endpoint>"));

    let url = json(&bench, "sqs", "GetQueueUrl", r#"{"QueueName": "inbox"}"#).await;
    assert_eq!(url["QueueUrl"], "https://sqs.eu-west-1.amazonaws.com/111122223333/inbox");
    let asked = r#"{"QueueUrl": "http://127.0.0.1/111122223333/inbox", "AttributeNames": ["VisibilityTimeout", "DelaySeconds"]}"#;
    let attributes = json(&bench, "sqs", "GetQueueAttributes", asked).await;
    assert_eq!(attributes["Attributes"], serde_json::json!({"DelaySeconds": "0", "VisibilityTimeout": "45"}));
    let missing = json(&bench, "sqs", "GetQueueUrl", r#"{"QueueName": "outbox"}"#).await;
    assert_eq!(missing["message"], "The specified queue does not exist.");
    let id = bench.stack("press").await.stack_id.unwrap();
    bench.client.delete_stack().stack_name("press").send().await.unwrap();
    bench.settled(&id).await;
    let gone = form(&bench, "sns", &format!("Action=GetTopicAttributes&TopicArn={arn}")).await;
    assert!(gone.contains("<Code>NotFound</Code><Message>Topic does not exist</Message>"), "{gone}");
}

const SERVICE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Action: ['sts:AssumeRole'], Principal: {Service: lambda.amazonaws.com}}]}
      Policies: [{PolicyName: read, PolicyDocument: {Statement: []}}]
  Books:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: books
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: isbn, AttributeType: S}]
      KeySchema: [{AttributeName: isbn, KeyType: HASH}]
  Reader:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: reader, Runtime: python3.13, Handler: index.read, Role: !GetAtt Role.Arn, Code: {ZipFile: 'pass'}, MemorySize: 256}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: library}
  Shelf:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: shelf}
  List:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Api, ResourceId: !Ref Shelf, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: MOCK}}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: List
    Properties: {RestApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: live}
Outputs:
  Api: {Value: !Ref Api}
  Deployment: {Value: !Ref Deployment}
"#;

#[tokio::test]
async fn roles_tables_functions_and_apis_are_told() {
    let bench = Bench::new().await;
    let create = bench.client.create_stack().stack_name("library").template_body(SERVICE);
    create.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    let stack = bench.settled("library").await;
    assert_eq!(super::status(&stack), "CREATE_COMPLETE");
    let output = |name: &str| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(name));
        found.and_then(|output| output.output_value()).unwrap().to_owned()
    };
    let role = form(&bench, "iam", "Action=GetRole&RoleName=reader").await;
    assert!(role.contains("<Arn>arn:aws:iam::111122223333:role/reader</Arn>"), "{role}");
    assert!(role.contains("%22Action%22%3A%22sts%3AAssumeRole%22"), "{role}");
    let policies = form(&bench, "iam", "Action=ListRolePolicies&RoleName=reader").await;
    assert!(policies.contains("<PolicyNames><member>read</member></PolicyNames>"), "{policies}");
    let nobody = form(&bench, "iam", "Action=GetRole&RoleName=writer").await;
    assert!(nobody.contains("<Message>The role with name writer cannot be found.</Message>"), "{nobody}");

    let table = json(&bench, "dynamodb", "DescribeTable", r#"{"TableName": "books"}"#).await;
    assert_eq!(table["Table"]["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["Table"]["TableArn"], "arn:aws:dynamodb:eu-west-1:111122223333:table/books");
    let function = get(&bench, "lambda", "/2015-03-31/functions/reader").await;
    assert_eq!(function["Configuration"]["MemorySize"], 256);
    assert_eq!(function["Tags"]["aws:cloudformation:stack-name"], "library");
    let unknown = get(&bench, "lambda", "/2015-03-31/functions/writer").await;
    let text = "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:writer";
    assert_eq!(unknown, serde_json::json!({"Type": "User", "Message": text, "message": text}));

    let api = output("Api");
    let resources = get(&bench, "apigateway", &format!("/restapis/{api}/resources")).await;
    assert_eq!(resources["item"][1]["path"], "/shelf");
    assert_eq!(resources["item"][1]["resourceMethods"], serde_json::json!({"GET": {}}));
    let stage = get(&bench, "apigateway", &format!("/restapis/{api}/stages/live")).await;
    assert_eq!(stage["deploymentId"], output("Deployment"));
}

const NETWORK: &str = r#"
Resources:
  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16, Tags: [{Key: Name, Value: lab}]}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Net}}
  Web:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: for the web
      VpcId: !Ref Net
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
Outputs:
  Web: {Value: !Ref Web}
  Default: {Value: !GetAtt Net.DefaultSecurityGroup}
"#;

#[tokio::test]
async fn networks_are_told() {
    let bench = Bench::new().await;
    let stack = bench.create("lab", NETWORK).await;
    let outputs: Vec<&str> = stack.outputs().iter().filter_map(|output| output.output_value()).collect();
    let named = form(&bench, "ec2", "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=lab").await;
    assert!(
        named.contains("<vpcSet><item><vpcId>vpc-") && named.contains("<cidrBlock>10.1.0.0/16</cidrBlock>")
    );
    let other = form(&bench, "ec2", "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=hall").await;
    assert!(other.contains("<vpcSet></vpcSet>"), "{other}");
    for group in &outputs {
        let found = form(&bench, "ec2", &format!("Action=DescribeSecurityGroups&GroupId.1={group}")).await;
        assert!(found.contains(&format!("<groupId>{group}</groupId>")), "{found}");
    }
    let routes = form(&bench, "ec2", "Action=DescribeRouteTables").await;
    assert!(
        routes
            .contains("<destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId>")
    );
    let missing = form(&bench, "ec2", "Action=DescribeVpcs&VpcId.1=vpc-0").await;
    assert!(
        missing.contains(
            "<Code>InvalidVpcID.NotFound</Code><Message>The vpc ID 'vpc-0' does not exist</Message>"
        )
    );
}

const KEPT: &str = r#"
Resources:
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: lab-files
      VersioningConfiguration: {Status: Enabled}
      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET, PUT], AllowedOrigins: ['*'], MaxAge: 60}]}
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Name: /lab/note, Type: String, Value: one, Description: a note, Tags: {team: lab}}
  Key:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: key, SecretString: x, Description: the key}
"#;

#[tokio::test]
async fn settings_of_buckets_parameters_and_secrets_are_told() {
    let bench = Bench::new().await;
    bench.create("lab", KEPT).await;
    let cors = ask(&bench, "s3", "GET /lab-files?cors", "", "").await.1;
    let rule = "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*</AllowedOrigin>\
                <MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>";
    assert!(cors.contains(rule), "{cors}");
    let versions = ask(&bench, "s3", "GET /lab-files?versioning", "", "").await.1;
    assert!(versions.contains("<Status>Enabled</Status>"), "{versions}");
    let (status, website) = ask(&bench, "s3", "GET /lab-files?website", "", "").await;
    assert!(status == 404 && website.contains("<Code>NoSuchWebsiteConfiguration</Code>"), "{website}");
    for key in ["a/1", "a/2", "b"] {
        ask(&bench, "s3", &format!("PUT /lab-files/{key}"), "", "x").await;
    }
    let listed = ask(&bench, "s3", "GET /lab-files?list-type=2&delimiter=%2F", "", "").await.1;
    assert!(listed.contains("<KeyCount>2</KeyCount>") && listed.contains("<Prefix>a/</Prefix>"), "{listed}");

    let filter = r#"{"ParameterFilters": [{"Key": "Name", "Values": ["/lab/note"]}]}"#;
    let described = json(&bench, "ssm", "DescribeParameters", filter).await;
    assert_eq!(described["Parameters"][0]["Description"], "a note");
    let tags = json(
        &bench,
        "ssm",
        "ListTagsForResource",
        r#"{"ResourceType": "Parameter", "ResourceId": "/lab/note"}"#,
    );
    assert!(tags.await["TagList"].to_string().contains(r#"{"Key":"team","Value":"lab"}"#));
    json(&bench, "ssm", "PutParameter", r#"{"Name": "/lab/note", "Value": "two", "Overwrite": true}"#).await;
    let history = json(&bench, "ssm", "GetParameterHistory", r#"{"Name": "/lab/note"}"#).await;
    let values: Vec<&str> =
        history["Parameters"].as_array().unwrap().iter().filter_map(|row| row["Value"].as_str()).collect();
    assert_eq!(values, ["one", "two"]);
    let secret = json(&bench, "secretsmanager", "DescribeSecret", r#"{"SecretId": "key"}"#).await;
    assert_eq!(secret["Description"], "the key");
    assert!(secret["Tags"].to_string().contains("aws:cloudformation:logical-id"), "{secret}");
}

#[tokio::test]
async fn what_is_not_simulated_is_refused() {
    let bench = Bench::new().await;
    let refused = form(&bench, "sns", "Action=Publish").await;
    assert!(refused.contains("<Code>InvalidAction</Code>"), "{refused}");
    let (status, unknown) = ask(&bench, "lambda", "POST /2015-03-31/functions/f/invocations", "", "{}").await;
    assert!(status == 400 && unknown.contains("does not simulate"), "{unknown}");
    for (service, path) in
        [("lambda", "/"), ("apigateway", "//%00"), ("apigateway", "/restapis/x/stages/%ff")]
    {
        assert!(ask(&bench, service, &format!("GET {path}"), "", "").await.0 >= 400, "{service} {path}");
    }
    let (status, other) = ask(&bench, "glacier", "GET /", "", "").await;
    assert!(status == 501 && other.contains("not for `glacier`"), "{other}");
}
