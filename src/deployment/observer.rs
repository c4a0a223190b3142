//! Who watches a deployment: the views and the journal. The engine tells them; it asks nothing of them but whether
//! they can go on.

use crate::deployment::event::Event;
use crate::deployment::state::Deployment;

/// Someone who is told of everything that happens, after it was recorded.
pub trait Observer: Send {
    /// Something happened; the deployment holds it already.
    fn event(&mut self, deployment: &Deployment, event: &Event);

    /// Time passed. `now` is in milliseconds since 1970.
    fn tick(&mut self, _deployment: &Deployment, _now: u64) {}

    /// Why it can no longer do what others rely on, such as keeping a journal. The engine then sends nothing more
    /// that changes anything.
    fn broken(&self) -> Option<String> {
        None
    }
}
