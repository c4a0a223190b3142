//! Deletion policies: known words, and snapshots only of what has them.

use crate::check::anatomy::{Anatomy, Entry};
use crate::check::call::{Call, literal};
use crate::check::{Check, Level, did_you_mean};
use crate::model::document::Node;
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "deletion policies", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0208";

const PAGE: &str = "\
`DeletionPolicy` is `Delete`, `Retain`, `RetainExceptOnCreate` or `Snapshot`; `UpdateReplacePolicy` is `Delete`, `Retain` or
`Snapshot`. `Snapshot` works for volumes, database instances and clusters, caches and warehouses. A
deletion policy does not cover replacement: that is what `UpdateReplacePolicy` is for.

Wrong:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DeletionPolicy: Keep # <-- no such policy
```

Right:

```yaml
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
```
";

const SNAPSHOTS: &[&str] = &[
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    for entry in &anatomy.resources {
        let deletion = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
        for (attribute, words) in
            [("DeletionPolicy", &deletion[..]), ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"])]
        {
            if let Some(node) = entry.node.get(attribute) {
                check_policy(anatomy, entry, (attribute, node), words, findings);
            }
        }
    }
}

fn check_policy(
    anatomy: &Anatomy<'_>,
    entry: &Entry<'_>,
    (attribute, node): (&str, &Node),
    words: &[&str],
    findings: &mut Vec<Finding>,
) {
    let Some(word) = literal(node) else {
        if !anatomy.is_extended() && !anatomy.opaque || Call::read(node).is_none() {
            let message = format!("`{attribute}` of the resource `{}` must be written out", entry.name);
            let help = "functions work here only with the transform `AWS::LanguageExtensions`";
            findings.push(Finding::error(CODE, message, anatomy.place(node)).help(help));
        }
        return;
    };
    if !words.contains(&word) {
        let message = format!("`{attribute}` of the resource `{}` cannot be `{word}`", entry.name);
        let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let help = did_you_mean(word, words.iter().copied()).unwrap_or_else(|| format!("it may be {known}"));
        findings.push(Finding::error(CODE, message, anatomy.place(node)).help(help));
        return;
    }
    let kind = entry.node.get("Type").and_then(literal).unwrap_or("");
    if word == "Snapshot" && kind.starts_with("AWS::") && !SNAPSHOTS.contains(&kind) {
        let message = format!("there are no snapshots of `{kind}`");
        findings.push(Finding::error(CODE, message, anatomy.place(node)).help("use `Retain`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn policies_are_known_words() {
        let with = |text: &str| format!("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    {text}\n");
        check(&with("DeletionPolicy: RetainExceptOnCreate"), &[]);
        check(&with("DeletionPolicy: Snapshot"), &["FW0208:4"]);
        check(&with("DeletionPolicy: !Ref AWS::Region"), &["FW0208:4"]);
        check(&with("UpdateReplacePolicy: RetainExceptOnCreate"), &["FW0208:4"]);
        check(
            "Resources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties: {AvailabilityZone: a}\n    DeletionPolicy: Snapshot\n",
            &[],
        );
    }
}
