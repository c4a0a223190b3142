//! Listens, reads requests, hands them to their service one at a time, and answers.
//!
//! The world is changed under one lock: a request first lets time pass, then is carried out, then is written down,
//! and only then answered.

use super::faults;
use super::query::Input;
use super::refusal::Refusal;
use super::request::{Request, Service};
use super::response::{self, Form, Response};
use super::store::{self, Store};
use super::wait_handle;
use super::world::{Place, World};
use super::{Error, Options, json, neighbours, operations, organizations, s3, secrets, ssm, sts};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long open connections may take to end when the sandbox stops.
const GRACE: Duration = Duration::from_millis(500);

/// A sandbox that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Stops taking requests, ends those that run, and gives the state folder back.
    pub async fn stop(self) {
        // Nobody listening means that it has ended already.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Starts a sandbox on the current runtime.
pub async fn start(options: Options) -> Result<Running, Error> {
    let store = match &options.state {
        Some(path) => Store::open(path)?,
        None => Store::memory(),
    };
    let beginning = store.beginning()?;
    let seed = beginning.map_or(options.seed, |(seed, _)| seed);
    let clock = store::clock(options.speed, beginning);
    let mut world = World::new(seed, clock, Store::memory());
    store.load(&mut world)?;
    world.store = store;
    let scenario = options.scenario.as_deref().map(faults::Scenario::read).transpose()?;
    faults::order(&mut world, &options.fail, scenario.unwrap_or_default());
    world.resume();
    let listening = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    world.address = reached(address);
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(accept(listener, Arc::new(Mutex::new(world)), stopping));
    Ok(Running { address, stop, task })
}

/// The address that clients on this machine reach a listener at.
fn reached(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

async fn accept(listener: TcpListener, world: Arc<Mutex<World>>, mut stopping: watch::Receiver<bool>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, world.clone(), stopping.clone())); }
                // Out of file descriptors, for example: others may be given back soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, ended).await;
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, world: Arc<Mutex<World>>, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let world = world.clone();
        async move { answer(request, &world).await }
    });
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    // A connection that breaks concerns its client only.
    tokio::select! {
        _ = serving.as_mut() => {}
        _ = stopping.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// Answers a request; an error closes the connection without a word, as a faulty network does.
async fn answer(request: hyper::Request<Incoming>, world: &Mutex<World>) -> io::Result<Response> {
    let request = match Request::read(request).await {
        Ok(request) => request,
        Err(refusal) => {
            let id = world.lock().unwrap_or_else(PoisonError::into_inner).request_id();
            return Ok(response::query_error(Form::Xml(operations::NAMESPACE), &id, &refusal));
        }
    };
    let (answer, wait) = carry_out(&request, world);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    answer.ok_or_else(|| io::ErrorKind::ConnectionReset.into())
}

/// Carries a request out, unless a fault is in the way; the answer, if it gets through, and how long it takes.
fn carry_out(request: &Request, world: &Mutex<World>) -> (Option<Response>, Duration) {
    // A panic elsewhere leaves the world as it was between two changes; it is better to go on than to refuse all.
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    if faults::is_meant(request) {
        return (Some(faults::answer(&mut world, request)), Duration::ZERO);
    }
    // A signal is heard before time moves on: it may be what was waited for.
    if wait_handle::is_meant(request) {
        let response = wait_handle::answer(&mut world, request);
        return (saved(&mut world, request, Some(response)), Duration::ZERO);
    }
    world.progress();
    let fate = faults::judge(&mut world, request);
    let wait = world.clock.real(fate.wait);
    let response = (!fate.unheard).then(|| fated(&mut world, request, &fate));
    let response = saved(&mut world, request, response);
    (response.filter(|_| !fate.unanswered), wait)
}

fn fated(world: &mut World, request: &Request, fate: &faults::Fate) -> Response {
    if let Some(refusal) = &fate.refusal {
        return refused(world, request, refusal);
    }
    let Some(ago) = fate.ago else { return dispatch(world, request) };
    let place = Place { account: request.caller.account.clone(), region: request.caller.region.clone() };
    faults::as_it_was(world, &place, ago, |world| dispatch(world, request))
}

/// Writes down what changed; an answer leaves only if that succeeded.
fn saved(world: &mut World, request: &Request, response: Option<Response>) -> Option<Response> {
    match world.save() {
        Ok(()) => response,
        Err(error) => {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            let refusal = Refusal::internal(format!("The sandbox could not {error}{cause}"));
            Some(refused(world, request, &refusal))
        }
    }
}

fn dispatch(world: &mut World, request: &Request) -> Response {
    let response = match request.service() {
        Service::CloudFormation => return operations::answer(world, request),
        Service::Sts => sts::answer(world, request),
        Service::Ssm => json::answer(world, request, ssm::carry_out),
        Service::SecretsManager => json::answer(world, request, secrets::carry_out),
        Service::Organizations => json::answer(world, request, organizations::carry_out),
        Service::S3 => s3::answer(world, request),
        Service::Neighbour => neighbours::answer(world, request),
        Service::Unknown => {
            let service = request.caller.service.as_deref().unwrap_or_default();
            let refusal = Refusal::new(
                501,
                "NotImplemented",
                format!(
                    "The sandbox answers for CloudFormation and some of its neighbours, not for `{service}`."
                ),
            );
            refused(world, request, &refusal)
        }
    };
    world.rest(&request.caller.account);
    response
}

fn refused(world: &mut World, request: &Request, refusal: &Refusal) -> Response {
    let id = world.request_id();
    // Services that speak Query say so in their requests; the others speak JSON of one kind or another.
    let form = request.header("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
    let unknown = request.service() == Service::Unknown && !form;
    let json = request.header("x-amz-target").is_some() || unknown;
    match request.service() {
        Service::S3 => response::s3_error(&id, refusal),
        _ if json => response::json_error(&id, refusal),
        _ => response::query_error(request.query_form(&Input::parse(&request.query)), &id, refusal),
    }
}
