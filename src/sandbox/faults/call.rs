//! What becomes of a call before it is carried out: delayed, refused, lost, or answered from the past.

use super::super::query::Input;
use super::super::refusal::Refusal;
use super::super::request::{Request, Service};
use super::super::world::{Place, World};
use super::fault::{Asked, Deed};
use super::rates::published;
use super::written::Side;

/// What becomes of a call.
#[derive(Debug, Default)]
pub(in super::super) struct Fate {
    /// How many milliseconds its answer waits.
    pub(in super::super) wait: i64,
    /// It is refused.
    pub(in super::super) refusal: Option<Refusal>,
    /// The request is lost.
    pub(in super::super) unheard: bool,
    /// The answer is lost.
    pub(in super::super) unanswered: bool,
    /// It sees how things were so many milliseconds ago.
    pub(in super::super) ago: Option<i64>,
}

/// Decides what becomes of a call.
pub(in super::super) fn judge(world: &mut World, request: &Request) -> Fate {
    let mut fate = Fate::default();
    if world.faults.list.is_empty() {
        return fate;
    }
    let Some(mut asked) = asked(request) else { return fate };
    if asked.stack.is_none() {
        asked.stack = owner(world, request, &asked.place);
    }
    let now = world.clock.pace();
    let mut faults = std::mem::take(&mut world.faults);
    for (index, fault) in faults.list.iter().enumerate() {
        let struck = fault.concerns(&asked) && applies(&fault.deed, &asked, world) && {
            fault.is_due(now - faults.since, faults.seed ^ index as u64)
        };
        let key = (index, asked.place.clone(), asked.operation.clone());
        let admitted = match (&fault.deed, struck) {
            (Deed::Throttle { rate, burst }, true) => {
                let rate = rate.unwrap_or_else(|| published(&asked.operation, &asked.place.region));
                faults.rates.admits(key, rate, burst.unwrap_or(rate.max(1.0)), now)
            }
            (_, struck) => !struck,
        };
        if admitted {
            continue;
        }
        fault.strike();
        fate.suffer(&fault.deed, &asked, request);
        if fate.refusal.is_some() || fate.unheard {
            break;
        }
    }
    world.faults = faults;
    fate
}

impl Fate {
    fn suffer(&mut self, deed: &Deed, asked: &Asked, request: &Request) {
        match deed {
            Deed::Fail { .. } | Deed::Stuck(_) | Deed::Drift(_) => {}
            Deed::Throttle { .. } => self.refusal = Some(throttled(asked)),
            Deed::Error(status) => self.refusal = Some(in_trouble(*status)),
            Deed::Drop(Side::Request) => self.unheard = true,
            Deed::Drop(Side::Answer) => self.unanswered = true,
            Deed::Slow(time) => self.wait = self.wait.saturating_add(*time),
            Deed::Stale(time) => self.ago = Some(self.ago.unwrap_or(0).max(*time)),
            Deed::Expire => self.refusal = Some(lapsed(asked)),
            Deed::Deny => self.refusal = Some(denied(asked, &request.caller.arn())),
            Deed::Quota(_) => {
                let text = "Limit for stack has been exceeded";
                self.refusal = Some(Refusal::new(400, "LimitExceededException", text));
            }
        }
    }
}

/// Whether a fault of a kind can befall this call at all.
fn applies(deed: &Deed, asked: &Asked, world: &World) -> bool {
    match deed {
        Deed::Fail { .. } | Deed::Stuck(_) | Deed::Drift(_) => false,
        Deed::Stale(_) => ["Describe", "List", "Get"].iter().any(|verb| asked.operation.starts_with(verb)),
        Deed::Quota(limit) => {
            let creates = matches!(asked.operation.as_str(), "CreateStack" | "CreateChangeSet");
            let known = asked.stack.as_deref().is_none_or(|name| world.stack(&asked.place, name).is_some());
            let living = world.regions.get(&asked.place).map_or(0, |region| region.stacks.living());
            creates && !known && living >= *limit
        }
        _ => true,
    }
}

/// What a request asks for; nothing for services that are not simulated.
fn asked(request: &Request) -> Option<Asked> {
    let target = || request.header("x-amz-target")?.rsplit('.').next().map(str::to_owned);
    let form = || Input::parse(&request.form());
    let action = |form: &Input| form.text("Action").map(str::to_owned);
    let (service, operation, stack) = match request.service() {
        Service::CloudFormation => {
            let form = form();
            let stack = form.text("StackName").map(|name| short(name).to_owned());
            ("cloudformation", action(&form), stack)
        }
        Service::Sts => ("sts", action(&form()), None),
        Service::Ssm => ("ssm", target(), None),
        Service::SecretsManager => ("secretsmanager", target(), None),
        Service::Organizations => ("organizations", target(), None),
        Service::S3 => ("s3", object_operation(request), None),
        Service::Neighbour | Service::Unknown => return None,
    };
    let place = Place { account: request.caller.account.clone(), region: request.caller.region.clone() };
    Some(Asked { service, operation: operation.unwrap_or_default(), stack, place })
}

/// The stack of a change set that is named by its ARN alone.
fn owner(world: &World, request: &Request, place: &Place) -> Option<String> {
    let form = Input::parse(&request.form());
    let id = form.text("ChangeSetName").filter(|_| request.service() == Service::CloudFormation)?;
    let mut stacks = world.regions.get(place)?.stacks.values();
    stacks.find(|stack| stack.change_sets.iter().any(|one| one.id == id)).map(|stack| stack.name.clone())
}

/// The name in a stack's ARN, or the name itself.
fn short(name: &str) -> &str {
    name.split_once(":stack/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or(name)
}

/// S3 has no name of the operation on the wire; what matters here is what is done with an object.
fn object_operation(request: &Request) -> Option<String> {
    let method = request.method.as_str();
    let (first, rest) = method.split_at_checked(1)?;
    Some(format!("{first}{}Object", rest.to_ascii_lowercase()))
}

fn throttled(asked: &Asked) -> Refusal {
    match asked.service {
        "s3" => Refusal::new(503, "SlowDown", "Please reduce your request rate."),
        "ssm" | "secretsmanager" => Refusal::new(400, "ThrottlingException", "Rate exceeded"),
        "organizations" => Refusal::new(400, "TooManyRequestsException", "Rate exceeded"),
        _ => Refusal::new(400, "Throttling", "Rate exceeded"),
    }
}

fn in_trouble(status: u16) -> Refusal {
    match status {
        503 => {
            let text = "The request has failed due to a temporary failure of the server.";
            Refusal::new(503, "ServiceUnavailable", text)
        }
        _ => {
            let text = "The request processing has failed because of an unknown error, exception or failure.";
            Refusal::new(status, "InternalFailure", text)
        }
    }
}

fn lapsed(asked: &Asked) -> Refusal {
    let text = "The security token included in the request is expired";
    match asked.service {
        "s3" => Refusal::new(400, "ExpiredToken", "The provided token has expired."),
        "ssm" | "secretsmanager" | "organizations" => Refusal::new(400, "ExpiredTokenException", text),
        _ => Refusal::new(403, "ExpiredToken", text),
    }
}

fn denied(asked: &Asked, caller: &str) -> Refusal {
    let Asked { service, operation, stack, place } = asked;
    let partition = super::super::caller::partition(&place.region);
    let resource = match stack {
        Some(stack) => {
            format!("arn:{partition}:cloudformation:{}:{}:stack/{stack}/*", place.region, place.account)
        }
        None => "*".to_owned(),
    };
    let text = format!(
        "User: {caller} is not authorized to perform: {service}:{operation} on resource: {resource} because no \
         identity-based policy allows the {service}:{operation} action"
    );
    match *service {
        "ssm" | "secretsmanager" | "organizations" => Refusal::new(400, "AccessDeniedException", text),
        _ => Refusal::new(403, "AccessDenied", text),
    }
}
