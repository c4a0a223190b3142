//! Organizations, and stack sets that it tells where their stacks are.

use super::protocol::raw;
use super::stack_sets::TOPIC;
use super::{ACCOUNT, Bench, client, refusal};
use aws_sdk_cloudformation::operation::create_stack_set::builders::CreateStackSetFluentBuilder;
use aws_sdk_cloudformation::types::{
    AccountFilterType, AutoDeployment, CallAs, DeploymentTargets, PermissionModels, StackSetOperationStatus,
};
use serde_json::{Value, json};

const MEMBERS: [&str; 2] = ["444455556666", "777788889999"];
const TRUSTED: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// Asks a service that speaks JSON: status and answer.
pub(super) async fn asked(
    bench: &Bench,
    (account, region): (&str, &str),
    service: &str,
    target: &str,
    body: &str,
) -> (u16, Value) {
    let (address, length) = (bench.running.address, body.len());
    let scope = format!("Credential={account}/20260101/{region}/{service}/aws4_request");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-amz-target: {target}\r\n\
         authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let (status, answer) = raw(address, request.as_bytes()).await;
    (status, serde_json::from_str(&answer).unwrap())
}

impl Bench {
    async fn organizations(&self, account: &str, operation: &str, input: Value) -> (u16, Value) {
        let target = format!("AWSOrganizationsV20161128.{operation}");
        asked(self, (account, "us-east-1"), "organizations", &target, &input.to_string()).await
    }

    /// What the management account is answered.
    async fn told(&self, operation: &str, input: Value) -> Value {
        let (status, answer) = self.organizations(ACCOUNT, operation, input).await;
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    /// Code and text of the refusal that the management account gets.
    async fn denied(&self, operation: &str, input: Value) -> (String, String) {
        let (status, answer) = self.organizations(ACCOUNT, operation, input).await;
        assert_eq!(status, 400, "{operation}: {answer}");
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        (text("__type"), text("Message"))
    }

    async fn unit(&self, parent: &str, name: &str) -> String {
        let made = self.told("CreateOrganizationalUnit", json!({"ParentId": parent, "Name": name})).await;
        made["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned()
    }

    async fn invited(&self, account: &str) {
        let target = json!({"Target": {"Id": account, "Type": "ACCOUNT"}});
        let handshake = self.told("InviteAccountToOrganization", target).await["Handshake"]["Id"].clone();
        let (status, answer) =
            self.organizations(account, "AcceptHandshake", json!({"HandshakeId": handshake})).await;
        assert_eq!((status, answer["Handshake"]["State"].as_str()), (200, Some("ACCEPTED")));
    }

    async fn moved(&self, account: &str, from: &str, to: &str) {
        let input = json!({"AccountId": account, "SourceParentId": from, "DestinationParentId": to});
        self.told("MoveAccount", input).await;
    }

    /// An organization of three accounts, all in the root: the root's id.
    async fn organization(&self) -> String {
        self.told("CreateOrganization", json!({"FeatureSet": "ALL"})).await;
        for account in MEMBERS {
            self.invited(account).await;
        }
        self.told("ListRoots", json!({})).await["Roots"][0]["Id"].as_str().unwrap().to_owned()
    }

    fn managed(&self) -> CreateStackSetFluentBuilder {
        let request = self.client.create_stack_set().stack_set_name("base").template_body(TOPIC);
        request.permission_model(PermissionModels::ServiceManaged)
    }

    /// The accounts in which the set `base` has instances, when all its operations have ended.
    async fn places(&self) -> Vec<String> {
        let operations = self.client.list_stack_set_operations().stack_set_name("base").send().await.unwrap();
        for one in operations.summaries() {
            let ended = self.operation(one.operation_id()).await;
            assert_eq!(ended.status(), Some(&StackSetOperationStatus::Succeeded));
        }
        let mut accounts: Vec<String> =
            self.instances().await.iter().map(|one| one.account().unwrap().to_owned()).collect();
        accounts.sort();
        accounts
    }
}

fn units(unit: &str) -> aws_sdk_cloudformation::types::builders::DeploymentTargetsBuilder {
    DeploymentTargets::builder().organizational_unit_ids(unit)
}

#[tokio::test]
async fn an_organization_is_a_tree_of_units_and_accounts() {
    let bench = Bench::new().await;
    let (code, text) = bench.denied("DescribeOrganization", json!({})).await;
    assert_eq!(code, "AWSOrganizationsNotInUseException");
    assert_eq!(text, "Your account is not a member of an organization.");
    let root = bench.organization().await;
    let own = bench.told("DescribeOrganization", json!({})).await["Organization"].clone();
    assert_eq!((own["MasterAccountId"].as_str(), own["FeatureSet"].as_str()), (Some(ACCOUNT), Some("ALL")));
    let upper = bench.unit(&root, "upper").await;
    let lower = bench.unit(&upper, "lower").await;
    let double = json!({"ParentId": root, "Name": "upper"});
    let told = bench.denied("CreateOrganizationalUnit", double).await;
    assert_eq!(told.0, "DuplicateOrganizationalUnitException");
    bench.moved(MEMBERS[0], &root, &lower).await;
    let parents = bench.told("ListParents", json!({"ChildId": MEMBERS[0]})).await;
    assert_eq!(parents, json!({"Parents": [{"Id": lower, "Type": "ORGANIZATIONAL_UNIT"}]}));
    let children = json!({"ParentId": upper, "ChildType": "ORGANIZATIONAL_UNIT"});
    let children = bench.told("ListChildren", children).await;
    assert_eq!(children["Children"], json!([{"Id": lower, "Type": "ORGANIZATIONAL_UNIT"}]));
    let there = bench.told("ListAccountsForParent", json!({"ParentId": lower})).await;
    assert_eq!(there["Accounts"][0]["Id"].as_str(), Some(MEMBERS[0]));
    let told = bench.denied("DeleteOrganizationalUnit", json!({"OrganizationalUnitId": lower})).await;
    assert_eq!(told.0, "OrganizationalUnitNotEmptyException");
    let told = bench.denied("ListAccountsForParent", json!({"ParentId": "ou-none-12345678"})).await;
    assert_eq!(told, ("ParentNotFoundException".into(), "You specified parent that doesn't exist.".into()));
    let input = json!({"AccountId": MEMBERS[0], "SourceParentId": root, "DestinationParentId": upper});
    assert_eq!(bench.denied("MoveAccount", input).await.0, "SourceParentNotFoundException");
    let page = bench.told("ListAccounts", json!({"MaxResults": 2})).await;
    let next = json!({"MaxResults": 2, "NextToken": page["NextToken"]});
    let rest = bench.told("ListAccounts", next).await;
    assert_eq!((rest["Accounts"].as_array().unwrap().len(), rest.get("NextToken")), (1, None));
    let (status, answer) = bench.organizations(MEMBERS[1], "ListAccounts", json!({})).await;
    assert_eq!((status, answer["__type"].as_str()), (400, Some("AccessDeniedException")));
}

#[tokio::test]
async fn an_account_is_created_in_its_time() {
    let bench = Bench::new().await;
    let root = bench.organization().await;
    let wanted = json!({"AccountName": "new", "Email": "new@example.org"});
    let begun = bench.told("CreateAccount", wanted.clone()).await["CreateAccountStatus"].clone();
    assert_eq!(begun["State"], "IN_PROGRESS");
    let id = json!({"CreateAccountRequestId": begun["Id"]});
    let mut done = Value::Null;
    for _ in 0..super::PATIENCE {
        done = bench.told("DescribeCreateAccountStatus", id.clone()).await["CreateAccountStatus"].clone();
        if done["State"] != "IN_PROGRESS" {
            break;
        }
    }
    assert_eq!(done["State"], "SUCCEEDED");
    let account = bench.told("DescribeAccount", json!({"AccountId": done["AccountId"]})).await;
    assert_eq!(account["Account"]["Email"], "new@example.org");
    assert_eq!(account["Account"]["Status"], "ACTIVE");
    let parents = bench.told("ListParents", json!({"ChildId": done["AccountId"]})).await;
    assert_eq!(parents["Parents"][0], json!({"Id": root, "Type": "ROOT"}));
    let again = bench.told("CreateAccount", wanted).await["CreateAccountStatus"].clone();
    assert_eq!(
        (&again["State"], &again["FailureReason"]),
        (&json!("FAILED"), &json!("EMAIL_ALREADY_EXISTS"))
    );
}

#[tokio::test]
async fn policies_are_attached_where_their_type_is_enabled() {
    let bench = Bench::new().await;
    let root = bench.organization().await;
    let kind = "SERVICE_CONTROL_POLICY";
    let content = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let policy = json!({"Name": "guard", "Description": "", "Type": kind, "Content": content});
    let made = bench.told("CreatePolicy", policy.clone()).await["Policy"]["PolicySummary"]["Id"].clone();
    assert_eq!(bench.denied("CreatePolicy", policy).await.0, "DuplicatePolicyException");
    let attachment = json!({"PolicyId": made, "TargetId": MEMBERS[0]});
    let told = bench.denied("AttachPolicy", attachment.clone()).await;
    assert_eq!(told.0, "PolicyTypeNotEnabledException");
    bench.told("EnablePolicyType", json!({"RootId": root, "PolicyType": kind})).await;
    bench.told("AttachPolicy", attachment.clone()).await;
    let told = bench.denied("AttachPolicy", attachment.clone()).await;
    assert_eq!(told.0, "DuplicatePolicyAttachmentException");
    let listed = bench.told("ListPoliciesForTarget", json!({"TargetId": MEMBERS[0], "Filter": kind})).await;
    let names: Vec<_> = listed["Policies"].as_array().unwrap().iter().map(|one| &one["Name"]).collect();
    assert_eq!(names, ["FullAWSAccess", "guard"]);
    assert_eq!(bench.denied("DeletePolicy", json!({"PolicyId": made})).await.0, "PolicyInUseException");
    let targets = bench.told("ListTargetsForPolicy", json!({"PolicyId": made})).await;
    assert_eq!(targets["Targets"][0]["TargetId"].as_str(), Some(MEMBERS[0]));
    bench.told("DetachPolicy", attachment.clone()).await;
    assert_eq!(bench.denied("DetachPolicy", attachment).await.0, "PolicyNotAttachedException");
    bench.told("DeletePolicy", json!({"PolicyId": made})).await;
    bench.told("TagResource", json!({"ResourceId": root, "Tags": [{"Key": "a", "Value": "b"}]})).await;
    let tags = bench.told("ListTagsForResource", json!({"ResourceId": root})).await;
    assert_eq!(tags, json!({"Tags": [{"Key": "a", "Value": "b"}]}));
}

#[tokio::test]
async fn service_managed_sets_need_trusted_access_and_units() {
    let bench = Bench::new().await;
    let unit = bench.organization().await;
    let (_, text) = refusal(bench.managed().send().await);
    assert_eq!(text, "You must enable organizations access to operate a service managed stack set");
    let status = async || {
        let answer = bench.client.describe_organizations_access().send().await.unwrap();
        answer.status().unwrap().as_str().to_owned()
    };
    assert_eq!(status().await, "DISABLED");
    bench.client.activate_organizations_access().send().await.unwrap();
    assert_eq!(status().await, "ENABLED");
    bench.managed().send().await.unwrap();
    let create = || bench.client.create_stack_instances().stack_set_name("base").regions("eu-west-1");
    let (_, text) = refusal(create().accounts(MEMBERS[0]).send().await);
    assert_eq!(
        text,
        "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"
    );
    let bare = DeploymentTargets::builder().accounts(MEMBERS[0]).build();
    let (_, text) = refusal(create().deployment_targets(bare).send().await);
    assert_eq!(text, "OrganizationalUnitIds are required");
    let filtered = units(&unit).accounts(MEMBERS[0]).account_filter_type(AccountFilterType::Intersection);
    create().deployment_targets(filtered.build()).send().await.unwrap();
    assert_eq!(bench.places().await, [MEMBERS[0]]);
    // The management account is in the root too, and gets nothing.
    create().deployment_targets(units(&unit).build()).send().await.unwrap();
    assert_eq!(bench.places().await, MEMBERS);
    let outsider = client(&bench.running, "000011112222", "eu-west-1");
    assert_eq!(refusal(outsider.activate_organizations_access().send().await).0, "InvalidOperationException");
    let delete = bench.client.delete_stack_instances().stack_set_name("base").regions("eu-west-1");
    let all_but = units(&unit).accounts(MEMBERS[0]).account_filter_type(AccountFilterType::Difference);
    delete.retain_stacks(false).deployment_targets(all_but.build()).send().await.unwrap();
    assert_eq!(bench.places().await, [MEMBERS[0]]);
}

#[tokio::test]
async fn stacks_follow_accounts_that_join_move_and_leave() {
    let bench = Bench::new().await;
    let root = bench.organization().await;
    let unit = bench.unit(&root, "work").await;
    let below = bench.unit(&unit, "below").await;
    bench.client.activate_organizations_access().send().await.unwrap();
    let automatic = AutoDeployment::builder().enabled(true).retain_stacks_on_account_removal(false).build();
    bench.managed().auto_deployment(automatic).send().await.unwrap();
    let create = bench.client.create_stack_instances().stack_set_name("base").regions("eu-west-1");
    create.deployment_targets(units(&unit).build()).send().await.unwrap();
    assert!(bench.places().await.is_empty());
    bench.moved(MEMBERS[0], &root, &below).await;
    assert_eq!(bench.places().await, [MEMBERS[0]]);
    let instance = bench.instances().await[0].clone();
    assert_eq!(instance.organizational_unit_id(), Some(unit.as_str()));
    bench.moved(MEMBERS[0], &below, &unit).await;
    assert_eq!(bench.places().await, [MEMBERS[0]], "still under the same unit");
    bench.told("RemoveAccountFromOrganization", json!({"AccountId": MEMBERS[0]})).await;
    assert!(bench.places().await.is_empty());
    let there = client(&bench.running, MEMBERS[0], "eu-west-1").describe_stacks().send().await.unwrap();
    assert!(there.stacks().is_empty());
    let targets = bench.client.list_stack_set_auto_deployment_targets().stack_set_name("base");
    let targets = targets.send().await.unwrap();
    assert_eq!(targets.summaries()[0].organizational_unit_id(), Some(unit.as_str()));
    assert_eq!(targets.summaries()[0].regions(), ["eu-west-1"]);
}

#[tokio::test]
async fn a_set_is_deployed_after_those_it_depends_on() {
    let bench = Bench::new().await;
    let root = bench.organization().await;
    let unit = bench.unit(&root, "work").await;
    bench.client.activate_organizations_access().send().await.unwrap();
    let automatic = || AutoDeployment::builder().enabled(true);
    bench.managed().auto_deployment(automatic().build()).send().await.unwrap();
    let arn = async |name: &str| {
        let set = bench.client.describe_stack_set().stack_set_name(name).send().await.unwrap();
        set.stack_set().unwrap().stack_set_arn().unwrap().to_owned()
    };
    let first = arn("base").await;
    let second =
        bench.managed().stack_set_name("after").auto_deployment(automatic().depends_on(&first).build());
    second.send().await.unwrap();
    for set in ["base", "after"] {
        let create = bench.client.create_stack_instances().stack_set_name(set).regions("eu-west-1");
        create.deployment_targets(units(&unit).build()).send().await.unwrap();
    }
    bench.places().await;
    bench.moved(MEMBERS[0], &root, &unit).await;
    assert_eq!(bench.places().await, [MEMBERS[0]]);
    let there = client(&bench.running, MEMBERS[0], "eu-west-1");
    let mut born = Vec::new();
    for _ in 0..super::PATIENCE {
        let stacks = there.describe_stacks().send().await.unwrap();
        let birth = |one: &aws_sdk_cloudformation::types::Stack| {
            let name = one.stack_name().unwrap().split('-').nth(1).unwrap().to_owned();
            (one.creation_time().unwrap().to_millis().unwrap(), name)
        };
        born = stacks.stacks().iter().map(birth).collect();
        if born.len() == 2 {
            break;
        }
    }
    born.sort();
    assert_eq!(born.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["base", "after"]);
    assert!(born[0].0 + 10_000 < born[1].0, "not before the first has ended: {born:?}");
    let circle = automatic().depends_on(arn("after").await).build();
    let update = bench.client.update_stack_set().stack_set_name("base").use_previous_template(true);
    assert_eq!(refusal(update.auto_deployment(circle).send().await).0, "ValidationError");
}

#[tokio::test]
async fn closed_accounts_are_skipped() {
    let bench = Bench::new().await;
    let root = bench.organization().await;
    bench.client.activate_organizations_access().send().await.unwrap();
    bench.told("CloseAccount", json!({"AccountId": MEMBERS[0]})).await;
    bench.managed().send().await.unwrap();
    let create = bench.client.create_stack_instances().stack_set_name("base").regions("eu-west-1");
    create.deployment_targets(units(&root).build()).send().await.unwrap();
    assert_eq!(bench.places().await, MEMBERS);
    let listed = bench.instances().await;
    let skipped = listed.iter().find(|one| one.account() == Some(MEMBERS[0])).unwrap();
    assert_eq!(super::stack_sets::standing(skipped), ("OUTDATED", "SKIPPED_SUSPENDED_ACCOUNT"));
    assert!(skipped.stack_id().is_none());
}

#[tokio::test]
async fn a_delegated_administrator_works_in_the_management_account() {
    let bench = Bench::new().await;
    bench.organization().await;
    bench.client.activate_organizations_access().send().await.unwrap();
    bench.managed().send().await.unwrap();
    let member = client(&bench.running, MEMBERS[0], "eu-west-1");
    let list = || member.list_stack_sets().call_as(CallAs::DelegatedAdmin).send();
    let told = refusal(list().await);
    assert_eq!(told, ("ValidationError".into(), "Account used is not a delegated administrator".into()));
    let input = json!({"AccountId": MEMBERS[0], "ServicePrincipal": TRUSTED});
    bench.told("RegisterDelegatedAdministrator", input.clone()).await;
    let told = bench.denied("RegisterDelegatedAdministrator", input).await;
    assert_eq!(told.0, "AccountAlreadyRegisteredException");
    let listed = bench.told("ListDelegatedAdministrators", json!({})).await;
    assert_eq!(listed["DelegatedAdministrators"][0]["Id"].as_str(), Some(MEMBERS[0]));
    assert_eq!(list().await.unwrap().summaries()[0].stack_set_name(), Some("base"));
    assert!(member.list_stack_sets().send().await.unwrap().summaries().is_empty());
}
