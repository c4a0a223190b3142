//! A deployment is the fold of its events over its plan: [`event`] is what can happen, [`state`] the fold, the engine acts.

pub mod cause;
pub mod codes;
pub mod engine;
pub mod event;
pub mod follow;
pub mod journal;
pub mod limits;
pub mod observer;
pub mod operation;
pub mod pursuit;
pub mod state;
pub mod teller;
pub mod timing;
