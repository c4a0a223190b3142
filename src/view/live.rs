//! Which view shows a deployment while it runs: the board on a terminal, lines elsewhere, objects for programs.

use crate::deployment::observer::Observer;
use crate::view::board::{Board, Size};
use crate::view::json::Events;
use crate::view::lines::Lines;
use crate::view::screen::Screen;
use indicatif::ProgressDrawTarget;
use std::io;

/// How often the board is drawn anew, in times a second.
const RATE: u8 = 15;

/// The view for a screen. On a terminal, `verbose` asks for lines with every resource in place of the board.
pub fn observer(screen: &Screen, verbose: bool) -> Box<dyn Observer + Send> {
    let palette = screen.error_palette();
    if !screen.is_for_people() {
        return Box::new(Events::new(Box::new(io::stdout())));
    }
    if screen.terminal.error && !verbose {
        let size = Size { width: screen.terminal.width, height: screen.terminal.height };
        return Box::new(Board::new(ProgressDrawTarget::stderr_with_hz(RATE), palette, size));
    }
    Box::new(Lines::new(Box::new(io::stderr()), palette, verbose))
}
