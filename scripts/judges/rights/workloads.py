"""What the programs and functions of commerce's workloads may do, held against what their code asks for, and against what is
others' business: workloads.py FOLDER, rendered bodies. Outputs of other stacks stand for themselves.
"""
import sys

from kept import Promises

ACCOUNT, OTHER = "999000111222", "888999000111"
ORDERS, CATALOG, PROFILES = "table-orders.TableArn", "table-catalog.TableArn", "table-profiles.TableArn"
CHECKOUTS, SHIPMENTS = "queue-checkouts.QueueArn", "queue-shipments.QueueArn"
KEY = "secrets.KeyArn"
ARCHIVE, ARCHIVE_KEY = "log-archive.BucketArn", "log-archive.KeyArn"
PICTURE = "arn:aws:s3:::storage.PictureBucket/lamp.jpg"

# By stack and role: the calls that are made, with the resource, and calls that have to fail.
PROMISES = {
    ("service-storefront", "Role"): (
        [("dynamodb:Query", CATALOG), ("dynamodb:GetItem", ORDERS), ("dynamodb:UpdateItem", PROFILES), ("s3:GetObject", PICTURE),
         ("kinesis:PutRecords", "events.StreamArn")],
        [("dynamodb:PutItem", CATALOG), ("dynamodb:UpdateItem", ORDERS), ("sqs:SendMessage", CHECKOUTS), ("s3:PutObject", PICTURE),
         ("kinesis:GetRecords", "events.StreamArn")],
    ),
    ("service-orders", "Role"): (
        [("dynamodb:PutItem", ORDERS), ("dynamodb:GetItem", CATALOG), ("sqs:SendMessage", CHECKOUTS), ("sqs:ReceiveMessage", SHIPMENTS),
         ("sqs:DeleteMessage", SHIPMENTS), ("kinesis:PutRecord", "events.StreamArn")],
        [("dynamodb:UpdateItem", CATALOG), ("dynamodb:GetItem", PROFILES), ("sqs:ReceiveMessage", CHECKOUTS), ("sqs:SendMessage", SHIPMENTS),
         ("s3:GetObject", PICTURE)],
    ),
    ("service-catalog", "Role"): (
        [("dynamodb:PutItem", CATALOG), ("dynamodb:DeleteItem", CATALOG), ("s3:PutObject", PICTURE)],
        [("dynamodb:GetItem", ORDERS), ("dynamodb:GetItem", PROFILES), ("sqs:SendMessage", CHECKOUTS)],
    ),
    ("service-orders", "StartRole"): (
        [("ecr:GetAuthorizationToken", "*"), ("ecr:BatchGetImage", "image-orders.RepositoryArn"),
         ("secretsmanager:GetSecretValue", "secrets.SessionSecretArn"), ("logs:PutLogEvents", "Log.Arn")],
        [("ecr:BatchGetImage", "image-catalog.RepositoryArn"), ("ecr:PutImage", "image-orders.RepositoryArn"),
         ("secretsmanager:GetSecretValue", "secrets.PaymentSecretArn"), ("dynamodb:GetItem", ORDERS)],
    ),
    ("checkout", "ReserveRole"): (
        [("dynamodb:GetItem", ORDERS), ("dynamodb:UpdateItem", ORDERS), ("dynamodb:PutItem", CATALOG), ("dynamodb:UpdateItem", CATALOG)],
        [("dynamodb:DeleteItem", CATALOG), ("dynamodb:PutItem", ORDERS)],
    ),
    ("checkout", "ConfirmRole"): (
        [("dynamodb:GetItem", ORDERS), ("dynamodb:UpdateItem", ORDERS), ("dynamodb:DeleteItem", CATALOG)],
        [("dynamodb:UpdateItem", CATALOG), ("dynamodb:PutItem", CATALOG)],
    ),
    ("checkout", "ReleaseRole"): (
        [("dynamodb:GetItem", ORDERS), ("dynamodb:UpdateItem", ORDERS), ("dynamodb:GetItem", CATALOG), ("dynamodb:DeleteItem", CATALOG),
         ("dynamodb:UpdateItem", CATALOG)],
        [("dynamodb:PutItem", CATALOG), ("secretsmanager:GetSecretValue", "secrets.PaymentSecretArn")],
    ),
    ("checkout", "ExpireRole"): (
        [("dynamodb:PutItem", CATALOG), ("dynamodb:UpdateItem", CATALOG), ("dynamodb:GetRecords", "table-catalog.StreamArn")],
        [("dynamodb:UpdateItem", ORDERS), ("dynamodb:DeleteItem", CATALOG)],
    ),
    ("checkout", "PayRole"): (
        [("secretsmanager:GetSecretValue", "secrets.PaymentSecretArn")],
        [("secretsmanager:GetSecretValue", "secrets.SessionSecretArn"), ("dynamodb:GetItem", ORDERS)],
    ),
    ("checkout", "StartRole"): (
        [("sqs:ReceiveMessage", CHECKOUTS), ("sqs:DeleteMessage", CHECKOUTS), ("states:StartExecution", "Machine-made")],
        [("sqs:SendMessage", SHIPMENTS), ("states:StartExecution", "Other"), ("dynamodb:GetItem", ORDERS)],
    ),
    ("checkout", "MachineRole"): (
        [*(("lambda:InvokeFunction", f"{step}.Arn") for step in ("Reserve", "Pay", "Confirm", "Refund", "Release")),
         ("sqs:SendMessage", SHIPMENTS)],
        [("lambda:InvokeFunction", "Start.Arn"), ("lambda:InvokeFunction", "Expire.Arn"), ("sqs:ReceiveMessage", SHIPMENTS),
         ("dynamodb:GetItem", ORDERS)],
    ),
    ("events", "Role"): (
        [("kinesis:GetRecords", "Events.Arn"), ("dynamodb:GetItem", CATALOG), ("dynamodb:GetItem", PROFILES), ("dynamodb:PutItem", PROFILES),
         ("sqs:SendMessage", "Unused.Arn")],
        [("kinesis:PutRecord", "Events.Arn"), ("dynamodb:PutItem", CATALOG), ("dynamodb:GetItem", ORDERS)],
    ),
    ("people", "Role"): ([("dynamodb:PutItem", PROFILES)], [("dynamodb:GetItem", PROFILES), ("dynamodb:PutItem", ORDERS)]),
    ("zone", "Role"): (
        [("sts:AssumeRole", "names.DelegationRoleArn"), ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Zone-made"),
         ("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Zone-made")],
        [("sts:AssumeRole", "other"), ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/names.ZoneId")],
    ),
    ("archive", "DeliveryRole"): (
        [("s3:PutObject", f"{ARCHIVE}/workloads/{ACCOUNT}/logs/x"), ("s3:ListBucket", ARCHIVE)],
        [("s3:PutObject", f"{ARCHIVE}/workloads/{OTHER}/logs/x"), ("s3:DeleteObject", f"{ARCHIVE}/workloads/{ACCOUNT}/logs/x")],
    ),
    ("archive", "HandOverRole"): ([("firehose:PutRecord", "Delivery.Arn")], [("s3:PutObject", f"{ARCHIVE}/workloads/{ACCOUNT}/logs/x")]),
}

SERVICES = {"dynamodb", "kinesis", "lambda", "s3", "secretsmanager", "sqs", "states"}
KEY_USERS = {
    ("service-storefront", "Role"): {"dynamodb", "kinesis", "s3", "sqs"},
    ("service-orders", "StartRole"): {"secretsmanager"},
    ("checkout", "ReserveRole"): {"dynamodb", "lambda"},
    ("checkout", "PayRole"): {"lambda", "secretsmanager"},
    ("checkout", "StartRole"): {"lambda", "sqs", "states"},
    ("checkout", "MachineRole"): {"sqs"},
    ("events", "Role"): {"dynamodb", "kinesis", "lambda", "sqs"},
    ("people", "Role"): {"dynamodb", "lambda"},
    ("archive", "DeliveryRole"): set(),
}


def main(folder):
    promises = Promises(f"{folder}/commerce/production", ACCOUNT)
    promises.hold_all(PROMISES)
    promises.hold_key(KEY, SERVICES, KEY_USERS)
    through = {"kms:viaservice": "s3.eu-west-1.amazonaws.com"}
    promises.hold(("archive", "DeliveryRole"), "kms:GenerateDataKey", ARCHIVE_KEY, "Allow", **through)
    promises.end("programs and functions of workloads")


main(sys.argv[1])
