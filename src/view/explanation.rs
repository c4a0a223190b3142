//! Where a value came from, for people: the expression, then the layers, the one that wins marked.

use crate::project::{Chain, Explanation};
use crate::view::palette::{Palette, Role};
use crate::view::words::pad;

/// Draws an explanation.
pub fn text(explanation: &Explanation, palette: Palette) -> String {
    let mut out = vec![palette.paint(Role::Heading, &explanation.subject)];
    out.extend(explanation.doc.iter().map(|doc| format!("  {doc}")));
    for (instance, result) in &explanation.results {
        match instance.is_empty() {
            true => out.push(format!("  = {result}")),
            false => out.push(format!("  = {result}  {}", palette.paint(Role::Faint, instance))),
        }
    }
    if let Some((expression, place)) = &explanation.expression {
        out.push(format!("  from {expression}  {}", palette.paint(Role::Faint, &format!("at {place}"))));
    }
    for chain in &explanation.chains {
        out.push(String::new());
        self::chain(chain, palette, &mut out);
    }
    out.join("\n")
}

fn chain(chain: &Chain, palette: Palette, out: &mut Vec<String>) {
    let declared = chain.declared.as_ref().map_or(String::new(), |place| format!("  declared at {place}"));
    out.push(format!("  {}{}", chain.value, palette.paint(Role::Faint, &declared)));
    out.extend(chain.doc.iter().map(|doc| format!("    {doc}")));
    let width = chain.layers.iter().map(|layer| layer.name.chars().count()).max().unwrap_or(0);
    let gives = chain.layers.iter().map(|layer| layer.gives.chars().count()).max().unwrap_or(0);
    for layer in &chain.layers {
        let place = layer.place.as_ref().map_or(String::new(), |place| place.to_string());
        let (mark, role) = if layer.wins { ("▸", Role::Good) } else { (" ", Role::Faint) };
        let line = format!("  {mark} {}  {}  {place}", pad(&layer.name, width), pad(&layer.gives, gives));
        out.push(palette.paint(role, line.trim_end()));
    }
}
