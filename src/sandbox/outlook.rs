//! What a stack sees of the world around it: exports, stored parameters, names that are taken, faults.

use super::awaited::Reply;
use super::faults::{Drifted, Moment, ProviderFailure, Question, Subject};
use super::language::{StoredParameter, Surroundings};
use super::resources::{Effect, Instance, effects};
use super::stack::Stack;
use super::status::StackStatus;
use super::world::{Place, Region, World, thing};
use serde_json::Value;

/// The world as seen from one account and region.
pub(super) struct Outlook<'a> {
    pub(super) world: &'a World,
    pub(super) place: Place,
}

impl Outlook<'_> {
    pub(super) fn region(&self) -> Option<&Region> {
        self.world.regions.get(&self.place)
    }

    pub(super) fn stacks(&self) -> impl Iterator<Item = &Stack> {
        self.region().into_iter().flat_map(|region| region.stacks.values()).filter(|stack| stack.lives())
    }

    /// The stack that exports a name.
    pub(super) fn exporter(&self, name: &str) -> Option<String> {
        self.region()?.stacks.exporter(name).map(|stack| stack.name.clone())
    }

    /// The stacks that import a name.
    pub(super) fn importers(&self, name: &str) -> Vec<String> {
        let imports = |stack: &&Stack| {
            stack.imports.contains(name)
                && !matches!(stack.status, StackStatus::ReviewInProgress | StackStatus::RollbackComplete)
        };
        self.stacks().filter(imports).map(|stack| stack.name.clone()).collect()
    }

    /// The provider's words, if work on this resource is to fail.
    pub(super) fn failure(&self, subject: &Subject<'_>) -> Option<ProviderFailure> {
        self.world.faults.failure(&self.place, subject, self.world.clock.pace())
    }

    /// How many milliseconds longer work on this resource takes, if it is stuck.
    pub(super) fn delay(&self, subject: &Subject<'_>) -> Option<i64> {
        self.world.faults.delay(&self.place, subject, self.world.clock.pace())
    }

    /// What somebody answers, if a rule says so.
    pub(super) fn answer(&self, question: &Question<'_>) -> Option<Reply> {
        self.world.faults.answer(&self.place, question)
    }

    /// What a resource of a stack is like in the world, where others can change it: nothing when it is gone.
    pub(super) fn actual(&self, stack: &str, instance: &Instance) -> Option<serde_json::Value> {
        let mut properties = self.properties(instance);
        let (logical_id, resource_type) = (&instance.logical_id, &instance.resource_type);
        let subject = Subject { moment: Moment::Update, stack, logical_id, resource_type };
        match self.world.faults.drift(&self.place, &subject) {
            Some(Drifted::Word(_)) => return None,
            Some(Drifted::To(actual)) => super::drift::apply(&mut properties, actual),
            None => {}
        }
        for effect in effects(instance) {
            let (property, value, believed) = match effect {
                Effect::StoredParameter { name, value, .. } => {
                    let stored = self.stored_parameter(&name, None)?;
                    ("Value", stored.value, value)
                }
                Effect::Secret { name, value, .. } => ("SecretString", self.secret(&name)?, value),
                Effect::Bucket { name } => {
                    self.world.buckets.get(&name)?;
                    continue;
                }
                Effect::NestedStack { .. } | Effect::WaitCondition { .. } => continue,
            };
            // Only what the template says is compared.
            if value != believed && properties.get(property).is_some() {
                properties[property] = value.into();
            }
        }
        Some(properties)
    }

    /// The properties that a stack's resource has: what is known to differ, else what the stack says.
    fn properties(&self, instance: &Instance) -> Value {
        let known = self.region().and_then(|region| region.things.get(&thing(instance)));
        let (Some(known), Value::Object(believed)) = (known, &instance.properties) else {
            return instance.properties.clone();
        };
        // Only what the template says is compared.
        let said =
            believed.keys().filter_map(|name| Some((name.clone(), known.properties.get(name)?.clone())));
        Value::Object(said.collect())
    }

    /// The provider's words, if something keeps a resource from being deleted.
    pub(super) fn held_back(&self, instance: &Instance) -> Option<&'static str> {
        effects(instance).iter().find_map(|effect| match effect {
            Effect::Bucket { name } => self.world.buckets.get(name)?.held_by(),
            _ => None,
        })
    }

    /// The provider's words, if what a new resource wants to be called exists already.
    pub(super) fn conflict(&self, instance: &Instance) -> Option<String> {
        let taken = effects(instance).iter().any(|effect| match effect {
            Effect::StoredParameter { name, .. } => {
                self.region().is_some_and(|region| region.parameters.contains_key(name))
            }
            Effect::Bucket { name } => self.world.buckets.contains_key(name),
            Effect::Secret { name, .. } => {
                self.region().is_some_and(|region| region.secrets.contains_key(name))
            }
            Effect::NestedStack { .. } | Effect::WaitCondition { .. } => false,
        });
        let taken = taken || self.left_behind(instance);
        taken.then(|| format!("{} already exists", instance.physical_id))
    }
}

impl Surroundings for Outlook<'_> {
    fn stored_parameter(&self, name: &str, version: Option<u64>) -> Option<StoredParameter> {
        let (_, history, stored) = self.region()?.parameter(name, version)?;
        let (kind, value) = (history.kind.clone(), stored.value.clone());
        Some(StoredParameter { kind, value, version: stored.version })
    }

    fn export(&self, name: &str) -> Option<String> {
        let mut outputs = self.region()?.stacks.exporter(name)?.outputs.iter();
        outputs.find(|output| output.export.as_deref() == Some(name)).map(|output| output.value.clone())
    }

    fn stack_output(
        &self,
        stack: &str,
        output: &str,
        region: Option<&str>,
        role: Option<&str>,
    ) -> Option<String> {
        let account = role.and_then(|role| role.split(':').nth(4)).unwrap_or(&self.place.account);
        let region = region.unwrap_or(&self.place.region);
        let place = Place { account: account.to_owned(), region: region.to_owned() };
        let stack = self.world.regions.get(&place)?.find(stack).filter(|stack| stack.lives())?;
        stack.outputs.iter().find(|one| one.key == output).map(|one| one.value.clone())
    }

    fn secret(&self, identifier: &str) -> Option<String> {
        self.region()?.secret(identifier).map(|secret| secret.value.clone())
    }

    fn included(&self, location: &str) -> Result<String, String> {
        let (bucket, key) = location
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(|| "The location parameter is not a valid S3 uri.".to_owned())?;
        let found = self.world.buckets.get(bucket);
        let found = found.ok_or_else(|| format!("S3 bucket [{bucket}] does not exist."))?;
        let object = found.objects.get(key).ok_or_else(|| "The specified key does not exist.".to_owned())?;
        Ok(String::from_utf8_lossy(&object.body).into_owned())
    }
}
