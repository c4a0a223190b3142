//! A CloudFormation-compatible service on a loopback port, for rehearsing deployments without AWS.
//!
//! Names nothing else of formwork but the registry's data: it is written from AWS's documents, not from our client.

mod difference;
mod language;
mod resources;
