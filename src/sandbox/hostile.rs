//! Whatever is sent as a request: it is carried out or refused, in AWS's form, and a refusal changes nothing.
//!
//! Tests only. Requests are made from the model: an operation, some of its members, and values that fit or do not.

use super::caller::Caller;
use super::clock::Clock;
use super::model::MODEL;
use super::operations;
use super::request::Request;
use super::store::Store;
use super::world::{Place, World};
use super::{Speed, response};
use http_body_util::BodyExt;
use proptest::prelude::*;
use proptest::sample::Index;
use std::cell::RefCell;
use std::future::Future;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

const TEMPLATE: &str =
    r#"{"Resources":{"T":{"Type":"AWS::SNS::Topic"}},"Outputs":{"O":{"Value":"v","Export":{"Name":"x"}}}}"#;
const CASES: u32 = 10_000;

/// A parameter of a request: which member of the operation, how its path is bent, and its value.
type Part = (Index, u8, String);

fn value() -> impl Strategy<Value = String> {
    let known = vec![
        "keeper",
        "other",
        "arn:aws:cloudformation:us-east-1:000000000000:stack/keeper/x",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "99999999999999999999",
        "CREATE",
        "CREATE_COMPLETE",
        "DELETE_STACK",
        "CAPABILITY_IAM",
        "Original",
        "http://127.0.0.1/bucket/key",
        "{}",
        "[",
        "Resources:",
        "page-1",
        "T",
        "x",
        "",
        " ",
        "\u{0}\u{1}\u{fffe}",
        "]]>&<a b='\"'>",
    ];
    prop_oneof![
        40 => prop::sample::select(known).prop_map(str::to_owned),
        4 => Just(TEMPLATE.to_owned()),
        5 => any::<String>(),
        1 => (1_usize..60_000).prop_map(|length| "a".repeat(length)),
    ]
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A path as the model has it, or one that is none.
fn bent(path: &str, how: u8) -> String {
    match how {
        0 => path.replace(".member.1", ".1"),
        1 => path.replace(".1", ".0"),
        2 => path.replace(".1", ".4000000000"),
        3 => format!("{path}.x"),
        4 => path.split('.').next().unwrap_or_default().to_owned(),
        5 => path.to_lowercase(),
        6 => path.replace(".1", ".2"),
        7 => "....".to_owned(),
        _ => path.to_owned(),
    }
}

fn request(body: String) -> Request {
    Request {
        method: http::Method::POST,
        path: "/".to_owned(),
        query: String::new(),
        headers: http::HeaderMap::new(),
        body: body.into_bytes(),
        caller: Caller::read(&http::HeaderMap::new(), ""),
    }
}

/// What a refusal must leave alone.
fn state(world: &World) -> Vec<String> {
    let regions = world.regions.values();
    let sets = regions.clone().flat_map(|region| region.stack_sets.values()).map(|set| format!("{set:?}"));
    let stacks = regions.flat_map(|region| region.stacks.values()).map(|stack| {
        let (events, sets) = (stack.events.len(), stack.change_sets.len());
        format!("{} {} {events} {sets} {:?}", stack.id, stack.status.text(), stack.accepted)
    });
    stacks.chain(sets).collect()
}

fn body(response: response::Response) -> String {
    // The body is there as a whole: nothing is waited for.
    let mut collecting = std::pin::pin!(response.into_body().collect());
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(collected) = collecting.as_mut().poll(&mut context) else { panic!("a body is late") };
    String::from_utf8(collected.unwrap().to_bytes().to_vec()).unwrap()
}

fn is_proper(action: &str, status: u16, text: &str) {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element().tag_name().name().to_owned();
    let has = |name: &str| {
        document.descendants().any(|node| node.has_tag_name(name) || node.tag_name().name() == name)
    };
    assert!(has("RequestId"), "{text}");
    match status {
        200 => assert_eq!(root, format!("{action}Response")),
        400..500 => assert!(root == "ErrorResponse" && has("Code") && has("Message"), "{text}"),
        _ => panic!("{status}: {text}"),
    }
}

fn world() -> World {
    let mut world = World::new(7, Clock::new(Speed::Max, 0), Store::memory());
    for name in ["keeper", "other"] {
        let form = format!(
            "Action=CreateStack&StackName={name}&TemplateBody={}",
            encoded(&TEMPLATE.replace('x', name))
        );
        operations::answer(&mut world, &request(form));
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_gets_a_proper_answer(
        action in any::<Index>(),
        parts in prop::collection::vec((any::<Index>(), 0_u8..100, value()), 0..6),
    ) {
        thread_local!(static WORLD: RefCell<(u32, World)> = RefCell::new((0, world())));
        WORLD.with_borrow_mut(|(asked, world)| {
            *asked += 1;
            // A world that thousands have worked in only makes this slower.
            if asked.is_multiple_of(500) {
                *world = self::world();
            }
            ask(world, action, &parts);
        });
    }
}

/// A value that is mostly right for a member of this name.
fn sound(path: &str, spare: bool) -> &str {
    let named = |part: &&str| !matches!(*part, "member" | "entry") && part.parse::<u8>().is_err();
    match path.rsplit('.').find(named).unwrap_or_default() {
        "StackName" if spare => "newcomer",
        "StackName" => "keeper",
        "TemplateBody" => TEMPLATE,
        "ChangeSetName" | "StackSetName" | "ClientRequestToken" | "ClientToken" | "OperationId" => "fresh",
        "LogicalResourceId" | "LogicalResourceIds" | "ResourcesToSkip" => "T",
        "Accounts" => "000000000000",
        "Regions" => "us-east-1",
        "ExportName" => "x",
        "ResourceTypes" | "ResourceType" => "AWS::SNS::Topic",
        "StackPolicyBody" => r#"{"Statement":[]}"#,
        _ => "a-value-that-has-some-length",
    }
}

/// An operation and its members, each with its paths and what fits there.
type Described = (&'static str, Vec<Vec<(String, String)>>);

static OPERATIONS: LazyLock<Vec<Described>> =
    LazyLock::new(|| MODEL.names().into_iter().map(|name| (name, MODEL.paths(name))).collect());

/// What an operation needs, or requests would never come far.
const NEEDED: &[&str] =
    &["StackName", "StackSetName", "ChangeSetName", "TemplateBody", "Accounts.member.1", "Regions.member.1"];

fn form(action: &str, members: &[Vec<(String, String)>], parts: &[Part]) -> String {
    let mut form = format!("Action={action}&Version=2010-05-15");
    let known = |path: &str| members.iter().flatten().any(|(known, _)| known == path);
    for path in NEEDED.iter().filter(|path| parts.len() != 5 && known(path)) {
        form.push_str(&format!("&{path}={}", encoded(sound(path, parts.len().is_multiple_of(2)))));
    }
    for (member, how, value) in parts.iter().filter(|_| !members.is_empty()) {
        let member = &members[member.index(members.len())];
        for (number, (path, sample)) in member.iter().enumerate() {
            let odd = number == usize::from(*how) % member.len();
            let fitting = if sample.is_empty() { sound(path, how.is_multiple_of(2)) } else { sample };
            let (path, value) = match *how {
                0..20 if odd => (bent(path, *how), value.as_str()),
                20..40 if odd => (path.clone(), value.as_str()),
                _ => (path.clone(), fitting),
            };
            form.push_str(&format!("&{path}={}", encoded(value)));
        }
    }
    form
}

fn ask(world: &mut World, action: Index, parts: &[Part]) {
    let (action, members) = &OPERATIONS[action.index(OPERATIONS.len())];
    let form = form(action, members, parts);
    world.progress();
    let before = state(world);
    let answer = operations::answer(world, &request(form));
    let status = answer.status().as_u16();
    is_proper(action, status, &body(answer));
    if status != 200 {
        assert_eq!(before, state(world));
    }
    let place = Place { account: "000000000000".to_owned(), region: "us-east-1".to_owned() };
    let region = world.region(&place);
    assert!(region.stacks.newest_first().count() == region.stacks.living(), "a stack is lost");
}
