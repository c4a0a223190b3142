//! Projects that exist only here: what assembles, and what is told of those that are broken.

use super::*;
use crate::project::files::memory::Memory;

const PROJECT: &str = "project: acme\ndefaults: {regions: [eu-west-1], tags: {owner: platform}}\n";
const ACCOUNTS: &str = "main: {id: \"000000000001\", role: deploy}\n";
const BLUEPRINT: &str = "\
values:
  cidr: {type: cidr, default: 10.0.0.0/16}
  size: {type: object, fields: {min: integer, max: integer}, default: {min: 1, max: 2}}
  name: {type: string, doc: \"Its name\"}
stacks:
  network:
    template: network.yaml
    parameters:
      Cidr: <%= values.cidr %>
  web:
    template: network.yaml
    parameters:
      Vpc: !Output network.VpcId
      Min: <%= values.size.min %>
      Max: <%= values.size.max %>
      Name: <%= values.name %>
";
const ENVIRONMENT: &str = "blueprint: app\naccounts: {workload: main}\nvalues: {name: demo}\n";
const TEMPLATE: &str = "\
Parameters: {Cidr: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic}}
Outputs: {VpcId: {Value: !Ref Topic}}
";

/// A small sound project with some files replaced, added, or (with `-`) taken away.
fn project(changes: &[(&str, &str)]) -> Project {
    let mut memory = Memory::default();
    let sound = [
        ("formwork.yaml", PROJECT),
        ("environments/accounts.yaml", ACCOUNTS),
        ("environments/app/dev.yaml", ENVIRONMENT),
        ("templates/app/blueprint.yaml", BLUEPRINT),
        ("templates/app/network.yaml", TEMPLATE),
    ];
    for (path, text) in sound.iter().chain(changes) {
        match *text {
            "-" => memory.0.remove(*path),
            text => memory.0.insert((*path).to_owned(), text.to_owned()),
        };
    }
    Project { root: PathBuf::new(), folder: Arc::new(memory) }
}

fn settings(pairs: &[&str]) -> Vec<(String, String)> {
    let split = |pair: &&str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    pairs.iter().filter_map(split).collect()
}

/// Assembles all environments; panics when something is wrong.
fn assembled(changes: &[(&str, &str)], pairs: &[&str]) -> Assembled {
    let project = project(changes);
    let assembled = project.assemble(&project.select(&[]).unwrap(), &settings(pairs));
    assert_eq!(told(&assembled.findings), [""; 0]);
    assembled
}

fn told(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        let help = finding.help.as_ref().map(|help| format!(" [{help}]")).unwrap_or_default();
        format!("{} {place} {}{help}", finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

/// Edits a text: `old => new`.
fn edited(text: &str, edit: &str) -> String {
    let Some((old, new)) = edit.split_once(" => ") else { return edit.to_owned() };
    let (old, new) = (old.replace("\\n", "\n"), new.replace("\\n", "\n"));
    assert!(text.contains(&old), "{old}");
    text.replacen(&old, &new, 1)
}

fn broken(file: &str, edit: &str) -> Vec<String> {
    let (path, text) = match file {
        "project" => ("formwork.yaml", PROJECT),
        "accounts" => ("environments/accounts.yaml", ACCOUNTS),
        "environment" => ("environments/app/dev.yaml", ENVIRONMENT),
        "blueprint" => ("templates/app/blueprint.yaml", BLUEPRINT),
        other => panic!("{other}"),
    };
    let project = project(&[(path, &edited(text, edit))]);
    told(&project.assemble(&project.select(&[]).unwrap(), &[]).findings)
}

/// Each kind of mistake in each file, with all that is told of it. A case is a file, what is replaced in it, and by
/// what; `UPDATE_BROKEN=1` writes what is told now.
#[test]
fn broken_projects() {
    let expected = include_str!("broken.txt");
    let mut found = String::new();
    for line in expected.lines().filter_map(|line| line.strip_prefix("## ")) {
        let (file, edit) = line.split_once('|').unwrap();
        found.push_str(&format!("## {line}\n"));
        broken(file, edit).iter().for_each(|told| found.push_str(&format!("{told}\n")));
    }
    if std::env::var_os("UPDATE_BROKEN").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/project/tests/broken.txt"), &found).unwrap();
    }
    for (line, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(found.len(), expected.len());
}

fn stacks(assembled: &Assembled, environment: &str) -> Vec<String> {
    let environment = &assembled.assembly.environments[environment];
    environment.stacks.iter().map(|stack| format!("{} = {}", stack.label, stack.name)).collect()
}

fn parameter(assembled: &Assembled, environment: &str, name: &str) -> String {
    let (label, name) = name.rsplit_once('.').unwrap();
    let environment = &assembled.assembly.environments[environment];
    let stack = environment.stacks.iter().find(|stack| stack.label == label).unwrap();
    let parameter = stack.parameters.iter().find(|parameter| parameter.name == name).unwrap();
    match &parameter.input {
        crate::model::fact::Input::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn layers_lie_over_each_other() {
    let production = "blueprint: app\naccounts: {workload: \"012345678901\"}\nregions: [eu-west-1, us-east-1]\n\
        values: {name: shop, size: {min: 4, max: 8}}\nprotection: sealed\nby_region: {us-east-1: {values: {name: america}}}\n";
    let staging = "mirrors: production\naccounts: {workload: main}\nvalues: {size: {max: 5}}\n\
        by_account: {workload: {values: {cidr: 10.1.0.0/16}}}\nby_region: {eu-west-1: {values: {cidr: 10.2.0.0/16}}}\n";
    let blueprint = BLUEPRINT.replace("  web:\n", "  web:\n    regions: all\n");
    let changes = [
        ("environments/app/production.yaml", production),
        ("environments/app/staging.yaml", staging),
        ("templates/app/blueprint.yaml", &blueprint),
    ];
    let plain = assembled(&changes, &[]);
    let check = |assembled: &Assembled, environment: &str, name: &str, expected: &str| {
        assert_eq!(parameter(assembled, environment, name), expected, "{environment} {name}");
    };
    check(&plain, "app/dev", "web.Max", "2");
    check(&plain, "app/production", "web (eu-west-1).Name", "shop");
    check(&plain, "app/production", "web (us-east-1).Name", "america");
    check(&plain, "app/production", "network.Cidr", "10.0.0.0/16");
    check(&plain, "app/staging", "web (eu-west-1).Min", "4");
    check(&plain, "app/staging", "web (eu-west-1).Max", "5");
    check(&plain, "app/staging", "web (us-east-1).Name", "america");
    check(&plain, "app/staging", "network.Cidr", "10.2.0.0/16");
    let staging = &plain.assembly.environments["app/staging"];
    assert_eq!(staging.protection, crate::model::environment::Protection::Sealed);
    assert_eq!(staging.accounts["workload"].id.as_str(), "000000000001");
    let set = assembled(&changes, &["cidr=10.9.0.0/16", "values.size.min=3"]);
    check(&set, "app/staging", "network.Cidr", "10.9.0.0/16");
    check(&set, "app/staging", "web (eu-west-1).Min", "3");
    check(&set, "app/dev", "web.Max", "2");
}

#[test]
fn account_ids_keep_their_zeros() {
    let check = |text: &str, expected: &str| {
        let environment = ENVIRONMENT.replace("{workload: main}", &format!("{{workload: {text}}}"));
        let assembled = assembled(&[("environments/app/dev.yaml", &environment)], &[]);
        let accounts = &assembled.assembly.environments["app/dev"].accounts;
        assert_eq!(accounts["workload"].id.as_str(), expected, "{text}");
    };
    check("012345678901", "012345678901");
    check("\"012345678901\"", "012345678901");
    check("000000000001", "000000000001");
    check("{id: 001234567012}", "001234567012");
    check("{id: '001234567012', role: a}", "001234567012");
}

#[test]
fn stacks_go_to_accounts_regions_and_items() {
    let blueprint = "\
accounts: [workload, logs]
values:
  services: {type: list, items: {fields: {name: string, where: {type: string, default: workload}}}}
stacks:
  trail: {template: network.yaml, account: all, regions: all}
  archive: {template: network.yaml, account: logs, condition: <%= region == 'eu-west-1' %>, regions: all}
  certificate: {template: network.yaml, regions: [us-west-2]}
  service:
    for_each: <%= values.services %>
    account: <%= item.where %>
    name: service-<%= item.name %>
    template: network.yaml
  zone: {for_each: {a: 1, b: 2}, template: network.yaml, parameters: {Cidr: <%= key %><%= item %>}}
";
    let environment = "blueprint: app\naccounts: {workload: main, logs: \"000000000002\"}\n\
        regions: [eu-west-1, us-east-1]\nvalues: {services: [{name: api}, {name: keep, where: logs}]}\n";
    let changes = [("templates/app/blueprint.yaml", blueprint), ("environments/app/dev.yaml", environment)];
    let assembled = assembled(&changes, &[]);
    let expected = [
        "trail (logs/eu-west-1) = acme-app-dev-trail",
        "trail (logs/us-east-1) = acme-app-dev-trail",
        "trail (workload/eu-west-1) = acme-app-dev-trail",
        "trail (workload/us-east-1) = acme-app-dev-trail",
        "archive = acme-app-dev-archive",
        "certificate = acme-app-dev-certificate",
        "service-api = acme-app-dev-service-api",
        "service-keep = acme-app-dev-service-keep",
        "zone-a = acme-app-dev-zone-a",
        "zone-b = acme-app-dev-zone-b",
    ];
    assert_eq!(stacks(&assembled, "app/dev"), expected);
    assert_eq!(parameter(&assembled, "app/dev", "zone-b.Cidr"), "b2");
    let environment = &assembled.assembly.environments["app/dev"];
    assert_eq!(environment.stacks[5].region, "us-west-2");
    let first = &environment.stacks[0].body;
    assert!(environment.stacks.iter().all(|stack| Arc::ptr_eq(&stack.body, first)));
}

fn project_with_outputs() -> Project {
    let blueprint = "\
stacks:
  network: {template: network.yaml, regions: all}
  one: {template: network.yaml}
  item: {for_each: [a, b], template: network.yaml}
  user:
    template: network.yaml
    regions: [us-east-1]
    after: [item]
    parameters:
      Near: !Output network.VpcId
      Only: !Output one.VpcId
      Far: !Output {stack: network, key: VpcId, region: eu-west-1}
      All: !Outputs network.VpcId
      Item: !Output item-a.VpcId
      Other: !Output shared:one.VpcId
      Named: !Output app/shared:one.VpcId
      List: [x, !Output one.VpcId, !Ssm \"/<%= environment.slug %>/y\"]
      Env: !Env BUILD
      Secret: !Secret \"a/b#c\"
      Account: !Account workload
      File: !File ../hello.txt
";
    let environment = "blueprint: app\naccounts: {workload: main}\nregions: [eu-west-1, us-east-1]\n";
    let shared = "blueprint: base\naccounts: {workload: main}\n";
    let changes = [
        ("templates/app/blueprint.yaml", blueprint),
        ("templates/base/blueprint.yaml", "stacks: {one: {template: ../app/network.yaml}}"),
        ("templates/hello.txt", "hello"),
        ("environments/app/dev.yaml", environment),
        ("environments/app/shared.yaml", shared),
    ];
    project(&changes)
}

#[test]
fn outputs_lead_to_stacks() {
    let project = project_with_outputs();
    let assembled = project.assemble(&["app/dev".to_owned()], &[]);
    assert_eq!(told(&assembled.findings), [""; 0]);
    assert_eq!(assembled.assembly.environments.keys().collect::<Vec<_>>(), ["app/dev", "app/shared"]);
    let stacks = &assembled.assembly.environments["app/dev"].stacks;
    let user = stacks.iter().find(|stack| stack.label == "user").unwrap();
    let needs: Vec<String> = user.needs.iter().map(ToString::to_string).collect();
    let expected = [
        "app/dev:item-a@workload/eu-west-1",
        "app/dev:item-b@workload/eu-west-1",
        "app/dev:network@workload/eu-west-1",
        "app/dev:network@workload/us-east-1",
        "app/dev:one@workload/eu-west-1",
        "app/shared:one@workload/eu-west-1",
    ];
    assert_eq!(needs, expected);
    let explained = |what: &str| project.explain("app/dev", what, &[]).unwrap().results.remove(0).1;
    let check =
        |name: &str, expected: &str| assert_eq!(explained(&format!("user.{name}")), expected, "{name}");
    check("Near", "the output `VpcId` of app/dev:network@workload/us-east-1");
    check("Only", "the output `VpcId` of app/dev:one@workload/eu-west-1");
    check("Far", "the output `VpcId` of app/dev:network@workload/eu-west-1");
    check("Item", "the output `VpcId` of app/dev:item-a@workload/eu-west-1");
    check("Named", "the output `VpcId` of app/shared:one@workload/eu-west-1");
    check(
        "List",
        "x,the output `VpcId` of app/dev:one@workload/eu-west-1,the parameter `/app-dev/y` of Systems Manager",
    );
    check("Env", "the environment variable `BUILD`");
    check("Secret", "{{resolve:secretsmanager:a/b:SecretString:c}}");
    check("Account", "000000000001");
    check("File", "hello");
}

#[test]
fn references_that_lead_nowhere() {
    let check = |stack: &str, reference: &str, expected: &str| {
        let blueprint = format!(
            "stacks:\n  network: {{template: network.yaml, {stack}}}\n  user: {{template: network.yaml, parameters: {{A: {reference}}}}}\n"
        );
        let environment = "blueprint: app\naccounts: {workload: main}\nregions: [eu-west-1, us-east-1]\n";
        let shared = "blueprint: other\naccounts: {workload: main}\n";
        let other =
            "stacks: {one: {template: ../app/network.yaml, parameters: {A: !Output \"app/dev:user.A\"}}}";
        let project = project(&[
            ("templates/app/blueprint.yaml", &blueprint),
            ("templates/other/blueprint.yaml", other),
            ("environments/app/dev.yaml", environment),
            ("environments/app/shared.yaml", shared),
        ]);
        let assembled = project.assemble(&["app/dev".to_owned()], &[]);
        let messages: Vec<&str> = assembled.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, [expected], "{stack} {reference}");
    };
    check("regions: [eu-west-2, eu-west-3]", "!Output network.A", "`network` could mean 2 stacks");
    check("condition: <%= false %>", "!Output network.A", "the stack `network` is not part of `app/dev`");
    check("for_each: []", "!Output network.A", "the stack `network` is not part of `app/dev`");
    check("for_each: [a, b]", "!Output network.A", "`network` could mean 2 stacks");
    let cycle = "environments take outputs of each other: `app/dev` → `app/shared` → `app/dev`";
    check("regions: all", "!Output \"shared:one.A\"", cycle);
}

#[test]
fn settings_of_stacks() {
    let settings = "  web:\n    protect: <%= values.size.max > 1 %>\n    capabilities: CAPABILITY_IAM\n    role: r\n    \
        policy: {Statement: [{Effect: Allow}]}\n    notifications: [a, b]\n    timeout: 90s\n    on_failure: delete\n    \
        mode: express\n    tags: {owner: <%= environment.name %>, size: 1.10}\n    \
        assert: [<%= values.size.max > values.size.min %>]\n";
    let blueprint = BLUEPRINT.replace("  web:\n", settings);
    let assembled = assembled(&[("templates/app/blueprint.yaml", &blueprint)], &[]);
    let web = &assembled.assembly.environments["app/dev"].stacks[1];
    assert!(web.protect);
    assert_eq!(web.capabilities, ["CAPABILITY_IAM"]);
    assert_eq!(web.role.as_deref(), Some("r"));
    assert_eq!(web.policy.as_deref(), Some("{\"Statement\":[{\"Effect\":\"Allow\"}]}"));
    assert_eq!(web.notifications, ["a", "b"]);
    assert_eq!(web.timeout_minutes, Some(2));
    assert_eq!(
        (web.on_failure, web.mode),
        (crate::model::stack::OnFailure::Delete, crate::model::stack::Mode::Express)
    );
    let tags: Vec<String> = web.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        tags,
        ["formwork:environment=acme/app/dev", "formwork:stack=web", "owner=app/dev", "size=1.10"]
    );
}

#[test]
fn values_are_explained_and_secrets_are_not() {
    let blueprint = BLUEPRINT.replace("  name: {type: string,", "  name: {type: string, secret: true,");
    let template = TEMPLATE.replace(
        "Cidr: {Type: String}",
        "Cidr: {Type: String}, Name: {Type: String, NoEcho: true}, Zone: {Type: String, Default: a}",
    );
    let changes =
        [("templates/app/blueprint.yaml", blueprint.as_str()), ("templates/app/network.yaml", &template)];
    let project = project(&changes);
    let explain = |what: &str, pairs: &[&str]| {
        let explanation =
            project.explain("app/dev", what, &settings(pairs)).map_err(|findings| told(&findings));
        explanation.map(|explanation| {
            let mut lines: Vec<String> =
                explanation.results.iter().map(|(name, text)| format!("{name}= {text}")).collect();
            for layer in explanation.chains.iter().flat_map(|chain| &chain.layers) {
                let place = layer.place.as_ref().map(ToString::to_string).unwrap_or_default();
                lines.push(format!(
                    "{} {place} {}{}",
                    layer.name,
                    layer.gives,
                    if layer.wins { " *" } else { "" }
                ));
            }
            lines
        })
    };
    let expected = ["= 7", "default of the blueprint templates/app/blueprint.yaml:3:77 1", "--set  7 *"];
    assert_eq!(explain("web.Min", &["size.min=7"]).unwrap(), expected);
    let secret = ["= ****", "environment `app/dev` environments/app/dev.yaml:3:16 **** *"];
    assert_eq!(explain("web.Name", &[]).unwrap(), secret);
    assert_eq!(explain("values.name", &[]).unwrap(), secret);
    let check =
        |what: &str, expected: &str| assert_eq!(explain(what, &[]).unwrap_err(), [expected], "{what}");
    assert_eq!(
        explain("web.Zone", &[]).unwrap(),
        ["= a", "default of the template templates/app/network.yaml:1:102 a *"]
    );
    check("web.Mni", "FW0051  the stack `web` is given no parameter `Mni` [did you mean `Min`?]");
    check("wbe.Min", "FW0051  there is no stack `wbe` in `app/dev` [did you mean `web`?]");
    check("values.nme", "FW0051  the blueprint declares no value `nme` [did you mean `name`?]");
    check(
        "web",
        "FW0055  `web` is neither a parameter of a stack nor a value [write `stack.Parameter` or `values.name`]",
    );
}

#[test]
fn secret_values_are_not_written_in_plain_sight() {
    let blueprint = BLUEPRINT.replace("  name: {type: string,", "  name: {type: string, secret: true,");
    let check = |declaration: &str, description: &str, expected: &[&str]| {
        let template = TEMPLATE.replace("Cidr: {Type: String}", declaration) + description;
        let changes =
            [("templates/app/blueprint.yaml", blueprint.as_str()), ("templates/app/network.yaml", &template)];
        let found = project(&changes).assemble(&["app/dev".to_owned()], &[]);
        let messages: Vec<&str> = found.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, expected, "{declaration} {description}");
    };
    let shown = "the secret value `name` is given to the parameter `Name`, which CloudFormation shows";
    let written = "the template `templates/app/network.yaml` writes the secret value `name` into its body";
    check("Name: {Type: String}", "", &[shown]);
    check("Name: {Type: String, NoEcho: true}", "", &[]);
    check("Name: {Type: String, NoEcho: true}", "Description: <%= values.name %>\n", &[written, written]);
}

#[test]
fn differences_have_places() {
    let environment = "blueprint: app\naccounts: {workload: main}\ntags: {team: a}\nvalues:\n  name: demo\n  size: {max: 5}\n";
    let template = format!("{TEMPLATE}Description: <%= values.name %>\n");
    let changes =
        [("environments/app/dev.yaml", environment), ("templates/app/network.yaml", template.as_str())];
    let assembled = assembled(&changes, &[]);
    let check = |stack: &str, subject: &str, expected: &[&str]| {
        let (environment, account, region) =
            ("app/dev".to_owned(), "workload".to_owned(), "eu-west-1".to_owned());
        let address = StackAddress { environment, stack: stack.to_owned(), account, region };
        let places: Vec<String> =
            assembled.places(&address, subject).iter().map(ToString::to_string).collect();
        assert_eq!(places, expected, "{stack} {subject}");
    };
    check("web", "parameters/Name", &["environments/app/dev.yaml:5:9"]);
    check("web", "parameters/Max", &["environments/app/dev.yaml:6:15"]);
    check("web", "parameters/Min", &[]);
    check("web", "body", &["environments/app/dev.yaml:5:9"]);
    check("web", "tags/team", &["environments/app/dev.yaml:3:8"]);
    check("web", "stack", &[]);
    check("none", "body", &[]);
}

#[test]
fn a_stack_that_one_environment_has_is_declared_by_what_makes_it() {
    let blueprint = "values:
  teams: {type: list, default: []}
  mails: {type: list, default: []}
stacks:
  mail: {for_each: <%= values.mails %>, name: mail-<%= item %>, template: network.yaml, parameters: {Cidr: a}}
  team:
    for_each: <%= values.teams %>
    condition: <%= item != 'none' %>
    name: team-<%= item %>
    template: network.yaml
    parameters: {Cidr: <%= values.mails | join %>}
";
    let environment = |teams: &str, id: &str| {
        format!(
            "blueprint: app\naccounts: {{workload: {{id: '{id}'}}}}\nvalues:\n  mails: [x]\n  teams: [{teams}]\n"
        )
    };
    let (one, two) = (environment("red", "222222222222"), environment("red, blue", "333333333333"));
    let changes = [
        ("templates/app/blueprint.yaml", blueprint),
        ("environments/app/dev.yaml", one.as_str()),
        ("environments/app/staging.yaml", two.as_str()),
    ];
    let assembled = assembled(&changes, &[]);
    let check = |environment: &str, stack: &str, expected: &[&str]| {
        let address = StackAddress {
            environment: environment.to_owned(),
            stack: stack.to_owned(),
            account: "workload".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let places: Vec<String> =
            assembled.places(&address, "stack").iter().map(ToString::to_string).collect();
        assert_eq!(places, expected, "{environment} {stack}");
    };
    check("app/staging", "team-blue", &["environments/app/staging.yaml:5:10"]);
    check("app/dev", "team-blue", &["environments/app/dev.yaml:5:10"]);
    check("app/dev", "team-grey", &[]);
}

#[test]
fn command_line_values_are_checked() {
    let check = |pair: &str, expected: &str| {
        let found = project(&[]).assemble(&["app/dev".to_owned()], &settings(&[pair]));
        assert_eq!(told(&found.findings), [expected], "{pair}");
    };
    check("nme=x", "FW0033  `--set nme=…`: the blueprint declares no value `nme` [did you mean `name`?]");
    check("=x", "FW0033  `--set =x` names no value [write `--set name=value` or `--set map.key=value`]");
    check("size.min=a", "FW0033  `--set`: `size.min` has to be an integer, not a text `a`");
}

#[test]
fn values_that_nothing_uses_are_told() {
    let blueprint = BLUEPRINT.replace("  name: {", "  unused: {type: string, default: a}\n  name: {");
    let found =
        project(&[("templates/app/blueprint.yaml", &blueprint)]).assemble(&["app/dev".to_owned()], &[]);
    let help = "[use it as `<%= values.… %>`, or take it out here and in the environments]";
    assert_eq!(
        told(&found.findings),
        [format!("FW0190 templates/app/blueprint.yaml:4:3 nothing uses the value `unused` {help}")]
    );
    let template = format!("{TEMPLATE}Description: <%= values.unused %>\n");
    assembled(
        &[("templates/app/blueprint.yaml", &blueprint), ("templates/app/network.yaml", &template)],
        &[],
    );
}

#[test]
fn no_damage_to_a_file_makes_it_panic() {
    let files = [
        ("formwork.yaml", PROJECT),
        ("environments/accounts.yaml", ACCOUNTS),
        ("environments/app/dev.yaml", ENVIRONMENT),
        ("templates/app/blueprint.yaml", BLUEPRINT),
        ("templates/app/network.yaml", TEMPLATE),
    ];
    let damage = ["", "é", "\n", "<%=", "!Output ", "[", "{", ":", "- ", "\"", "*a", "&a "];
    for (path, text) in files {
        for at in 0..text.len() {
            let mut damaged = text.to_owned();
            damaged.replace_range(at..=at, damage[at % damage.len()]);
            let project = project(&[(path, &damaged)]);
            told(&project.assemble(&["app/dev".to_owned()], &[]).findings);
        }
    }
}

#[test]
fn bodies_differ_only_by_what_templates_use() {
    let blueprint = BLUEPRINT.replace("  web:\n", "  web:\n    regions: [eu-west-1, eu-west-2]\n");
    let check = |line: &str, expected: usize| {
        let template = format!("{TEMPLATE}Description: {line}\n");
        let changes =
            [("templates/app/blueprint.yaml", blueprint.as_str()), ("templates/app/network.yaml", &template)];
        let assembled = assembled(&changes, &[]);
        let stacks = &assembled.assembly.environments["app/dev"].stacks;
        let bodies: HashSet<*const _> = stacks.iter().map(|stack| Arc::as_ptr(&stack.body)).collect();
        assert_eq!(bodies.len(), expected, "{line}");
    };
    check("the same", 1);
    check("<%= values.name %>", 1);
    check("<%= region %>", 2);
    check("<%= stack.name %>", 2);
    check("<%= stack.key %> <%= region %>", 3);
}

#[test]
fn mistakes_of_all_files_are_told_in_one_run() {
    let files = [
        ("formwork.yaml", PROJECT.replace("project: acme", "project: [")),
        ("environments/accounts.yaml", ACCOUNTS.replace("000000000001", "1")),
        ("environments/app/dev.yaml", ENVIRONMENT.replace("{name: demo}", "{name: demo, size: {min: one}}")),
        ("templates/app/blueprint.yaml", BLUEPRINT.replace("cidr: {type: cidr", "cidr: {type: cdr")),
        ("templates/app/network.yaml", TEMPLATE.replace("!Ref Topic", "<%= regoin %>")),
    ];
    let changes: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let found = project(&changes).assemble(&["app/dev".to_owned()], &[]);
    let told: HashSet<&str> = found
        .findings
        .iter()
        .filter_map(|finding| Some(finding.place.as_ref()?.source.path.as_str()))
        .collect();
    for (path, _) in files {
        assert!(told.contains(path), "{path} in {told:?}");
    }
    assert!(found.assembly.environments.is_empty());
}
