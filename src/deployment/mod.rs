//! A deployment is the fold of its events over its plan: [`event`] is what can happen, [`state`] the fold, the engine acts.

pub mod event;
pub mod observer;
pub mod state;
