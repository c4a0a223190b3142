//! DynamoDB: tables as they are declared. Nothing is ever in a table.

use super::super::identifiers;
use super::super::refusal::Refusal;
use super::held::{Held, pairs};
use super::{Asked, shown};
use serde_json::{Value, json};

const TABLE: &str = "AWS::DynamoDB::Table";
const GLOBAL: &str = "AWS::DynamoDB::GlobalTable";

/// Answers a question.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    match asked.operation.as_str() {
        "ListTables" => {
            let mut names: Vec<&str> = tables(asked).iter().map(Held::id).collect();
            names.sort_unstable();
            Ok(json!({"TableNames": names}))
        }
        "DescribeTable" => Ok(json!({"Table": described(&table(asked, asked.name("TableName"))?)})),
        "ListTagsOfResource" => Ok(json!({"Tags": pairs(table(asked, asked.name("ResourceArn"))?.tags())})),
        "DescribeTimeToLive" => {
            let table = table(asked, asked.name("TableName"))?;
            let attribute = table.text("TimeToLiveSpecification/AttributeName");
            let enabled = table.flag("TimeToLiveSpecification/Enabled") == Some(true);
            Ok(json!({"TimeToLiveDescription": shown(json!({
                "TimeToLiveStatus": if enabled { "ENABLED" } else { "DISABLED" },
                "AttributeName": attribute.filter(|_| enabled),
            }))}))
        }
        "DescribeKinesisStreamingDestination" => {
            let table = table(asked, asked.name("TableName"))?;
            let stream = table.text("KinesisStreamSpecification/StreamArn");
            let row = stream.map(|arn| json!({"StreamArn": arn, "DestinationStatus": "ACTIVE"}));
            let rows: Vec<Value> = row.into_iter().collect();
            Ok(json!({"TableName": table.id(), "KinesisDataStreamDestinations": rows}))
        }
        _ => Err(asked.not_simulated()),
    }
}

fn tables<'a>(asked: &Asked<'a>) -> Vec<Held<'a>> {
    asked.all(TABLE).into_iter().chain(asked.all(GLOBAL)).collect()
}

/// A table by name or ARN.
fn table<'a>(asked: &Asked<'a>, wanted: &str) -> Result<Held<'a>, Refusal> {
    let name = wanted.rsplit(":table/").next().unwrap_or(wanted);
    let text = format!("Requested resource not found: Table: {name} not found");
    let found = tables(asked).into_iter().find(|table| table.id() == name);
    found.ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", text))
}

fn described(table: &Held<'_>) -> Value {
    let on_demand = table.text("BillingMode").as_deref() == Some("PAY_PER_REQUEST");
    let units = |name: &str, on_demand: bool| {
        if on_demand { json!(0) } else { table.number(&format!("ProvisionedThroughput/{name}"), 0) }
    };
    let (read, write) = (units("ReadCapacityUnits", on_demand), units("WriteCapacityUnits", on_demand));
    let warm = |units: &Value, most: i64| if on_demand { json!(most) } else { units.clone() };
    let stream = table.given("StreamSpecification").clone();
    shown(json!({
        "TableName": table.id(),
        "TableArn": table.attribute("Arn"),
        "TableId": identifiers::uuid(table.seed, &[&table.place.account, &table.place.region, table.id(), "table"]),
        "TableStatus": "ACTIVE",
        "CreationDateTime": table.seconds(),
        "AttributeDefinitions": table.given("AttributeDefinitions"),
        "KeySchema": table.given("KeySchema"),
        "ItemCount": 0,
        "TableSizeBytes": 0,
        "DeletionProtectionEnabled": table.flag("DeletionProtectionEnabled").unwrap_or(false),
        "BillingModeSummary": on_demand.then(|| json!({
            "BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": table.seconds(),
        })),
        "WarmThroughput": {
            "ReadUnitsPerSecond": warm(&read, 12_000), "WriteUnitsPerSecond": warm(&write, 4_000), "Status": "ACTIVE",
        },
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0, "ReadCapacityUnits": read, "WriteCapacityUnits": write,
        },
        "SSEDescription": encryption(table),
        "GlobalSecondaryIndexes": indexes(table, "GlobalSecondaryIndexes"),
        "LocalSecondaryIndexes": indexes(table, "LocalSecondaryIndexes"),
        "LatestStreamArn": (!stream.is_null()).then(|| table.attribute("StreamArn")),
        "StreamSpecification": (!stream.is_null()).then(|| json!({
            "StreamEnabled": true, "StreamViewType": stream.get("StreamViewType"),
        })),
        "TableClassSummary": table.text("TableClass").map(|class| json!({"TableClass": class})),
    }))
}

fn encryption(table: &Held<'_>) -> Value {
    if table.flag("SSESpecification/SSEEnabled") != Some(true) {
        return Value::Null;
    }
    let own = || identifiers::uuid(table.seed, &[&table.place.account, &table.place.region, "dynamodb key"]);
    let key = table
        .text("SSESpecification/KMSMasterKeyId")
        .unwrap_or_else(|| table.arn("kms", &format!("key/{}", own())));
    json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key})
}

fn indexes(table: &Held<'_>, property: &str) -> Value {
    let found: Vec<Value> = table
        .list(property)
        .into_iter()
        .filter_map(|index| {
            let mut row = index.as_object()?.clone();
            let name = row.get("IndexName")?.as_str()?.to_owned();
            row.insert("IndexArn".into(), format!("{}/index/{name}", table.attribute("Arn")).into());
            row.insert("IndexStatus".into(), "ACTIVE".into());
            row.insert("ItemCount".into(), 0.into());
            row.insert("IndexSizeBytes".into(), 0.into());
            Some(Value::Object(row))
        })
        .collect();
    if found.is_empty() { Value::Null } else { found.into() }
}
