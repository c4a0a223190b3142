//! An environment laid out: where boxes, lines and lanes lie on the paper. Still pure geometry; [`super::svg`] writes it.

use crate::graph::Graph;
use crate::view::drawing::layout::{self, Layout};
use crate::view::drawing::level::BOX;
use console::measure_text_width;

/// The width of a letter of the names, which are set in 13 pixels of a typeface of even width.
const LETTER: f64 = 7.9;
/// What a box has left and right of its name.
const PADDING: f64 = 12.0;
/// The width of a column without boxes.
const LEAST_WIDTH: f64 = 8.0;
/// What a protected box has more, for its lock.
const LOCK: f64 = 16.0;
/// What the paper has around everything.
pub const MARGIN: f64 = 20.0;
/// What a lane has around its boxes, and above them for its title.
const LANE_MARGIN: f64 = 12.0;
const LANE_TITLE: f64 = 20.0;
/// The name of the environment.
const TITLE: f64 = 30.0;

/// A box.
#[derive(Clone, Debug)]
pub struct Card {
    /// What stands in it.
    pub name: String,
    /// What is told when somebody points at it.
    pub told: String,
    /// What it is.
    pub kind: Kind,
    /// Its lane.
    pub lane: usize,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stack.
    Open,
    /// A stack that is never deleted or replaced without consent.
    Protected,
    /// A stack of another environment.
    Elsewhere,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// The left side.
    pub x: f64,
    /// The top.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stroke {
    /// Through the gap between two columns, to a box if `arrow`.
    Curve {
        /// Where it begins.
        from: (f64, f64),
        /// Where it ends.
        to: (f64, f64),
        /// Whether it ends at a box.
        arrow: bool,
    },
    /// Straight through a column, between its boxes.
    Through {
        /// Where it begins.
        from: (f64, f64),
        /// How far to the right it goes.
        until: f64,
    },
}

/// An environment on paper.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its name.
    pub title: String,
    /// The size of the paper.
    pub width: f64,
    /// The height of the paper.
    pub height: f64,
    /// Lanes with their titles; none where there is only one.
    pub lanes: Vec<(String, Area)>,
    /// The boxes.
    pub boxes: Vec<(Card, Area)>,
    /// The lines, by the box or joint they come from.
    pub lines: Vec<Vec<Stroke>>,
    /// Whether lines meet, to go on together.
    pub joined: bool,
    /// Lines that close a circle.
    pub circles: Vec<Stroke>,
}

impl Picture {
    /// Lays out boxes with their titles of lanes, by what waits for what.
    pub fn new(title: &str, lanes: Vec<String>, cards: Vec<Card>, graph: &Graph) -> Self {
        let of: Vec<usize> = cards.iter().map(|card| card.lane).collect();
        let layout = layout::place(&of, graph);
        let several = lanes.len() > 1;
        let inset = if several { LANE_MARGIN } else { 0.0 };
        let top = MARGIN + TITLE + if several { LANE_TITLE + LANE_MARGIN } else { 0.0 };
        let columns = Columns::new(&layout, &cards, MARGIN + inset);
        let point = |slot: usize, right: bool| {
            let (x, width) = columns.places[layout.slots[slot].column];
            (if right { x + width } else { x }, top + layout.slots[slot].middle)
        };
        let curve = |&(from, to): &(usize, usize)| Stroke::Curve {
            from: point(from, true),
            to: point(to, false),
            arrow: layout.slots[to].is_box,
        };
        let width = columns.end + inset + MARGIN;
        let frame = |(name, band): (String, &super::level::Band)| {
            let y = top + band.top - LANE_TITLE - LANE_MARGIN;
            let height = band.bottom - band.top + LANE_TITLE + 2.0 * LANE_MARGIN;
            (name, Area { x: MARGIN, y, width: width - 2.0 * MARGIN, height })
        };
        let bottom = layout.lanes.last().map_or(0.0, |band| band.bottom);
        Self {
            title: title.to_owned(),
            width,
            height: top + bottom + inset + MARGIN,
            lanes: if several {
                lanes.into_iter().zip(&layout.lanes).map(frame).collect()
            } else {
                Vec::new()
            },
            lines: lines(&layout, &curve, &|slot| Stroke::Through {
                from: point(slot, false),
                until: point(slot, true).0,
            }),
            joined: (0..layout.slots.len())
                .any(|slot| !layout.slots[slot].is_box && leading(&layout, slot).len() > 1),
            circles: layout.circles.iter().map(|&(thing, need)| curve(&(need, thing))).collect(),
            boxes: boxes(cards, &layout, &columns, top),
        }
    }
}

/// The columns on paper.
struct Columns {
    /// Where each begins, and how wide it is.
    places: Vec<(f64, f64)>,
    /// Where the last one ends.
    end: f64,
}

impl Columns {
    /// As wide as the longest name; the steeper the lines between two columns, the wider the gap.
    fn new(layout: &Layout, cards: &[Card], left: f64) -> Self {
        let mut widths = vec![LEAST_WIDTH; layout.columns];
        for (card, slot) in cards.iter().zip(&layout.slots) {
            let lock = if card.kind == Kind::Protected { LOCK } else { 0.0 };
            let name = measure_text_width(&card.name) as f64 * LETTER;
            widths[slot.column] = widths[slot.column].max(name + lock + 2.0 * PADDING);
        }
        let mut gaps = vec![0.0_f64; layout.columns];
        for &(from, to) in &layout.links {
            let steep = (layout.slots[from].middle - layout.slots[to].middle).abs();
            let gap = &mut gaps[layout.slots[from].column];
            *gap = gap.max(steep);
        }
        let mut places = Vec::new();
        let (mut x, mut end) = (left, left);
        for (width, steep) in widths.into_iter().zip(gaps) {
            places.push((x, width));
            end = x + width;
            x = end + 44.0 + (steep * 0.16).min(60.0);
        }
        Self { places, end }
    }
}

fn boxes(cards: Vec<Card>, layout: &Layout, columns: &Columns, top: f64) -> Vec<(Card, Area)> {
    let placed = cards.into_iter().zip(&layout.slots);
    let area = |(card, slot): (Card, &layout::Slot)| {
        let (x, width) = columns.places[slot.column];
        (card, Area { x, y: top + slot.middle - BOX / 2.0, width, height: BOX })
    };
    placed.map(area).collect()
}

/// The lines by the box or joint they come from.
fn lines(
    layout: &Layout,
    curve: &dyn Fn(&(usize, usize)) -> Stroke,
    through: &dyn Fn(usize) -> Stroke,
) -> Vec<Vec<Stroke>> {
    let mut lines = vec![Vec::new(); layout.slots.len()];
    for link in &layout.links {
        let (mut source, to) = *link;
        // A slot of a passing line has one piece that leads to it; a joint has several and begins lines of its own.
        while let [before] = leading(layout, source)[..]
            && !layout.slots[source].is_box
        {
            source = before;
        }
        lines[source].push(curve(link));
        if !layout.slots[to].is_box {
            lines[source].push(through(to));
        }
    }
    lines.retain(|strokes| !strokes.is_empty());
    lines
}

/// From where pieces of lines lead to a slot.
fn leading(layout: &Layout, slot: usize) -> Vec<usize> {
    layout.links.iter().filter(|(_, to)| *to == slot).map(|(from, _)| *from).collect()
}
