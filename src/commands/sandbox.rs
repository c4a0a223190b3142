//! `formwork sandbox`: the simulated service on a port.

use crate::commands::session::Session;
use crate::failure::{Exit, Failure};

/// Runs a simulated CloudFormation on a loopback port, for rehearsals and tests
///
/// Any AWS client can use it: set AWS_ENDPOINT_URL to its address, and AWS_ACCESS_KEY_ID to a twelve-digit account id.
/// It provisions nothing: resources are simulated from their published schemas.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  formwork sandbox
  formwork sandbox --listen 127.0.0.1:4600 --state .formwork/sandbox --speed 60
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=012345678901 AWS_SECRET_ACCESS_KEY=x aws cloudformation list-stacks")]
pub struct Arguments {
    /// The address to listen on; only loopback addresses are taken
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4566")]
    listen: std::net::SocketAddr,
    /// The folder that keeps its state; without it, everything is gone when it stops
    #[arg(long, value_name = "DIR")]
    state: Option<std::path::PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let _ = (arguments, session);
    Err(Failure::input("not there yet"))
}
