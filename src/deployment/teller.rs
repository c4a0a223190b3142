//! How those who work on stacks speak to the loop. A request that changes something waits until it is written down.

use crate::deployment::event::{Happening, Outcome};
use crate::model::live::LiveStack;
use tokio::sync::{mpsc, oneshot};

/// What the loop is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something happened.
    Happened(Happening),
    /// Something is about to be sent; the answer says whether it may be.
    Asked(Happening, oneshot::Sender<Result<(), String>>),
    /// Work on a stack is over.
    Ended {
        /// The stack's number.
        stack: usize,
        /// How.
        outcome: Outcome,
        /// The stack as it is now, if it is there and well.
        live: Option<Box<LiveStack>>,
    },
}

/// Speaks to the loop for one stack.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    /// The stack's number.
    pub stack: usize,
    /// The way to the loop.
    pub sender: mpsc::UnboundedSender<Message>,
}

impl Teller {
    /// Tells that something happened.
    pub fn tell(&self, happening: Happening) {
        // The loop is gone only when nobody listens any more.
        let _unheard = self.sender.send(Message::Happened(happening));
    }

    /// Tells that a request is about to be sent, and waits until that is recorded and written down.
    pub async fn request(&self, operation: &str, token: &str) -> Result<(), String> {
        let (reply, answer) = oneshot::channel();
        let happening = Happening::Requested {
            stack: self.stack,
            operation: operation.to_owned(),
            token: token.to_owned(),
        };
        let gone = || "the run is over".to_owned();
        self.sender.send(Message::Asked(happening, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
