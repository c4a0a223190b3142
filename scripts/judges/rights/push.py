"""What the roles of push and of its pipeline may do, held against what their code and the services that take them ask for,
and against what is others' business: push.py FOLDER, rendered bodies.
"""
import sys

from kept import Promises

STAGING, PRODUCTION, TOOLING = "222333444555", "333444555666", "111222333444"
KEY, QUEUE, STREAM, DOMAIN = "secrets.KeyArn", "worker.QueueArn", "clicks.StreamArn", "subscribers.DomainArn"
INDEX, SIGNING = f"{DOMAIN}/subscribers", "signing.KeyArn"
PARAMETERS = f"arn:aws:ssm:eu-west-1:{PRODUCTION}:parameter/acme/push-production"
GLUE, ATHENA = f"arn:aws:glue:eu-west-1:{PRODUCTION}", f"arn:aws:athena:eu-west-1:{PRODUCTION}"
RELEASES = "arn:aws:s3:::storage.ReleaseBucket"
SECRETS = ["database.SecretArn", "secrets.CacheSecretArn", "secrets.SessionSecretArn"]
BEANSTALK = f"arn:aws:s3:::elasticbeanstalk-eu-west-1-{PRODUCTION}/resources"
# What Lambda asks for as the role of a function that lives in a network.
NETWORK = [(f"ec2:{action}", "*") for action in ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")]

# By stack and role: the calls that are made, with the resource, and calls that have to fail.
PROMISES = {
    ("api", "Role"): (
        [("sqs:SendMessage", QUEUE), ("firehose:PutRecordBatch", STREAM), ("lambda:InvokeFunction", "segments.FunctionArn"),
         ("states:StartExecution", "segments.SendArn"), ("ssm:GetParameter", f"{PARAMETERS}/keys/k-1"), ("logs:PutLogEvents", "Log.Arn")],
        [("sqs:ReceiveMessage", QUEUE), ("ssm:GetParameter", f"{PARAMETERS}/publishers/gazette"), ("es:ESHttpPost", f"{INDEX}/_search"),
         ("kms:Sign", SIGNING), ("secretsmanager:GetSecretValue", SECRETS[1])],
    ),
    ("segments", "Role"): (
        [("es:ESHttpPost", f"{DOMAIN}/index.Index/_search"), ("es:ESHttpPost", f"{DOMAIN}/index.Index/_count"), ("sqs:SendMessage", QUEUE),
         ("logs:PutLogEvents", "Log.Arn"), *NETWORK],
        [("es:ESHttpPost", f"{DOMAIN}/index.Index/_bulk"), ("es:ESHttpDelete", f"{DOMAIN}/index.Index"), ("sqs:ReceiveMessage", QUEUE)],
    ),
    ("segments", "SendRole"): ([("lambda:InvokeFunction", "Function.Arn")], [("sqs:SendMessage", QUEUE)]),
    ("worker", "Role"): (
        [("sqs:ReceiveMessage", "Queue.Arn"), ("sqs:DeleteMessage", "Queue.Arn"), ("sqs:GetQueueAttributes", "Queue.Arn"),
         ("secretsmanager:GetSecretValue", SECRETS[1]), ("ssm:GetParameter", f"{PARAMETERS}/publishers/gazette"),
         ("kms:GetPublicKey", SIGNING), ("es:ESHttpGet", f"{INDEX}/_doc/s-1"), ("es:ESHttpDelete", f"{INDEX}/_doc/s-1"),
         ("logs:PutLogEvents", "Log.Arn"), *NETWORK],
        [("sqs:SendMessage", "Queue.Arn"), ("secretsmanager:GetSecretValue", SECRETS[0]), ("ssm:GetParameter", f"{PARAMETERS}/keys/k-1"),
         ("kms:Sign", SIGNING), ("kms:Sign", KEY), ("es:ESHttpDelete", INDEX), ("es:ESHttpPut", f"{INDEX}/_doc/s-1")],
    ),
    ("index", "Role"): (
        [("es:ESHttpPut", INDEX), ("es:ESHttpPut", f"{INDEX}/_mapping"), ("es:ESHttpPut", f"{INDEX}/_settings"),
         ("es:ESHttpGet", f"{INDEX}/_count"), ("es:ESHttpDelete", INDEX), ("logs:PutLogEvents", "Log.Arn"), *NETWORK],
        [("es:ESHttpGet", f"{INDEX}/_search"), ("es:ESHttpPut", f"{INDEX}/_doc/s-1"), ("es:ESHttpDelete", f"{DOMAIN}/others")],
    ),
    ("signing", "Role"): ([("kms:GetPublicKey", "Key.Arn"), ("logs:PutLogEvents", "Log.Arn")], [("kms:Sign", "Key.Arn")]),
    ("clicks", "Role"): (
        [("s3:PutObject", "arn:aws:s3:::clicks/clicks/day=2026-01-01/x"), ("s3:PutObject", "arn:aws:s3:::clicks/failed/x"),
         ("s3:GetBucketLocation", "arn:aws:s3:::clicks"), ("glue:GetTableVersions", f"{GLUE}:catalog"),
         ("glue:GetTableVersions", f"{GLUE}:database/Catalog-made"), ("glue:GetTableVersions", f"{GLUE}:table/Catalog-made/Table-made"),
         ("logs:PutLogEvents", "Log.Arn")],
        [("s3:DeleteObject", "arn:aws:s3:::clicks/clicks/x"), ("s3:PutObject", "arn:aws:s3:::clicks/other"),
         ("glue:UpdateTable", f"{GLUE}:table/Catalog-made/Table-made")],
    ),
    ("application", "Role"): (
        [*(("secretsmanager:GetSecretValue", secret) for secret in SECRETS), ("s3:GetObject", f"{RELEASES}/releases/service-1.zip"),
         ("s3:GetObject", f"{BEANSTALK}/environments/e-1/_runtime/_versions/x"), ("s3:PutObject", f"{BEANSTALK}/environments/logs/x"),
         ("sqs:SendMessage", QUEUE), ("firehose:PutRecordBatch", STREAM), ("es:ESHttpPut", f"{DOMAIN}/index.Index/_doc/s-1")],
        [("s3:PutObject", f"{RELEASES}/releases/service-1.zip"), ("sqs:ReceiveMessage", QUEUE), ("es:ESHttpPost", f"{DOMAIN}/index.Index/_search"),
         ("kms:Sign", SIGNING), ("cloudwatch:PutMetricData", "*")],
    ),
    ("application", "FinderRole"): ([("elasticbeanstalk:ListPlatformVersions", "*")], [("elasticbeanstalk:UpdateEnvironment", "*")]),
    ("questions", "Asking"): (
        [("athena:StartQueryExecution", f"{ATHENA}:workgroup/Questions-made"), ("athena:GetNamedQuery", f"{ATHENA}:workgroup/Questions-made"),
         ("athena:ListWorkGroups", "*"), ("athena:ListDatabases", f"{ATHENA}:datacatalog/AwsDataCatalog"),
         ("glue:GetDatabases", f"{GLUE}:catalog"), ("glue:GetTable", f"{GLUE}:table/clicks.CatalogName/clicks.TableName"),
         ("s3:GetObject", "arn:aws:s3:::clicks.BucketName/clicks/x"), ("s3:PutObject", "arn:aws:s3:::answers/x")],
        [("athena:StartQueryExecution", f"{ATHENA}:workgroup/primary"), ("glue:GetTable", f"{GLUE}:table/other/clicks"),
         ("s3:GetObject", "arn:aws:s3:::clicks.BucketName/failed/x"), ("s3:PutObject", "arn:aws:s3:::clicks.BucketName/clicks/x")],
    ),
}
SERVICES = {"firehose", "lambda", "s3", "secretsmanager", "sqs", "states"}
KEY_USERS = {
    ("api", "Role"): {"lambda", "sqs"},
    ("segments", "Role"): {"lambda", "sqs"},
    ("segments", "SendRole"): set(),
    ("worker", "Role"): {"lambda", "secretsmanager", "sqs"},
    ("index", "Role"): {"lambda"},
    ("clicks", "Role"): {"s3"},
    ("application", "Role"): {"s3", "secretsmanager", "sqs"},
    ("questions", "Asking"): {"s3"},
}

ARTIFACT, FORMWORK = "arn:aws:s3:::artifacts.BucketName/x", "images.RepositoryArn"
PACKAGE = f"arn:aws:codeartifact:eu-west-1:{TOOLING}:package/packages.DomainName/packages.RepositoryName/pypi//acme-x"
BUILD = [("s3:GetObject", ARTIFACT), ("s3:PutObject", ARTIFACT), ("logs:PutLogEvents", "Log.Arn")]
PULL = [("ecr:GetAuthorizationToken", "*"), ("ecr:BatchGetImage", FORMWORK), ("ecr:GetDownloadUrlForLayer", FORMWORK)]
READ = [("codeartifact:GetAuthorizationToken", "packages.DomainArn"), ("codeartifact:ReadFromRepository", "packages.RepositoryArn"),
        ("codeartifact:GetRepositoryEndpoint", "packages.RepositoryArn")]


def enter(account):
    return "sts:AssumeRole", f"arn:aws:iam::{account}:role/formwork-deploy"


STEPS = {
    "check": ([*BUILD, *PULL], [*READ, enter(STAGING), enter(PRODUCTION)]),
    "test": ([*BUILD, *READ], [("codeartifact:PublishPackageVersion", PACKAGE), enter(STAGING), ("ecr:PutImage", FORMWORK)]),
    "package": ([*BUILD, *READ, ("codeartifact:PublishPackageVersion", PACKAGE)], [enter(STAGING), enter(PRODUCTION)]),
    "plan-staging": ([*BUILD, *PULL, enter(STAGING)], [enter(PRODUCTION), *READ]),
    "deploy-staging": ([*BUILD, *PULL, enter(STAGING)], [enter(PRODUCTION), *READ]),
    "acceptance": ([*BUILD, *READ], [enter(STAGING), enter(PRODUCTION)]),
    "plan-production": ([*BUILD, *PULL, enter(PRODUCTION)], [enter(STAGING), *READ]),
    "deploy-production": ([*BUILD, *PULL, enter(PRODUCTION)], [enter(STAGING), ("ecr:PutImage", FORMWORK)]),
}


def main(folder):
    system = Promises(f"{folder}/push/production", PRODUCTION)
    system.hold_all(PROMISES)
    system.hold_key(KEY, SERVICES, KEY_USERS)
    system.hold(("worker", "Role"), "kms:Sign", SIGNING, "Allow", **{"kms:signingalgorithm": "ECDSA_SHA_256"})
    token = {"sts:awsservicename": "codeartifact.amazonaws.com"}
    # Queues give each message a data key of the system's key, so whoever sends makes one.
    for sender in (("api", "Role"), ("segments", "Role"), ("application", "Role")):
        system.hold(sender, "kms:GenerateDataKey", KEY, "Allow", **{"kms:viaservice": "sqs.eu-west-1.amazonaws.com"})
    # What Lambda may do in the network as the role of a function, its code may not.
    for stack in ("index", "segments", "worker"):
        code = {"lambda:sourcefunctionarn": f"arn:aws:lambda:eu-west-1:{PRODUCTION}:function:x"}
        system.hold((stack, "Role"), "ec2:DeleteNetworkInterface", "*", "Deny", **code)
    system.end("the roles of push")

    pipeline = Promises(f"{folder}/push/tooling", TOOLING)
    steps = {(f"build-{step}", "Role"): promises for step, promises in STEPS.items()}
    pipeline.hold_all(steps)
    for place in [*steps, ("pipeline", "Role")]:
        for action in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptTo"):
            pipeline.hold(place, f"kms:{action}", KEY, "Allow")
        pipeline.hold(place, "kms:PutKeyPolicy", KEY, None)
    for step in ("test", "package", "acceptance"):
        pipeline.hold((f"build-{step}", "Role"), "sts:GetServiceBearerToken", "*", "Allow", **token)
    pipeline.end("the roles of push's pipeline")


main(sys.argv[1])
