//! Stacks inside stacks: what a parent orders, and what it learns when its child has settled.

use super::engine::ChildWork;
use super::resources::Instance;
use super::world::{Place, World};

/// What a parent wants done with a child.
pub(super) struct Order {
    pub(super) logical_id: String,
    pub(super) instance: Instance,
    pub(super) work: ChildWork,
}

impl World {
    /// Carries out a parent's order.
    pub(super) fn child(&mut self, place: &Place, parent: &str, order: Order, now: i64) {
        let _ = (place, parent, &order.logical_id, &order.instance, order.work, now);
    }

    /// Tells a parent that its child has settled.
    pub(super) fn child_settled(&mut self, place: &Place, parent: &str, child: &str, now: i64) {
        let _ = (place, parent, child, now);
    }
}
