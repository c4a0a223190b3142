//! What in a plan may hurt: data that is lost, doors that open, replacements that must fail. Pure.

use crate::model::change::{Action, PropertyChange, Recreates, ResourceChange};
use crate::model::stack::Body;
use crate::plan::PlannedStack;
use std::fmt;

/// A change that may hurt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Danger {
    /// The resource's logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What may hurt.
    pub what: What,
}

/// What may hurt. The later ones are worse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The network lets more in.
    OpensNetwork,
    /// A permission becomes a wildcard.
    WidensPermissions,
    /// It has a name of its own, which the old one holds until the new one is there: the replacement fails.
    NameIsTaken {
        /// The property that names it.
        property: String,
    },
    /// It may be replaced, with what it stores.
    MayLose(&'static str),
    /// It is replaced, with what it stores.
    Replaces(&'static str),
    /// It is deleted, with what it stores.
    Deletes(&'static str),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpensNetwork => f.write_str("opens the network to everyone"),
            Self::WidensPermissions => f.write_str("widens permissions with a wildcard"),
            Self::NameIsTaken { property } => {
                write!(f, "must be replaced, which fails while `{property}` keeps its name")
            }
            Self::MayLose(what) => write!(f, "may be replaced, and {what} with it"),
            Self::Replaces(what) => write!(f, "is replaced, and {what} with it"),
            Self::Deletes(what) => write!(f, "is deleted, and {what} with it"),
        }
    }
}

/// Types that hold what cannot be made again, and what that is.
const STATEFUL: &[(&str, &str)] = &[
    ("AWS::Backup::BackupVault", "the backups in it"),
    ("AWS::Cassandra::Table", "the data of the table"),
    ("AWS::CloudFormation::Stack", "everything in the nested stack"),
    ("AWS::Cognito::UserPool", "its users"),
    ("AWS::DocDB::DBCluster", "the data of the database"),
    ("AWS::DocDB::DBInstance", "a server of the database"),
    ("AWS::DynamoDB::GlobalTable", "the data of the table"),
    ("AWS::DynamoDB::Table", "the data of the table"),
    ("AWS::EC2::EIP", "its address"),
    ("AWS::EC2::Instance", "what is on its disks"),
    ("AWS::EC2::Volume", "what is on it"),
    ("AWS::ECR::Repository", "the images in it"),
    ("AWS::EFS::FileSystem", "the files in it"),
    ("AWS::ElastiCache::CacheCluster", "what it holds in memory"),
    ("AWS::ElastiCache::ReplicationGroup", "what it holds in memory"),
    ("AWS::ElastiCache::ServerlessCache", "what it holds in memory"),
    ("AWS::Elasticsearch::Domain", "its indexes"),
    ("AWS::FSx::FileSystem", "the files in it"),
    ("AWS::KMS::Key", "everything that is encrypted with it"),
    ("AWS::Kinesis::Stream", "the records in it"),
    ("AWS::Logs::LogGroup", "the logs in it"),
    ("AWS::MSK::Cluster", "the records in it"),
    ("AWS::MemoryDB::Cluster", "the data of the database"),
    ("AWS::Neptune::DBCluster", "the data of the database"),
    ("AWS::OpenSearchService::Domain", "its indexes"),
    ("AWS::QLDB::Ledger", "the ledger"),
    ("AWS::RDS::DBCluster", "the data of the database"),
    ("AWS::RDS::DBInstance", "the data of the database"),
    ("AWS::RDS::GlobalCluster", "the data of the database"),
    ("AWS::Redshift::Cluster", "the data of the warehouse"),
    ("AWS::Route53::HostedZone", "its records and name servers"),
    ("AWS::S3::Bucket", "the objects in it"),
    ("AWS::SQS::Queue", "the messages in it"),
    ("AWS::SecretsManager::Secret", "the secret"),
    ("AWS::Timestream::Table", "the data of the table"),
];

/// What would be lost with a resource of a type; none for types that hold nothing.
pub fn stored_in(resource_type: &str) -> Option<&'static str> {
    STATEFUL.iter().find(|(name, _)| *name == resource_type).map(|(_, what)| *what)
}

/// The dangers of a planned stack, sorted by resource.
pub fn dangers(planned: &PlannedStack) -> Vec<Danger> {
    let mut dangers: Vec<Danger> =
        planned.changes.iter().flat_map(|change| of_change(change, &planned.stack.body)).collect();
    dangers.sort();
    dangers.dedup();
    dangers
}

/// The dangers of the real changes that nobody saw in the reviewed ones.
pub fn unseen(reviewed: &PlannedStack, real: &PlannedStack) -> Vec<Danger> {
    let seen = dangers(reviewed);
    let covered = |danger: &Danger| {
        seen.iter().any(|old| old.logical_id == danger.logical_id && covers(&old.what, &danger.what))
    };
    dangers(real).into_iter().filter(|danger| !covered(danger)).collect()
}

/// Whether who agreed to the one agreed to the other too: to see a resource possibly replaced is to expect it.
fn covers(seen: &What, real: &What) -> bool {
    match (seen, real) {
        (What::Deletes(_) | What::Replaces(_) | What::MayLose(_), What::Replaces(_) | What::MayLose(_)) => {
            true
        }
        (
            What::OpensNetwork
            | What::WidensPermissions
            | What::NameIsTaken { .. }
            | What::MayLose(_)
            | What::Replaces(_)
            | What::Deletes(_),
            real,
        ) => seen == real,
    }
}

fn of_change(change: &ResourceChange, body: &Body) -> Vec<Danger> {
    let stored = stored_in(&change.resource_type);
    let mut found: Vec<What> = Vec::new();
    match change.action {
        Action::Remove => found.extend(stored.map(What::Deletes)),
        Action::Replace => {
            found.extend(stored.map(What::Replaces));
            found.extend(taken_name(change, body));
        }
        Action::MayReplace => found.extend(stored.map(What::MayLose)),
        Action::Add | Action::Modify | Action::Retain | Action::Import | Action::Unknown => {}
    }
    if change.action != Action::Remove {
        found.extend(change.properties.iter().filter_map(|property| wider(&change.resource_type, property)));
    }
    let danger = |what| Danger {
        logical_id: change.logical_id.clone(),
        resource_type: change.resource_type.clone(),
        what,
    };
    found.into_iter().map(danger).collect()
}

/// The property by which a replaced resource would meet its own predecessor.
fn taken_name(change: &ResourceChange, body: &Body) -> Option<What> {
    let declared = body.document.root.get("Resources")?.get(&change.logical_id)?.get("Properties")?;
    let kind = change.resource_type.rsplit("::").next()?;
    let names = [format!("{kind}Name"), format!("{kind}Identifier"), "Name".to_owned()];
    let property = names.into_iter().find(|name| declared.get(name).is_some())?;
    let renamed = |path: &PropertyChange| path.path.rsplit('/').next() == Some(&property);
    let moves = change.properties.iter().any(renamed);
    let forced = change.properties.iter().any(|path| path.recreates == Recreates::Always && !renamed(path));
    (forced && !moves).then_some(What::NameIsTaken { property })
}

fn wider(resource_type: &str, property: &PropertyChange) -> Option<What> {
    let gains = |needle: &str| {
        let holds = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains(needle));
        holds(&property.after) && !holds(&property.before)
    };
    let opens = gains("0.0.0.0/0") || gains("::/0");
    if resource_type.starts_with("AWS::EC2::SecurityGroup") && !property.path.contains("Egress") && opens {
        return Some(What::OpensNetwork);
    }
    let policy = resource_type.starts_with("AWS::IAM::") && property.path.contains("Polic");
    (policy && (gains("\"*\"") || gains(":*\""))).then_some(What::WidensPermissions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fake::stack;
    use std::sync::Arc;

    fn property(path: &str, before: &str, after: &str, recreates: Recreates) -> PropertyChange {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        PropertyChange { path: path.into(), before: text(before), after: text(after), recreates, cause: None }
    }

    fn planned(kind: &str, action: Action, properties: Vec<PropertyChange>) -> PlannedStack {
        let body = "Resources: {R: {Type: X, Properties: {TableName: t, Other: x}}}";
        let mut planned = PlannedStack::new(&Arc::new(stack("a", body, &[])), None);
        planned.changes.push(ResourceChange {
            logical_id: "R".into(),
            resource_type: kind.into(),
            physical_id: None,
            action,
            properties,
        });
        planned
    }

    fn check(kind: &str, action: Action, properties: Vec<PropertyChange>, expected: &[&str]) {
        let planned = planned(kind, action, properties);
        let told: Vec<_> = dangers(&planned).iter().map(|danger| danger.what.to_string()).collect();
        assert_eq!(told, expected, "{kind} {action:?}");
    }

    #[test]
    fn what_may_hurt_is_told() {
        let none = Vec::new;
        check(
            "AWS::RDS::DBInstance",
            Action::Remove,
            none(),
            &["is deleted, and the data of the database with it"],
        );
        check(
            "AWS::RDS::DBInstance",
            Action::MayReplace,
            none(),
            &["may be replaced, and the data of the database with it"],
        );
        check("AWS::RDS::DBInstance", Action::Modify, none(), &[]);
        check("AWS::SNS::Topic", Action::Replace, none(), &[]);
        let other = property("/Properties/Other", "x", "y", Recreates::Always);
        check(
            "AWS::DynamoDB::Table",
            Action::Replace,
            vec![other],
            &[
                "must be replaced, which fails while `TableName` keeps its name",
                "is replaced, and the data of the table with it",
            ],
        );
        let renamed = property("/Properties/TableName", "x", "y", Recreates::Always);
        check(
            "AWS::DynamoDB::Table",
            Action::Replace,
            vec![renamed],
            &["is replaced, and the data of the table with it"],
        );
        let opened = |path: &str| property(path, "10.0.0.0/8", "0.0.0.0/0", Recreates::Never);
        check(
            "AWS::EC2::SecurityGroup",
            Action::Modify,
            vec![opened("/Properties/SecurityGroupIngress/0/CidrIp")],
            &["opens the network to everyone"],
        );
        check(
            "AWS::EC2::SecurityGroup",
            Action::Modify,
            vec![opened("/Properties/SecurityGroupEgress/0/CidrIp")],
            &[],
        );
        let wide =
            property("/Properties/Policies", "s3:GetObject", "{\"Action\": \"s3:*\"}", Recreates::Never);
        check("AWS::IAM::Role", Action::Modify, vec![wide], &["widens permissions with a wildcard"]);
    }

    #[test]
    fn a_review_covers_what_it_showed_and_no_more() {
        let check = |seen: Action, real: Action, unseen_count: usize| {
            let table = |action| planned("AWS::DynamoDB::Table", action, Vec::new());
            assert_eq!(unseen(&table(seen), &table(real)).len(), unseen_count, "{seen:?} {real:?}");
        };
        check(Action::Modify, Action::Replace, 1);
        check(Action::MayReplace, Action::Replace, 0);
        check(Action::Replace, Action::MayReplace, 0);
        check(Action::Replace, Action::Remove, 1);
        check(Action::Remove, Action::Modify, 0);
    }
}
