//! Who looks at a deployment while it runs: views and the journal.

use crate::deployment::event::Event;
use crate::deployment::state::Deployment;

/// Looks at a deployment while it runs. It is told each event once, in order, after it was recorded.
pub trait Observer: Send {
    /// An event was recorded.
    fn event(&mut self, deployment: &Deployment, event: &Event);

    /// Time went by: milliseconds since 1970.
    fn tick(&mut self, _deployment: &Deployment, _now: u64) {}
}
