//! What the service finds before a deployment is told with its place.

use crate::support::Workplace;

#[test]
fn a_name_that_is_taken_is_told_by_resource_and_place() {
    let acme = Workplace::starter("early");
    let limit = "Resources:\n  Limit:\n    Type: AWS::SSM::Parameter\n    Properties: {Name: /app/limit, Type: String, Value: five}\n";
    acme.replace("templates/app/queue.yaml", "Resources:\n", limit);
    let dev = acme.read("environments/app/dev.yaml");
    acme.write("environments/app/demo.yaml", &dev);
    let first = acme.run(&["deploy", "app/dev", "--sandbox", "--yes"]);
    assert_eq!(first.exit, 0, "{}", first.text);
    let second = acme.run(&["plan", "app/demo", "--sandbox"]);
    assert_eq!(second.exit, 4, "{}", second.text);
    let told = "      The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]:\n        \
                Limit at /Resources/Limit/Properties: Resource of type 'AWS::SSM::Parameter' with identifier '/app/limit' \
                already exists.\n";
    assert!(second.text.contains(told), "{}", second.text);
}
