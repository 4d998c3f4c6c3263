//! The frame around a page: what is followed, what is wrong, which pages there are.

use super::View;
use super::bars::{BOLD, SOFT, colour};
use super::pages::Page;
use crate::monitor::text::{clock, progress};
use crate::monitor::{Frame, SourceState};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Warnings that are always on the screen.
const WARNINGS: usize = 3;

/// Draws a frame; a view that scrolls past the end is brought back.
pub(super) fn draw(
    area: &mut ratatui::Frame<'_>,
    frame: Option<&Frame>,
    view: &mut View,
    address: Option<&str>,
) {
    let Some(frame) = frame else {
        return area
            .render_widget(Paragraph::new("Nothing has been seen yet. q ends."), area.area());
    };
    let warnings = warnings(frame);
    let rows = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(warnings.len() as u16),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ]);
    let [head, wrong, tabs, body, foot] = rows.areas(area.area());
    area.render_widget(Paragraph::new(header(frame)), head);
    area.render_widget(Paragraph::new(warnings), wrong);
    area.render_widget(Paragraph::new(names(view.page)), tabs);
    let lines = view.page.lines(frame, usize::from(body.width));
    let most = (lines.len() as u16).saturating_sub(body.height);
    view.scroll = view.scroll.min(most);
    area.render_widget(Paragraph::new(lines).scroll((view.scroll, 0)), body);
    let more = if most > view.scroll { " ↓ more" } else { "" };
    let keys = " ←→ page  ↑↓ scroll  space pause  q quit";
    let place = address.map_or(String::new(), |address| format!("  {address}"));
    let foot_line = Line::from(vec![
        Span::styled(keys, SOFT),
        Span::styled(place, SOFT),
        Span::styled(more, BOLD),
    ]);
    area.render_widget(Paragraph::new(foot_line), foot);
}

/// What is followed, and how far it is.
fn header(frame: &Frame) -> Vec<Line<'static>> {
    let source = &frame.source;
    let design = source.design.as_ref().map_or(String::new(), |design| format!(" · {design} pool"));
    let state = match source.state {
        SourceState::Failed => Span::styled(source.state.name(), Color::Red),
        SourceState::Paused => Span::styled(source.state.name(), Color::Yellow),
        _ => Span::styled(source.state.name(), Color::Green),
    };
    let time =
        if frame.time_s == 0 { String::new() } else { format!(" · {} UTC", clock(frame.time_s)) };
    vec![
        Line::from(vec![Span::styled(source.title.clone(), BOLD), Span::raw(design)]),
        Line::from(vec![state, Span::raw(format!(" · {}{time}", progress(frame)))]),
    ]
}

/// The level and its reasons.
fn warnings(frame: &Frame) -> Vec<Line<'static>> {
    let level = |level: crate::monitor::Level| {
        let style = Style::new().fg(Color::Black).bg(colour(level)).add_modifier(Modifier::BOLD);
        Span::styled(format!(" {:<7} ", level.name().to_uppercase()), style)
    };
    if frame.warnings.is_empty() {
        return vec![Line::from(vec![
            level(frame.level),
            Span::styled(" nothing to warn of", SOFT),
        ])];
    }
    let shown = frame.warnings.iter().take(WARNINGS);
    let mut lines: Vec<Line<'static>> = shown
        .map(|warning| {
            Line::from(vec![level(warning.level), Span::raw(format!(" {}", warning.reason))])
        })
        .collect();
    let hidden = frame.warnings.len().saturating_sub(WARNINGS);
    if hidden > 0 {
        lines.push(Line::styled(
            format!("          and {hidden} more on the page «warnings»"),
            SOFT,
        ));
    }
    lines
}

/// The names of the pages.
fn names(page: Page) -> Line<'static> {
    let name = |one: &Page| {
        let style = if *one == page { BOLD.add_modifier(Modifier::REVERSED) } else { SOFT };
        [Span::styled(format!(" {} ", one.name()), style), Span::raw(" ")]
    };
    Line::from(Page::ALL.iter().flat_map(name).collect::<Vec<_>>())
}
