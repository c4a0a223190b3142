//! A line that tells what is being waited for, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A spinner with a sentence.
pub struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// A spinner; a hidden one shows nothing.
    pub fn new(visible: bool) -> Self {
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}")
                .expect("the template is fixed and has two known keys"),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Tells what is being waited for.
    pub fn tell(&self, sentence: &str) {
        self.bar.set_message(sentence.to_owned());
    }

    /// Takes the line away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
