//! Reads what a request wants a stack to be: template, parameters, tags and the settings beside them.

use super::super::language::{Desired, GivenParameter, Template, resolve_parameters};
use super::super::refusal::Refusal;
use super::super::stack::{RollbackConfiguration, Stack, Wish};
use super::Call;
use crate::sandbox::language;
use std::sync::Arc;

impl From<language::Refusal> for Refusal {
    fn from(refusal: language::Refusal) -> Self {
        Self::new(400, refusal.code, refusal.message)
    }
}

/// A wish, and what was read on the way to it.
pub(super) struct Reading {
    pub(super) wish: Wish,
    pub(super) template: Template,
}

impl Call<'_> {
    /// Reads the wish of a request; `previous` is the stack it is for, if that exists.
    pub(super) fn wish(&self, previous: Option<&Stack>) -> Result<Reading, Refusal> {
        let text = self.template(previous)?;
        let template = Template::read(&text)?;
        let old = previous.and_then(|stack| stack.wish.as_ref());
        let outlook = self.world.outlook(&self.place);
        let given = self.parameters()?;
        let parameters = resolve_parameters(&template, &given, old.map(|wish| &wish.parameters), &outlook)?;
        let role = self.input.text("RoleARN").map(str::to_owned);
        let wish = Wish {
            template: text,
            parameters,
            tags: self.tags()?.or_else(|| old.map(|wish| wish.tags.clone())).unwrap_or_default(),
            capabilities: self.input.texts("Capabilities").unwrap_or_default(),
            notification_arns: self
                .input
                .texts("NotificationARNs")
                .or_else(|| old.map(|wish| wish.notification_arns.clone()))
                .unwrap_or_default(),
            role_arn: role.or_else(|| old.and_then(|wish| wish.role_arn.clone())),
            rollback_configuration: match self.rollback_configuration()? {
                None => old.and_then(|wish| wish.rollback_configuration.clone()),
                sent => sent,
            },
        };
        self.resource_types(&template)?;
        Ok(Reading { wish, template })
    }

    /// Reads a wish through: what a template refers to must exist, conditions must be decidable.
    ///
    /// Transforms are carried out later in AWS: when one fails, the request is accepted and there is nothing yet.
    pub(super) fn checked(&self, stack: &Stack, reading: &Reading) -> Result<Option<Arc<Desired>>, Refusal> {
        let outlook = self.world.outlook(&self.place);
        let identity = stack.identity(&reading.wish);
        let (parameters, tags) = (reading.wish.parameters.clone(), reading.wish.tags.clone());
        match Desired::new(&reading.template, parameters, identity, tags, &outlook) {
            Ok(desired) => {
                desired.check_stored(&outlook)?;
                Ok(Some(Arc::new(desired)))
            }
            Err(refusal) if refusal.of_transform => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn parameters(&self) -> Result<Vec<GivenParameter>, Refusal> {
        let list = self.input.list("Parameters").unwrap_or_default();
        list.into_iter()
            .map(|one| {
                Ok(GivenParameter {
                    name: one.required("ParameterKey")?.to_owned(),
                    value: one.text("ParameterValue").map(str::to_owned),
                    use_previous: one.flag("UsePreviousValue")?.unwrap_or(false),
                })
            })
            .collect()
    }

    fn tags(&self) -> Result<Option<Vec<(String, String)>>, Refusal> {
        let Some(list) = self.input.list("Tags") else { return Ok(None) };
        let pair = |one: &&super::Input| -> Result<(String, String), Refusal> {
            Ok((one.required("Key")?.to_owned(), one.required("Value")?.to_owned()))
        };
        let tags: Vec<(String, String)> = list.iter().map(pair).collect::<Result<_, _>>()?;
        Ok(Some(tags))
    }

    fn rollback_configuration(&self) -> Result<Option<RollbackConfiguration>, Refusal> {
        let Some(configuration) = self.input.structure("RollbackConfiguration") else { return Ok(None) };
        let mut triggers = None;
        if let Some(list) = configuration.list("RollbackTriggers") {
            let mut read = Vec::new();
            for one in list {
                let (arn, kind) = (one.required("Arn")?, one.required("Type")?);
                trigger(arn, kind)?;
                read.push((arn.to_owned(), kind.to_owned()));
            }
            triggers = Some(read);
        }
        let monitoring_minutes = configuration.integer("MonitoringTimeInMinutes")?;
        Ok(Some(RollbackConfiguration { triggers, monitoring_minutes }))
    }

    fn resource_types(&self, template: &Template) -> Result<(), Refusal> {
        let Some(allowed) = self.input.texts("ResourceTypes") else { return Ok(()) };
        let fits = |pattern: &String, kind: &str| match pattern.strip_suffix('*') {
            Some(stem) => kind.starts_with(stem),
            None => pattern == kind,
        };
        for kind in template.resource_types() {
            if !allowed.iter().any(|pattern| fits(pattern, &kind)) {
                let list = allowed.join(", ");
                let text = format!("Resource type {kind} is not allowed by parameter ResourceTypes [{list}]");
                return Err(Refusal::validation(text));
            }
        }
        Ok(())
    }

    /// Refuses a template whose capabilities the request does not acknowledge.
    pub(super) fn acknowledged(&self, reading: &Reading, expanding: bool) -> Result<(), Refusal> {
        let Some(need) = reading.template.capabilities() else { return Ok(()) };
        let given = &reading.wish.capabilities;
        let has = |name: &str| given.iter().any(|one| one == name);
        let missing: Vec<String> = need
            .capabilities
            .into_iter()
            .filter(|one| match one.as_str() {
                "CAPABILITY_IAM" => !has("CAPABILITY_IAM") && !has("CAPABILITY_NAMED_IAM"),
                "CAPABILITY_AUTO_EXPAND" => expanding && !has(one),
                other => !has(other),
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let text = format!("Requires capabilities : [{}]", missing.join(", "));
        Err(Refusal::new(400, "InsufficientCapabilitiesException", text))
    }
}

fn trigger(arn: &str, kind: &str) -> Result<(), Refusal> {
    if !matches!(kind, "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm") {
        return Err(Refusal::validation("Rollback Trigger Type not supported"));
    }
    if !arn.contains(":alarm:") {
        return Err(Refusal::validation("RelativeId of a Rollback Trigger's ARN is incorrect"));
    }
    Ok(())
}
