//! Where others have a say: custom resources that answer, wait conditions and creation policies that are signalled.

use super::super::awaited::{self, Awaited, Kind, Signal, Verdict};
use super::super::faults::{Question, RequestType};
use super::super::language::plain_text;
use super::super::operation::{Job, JobState, Operation};
use super::super::resources::{Answered, Effect, Instance, effects};
use super::super::stack::{Report, Stack};
use super::super::status::ResourceStatus;
use super::Step;

/// The types whose creation policy counts signals.
const SIGNALLED: [&str; 3] =
    ["AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance", "AWS::CloudFormation::WaitCondition"];
/// What AWS says when a custom resource answers an update with another physical identifier.
const OTHER_IDENTIFIER: &str = "Requested update required the provider to create a new physical resource";

/// What comes of a wait whose time has come.
pub(super) enum Heard {
    /// The work goes on.
    Enough,
    /// It is waited for longer.
    Wait,
    /// It failed, in AWS's words.
    Failed(String),
}

impl Step<'_> {
    /// Begins to wait, if the resource of a job is one that others have a say in.
    pub(super) fn await_others(&mut self, job: &mut Job, request: RequestType) {
        job.awaited = None;
        let Some(instance) = job.next.clone() else { return };
        let question = Question {
            request,
            stack: &self.stack.name.clone(),
            logical_id: &job.logical_id,
            resource_type: &job.resource_type,
        };
        let Some((kind, count, source, timeout)) = self.wanted(&instance, request) else { return };
        let reply = self.outlook.answer(&question);
        if kind == Kind::Response && reply.is_none() {
            return;
        }
        let JobState::Running { stage, due } = job.state else { return };
        let deadline = self.now.saturating_add(timeout);
        let ruled = reply.is_some();
        let due = match &reply {
            None => due,
            Some(reply) if reply.never => deadline,
            Some(reply) => reply.after.map_or(due, |after| self.now.saturating_add(after)).min(deadline),
        };
        let request = self.stack.identifier("request");
        job.state = JobState::Running { stage, due };
        job.awaited = Some(Awaited { kind, count, source, deadline, reply, ruled, request });
    }

    /// What a resource waits for: kind, number, the source of the signals, and how many milliseconds.
    fn wanted(&mut self, instance: &Instance, request: RequestType) -> Option<(Kind, u64, String, i64)> {
        let id = &instance.logical_id;
        if instance.is_custom() {
            return Some((Kind::Response, 1, id.clone(), awaited::service_timeout(instance)));
        }
        if request != RequestType::Create || !SIGNALLED.contains(&instance.resource_type.as_str()) {
            return None;
        }
        if let Some((count, timeout)) = self.creation_policy(id) {
            return Some((Kind::Signals, count, id.clone(), timeout));
        }
        effects(instance).into_iter().find_map(|effect| match effect {
            Effect::WaitCondition { count, timeout_seconds } => {
                let handle = instance.properties.get("Handle").and_then(plain_text)?;
                let handles = self.stack.instances.values().filter(|one| one.physical_id == handle);
                let source = handles.map(|one| one.logical_id.clone()).next()?;
                let timeout = i64::try_from(timeout_seconds.min(43_200)).unwrap_or_default() * 1000;
                Some((Kind::Conditions, count, source, timeout))
            }
            _ => None,
        })
    }

    /// The signals that a creation policy asks for, and within how many milliseconds.
    fn creation_policy(&mut self, id: &str) -> Option<(u64, i64)> {
        let desired = self.desired().ok()?;
        let policy = desired.attribute(id, "CreationPolicy")?;
        let signal = policy.get("ResourceSignal")?;
        let count = signal.get("Count").and_then(plain_text).and_then(|text| text.parse().ok());
        let timeout = signal.get("Timeout").and_then(plain_text);
        let timeout = timeout.unwrap_or_else(|| "PT5M".to_owned()).parse::<jiff::SignedDuration>().ok();
        let timeout = timeout.map_or(300, |timeout| timeout.as_secs()).clamp(0, 43_200);
        Some((count.unwrap_or(1), timeout * 1000))
    }

    /// Looks at what has come for a job whose time has come.
    pub(super) fn hear(&mut self, operation: &mut Operation, index: usize) -> Heard {
        let Some(mut waiting) = operation.jobs[index].awaited.clone() else { return Heard::Enough };
        let heard = match waiting.kind {
            Kind::Response => self.response(&mut operation.jobs[index], &waiting),
            Kind::Conditions | Kind::Signals => self.signals(&mut operation.jobs[index], &mut waiting),
        };
        if matches!(heard, Heard::Wait) {
            operation.jobs[index].state = JobState::Running { stage: 1, due: waiting.deadline };
            operation.jobs[index].awaited = Some(waiting);
        }
        heard
    }

    /// A custom resource has answered, or its time is over.
    fn response(&self, job: &mut Job, waiting: &Awaited) -> Heard {
        let reply = waiting.reply.as_ref().filter(|reply| !reply.never && self.now < waiting.deadline);
        let Some(reply) = reply else { return Heard::Failed(waiting.late(0)) };
        if let (Some(next), Some(id)) =
            (&mut job.next, reply.physical_id.as_ref().filter(|id| !id.is_empty()))
        {
            next.physical_id.clone_from(id);
        }
        if let Some(reason) = awaited::refused(reply, &waiting.request) {
            return Heard::Failed(reason);
        }
        if let Some(next) = &mut job.next {
            next.attributes.clone_from(&reply.data);
            let (id, request) = (&self.stack.id, &waiting.request);
            let region = self.stack.region.replace('-', "");
            let object = format!(
                "{id}|{}|{request} in S3 bucket cloudformation-custom-resource-storage-{region}",
                next.logical_id
            );
            next.answered = Some(Answered { object, no_echo: reply.no_echo });
        }
        Heard::Enough
    }

    fn signals(&mut self, job: &mut Job, waiting: &mut Awaited) -> Heard {
        let reply = waiting.reply.take().filter(|reply| !reply.never);
        for signal in reply.iter().flat_map(|reply| reply.signals(waiting.count)) {
            receive(self.stack, job, waiting, signal, self.now);
        }
        let received = self.stack.signals.get(&waiting.source).cloned().unwrap_or_default();
        let verdict = waiting.verdict(&received);
        if verdict == Verdict::Open && waiting.ruled {
            return match self.now >= waiting.deadline {
                true => Heard::Failed(waiting.late(received.len())),
                false => Heard::Wait,
            };
        }
        if let Verdict::Failed(reason) = verdict {
            return Heard::Failed(reason);
        }
        if let Some(next) = job.next.as_mut().filter(|_| waiting.kind == Kind::Conditions) {
            next.attributes.insert("Data".to_owned(), awaited::told(&received).into());
        }
        Heard::Enough
    }

    /// The physical identifier of a custom resource is known when it has answered, and told then.
    pub(super) fn tell_answer(&mut self, operation: &mut Operation, index: usize) {
        let job = &operation.jobs[index];
        let Some(next) = job.next.clone().filter(Instance::is_custom) else { return };
        let existing = self.stack.instances.get(&next.logical_id);
        match existing {
            Some(existing) if existing.physical_id == next.physical_id => {}
            Some(_) if !job.replaces => {
                operation.jobs[index].replaces = true;
                let status = ResourceStatus::UpdateInProgress;
                self.report_job(operation, index, status, Some(OTHER_IDENTIFIER));
            }
            found => {
                let status = match found {
                    Some(_) => ResourceStatus::UpdateInProgress,
                    None => ResourceStatus::CreateInProgress,
                };
                self.report_job(operation, index, status, Some(super::deploy::INITIATED));
            }
        }
    }
}

/// Notes a signal; one that goes to a resource is told by an event.
fn receive(stack: &mut Stack, job: &Job, waiting: &Awaited, signal: Signal, now: i64) {
    if waiting.kind == Kind::Signals && signal.success {
        let reason = format!("Received SUCCESS signal with UniqueId {}", signal.unique_id);
        let physical_id = job.next.as_ref().map(|next| next.physical_id.clone());
        stack.report(
            now,
            &Report {
                logical_id: &job.logical_id,
                resource_type: &job.resource_type,
                physical_id: physical_id.as_deref(),
                status: ResourceStatus::CreateInProgress,
                reason: Some(&reason),
                properties: job.next.as_ref().map(Instance::told),
            },
        );
    }
    let received = stack.signals.entry(waiting.source.clone()).or_default();
    // A later failure takes the place of an earlier success.
    received.retain(|known| known.unique_id != signal.unique_id);
    received.push(signal);
}

/// A signal from outside; whoever waits for it goes on at once if it decides anything.
pub(in super::super) fn signalled(stack: &mut Stack, source: &str, signal: Signal, now: i64) {
    let Some(mut operation) = stack.operation.take() else {
        stack.signals.entry(source.to_owned()).or_default().push(signal);
        return;
    };
    let waits = |job: &&mut Job| job.awaited.as_ref().is_some_and(|waiting| waiting.source == source);
    let job = operation.jobs.iter_mut().filter(|job| !job.settled()).find(waits);
    match job.and_then(|job| job.awaited.clone().map(|waiting| (job, waiting))) {
        None => stack.signals.entry(source.to_owned()).or_default().push(signal),
        Some((job, waiting)) => {
            receive(stack, job, &waiting, signal, now);
            let received = stack.signals.get(source).map_or(&[][..], Vec::as_slice);
            if let (true, JobState::Running { stage, .. }) =
                (waiting.verdict(received) != Verdict::Open, job.state)
            {
                job.state = JobState::Running { stage, due: now };
            }
        }
    }
    stack.operation = Some(operation);
}
