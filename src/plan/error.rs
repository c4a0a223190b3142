//! Why no plan could be made at all. What concerns one stack only is that stack's verdict instead.

use crate::cloudformation::ServiceError;
use crate::model::finding::Finding;
use crate::model::stack::StackAddress;

/// Why no plan could be made. Whatever had been made while planning is gone again.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Some accounts are not those that the environments map; other failures to sign in are listed with them.
    #[error("the credentials belong to other accounts than the environments map")]
    WrongAccounts(Vec<ServiceError>),
    /// Some accounts could not be entered.
    #[error("could not sign in to every account")]
    SignIn(Vec<ServiceError>),
    /// The service gave no usable answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Values that the stacks are given do not exist: all of them, with the places that ask for them.
    #[error("some inputs do not exist")]
    Inputs(Vec<Finding>),
    /// Stacks wait for each other: the whole way round, the first repeated at the end.
    #[error("stacks wait for each other")]
    Cycle(Vec<StackAddress>),
    /// Somebody asked to stop.
    #[error("the plan was interrupted")]
    Interrupted,
}
