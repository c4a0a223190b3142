//! Colours by role, so that no view names a colour itself.

use anstyle::{AnsiColor, Style};

/// What a piece of text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A title.
    Heading,
    /// Something that went well, or that is added.
    Good,
    /// Something that failed, or that is removed.
    Bad,
    /// Something to look at, or that is changed.
    Notice,
    /// Something that is under way.
    Active,
    /// Something of less interest.
    Faint,
}

/// Paints text, or leaves it plain.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    color: bool,
}

impl Palette {
    /// A palette with or without colour.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    /// Whether it paints.
    pub fn has_color(self) -> bool {
        self.color
    }

    /// Paints a text.
    pub fn paint(self, role: Role, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = style(role);
        format!("{style}{text}{style:#}")
    }
}

fn style(role: Role) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match role {
        Role::Heading => Style::new().bold(),
        Role::Good => color(AnsiColor::Green),
        Role::Bad => color(AnsiColor::Red).bold(),
        Role::Notice => color(AnsiColor::Yellow),
        Role::Active => color(AnsiColor::Cyan),
        Role::Faint => Style::new().dimmed(),
    }
}
