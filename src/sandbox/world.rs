//! Everything that exists: accounts × regions with their stacks, parameters and secrets, buckets, and the agenda of
//! what is due. Knows how time moves it; what a request changes is said by the operations.

use super::clock::Clock;
use super::engine::{self, Consequence, Step};
use super::faults::{Faults, Past};
use super::identifiers;
use super::language::Identity;
use super::outlook::Outlook;
use super::resources::{Effect, Instance, effects};
use super::stack::Stack;
use super::stack_set::StackSet;
use super::stacks::Stacks;
use super::status::StackStatus;
use super::store::Store;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// An account and a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: String,
}

/// What lies in one account and region.
#[derive(Debug, Default)]
pub(super) struct Region {
    pub(super) stacks: Stacks,
    pub(super) parameters: BTreeMap<String, StoredHistory>,
    pub(super) secrets: BTreeMap<String, Secret>,
    /// By name.
    pub(super) stack_sets: BTreeMap<String, StackSet>,
    /// How many stacks there have been: what makes their ids differ.
    pub(super) births: u64,
}

/// The versions of a stored parameter, the newest last.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct StoredHistory {
    pub(super) kind: String,
    pub(super) versions: Vec<StoredVersion>,
}

/// One version of a stored parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredVersion {
    pub(super) version: u64,
    pub(super) value: String,
    pub(super) at: i64,
}

/// A secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Secret {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) version: String,
    pub(super) at: i64,
}

/// A bucket and its objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) created_at: i64,
    pub(super) objects: BTreeMap<String, Object>,
}

/// An object in a bucket.
#[derive(Debug, Clone, Default)]
pub(super) struct Object {
    pub(super) body: Vec<u8>,
    pub(super) content_type: String,
    pub(super) etag: String,
    pub(super) at: i64,
}

impl Region {
    /// The stack of this name or id; deleted ones by id only.
    pub(super) fn find(&self, name_or_id: &str) -> Option<&Stack> {
        self.stacks.find(name_or_id)
    }

    /// A stored parameter of this name or ARN, in a version or the newest.
    pub(super) fn parameter(
        &self,
        name_or_arn: &str,
        version: Option<u64>,
    ) -> Option<(&str, &StoredHistory, &StoredVersion)> {
        let name = name_or_arn.split_once(":parameter").map_or(name_or_arn, |(_, name)| name);
        let (name, history) = self.parameters.get_key_value(name)?;
        let stored = match version {
            Some(version) => history.versions.iter().find(|stored| stored.version == version)?,
            None => history.versions.last()?,
        };
        Some((name, history, stored))
    }

    /// The secret of this name or ARN, with or without the ARN's random end.
    pub(super) fn secret(&self, identifier: &str) -> Option<&Secret> {
        let by_arn = |secret: &&Secret| {
            secret.arn == identifier
                || secret.arn.rsplit_once('-').is_some_and(|(partial, _)| partial == identifier)
        };
        self.secrets.get(identifier).or_else(|| self.secrets.values().find(by_arn))
    }
}

/// The world.
#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    /// How stacks were a while ago, while somebody may ask for it.
    pub(super) past: Option<Past>,
    pub(super) regions: BTreeMap<Place, Region>,
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) store: Store,
    agenda: BinaryHeap<Reverse<(i64, u64, Place, String)>>,
    entries: u64,
    requests: u64,
    /// The stacks that somebody has looked at or changed: when the request is over, they are packed.
    touched: BTreeSet<(Place, String)>,
    /// The time of the step that is being carried out.
    pub(super) moment: i64,
}

impl World {
    /// A world with nothing in it.
    pub(super) fn new(seed: u64, clock: Clock, store: Store) -> Self {
        Self {
            seed,
            clock,
            faults: Faults::default(),
            past: None,
            regions: BTreeMap::new(),
            buckets: BTreeMap::new(),
            store,
            agenda: BinaryHeap::new(),
            entries: 0,
            requests: 0,
            touched: BTreeSet::new(),
            moment: 0,
        }
    }

    /// An identifier for the next request.
    pub(super) fn request_id(&mut self) -> String {
        self.requests += 1;
        identifiers::uuid(self.seed, &["request", &self.requests.to_string(), &self.clock.now().to_string()])
    }

    /// The account and region of a request.
    pub(super) fn region(&mut self, place: &Place) -> &mut Region {
        self.regions.entry(place.clone()).or_default()
    }

    /// A stack of a name that was free.
    pub(super) fn fresh(&mut self, place: &Place, name: &str, status: StackStatus, now: i64) -> Stack {
        let seed = self.seed;
        let region = self.region(place);
        region.births += 1;
        let births = region.births.to_string();
        self.store.region_changed(place);
        let Place { account, region } = place.clone();
        let partition = super::caller::partition(&region);
        let uuid = identifiers::uuid(seed, &["stack", &account, &region, name, &births]);
        let identity = Identity {
            stack_id: format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid}"),
            account,
            region,
            partition: partition.to_owned(),
            stack_name: name.to_owned(),
            notification_arns: Vec::new(),
        };
        Stack::new(&identity, seed, status, now)
    }

    /// The world as a stack of this place sees it.
    pub(super) fn outlook(&self, place: &Place) -> Outlook<'_> {
        Outlook { world: self, place: place.clone() }
    }

    /// The stack of this name or id.
    pub(super) fn stack(&self, place: &Place, name_or_id: &str) -> Option<&Stack> {
        self.regions.get(place)?.find(name_or_id)
    }

    /// Puts a stack into its place, notes when it is due, and that it must be written down.
    pub(super) fn put(&mut self, place: &Place, stack: Stack) {
        let id = stack.id.clone();
        if let Some(due) = engine::next_due(&stack) {
            self.entries += 1;
            self.agenda.push(Reverse((due, self.entries, place.clone(), id.clone())));
        }
        self.store.stack_changed(place, &id);
        if let Some(past) = &mut self.past {
            past.note(place, &stack, self.clock.pace());
        }
        self.region(place).stacks.put(stack);
        self.touch(place, &id);
    }

    /// Notes that somebody has looked at a stack.
    pub(super) fn touch(&mut self, place: &Place, name_or_id: &str) {
        self.touched.insert((place.clone(), name_or_id.to_owned()));
    }

    /// Takes a stack out of its place, to be changed and put back.
    pub(super) fn take(&mut self, place: &Place, id: &str) -> Option<Stack> {
        self.region(place).stacks.take(id)
    }

    /// Carries out everything that is due, and so many steps ahead of time.
    pub(super) fn progress(&mut self) {
        self.forget();
        let mut ahead = self.clock.steps();
        while let Some(Reverse((due, ..))) = self.agenda.peek() {
            let due = *due;
            if due > self.clock.now() {
                if ahead == 0 {
                    return;
                }
                ahead -= 1;
                self.clock.skip_to(due);
                self.store.time_moved();
            }
            self.step(due);
        }
    }

    /// Forgets the stacks that were deleted long ago.
    fn forget(&mut self) {
        let now = self.clock.now();
        for (place, region) in &mut self.regions {
            while let Some(id) = region.stacks.forget(now) {
                self.store.stack_changed(place, &id);
            }
        }
    }

    /// Carries out what is due at one moment.
    fn step(&mut self, moment: i64) {
        while let Some(Reverse((due, ..))) = self.agenda.peek() {
            if *due > moment {
                return;
            }
            let Some(Reverse((due, _, place, id))) = self.agenda.pop() else { return };
            let waiting = self.stack(&place, &id).and_then(engine::next_due);
            if waiting.is_some_and(|next| next <= due) {
                self.run(&place, &id, due);
            }
        }
    }

    fn run(&mut self, place: &Place, id: &str, now: i64) {
        self.moment = now;
        let Some(mut stack) = self.take(place, id) else { return };
        let outlook = self.outlook(place);
        let mut step = Step { stack: &mut stack, outlook: &outlook, now, consequences: Vec::new() };
        step.run();
        let consequences = step.consequences;
        let settled = stack.operation.is_none() && stack.parent.is_some();
        let parent = stack.parent.clone();
        self.put(place, stack);
        for consequence in consequences {
            self.follow(place, id, consequence);
        }
        if let Some(parent) = parent.filter(|_| settled) {
            self.child_settled(place, &parent, id);
        }
    }

    fn follow(&mut self, place: &Place, parent: &str, consequence: Consequence) {
        match consequence {
            Consequence::Appeared(instance) => self.appear(place, &instance),
            Consequence::Vanished(instance) => self.vanish(place, &instance),
            Consequence::Child { logical_id, instance, work } => {
                self.child(place, parent, super::nested::Order { logical_id, instance, work });
            }
        }
    }

    fn appear(&mut self, place: &Place, instance: &Instance) {
        let now = self.moment;
        for effect in effects(instance) {
            match effect {
                Effect::StoredParameter { name, kind, value } => {
                    self.put_parameter(place, &name, &kind, value)
                }
                Effect::Secret { arn, name, value } => {
                    let version = identifiers::uuid(self.seed, &[&arn, &value]);
                    let secret = Secret { arn, name: name.clone(), value, version, at: now };
                    self.store.secret_changed(place, &name);
                    self.region(place).secrets.insert(name, secret);
                }
                Effect::Bucket { name } => self.put_bucket(place, &name, now),
                Effect::NestedStack { .. } | Effect::WaitCondition { .. } | Effect::Custom { .. } => {}
            }
        }
    }

    fn vanish(&mut self, place: &Place, instance: &Instance) {
        for effect in effects(instance) {
            match effect {
                Effect::StoredParameter { name, .. } => {
                    self.region(place).parameters.remove(&name);
                    self.store.parameter_changed(place, &name);
                }
                Effect::Secret { name, .. } => {
                    self.region(place).secrets.remove(&name);
                    self.store.secret_changed(place, &name);
                }
                Effect::Bucket { name } => {
                    self.buckets.remove(&name);
                    self.store.bucket_changed(&name);
                }
                Effect::NestedStack { .. } | Effect::WaitCondition { .. } | Effect::Custom { .. } => {}
            }
        }
    }

    /// Stores a parameter's next version.
    pub(super) fn put_parameter(&mut self, place: &Place, name: &str, kind: &str, value: String) {
        let now = self.clock.now();
        let history = self.region(place).parameters.entry(name.to_owned()).or_default();
        kind.clone_into(&mut history.kind);
        let version = history.versions.last().map_or(1, |last| last.version + 1);
        if history.versions.last().is_none_or(|last| last.value != value) {
            history.versions.push(StoredVersion { version, value, at: now });
        }
        self.store.parameter_changed(place, name);
    }

    /// Makes a bucket, if there is none of the name.
    pub(super) fn put_bucket(&mut self, place: &Place, name: &str, now: i64) {
        let Place { account, region } = place.clone();
        let bucket = Bucket { account, region, created_at: now, objects: BTreeMap::new() };
        self.buckets.entry(name.to_owned()).or_insert(bucket);
        self.store.bucket_changed(name);
    }

    /// Ends a request: packs what it touched, and writes down everything that changed since the last time.
    pub(super) fn save(&mut self) -> Result<(), super::Error> {
        for (place, name_or_id) in std::mem::take(&mut self.touched) {
            if let Some(region) = self.regions.get_mut(&place) {
                region.stacks.rest(&name_or_id);
            }
        }
        let mut store = std::mem::take(&mut self.store);
        let saved = store.save(self);
        self.store = store;
        saved
    }

    /// Puts what is due of every stack on the agenda, after it was read from the disk.
    pub(super) fn resume(&mut self) {
        let stacks: Vec<(Place, Stack)> = self
            .regions
            .iter_mut()
            .flat_map(|(place, region)| {
                let busy: BTreeSet<String> = region
                    .stacks
                    .values()
                    .filter(|stack| engine::next_due(stack).is_some())
                    .map(|stack| stack.id.clone())
                    .collect();
                busy.into_iter()
                    .filter_map(|id| Some((place.clone(), region.stacks.take(&id)?)))
                    .collect::<Vec<_>>()
            })
            .collect();
        for (place, stack) in stacks {
            self.put(&place, stack);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::Speed;
    use super::super::faults::{Scenario, order};
    use super::super::operations::perform;
    use super::super::query::Input;
    use super::*;
    use proptest::prelude::*;

    /// Templates that agree and disagree with one another, some with a resource that is made to fail.
    const TEMPLATES: &[&str] = &[
        "Resources: {A: {Type: AWS::SNS::Topic}}",
        "Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: x}}, B: {Type: AWS::SQS::Queue, DependsOn: A}}",
        "Resources: {B: {Type: AWS::SNS::Topic}, A: {Type: AWS::SQS::Queue, DependsOn: B}, Bad: {Type: AWS::SNS::Topic}}",
        "Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Retain}}\nOutputs: {O: {Value: !Ref A, Export: {Name: e}}}",
        "Resources: {P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue e}}}",
        "Resources: {Bad: {Type: AWS::SNS::Topic, Properties: {TopicName: y}}}",
        "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'http://localhost/b/k'}}}",
        "Resources: [",
    ];
    const ACTIONS: &[&str] = &[
        "CreateStack",
        "UpdateStack",
        "DeleteStack",
        "CreateChangeSet",
        "ExecuteChangeSet",
        "DeleteChangeSet",
        "RollbackStack",
        "CancelUpdateStack",
        "ContinueUpdateRollback",
        "DescribeStackEvents",
        "DescribeChangeSet",
        "ListStackResources",
        "GetTemplateSummary",
    ];

    fn request(action: &str, stack: usize, template: usize, flags: u8) -> String {
        let template = TEMPLATES[template].replace('+', "%2B").replace('&', "%26");
        let flag = |bit: u8| flags & bit != 0;
        let kind = if flag(1) { "CREATE" } else { "UPDATE" };
        format!(
            "Action={action}&StackName=s{stack}&TemplateBody={template}&ChangeSetName=c{}&ChangeSetType={kind}\
             &DisableRollback={}&RetainExceptOnCreate={}",
            flags & 1,
            flag(2),
            flag(4)
        )
    }

    #[test]
    fn the_requests_of_histories_are_good_ones() {
        let mut world = World::new(7, Clock::new(Speed::Max, 0), Store::memory());
        let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
        for (stack, template) in (0..6).enumerate() {
            let input = Input::parse(&request("CreateStack", stack, template, 0));
            assert!(perform(&mut world, &place, "CreateStack", input).is_some_and(|answer| answer.is_ok()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_history_of_requests_settles(
            history in prop::collection::vec((0..ACTIONS.len(), 0..3usize, 0..TEMPLATES.len(), 0..8u8, 0..6usize), 1..40)
        ) {
            let clock = Clock::new(Speed::Max, 0);
            let mut world = World::new(7, clock, Store::memory());
            order(&mut world, &["Bad".into()], Scenario::default());
            let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
            for (action, stack, template, flags, steps) in history {
                let input = Input::parse(&request(ACTIONS[action], stack, template, flags));
                // Refusals are as good as results: what counts is what the stacks make of it.
                let _ = perform(&mut world, &place, ACTIONS[action], input);
                for _ in 0..steps {
                    world.progress();
                }
            }
            for _ in 0..2000 {
                world.progress();
            }
            for stack in world.regions.get(&place).into_iter().flat_map(|region| region.stacks.values()) {
                prop_assert!(!stack.status.busy(), "{} is {}", stack.name, stack.status.text());
                prop_assert!(stack.operation.is_none());
                let ordered = stack.events.windows(2).all(|pair| pair[0].at < pair[1].at);
                prop_assert!(ordered, "events of {} share a moment", stack.name);
                let gone = stack.lives() || stack.instances.is_empty();
                prop_assert!(gone, "{} left something behind", stack.name);
            }
        }
    }
}
