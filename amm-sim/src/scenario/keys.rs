//! Names that were meant.

/// What to do about a name that is not there.
pub(super) fn nearest(name: &str, known: &[&str], these: &str) -> String {
    let near = known.iter().map(|known| (strsim::osa_distance(name, known), known));
    let near = near.min().filter(|&(distance, known)| distance <= known.len().div_ceil(3));
    match near {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None if known.is_empty() => "take it out".to_owned(),
        None => format!("{these} {}", known.join(", ")),
    }
}

/// A user's text for a message: cut if long, with nothing that could upset a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}
