//! Bars and lines made of characters.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::monitor::Level;

/// Quiet text.
pub(super) const SOFT: Style = Style::new().fg(Color::DarkGray);
/// Headings.
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// A level's colour.
pub(super) const fn colour(level: Level) -> Color {
    match level {
        Level::Calm => Color::Green,
        Level::Watch => Color::Cyan,
        Level::Warning => Color::Yellow,
        Level::Alarm => Color::Red,
    }
}

/// A value's part of a width in eighths of a column, from the left.
pub(super) fn bar(value: f64, most: f64, width: usize) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    if !(value > 0.0 && most > 0.0) {
        return String::new();
    }
    let eighths = ((value / most).min(1.0) * (width * 8) as f64).round() as usize;
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(PARTS[eighths % 8]);
    }
    text
}

/// A bar on either side of a middle: to the left below zero and red, to the right above and green.
pub(super) fn signed(value: f64, most: f64, half: usize) -> Vec<Span<'static>> {
    let count = match value.is_finite() && most > 0.0 {
        true => ((value.abs() / most).min(1.0) * half as f64).round() as usize,
        false => 0,
    };
    let (left, right) = if value < 0.0 { (count, 0) } else { (0, count) };
    vec![
        Span::raw(" ".repeat(half - left)),
        Span::styled("█".repeat(left), Color::Red),
        Span::styled("│", SOFT),
        Span::styled("█".repeat(right), Color::Green),
        Span::raw(" ".repeat(half - right)),
    ]
}

/// The last so many values as blocks of eight heights, between their least and greatest.
pub(super) fn spark(values: &[f64], width: usize) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if values.is_empty() || width == 0 {
        return String::new();
    }
    // Every column is the mean of its share of the values.
    let columns = width.min(values.len());
    let means: Vec<f64> = (0..columns)
        .map(|column| {
            let part =
                &values[column * values.len() / columns..(column + 1) * values.len() / columns];
            part.iter().sum::<f64>() / part.len().max(1) as f64
        })
        .collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: &f64| {
        let place = if high > low { (value - low) / (high - low) } else { 0.0 };
        HEIGHTS[(place * 7.0).round().clamp(0.0, 7.0) as usize]
    };
    means.iter().map(height).collect()
}

/// A name in a column of its own, and what is said of it.
pub(super) fn fact(name: &str, what: impl Into<Line<'static>>) -> Line<'static> {
    let mut line = Line::from(Span::styled(format!("{name:<12} "), SOFT));
    line.spans.extend(what.into().spans);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_they_should_be() {
        assert_eq!(bar(0.5, 1.0, 8), "████");
        assert_eq!(bar(0.515, 1.0, 8), "████▏");
        assert_eq!(bar(9.0, 1.0, 4), "████");
        assert_eq!((bar(-1.0, 1.0, 4), bar(f64::NAN, 1.0, 4)), (String::new(), String::new()));
        let text = |value| Line::from(signed(value, 2.0, 4)).to_string();
        assert_eq!(text(-1.0), "  ██│    ");
        assert_eq!(text(2.0), "    │████");
        assert_eq!(text(f64::NAN), "    │    ");
    }

    #[test]
    fn a_line_has_its_shape() {
        assert_eq!(spark(&[0.0, 1.0, 2.0, 7.0], 4), "▁▂▃█");
        assert_eq!(spark(&[1.0; 9], 3), "▁▁▁");
        assert_eq!(spark(&[0.0, 0.0, 1.0, 1.0], 2), "▁█");
        assert_eq!(spark(&[], 5), "");
    }
}
