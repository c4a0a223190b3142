//! The generator of templates, where nothing was scanned.

use super::{Bench, refusal};

#[tokio::test]
async fn nothing_was_scanned_and_nothing_generated() {
    let bench = Bench::new().await;
    let client = &bench.client;
    assert!(client.list_resource_scans().send().await.unwrap().resource_scan_summaries().is_empty());
    assert!(client.list_generated_templates().send().await.unwrap().summaries().is_empty());
    let scan =
        "arn:aws:cloudformation:eu-west-1:111122223333:resourceScan/3c1c1d4e-0000-4000-8000-000000000000";
    let expected = ("ResourceScanNotFound".to_owned(), "The resource scan was not found.".to_owned());
    assert_eq!(refusal(client.describe_resource_scan().resource_scan_id(scan).send().await), expected);
    assert_eq!(refusal(client.list_resource_scan_resources().resource_scan_id(scan).send().await), expected);
    let template = client.get_generated_template().generated_template_name("nobody-made-it");
    let expected =
        ("GeneratedTemplateNotFound".to_owned(), "The generated template was not found.".to_owned());
    assert_eq!(refusal(template.send().await), expected);
}
