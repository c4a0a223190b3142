//! Everything that exists: accounts × regions with their stacks, parameters and secrets, buckets, and the agenda of
//! what is due. Knows how time moves it; what a request changes is said by the operations.

use super::agenda::{Agenda, Due};
use super::clock::Clock;
use super::engine::{self, Consequence, Step};
use super::faults::{Faults, Past};
use super::identifiers;
use super::language::Identity;
use super::organizations::Organization;
use super::outlook::Outlook;
pub(super) use super::region::{Place, Region, Secret, StoredHistory, StoredVersion, thing};
use super::resources::{Effect, Instance, effects};
pub(super) use super::s3::{Bucket, Object};
use super::stack::Stack;
use super::status::StackStatus;
use super::store::Store;
use std::collections::{BTreeMap, BTreeSet};

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
    /// By management account.
    pub(super) organizations: BTreeMap<String, Organization>,
    pub(super) store: Store,
    /// Where the sandbox is reached, `http://127.0.0.1:4747`; empty when it listens nowhere.
    pub(super) address: String,
    pub(super) agenda: Agenda,
    /// The stack sets that wait for stacks, by the stacks' ids.
    pub(super) awaited: BTreeMap<String, (Place, String)>,
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
            organizations: BTreeMap::new(),
            store,
            address: String::new(),
            agenda: Agenda::default(),
            awaited: BTreeMap::new(),
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
            self.agenda.note(due, place, Due::Stack(id.clone()));
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

    /// Packs all stacks of an account, when it is not known which of them were looked at.
    pub(super) fn rest(&mut self, account: &str) {
        let own = self.regions.iter_mut().filter(|(place, _)| place.account == account);
        own.for_each(|(_, region)| region.stacks.rest_all());
    }

    /// Takes a stack out of its place, to be changed and put back.
    pub(super) fn take(&mut self, place: &Place, id: &str) -> Option<Stack> {
        self.region(place).stacks.take(id)
    }

    /// Carries out everything that is due, and so many steps ahead of time.
    pub(super) fn progress(&mut self) {
        self.forget();
        let mut ahead = self.clock.steps();
        while let Some(due) = self.agenda.next() {
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
        while let Some((due, place, what)) = self.agenda.take(moment) {
            match what {
                Due::Stack(id) => {
                    let waiting = self.stack(&place, &id).and_then(engine::next_due);
                    if waiting.is_some_and(|next| next <= due) {
                        self.run(&place, &id, due);
                    }
                }
                Due::Refactor(id) => {
                    if self.refactor_due(&place, &id).is_some_and(|next| next <= due) {
                        self.run_refactor(&place, &id, due);
                    }
                }
                Due::StackSet(name) => self.advance_set(&place, &name, due),
                Due::Organization => self.advance_organization(&place.account, due),
            }
        }
    }

    fn run(&mut self, place: &Place, id: &str, now: i64) {
        self.moment = now;
        let Some(mut stack) = self.take(place, id) else { return };
        let executed = stack.operation.as_ref().and_then(|operation| operation.change_set_id.clone());
        let outlook = self.outlook(place);
        let mut step = Step { stack: &mut stack, outlook: &outlook, now, consequences: Vec::new() };
        step.run();
        let consequences = step.consequences;
        let executed = executed.filter(|_| stack.operation.is_none());
        let rests = stack.operation.is_none();
        let settled = rests && stack.parent.is_some();
        let parent = stack.parent.clone();
        self.put(place, stack);
        for consequence in consequences {
            self.follow(place, id, consequence);
        }
        if let Some(set) = executed {
            self.discard_unborn(place, id, &set);
        }
        if let Some(parent) = parent.filter(|_| settled) {
            self.child_settled(place, &parent, id);
        }
        if rests {
            self.awaited_settled(id, now);
        }
    }

    fn follow(&mut self, place: &Place, parent: &str, consequence: Consequence) {
        match consequence {
            Consequence::Appeared(instance) => self.appear(place, &instance),
            Consequence::Vanished(instance) => self.vanish(place, &instance),
            Consequence::Released(instance) => self.release(place, instance),
            Consequence::Differs(instance) => {
                self.appear(place, &instance);
                self.note(place, instance);
            }
            Consequence::Drafts(set) => self.draft(place, parent, &set),
            Consequence::Decided(set) => self.decided(place, parent, &set),
            Consequence::Discarded(set) => self.discard(place, parent, &set, self.moment),
            Consequence::Adopted(instance) => self.nest(place, parent, &instance),
            Consequence::Child { logical_id, instance, work } => {
                self.child(place, parent, super::nested::Order { logical_id, instance, work });
            }
        }
    }

    fn appear(&mut self, place: &Place, instance: &Instance) {
        let now = self.moment;
        self.forget_thing(place, instance);
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
                Effect::Bucket { name } => {
                    self.put_bucket(place, &name, now);
                    self.buckets.entry(name).or_default().configure(instance);
                }
                Effect::NestedStack { .. } | Effect::WaitCondition { .. } => {}
            }
        }
    }

    fn vanish(&mut self, place: &Place, instance: &Instance) {
        self.forget_thing(place, instance);
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
                Effect::NestedStack { .. } | Effect::WaitCondition { .. } => {}
            }
        }
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
        self.resume_sets();
        self.resume_organizations();
        let due = |(place, region): (&Place, &Region)| {
            let waiting =
                region.refactors.values().filter_map(|one| Some((one.due?, place.clone(), one.id.clone())));
            waiting.collect::<Vec<_>>()
        };
        let waiting: Vec<(i64, Place, String)> = self.regions.iter().flat_map(due).collect();
        for (due, place, id) in waiting {
            self.agenda.note(due, &place, Due::Refactor(id));
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
        "Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Retain, Properties: {TopicName: kept}}}",
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
        let kind = match flags & 0b1001 {
            0 => "UPDATE",
            9 => "IMPORT",
            _ => "CREATE",
        };
        let import = "&ResourcesToImport.member.1.LogicalResourceId=A&ResourcesToImport.member.1.ResourceType=AWS::SNS::Topic\
             &ResourcesToImport.member.1.ResourceIdentifier.entry.1.key=TopicArn\
             &ResourcesToImport.member.1.ResourceIdentifier.entry.1.value=arn:aws:sns:us-east-1:000000000000:kept";
        let mode = if flag(32) { "&DeploymentMode=REVERT_DRIFT" } else { "" };
        let beside = if kind == "IMPORT" { import } else { mode };
        format!(
            "Action={action}&StackName=s{stack}&TemplateBody={template}&ChangeSetName=c{}&ChangeSetType={kind}\
             &DisableRollback={}&RetainExceptOnCreate={}&IncludeNestedStacks={}{beside}",
            flags & 1,
            flag(2),
            flag(4),
            flag(16)
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
            history in prop::collection::vec((0..ACTIONS.len(), 0..3usize, 0..TEMPLATES.len(), 0..64u8, 0..6usize), 1..40)
        ) {
            let clock = Clock::new(Speed::Max, 0);
            let mut world = World::new(7, clock, Store::memory());
            order(&mut world, &["Bad".into()], Scenario::default());
            let place = Place { account: "000000000000".into(), region: "us-east-1".into() };
            world.put_bucket(&place, "b", 0);
            let child = Object { body: TEMPLATES[1].into(), ..Object::default() };
            world.buckets.entry("b".into()).or_default().objects.insert("k".into(), child);
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
                let waiting = stack.change_sets.iter().find(|set| set.pending() || set.due.is_some());
                prop_assert!(waiting.is_none(), "a change set of {} waits for ever", stack.name);
            }
        }
    }
}
