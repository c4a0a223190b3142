//! How long to wait between two looks, and how somebody asks to stop. Both are handed in by the commands.

use crate::cloudformation::{Answer, ServiceError};
use std::time::Duration;
use tokio::sync::watch;

/// The time between two looks: it grows while nothing moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first wait, and the one after something moved.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

/// How urgently somebody asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// Nobody did.
    #[default]
    None,
    /// Start nothing more, and watch what runs.
    Finish,
    /// Leave, whatever runs.
    Leave,
}

impl Interval {
    /// The wait after one in which nothing moved.
    pub fn after(&self, wait: Duration) -> Duration {
        (wait + wait / 4).clamp(self.first, self.longest)
    }
}

/// The waits between looks at what was just made and is unknown: reads lag behind writes by seconds.
const UNKNOWN_MILLISECONDS: [u64; 8] = [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000];

/// Looks until what was just made is visible, or has been unknown for too long.
pub(crate) async fn once_visible<T, F>(look: impl Fn() -> F) -> Answer<T>
where
    F: Future<Output = Answer<T>>,
{
    for wait in UNKNOWN_MILLISECONDS.map(Duration::from_millis) {
        match look().await {
            Err(ServiceError::Absent { .. }) => tokio::time::sleep(wait).await,
            seen => return seen,
        }
    }
    look().await
}

/// Sleeps, or wakes early when somebody asks to stop; says whether somebody did.
pub(crate) async fn sleep(time: Duration, interrupt: &mut watch::Receiver<Interrupt>) -> bool {
    if *interrupt.borrow() != Interrupt::None {
        return true;
    }
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        changed = interrupt.changed() => {
            // Nobody is left who could ask: then time alone decides.
            if changed.is_err() {
                tokio::time::sleep(time).await;
            }
        }
    }
    *interrupt.borrow() != Interrupt::None
}
