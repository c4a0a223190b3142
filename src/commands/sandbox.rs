//! `formwork sandbox`: the simulated service on a port.

use crate::commands::connection;
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::sandbox::{self, Options};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a simulated CloudFormation on a loopback port, for rehearsals and tests
///
/// Any AWS client can use it: set AWS_ENDPOINT_URL to its address, and AWS_ACCESS_KEY_ID to a twelve-digit account id.
/// It provisions nothing: resources are simulated from their published schemas.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork sandbox
  formwork sandbox --listen 127.0.0.1:4600 --state .formwork/sandbox --speed 60
  formwork sandbox --fail Database
  formwork sandbox --scenario bad-day.yaml

Then, in another terminal:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=x
  aws cloudformation list-stacks --region eu-west-1")]
pub struct Arguments {
    /// The address to listen on; only loopback addresses are taken, and port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// The folder that keeps its state; without it, everything is gone when it stops
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    if !arguments.listen.ip().is_loopback() {
        return Err(Failure::input(format!(
            "`--listen {}` is not an address of this machine alone",
            arguments.listen
        ))
        .hint("the sandbox asks nobody for a password: choose a loopback address, such as 127.0.0.1:4566"));
    }
    let state = arguments.state.as_ref().map(|folder| session.surroundings.folder.join(folder));
    let options = Options { listen: arguments.listen, ..connection::sandbox_options(session, state)? };
    let runtime = connection::runtime()?;
    let running =
        runtime.block_on(sandbox::start(options)).map_err(|error| connection::cannot_start(&error))?;
    session.screen.print(&format!("sandbox: http://{}", running.address));
    session.screen.remark("stop it with Ctrl-C");
    let stopped = runtime.block_on(tokio::signal::ctrl_c());
    runtime.block_on(running.stop());
    stopped.map_err(|error| Failure::input("could not wait for Ctrl-C").cause(error.to_string()))?;
    Ok(Exit::Done)
}
