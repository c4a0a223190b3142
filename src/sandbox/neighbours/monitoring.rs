//! CloudWatch alarms, EventBridge buses and rules, resource groups: small services of few reads each.

use super::super::refusal::Refusal;
use super::held::Held;
use super::{Asked, shown};
use serde_json::{Value, json};

const UNCHECKED: &str = "Unchecked: Initial alarm creation";
/// Properties of a metric alarm that an answer shows as they were given.
const AS_GIVEN: &[&str] = &[
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "ThresholdMetricId",
    "Metrics",
];

/// Answers a question about alarms.
pub(super) fn answer(asked: &Asked<'_>) -> Result<Value, Refusal> {
    if asked.operation != "DescribeAlarms" {
        return Err(asked.not_simulated());
    }
    let (names, prefix) = (asked.texts("AlarmNames"), asked.name("AlarmNamePrefix"));
    let wanted = |alarm: &Held<'_>| {
        names.as_ref().is_none_or(|names| names.contains(&alarm.id())) && alarm.id().starts_with(prefix)
    };
    // Only metric alarms are shown unless others are asked for.
    let types = asked.texts("AlarmTypes").unwrap_or_else(|| vec!["MetricAlarm"]);
    let rows = |kind: &str, resource_type: &str, row: fn(&Held<'_>) -> Value| -> Vec<Value> {
        let all = asked.all(resource_type).into_iter().filter(|alarm| types.contains(&kind) && wanted(alarm));
        all.map(|alarm| row(&alarm)).collect()
    };
    Ok(json!({
        "MetricAlarms": rows("MetricAlarm", "AWS::CloudWatch::Alarm", metric),
        "CompositeAlarms": rows("CompositeAlarm", "AWS::CloudWatch::CompositeAlarm", composite),
    }))
}

/// What alarms of both kinds have.
fn common(alarm: &Held<'_>) -> Value {
    json!({
        "AlarmName": alarm.id(),
        "AlarmArn": alarm.attribute("Arn"),
        "AlarmConfigurationUpdatedTimestamp": alarm.seconds(),
        "ActionsEnabled": alarm.flag("ActionsEnabled").unwrap_or(true),
        "OKActions": alarm.list("OKActions"),
        "AlarmActions": alarm.list("AlarmActions"),
        "InsufficientDataActions": alarm.list("InsufficientDataActions"),
        "StateUpdatedTimestamp": alarm.seconds(),
        "StateTransitionedTimestamp": alarm.seconds(),
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": UNCHECKED,
    })
}

fn metric(alarm: &Held<'_>) -> Value {
    let mut found = common(alarm);
    for name in AS_GIVEN {
        found[*name] = alarm.given(name).clone();
    }
    for name in ["Period", "EvaluationPeriods", "DatapointsToAlarm"] {
        found[name] = alarm.whole(name).into();
    }
    found["Threshold"] = alarm.text("Threshold").and_then(|text| text.parse::<f64>().ok()).into();
    found["Dimensions"] = alarm.list("Dimensions").into();
    shown(found)
}

fn composite(alarm: &Held<'_>) -> Value {
    let mut found = common(alarm);
    // No alarm ever has data, and a rule over such alarms evaluates to OK.
    found["StateValue"] = "OK".into();
    let arn = alarm.attribute("Arn");
    found["StateReason"] = format!("{arn} was created and its alarm rule evaluates to OK").into();
    found["AlarmDescription"] = alarm.given("AlarmDescription").clone();
    found["AlarmRule"] = alarm.given("AlarmRule").clone();
    found["StateReasonData"] = json!({"triggeringAlarms": triggers(alarm)}).to_string().into();
    shown(found)
}

/// The alarms that a rule names, as the reason of the state tells them.
fn triggers(alarm: &Held<'_>) -> Vec<Value> {
    let rule = alarm.or("AlarmRule", "");
    let functions = ["ALARM(", "OK(", "INSUFFICIENT_DATA("];
    let mut starts: Vec<usize> = functions
        .iter()
        .flat_map(|function| rule.match_indices(function).map(|(at, _)| at + function.len()))
        .collect();
    starts.sort_unstable();
    let name = |at: usize| rule[at..].split(')').next().unwrap_or_default().trim_matches(['"', '\'', ' ']);
    let at = super::super::clock::timestamp(alarm.at());
    let arn = |name: &str| match name.starts_with("arn:") {
        true => name.to_owned(),
        false => alarm.arn("cloudwatch", &format!("alarm:{name}")),
    };
    starts
        .into_iter()
        .map(|start| json!({"arn": arn(name(start)), "state": {"value": "INSUFFICIENT_DATA", "timestamp": at}}))
        .collect()
}

/// Answers a question to EventBridge.
pub(super) fn events(asked: &Asked<'_>) -> Result<Value, Refusal> {
    const BUS: &str = "AWS::Events::EventBus";
    const RULE: &str = "AWS::Events::Rule";
    let text = |what: &str, name: &str| {
        Refusal::new(400, "ResourceNotFoundException", format!("{what} {name} does not exist."))
    };
    let given = asked.text("EventBusName").unwrap_or("default");
    let bus_name = given.rsplit('/').next().unwrap_or(given);
    let on_bus = |rule: &Held<'_>| rule.or("EventBusName", "default").rsplit('/').next() == Some(bus_name);
    match asked.operation.as_str() {
        "ListEventBuses" => {
            let prefix = asked.name("NamePrefix");
            let mut rows: Vec<Value> = asked.all(BUS).iter().map(|found| bus(asked, found)).collect();
            let place = &asked.place;
            let partition = super::super::caller::partition(&place.region);
            let arn = format!("arn:{partition}:events:{}:{}:event-bus/default", place.region, place.account);
            rows.insert(0, json!({"Name": "default", "Arn": arn}));
            rows.retain(|row| row["Name"].as_str().is_some_and(|name| name.starts_with(prefix)));
            Ok(json!({"EventBuses": rows}))
        }
        "DescribeEventBus" => {
            let name = asked.name("Name");
            asked.one(BUS, name).map(|found| bus(asked, &found)).ok_or_else(|| text("Event bus", name))
        }
        "ListRules" => {
            let rules = asked.all(RULE).into_iter().filter(on_bus);
            Ok(json!({"Rules": rules.map(|found| rule(&found, false)).collect::<Vec<_>>()}))
        }
        "DescribeRule" => {
            let name = asked.name("Name");
            let found = asked.all(RULE).into_iter().find(|rule| on_bus(rule) && rule_name(rule) == name);
            found.map(|found| rule(&found, true)).ok_or_else(|| text("Rule", name))
        }
        "ListTargetsByRule" => {
            let name = asked.name("Rule");
            let found = asked.all(RULE).into_iter().find(|rule| on_bus(rule) && rule_name(rule) == name);
            Ok(json!({"Targets": found.ok_or_else(|| text("Rule", name))?.list("Targets")}))
        }
        _ => Err(asked.not_simulated()),
    }
}

/// A bus, with the statements of its policies.
fn bus(asked: &Asked<'_>, found: &Held<'_>) -> Value {
    let policies = asked.all("AWS::Events::EventBusPolicy");
    let own = policies.iter().filter(|policy| policy.or("EventBusName", "default") == found.id());
    let statements: Vec<Value> = own
        .filter_map(|policy| {
            let mut statement = policy.given("Statement").as_object()?.clone();
            statement.insert("Sid".into(), policy.text("StatementId").into());
            Some(Value::Object(statement))
        })
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    shown(json!({
        "Name": found.id(),
        "Arn": found.attribute("Arn"),
        "Description": found.text("Description"),
        "Policy": (!statements.is_empty()).then(|| policy.to_string()),
    }))
}

fn rule_name(rule: &Held<'_>) -> String {
    rule.text("Name").unwrap_or_else(|| rule.id().rsplit(['|', '/']).next().unwrap_or_default().to_owned())
}

fn rule(rule: &Held<'_>, alone: bool) -> Value {
    let pattern = rule.given("EventPattern");
    shown(json!({
        "Name": rule_name(rule),
        "Arn": rule.attribute("Arn"),
        "EventPattern": pattern.is_object().then(|| pattern.to_string()),
        "ScheduleExpression": rule.text("ScheduleExpression"),
        "State": rule.or("State", "ENABLED"),
        "Description": rule.text("Description"),
        "RoleArn": rule.text("RoleArn"),
        "EventBusName": rule.or("EventBusName", "default"),
        "CreatedBy": alone.then_some(&rule.place.account),
    }))
}

/// Answers a question to Resource Groups.
pub(super) fn groups(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let given = asked.text("GroupName").or_else(|| asked.text("Group")).unwrap_or_default();
    let name = given.rsplit("group/").next().unwrap_or(given);
    let found = asked.one("AWS::ResourceGroups::Group", name);
    let text = "Cannot find group: group not found";
    let found = found.ok_or_else(|| Refusal::new(404, "NotFoundException", text))?;
    Ok(json!({"Group": shown(json!({
        "GroupArn": found.arn("resource-groups", &format!("group/{}", found.id())),
        "Name": found.id(),
        "Description": found.text("Description"),
    }))}))
}
