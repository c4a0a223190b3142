//! The journal of a run: its events, one line of JSON each, written before anything that changes something is sent.
//! Where the lines go, and that they are on the disk when `append` returns, is the sink's business.

use crate::deployment::event::Event;
use crate::deployment::observer::Observer;
use crate::deployment::state::Deployment;
use std::io;

/// Where a journal is written to.
pub trait Sink: Send {
    /// Appends a line and makes sure that it stays.
    fn append(&mut self, line: &str) -> io::Result<()>;
}

/// An observer that writes everything down.
pub struct Journal {
    sink: Box<dyn Sink>,
    broken: Option<String>,
}

impl Journal {
    /// A journal that is written to a sink.
    pub fn new(sink: Box<dyn Sink>) -> Self {
        Self { sink, broken: None }
    }
}

impl Observer for Journal {
    fn event(&mut self, _deployment: &Deployment, event: &Event) {
        if self.broken.is_some() {
            return;
        }
        let line = serde_json::to_string(event).map_err(io::Error::other);
        if let Err(error) = line.and_then(|line| self.sink.append(&line)) {
            self.broken = Some(format!("the journal of the run cannot be written: {error}"));
        }
    }

    fn broken(&self) -> Option<String> {
        self.broken.clone()
    }
}
