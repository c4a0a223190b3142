//! Properties that a resource type must have and that are not given.

use crate::check::anatomy::Anatomy;
use crate::check::typed::{Misfit, report};
use crate::check::{Check, Level};
use crate::model::finding::Finding;

/// The check.
pub const CHECK: Check =
    Check { code: CODE, title: "missing properties", page: PAGE, level: Level::Body(run) };

const CODE: &str = "FW0232";

const PAGE: &str = "\
Some properties must be given. `AWS::NoValue` counts as not given; where a transform may add properties, nothing is said.

Wrong:

```yaml
Resources:
  Database: # <-- no class
    Type: AWS::ElastiCache::CacheCluster
    Properties:
      Engine: redis
      NumCacheNodes: 1
```

Right:

```yaml
Resources:
  Cache:
    Type: AWS::ElastiCache::CacheCluster
    Properties:
      CacheNodeType: cache.t4g.micro
      Engine: redis
      NumCacheNodes: 1
```
";

fn run(anatomy: &Anatomy<'_>, findings: &mut Vec<Finding>) {
    report(anatomy, CODE, Misfit::Missing, findings);
}

#[cfg(test)]
mod tests {
    use crate::check::examples::check;

    #[test]
    fn what_is_required_is_given() {
        let with = |text: &str| format!("Resources:\n  F:\n    Type: AWS::SNS::Subscription\n    {text}\n");
        check(&with("Properties: {Protocol: https, TopicArn: a}"), &[]);
        check(&with("Properties: {Protocol: https}"), &["FW0232:2"]);
        check(&with("Properties: {Protocol: https, TopicArn: !Ref 'AWS::NoValue'}"), &["FW0232:2"]);
        check(&with("Metadata: {}"), &["FW0232:2", "FW0232:2"]);
        check(&with("Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: a}}}"), &[]);
    }
}
