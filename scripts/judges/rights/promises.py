"""What the policies of commerce promise, put to the test: promises.py FOLDER, rendered bodies.

Each promise is a request, and what a policy has to say to it. Policies are those that are rendered, read as AWS reads
them as far as their language is known here; a service may bring other condition keys than these requests do.
"""
import itertools
import json
import pathlib
import sys

from policy import says
from resolve import resources

ORGANIZATION, LOGGING, SHARED = "444555666777", "555666777888", "666777888999"
DEV, TEST, OUTSIDE = "777888999000", "888999000111", "000011112222"
OURS = "o-a1b2c3d4e5"
ARCHIVE, LANDING, KEY = "arn:aws:s3:::archive", "arn:aws:s3:::landing", f"arn:aws:kms:eu-west-1:{LOGGING}:key/archive"
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{ORGANIZATION}:trail/acme-commerce-shared-trail"
FACTS = {
    "log-archive.BucketArn": ARCHIVE, "log-archive.LandingBucketArn": LANDING, "log-archive.KeyArn": KEY,
    "units.WorkloadsId": "ou-workloads", "units.SuspendedId": "ou-suspended",
    "key.KeyArn": f"arn:aws:kms:eu-west-1:{LOGGING}:key/other", "search.DomainArn": f"arn:aws:es:eu-west-1:{LOGGING}:domain/records",
    "identity-provider.ProviderArn": f"arn:aws:iam::{SHARED}:oidc-provider/token.actions.githubusercontent.com",
}


def role(account, name):
    return f"arn:aws:iam::{account}:role/{name}"


def request(action, resource, principal=("AWS", role(DEV, "any")), **context):
    keys = {key.replace("__", ":").lower(): value for key, value in context.items()}
    return {"action": action, "resource": resource, "principal": principal, "context": {"aws:securetransport": "true"} | keys}


def ours(account, **more):
    return {"aws__PrincipalOrgID": OURS, "aws__PrincipalAccount": account, "aws__PrincipalIsAWSService": "false", **more}


def service(name, account=None, **more):
    known = {"aws__SourceAccount": account, "aws__SourceOrgID": OURS} if account else {}
    return {"principal": ("Service", f"{name}.amazonaws.com"), "aws__PrincipalIsAWSService": "true", **known, **more}


def promises_of_the_archive(stack):
    archive = stack("log-archive", LOGGING)
    rules, landing = archive["ArchiveRules"]["PolicyDocument"], archive["LandingRules"]["PolicyDocument"]
    stranger = {"aws__PrincipalOrgID": "o-other", "aws__PrincipalAccount": OUTSIDE}

    def trail(arn):
        return request("s3:PutObject", f"{ARCHIVE}/AWSLogs/{OURS}/{DEV}/x", **service("cloudtrail", aws__SourceArn=arn))

    def network(folder, account, **more):
        return request("s3:PutObject", f"{ARCHIVE}/connections/AWSLogs/{folder}/x", **service("delivery.logs", account, **more))

    def workload(action, folder, **more):
        return request(f"s3:{action}", f"{ARCHIVE}/{folder}/x", **{**ours(DEV), **more})

    def balancer(account):
        return request("s3:PutObject", f"{LANDING}/balancers/AWSLogs/{account}/x", **service("logdelivery.elasticloadbalancing"))

    def recorder(folder, account):
        return request("s3:PutObject", f"{LANDING}/AWSLogs/{folder}/Config/x", **service("config", account))

    key = archive["Key"]["KeyPolicy"]
    by_bucket, directly = ours(DEV, kms__ViaService="s3.eu-west-1.amazonaws.com"), ours(DEV)
    yield "the trail encrypts", key, request("kms:GenerateDataKey", "*", **service("cloudtrail", aws__SourceArn=TRAIL)), "Allow"
    yield "a workload encrypts by the bucket", key, request("kms:GenerateDataKey", "*", **by_bucket), "Allow"
    yield "and not otherwise", key, request("kms:GenerateDataKey", "*", **directly), None
    yield "nor does a stranger", key, request("kms:Decrypt", "*", **{**by_bucket, "aws__PrincipalOrgID": "o-other"}), None
    yield "no workload changes the key", key, request("kms:PutKeyPolicy", "*", **by_bucket), None
    yield "the trail writes", rules, trail(TRAIL), "Allow"
    yield "no other trail does", rules, trail(TRAIL + "-2"), None
    yield "a network writes below its account", rules, network(DEV, DEV), "Allow"
    yield "and not below another", rules, network(TEST, DEV), None
    yield "nor does one of a stranger", rules, network(OUTSIDE, OUTSIDE, aws__SourceOrgID="o-other"), None
    yield "a workload writes below its account", rules, workload("PutObject", f"workloads/{DEV}"), "Allow"
    yield "and not below another", rules, workload("PutObject", f"workloads/{TEST}"), None
    yield "it reads nothing of others", rules, workload("GetObject", f"AWSLogs/{OURS}"), None
    yield "it deletes nothing, not even its own", rules, workload("DeleteObject", f"workloads/{DEV}"), None
    yield "a stranger writes nothing", rules, workload("PutObject", f"workloads/{OUTSIDE}", **stranger), None
    yield "connections are encrypted", rules, workload("PutObject", f"workloads/{DEV}", aws__SecureTransport="false"), "Deny"
    yield "a load balancer writes below its account", landing, balancer(DEV), "Allow"
    yield "and not for a stranger", landing, balancer(OUTSIDE), None
    yield "a recorder writes below its account", landing, recorder(DEV, DEV), "Allow"
    yield "and not below another", landing, recorder(TEST, DEV), None


def promises_of_names(stack):
    delegation = stack("names", SHARED)["DelegationRole"]
    rights, trust = delegation["Policies"][0]["PolicyDocument"], delegation["AssumeRolePolicyDocument"]

    def enters(name, kind="NS"):
        return request("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Zone-made", **{
            "aws:userid": f"AROA:{DEV}",
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name],
            "route53:ChangeResourceRecordSetsRecordTypes": [kind],
            "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
        })

    def takes(account, session, organization=OURS):
        asked = {"sts__RoleSessionName": session, "aws__PrincipalOrgID": organization}
        return request("sts:AssumeRole", "*", ("AWS", role(account, "any")), **asked)

    yield "dev enters the name servers of its zone", rights, enters("dev.commerce.example.com"), "Allow"
    yield "not those of another", rights, enters("shop.commerce.example.com"), None
    yield "not those of the zone itself", rights, enters("commerce.example.com"), None
    yield "and nothing but name servers", rights, enters("dev.commerce.example.com", "A"), None
    yield "dev takes the role in its own name", trust, takes(DEV, DEV), "Allow"
    yield "dev does not take it in the name of test", trust, takes(DEV, TEST), None
    yield "an account that left does not take it", trust, takes(DEV, DEV, "o-other"), None
    yield "an account without a zone does not take it", trust, takes(LOGGING, LOGGING), None


def promises_of_images_and_records(stack):
    images = stack("image-orders", SHARED)["Repository"]["RepositoryPolicyText"]
    yield "our accounts pull images", images, request("ecr:BatchGetImage", "*", **ours(DEV)), "Allow"
    yield "they push none", images, request("ecr:PutImage", "*", **ours(DEV)), None
    yield "strangers pull none", images, request("ecr:BatchGetImage", "*", aws__PrincipalOrgID="o-other"), None

    audit = stack("people-audit", ORGANIZATION)["Rights"]["InlinePolicy"]
    search = f"arn:aws:es:eu-west-1:{LOGGING}:domain/records"
    yield "auditors read records", audit, request("s3:GetObject", f"{ARCHIVE}/x"), "Allow"
    yield "and search them", audit, request("es:ESHttpPost", f"{search}/trail-*/_search"), "Allow"
    yield "they write none", audit, request("es:ESHttpPost", f"{search}/_bulk"), None
    yield "they delete none", audit, request("es:ESHttpDelete", f"{search}/trail-2026.11"), None

    function = stack("log-index", LOGGING)
    indexer, keeper = (function[f"{name}Role"]["Policies"][0]["PolicyDocument"] for name in ("Indexer", "Keeper"))
    network = {"lambda__SourceFunctionArn": f"arn:aws:lambda:eu-west-1:{LOGGING}:function:indexer"}
    yield "the indexer writes documents", indexer, request("es:ESHttpPost", f"{search}/_bulk"), "Allow"
    yield "it deletes no index", indexer, request("es:ESHttpDelete", f"{search}/trail-2026.11"), None
    yield "its code makes no network interface", indexer, request("ec2:CreateNetworkInterface", "*", **network), "Deny"
    yield "the keeper deletes old indices", keeper, request("es:ESHttpDelete", f"{search}/trail-2026.11"), "Allow"
    yield "but none of the search's own", keeper, request("es:ESHttpDelete", f"{search}/.opensearch"), None
    queue = function["QueueRules"]["PolicyDocument"]
    told = request("sqs:SendMessage", "Queue.Arn", **service("events", LOGGING, aws__SourceArn="Arrived.Arn"))
    other = request("sqs:SendMessage", "Queue.Arn", **service("events", LOGGING, aws__SourceArn="Other.Arn"))
    yield "the rule tells of files", queue, told, "Allow"
    yield "no other rule does", queue, other, None


def promises_of_guard_rails(stack):
    rails = {name: resource["Content"] for name, resource in stack("guard-rails", ORGANIZATION).items()}
    deploy, bootstrap = "formwork-deploy", "OrganizationAccountAccessRole"
    root = f"arn:aws:iam::{LOGGING}:root"

    def asks(action, who, on="*", region="eu-west-1"):
        arn = who if who == root else role(LOGGING, who)
        return request(action, on, aws__PrincipalArn=arn, aws__RequestedRegion=region)

    def reaches(**who):
        return request("s3:GetObject", "*", **who)

    own_role, program = role(LOGGING, deploy), role(LOGGING, "acme-x")
    server = {"ec2__MetadataHttpTokens": "optional"}
    for_strangers = service("cloudtrail", OUTSIDE, aws__SourceOrgID="o-other")
    yield "nobody leaves", rails["Membership"], asks("organizations:LeaveOrganization", "Admin"), "Deny"
    yield "root does nothing", rails["Membership"], asks("s3:ListBucket", root), "Deny"
    yield "others work", rails["Membership"], asks("s3:ListBucket", "Admin"), None
    yield "nobody stops a trail", rails["Records"], asks("cloudtrail:StopLogging", deploy), "Deny"
    yield "nobody goes around the lock", rails["Records"], asks("s3:BypassGovernanceRetention", bootstrap, f"{ARCHIVE}/x"), "Deny"
    yield "nobody deletes the archive", rails["Records"], asks("s3:DeleteBucket", deploy, ARCHIVE), "Deny"
    yield "other buckets may go", rails["Records"], asks("s3:DeleteBucket", "Admin", "arn:aws:s3:::other"), None
    yield "nobody destroys its key", rails["Records"], asks("kms:ScheduleKeyDeletion", "Admin", KEY), "Deny"
    yield "templates change the archive", rails["Records"], asks("s3:PutLifecycleConfiguration", deploy, ARCHIVE), None
    yield "people do not", rails["Records"], asks("s3:PutLifecycleConfiguration", "Admin", ARCHIVE), "Deny"
    yield "deploy roles stay", rails["Deployment"], asks("iam:PutRolePolicy", deploy, own_role), "Deny"
    yield "roles of programs do not matter", rails["Deployment"], asks("iam:PutRolePolicy", deploy, program), None
    yield "one account changes deploy roles", rails["Deployment"], asks("iam:PutRolePolicy", bootstrap, own_role), None
    yield "nothing is made elsewhere", rails["Places"], asks("ec2:RunInstances", "Admin", region="us-east-1"), "Deny"
    yield "roles are made in no region", rails["Places"], asks("iam:CreateRole", "Admin", region="us-east-1"), None
    yield "servers ask for a token", rails["Workloads"], request("ec2:RunInstances", "arn:aws:ec2:x:y:instance/*", **server), "Deny"
    yield "nothing goes on where an account is closed", rails["Suspended"], asks("s3:GetObject", "Admin"), "Deny"
    yield "strangers reach nothing", rails["Perimeter"], reaches(**{**ours(DEV), "aws__PrincipalOrgID": "o-other"}), "Deny"
    yield "nor do those without a name", rails["Perimeter"], reaches(aws__PrincipalIsAWSService="false"), "Deny"
    yield "we do", rails["Perimeter"], reaches(**ours(DEV)), None
    yield "services do on our behalf", rails["Perimeter"], reaches(**service("cloudtrail", DEV)), None
    yield "not on behalf of strangers", rails["Perimeter"], reaches(**for_strangers), "Deny"


def promises_of_deployment(stack):
    deploy = stack("deploy-role-logging", LOGGING)["Role"]
    rights = {"Statement": [each for policy in deploy["Policies"] for each in policy["PolicyDocument"]["Statement"]]}
    ours_and_others = [f"arn:aws:cloudformation:eu-west-1:{LOGGING}:stack/{name}/1" for name in ("acme-x", "other-x")]
    through = {"aws__CalledVia": ["cloudformation.amazonaws.com"]}
    program, own_role = role(LOGGING, "acme-x"), role(LOGGING, "formwork-deploy")

    def comes(name):
        who = role(SHARED, name)
        return request("sts:AssumeRole", "*", ("AWS", who), aws__PrincipalArn=who)

    yield "it changes stacks of the project", rights, request("cloudformation:CreateChangeSet", ours_and_others[0]), "Allow"
    yield "not those of others", rights, request("cloudformation:CreateChangeSet", ours_and_others[1]), None
    yield "it makes what templates say", rights, request("s3:CreateBucket", "arn:aws:s3:::b", **through), "Allow"
    yield "and reads nothing itself", rights, request("s3:GetObject", f"{ARCHIVE}/x"), None
    yield "it makes roles of the project", rights, request("iam:CreateRole", program, **through), "Allow"
    yield "not by itself", rights, request("iam:CreateRole", program), None
    yield "and never its own", rights, request("iam:PutRolePolicy", own_role, **through), None
    recorder = role(LOGGING, "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
    for to, answer in [("config.amazonaws.com", "Allow"), ("lambda.amazonaws.com", None)]:
        yield f"the recorder's role to {to}", rights, request("iam:PassRole", recorder, iam__PassedToService=to, **through), answer
    people = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_{}_0123456789abcdef"
    trust = deploy["AssumeRolePolicyDocument"]
    yield "jobs for this account come in", trust, comes("formwork-entrance-foundation"), "Allow"
    yield "jobs for others do not", trust, comes("formwork-entrance-workloads"), None
    yield "people who deploy come in", trust, comes(people.format("Deployment")), "Allow"
    yield "people who look do not", trust, comes(people.format("Operation")), None

    entrance = stack("entrance-workloads", SHARED)["Role"]
    rights, trust = entrance["Policies"][0]["PolicyDocument"], json.loads(entrance["AssumeRolePolicyDocument"])
    issuer = FACTS["identity-provider.ProviderArn"].partition("/")[2]

    def shows(subject):
        token = {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": f"repo:acme/infrastructure:{subject}"}
        return request("sts:AssumeRoleWithWebIdentity", "*", ("Federated", FACTS["identity-provider.ProviderArn"]), **token)

    def goes_on(account, name):
        there = {"aws__ResourceAccount": account, "aws__ResourceOrgID": OURS, "aws__PrincipalOrgID": OURS}
        return request("sts:AssumeRole", role(account, name), **there)

    yield "a job with the right token comes in", trust, shows("environment:dev"), "Allow"
    yield "one of a branch does not", trust, shows("ref:refs/heads/x"), None
    yield "it goes on to its accounts", rights, goes_on(DEV, "formwork-deploy"), "Allow"
    yield "not to others", rights, goes_on(LOGGING, "formwork-deploy"), None
    yield "there it may read outputs", rights, goes_on(LOGGING, "formwork-read"), "Allow"


def main(folder):
    def stack(name, account):
        return resources(pathlib.Path(folder) / f"commerce/shared/{name}.yaml", FACTS, account)

    kept, broken = 0, []
    for text, policy, asked, answer in itertools.chain.from_iterable(
        promises(stack)
        for promises in (
            promises_of_the_archive, promises_of_names, promises_of_images_and_records, promises_of_guard_rails,
            promises_of_deployment,
        )
    ):
        said = says(policy, asked)
        kept += said == answer
        if said != answer:
            broken.append(f"error: {text}: {asked['action']} on {asked['resource']}: expected {answer}, got {said}")
    if broken:
        sys.exit("\n".join(broken))
    print(f"rights: policies keep {kept} promises")


main(sys.argv[1])
